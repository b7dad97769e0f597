"""A change of model: what shows, what is kept, parked and brought back, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backend.catalogue.load import load_catalogue
from backend.catalogue.widgets import Plan, change_model, parameter_names, plan_widgets
from backend.types import ModelSpec

FLUX, SDXL = load_catalogue().values()


def form(**values: Any) -> dict[str, Any]:
    spec = dict.fromkeys(parameter_names([SDXL, FLUX]))
    defaults = {p.name: p.default for p in SDXL.params}
    return spec | defaults | values


def values(plan: Plan) -> dict[str, Any]:
    return {name: widget.value for name, widget in plan.widgets.items()}


def switch(old: ModelSpec, new: ModelSpec, current: dict[str, Any], parked: Any = None) -> Plan:
    return change_model(old, new, current, parked or {})


@pytest.mark.parametrize("model", [SDXL, FLUX])
def test_the_form_shows_exactly_what_the_model_takes(model: ModelSpec) -> None:
    shown = {name for name, w in plan_widgets(model, form()).items() if w.visible}
    assert shown == {p.name for p in model.params}


def test_a_negative_prompt_is_parked_and_comes_back() -> None:
    there = switch(SDXL, FLUX, form(negative_prompt="fog"))
    assert not there.widgets["negative_prompt"].visible
    assert "Negative prompt kept for SDXL 1.0, not sent to FLUX.1 schnell." in there.sentence

    back = switch(FLUX, SDXL, values(there), there.parked)
    assert back.widgets["negative_prompt"].visible
    assert back.widgets["negative_prompt"].value == "fog"
    assert "Negative prompt is back." in back.sentence


def test_each_model_has_its_own_steps_and_finds_them_again() -> None:
    there = switch(SDXL, FLUX, form(num_steps=40))
    assert there.widgets["num_steps"].value == 4
    assert "Steps 40 kept for SDXL 1.0." in there.sentence

    again = values(there) | {"num_steps": 6}
    back = switch(FLUX, SDXL, again, there.parked)
    assert back.widgets["num_steps"].value == 40
    once_more = switch(SDXL, FLUX, values(back), back.parked)
    assert once_more.widgets["num_steps"].value == 6


def test_prompt_and_size_are_shared() -> None:
    there = values(switch(SDXL, FLUX, form(prompt="a cat", width=640, height=1536)))
    assert (there["prompt"], there["width"], there["height"]) == ("a cat", 640, 1536)


def test_a_value_that_does_not_fit_is_parked_and_comes_back() -> None:
    small = replace(
        FLUX,
        params=tuple(replace(p, maximum=1024) if p.name == "width" else p for p in FLUX.params),
    )
    there = switch(SDXL, small, form(width=2048))
    assert there.widgets["width"].value == 1024
    back = switch(small, SDXL, values(there), there.parked)
    assert back.widgets["width"].value == 2048


def test_bounds_travel_with_the_value() -> None:
    widget = switch(SDXL, FLUX, form()).widgets["num_steps"]
    assert widget.spec is not None
    assert widget.spec.minimum is not None and widget.spec.maximum is not None
    assert widget.spec.minimum <= widget.value <= widget.spec.maximum  # type: ignore[operator]


def test_untouched_fields_are_not_talked_about() -> None:
    assert switch(SDXL, FLUX, form()).sentence == "Guidance scale has no visible effect."


def test_leaving_a_model_with_seed_says_that_the_next_has_none() -> None:
    sentence = switch(FLUX, SDXL, form(seed=7)).sentence
    assert "Seed kept for FLUX.1 schnell, not sent to SDXL 1.0." in sentence
    assert "SDXL 1.0 takes no seed: the stored image is the only copy." in sentence


def test_a_model_without_steps_between_two_others_mixes_nothing_up() -> None:
    plain = replace(FLUX, id="plain", params=tuple(p for p in FLUX.params if p.name == "prompt"))
    there = switch(SDXL, plain, form(num_steps=40, negative_prompt="fog"))
    flux = switch(plain, FLUX, values(there), there.parked)
    assert flux.widgets["num_steps"].value == 4, "40 steps are SDXL's"
    again = switch(FLUX, plain, values(flux) | {"num_steps": 6}, flux.parked)
    back = switch(plain, SDXL, values(again), again.parked)
    assert back.widgets["num_steps"].value == 40
    assert back.widgets["negative_prompt"].value == "fog"
    over = switch(SDXL, plain, values(back), back.parked)
    assert switch(plain, FLUX, values(over), over.parked).widgets["num_steps"].value == 6
