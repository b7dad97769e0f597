"""Experiments: what one would do and cost, how it stands, and its cells."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from backend.experiments.spec import KINDS
from backend.types import RunState
from ui.routes.models.base import EXAMPLE_ID, Answer, Asked, Dollars, Id, Moment, Refusal, told
from ui.routes.models.phrases import WordsAnswer

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

_DEEDS = ["pause", "resume", "stop", "retry", "between", "delete"]
_AXIS = told({"type": "string", "enum": ["x", "y", "z"]})
_TABLE = told({"type": "object"})
_AXES = told({"type": "object", "additionalProperties": {"type": "object"}})


class ExperimentSpec(Asked):
    """What varies and what does not."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SPEC], "required": ["base"]})

    kind: Annotated[Any, told({"type": "string", "enum": list(KINDS)})] = "grid"
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
    words: Annotated[Any, _TABLE] = Field(
        None,
        description="Of the kind `words`: `phrases`, as they stand in the prompt (left out: cut by"
        " itself); by their numbers from 1 `keep`, which are not changed, and `instead`, an object"
        " of what stands in their place (the others are dropped); `seeds`, two or four.",
    )
    blind: Annotated[Any, _TABLE] = Field(
        None,
        description="Of a blind test: `settings`, two to four objects of what each has to itself"
        " (parameters, `model`, a `label`), `prompts` as text, one in each line, or list, and"
        " `seed` for sides and order.",
    )


class _Bounded(Asked):
    """How fast and how far it goes this time; the rest is kept."""

    at_once: Annotated[Any, told({"type": "integer", "minimum": 1})] = Field(
        None, description="Sends at once; 8 at first."
    )
    max_images: Annotated[Any, told({"type": "integer", "minimum": 0})] = Field(
        None, description="It rests once so many images were sent."
    )
    max_usd: Annotated[Any, told({"type": "number", "minimum": 0})] = Field(
        None, description="It rests before their listed prices are more than this."
    )


class StartExperiment(_Bounded):
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


class Deed(_Bounded):
    """What is to happen with it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"do": "pause"}], "required": ["do"]})

    do: Annotated[Any, told({"type": "string", "enum": _DEEDS})] = Field(
        None,
        description="`pause` waits for the cells under way, `stop` cancels what waits for its"
        " turn, `retry` asks once more for what failed, `between` adds the values between those of"
        " an axis, `delete` removes the experiment, which must not be running.",
    )
    of: Annotated[Any, told({"type": "string", "enum": ["failed", "unknown"]})] = Field(
        "failed", description="With `retry`: those that failed, or that may have been charged."
    )
    axis: Annotated[Any, _AXIS] = Field(None, description="With `between`.")
    digest: Annotated[Any, told({"type": "string"})] = Field(
        None, description="With `between`: of what its plan answered."
    )
    images: Annotated[Any, told({"type": "boolean"})] = Field(
        False, description="With `delete`: whether its own images go to the trash."
    )


class Growing(Asked):
    """Which axis of numbers is to have the values between."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"axis": "x"}], "required": ["axis"]})

    axis: Annotated[Any, _AXIS] = None


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


class Left(Answer):
    """What is still to be sent, and what that costs."""

    cells: int = Field(ge=0, description="That wait to be asked for.")
    cached: int = Field(ge=0, description="Of these, answered from disk.")
    to_send: int = Field(ge=0)
    price_usd: Dollars | None = Field(description="null where no price is listed.")
    seconds: float | None = Field(ge=0)
    today: int | None = Field(
        ge=0, description="How many more the day's limit holds; null without one."
    )
    notes: list[str]


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
        " is not known or the sizes differ. Of `words`: from the prompt as written, same seed."
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
    kind: str = Field(description="`grid`, or one that answers a question of its own.")
    title: str
    created: Moment
    state: Literal["running", "paused", "stopped", "done"]
    why: str = Field(
        description="Why it rests by itself, or while it runs, that it sends a part alone."
    )
    goes_on: Moment | None = Field(description="When it goes on by itself.")


class Tallied(Answer):
    """How many cells there are, and how many of them have ended how."""

    cells: int
    saved: int
    failed: int
    unknown: int


class InTheList(ListedExperiment):
    """An experiment, and how far it is."""

    counts: Tallied
    spent_usd: Dollars = Field(description="At the listed prices; what is in doubt is counted.")


class Experiment(ListedExperiment):
    """An experiment as it stands."""

    counts: Counts
    version: str = Field(description="Names how it stands: what changed since can be asked for.")
    whole: bool = Field(description="Whether these are all cells.")
    cells: list[ExperimentCell] = Field(description="In the order of their making.")
    plan: dict[str, Any] = Field(description="As it was asked for.")
    base: dict[str, Any] = Field(description="What does not vary, with what was drawn.")
    axes: Axes
    hidden: bool = Field(
        description="Whether the cells are not told yet: votes of a blind test are open."
    )
    words: WordsAnswer | None = Field(description="What each phrase changed; null for others.")
    ending: bool = Field(description="Whether it only waits for the cells under way.")
    seconds_left: float | None = Field(
        ge=0, description="While it runs, by this library's own last images; null without any."
    )


class ListedExperiments(Answer):
    """The newest experiments."""

    experiments: list[InTheList]


class OwnImages(Answer):
    """What goes to the trash with an experiment, if that is asked for."""

    images: int = Field(ge=0)


class DeletedExperiment(Answer):
    """It is gone."""

    deleted: Id
    trashed: int = Field(ge=0, description="Images that went to the trash with it.")
    undo: str | None = Field(
        description="Sent to `POST /api/images` as `undo`, it brings those images back."
    )
