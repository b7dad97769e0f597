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
_PASSED_OVER = frozenset(
    ("base_model", "base_model_hash", "full_prompt", "full_negative_prompt", "resolution")
) | {"metadata_scheme", "created_by", "version"}


def from_fooocus(document: Mapping[str, object], *, named: bool = False) -> Brought | None:
    """Return what Fooocus noted, in its own scheme or in that of its older log.

    None where nothing says that it was Fooocus; `named` is for what the file says beside the JSON.
    """
    params = {key.lower().replace(" ", "_"): value for key, value in document.items()}
    named = named or str(params.get("version")).startswith("Fooocus")
    # No other program has these names beside each other.
    known = {"base_model", "performance"} <= params.keys() or "full_prompt" in params
    if not (named or known) or not params.keys() & {"prompt", "base_model", "negative_prompt"}:
        return None
    values = renamed(params, _FOOOCUS, _PASSED_OVER)
    if sides := size(params.get("resolution")):
        values["width"], values["height"] = sides
    return Brought("fooocus", _name(params.get("base_model")), values)
