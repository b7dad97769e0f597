"""What stands on an axis: typed values, understood and labelled, or refused by their number. Pure.

A kind is the name of a parameter, or one of `size`, `model`, `prompts`, `replace` and `rows`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from random import Random

from backend.catalogue.params import coerce
from backend.errors import InvalidInput
from backend.experiments.axis_types import Axis, Known, Setting, Swap
from backend.experiments.csv_rows import rows
from backend.experiments.items import Item, items
from backend.experiments.numbers import VALUES_MAX, numbers, plain, refused
from backend.experiments.spec import Given
from backend.experiments.template_axis import of_templates
from backend.experiments.templates import Wildcards
from backend.said import Said, listed, msg
from backend.text import shortened
from backend.types import SEED_MAX, ModelSpec, ParamSpec, Value

SIZE, MODEL, PROMPTS, REPLACE, ROWS = "size", "model", "prompts", "replace", "rows"

_SIZE = re.compile(r"(\d{1,6})[ \t]*[xX\u00d7*][ \t]*(\d{1,6})")
_FILE = re.compile(r"__([^_].*?)__")
_LABEL_MAX_CHARS = 80

TEXTS = ("prompt", "negative_prompt")


def axis(given: Given, known: Known, using: Sequence[ModelSpec]) -> Axis:
    """Return the axis that `given` describes: a field's text, or a list of values.

    `using` are the models that the experiment asks. Raises: InvalidInput.
    """
    kind = given.kind
    if kind == ROWS:
        return _rows(given.values, known, using)
    found = _items(kind, given.values)
    if given.templates:
        return _templates(given, found, known, using)
    found = _from_files(found, known.wildcards)
    if kind == SIZE:
        return _of_items(kind, found, lambda item: _size(item, known.shapes, using))
    if kind == MODEL:
        return _of_items(kind, found, lambda item: _model(item, known.models))
    if kind == PROMPTS:
        return _of_items(kind, found, lambda item: _prompt(item, using))
    if kind == REPLACE:
        return _swaps(found)
    spec = _spec(kind, using)
    if spec.kind == "text":
        return _of_items(kind, found, lambda item: _text(spec, item))
    return _numbers(spec, found, known.rng)


def _spec(name: str, using: Sequence[ModelSpec]) -> ParamSpec:
    """Return the parameter of the first model that takes it. Raises: InvalidInput."""
    found = _param(name, using)
    if found is None:
        raise InvalidInput(
            msg("No model of this experiment takes {name}.", name=name),
            msg("Vary one of: {names}.", names=listed(_names(using))),
        )
    return found


def _param(name: str, using: Sequence[ModelSpec]) -> ParamSpec | None:
    return next((spec for model in using if (spec := model.param(name))), None)


def _names(models: Sequence[ModelSpec]) -> list[str]:
    own = dict.fromkeys(spec.name for model in models for spec in model.params)
    return [name for name in own if name != "prompt"] + [SIZE, MODEL, PROMPTS, REPLACE, ROWS]


def _items(kind: str, given: object) -> list[Item]:
    whole = kind in (PROMPTS, *TEXTS)
    if isinstance(given, str):
        return items(given, prompts=whole)
    if isinstance(given, int | float) and not isinstance(given, bool):
        given = [given]
    if not isinstance(given, Sequence):
        raise InvalidInput(
            msg("Values are a text or a list."), msg('Write "1, 2, 3" or [1, 2, 3].')
        )
    if not given:
        raise InvalidInput(msg("There are no values."), msg("Enter at least one."))
    if len(given) > VALUES_MAX:
        raise _too_many(len(given))
    found = []
    for number, value in enumerate(given, start=1):
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise refused(Item(number, ""), msg("This is neither a text nor a number."))
        text = value if isinstance(value, str) else plain(Decimal(repr(value)))
        found.append(Item(number, text, quoted=True))
    return found


def _from_files(found: Sequence[Item], wildcards: Wildcards) -> list[Item]:
    """Return the items, with the lines of a file in place of its name, `__name__`."""
    made = []
    for item in found:
        named = _FILE.fullmatch(item.text)
        if named is None:
            made.append(item)
            continue
        lines = wildcards(named[1])
        if not lines:
            raise refused(item, msg("There is no wildcard file {name}.", name=named[1]))
        made += [Item(item.number, line, quoted=True) for line in lines]
    return made


def _templates(
    given: Given, found: Sequence[Item], known: Known, using: Sequence[ModelSpec]
) -> Axis:
    kind = given.kind
    if kind not in (PROMPTS, *TEXTS):
        raise InvalidInput(
            msg("Templates are for prompts."), msg("Take the switch away for this axis.")
        )
    whole = kind in (PROMPTS, "prompt")

    def read(item: Item) -> Setting:
        return _prompt(item, using) if whole else _text(_spec(kind, using), item)

    settings, notes = of_templates(given, found, known, read)
    return _axis(kind, settings, notes)


def _too_many(count: int) -> InvalidInput:
    return InvalidInput(
        msg("This is {count} values.", count=count),
        msg("An axis holds at most {most}.", most=VALUES_MAX),
    )


def _of_items(kind: str, found: Sequence[Item], read: Callable[[Item], Setting]) -> Axis:
    return _axis(kind, [read(item) for item in found], [])


def _axis(
    kind: str, settings: Sequence[Setting], notes: Sequence[Said], *, of_numbers: bool = False
) -> Axis:
    """Return the axis with each value once; those that stood there again are named."""
    if len(settings) > VALUES_MAX:
        raise _too_many(len(settings))
    once: dict[object, Setting] = {}
    again: dict[object, str] = {}
    for setting in settings:
        key = repr((setting.sent, setting.swap))
        if key in once:
            again[key] = setting.label
        once.setdefault(key, setting)
    said = [
        msg("{value} stands there twice or more; it is one value.", value=label or '""')
        for label in again.values()
    ]
    return Axis(kind, tuple(once.values()), (*notes, *said), of_numbers)


def _numbers(spec: ParamSpec, found: Sequence[Item], rng: Random) -> Axis:
    """Return an axis of numbers. Seeds may also be -1: each is drawn here, once."""
    multiple = Decimal(int(spec.step or 1)) if spec.kind == "integer" else None
    settings: list[Setting] = []
    notes: list[Said] = []
    drawn = [item for item in found if spec.name == "seed" and item.text == "-1"]
    for item in drawn:
        seed = rng.randint(0, SEED_MAX)
        notes.append(
            msg("Value {number} was drawn: {seed}.", number=str(item.number), seed=str(seed))
        )
        settings.append(Setting(seed, str(seed), {spec.name: seed}))
    placed = {item.number: setting for item, setting in zip(drawn, settings, strict=True)}
    listing = numbers([item for item in found if item.number not in placed], multiple)
    pairs = [(item.number, placed[item.number]) for item in drawn]
    for value, item in listing.values:
        pairs.append((item.number, _number(spec, value, item)))
    ordered = [setting for _, setting in sorted(pairs, key=lambda pair: pair[0])]
    return _axis(spec.name, ordered, [*notes, *listing.notes], of_numbers=spec.name != "seed")


def _number(spec: ParamSpec, value: Decimal, item: Item) -> Setting:
    whole = value == value.to_integral_value()
    number = _taken(spec, int(value) if whole else float(value), item)
    label = plain(Decimal(repr(number)))
    return Setting(number, label, {spec.name: number})


def _text(spec: ParamSpec, item: Item) -> Setting:
    text = _taken(spec, item.text, item) if item.text else ""
    return Setting(text, _label(item.text), {spec.name: text})


def _prompt(item: Item, using: Sequence[ModelSpec]) -> Setting:
    if not item.text:
        raise refused(item, msg("A prompt cannot be empty."))
    prompt = _taken(_spec("prompt", using), item.text, item)
    return Setting(item.text, _label(item.text), {"prompt": prompt})


def _taken(spec: ParamSpec, value: object, item: Item) -> Value:
    try:
        return coerce(spec, value)
    except InvalidInput as error:
        raise refused(item, error.message, error.hint) from error


def _size(item: Item, shapes: Mapping[str, tuple[int, int]], using: Sequence[ModelSpec]) -> Setting:
    written = _SIZE.fullmatch(item.text)
    size = (int(written[1]), int(written[2])) if written else shapes.get(item.text.replace(" ", ""))
    if size is None:
        raise refused(
            item,
            msg("This is no size."),
            msg("Write 1024x768, or one of: {shapes}.", shapes=listed(shapes)),
        )
    for name, pixels in zip(("width", "height"), size, strict=True):
        if spec := _param(name, using):
            _taken(spec, pixels, item)
    label = f"{size[0]}x{size[1]}"
    return Setting(label, label, {"width": size[0], "height": size[1]})


def _model(item: Item, models: Mapping[str, ModelSpec]) -> Setting:
    wanted = item.text.casefold()
    found = [models[item.text]] if item.text in models else []
    found = found or [model for model in models.values() if wanted == model.id.casefold()]
    found = found or [model for model in models.values() if wanted == model.label.casefold()]
    if len(found) == 1:
        return Setting(found[0].id, found[0].label, {"model": found[0].id})
    if found:
        raise refused(
            item,
            msg("Several models are called so."),
            msg("Write one of: {models}.", models=listed(model.id for model in found)),
        )
    raise refused(
        item,
        msg("There is no such model."),
        msg("Choose one of: {models}.", models=listed(model.label for model in models.values())),
    )


def _swaps(found: Sequence[Item]) -> Axis:
    """Return search and replace: the first value is searched, or each item is SEARCH=INSTEAD."""
    if all("=" in item.text and not item.quoted for item in found):
        pairs = [item.text.partition("=") for item in found]
        swaps = [Swap(search.strip(), instead.strip()) for search, _, instead in pairs]
    else:
        swaps = [Swap(found[0].text, item.text) for item in found]
    for item, swap in zip(found, swaps, strict=True):
        if not swap.search:
            raise refused(item, msg("The text that is searched is empty."))
    settings = [
        Setting(item.text, _label(swap.instead), swap=swap)
        for item, swap in zip(found, swaps, strict=True)
    ]
    return _axis(REPLACE, settings, [])


def _rows(given: object, known: Known, using: Sequence[ModelSpec]) -> Axis:
    names = list(dict.fromkeys(spec.name for model in using for spec in model.params))
    settings = []
    for row in rows(given, [*names, SIZE, MODEL]):
        raw: dict[str, object] = {}
        for name, cell in row.cells.items():
            item = Item(row.item.number, cell.strip(), quoted=True)
            if name == SIZE:
                raw |= _size(item, known.shapes, using).raw
            elif name == MODEL:
                raw |= _model(item, known.models).raw
            elif name == "seed" and item.text == "-1":
                raw[name] = known.rng.randint(0, SEED_MAX)
            else:
                raw[name] = _taken(_spec(name, using), item.text, item)
        shown = {**row.cells, **({"seed": str(raw["seed"])} if "seed" in raw else {})}
        label = ", ".join(f"{name} {cell.strip()}" for name, cell in shown.items())
        settings.append(Setting(shown, _label(label), raw))
    return _axis(ROWS, settings, [])


def _label(text: str) -> str:
    return shortened(" ".join(text.split()), _LABEL_MAX_CHARS)
