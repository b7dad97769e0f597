"""The two texts that an image file carries about its making. Pure: values to text and back.

AUTOMATIC1111's infotext is for other programs, which take the last line as parameters and all
before it as the prompt; prompts are never escaped, so one that has a line `Negative prompt: ...` of
its own is split there by every reader. Our own JSON, beside it, is the truth from which
the database can be rebuilt; it is believed only after every field has been checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from backend.images.own_record import APP
from backend.types import ImageRecord, Value

# Fields that have a place of their own in the text; any other is written under its own name.
_PLACED = frozenset(
    {"negative_prompt", "width", "height", "num_steps", "guidance_scale", "sampler", "scheduler"}
)


_PAIR = re.compile(
    r'\s*([A-Z][\w \-/]{0,40}):\s*("(?:\\.|[^\\"]){1,200}"|[^,"{\[\n]{1,200})(?:,|$)'
)
_PAIRS_MAX = 40
_OURS = frozenset({"Seed", "Size", "Model", "Version"})
"""What is never taken from another program: we know it, or mean something else."""


def told(text: str) -> dict[str, str]:
    """Return what an infotext of another program says of an image's making, as it is written.

    Nothing where it is one of ours, or none.
    """
    pairs = _PAIR.findall(text[-8_000:].strip().rpartition("\n")[2])
    said = {name: value.strip() for name, value in pairs[:_PAIRS_MAX]}
    if len(said) < 3 or said.get("Version", "").startswith(APP):
        return {}
    return {name: value for name, value in said.items() if name not in _OURS and value}


def infotext(
    record: ImageRecord,
    *,
    model_label: str,
    app_version: str,
    theirs: Mapping[str, str] | None = None,
) -> str:
    """Return the infotext. Fields that were not sent are left out, but for two.

    `theirs` is what whoever made the image wrote into it: it stands where we know nothing.

    `Steps` comes first even where the model takes none (0: no number of steps was chosen), since
    readers find the line by `Steps: ` and most want digits there. `Sampler` is always present
    (Unknown), as sd-parsers rejects the text without it.
    """
    request, values = record.request, record.request.values
    # sd-parsers wants three of Steps, Sampler, CFG scale, Seed and Schedule type.
    few = request.seed is None and values.get("guidance_scale") is None
    line: dict[str, Value] = {
        "Steps": values.get("num_steps") or 0,
        "Sampler": values.get("sampler") or "Unknown",
        "Schedule type": values.get("scheduler") or ("Unknown" if few else None),
        "CFG scale": values.get("guidance_scale"),
        "Seed": request.seed,
        "Size": _size(record),
        "Model": model_label or request.model,
    }
    for name, value in values.items():
        if name not in _PLACED:
            line.setdefault(name.replace("_", " ").capitalize(), value)
    known = {name: _quoted(value) for name, value in line.items() if value not in (None, "")}
    for name, value in (theirs or {}).items():
        guessed = known.get(name) in ("0", "Unknown")
        if name not in known or (guessed and _says_more(name, value)):
            known[name] = value
    known["Version"] = f"{APP} {app_version}"

    lines = [request.prompt]
    if values.get("negative_prompt"):
        lines.append(f"Negative prompt: {values['negative_prompt']}")
    lines.append(", ".join(f"{name}: {value}" for name, value in known.items()))
    return "\n".join(lines).replace("\0", "")


def _says_more(name: str, value: str) -> bool:
    return value.isascii() and value.isdigit() if name == "Steps" else True


def _size(record: ImageRecord) -> str:
    """Return what was asked for, so that pasting repeats it; else the file's own size."""
    values = record.request.values
    width, height = values.get("width"), values.get("height")
    if width is None or height is None:
        width, height = record.width_px, record.height_px
    return f"{width}x{height}"


def _quoted(value: Value) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    if any(mark in text for mark in ",:\n"):
        return json.dumps(text, ensure_ascii=False)
    return text
