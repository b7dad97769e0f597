"""A model by the name that somebody has for it; and the mark of its weights in its id. Pure.

With other weights under the same name it is another model: its id ends in "#" and the first ten
digits of their hash. A server may tell that late, or have new weights; programs keep their name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from backend.types import ModelSpec

MARK_CHARS = 10

_MARK = re.compile(rf"#([0-9a-f]{{{MARK_CHARS}}})\Z")  # all else that follows a "#" is the name's


def marked(name: str, version: str) -> str:
    """Return the id of a model of these weights; `version` is a hash in hex, "" if unknown."""
    return f"{name}#{version[:MARK_CHARS]}" if version else name


def unmarked(model_id: str) -> str:
    """Return an id without the mark of its weights."""
    return _MARK.sub("", model_id)


def mark_of(model_id: str) -> str:
    """Return the mark of an id's weights, "" where it has none."""
    found = _MARK.search(model_id)
    return found[1] if found else ""


def meant(models: Mapping[str, ModelSpec], named: object) -> object:
    """Return the id of the model that an id or a label means; what means none is returned as it is.

    Where no model has that id, it is the only one that has it but for the mark of its weights.
    """
    if not isinstance(named, str) or named in models:
        return named
    if labelled := next((model.id for model in models.values() if model.label == named), None):
        return labelled
    alike = [id for id in models if unmarked(id) == unmarked(named)]
    return alike[0] if len(alike) == 1 else named
