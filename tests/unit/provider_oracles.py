"""What huggingface_hub would send: its own requests for the platforms that it knows, as oracles."""

from __future__ import annotations

from typing import Any

from huggingface_hub.constants import INFERENCE_PROXY_TEMPLATE
from huggingface_hub.hf_api import InferenceProviderMapping
from huggingface_hub.inference._common import RequestParameters
from huggingface_hub.inference._providers import PROVIDERS
from huggingface_hub.inference._providers._common import HARDCODED_MODEL_INFERENCE_MAPPING

from backend.types import GenerationRequest

KEY = "a-key-of-their-own"


def request_of(provider: str, request: GenerationRequest) -> RequestParameters:
    """Return what InferenceClient.text_to_image sends for `request`: url, json and headers.

    Nothing is looked up: the model is written where the package looks before it asks its Hub.
    """
    model = request.model
    if provider == "hf-inference":  # which takes an address for a model as it is
        model = f"{INFERENCE_PROXY_TEMPLATE.format(provider=provider)}/models/{model}"
    HARDCODED_MODEL_INFERENCE_MAPPING[provider][model] = InferenceProviderMapping(
        provider=provider,
        hf_model_id=model,
        providerId=model,
        status="live",
        task="text-to-image",
    )
    parameters: dict[str, Any] = {
        "negative_prompt": request.values.get("negative_prompt"),
        "height": request.values.get("height"),
        "width": request.values.get("width"),
        "num_inference_steps": request.values.get("num_steps"),
        "guidance_scale": request.values.get("guidance_scale"),
        "scheduler": None,
        "seed": request.seed,
    }
    return PROVIDERS[provider]["text-to-image"].prepare_request(  # type: ignore[index]
        inputs=request.prompt, parameters=parameters, headers={}, model=model, api_key=KEY
    )
