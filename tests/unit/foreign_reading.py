"""What the tests of other programs' images share: the reader, and what is looked at."""

from __future__ import annotations

import json

import pytest

from backend.recipes import foreign
from backend.recipes.recipe import Brought
from tests.unit import foreign_files as files
from tests.unit.foreign_files import (
    COMMENTS,
    png,
)

CHUNKS = (files.chunk_text, files.chunk_itxt, files.chunk_packed, files.chunk_ztxt, files.chunk_raw)
CONTAINERS = ("JPEG", "WEBP")
chunks = pytest.mark.parametrize("chunk", CHUNKS)
comments = pytest.mark.parametrize("comment", COMMENTS)
containers = pytest.mark.parametrize("kind", CONTAINERS)


def read(data: bytes) -> Brought:
    found = foreign.read(data)
    assert found is not None
    return found


def some(found: Brought, *names: str) -> list[object]:
    return [found.values.get(name) for name in names]


MAIN = ("prompt", "negative_prompt", "width", "height", "num_steps", "guidance_scale", "seed")


# AUTOMATIC1111

A1111_READ = Brought(
    "a1111",
    "sd_xl_base_1.0",
    {
        "prompt": "photo of a (red:1.2) fox, 35mm, <lora:film:0.6>\nin the snow",
        "negative_prompt": "blurry, (bad hands:1.4)",
        "num_steps": 25,
        "Sampler": "DPM++ 2M Karras",
        "guidance_scale": 6.5,
        "seed": 3141592653,
        "width": 832,
        "height": 1216,
        "Model hash": "31e35c80fc",
        "Lora hashes": "film: a1b2, more: c3d4",
        "Clip skip": "2",
        "Version": "v1.9.4",
    },
)


def comfy(graph: files.Json) -> Brought:
    return read(png({"prompt": json.dumps(graph)}))
