"""Requests and images that the tests of providers share."""

from __future__ import annotations

import base64

from backend.types import GenerationRequest
from tests.http.faults import png

SDXL = GenerationRequest(
    "stabilityai/stable-diffusion-xl-base-1.0",
    "a flying cat",
    {
        "negative_prompt": None,
        "width": 1024,
        "height": 1024,
        "num_steps": 25,
        "guidance_scale": 9,
    },
)
FLUX = GenerationRequest(
    "black-forest-labs/FLUX.1-schnell",
    "a flying cat",
    {"width": 1024, "height": 768, "num_steps": 4, "guidance_scale": 3.5},
    seed=0,
)
BIG = png(800, 800, noise=True)


def encoded(image: bytes) -> str:
    return base64.b64encode(image).decode()
