"""An axis of numbers grows by the values between those that it has. Pure.

A cell is known by its request. So each new one is the request beside it with another value, and
nothing is planned anew: whatever else was drawn or read from a file is as it was. What is there
keeps its number, its run and its image; only the places at which it stands are counted anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from backend.catalogue.params import coerce, find_model
from backend.errors import InvalidInput
from backend.experiments.axis_types import Axis, Setting
from backend.experiments.numbers import VALUES_MAX, plain
from backend.experiments.order import Place, coarse_to_fine
from backend.experiments.plan import CELLS_MAX, PLACES_MAX, Cell, request_key
from backend.experiments.spec import AXES
from backend.said import Said, msg
from backend.types import GenerationRequest, ModelSpec, ParamSpec, Value

Plain = Mapping[str, Any]
"""An axis as `Axis.plain` has it."""


@dataclass(frozen=True, slots=True)
class Growth:
    """What an experiment becomes: its axes, where its cells stand then, in their order, and what
    is new, in the order in which it is made."""

    axes: tuple[Axis, Axis, Axis]
    places: tuple[tuple[Place, ...], ...]
    new: tuple[Cell, ...]


def between(
    name: object,
    axes: Mapping[str, Plain],
    cells: Sequence[Cell],
    models: Mapping[str, ModelSpec],
) -> Growth:
    """Return what comes of the values between those of the axis `name`, x, y or z.

    Raises: InvalidInput where there is none, or more than an experiment holds.
    """
    if name not in AXES:
        raise _refused(msg("There is no such axis."), msg("Choose x, y or z."))
    at, kind = AXES.index(str(name)), str(axes[str(name)]["kind"])
    using = [find_model(models, one) for one in dict.fromkeys(c.request.model for c in cells)]
    specs = [spec for model in using if (spec := model.param(kind))]
    grown = {one: _axis(axes[one]) for one in AXES}
    former = grown[str(name)]
    if not former.of_numbers or not specs:
        raise _refused(
            msg("Only an axis of numbers has values between."), msg("Choose another axis.")
        )
    found = list(_between([setting.sent for setting in former.settings], specs))
    if not found:
        raise _refused(
            msg("There is nothing between these values."), msg("Plan a new experiment instead.")
        )
    settings = list(former.settings)
    for number, (after, value) in enumerate(found):
        settings.insert(after + number + 1, _setting(kind, value))
    if len(settings) > VALUES_MAX:
        raise _refused(
            msg("This is {count} values.", count=len(settings)),
            msg("An axis holds at most {most}.", most=VALUES_MAX),
        )
    grown[str(name)] = replace(former, settings=tuple(settings))
    moved = [n + sum(after < n for after, _ in found) for n in range(len(former.settings))]
    places = [[_at(place, at, moved[place[at]]) for place in cell.places] for cell in cells]
    new = _cells(kind, at, found, moved, cells, places, models)
    total = sum(map(len, places)) + sum(len(cell.places) for cell in new)
    if total > PLACES_MAX or len(cells) + len(new) > CELLS_MAX:
        raise _refused(
            msg("This is {count} places.", count=total),
            msg("An experiment holds at most {most} cells.", most=CELLS_MAX),
        )
    if not new:
        raise _refused(
            msg("The values between change nothing here."), msg("Plan a new experiment instead.")
        )
    in_order = grown["x"], grown["y"], grown["z"]
    return Growth(in_order, tuple(map(tuple, places)), _ordered(new, in_order))


def _axis(given: Plain) -> Axis:
    values = given["values"]
    settings = [Setting(v, label) for v, label in zip(values, given["labels"], strict=True)]
    numbers = given["kind"] != "seed" and all(type(value) in (int, float) for value in values)
    return Axis(given["kind"], tuple(settings), (), bool(settings) and numbers)


def _setting(kind: str, value: Value) -> Setting:
    return Setting(value, plain(Decimal(repr(value))), {kind: value})


def _between(values: Sequence[Any], specs: Sequence[ParamSpec]) -> Iterator[tuple[int, Value]]:
    """Yield the middle of each gap that every model takes, with the number of the value before."""
    known = {Decimal(repr(value)) for value in values}
    for n, (one, other) in enumerate(pairwise(values)):
        low, high = sorted((Decimal(repr(one)), Decimal(repr(other))))
        middle = _middle(low, high, specs)
        if middle is None or middle in known:
            continue
        known.add(middle)
        yield n, coerce(specs[0], float(middle))


def _middle(low: Decimal, high: Decimal, specs: Sequence[ParamSpec]) -> Decimal | None:
    middle = (low + high) / 2
    for spec in specs:
        if spec.kind == "integer":
            step = Decimal(int(spec.step or 1))
            middle = middle // step * step
    middle = round(middle, 6)
    try:
        for spec in specs:
            coerce(spec, float(middle))
    except InvalidInput:
        return None
    return middle if low < middle < high else None


def _at(place: Place, axis: int, index: int) -> Place:
    x, y, z, repeat = place
    changed = [x, y, z]
    changed[axis] = index
    return changed[0], changed[1], changed[2], repeat


def _cells(
    kind: str,
    axis: int,
    found: Sequence[tuple[int, Value]],
    moved: Sequence[int],
    cells: Sequence[Cell],
    places: list[list[Place]],
    models: Mapping[str, ModelSpec],
) -> list[Cell]:
    """Return the new cells. One that is there already is asked for once: it gains a place."""
    beside: dict[int, list[tuple[Cell, Place]]] = {}
    for cell in cells:
        for place in cell.places:
            beside.setdefault(place[axis], []).append((cell, place))
    there = {cell.key: number for number, cell in enumerate(cells)}
    new: dict[str, tuple[Cell, list[Place]]] = {}
    for after, value in found:
        for cell, former in beside.get(after, []):
            place = _at(former, axis, moved[after] + 1)
            request = _with(cell.request, kind, value, models)
            key = request_key(request, cell.repeat)
            if key in there:
                places[there[key]].append(place)
            elif key in new:
                new[key][1].append(place)
            else:
                new[key] = replace(cell, request=request, key=key), [place]
    return [replace(cell, places=tuple(at)) for cell, at in new.values()]


def _with(
    request: GenerationRequest, kind: str, value: Value, models: Mapping[str, ModelSpec]
) -> GenerationRequest:
    spec = models[request.model].param(kind)
    if spec is None:
        return request
    return replace(request, values={**request.values, kind: coerce(spec, value)})


def _ordered(new: Sequence[Cell], axes: Sequence[Axis]) -> tuple[Cell, ...]:
    cell_at = {place: cell for cell in new for place in cell.places}
    lengths = [max(1, len(one.settings)) for one in axes]
    in_order = coarse_to_fine(cell_at, lengths, [one.of_numbers for one in axes])
    return tuple({cell_at[place].key: cell_at[place] for place in in_order}.values())


def _refused(message: Said, hint: Said) -> InvalidInput:
    return InvalidInput(message, hint, field="axis")
