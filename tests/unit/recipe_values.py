"""Values that the tests of recipes share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from backend.catalogue.load import load_catalogue
from backend.recipes.recipe import Brought
from backend.types import GenerationRequest, ImageRecord, ModelSpec

MODELS = load_catalogue()
FLUX = "black-forest-labs/FLUX.1-schnell"
SDXL = "stabilityai/stable-diffusion-xl-base-1.0"
FULL: dict[str, object] = {
    "prompt": "a cat",
    "negative_prompt": "blurry",
    "width": 832,
    "height": 1216,
    "num_steps": 25,
    "guidance_scale": 6.5,
    "seed": 42,
    "Sampler": "Euler a",
    "Clip skip": "2",
}


def brought(model: str = "", **values: object) -> Brought:
    return Brought("a1111", model, values)


def model(model_id: str, label: str, *names: str) -> ModelSpec:
    params = tuple(spec for spec in MODELS[SDXL].params if spec.name in ("prompt", *names))
    return replace(MODELS[SDXL], id=model_id, label=label, params=params)


# Links


def record(request: GenerationRequest) -> ImageRecord:
    return ImageRecord(
        id="ab" * 16,
        run_id="cd" * 16,
        request=request,
        created=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=None,
        price_usd=None,
        format="png",
        width_px=1,
        height_px=1,
        sha256="",
    )
