"""The JSON that SwarmUI writes, as values by our names. Pure.

Its width and height stay as they were typed where something else gave the size: what that is says
`GetImageWidth` in src/Text2Image/T2IParamInput.cs.
"""

from __future__ import annotations

from collections.abc import Mapping

from backend.recipes.foreign.values import _name, number, renamed, size
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
_SIZED = frozenset(("rawresolution", "altresolutionheightmultiplier", "sidelength", "aspectratio"))
_PASSED_OVER = _SIZED | {"model", "swarm_version"}
_AT_512 = {
    "1:1": (512, 512),
    "4:3": (576, 448),
    "3:2": (608, 416),
    "8:5": (608, 384),
    "16:9": (672, 384),
    "21:9": (768, 320),
    "2:3": (416, 608),
    "5:8": (384, 608),
    "9:16": (384, 672),
    "9:21": (320, 768),
}
_ROUNDED_TO = (16, 32, 64)  # which of these depends on the model
_SIDE_MAX = 65_536


def from_swarmui(document: Mapping[str, object]) -> Brought:
    """Return what SwarmUI noted. Its numbers may be texts."""
    inner = document["sui_image_params"]
    params = inner if isinstance(inner, dict) else {}
    values = renamed(params, _SWARMUI, _PASSED_OVER)
    left_out: tuple[str, ...] = ()
    if (sides := _size(params)) is not None:
        for side in ("width", "height"):
            values.pop(side, None)
        values |= sides
        left_out = () if sides else ("width", "height")
    distilled = number(values.pop("fluxguidancescale", None))
    if distilled is not None and str(params.get("fluxdisableguidance")).lower() != "true":
        values["guidance_scale"] = distilled
    return Brought("swarmui", _name(params.get("model")), values, left_out)


def _size(params: Mapping[str, object]) -> dict[str, object] | None:
    """Return the size that goes before width and height; empty where it cannot be told for sure.

    None where nothing goes before them.
    """
    if sides := size(params.get("rawresolution")):
        return {"width": sides[0], "height": sides[1]}
    shape = _AT_512.get(str(params.get("aspectratio")))
    length = number(params.get("sidelength"))
    times = number(params.get("altresolutionheightmultiplier"))
    if isinstance(times, int | float):
        width = number(params.get("width"))
        of_shape = shape is not None and length is not None
        if of_shape or not isinstance(width, int) or not 0 < width < _SIDE_MAX:
            return {}
        height = width * times
        return {"width": width, "height": int(height)} if 0 < height < _SIDE_MAX else {}
    if shape is None or not isinstance(length, int) or not 0 < length < _SIDE_MAX:
        return None
    one, other = (_rounded(side * length / 512) for side in shape)
    return {"width": one, "height": other} if one and other else {}


def _rounded(side: float) -> int | None:
    """Return a side as SwarmUI rounds it; None where that depends on the model."""
    found = {round(side / to) * to for to in _ROUNDED_TO}
    return found.pop() if len(found) == 1 else None
