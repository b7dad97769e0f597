"""NovelAI's settings: a JSON comment, with the model's name beside it. Pure.

PNG has it in texts of its own (`Software`, `Source`, `Comment`), WebP as one JSON in the Exif
comment, and both hide it in the lowest bits of the alpha channel (see `stealth`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from backend.recipes.foreign.texts import COMMENT
from backend.recipes.foreign.values import loaded, renamed
from backend.recipes.recipe import Brought

_NAMES = {
    "prompt": "prompt",
    "uc": "negative_prompt",
    "width": "width",
    "height": "height",
    "steps": "num_steps",
    "scale": "guidance_scale",
    "seed": "seed",
}
_PASSED_OVER = frozenset(
    ("v4_prompt", "v4_negative_prompt", "signed_hash", "extra_passthrough_testing", "stream")
)
# What its comments hold from V3 on, and those of Draw Things, which are alike, do not.
_MARKS = frozenset(("noise_schedule", "request_type", "v4_prompt", "uncond_scale"))
_HASH = re.compile(r"(?<!\s)\s++[0-9A-F]{8}$")


def from_novelai(found: Mapping[str, str]) -> Brought | None:
    """Return what NovelAI noted in the texts of a file; None where it did not make it."""
    outer: Mapping[str, object] = {}
    document = loaded(found.get("Comment")) or loaded(found.get(COMMENT))
    if document and "Comment" in document:
        outer, document = document, loaded(document["Comment"])
    said = (found.get("Software"), outer.get("Software"), outer.get("Source"))
    named = any(isinstance(text, str) and text.startswith("NovelAI") for text in said)
    if document is None or not (named or ("uc" in document and document.keys() & _MARKS)):
        return None
    values = renamed(document, _NAMES, _PASSED_OVER)
    for name, nested in (("prompt", "v4_prompt"), ("negative_prompt", "v4_negative_prompt")):
        base, of_characters = _captions(document.get(nested))
        if base:
            values[name] = base
        if of_characters:
            values[f"character_{name}s"] = of_characters
    if "prompt" not in values:  # its first version keeps the prompt beside the comment
        told = found.get("Description") or outer.get("Description")
        if isinstance(told, str) and told.strip():
            values["prompt"] = told.strip()
    source = found.get("Source") or outer.get("Source") or found.get("Software", "")
    model = source if isinstance(source, str) and source != "NovelAI" else ""
    return Brought("novelai", _HASH.sub("", model.strip()), values)


def _captions(prompt: object) -> tuple[str, list[str]]:
    """Return the text for the whole picture, and those for its characters."""
    caption = (loaded(prompt) or {}).get("caption")
    if not isinstance(caption, dict):
        return "", []
    base, characters = caption.get("base_caption"), caption.get("char_captions")
    told = [
        one["char_caption"]
        for one in (characters[:32] if isinstance(characters, list) else [])
        if isinstance(one, dict) and isinstance(one.get("char_caption"), str)
    ]
    return base if isinstance(base, str) else "", [text for text in told if text.strip()]
