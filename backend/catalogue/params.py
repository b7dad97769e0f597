"""What the page or a program gave, made into requests: dropped, coerced, checked, seeded. Pure.

Every refusal is an InvalidInput that names the field and says what to do.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from random import Random

from backend.errors import InvalidInput, NotANumber, OutOfRange, TooLong
from backend.said import Said, listed, msg
from backend.types import (
    COUNT_MAX,
    SEED_MAX,
    GenerationRequest,
    ModelSpec,
    ParamSpec,
    Tokens,
    Value,
)

_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_UNSEEN = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]*"
)
"""Nothing that is seen: blanks, Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt),
the braille blank and the marks of annotations, which no font draws either."""

_PRICE_LIMIT_USD = 1_000_000_000  # as prices that are listed

COUNT = ParamSpec(
    "count",
    "integer",
    msg("Number of images"),
    default=1,
    minimum=1,
    maximum=COUNT_MAX,
    step=1,
    help=msg("Each is a request of its own, with the next seed."),
)
"""How many images one click makes, in the form like any number of a model."""


def find_model(models: Mapping[str, ModelSpec], model_id: object) -> ModelSpec:
    """Return the model called `model_id`. Raises: InvalidInput that lists those there are."""
    if isinstance(model_id, str) and model_id in models:
        return models[model_id]
    raise InvalidInput(
        msg("This model is not in the catalogue."),
        msg("Choose one of: {models}.", models=listed(models)),
        field="model",
    )


def clean(model: ModelSpec, raw: Mapping[str, object], *, rng: Random) -> GenerationRequest:
    """Return the request that `model` gets from the raw values.

    What the model lacks is dropped unseen. A missing value takes the model's default, a missing
    seed is drawn from 0 to 2**32-1: the answer does not tell it, so it is chosen before sending.
    Raises: InvalidInput.
    """
    values: dict[str, Value] = {}
    prompt = ""
    seed: int | None = None
    for spec in model.params:
        value = coerce(spec, raw.get(spec.name))
        if spec.name == "prompt":
            prompt = str(value or "")
            if not prompt:
                raise InvalidInput(
                    msg("The prompt is empty."), msg("Describe the image you want."), field="prompt"
                )
        elif spec.name == "seed":
            seed = rng.randint(0, SEED_MAX) if value is None else int(value)
        elif value is not None:
            values[spec.name] = value
    return GenerationRequest(model.id, prompt, values, seed)


def clean_batch(
    model: ModelSpec, raw: Mapping[str, object], count: object, *, rng: Random
) -> list[GenerationRequest]:
    """Return `count` (1 to 8) requests with seeds seed, seed+1, ... (2**32-1 is followed by 0).

    Raises: InvalidInput.
    """
    number = _number(COUNT, count)
    first = clean(model, raw, rng=rng)
    return [
        GenerationRequest(
            first.model,
            first.prompt,
            first.values,
            None if first.seed is None else (first.seed + offset) % (SEED_MAX + 1),
        )
        for offset in range(int(number))
    ]


def refuse_gaps(model: ModelSpec, raw: Mapping[str, object]) -> None:
    """Refuse a number that a person has cleared in a form; to a program None means the default.

    Raises: InvalidInput.
    """
    for spec in model.params:
        if spec.name not in raw:
            continue
        value = raw[spec.name]
        cleared = value is None or (isinstance(value, str) and shows_nothing(value))
        if cleared and spec.kind != "text" and spec.default is not None:
            raise _refusal(spec, msg("is empty"), _range_text(spec))


def fingerprint(request: GenerationRequest, source: str) -> str | None:
    """Return 64 hex digits that are the same for the same request to the same source.

    None without a seed: such a request gives another image each time, so it is never repeated
    from the cache.
    """
    if request.seed is None:
        return None
    parts = [source, request.model, request.prompt, dict(request.values), request.seed]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def estimated_price_usd(model: ModelSpec, count: int) -> Decimal | None:
    """Return the listed price of `count` images in US dollars, None where none is listed.

    An estimate: the platform's documentation does not say what a unit of its price buys.
    """
    return None if model.price_usd is None else model.price_usd * count


def price_of_tokens(model: ModelSpec, tokens: Tokens | None) -> Decimal | None:
    """Return what an image costs by the platform's own count, in US dollars to six decimals.

    None where nothing was counted, or models.toml has no prices for it; or it makes no sense.
    """
    prices = model.token_prices
    if tokens is None or prices is None:
        return None
    price = (tokens.input * prices.input_usd + tokens.output * prices.output_usd) / 1_000_000
    return round(price, 6) if price < _PRICE_LIMIT_USD else None


def coerce(spec: ParamSpec, value: object) -> Value:
    """Return `value` as `spec` takes it: numbers may be text, no value is the default.

    Raises: InvalidInput that names the field and says what fits.
    """
    if value is None or (isinstance(value, str) and shows_nothing(value)):
        return spec.default
    return _text(spec, value) if spec.kind == "text" else _number(spec, value)


def shows_nothing(text: str) -> bool:
    """Whether nothing of `text` is seen: it is empty, blank, or of unseen characters alone."""
    return bool(_UNSEEN.fullmatch(text))


def entered(models: Iterable[ModelSpec], values: Mapping[str, object]) -> dict[str, Value]:
    """Return what a form's fields hold, as values: numbers are typed there as text.

    A text that is no number stays one, so that it can be refused in words or kept.
    """
    kinds = {spec.name: spec.kind for model in models for spec in model.params}
    held: dict[str, Value] = {}
    for name, value in values.items():
        typed = isinstance(value, str) and kinds.get(name, "text") != "text"
        number = number_in(value) if typed and isinstance(value, str) else None
        if number is not None and kinds[name] == "integer" and number == int(number):
            number = int(number)
        kept = value if isinstance(value, str | int | float) else None
        held[name] = (None if typed and not kept else kept) if number is None else number
    return held


def count_in(value: object) -> int | None:
    """Return the number of images that a form's field holds, None where it holds none."""
    number = number_in(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float) or number != int(number):
        return None
    return int(number) if 1 <= number <= COUNT_MAX else None


