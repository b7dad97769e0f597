"""What is typed for an axis is understood as people mean it, or refused by its number, in words."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue.load import load_catalogue
from backend.catalogue.shapes import ASPECTS
from backend.errors import InvalidInput
from backend.experiments.axes import axis
from backend.experiments.axis_types import Axis, Known
from backend.experiments.items import items
from backend.experiments.spec import Given

MODELS = load_catalogue()
FLUX, SDXL = MODELS.values()
KINDS = {"int": "num_steps", "num": "guidance_scale", "width": "width", "text": "replace"}


def read(kind: str, given: object) -> Axis:
    return axis(Given(kind, given), Known(MODELS, ASPECTS, Random(1)), [SDXL, FLUX])


def labels(kind: str, given: object) -> list[str]:
    return [setting.label for setting in read(kind, given).settings]


def refusal(kind: str, given: object) -> str:
    with pytest.raises(InvalidInput) as refused:
        read(kind, given)
    return str(refused.value)


@pytest.mark.parametrize(
    ("kind", "typed", "wanted"),
    [
        ("int", "1-9", "1 2 3 4 5 6 7 8 9"),
        ("int", "2-10 (+2)", "2 4 6 8 10"),
        ("int", "1-10 (+2)", "1 3 5 7 9"),
        ("int", "1-10 [5]", "1 3 5 7 10"),
        ("int", "10-1 (-3)", "10 7 4 1"),
        ("int", "10-7", "10 9 8 7"),
        ("int", "1-3, 7, 9-11", "1 2 3 7 9 10 11"),
        ("int", "1,2,", "1 2"),
        ("int", "1\n2\n\n3", "1 2 3"),
        ("int", " 4 ||\t5 ", "4 5"),
        ("int", "10\u20137", "10 9 8 7"),
        ("width", "512-1024 [4]", "512 672 848 1024"),
        ("num", "1-2 (+0.1)", "1 1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 2"),
        ("num", "0.1-0.3 (+0.1)", "0.1 0.2 0.3"),
        ("num", "1-2 (+0.3)", "1 1.3 1.6 1.9"),
        ("num", "0-1 [5]", "0 0.25 0.5 0.75 1"),
        ("num", ".5-1 (+.25)", "0.5 0.75 1"),
        ("num", "6, 6.5, .., 8, 11", "6 6.5 7 7.5 8 11"),
        ("num", "6, 6.5, \u2026, 8", "6 6.5 7 7.5 8"),
        ("num", "7,5-9", "7 5 6 8 9"),
    ],
)
def test_numbers_are_listed_as_people_write_them(kind: str, typed: str, wanted: str) -> None:
    assert labels(KINDS[kind], typed) == wanted.split()


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("int", "10-1 (+3)", "Value 1: It falls. Write (-3)."),
        ("int", "1-10 (-3)", "Value 1: It rises. Write (+3)."),
        ("int", "1,,2", "Value 2 is empty."),
        ("int", "1-5 (+0)", "Value 1: In parentheses stands the step, which is not 0."),
        ("int", "1-10 [0]", "Value 1: In brackets stands how many values there are."),
        ("int", "1-1000000", "Value 1: This is 1,000,000 values."),
        ("int", "3, 1.5", "Value 2: Steps must be a whole number."),
        ("int", "4, 101", "Value 2: Steps is out of range."),
        ("width", "512, 1000", "Value 2: Width must be a multiple of 16. The nearest are 992 and"),
        ("num", "1, 1.5, .., 3.2", "Value 3: 3.2 is not reached from 1 and 1.5."),
        ("num", "1, .., 3", "Value 2: Two numbers stand before the dots, and one after them."),
        ("num", "1e1", "Value 1: \u201c1e1\u201d is not a number."),
        ("num", "nan", "Value 1: \u201cnan\u201d is not a number."),
        ("num", "1" * 100, "is not a number."),
        ("text", '"open, a', "The quote of value 1 is not closed."),
        ("text", '"a" b, c', "Something follows the quote of value 1."),
        ("int", " \n ", "There are no values."),
        ("text", "", "There are no values."),
        ("int", [], "There are no values."),
        ("int", [True], "Value 1: This is neither a text nor a number."),
        ("int", {"a": 1}, "Values are a text or a list."),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_number(kind: str, typed: object, said: str) -> None:
    assert said in refusal(KINDS[kind], typed)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("a cat, red || a cat, blue", ["a cat, red", "a cat, blue"]),
        ('a, "b, c", d', ["a", "b, c", "d"]),
        ('cat, "", dog', ["cat", "", "dog"]),
        ('it\'s, x"y"z', ["it's", 'x"y"z']),
        ('"say ""hello"", twice", b', ['say "hello", twice', "b"]),
        ('"a || b", c', ["a || b", "c"]),
        ("a\r\nb\rc\n", ["a", "b", "c"]),
    ],
)
def test_texts_are_parted_outside_of_quotes(typed: str, wanted: list[str]) -> None:
    assert [item.text for item in items(typed)] == wanted


def test_whole_prompts_keep_their_commas() -> None:
    assert labels("prompts", "a cat, red\na cat, blue\n") == ["a cat, red", "a cat, blue"]


def test_what_is_not_reached_and_what_stands_twice_is_said() -> None:
    assert [str(n) for n in read("guidance_scale", "1-2 (+0.3)").notes] == ["2 is not reached."]
    assert "7 stands there twice or more" in str(read("guidance_scale", "7,5-9").notes[0])


def test_a_seed_of_minus_one_is_drawn_once_and_told() -> None:
    seeds = read("seed", "1, -1, 2, -1")
    first, *_, last = (setting.sent for setting in seeds.settings)
    assert [s.sent for s in seeds.settings][0::2] == [1, 2] and first != last
    assert len(seeds.settings) == 4 and len(seeds.notes) == 2 and not seeds.of_numbers


def test_sizes_are_pixels_or_a_shape_of_the_form() -> None:
    assert read("size", "1024x768, 16:9").settings[1].raw == {"width": 1360, "height": 768}
    assert "Value 2: This is no size." in refusal("size", "1024x768, wide")
    assert "Value 1: Width must be a multiple of 16." in refusal("size", "1000x768")


def test_models_are_known_by_id_and_label_in_any_case() -> None:
    found = read("model", f"{FLUX.label.upper()}, {SDXL.id}")
    assert [setting.sent for setting in found.settings] == [FLUX.id, SDXL.id]
    assert "Value 1: There is no such model." in refusal("model", "DALL-E")


def test_models_of_one_label_are_told_apart_by_id() -> None:
    own = [replace(FLUX, id=f"{name}/dream", label="dream") for name in ("home", "Home")]
    known = Known({**MODELS, **{model.id: model for model in own}}, ASPECTS, Random(1))
    told = axis(Given("model", "Home/dream, home/dream"), known, [FLUX])
    assert [setting.sent for setting in told.settings] == ["Home/dream", "home/dream"]
    with pytest.raises(InvalidInput, match="Several models are called so") as refused:
        axis(Given("model", "dream"), known, [FLUX])
    assert "home/dream, Home/dream" in str(refused.value)


def test_pairs_are_a_search_each() -> None:
    swaps = [setting.swap for setting in read("replace", "cat=dog, red=blue").settings]
    assert [(swap.search, swap.instead) for swap in swaps if swap] == [
        ("cat", "dog"),
        ("red", "blue"),
    ]


ROWS = '\ufeffprompt,Num_Steps,size\r\n"a cat, red",4,16:9\r\n,,\r\na dog,8,\r\n'


@pytest.mark.parametrize("given", [ROWS, ROWS.replace(",", ";").replace("cat;", "cat,")])
def test_rows_of_a_table_are_set_together(given: str) -> None:
    first, second = read("rows", given).settings
    assert first.raw == {"prompt": "a cat, red", "num_steps": 4, "width": 1360, "height": 768}
    assert second.raw == {"prompt": "a dog", "num_steps": 8}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("prompt,sped\na,1", "These columns are no parameters: sped."),
        ("prompt,prompt\na,b", "Two columns have one name"),
        ("prompt\na,b", "Line 2 has more cells than there are columns."),
        ('prompt\n"a', "This is no CSV that can be read"),
        ("prompt\n" + "a\n" * 1_000_000, "There are more than 1,000 rows."),
        ("", "There are no rows."),
        ("prompt\n,\n", "Line 2 has more cells"),
        ("num_steps\n4\nmany", "Value 2: Steps must be a number."),
        (7, "Rows are a CSV's text, or a list of tables."),
    ],
)
def test_a_table_that_lies_is_refused_in_words(given: object, said: str) -> None:
    assert said in refusal("rows", given)


@given(st.text(alphabet='0123456789.,-+()[]|" \n\u2026ax=', max_size=40))
def test_whatever_is_typed_is_understood_or_refused(typed: str) -> None:
    for kind in ("num_steps", "guidance_scale", "seed", "size", "prompts", "replace", "rows"):
        try:
            assert read(kind, typed).settings
        except InvalidInput as error:
            assert error.message
