"""The values between: what an axis becomes, and which cells are new."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from backend.catalogue.load import load_catalogue
from backend.catalogue.shapes import ASPECTS
from backend.errors import InvalidInput
from backend.experiments.growth import Growth, between
from backend.experiments.plan import Plan, plan
from backend.experiments.spec import read_spec

MODELS = load_catalogue()
FLUX, SDXL = MODELS.values()
BASE = {"model": FLUX.id, "prompt": "a lighthouse at sea", "seed": 7}


def planned(axes: dict[str, Any], base: dict[str, Any] | None = None, repeats: int = 1) -> Plan:
    document = {"base": BASE if base is None else base, "axes": axes, "repeats": repeats}
    return plan(read_spec(document), MODELS, ASPECTS, Random(1))


def grown(former: Plan, axis: object = "x") -> Growth:
    axes = {name: one.plain() for name, one in zip("xyz", former.axes, strict=True)}
    return between(axis, axes, former.cells, MODELS)


def all_cells(former: Plan, growth: Growth) -> dict[str, set[tuple[int, ...]]]:
    """Return the places by the cell's key."""
    found = {one.key: set(at) for one, at in zip(former.cells, growth.places, strict=True)}
    for cell in growth.new:
        assert cell.key not in found
        found[cell.key] = set(cell.places)
    return found


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("num_steps", "1, 3, 9", ["1", "2", "3", "6", "9"]),
        ("num_steps", "1, 2, 5", ["1", "2", "3", "5"]),
        ("num_steps", "9, 3, 1", ["9", "6", "3", "2", "1"]),
        ("num_steps", "1, 7, 4", ["1", "7", "5", "4"]),
        ("guidance_scale", "1, 1.5", ["1", "1.25", "1.5"]),
        ("width", "512, 1024", ["512", "768", "1024"]),
        ("width", "512, 528, 576", ["512", "528", "544", "576"]),
    ],
)
def test_the_middle_of_each_gap_is_what_the_parameter_takes(
    kind: str, values: str, expected: list[str]
) -> None:
    growth = grown(planned({"x": {kind: values}}))
    assert [setting.label for setting in growth.axes[0].settings] == expected


@pytest.mark.parametrize(
    ("axes", "axis", "why"),
    [
        ({"x": {"num_steps": "1-4"}}, "x", "nothing between"),
        ({"x": {"width": "512, 528"}}, "x", "nothing between"),
        ({"x": {"seed": "1, 9"}}, "x", "Only an axis of numbers"),
        ({"x": {"size": "512x512, 1024x1024"}}, "x", "Only an axis of numbers"),
        ({"x": {"num_steps": "1, 3"}}, "y", "Only an axis of numbers"),
        ({"x": {"num_steps": "1, 3"}}, ["x"], "no such axis"),
    ],
)
def test_where_nothing_is_between_it_is_said(axes: dict[str, Any], axis: object, why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as refused:
        grown(planned(axes), axis)
    assert refused.value.field == "axis"


def test_a_grown_experiment_is_the_one_that_had_all_values_from_the_start() -> None:
    others = {"y": {"replace": "sea, dawn"}, "z": {"seed": "-1, 5"}}
    for base, repeats in ((BASE, 2), ({"model": SDXL.id, "prompt": "a sea"}, 3)):
        former = planned({"x": {"num_steps": "1, 3, 9"}, **others}, base, repeats)
        at_once = planned({"x": {"num_steps": "1, 2, 3, 6, 9"}, **others}, base, repeats)
        growth = grown(former)
        assert all_cells(former, growth) == {c.key: set(c.places) for c in at_once.cells}
        known = {cell.key: cell for cell in at_once.cells}
        assert all(known[cell.key].request == cell.request for cell in growth.new)


def test_where_a_model_lacks_the_parameter_its_cells_gain_places_alone() -> None:
    lacking = replace(FLUX, params=tuple(p for p in FLUX.params if p.name != "num_steps"))
    models = {FLUX.id: lacking, SDXL.id: SDXL}
    document = {"base": BASE, "axes": {"x": {"num_steps": "1, 5"}, "y": {"model": list(models)}}}
    former = plan(read_spec(document), models, ASPECTS, Random(1))
    axes = {name: one.plain() for name, one in zip("xyz", former.axes, strict=True)}
    growth = between("x", axes, former.cells, models)
    assert [cell.request.model for cell in growth.new] == [SDXL.id]
    assert sorted(map(len, growth.places)) == [1, 1, 3]
