"""The JSON that Fooocus writes, as values by our names. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from backend.recipes.foreign.values import _name, renamed, size
from backend.recipes.recipe import Brought

_FOOOCUS = {
    "prompt": "prompt",
    "negative_prompt": "negative_prompt",
    "steps": "num_steps",
    "guidance_scale": "guidance_scale",
    "seed": "seed",
}


def from_fooocus(document: Mapping[str, object]) -> Brought | None:
    """Return what Fooocus noted, in its own scheme or in that of its older log; None if neither."""
    params = {key.lower().replace(" ", "_"): value for key, value in document.items()}
    if not params.keys() & {"prompt", "base_model", "negative_prompt"}:
        return None
    passed_over = {"base_model", "base_model_hash", "full_prompt", "full_negative_prompt"}
    passed_over |= {"resolution", "metadata_scheme", "created_by", "version"}
    values = renamed(params, _FOOOCUS, frozenset(passed_over))
    if sides := size(params.get("resolution")):
        values["width"], values["height"] = sides
    return Brought("fooocus", _name(params.get("base_model")), values)
