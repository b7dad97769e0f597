"""What templates can become: drawn by weight, without repetition, the same by the same seed."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import InvalidInput
from backend.experiments.choices import taken
from backend.experiments.templates import COUNT_MAX, template

FILES = {
    "many": [f"line {n}" for n in range(10_000)],
    "twice": ["__many__ a", "__many__ b"] * 500,
    "thrice": ["__twice__ a", "__twice__ b"] * 500,
    "one": ["__other__"],
    "other": ["a", "__one__"],
    "glob": ["__*__"],
    "*": ["__glob__"],
}


def drawn(text: str, most: int, seed: int = 1) -> list[str]:
    node = template(text, FILES.get)
    return [node.number(number) for number in taken(node, most, seed)]


@pytest.mark.parametrize(
    "text",
    [
        "{a|b|c} {d|{e|f}}",
        "{2$$a|{b|c}|d}",
        "{0-3$$ and $$a|b|c}",
        "{2::red|{1::x|3::y}|blue}",
        "{2$$0::a|b|{c|d}}",
        "{0::a|b} {0-1$$c|0::{d|e}|f}",
    ],
)
def test_what_can_be_drawn_is_all_but_what_weighs_nothing(text: str) -> None:
    node = template(text, FILES.get)
    living = [node.living(index) for index in range(node.alive)]
    assert len(set(living)) == node.alive <= node.count
    dead = set(range(node.count)) - set(living)
    assert (node.alive < node.count) == ("0::" in text)
    for number in dead:
        assert any(word in node.number(number) for word in "ade")
    assert set(taken(node, node.count, 5)) == set(living)
    for seed in range(40):
        assert set(taken(node, 2, seed)) <= set(living)


def test_what_weighs_more_is_drawn_more_often() -> None:
    found = Counter(drawn("{2::red|{blue|green}}", 1, seed)[0] for seed in range(3000))
    assert 1850 < found["red"] < 2150
    assert 430 < found["blue"] < 570
    alike = Counter(drawn("{red|{blue|green}}", 1, seed)[0] for seed in range(3000))
    assert all(900 < count < 1100 for count in alike.values()), (
        "without weights all texts are alike"
    )


def test_a_text_of_weight_0_is_listed_and_never_drawn() -> None:
    node = template("{0::a|b}", FILES.get)
    assert [node.number(index) for index in range(node.count)] == ["a", "b"]
    assert drawn("{0::a|b}", 1) == drawn("{0::a|b}", 2) == ["b"]
    assert drawn("{0::a|0::b}", 1) == drawn("{2$$0::a|b}", 1) == []


def test_heavy_weights_do_not_keep_the_others_away_for_ever() -> None:
    heavy = " ".join(["{1000000::a|b}"] * 12)
    found = drawn(heavy, 1000)
    assert len(set(found)) == 1000 and found[0] == " ".join("a" * 12)


@given(st.text(alphabet="{}|$ab012:- ", max_size=24), st.integers(1, 30), st.integers(0, 9))
def test_whatever_is_drawn_is_one_of_them_and_once(text: str, most: int, seed: int) -> None:
    try:
        node = template(text, FILES.get)
    except InvalidInput:
        return
    found = taken(node, most, seed)
    assert len(set(found)) == len(found) == min(most, node.alive)
    assert all(0 <= number < node.count for number in found)
    assert found == taken(node, most, seed)


def test_long_files_and_files_of_files_are_counted_once_each() -> None:
    node = template("__thrice__, __many__", FILES.get)
    assert node.count == 40_000 * 10_000
    assert all(node.number(number) for number in taken(node, 1000, 3))


def test_what_could_not_be_counted_is_refused() -> None:
    with pytest.raises(InvalidInput, match="Of 900 options too many are taken at once"):
        template("{900$$" + "|".join(map(str, range(100, 1000))) + "}", FILES.get)
    with pytest.raises(InvalidInput, match="more prompts than can be numbered"):
        template("{a|b|c|d|e|f|g|h|i|j}" * 101, FILES.get)
    assert template("{a|b|c|d|e|f|g|h|i|j}" * 100, FILES.get).count == COUNT_MAX


@pytest.mark.parametrize("name", ["one", "glob"])
def test_files_that_contain_each_other_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="contains itself"):
        template(f"__{name}__", FILES.get)
