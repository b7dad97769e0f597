"""An experiment as all of its exports have it: what stands where, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from backend.catalogue.labels import label_of
from backend.experiments.found import Made, state_of
from backend.experiments.order import Place
from backend.said import Said, msg
from backend.types import OFFLINE, ImageRecord, ModelSpec, RunState

Pictures = Callable[[ImageRecord, int], bytes | None]
"""Gives an image of at least so many pixels a side, where it has them; None without a file."""

_USUAL_PX = 1024  # where a model takes no size

_KINDS: Mapping[str, Said] = {
    "size": msg("Size"),
    "model": msg("Model"),
    "prompts": msg("Prompt"),
    "replace": msg("Words"),
    "rows": msg("Row"),
    "settings": msg("Compared setting"),
}

_STATES: Mapping[RunState | None, Said] = {
    None: msg("Not made yet"),
    RunState.QUEUED: msg("Not made yet"),
    RunState.SENT: msg("Under way"),
    RunState.SAVED: msg("Deleted since"),
    RunState.FAILED: msg("Failed"),
    RunState.UNKNOWN: msg("May have been charged"),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One axis: what it varies, as it is called, and its values in words.

    Where nothing varies, `kind` is empty and there is one value without words.
    """

    kind: str
    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell. `state` is None where nothing was asked yet; `record` is the image, if it is there.

    An image in the trash is not there.
    """

    made: Made
    state: RunState | None
    record: ImageRecord | None

    @property
    def words(self) -> Said:
        """What stands in place of its image."""
        return _STATES[self.state]

    @property
    def seconds(self) -> float | None:
        """How long its image took, None where it came from disk."""
        return None if self.record is None or self.record.cached else self.record.seconds

    @property
    def price_usd(self) -> Decimal | None:
        """What it cost, None where nothing ended or no price is listed."""
        ended = self.state in (RunState.SAVED, RunState.FAILED, RunState.UNKNOWN)
        return self.made.run.price_usd if self.made.run and ended else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole experiment. `cells` are in the order of their making, `at` has them by place."""

    title: str
    created: datetime
    models: Mapping[str, ModelSpec]
    offline: bool
    sides: tuple[Side, Side, Side]
    repeats: int
    cells: tuple[Shown, ...]
    at: Mapping[Place, Shown]

    @property
    def x(self) -> Side:
        return self.sides[0]

    @property
    def y(self) -> Side:
        return self.sides[1]

    @property
    def z(self) -> Side:
        return self.sides[2]

    def label(self, model_id: str) -> str:
        """Return what a model is called, with who stood in for it."""
        model = self.models.get(model_id)
        name = model.label if model else model_id
        return msg("{model} (sample engine)", model=name) if self.offline else name

    def same(self) -> dict[str, Any]:
        """Return what all cells were asked alike: `model`, `prompt`, `seed` and values by name."""
        found: dict[str, Any] | None = None
        for cell in self.cells:
            own = asked(cell)
            found = own if found is None else {k: v for k, v in found.items() if own.get(k) == v}
        return found or {}


def asked(cell: Shown) -> dict[str, Any]:
    """Return all that a cell asks for, by name; what is empty is left out."""
    request = cell.made.request
    every = {"model": request.model, "prompt": request.prompt, **request.values}
    every["seed"] = request.seed
    return {name: value for name, value in every.items() if value not in (None, "")}


def shape_of(cell: Shown) -> tuple[int, int]:
    """Return an image's width and height in pixels, as asked for where it is not there yet."""
    if cell.record is not None:
        return max(1, cell.record.width_px), max(1, cell.record.height_px)
    width, height = (cell.made.request.values.get(name) for name in ("width", "height"))
    return int(width or _USUAL_PX), int(height or _USUAL_PX)


def sheet(
    title: str,
    created: datetime,
    source: str,
    axes: Mapping[str, Any],
    made: Sequence[Made],
    live: Mapping[int, RunState],
    models: Mapping[str, ModelSpec],
) -> Sheet:
    """Return an experiment as it stands; `axes` are as `Axis.plain` wrote them down.

    Where they know less values than there are places, the others go by their numbers.
    """
    cells = []
    for one in made:
        state = state_of(one, live.get(one.position))
        record = one.run.record if one.run and state is RunState.SAVED else None
        cells.append(Shown(one, state, None if record is None or record.deleted else record))
    at = {place: cell for cell in cells for place in cell.made.places}
    most = [max((place[n] for place in at), default=0) + 1 for n in range(4)]
    using = [models.get(model_id) for model_id in dict.fromkeys(c.request.model for c in made)]
    x, y, z = (_side(axes.get(name), most[n], using) for n, name in enumerate("xyz"))
    return Sheet(title, created, models, source == OFFLINE, (x, y, z), most[3], tuple(cells), at)


def _side(axis: Any, count: int, using: Sequence[ModelSpec | None]) -> Side:
    given = axis if isinstance(axis, Mapping) else {}
    kind = str(given.get("kind") or "")
    labels = [str(label) for label in given.get("labels") or ()]
    values = [*(given.get("values") or ()), *[None] * count]
    whole = [_whole(label, value) for label, value in zip(labels, values, strict=False)]
    if not kind and count == 1:
        return Side("", "", ("",))
    whole += [str(number) for number in range(len(whole) + 1, count + 1)]
    name = _KINDS.get(kind) or (label_of(kind, *using) if kind else "")
    return Side(kind or "number", name, tuple(whole))


def _whole(label: str, value: object) -> str:
    """Return the label, whole where it is the beginning of its value."""
    if isinstance(value, str) and label.endswith("…"):
        text = " ".join(value.split())
        if text.startswith(label[:-1].rstrip()):
            return text
    return label or "“”"
