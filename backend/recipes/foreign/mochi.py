"""The caption that Mochi Diffusion writes: `Include in Image: ...; Steps: 20; ...`. Pure."""

from __future__ import annotations

import re

from backend.recipes.foreign.values import number, size
from backend.recipes.recipe import Brought

_NAMES = {
    "Include in Image": "prompt",
    "Exclude from Image": "negative_prompt",
    "Steps": "num_steps",
    "Guidance Scale": "guidance_scale",
    "Seed": "seed",
}
_OTHERS = ("Model", "Size", "Quality", "Starting Image", "ControlNet Image", "Input Images")
_KEYS = "|".join((*_NAMES, *_OTHERS, "Scheduler", "ML Compute Unit", "Upscaler", "Generator"))
_PIECE = re.compile(rf"(?:^|; )({_KEYS}): ")
_LONGEST = 100_000


def from_mochi(caption: str) -> Brought | None:
    """Return what a caption says; None where it does not end in this program's name."""
    if len(caption) > _LONGEST or "Generator: Mochi Diffusion" not in caption:
        return None
    # A prompt may hold a semicolon: only the program's own names end it.
    pieces = _PIECE.split(caption)
    told = dict(zip(pieces[1::2], map(str.strip, pieces[2::2]), strict=False))
    values: dict[str, object] = {}
    for name, text in told.items():
        if name in _NAMES and text:
            values[_NAMES[name]] = text if "prompt" in _NAMES[name] else number(text)
        elif name == "Size" and (sides := size(text)):
            values["width"], values["height"] = sides
        elif name != "Model" and text:
            values[name] = text
    return Brought("mochi", told.get("Model", ""), values)
