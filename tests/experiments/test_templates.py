"""Templates: counted without being listed, number i by itself, no character changed by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from dynamicprompts.generators import CombinatorialPromptGenerator
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue.load import load_catalogue
from backend.catalogue.shapes import ASPECTS
from backend.errors import InvalidInput
from backend.experiments.plan import plan
from backend.experiments.spec import read_spec
from backend.experiments.templates import (
    TEMPLATE_MAX_CHARS,
    looks_like_one,
    plain_choices,
    template,
)
from backend.experiments.wildcards import LINES_MAX, WildcardFiles

FILES = {"colour": ["red", "blue"], "self": ["a __self__"], "empty": [], "nested": ["x {1|2}", "y"]}
FLUX, _ = load_catalogue().values()


def texts(text: str) -> list[str]:
    found = template(text, FILES.get)
    return [found.number(index) for index in range(found.count)]


def refusal(text: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        template(text, FILES.get)
    return str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "a {red|green} cat",
        "{2$$a|b|c}",
        "{1-2$$ and $$a|b}",
        "{2::red|blue}",
        "{0::a|b}",
        "{a|a|b}",
        "{a|{b|c}} {d|e}",
        "{0-2$$a|b}",
        "{2$$a|{b|c}|d}",
        "a } b",
        "a | b",
        "[a|b]",
        "{a|}",
    ],
)
def test_a_template_makes_what_users_of_its_library_know(text: str) -> None:
    known = list(CombinatorialPromptGenerator(ignore_whitespace=False).generate(text))
    assert sorted(texts(text)) == sorted(known)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("see #1 cat, 50% for $5 // really /* yes", ["see #1 cat, 50% for $5 // really /* yes"]),
        ("\\{a\\|b\\} {c|d}", ["{a|b} c", "{a|b} d"]),
        ("__colour__ {x|y}", ["red x", "red y", "blue x", "blue y"]),
        ("__nested__", ["x 1", "x 2", "y"]),
    ],
)
def test_signs_of_plain_text_stay_as_they_are(text: str, wanted: list[str]) -> None:
    assert texts(text) == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("foo__bar", "from character 4 on: “__bar”."),
        ("a {b", "from character 3 on: “{b”."),
        ("__nix__", "There is no wildcard file nix."),
        ("__empty__", "The wildcard file empty is empty."),
        ("__self__", "The wildcard file self contains itself."),
        ("{~a|b}", "The signs ~, ! and @"),
        ("${x=1}", "Variables and wrappers"),
        ("%{a$$b}", "Variables and wrappers"),
        ("{" * 50 + "a" + "}" * 50, "nested too deeply"),
        ("x" * (TEMPLATE_MAX_CHARS + 1), "at most 10,000 characters"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place(text: str, said: str) -> None:
    assert said in refusal(text)


def test_a_number_of_millions_is_made_without_the_others() -> None:
    found = template(" ".join(["{a|b|c|d|e|f|g|h|i|j}"] * 12), FILES.get)
    assert found.count == 10**12
    assert found.number(10**12 - 1) == " ".join("j" * 12)


@given(st.text(alphabet="{}|$_ab1-:,# \\%~!@[]()", max_size=30))
def test_whatever_is_typed_is_a_template_or_refused(text: str) -> None:
    try:
        found = template(text, FILES.get)
        assert found.count >= 1 and isinstance(found.number(found.count - 1), str)
    except InvalidInput as error:
        assert error.message


def test_the_switch_is_offered_where_a_prompt_looks_like_a_template() -> None:
    assert looks_like_one("a {red|green} cat") and looks_like_one("a __colour__ cat")
    assert not looks_like_one("a {cat} of __init") and not looks_like_one("a | b")
    assert not looks_like_one("{" + "|" * 1_000_000)  # in the time that it takes to read it


def planned(axis: dict[str, object]) -> list[str]:
    from random import Random

    document = {"base": {"model": FLUX.id, "seed": 1}, "axes": {"x": axis}}
    found = plan(read_spec(document), load_catalogue(), ASPECTS, Random(1), FILES.get)
    return [setting.label for setting in found.axes[0].settings]


def test_braces_mean_nothing_without_the_switch() -> None:
    assert planned({"prompts": "a {red|green} cat"}) == ["a {red|green} cat"]
    assert planned({"prompts": "a {red|green} cat", "templates": True}) == [
        "a red cat",
        "a green cat",
    ]


def test_some_of_many_are_taken_without_repetition_and_the_same_by_the_same_seed() -> None:
    many = {"prompts": "{a|b|c|d} {e|f|g|h} {i|j|k|l}" * 9, "templates": True}
    taken = planned(many | {"take": 50, "take_seed": 7})
    assert len(set(taken)) == 50 and taken == planned(many | {"take": 50, "take_seed": 7})
    with pytest.raises(InvalidInput, match="These templates make"):
        planned(many)


def test_the_lines_of_a_file_are_an_axis() -> None:
    assert planned({"prompts": "__colour__\na cat"}) == ["red", "blue", "a cat"]


def test_wildcard_files_are_read_as_they_are_written(tmp_path: Path) -> None:
    files = WildcardFiles(tmp_path / "wildcards")
    assert files.listed() == [] and files("colour") is None
    kept = files.write("art/colour", "\n# warm\nred\nred\r\n blue \n")
    (tmp_path / "wildcards" / "bom.txt").write_bytes("\ufeffgrün".encode())
    (tmp_path / "wildcards" / "latin.txt").write_bytes("grün".encode("latin-1"))
    assert files("art/colour") == ["red", "red", "blue"] and files("bom") == ["grün"]
    assert files("art/*") == ["red", "red", "blue"]
    named = {file.name: (file.lines, bool(file.trouble)) for file in files.listed()}
    assert named == {"art/colour": (3, False), "bom": (1, False), "latin": (0, True)}
    with pytest.raises(InvalidInput, match="not in UTF-8"):
        files("latin")
    files.remove("art/colour", kept.digest)
    assert files("art/colour") is None


@pytest.mark.parametrize("name", ["../env", "/etc/passwd", "a/../b", "", "a__b", "a\0b", "x" * 300])
def test_a_wildcard_file_is_never_outside_of_its_folder(tmp_path: Path, name: str) -> None:
    files = WildcardFiles(tmp_path / "wildcards")
    (tmp_path / "env.txt").write_text("secret")
    assert files(name) is None
    for act in (files.read, lambda n: files.remove(n, ""), lambda n: files.write(n, "x")):
        with pytest.raises(InvalidInput):
            act(name)


def test_a_wildcard_file_has_a_bound(tmp_path: Path) -> None:
    files = WildcardFiles(tmp_path)
    with pytest.raises(InvalidInput, match="more than 10,000 lines"):
        files.write("many", "a\n" * (LINES_MAX + 1))


@given(st.text(alphabet="{}|  ab,~!@1-\n.x#%$/\\_:", max_size=24))
def test_plain_braces_are_read_as_the_library_reads_them(text: str) -> None:
    found = plain_choices(text)
    if found is None or found.count > 2000:
        return
    known = template(text + "={0::q|q}", FILES.get)  # a weight takes the library's way
    assert known.count == found.count
    made = [found.number(index) + "=q" for index in range(found.count)]
    assert made == [known.number(index) for index in range(known.count)]


def test_what_people_type_needs_no_parser() -> None:
    assert plain_choices("50% of {red|green|blue} foxes, {#1 cat|a dog} // {x| y }") is not None
    for special in ("{2$$a|b}", "{2::a|b}", "__x__", "{a|{b|c}}", "{~a|b}", "a {b", "${x}"):
        assert plain_choices(special) is None
