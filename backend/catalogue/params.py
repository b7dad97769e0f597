"""What the page or a program gave, made into requests: dropped, coerced, checked, seeded. Pure.

Every refusal is an InvalidInput that names the field and says what to do.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from random import Random

from backend.errors import InvalidInput, NotANumber, OutOfRange
from backend.types import COUNT_MAX, SEED_MAX, GenerationRequest, ModelSpec, ParamSpec, Value

_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


def find_model(models: Mapping[str, ModelSpec], model_id: object) -> ModelSpec:
    """Return the model called `model_id`. Raises: InvalidInput that lists those there are."""
    if isinstance(model_id, str) and model_id in models:
        return models[model_id]
    raise InvalidInput(
        "This model is not in the catalogue.",
        f"Choose one of: {', '.join(models)}.",
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
                    "The prompt is empty.", "Describe the image you want.", field="prompt"
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
    number = _number(ParamSpec("count", "integer", "Number of images", 1, 1, COUNT_MAX, 1), count)
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
        cleared = spec.name in raw and raw[spec.name] is None
        if cleared and spec.kind != "text" and spec.default is not None:
            raise _refusal(spec, "is empty", f"Enter {_range_text(spec)}.")


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


def coerce(spec: ParamSpec, value: object) -> Value:
    """Return `value` as `spec` takes it: numbers may be text, no value is the default.

    Raises: InvalidInput that names the field and says what fits.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return spec.default
    return _text(spec, value) if spec.kind == "text" else _number(spec, value)


def _text(spec: ParamSpec, value: object) -> str:
    if not isinstance(value, str):
        raise _refusal(spec, "must be text", "Write it in quotes.")
    text = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if spec.maximum is not None and len(text) > spec.maximum:
        raise _refusal(
            spec,
            f"is too long: {len(text):,} characters, and {int(spec.maximum):,} fit",
            "Shorten it.",
        )
    if bad := _UNSENDABLE.search(text):
        raise _refusal(
            spec,
            "holds a character that cannot be sent"
            f" (U+{ord(bad.group()):04X}, at position {bad.start() + 1:,})",
            "Delete it, or type the text instead of pasting it.",
        )
    if spec.choices and text not in spec.choices:
        raise _refusal(spec, "has no such choice", f"Choose {', '.join(spec.choices)}.")
    return text


def _number(spec: ParamSpec, value: object) -> int | float:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        text = value.strip()
        value = int(text) if re.fullmatch(r"[+-]?\d{1,20}", text) else float(text)
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise _refusal(spec, "must be a number", f"Enter {_range_text(spec)}.", NotANumber)
    if spec.kind == "integer":
        if value != int(value):
            raise _refusal(spec, "must be a whole number", f"Enter {_range_text(spec)}.")
        value = int(value)
    if (spec.minimum is not None and value < spec.minimum) or (
        spec.maximum is not None and value > spec.maximum
    ):
        raise _refusal(spec, "is out of range", f"Enter {_range_text(spec)}.", OutOfRange)
    if spec.kind == "integer" and spec.step and value % spec.step:
        below = int(value // spec.step * spec.step)
        near = [
            n
            for n in (below, below + int(spec.step))
            if (spec.minimum or 0) <= n <= (spec.maximum if spec.maximum is not None else math.inf)
        ]
        raise _refusal(
            spec,
            f"must be a multiple of {spec.step:g}",
            f"The nearest are {' and '.join(map(str, near))}.",
        )
    return value if spec.kind == "integer" else round(float(value), 6)


def _finite(value: int | float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer too large for a float: it is out of range further down
        return True


def _refusal(
    spec: ParamSpec, what: str, hint: str, kind: type[InvalidInput] = InvalidInput
) -> InvalidInput:
    return kind(f"{spec.label} {what}.", hint, field=spec.name, what=what)


def _range_text(spec: ParamSpec) -> str:
    """Return in words what a number may be."""
    kind = "a whole number" if spec.kind == "integer" else "a number"
    if spec.minimum is None or spec.maximum is None:
        return kind
    return f"{kind} from {_plain(spec.minimum)} to {_plain(spec.maximum)}"


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"
