"""Experiments: what one would do and cost, how it stands, and its cells."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from backend.types import RunState
from ui.routes.models.base import EXAMPLE_ID, Answer, Asked, Dollars, Id, Moment, Refusal, told

_SPEC: dict[str, Any] = {
    "title": "Steps against subject",
    "base": {
        "model": "black-forest-labs/FLUX.1-schnell",
        "prompt": "a lighthouse at sea",
        "seed": 7,
    },
    "axes": {"x": {"num_steps": "1-4"}, "y": {"replace": "lighthouse, windmill"}},
    "repeats": 1,
}

_TABLE = told({"type": "object"})
_AXES = told({"type": "object", "additionalProperties": {"type": "object"}})


class ExperimentSpec(Asked):
    """What varies and what does not."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SPEC], "required": ["base"]})

    title: Annotated[Any, told({"type": "string"})] = ""
    base: Annotated[Any, _TABLE] = Field(
        None, description="`model`, `prompt` and further parameters, as in `/api/generate`."
    )
    axes: Annotated[Any, _AXES] = Field(
        None,
        description="`x`, `y`, `z`: each an object with one field, a parameter's name or `size`,"
        " `model`, `prompts`, `replace` or `rows` (a CSV's text), and its values as text or list;"
        " `templates` true where braces in prompts are choices.",
    )
    repeats: Annotated[Any, told({"type": "integer", "minimum": 1})] = Field(
        1, description="Images of each cell, with the following seeds."
    )


class StartExperiment(Asked):
    """What was looked at."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"plan": _SPEC, "digest": "...", "token": EXAMPLE_ID}],
            "required": ["plan", "digest", "token"],
        }
    )

    plan: Annotated[Any, _TABLE] = Field(None, description="As it was given to be planned.")
    digest: Annotated[Any, told({"type": "string"})] = Field(
        None, description="Of the plan's answer: names what is sent, and its price."
    )
    token: Annotated[Any, told({"type": "string"})] = Field(
        None, description="32 hex digits of your making: the same ones are one experiment."
    )


class Deed(Asked):
    """What is to happen with it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"do": "pause"}], "required": ["do"]})

    do: Annotated[Any, told({"type": "string", "enum": ["pause", "resume", "stop", "retry"]})] = (
        Field(
            None,
            description="`pause` waits for the cells under way, `stop` cancels what waits for its"
            " turn, `retry` asks once more for what failed.",
        )
    )
    of: Annotated[Any, told({"type": "string", "enum": ["failed", "unknown"]})] = Field(
        "failed", description="With `retry`: those that failed, or that may have been charged."
    )


class AxisOf(Answer):
    """One axis as it was understood."""

    kind: str = Field(description="Empty where nothing varies.")
    values: list[Any] = Field(description="As they are sent.")
    labels: list[str]
    notes: list[str]


class Axes(Answer):
    x: AxisOf
    y: AxisOf
    z: AxisOf


class Planned(Answer):
    """What would be sent, and what that costs."""

    digest: str
    axes: Axes
    places: int = Field(ge=1)
    cells: int = Field(ge=1, description="Places with equal requests are one.")
    cached: int = Field(ge=0, description="Cells that are answered from disk.")
    to_send: int = Field(ge=0)
    price_usd: Dollars | None = Field(description="null where no price is listed.")
    seconds: float | None = Field(
        ge=0, description="By this library's own last images; null where there is none."
    )
    today: int | None = Field(
        ge=0, description="How many more the day's limit holds; null without one."
    )
    notes: list[str]
    order: list[list[int]] = Field(
        description="The first 1,000 cells in the order of their making: x, y, z, repeat."
    )


class PlanIsAnother(Refusal):
    """It is not what was looked at any more."""

    plan: Planned | None = Field(description="What it would be now.")


class ExperimentCell(Answer):
    """One request of it."""

    place: list[int] = Field(description="x, y, z and repeat.")
    places: list[list[int]] = Field(description="All places that it stands at.")
    state: Literal["waiting"] | RunState
    image_id: Id | None
    seconds: float | None
    price_usd: Dollars | None
    cached: bool
    difference: float | None = Field(
        description="Mean CIELAB distance from the reference, 2.3 is just visible; null where it"
        " is not known or the sizes differ."
    )
    error: str | None = Field(description="Why it failed, in words.")


class Counts(Answer):
    """How many cells there are of which kind."""

    cells: int
    waiting: int
    queued: int
    sent: int
    saved: int
    cached: int = Field(description="Of the saved ones, those answered from disk.")
    failed: int
    unknown: int = Field(description="They may have been charged.")


class ListedExperiment(Answer):
    """An experiment without its cells."""

    id: Id
    title: str
    created: Moment
    state: Literal["running", "paused", "stopped", "done"]
    why: str = Field(description="Why it rests by itself; empty where it does not.")
    goes_on: Moment | None = Field(description="When it goes on by itself.")


class Experiment(ListedExperiment):
    """An experiment as it stands."""

    counts: Counts
    version: str = Field(description="Names how it stands: what changed since can be asked for.")
    whole: bool = Field(description="Whether these are all cells.")
    cells: list[ExperimentCell] = Field(description="In the order of their making.")
    plan: dict[str, Any] = Field(description="As it was asked for.")
    base: dict[str, Any] = Field(description="What does not vary, with what was drawn.")
    axes: Axes


class ListedExperiments(Answer):
    """The newest experiments."""

    experiments: list[ListedExperiment]