def number_in(text: str) -> int | float | None:
    """Return the number that `text` is, written with a point or a comma; None where it is none.

    `1,234` is none: it is 1234 to some people and 1.234 to others.
    """
    written = text.strip()
    if not _NUMBER.fullmatch(written) or _THOUSANDS.fullmatch(written):
        return None
    if re.fullmatch(r"[+-]?\d{1,20}", written):
        return int(written)
    number = float(written.replace(",", "."))
    return number if math.isfinite(number) else None


def _text(spec: ParamSpec, value: object) -> str:
    if not isinstance(value, str):
        raise _refusal(spec, msg("must be text"), msg("Write it in quotes."))
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if spec.maximum is not None and len(text) > spec.maximum:
        raise _refusal(
            spec,
            msg(
                "is too long: {length} characters, and {maximum} fit",
                length=len(text),
                maximum=int(spec.maximum),
            ),
            msg("Shorten it."),
            TooLong,
        )
    if bad := _UNSENDABLE.search(text):
        code = f"U+{ord(bad.group()):04X}"
        raise _refusal(
            spec,
            msg(
                "holds a character that cannot be sent ({character}, at position {position})",
                character=code,
                position=bad.start() + 1,
            ),
            msg("Delete it, or type the text instead of pasting it."),
        )
    if spec.choices and text not in spec.choices:
        choices = msg("Choose {choices}.", choices=listed(spec.choices))
        raise _refusal(spec, msg("has no such choice"), choices)
    return text


def _number(spec: ParamSpec, value: object) -> int | float:
    if isinstance(value, str):
        if _THOUSANDS.fullmatch(value.strip()):
            one, another = (value.strip().replace(",", point) for point in ("", "."))
            hint = msg("Enter {one} or {another}.", one=one, another=another)
            raise _refusal(spec, msg("can be read in two ways"), hint, NotANumber)
        value = number_in(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise _refusal(spec, msg("must be a number"), _range_text(spec), NotANumber)
    if spec.kind == "integer":
        if value != int(value):
            raise _refusal(spec, msg("must be a whole number"), _range_text(spec))
        value = int(value)
    if (spec.minimum is not None and value < spec.minimum) or (
        spec.maximum is not None and value > spec.maximum
    ):
        raise _refusal(spec, msg("is out of range"), _range_text(spec), OutOfRange)
    if spec.kind == "integer" and spec.step and value % spec.step:
        lower = int(value // spec.step * spec.step)
        near = [
            n
            for n in (lower, lower + int(spec.step))
            if (spec.minimum or 0) <= n <= (spec.maximum if spec.maximum is not None else math.inf)
        ]
        hint = _range_text(spec)
        if len(near) == 1:
            hint = msg("The nearest is {near}.", near=str(near[0]))
        elif near:
            below, above = map(str, near)
            hint = msg("The nearest are {below} and {above}.", below=below, above=above)
        step = f"{spec.step:g}"
        raise _refusal(spec, msg("must be a multiple of {step}", step=step), hint)
    return value if spec.kind == "integer" else round(float(value), 6)


def _finite(value: int | float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer too large for a float: it is out of range further down
        return True


def _refusal(
    spec: ParamSpec, what: Said, hint: Said, kind: type[InvalidInput] = InvalidInput
) -> InvalidInput:
    message = msg("{parameter} {what}.", parameter=spec.label, what=what)
    return kind(message, hint, field=spec.name, what=what)


def _range_text(spec: ParamSpec) -> Said:
    """Return in words what a number may be."""
    whole = spec.kind == "integer"
    if spec.minimum is None or spec.maximum is None:
        return msg("Enter a whole number.") if whole else msg("Enter a number.")
    bounds = {"minimum": _plain(spec.minimum), "maximum": _plain(spec.maximum)}
    if whole:
        return msg("Enter a whole number from {minimum} to {maximum}.", **bounds)
    return msg("Enter a number from {minimum} to {maximum}.", **bounds)


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"
