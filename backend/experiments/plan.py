"""From what varies to cells: each request once, in the order in which they are made. Pure.

A cell is known by its whole request, never by its place: an axis can grow later without anything
being paid again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random

from backend.catalogue.params import clean, find_model, fingerprint
from backend.errors import InvalidInput
from backend.experiments.axes import MODEL, PROMPTS, REPLACE, ROWS, TEXTS, axis
from backend.experiments.axis_types import Axis, Known, Setting
from backend.experiments.order import Place, coarse_to_fine
from backend.experiments.spec import Given, Spec
from backend.experiments.swaps import refuse_missing, said_within, swapped, within_words
from backend.experiments.templates import Wildcards
from backend.said import Said, msg, msg_n
from backend.types import SEED_MAX, GenerationRequest, Making, ModelSpec

CELLS_MAX = 5000
PLACES_MAX = 20_000
"""Places may be equal; these are counted before any is looked at."""

_Asked = tuple[GenerationRequest, int, str, Making | None]

_NOTHING = Axis("", (Setting(None, ""),))


@dataclass(frozen=True, slots=True)
class Cell:
    """One request, and the places at which it stands, first the one at which it is made.

    `repeat` counts what is asked again though it is the same: of a model without seed, and where it
    is to be seen whether the image is the same too. Nothing answers it from disk.
    `making` holds the templates that its texts were made of.
    """

    places: tuple[Place, ...]
    request: GenerationRequest
    repeat: int
    key: str
    making: Making | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The cells in the order in which they are made, the axes x, y, z, and what has to be said.

    The first is the reference: the one with the form's own values, where there is one.
    """

    spec: Spec
    axes: tuple[Axis, Axis, Axis]
    cells: tuple[Cell, ...]
    places: int
    notes: tuple[Said, ...]


def plan(
    spec: Spec,
    models: Mapping[str, ModelSpec],
    shapes: Mapping[str, tuple[int, int]],
    rng: Random,
    wildcards: Wildcards = lambda _: None,
) -> Plan:
    """Return the plan of an experiment; what is left open is drawn from `rng`.

    Raises: InvalidInput with a field such as `axes.x`, `base.prompt` or `repeats`.
    """
    base = find_model(models, spec.base.get("model"))
    known = Known(models, shapes, rng, wildcards)
    using = [base]
    read: dict[str, Axis] = {}
    for name in sorted(spec.axes, key=lambda name: spec.axes[name].kind != MODEL):
        given = spec.axes[name]
        if given.kind in (MODEL, ROWS):
            read[name] = found = _axis(name, given, known, [*using, *models.values()])
            asked = [str(setting.raw.get("model", base.id)) for setting in found.settings]
            using = [models[model_id] for model_id in dict.fromkeys([*asked])]
    axes = {
        name: read.get(name) or _axis(name, given, known, [*using, *models.values()])
        for name, given in spec.axes.items()
    }
    _refuse_twice(axes)
    in_order = (axes.get("x", _NOTHING), axes.get("y", _NOTHING), axes.get("z", _NOTHING))
    lengths = [len(one.settings) for one in in_order]
    total = lengths[0] * lengths[1] * lengths[2] * spec.repeats
    if total > PLACES_MAX:
        raise InvalidInput(
            msg("This is {count} places.", count=total),
            msg("An experiment holds at most {most} cells.", most=CELLS_MAX),
            field=f"axes.{next(iter(spec.axes), 'x')}" if spec.axes else "repeats",
        )
    notes: list[Said] = []
    raw, drawn = _with_seed(spec.base, using, axes, rng)
    notes += drawn or _seed_of_lists(axes, raw)
    notes += _searched(axes, raw)
    made: dict[str, list[Place]] = {}
    requests: dict[str, _Asked] = {}
    for x, y, z in product(*(range(n) for n in lengths)):
        chosen = [one.settings[at] for one, at in zip(in_order, (x, y, z), strict=True)]
        first = _request(raw, chosen, axes, models, rng)
        making = _making(in_order, chosen)
        for repeat in range(spec.repeats):
            request = _repeated(first, repeat)
            again = repeat if request.seed is None else 0
            key = request_key(request, again)
            made.setdefault(key, []).append((x, y, z, repeat))
            requests[key] = request, again, key, making
    if len(made) > CELLS_MAX:
        raise InvalidInput(
            msg("This is {count} cells.", count=len(made)),
            msg("An experiment holds at most {most} cells.", most=CELLS_MAX),
            field=f"axes.{next(iter(spec.axes), 'x')}",
        )
    notes += _lacking(axes, using)
    if len(made) < total:
        notes.append(
            msg_n(
                "1 place asks for what another one asks for: it is sent once.",
                "{n} places ask for what others ask for: each is sent once.",
                total - len(made),
            )
        )
    cells = _ordered(made, requests, in_order, _reference(raw, models, rng))
    return Plan(replace(spec, base=raw), in_order, cells, total, tuple(notes))


