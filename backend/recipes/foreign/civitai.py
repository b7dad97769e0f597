"""Civitai's generator: the ComfyUI graph that was run, and the request in `extraMetadata`. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from backend.recipes.foreign.comfyui import from_comfyui
from backend.recipes.foreign.values import loaded, number
from backend.recipes.recipe import Brought

_NAMES = {
    "prompt": "prompt",
    "negativePrompt": "negative_prompt",
    "steps": "num_steps",
    "cfgScale": "guidance_scale",
    "seed": "seed",
    "sampler": "sampler",
}


def from_civitai(document: Mapping[str, object]) -> Brought | None:
    """Return what was run, and of the request what the graph does not say; None where it is none.

    A graph that only enlarges a picture says nothing of how that was made, the request does.
    """
    asked = loaded(document.get("extraMetadata"))
    if asked is None:
        return None
    ran = from_comfyui(dict(document), None)
    values = dict(ran.values) if ran else {}
    for theirs, ours in _NAMES.items():
        told = asked.get(theirs)
        if ours not in values and isinstance(told, str | int | float) and told != "":
            values[ours] = told if "prompt" in ours else number(told)
    sides = asked.get("width"), asked.get("height")
    if not values.keys() & {"width", "height"} and all(isinstance(side, int) for side in sides):
        values["width"], values["height"] = sides
    return Brought("civitai", ran.model if ran else "", values)
