"""What the form was filled from, as the chip under the prompt shows it and as lineage needs it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from backend.recipes.fitting import Taken
from backend.said import msg
from backend.types import ID, ModelSpec, Origin
from ui.language.chosen import tell
from ui.present.records import Json

BASED = msg("Based on this image")
EXAMPLE = msg("An example")
EXAMPLE_TAKEN = msg("Press Generate to make it.")

_KINDS = ("reused", "seed", "prompt", "model")  # the others come about without the form
_VALUE_MAX_CHARS = 300


def said(origin: Origin | None, text: str, *, bad: bool = False) -> Json:
    """Return the chip for `origin` with a sentence; `bad` where nothing was put into the form."""
    return {
        "origin": None if origin is None else {"id": origin.image_id, "kind": origin.kind},
        "title": "" if origin is None else tell(BASED),
        "text": tell(text),
        "bad": bad,
        "lists": [],
    }


def basis_json(origin: Origin | None, taken: Taken, models: Mapping[str, ModelSpec]) -> Json:
    """Return the chip for all that was taken from a stored image, or from another one's file.

    What was dropped or not known is listed with its value; what was taken, for files alone. `other`
    is a model that takes the words which this one lacks.
    """
    labels = {spec.name: spec.label for model in models.values() for spec in model.params}

    def listed(title: str, values: Mapping[str, object]) -> list[Any]:
        pairs = [
            [tell(labels.get(name, name)), _text(value)]
            for name, value in values.items()
            if value not in (None, "")
        ]
        return [[tell(title), pairs]] if pairs else []

    whole = origin is not None and not taken.dropped and not taken.unknown
    other = taken.other
    return {
        **said(origin, msg("All its settings were taken.") if whole else taken.text),
        "other": other
        and {"id": other.id, "text": tell(msg("{model} takes it: switch", model=other.label))},
        "title": tell(msg("Settings of another image") if origin is None else BASED),
        "bad": not taken.values,
        "lists": [
            *(listed(msg("Taken"), taken.values) if origin is None else []),
            *listed(msg("Left out"), taken.dropped),
            *listed(msg("Not known here"), taken.unknown),
        ],
    }


def example_chip(chip: Json, taken: Taken) -> Json:
    """Return the chip of a recipe that comes with the playground, from that of any recipe."""
    return {**chip, "title": tell(EXAMPLE), "text": tell(taken.left_out or EXAMPLE_TAKEN)}


def origin_of(basis: object) -> Origin | None:
    """Return the origin that a chip from the browser names, None where it names none."""
    told = basis.get("origin") if isinstance(basis, dict) else None
    if not isinstance(told, dict):
        return None
    image_id, kind = told.get("id"), told.get("kind")
    if not isinstance(image_id, str) or not ID.fullmatch(image_id) or kind not in _KINDS:
        return None
    return Origin(image_id, kind)


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= _VALUE_MAX_CHARS:
        return text
    return text[: _VALUE_MAX_CHARS - 1].rstrip() + "\u2026"
