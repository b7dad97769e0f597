"""Which part of a grid stands there once its first cells do: whole, evenly spaced, in words."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from backend.experiments.part import part_text, parts
from backend.experiments.plan import Plan
from tests.experiments.test_plan import BASE, planned

NINE = {"x": {"num_steps": "1-9"}, "y": {"guidance_scale": "1-9"}}
WORDS = {"x": {"replace": "sea, lake, pond, river"}, "y": {"replace": "at, by, near"}}


def text(plan: Plan, count: int) -> str:
    """Return what is said where so many cells are sent and none of them is there already."""
    fits = [part for part in parts(plan) if part.cells <= count]
    return str(part_text(plan, fits[-1] if fits else None, count))


def test_each_part_is_a_whole_grid_of_its_first_cells() -> None:
    plan = planned(BASE | {"num_steps": 2, "guidance_scale": 1}, **NINE)
    assert [(part.cells, part.sizes[:2]) for part in parts(plan)] == [
        (4 + 1, (2, 2)),  # and the form's own values, which are made first of all
        (9 + 1, (3, 3)),
        (25 + 1, (5, 5)),
        (81, (9, 9)),
    ]
    for part in parts(plan):
        made = {place[:2] for cell in plan.cells[: part.cells] for place in cell.places}
        even = range(0, 9, 8 // (part.sizes[0] - 1))
        assert set(product(even, even)) <= made


@pytest.mark.parametrize(
    ("axes", "count", "said"),
    [
        (NINE, 9, "the ends and the middle of each axis of numbers, 3 x 3 places."),
        (NINE, 24, "the ends and the middle of each axis of numbers, 3 x 3 places."),
        (NINE, 8, "the ends of each axis of numbers, 2 x 2 places."),
        (NINE, 30, "evenly spaced values of each axis, 5 x 5 places."),
        (NINE, 2, "places that are spread over the whole grid."),
        ({"x": NINE["x"]}, 3, "the ends and the middle of each axis of numbers, 3 places."),
        (WORDS, 6, "each value of each axis at least once."),
        (WORDS, 2, "places that are spread over the whole grid."),
    ],
)
def test_what_stands_there_is_said(axes: dict[str, Any], count: int, said: str) -> None:
    base = BASE | {"num_steps": 1, "guidance_scale": 1}
    assert text(planned(base, **axes), count) == f"Today's part: {said}"


def test_of_repeats_it_is_the_images_of_each_place() -> None:
    plan = planned(BASE | {"num_steps": 1}, repeats=3, x={"num_steps": "1-9"})
    assert text(plan, 9) == "Today's part: one image of each place."
    assert text(plan, 20) == "Today's part: 2 images of each place."
    assert text(plan, 0) == ""
