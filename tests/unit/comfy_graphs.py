"""ComfyUI graphs for tests: a usual one, and what is put into it."""

from __future__ import annotations

import json

from backend.recipes.recipe import Brought
from tests.unit.foreign_files import Json, png
from tests.unit.foreign_reading import read

PROMPT, NEGATIVE = "a lighthouse at dusk", "people"
TOLD: Json = {
    "prompt": PROMPT,
    "negative_prompt": NEGATIVE,
    "width": 640,
    "height": 832,
    "num_steps": 24,
    "guidance_scale": 6.5,
    "seed": 31337,
    "sampler": "euler",
    "scheduler": "karras",
}
"""What `graph` says, by our names."""

MODEL = "harbour_v2.safetensors"


def node(kind: str, /, **inputs: object) -> Json:
    return {"class_type": kind, "inputs": inputs}


def encode(text: object) -> Json:
    return node("CLIPTextEncode", text=text, clip=["1", 1])


def loader(name: str) -> Json:
    return node("CheckpointLoaderSimple", ckpt_name=name)


def sampler(**other: object) -> Json:
    inputs: Json = {"seed": 31337, "steps": 24, "cfg": 6.5, "sampler_name": "euler"}
    inputs |= {"scheduler": "karras", "denoise": 1.0, "model": ["1", 0], "positive": ["2", 0]}
    inputs |= {"negative": ["3", 0], "latent_image": ["4", 0]}
    return node("KSampler", **inputs | other)


def graph(**other: Json | None) -> Json:
    """A usual graph; `other` replaces or adds nodes (`n12` is called 12), None removes one."""
    nodes = {
        "1": loader(MODEL),
        "2": encode(PROMPT),
        "3": encode(NEGATIVE),
        "4": node("EmptyLatentImage", width=640, height=832, batch_size=1),
        "5": sampler(),
        "6": node("VAEDecode", samples=["5", 0], vae=["1", 2]),
        "7": node("SaveImage", images=["6", 0], filename_prefix="out"),
    }
    nodes |= {name.removeprefix("n"): one for name, one in other.items()}
    return {key: one for key, one in nodes.items() if one is not None}


def told(nodes: Json, **beside: str) -> Brought:
    """Return what is read from a PNG with this graph, and other texts beside it."""
    return read(png({**beside, "prompt": json.dumps(nodes)}))


def differing(found: Brought, **other: object) -> dict[str, tuple[object, object]]:
    """Return (expected, read) of all that is not as `graph` says; `other` is expected instead."""
    model = other.pop("model", MODEL)
    expected = {**TOLD, **other}
    names = {*expected, *found.values}
    both = {name: (expected.get(name), found.values.get(name)) for name in names}
    both["model"] = (model, found.model)
    return {name: pair for name, pair in both.items() if (pair[0] or None) != (pair[1] or None)}
