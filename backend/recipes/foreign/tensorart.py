"""Tensor.Art's pictures: its own `generation_data` beside the ComfyUI graph that was run. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from backend.recipes.foreign.comfyui import from_comfyui
from backend.recipes.foreign.values import loaded
from backend.recipes.recipe import Brought


def from_tensorart(found: Mapping[str, str]) -> Brought | None:
    """Return what was run; None without the graph or Tensor.Art's own data.

    The graph made the picture, and has the seed that was drawn (the data say -1); it calls the
    model by a number, so that its name comes from the data.
    """
    noted = loaded(found.get("generation_data"))
    ran = from_comfyui(loaded(found.get("prompt")), loaded(found.get("workflow")))
    if noted is None or ran is None:
        return None
    base = noted.get("baseModel")
    model = base.get("modelFileName") if isinstance(base, dict) else None
    values = dict(ran.values)
    for name, theirs in (("prompt", "prompt"), ("negative_prompt", "negativePrompt")):
        told = noted.get(theirs)
        if not values.get(name) and isinstance(told, str) and told.strip():
            values[name] = told
    return Brought("tensorart", model if isinstance(model, str) else ran.model, values)
