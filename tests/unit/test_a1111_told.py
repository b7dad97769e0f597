"""What A1111's programs are told of images, by the types that they read it with."""

from __future__ import annotations

import json

from backend.types import GenerationRequest, ModelSpec, ParamSpec
from tests.unit.recipe_values import record
from ui.present.a1111_told import info


def test_numbers_are_numbers_also_of_a_model_that_takes_none() -> None:
    """stable-diffusion-helper: TextToImageResponseInfo.kt, whose types take no null."""
    model = ModelSpec("m", "M", "", "sentry_block", (ParamSpec("prompt", "text", "Prompt"),))
    told = json.loads(info([record(GenerationRequest("m", "a cat", {}))], model, ()))
    for name in ("seed", "width", "height", "cfg_scale", "steps", "batch_size"):
        assert isinstance(told[name], int | float), name
    for name in ("prompt", "negative_prompt", "sampler_name"):
        assert isinstance(told[name], str), name
    assert (told["seed"], told["steps"], told["cfg_scale"]) == (-1, 0, 0)
