"""A recipe as URL-safe text, and back. Pure; what a link says is checked before it is believed."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib

from backend.errors import InvalidInput
from backend.recipes.recipe import SHOWN_CHARS, STANDARD, Brought, plain, plain_text
from backend.redact import redact
from backend.said import Said, msg

RECIPE_MAX_CHARS = 262_144
"""Longest recipe that is read."""

MAX_JSON_BYTES = 1_048_576
_MAX_VALUES = 128
_LONGEST_TEXT = 20_000  # twice what any field takes: longer ones are of no use in a link

_PAIR = ("width", "height")  # one of which is never taken without the other

_WORD = re.compile(r"[a-z0-9]{1,20}")


def encode(brought: Brought) -> str:
    """Return the recipe as URL-safe text.

    Texts of more than 20,000 characters stay out. What no form takes is not taken from the link.
    """
    values = {
        name: _refusable(name, value)
        for name, value in list(brought.values.items())[:_MAX_VALUES]
        if not isinstance(value, str) or len(value) <= _LONGEST_TEXT or name in _PAIR
    }
    document: dict[str, object] = {
        "v": 1,
        "source": brought.source,
        "model": brought.model[:SHOWN_CHARS],
        "values": {plain_text(name): _keyless(value) for name, value in values.items()},
    }
    if brought.left_out:
        document["left_out"] = list(brought.left_out)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    raw = text.encode("utf-8", "replace")
    packed = zlib.compress(raw, 9)
    mark, body = ("z", packed) if len(packed) < len(raw) else ("j", raw)
    return mark + base64.urlsafe_b64encode(body).decode().rstrip("=")


def decode(text: str) -> Brought:
    """Return what `encode` made into `text`.

    Raises: InvalidInput when it is damaged or too large.
    """
    if len(text) > RECIPE_MAX_CHARS:
        raise _unusable(msg("The recipe in this link is too long."))
    mark, body = text[:1], text[1:]
    try:
        if mark not in ("j", "z") or not re.fullmatch(r"[A-Za-z0-9_-]+", body):
            raise ValueError("not of our making")
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        document = json.loads(_inflated(raw) if mark == "z" else raw)
        return _checked(document)
    except (ValueError, TypeError, LookupError, RecursionError, binascii.Error) as error:
        raise _unusable(msg("The recipe in this link is damaged.")) from error


def _refusable(name: str, value: object) -> object:
    """Return False, which no field takes, for what would change its kind on its way into JSON.

    A list becomes a text there: a form that refuses the one may take the other. Leaving it out
    would not do either: a size without its width would bring its height alone. A seed beyond what
    any field takes stays: as digits it is refused just as well, and can be read.
    """
    if name == "seed" and isinstance(value, int) and not isinstance(value, bool):
        return value
    changes = name in STANDARD and plain(value, _LONGEST_TEXT) != value
    return False if changes else value


def _keyless(value: object) -> object:
    """Return `value` for a link; other programs' files have been seen with keys in them."""
    value = plain(value, _LONGEST_TEXT)
    return redact(value) if isinstance(value, str) else value


def _inflated(packed: bytes) -> bytes:
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(packed, MAX_JSON_BYTES)
    except zlib.error as error:
        raise ValueError("not packed by us") from error
    if not inflate.eof:
        if inflate.unconsumed_tail:
            raise _unusable(msg("The recipe in this link is too long."))
        raise ValueError("cut short")
    return raw


def _checked(document: object) -> Brought:
    if not isinstance(document, dict) or document["v"] != 1:
        raise ValueError("not of this version")
    source, model, values = document["source"], document["model"], document["values"]
    if not isinstance(source, str) or not _WORD.fullmatch(source) or not isinstance(model, str):
        raise TypeError("not a recipe")
    if not isinstance(values, dict) or len(values) > _MAX_VALUES:
        raise TypeError("not the values of a recipe")
    if not all(value is None or isinstance(value, str | int | float) for value in values.values()):
        raise TypeError("not a value")
    listed = document.get("left_out", [])
    left_out = tuple(name for name in STANDARD if isinstance(listed, list) and name in listed)
    return Brought(source, model[:SHOWN_CHARS], values, left_out)


def _unusable(message: Said) -> InvalidInput:
    return InvalidInput(
        message,
        msg("Copy the whole link again, or drop the image itself."),
        field="recipe",
    )
