"""A blind test's cells, what it says before the start, and what it refuses."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from backend.catalogue.load import load_catalogue
from backend.catalogue.shapes import ASPECTS
from backend.errors import InvalidInput
from backend.experiments.blind_plan import can_show, plan_blind
from backend.experiments.plan import Plan
from backend.experiments.spec import read_spec
from backend.types import SEED_MAX

MODELS = load_catalogue()
FLUX, SDXL = MODELS.values()
TWO = [{"num_steps": 1}, {"num_steps": 4}]
PROMPTS = "a cat\na dog, running\n"


def planned(own: dict[str, Any] | None = None, base: dict[str, Any] | None = None) -> Plan:
    own = {"settings": TWO, "prompts": PROMPTS} | (own or {})
    document = {"kind": "blind", "base": {"model": FLUX.id} | (base or {}), "blind": own}
    return plan_blind(read_spec(document), MODELS, ASPECTS, Random(1))


def refused(own: dict[str, Any] | None = None, base: dict[str, Any] | None = None) -> str:
    with pytest.raises(InvalidInput) as found:
        planned(own, base)
    return f"{found.value.field}: {found.value}"


def test_each_prompt_is_asked_of_all_settings_with_one_seed() -> None:
    plan = planned(base={"seed": SEED_MAX, "width": 256})
    asked = [
        (c.places, c.request.prompt, c.request.values["num_steps"], c.request.seed)
        for c in plan.cells
    ]
    assert asked == [
        (((0, 0, 0, 0),), "a cat", 1, SEED_MAX),
        (((1, 0, 0, 0),), "a cat", 4, SEED_MAX),
        (((0, 1, 0, 0),), "a dog, running", 1, 0),
        (((1, 1, 0, 0),), "a dog, running", 4, 0),
    ]
    assert all(cell.request.values["width"] == 256 for cell in plan.cells)
    assert [axis.plain()["labels"] for axis in plan.axes] == [
        ["Steps 1", "Steps 4"],
        ["a cat", "a dog, running"],
        [],
    ]


def test_what_is_drawn_is_kept_and_said() -> None:
    plan = planned()
    seed = plan.spec.base["seed"]
    assert plan.cells[0].request.seed == seed
    assert any(f"Seeds from {seed} on" in note for note in plan.notes)


def test_settings_may_be_models_by_id_or_label_and_have_names_of_their_own() -> None:
    plan = planned({"settings": [{"model": "sdxl 1.0"}, {"model": FLUX.id, "label": "fast"}]})
    assert [cell.request.model for cell in plan.cells[:2]] == [SDXL.id, FLUX.id]
    assert plan.axes[0].plain()["labels"] == ["SDXL 1.0", "fast"]
    numbers = planned({"settings": [{"guidance_scale": 7.0}, {"guidance_scale": "3.50"}]})
    assert numbers.axes[0].plain()["labels"] == ["Guidance scale 7", "Guidance scale 3.5"]
    same = planned({"settings": [one | {"label": "x"} for one in TWO]})
    assert same.axes[0].plain()["labels"] == ["1. x", "2. x"]
    assert planned({"settings": [{}, {"num_steps": 2}]}).axes[0].plain()["labels"][0] == (
        "As in the form"
    )


def test_what_the_number_of_prompts_can_show_is_said_before() -> None:
    assert can_show(5) == (
        "5 prompts can show no difference, whatever the votes: it takes at least 6."
    )
    assert can_show(1).startswith("1 prompt can show no difference")
    assert can_show(12) == "12 prompts: only a clear favourite, 10 of 12, will be visible."
    assert can_show(100) == "100 prompts: a favourite will be visible from 60 of 100 on."
    assert planned().axes[1].notes == (can_show(2),)
    three = planned({"settings": [*TWO, {"num_steps": 2}]})
    assert three.notes[0] == "6 pairs to vote on."


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"settings": TWO[:1]}, "blind.settings: A blind test compares 2 to 4 settings."),
        ({"settings": [*TWO, *TWO, {}]}, "blind.settings: A blind test compares 2 to 4"),
        ({"settings": "ab"}, "blind.settings: A blind test compares 2 to 4 settings."),
        ({"settings": [{}, 1]}, "blind.settings.1: This is no table"),
        ({"settings": [*TWO, {"num_steps": "1"}]}, "blind.settings.2: Settings 1 and 3 ask for"),
        ({"settings": [{}, {"num_steps": ""}]}, "blind.settings.1: Settings 1 and 2 ask for the"),
        ({"settings": [{}, {"num_steps": "many"}]}, "blind.settings.1: Setting 2: Steps must be"),
        ({"settings": [{}, {"num_steps": 9000}]}, "blind.settings.1: Setting 2: Steps is out of"),
        ({"settings": [{}, {"colour": 1}]}, "blind.settings.1: FLUX.1 schnell does not take co"),
        ({"settings": [{}, {"model": "x"}]}, "blind.settings.1: This model is not in the catal"),
        ({"settings": [{}, {"prompt": "x"}]}, "blind.settings.1: A setting cannot have a prompt"),
        ({"settings": [{}, {"seed": 1}]}, "blind.settings.1: A setting cannot have a seed"),
        ({"settings": [{}, {"label": "x" * 81}]}, "blind.settings.1: A label is a text of at most"),
        ({"prompts": " \n"}, "blind.prompts: There are no values."),
        ({"prompts": None}, "blind.prompts: There are no prompts. Write some"),
        ({"prompts": ["a cat", 1.5, None]}, "blind.prompts: Value 3"),
        ({"prompts": "a cat\n" + "x" * 20_000}, "blind.prompts: "),
        ({"seed": "7"}, "blind.seed: The seed of the sides is a whole number"),
        ({"seed": -1}, "blind.seed: The seed of the sides is a whole number"),
        ({"choices": 1}, "blind.choices: There is no field called choices."),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(own: dict[str, Any], told: str) -> None:
    assert refused(own).startswith(told)


def test_the_base_is_checked_too_and_nothing_else_may_vary() -> None:
    assert refused(base={"model": "x"}).startswith("base.model: This model is not in")
    assert refused(base={"num_steps": 9000, "width": "wide"}).startswith("base.width: FLUX.1")
    assert refused(base={"seed": "x"}).startswith("base.seed: ")
    document = {"kind": "blind", "base": {"model": FLUX.id}, "axes": {"x": {"num_steps": "1-2"}}}
    with pytest.raises(InvalidInput, match="nothing else that varies"):
        plan_blind(read_spec(document | {"blind": {}}), MODELS, ASPECTS, Random(1))
    with pytest.raises(InvalidInput) as found:
        plan_blind(read_spec(document | {"axes": {}}), MODELS, ASPECTS, Random(1))
    assert str(found.value.field).startswith("blind")


def test_more_cells_than_an_experiment_holds_are_refused() -> None:
    found = refused({"prompts": "\n".join(map(str, range(1001)))})
    assert found.startswith("blind.prompts: This is 1,001 values.")
