"""Shared reading of what other programs write: bounded JSON, numbers, sizes, names. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

MAX_JSON_CHARS = 6_000_000
"""Longest JSON that is read; a prompt of 5 MB is still refused in words rather than in silence."""

MAX_KEPT = 64
"""Most values of one file that are kept."""

_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,3})?")
_SIZE = re.compile(r"\D{0,3}(\d{1,9})\s{0,2}(?:[x\u00d7*,]|, )\s{0,2}(\d{1,9})\D{0,3}")


def loaded(text: object) -> dict[str, object] | None:
    """Return the JSON object in `text`, or `text` where it is one already; else None.

    Some programs write the object as a text, and that text as JSON once more.
    """
    while isinstance(text, str) and len(text) <= MAX_JSON_CHARS:
        if not text.lstrip().startswith(("{", '"')):
            return None
        try:
            text = json.loads(text.rstrip("\0"))  # Tensor.Art adds some
        except (ValueError, RecursionError):
            return None
    return text if isinstance(text, dict) else None


def number(value: object) -> object:
    """Return the number that a short text holds; anything else as it is."""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()[:100]):
        return value
    return float(value) if re.search(r"[.eE]", value) else int(value)


def size(value: object) -> tuple[int, int] | None:
    """Return width and height out of 1024x768, "(1024, 768)" or [1024, 768]."""
    if isinstance(value, list):
        value = ",".join(str(side) for side in value[:3] if isinstance(side, int))
    found = _SIZE.match(value[:40]) if isinstance(value, str) else None
    return (int(found[1]), int(found[2])) if found else None


def guidance(model: str, scale: object, distilled: object) -> object:
    """Return which of two scales made the picture: FLUX [dev] has one within beside a CFG of 1.

    Programs write the distilled one for models too that do not know it ([schnell], [klein]): only
    a scale of 1, which is none, together with the model's name says that it was used.
    """
    name = model.lower()
    flux = "flux" in name and any(kind in name for kind in ("dev", "kontext", "krea"))
    is_one = not isinstance(scale, bool) and isinstance(scale, int | float) and scale == 1
    return distilled if flux and is_one and isinstance(distilled, int | float) else scale


def renamed(
    document: Mapping[str, object], names: Mapping[str, str], passed_over: frozenset[str]
) -> dict[str, object]:
    """Return the values by our names, then the others by their own; empty ones are left out."""
    # Prompts stay text, even one that is `42`.
    values = {
        ours: document[name] if "prompt" in ours else number(document[name])
        for name, ours in names.items()
        if name in document
    }
    for name, value in document.items():
        if len(values) >= MAX_KEPT:
            break
        if name not in names and name not in passed_over and value not in (None, "", [], {}):
            values.setdefault(name, value)
    return {name: value for name, value in values.items() if value is not None}


def _name(value: object) -> str:
    return value if isinstance(value, str) else ""