def request_key(request: GenerationRequest, repeat: int) -> str:
    """Return 64 hex digits by which a cell is known, whatever its place."""
    parts = [request.model, request.prompt, dict(request.values), request.seed, repeat]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def cache_key(request: GenerationRequest, repeat: int, source: str) -> str | None:
    """Return what a stored image answers a cell by, None where it is asked anew in any case."""
    return None if repeat else fingerprint(request, source)


def _making(axes: Sequence[Axis], chosen: Sequence[Setting]) -> Making | None:
    """Return the templates that the texts of these values were made of, None without any."""
    made = {
        one.kind == "negative_prompt": setting.template
        for one, setting in zip(axes, chosen, strict=True)
        if setting.template
    }
    return Making(made.get(False), made.get(True)) if made else None


def _axis(name: str, given: Given, known: Known, using: Sequence[ModelSpec]) -> Axis:
    try:
        return axis(given, known, using)
    except InvalidInput as error:
        raise InvalidInput(error.message, error.hint, field=f"axes.{name}") from error


def _refuse_twice(axes: Mapping[str, Axis]) -> None:
    names: dict[str, str] = {}
    for name, one in axes.items():
        for parameter in one.sets:
            if parameter in names:
                raise InvalidInput(
                    msg(
                        "Two axes set {parameter}: {one} and {other}.",
                        parameter=parameter,
                        one=names[parameter],
                        other=name,
                    ),
                    msg("Take one of them away."),
                    field=f"axes.{name}",
                )
            names[parameter] = name


def _with_seed(
    base: Mapping[str, object], using: Sequence[ModelSpec], axes: Mapping[str, Axis], rng: Random
) -> tuple[dict[str, object], list[Said]]:
    """Return the base with a seed, drawn where it has none and any cell needs one."""
    raw = dict(base)
    if raw.get("seed") in (-1, "-1", "", None):
        raw.pop("seed", None)
        varied = any("seed" in one.sets for one in axes.values())
        if any(model.takes_seed for model in using):
            raw["seed"] = rng.randint(0, SEED_MAX)
            if not varied:
                return raw, [
                    msg("The seed was drawn: {seed}. All cells have it.", seed=str(raw["seed"]))
                ]
    return raw, []


def _seed_of_lists(axes: Mapping[str, Axis], raw: Mapping[str, object]) -> list[Said]:
    """Say which seed the rows of a list have that bring none of their own."""
    if raw.get("seed") in (None, ""):
        return []
    seed = str(raw["seed"])
    varied = [one for one in axes.values() if "seed" in one.sets]
    if not varied and any(one.kind in (PROMPTS, ROWS) for one in axes.values()):
        return [msg("All cells have the seed {seed}.", seed=seed)]
    lacking = [s for one in varied if one.kind == ROWS for s in one.settings if "seed" not in s.raw]
    if lacking:
        return [msg("Rows without a seed of their own have the seed {seed}.", seed=seed)]
    return []


