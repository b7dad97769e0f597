"""InvokeAI's settings: today's `invokeai_metadata`, and the two formats before it. Pure, bounded.

The older two are left to sd-parsers, put into the form that it takes; its extractors are not used,
as they decode pixels and remember the last image by its address in memory.
"""

from __future__ import annotations

import json
import re
from importlib import import_module

from backend.recipes.foreign.values import loaded, number, renamed
from backend.recipes.recipe import Brought

_NAMES = {
    "positive_prompt": "prompt",
    "negative_prompt": "negative_prompt",
    "width": "width",
    "height": "height",
    "steps": "num_steps",
    "cfg_scale": "guidance_scale",
    "seed": "seed",
}
_PASSED_OVER = frozenset({"model", "app_version", "generation_mode", "rand_device"})
_OLD_NAMES = {"cfg_scale": "guidance_scale", "steps": "num_steps"}
_OLD_CHARS = 200_000
_UNKNOWN = "Unknown"  # sd-parsers wants a sampler


def from_invokeai(text: object) -> Brought | None:
    """Return what `invokeai_metadata` says; None where it is none."""
    document = loaded(text)
    if document is None:
        return None
    values = renamed(document, _NAMES, _PASSED_OVER)
    # FLUX has a guidance of its own beside a scale that stays at 1.
    if (guidance := number(values.pop("guidance", None))) is not None:
        values["guidance_scale"] = guidance
    model = document.get("model")
    if isinstance(model, dict):
        model = model.get("name") or model.get("model_name")
    return Brought("invokeai", model if isinstance(model, str) else "", values)


def from_sd_metadata(text: str) -> Brought | None:
    """Return what the `sd-metadata` of InvokeAI 2 says; None where it is none."""
    document = loaded(text[:_OLD_CHARS])
    image = document.get("image") if document else None
    if document is None or not isinstance(image, dict):
        return None
    prompt = image.get("prompt")
    prompts = prompt if isinstance(prompt, list) else [prompt]
    image["prompt"] = [item if isinstance(item, dict) else {"prompt": item} for item in prompts[:8]]
    image.setdefault("sampler", _UNKNOWN)
    return _old({"sd-metadata": json.dumps(document)})


def from_dream(text: str) -> Brought | None:
    """Return what a `Dream` command line says; None where it is none."""
    # In one line and with single spaces, else its patterns take quadratic time.
    line = " ".join(text[:_OLD_CHARS].split())
    prompt, quote, options = line.removeprefix('"').rpartition('"')
    if not quote:
        return None
    options = re.sub(r"(?<= -[A-Za-z])(?=[\w.])", " ", options)
    if " -A " not in options:
        options += f" -A {_UNKNOWN}"
    prompt = prompt.replace('"', "'")  # they would take the first quote for the end
    return _old({"Dream": f'"{prompt}"{options}'})


def _old(parameters: dict[str, str]) -> Brought | None:
    try:
        # Only once there is such an old image: it takes 8 MB, in two processes.
        found = import_module("sd_parsers.parsers").InvokeAIParser().parse(parameters)
    except Exception:  # its ParserError, and whatever a stranger's JSON makes it stumble over
        return None
    (sampler,) = found.samplers
    values: dict[str, object] = {
        "prompt": found.full_prompt,
        "negative_prompt": found.full_negative_prompt,
    }
    noted = {**found.metadata, **sampler.parameters}
    values |= {_OLD_NAMES.get(name, name): number(value) for name, value in noted.items()}
    if sampler.name != _UNKNOWN:
        values["sampler"] = sampler.name
    model = sampler.model.name if sampler.model else None
    return Brought(
        "invokeai", model or "", {k: v for k, v in values.items() if v not in ("", None)}
    )
