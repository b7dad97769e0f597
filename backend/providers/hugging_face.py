"""Hugging Face's router as pure functions, for its own provider: the answer is the image itself."""

from __future__ import annotations

import re

from backend.errors import BadAnswer
from backend.providers import own_params as usual
from backend.providers import paths
from backend.providers.answers import image_file, try_json
from backend.providers.base import Lacking, Platform
from backend.providers.explain import said_in
from backend.said import joined
from backend.types import GenerationRequest, RawImage, WireCall

_NAMES = {"num_steps": "num_inference_steps"}

PLATFORM = Platform(
    name="hugging_face",
    label="Hugging Face",
    env="HUGGING_FACE",
    tiers={},
    key=re.compile(r"\bhf_[A-Za-z0-9]{10,}"),
    key_example="hf_...",
    paths=("/hf-inference/models", "/v1/chat/completions", "/v1/models"),
    answer="",
    image_at=(),
    url="https://router.huggingface.co",
    params=usual.OF_A_CLOUD,
)


class HuggingFace(Lacking):
    """Text to image by hf-inference; a model is OWNER/NAME, as on the Hub."""

    platform = PLATFORM

    def build(self, request: GenerationRequest, run_id: str = "") -> WireCall:
        parameters = usual.written(request.values, _NAMES)
        if request.seed is not None:
            parameters["seed"] = request.seed
        path = "/hf-inference/models" + paths.of_model(request.model)
        payload = {"inputs": request.prompt, "parameters": parameters}
        return WireCall("POST", path, payload, accept="image")

    def parse(self, body: bytes) -> RawImage:
        """Return the image that the answer is. Raises: BadAnswer, quoting what came instead."""
        try:
            return image_file(body)
        except BadAnswer as error:
            said = said_in(try_json(body), body)
            raise BadAnswer(joined(error.message, said), error.hint) from error
