"""What a parameter is called. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from backend.said import Said, msg
from backend.types import ModelSpec

_KNOWN: Mapping[str, Said] = {
    "prompt": msg("Prompt"),
    "negative_prompt": msg("Negative prompt"),
    "width": msg("Width"),
    "height": msg("Height"),
    "num_steps": msg("Num steps"),
    "guidance_scale": msg("Guidance scale"),
    "seed": msg("Seed"),
}


def named(name: str) -> str:
    """Return what the parameter `name` is called where no model says so: "Clip skip"."""
    return _KNOWN.get(name) or name.replace("_", " ").capitalize()


def label_of(name: str, *models: ModelSpec | None) -> str:
    """Return what the first model that takes `name` calls it."""
    specs = (model.param(name) for model in models if model)
    return next((spec.label for spec in specs if spec), named(name))