def _searched(axes: Mapping[str, Axis], raw: Mapping[str, object]) -> list[Said]:
    """Return what has to be said of the searches. Raises: InvalidInput where one finds nothing."""
    prompts = [
        str(setting.raw["prompt"])
        for one in axes.values()
        for setting in one.settings
        if "prompt" in setting.raw
    ] or [str(raw.get("prompt") or "")]
    texts = [*prompts, str(raw.get("negative_prompt") or "")]
    notes = []
    for name, one in axes.items():
        searches = dict.fromkeys(s.swap.search for s in one.settings if s.swap)
        for search in searches:
            try:
                refuse_missing(search, texts)
            except InvalidInput as error:
                raise InvalidInput(error.message, error.hint, field=f"axes.{name}") from error
            if count := within_words(search, texts):
                notes.append(said_within(search, count))
    return notes


def _request(
    base: Mapping[str, object],
    chosen: Sequence[Setting],
    axes: Mapping[str, Axis],
    models: Mapping[str, ModelSpec],
    rng: Random,
) -> GenerationRequest:
    raw = dict(base)
    for setting in chosen:
        raw |= setting.raw
    if swaps := [setting.swap for setting in chosen if setting.swap]:
        texts = {name: str(raw[name]) for name in TEXTS if raw.get(name)}
        try:
            raw |= swapped(texts, swaps)
        except InvalidInput as error:
            last = [name for name, one in axes.items() if one.kind == REPLACE][-1]
            raise InvalidInput(error.message, error.hint, field=f"axes.{last}") from error
    model = models[str(raw["model"])]
    try:
        return clean(model, raw, rng=rng)
    except InvalidInput as error:
        culprit = next((f"axes.{n}" for n, one in axes.items() if error.field in one.sets), None)
        told = msg("{model}: {refusal}", model=model.label, refusal=error.message)
        message = told if culprit and len(models) > 1 else error.message
        field = culprit or f"base.{error.field}"
        raise InvalidInput(message, error.hint, field=field) from error


def _repeated(request: GenerationRequest, repeat: int) -> GenerationRequest:
    if request.seed is None or not repeat:
        return request
    return replace(request, seed=(request.seed + repeat) % (SEED_MAX + 1))


def _lacking(axes: Mapping[str, Axis], using: Sequence[ModelSpec]) -> list[Said]:
    """Say which models do not take what an axis varies."""
    notes = []
    for one in axes.values():
        for model in using:
            lacks = [name for name in one.sets if name != "model" and not model.param(name)]
            if not lacks:
                continue
            if lacks == ["seed"]:
                notes.append(
                    msg(
                        "{model} takes no seed, so another seed changes nothing there. Repeats ask"
                        " it several times.",
                        model=model.label,
                    )
                )
            else:
                notes.append(
                    msg(
                        "{model} does not take {name}, so it changes nothing there.",
                        model=model.label,
                        name=lacks[0],
                    )
                )
    return notes


def _reference(
    raw: Mapping[str, object], models: Mapping[str, ModelSpec], rng: Random
) -> str | None:
    """Return the key of the request with the form's own values, None where they make none."""
    try:
        return request_key(clean(models[str(raw["model"])], raw, rng=rng), 0)
    except InvalidInput:
        return None


def _ordered(
    made: Mapping[str, list[Place]],
    requests: Mapping[str, _Asked],
    axes: Sequence[Axis],
    reference: str | None,
) -> tuple[Cell, ...]:
    """Return the cells in the order of their making, the reference first."""
    key_at = {place: key for key, places in made.items() for place in places}
    in_order = coarse_to_fine(
        key_at, [len(one.settings) for one in axes], [one.of_numbers for one in axes]
    )
    places: dict[str, list[Place]] = {reference: []} if reference in made and reference else {}
    for place in in_order:
        places.setdefault(key_at[place], []).append(place)
    return tuple(Cell(tuple(found), *requests[key]) for key, found in places.items())
