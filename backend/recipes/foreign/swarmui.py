"""The JSON that SwarmUI writes, as values by our names. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from backend.recipes.foreign.values import _name, number, renamed
from backend.recipes.recipe import Brought

_SWARMUI = {
    "prompt": "prompt",
    "negativeprompt": "negative_prompt",
    "width": "width",
    "height": "height",
    "steps": "num_steps",
    "cfgscale": "guidance_scale",
    "seed": "seed",
}


def from_swarmui(document: Mapping[str, object]) -> Brought:
    """Return what SwarmUI noted. Its numbers may be texts."""
    inner = document["sui_image_params"]
    params = inner if isinstance(inner, dict) else {}
    values = renamed(params, _SWARMUI, frozenset({"model", "swarm_version", "aspectratio"}))
    if (distilled := number(values.pop("fluxguidancescale", None))) is not None:
        values["guidance_scale"] = distilled
    return Brought("swarmui", _name(params.get("model")), values)
