"""Who really made an image: a server that lacks a checkpoint may paint with another. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from backend.catalogue.named import MARK_CHARS, mark_of, marked, unmarked
from backend.types import ModelSpec, RawImage

_FOLDERS = re.compile(r".*[/\\]", re.DOTALL)
_ENDING = re.compile(r"\.(?:safetensors|ckpt|pth?|gguf|sft)$", re.IGNORECASE)


def maker(asked: str, raw: RawImage, models: Mapping[str, ModelSpec]) -> str:
    """Return the id of the model that made `raw`: `asked`, unless the server tells of another.

    Hashes decide where both are known, else names without folders and endings.
    """
    if not raw.model and not raw.version:
        return asked
    spec = models.get(asked)
    prefix = f"{spec.connection}/" if spec and spec.connection else ""
    if _is(asked.removeprefix(prefix), raw) is not False:
        return asked
    beside = (id for id in models if prefix and id.startswith(prefix))
    found = next((id for id in beside if _is(id.removeprefix(prefix), raw)), None)
    if found:
        return found
    if not raw.model:
        return f"{prefix}{raw.version[:MARK_CHARS]}"
    return marked(f"{prefix}{raw.model}", raw.version)


def _is(model: str, raw: RawImage) -> bool | None:
    """Whether a model made it; None where neither name nor hash can tell."""
    mark = mark_of(model)
    if mark and raw.version:
        return mark == raw.version[:MARK_CHARS]
    return _bare(unmarked(model)) == _bare(raw.model) if raw.model else None


def _bare(name: str) -> str:
    return _ENDING.sub("", _FOLDERS.sub("", name)).casefold()
