"""Hugging Face's router: what is sent, as huggingface_hub sends it; an answer that is the image."""

from __future__ import annotations

import json

import pytest

from backend.errors import BadAnswer, InvalidInput, NoCredit
from backend.providers.hugging_face import HuggingFace
from backend.types import GenerationRequest, RawImage, WireCall
from tests.http.faults import picture, png
from tests.unit import provider_oracles as oracles

HUB = HuggingFace()
MODEL = "black-forest-labs/FLUX.1-schnell"
CAT = GenerationRequest(
    MODEL, "a flying cat", {"width": 1024, "height": 768, "num_steps": 4}, seed=42
)


def test_a_request_for_the_image_s_own_bytes() -> None:
    assert HUB.build(CAT) == WireCall(
        "POST",
        f"/hf-inference/models/{MODEL}",
        {
            "inputs": "a flying cat",
            "parameters": {"width": 1024, "height": 768, "num_inference_steps": 4, "seed": 42},
        },
        accept="image",
    )


@pytest.mark.parametrize(
    "request_",
    [
        CAT,
        GenerationRequest(MODEL, "a"),
        GenerationRequest(MODEL, "a", {"negative_prompt": "b", "guidance_scale": 7.5}, seed=0),
    ],
    ids=["all", "nothing", "negative"],
)
def test_payload_and_address_are_huggingface_hub_s(request_: GenerationRequest) -> None:
    call = HUB.build(request_)
    theirs = oracles.request_of("hf-inference", request_)
    assert (call.json, HUB.platform.url + call.path) == (theirs.json, theirs.url)
    assert theirs.headers["authorization"] == f"Bearer {oracles.KEY}"


def test_a_model_s_name_stays_a_path() -> None:
    with pytest.raises(InvalidInput):
        HUB.build(GenerationRequest("../../x", "a"))


@pytest.mark.parametrize("image", [png(), picture("JPEG"), picture("WEBP")])
def test_the_answer_is_the_image(image: bytes) -> None:
    assert HUB.parse(image) == RawImage(image)
    with pytest.raises(BadAnswer, match="cut short"):
        HUB.parse(image[:-4])


@pytest.mark.parametrize("body", [b"GIF89a" + bytes(50), b"RIFF\0\0\0\0WAVE", b"{}", b"\x89PNG"])
def test_anything_else_is_no_image(body: bytes) -> None:
    with pytest.raises(BadAnswer, match="is no image"):
        HUB.parse(body)


def test_what_came_instead_is_quoted() -> None:
    body = json.dumps({"error": "Model is overloaded", "estimated_time": 20.0}).encode()
    with pytest.raises(BadAnswer, match="Model is overloaded"):
        HUB.parse(body)


def test_used_up_credits_in_its_own_words() -> None:
    said = "You have exceeded your monthly included credits for Inference Providers."
    error = HUB.explain(402, {}, json.dumps({"error": said}).encode())
    assert isinstance(error, NoCredit) and f'"{said[:-1]}".' in error.message


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (["Input is too long", "Input has no words"], "Input is too long; Input has no words"),
        (["Input is too long", 5, None, ""], "Input is too long"),
        (
            [{"loc": ["body", "inputs"], "msg": "too long"}, "and empty"],
            "inputs: too long; and empty",
        ),
        ([{"msg": "too long"}], "too long"),
        ([{"message": "too long"}], "too long"),
    ],
)
def test_reasons_in_a_list_are_all_quoted(error: list[object], told: str) -> None:
    said = HUB.explain(400, {}, json.dumps({"error": error}).encode())
    assert f'It says: "{told}".' in said.message
    for nothing in ([], [5], [{}], [None, {"loc": ["a"]}]):
        assert (
            "It says" not in HUB.explain(400, {}, json.dumps({"error": nothing}).encode()).message
        )
