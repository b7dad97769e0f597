"""Recipes: values that come from elsewhere, fitted to a model of the catalogue or put in a link.

Pure. Nothing here is trusted: a recipe fills a form, and every value passes the same checks as one
that is typed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from backend.text import shortened
from backend.types import IMPORT, ImageRecord

STANDARD = (
    "prompt",
    "negative_prompt",
    "width",
    "height",
    "num_steps",
    "guidance_scale",
    "seed",
)
"""What other programs' values are called here, whether or not any model takes them."""

SHOWN_CHARS = 300


@dataclass(frozen=True, slots=True)
class Brought:
    """What an image or a link says: `values` by our names where known, else by their own.

    `left_out` names what it has but does not say for sure, such as what was drawn at random.
    """

    source: str
    model: str
    values: Mapping[str, object]
    left_out: tuple[str, ...] = ()


OWN = "own"
"""The source of what was made here; `import` is that of a stored image which was not."""

EXAMPLE = "example"
"""The source of a recipe that comes with the playground and belongs to no image."""


def of_record(record: ImageRecord) -> Brought:
    """Return the recipe of a stored image."""
    request = record.request
    values: dict[str, object] = {"prompt": request.prompt, **request.values, "seed": request.seed}
    given = {name: value for name, value in values.items() if value is not None}
    return Brought(IMPORT if record.source == IMPORT else OWN, request.model, given)


def plain(value: object, longest: int = SHOWN_CHARS) -> object:
    """Return `value` as JSON can hold it: finite, short, without lone surrogates, not nested."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else plain_text(_digits(value), longest)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value).replace("nan", "NaN")
    if isinstance(value, str):
        return plain_text(value, longest)
    return plain_text(_flat(value, 3), longest)


def plain_text(text: str, longest: int = SHOWN_CHARS) -> str:
    """Return at most `longest` characters of `text`, all of which UTF-8 can hold."""
    short = shortened(text, longest)
    return short.encode("utf-8", "replace").decode()


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # Python refuses to write thousands of digits
        return "a very large number"


def _flat(value: object, depth: int) -> str:
    """Return a list or object as short text: names and weights of LoRAs, for example."""
    if not depth:
        return "…"
    if isinstance(value, dict):
        parts = [f"{key}: {_flat(item, depth - 1)}" for key, item in list(value.items())[:8]]
    elif isinstance(value, list | tuple):
        parts = [_flat(item, depth - 1) for item in value[:8]]
    else:
        return str(plain(value, 100))
    return ", ".join(parts)
