"""From settings and prompts to the cells of a blind test. Pure.

Across are the settings, down the prompts. Each prompt has one seed, the same for all settings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from random import Random

from backend.catalogue.params import clean, coerce, find_model
from backend.errors import InvalidInput
from backend.experiments.axes import MODEL, PROMPTS, axis
from backend.experiments.axis_types import Axis, Known, Setting
from backend.experiments.numbers import plain
from backend.experiments.plan import CELLS_MAX, Cell, Plan, request_key
from backend.experiments.spec import Given, Spec
from backend.experiments.templates import Wildcards
from backend.experiments.votes import VOTES_MIN, least_to_show
from backend.said import Said, listed, msg, msg_n
from backend.text import cut, shortened
from backend.types import SEED_MAX, GenerationRequest, ModelSpec

SETTINGS_MIN, SETTINGS_MAX = 2, 4
LABEL_MAX_CHARS = 80

_FIELDS = ("settings", "prompts", "seed")
_LABEL = "label"
_SHARED = ("prompt", "seed")
_TEXT_SHOWN_MAX_CHARS = 40
_CLEAR = 0.7
"""A favourite with at least this part of the votes is called a clear one."""


def plan_blind(
    spec: Spec,
    models: Mapping[str, ModelSpec],
    shapes: Mapping[str, tuple[int, int]],
    rng: Random,
    wildcards: Wildcards = lambda _: None,
) -> Plan:
    """Return the plan of a blind test; what is left open is drawn from `rng`.

    Raises: InvalidInput with a field such as `blind.prompts` or `blind.settings.0`.
    """
    _refuse_shape(spec)
    base = _named("base.model", models, spec.base.get("model"))
    settings = _settings(spec.own.get("settings"), base, models)
    using = [_model_of(setting.raw, base, models) for setting in settings]
    prompts = _prompts(spec.own.get("prompts"), Known(models, shapes, rng, wildcards), using)
    count = len(settings) * len(prompts.settings)
    if count > CELLS_MAX:
        raise InvalidInput(
            msg("This is {count} cells.", count=count),
            msg("An experiment holds at most {most} cells.", most=CELLS_MAX),
            field="blind.prompts",
        )
    raw = {name: value for name, value in spec.base.items() if name not in _SHARED}
    seed = _seed(spec.base, using, rng)
    places: dict[str, list[tuple[int, int, int, int]]] = {}
    requests: dict[str, GenerationRequest] = {}
    for y, prompt in enumerate(prompts.settings):
        keys: dict[str, int] = {}
        for x, setting in enumerate(settings):
            own = raw | {**setting.raw, **prompt.raw, "seed": (seed + y) % (SEED_MAX + 1)}
            request = _request(x, own, setting, using[x], rng)
            key = request_key(request, 0)
            if key in keys:
                raise _wrong(
                    f"settings.{x}",
                    msg(
                        "Settings {one} and {other} ask for the same.",
                        one=keys[key] + 1,
                        other=x + 1,
                    ),
                    msg("Change one of them, or take it away."),
                )
            keys[key] = x
            places.setdefault(key, []).append((x, y, 0, 0))
            requests[key] = request
    seeded = any(model.takes_seed for model in using)
    found = dict(spec.base) | ({"seed": seed} if seeded else {})
    axes = (
        Axis("settings", settings),
        replace(prompts, notes=(*prompts.notes, can_show(len(prompts.settings)))),
        Axis("", (Setting(None, ""),)),
    )
    cells = tuple(Cell(tuple(at), requests[key], 0, key) for key, at in places.items())
    notes = _notes(spec, len(settings), len(prompts.settings), seed if seeded else None)
    return Plan(replace(spec, base=found), axes, cells, count, notes)


def can_show(prompts: int) -> Said:
    """Return what votes on so many prompts can show, to be read before the first of them."""
    least = least_to_show(prompts)
    if least is None:
        return msg_n(
            "1 prompt can show no difference, whatever the votes: it takes at least {least}.",
            "{n} prompts can show no difference, whatever the votes: it takes at least {least}.",
            prompts,
            least=VOTES_MIN,
        )
    if least >= _CLEAR * prompts:
        return msg(
            "{n} prompts: only a clear favourite, {least} of {n}, will be visible.",
            n=prompts,
            least=least,
        )
    return msg(
        "{n} prompts: a favourite will be visible from {least} of {n} on.", n=prompts, least=least
    )


def _notes(spec: Spec, settings: int, prompts: int, seed: int | None) -> tuple[Said, ...]:
    notes = [
        msg_n(
            "1 pair to vote on.",
            "{n} pairs to vote on.",
            prompts * len(list(combinations(range(settings), 2))),
        )
    ]
    if seed is not None:
        notes.append(
            msg(
                "Seeds from {seed} on: each prompt has one, the same for all settings.",
                seed=str(seed),
            )
        )
    if spec.base.get("prompt"):
        notes.append(msg("The prompt of the form is not used: each line of the list is one."))
    return tuple(notes)


def _refuse_shape(spec: Spec) -> None:
    for name in spec.own:
        if name not in _FIELDS:
            raise _wrong(
                name,
                msg("There is no field called {name}.", name=cut(name, 40)),
                msg("There are {names}.", names=listed(_FIELDS)),
            )
    if spec.axes or spec.repeats != 1:
        raise InvalidInput(
            msg("A blind test has settings and prompts, and nothing else that varies."),
            msg("Take the axes and the repeats away."),
            field="axes" if spec.axes else "repeats",
        )
    seed = spec.own.get("seed")
    number = isinstance(seed, int) and not isinstance(seed, bool)
    if seed is not None and not (number and 0 <= seed <= SEED_MAX):  # type: ignore[operator]
        raise _wrong("seed", msg("The seed of the sides is a whole number from 0 on."))


def _settings(
    given: object, base: ModelSpec, models: Mapping[str, ModelSpec]
) -> tuple[Setting, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        given = ()
    if not SETTINGS_MIN <= len(given) <= SETTINGS_MAX:
        raise _wrong(
            "settings",
            msg(
                "A blind test compares {least} to {most} settings.",
                least=SETTINGS_MIN,
                most=SETTINGS_MAX,
            ),
        )
    found = [_setting(number, one, base, models) for number, one in enumerate(given)]
    often = Counter(setting.label for setting in found)
    return tuple(
        replace(one, label=msg("{number}. {label}", number=number, label=one.label))
        if often[one.label] > 1
        else one
        for number, one in enumerate(found, start=1)
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """One thing that a setting has to itself, and how it is called."""

    value: object
    label: str


def _setting(
    number: int, given: object, base: ModelSpec, models: Mapping[str, ModelSpec]
) -> Setting:
    field = f"settings.{number}"
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise _wrong(field, msg("This is no table of names and values."))
    label = given.get(_LABEL, "")
    if not isinstance(label, str) or len(label) > LABEL_MAX_CHARS:
        raise _wrong(
            field, msg("A label is a text of at most {most} characters.", most=LABEL_MAX_CHARS)
        )
    asked = {name: value for name, value in given.items() if name != _LABEL and value != ""}
    for name in _SHARED:
        if name in asked:
            raise _wrong(
                field,
                msg("A setting cannot have a {name} of its own.", name=name),
                msg("Each prompt of the list is asked of all settings, with one seed."),
            )
    model, parts = base, {}
    if MODEL in asked:
        model = _model(field, asked[MODEL], models)
        parts[MODEL] = _Part(model.id, model.label)
    for name, value in asked.items():
        if name != MODEL:
            parts[name] = _part(number, model, name, value)
    said = listed(part.label for part in parts.values())
    raw = {name: part.value for name, part in parts.items()}
    return Setting(raw, label.strip() or said or msg("As in the form"), raw)


def _part(number: int, model: ModelSpec, name: str, value: object) -> _Part:
    field = f"settings.{number}"
    spec = model.param(name)
    if spec is None:
        raise _wrong(
            field,
            msg("{model} does not take {name}.", model=model.label, name=cut(name, 40)),
            msg("It takes {names}.", names=listed(_names(model))),
        )
    try:
        taken = coerce(spec, value)
    except InvalidInput as error:
        raise _refused(number, error) from error
    number = isinstance(taken, int | float)
    shown = plain(Decimal(repr(taken))) if number else shortened(str(taken), _TEXT_SHOWN_MAX_CHARS)
    return _Part(taken, msg("{parameter} {value}", parameter=spec.label, value=shown))


def _names(model: ModelSpec) -> list[str]:
    return [MODEL, *(spec.name for spec in model.params if spec.name not in _SHARED)]


def _named(field: str, models: Mapping[str, ModelSpec], wanted: object) -> ModelSpec:
    try:
        return find_model(models, wanted)
    except InvalidInput as error:
        raise InvalidInput(error.message, error.hint, field=field) from error


def _model(field: str, wanted: object, models: Mapping[str, ModelSpec]) -> ModelSpec:
    """Return the model by its id or its label, in any case."""
    name = str(wanted).strip().casefold()
    by_name = {
        own.casefold(): model for model in models.values() for own in (model.label, model.id)
    }
    return by_name.get(name) or _named(f"blind.{field}", models, wanted)


def _model_of(
    raw: Mapping[str, object], base: ModelSpec, models: Mapping[str, ModelSpec]
) -> ModelSpec:
    return models[str(raw.get(MODEL, base.id))]


def _prompts(given: object, known: Known, using: Sequence[ModelSpec]) -> Axis:
    field = "blind.prompts"
    if given in (None, "", []):
        raise InvalidInput(
            msg("There are no prompts."), msg("Write some, one in each line."), field=field
        )
    try:
        return axis(Given(PROMPTS, given), known, using)
    except InvalidInput as error:
        raise InvalidInput(error.message, error.hint, field=field) from error


def _seed(base: Mapping[str, object], using: Sequence[ModelSpec], rng: Random) -> int:
    """Return the seed of the first prompt, as it was given or drawn; the next ones follow it."""
    given = base.get("seed")
    spec = next((spec for model in using if (spec := model.param("seed"))), None)
    if spec is None or given in (-1, "-1", "", None):
        return rng.randint(0, SEED_MAX)
    try:
        return int(coerce(spec, given) or 0)
    except InvalidInput as error:
        raise InvalidInput(error.message, error.hint, field="base.seed") from error


def _request(
    number: int, raw: Mapping[str, object], setting: Setting, model: ModelSpec, rng: Random
) -> GenerationRequest:
    try:
        return clean(model, raw, rng=rng)
    except InvalidInput as error:
        if error.field in setting.raw:
            raise _refused(number, error) from error
        field = "blind.prompts" if error.field == "prompt" else f"base.{error.field}"
        told = msg("{model}: {refusal}", model=model.label, refusal=error.message)
        raise InvalidInput(told, error.hint, field=field) from error


def _refused(number: int, error: InvalidInput) -> InvalidInput:
    told = msg("Setting {number}: {refusal}", number=number + 1, refusal=error.message)
    return _wrong(f"settings.{number}", told, error.hint)


def _wrong(field: str, message: Said, hint: str = "") -> InvalidInput:
    return InvalidInput(message, hint, field=f"blind.{field}")
