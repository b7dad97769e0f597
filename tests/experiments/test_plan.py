"""An experiment's cells: each request once, the best first, in an order that is exact."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

import pytest

from backend.catalogue.load import load_catalogue
from backend.catalogue.shapes import ASPECTS
from backend.errors import InvalidInput
from backend.experiments.order import coarse_to_fine, levels
from backend.experiments.plan import Plan, plan
from backend.experiments.spec import read_spec
from backend.types import SEED_MAX

MODELS = load_catalogue()
FLUX, SDXL = MODELS.values()
BASE = {"model": FLUX.id, "prompt": "a lighthouse at sea", "seed": 7}


def planned(base: dict[str, Any] | None = None, repeats: int = 1, **axes: Any) -> Plan:
    document = {"title": "t", "base": BASE if base is None else base, "axes": axes}
    return plan(read_spec(document | {"repeats": repeats}), MODELS, ASPECTS, Random(1))


def refusal(document: object) -> InvalidInput:
    with pytest.raises(InvalidInput) as refused:
        plan(read_spec(document), MODELS, ASPECTS, Random(1))
    return refused.value


def refused(base: dict[str, Any] | None = None, repeats: Any = 1, **axes: Any) -> str:
    error = refusal({"base": BASE if base is None else base, "axes": axes, "repeats": repeats})
    return f"{error.field}: {error}"


def test_the_order_of_a_grid_is_exact() -> None:
    places = [(x, y, 0, 0) for x, y in product(range(5), range(4))]
    order = coarse_to_fine(places, (5, 4, 1), (True, True, False))
    number = {place[:2]: at for at, place in enumerate(order, 1)}
    assert [[number[x, y] for x in range(5)] for y in range(4)] == [
        [1, 16, 7, 20, 2],
        [5, 10, 8, 14, 9],
        [18, 13, 11, 17, 15],
        [3, 19, 6, 12, 4],
    ]


def test_six_cells_of_six_by_six_categories_show_each_row_and_column() -> None:
    places = [(x, y, 0, 0) for x, y in product(range(6), range(6))]
    first = coarse_to_fine(places, (6, 6, 1), (False, False, False))[:6]
    assert {x for x, *_ in first} == {y for _, y, *_ in first} == set(range(6))


def test_levels_halve_the_gaps() -> None:
    assert levels(9) == [0, 3, 2, 3, 1, 3, 2, 3, 0] and levels(1) == [0] and levels(2) == [0, 0]


def test_the_cell_with_the_forms_own_values_is_made_first() -> None:
    cells = planned(BASE | {"num_steps": 3}, x={"num_steps": "1-9"}).cells
    assert cells[0].request.values["num_steps"] == 3
    assert [c.request.values["num_steps"] for c in cells[1:4]] == [1, 9, 5]


def test_equal_requests_are_one_cell() -> None:
    found = planned(x={"model": "SDXL 1.0, FLUX.1 schnell"}, y={"seed": "1, 2, 3"})
    assert found.places == 6 and len(found.cells) == 4
    assert max(len(cell.places) for cell in found.cells) == 3
    assert any("SDXL 1.0 takes no seed" in note for note in found.notes)
    assert any("2 places ask for what others ask for" in note for note in found.notes)


def test_repeats_have_the_following_seeds_or_are_asked_several_times() -> None:
    with_seed = planned(BASE | {"seed": SEED_MAX}, repeats=3)
    assert [cell.request.seed for cell in with_seed.cells] == [SEED_MAX, 0, 1]
    without = planned({"model": SDXL.id, "prompt": "a cat"}, repeats=3)
    assert [cell.repeat for cell in without.cells] == [0, 1, 2]
    assert len({cell.key for cell in without.cells}) == 3


def test_a_seed_that_is_left_open_is_drawn_once_for_all_cells() -> None:
    found = planned({"model": FLUX.id, "prompt": "a cat"}, x={"num_steps": "1-4"})
    assert len({cell.request.seed for cell in found.cells}) == 1
    assert "The seed was drawn" in found.notes[0]


def test_searches_see_the_original_text_alone() -> None:
    base = BASE | {"prompt": "a cat and a dog", "negative_prompt": "cat"}
    found = planned(base, x={"replace": "cat, dog"}, y={"replace": "dog, cat"})
    prompts = {cell.places[0][:2]: cell.request.prompt for cell in found.cells}
    assert prompts[1, 1] == "a dog and a cat" and prompts[0, 0] == "a cat and a dog"


def test_a_word_is_taken_out_with_its_comma() -> None:
    found = planned(BASE | {"prompt": "a cat, red, small"}, x={"replace": 'red, ""'})
    assert {cell.request.prompt for cell in found.cells} == {"a cat, red, small", "a cat, small"}


def test_part_of_a_longer_word_is_said() -> None:
    notes = planned(BASE | {"prompt": "a cat, scattered"}, x={"replace": "cat, dog"}).notes
    assert any("part of a longer word" in note for note in notes)


def test_the_same_draw_plans_the_same() -> None:
    one, other = (planned({"model": FLUX.id, "prompt": "x"}, x={"seed": "-1, 5"}) for _ in "ab")
    assert [cell.key for cell in one.cells] == [cell.key for cell in other.cells]


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ({"x": {"replace": "whale, cat"}}, "axes.x: \u201cwhale\u201d is not in the prompt."),
        ({"x": {"replace": "Lighthouse, cat"}}, "axes.x: \u201cLighthouse\u201d is not in"),
        (
            {"x": {"replace": "light, a"}, "y": {"replace": "lighthouse, b"}},
            "axes.y: Two axes replace the same place",
        ),
        ({"x": {"size": "16:9, 1:1"}, "y": {"width": "512"}}, "axes.y: Two axes set width"),
        ({"x": {"num_steps": "1-80"}, "y": {"model": "FLUX.1 schnell, SDXL 1.0"}}, "axes.x: "),
        ({"x": {"speed": "1"}}, "axes.x: No model of this experiment takes speed."),
        ({"x": {"num_steps": "1-1000"}}, "axes.x: Value 1: Steps is out of range."),
        ({"x": {"seed": "1-1000"}, "y": {"num_steps": "1-50"}}, "axes.x: This is 50,000 places."),
        (
            {"x": {"seed": "1-1000"}, "y": {"num_steps": "1-10"}},
            "axes.x: This is 10,000 cells. An experiment holds at most 5,000 cells.",
        ),
        ({"x": {"num_steps": "1", "seed": "1"}}, "axes.x: An axis varies one thing; here are 2."),
        ({"x": {"num_steps": "1", "templates": 1}}, "axes.x: templates is neither"),
        ({"x": {}}, "axes.x: An axis varies one thing; here are 0."),
        ({"w": {"num_steps": "1"}}, "axes.w: There is no field called w."),
    ],
)  # fmt: skip
def test_what_cannot_be_planned_is_refused_at_its_field(axes: dict[str, Any], said: str) -> None:
    assert refused(**axes).startswith(said)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ([], None),
        ({}, "base"),
        ({"base": {"prompt": "x"}}, "model"),
        ({"base": {"model": FLUX.id}}, "base.prompt"),
        ({"base": BASE | {"num_steps": 400}}, "base.num_steps"),
        ({"base": BASE, "repeats": 0}, "repeats"),
        ({"base": BASE, "repeats": True}, "repeats"),
        ({"base": BASE, "axes": []}, "axes"),
        ({"base": BASE, "title": 7}, "title"),
        ({"base": BASE, "speed": 7}, "speed"),
    ],
)
def test_a_document_of_another_shape_is_refused_at_its_field(document: Any, field: str) -> None:
    assert refusal(document).field == field
