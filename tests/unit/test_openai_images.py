"""OpenAI's way to images and the ways of all who speak it: payloads whole, answers, refusals."""

from __future__ import annotations

import base64
import json
from typing import Any, get_args, get_type_hints

import pytest

from backend.errors import BadAnswer, NoCredit, RateLimited, Refused, ServerTrouble
from backend.providers import PROVIDERS
from backend.types import GenerationRequest, Link, RawImage, Tokens
from tests.http.faults import png

PICTURE = png(32, 32, noise=True)
GIVEN = {
    "negative_prompt": "text",
    "width": 1024,
    "height": 768,
    "num_steps": 20,
    "guidance_scale": 3.5,
}


def built(kind: str, prompt: str = "a cat", seed: int | None = 7, **values: Any) -> dict[str, Any]:
    call = PROVIDERS[kind].build(GenerationRequest("m", prompt, values, seed))
    assert (call.method, call.path, call.accept) == ("POST", "/images/generations", "json")
    return dict(call.json or {})


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (
            "openai",
            {
                "model": "m",
                "prompt": "a cat",
                "n": 1,
                "size": "1024x768",
                "num_steps": 20,
                "guidance_scale": 3.5,
            },
        ),
        (
            "together",
            {
                "model": "m",
                "prompt": "a cat",
                "n": 1,
                "response_format": "base64",
                "negative_prompt": "text",
                "width": 1024,
                "height": 768,
                "steps": 20,
                "guidance_scale": 3.5,
                "seed": 7,
            },
        ),
        (
            "localai",
            {
                "model": "m",
                "prompt": "a cat|text",
                "n": 1,
                "response_format": "b64_json",
                "size": "1024x768",
                "step": 20,
                "guidance_scale": 3.5,
                "seed": 7,
            },
        ),
        (
            "vllm_omni",
            {
                "model": "m",
                "prompt": "a cat",
                "n": 1,
                "response_format": "b64_json",
                "size": "1024x768",
                "negative_prompt": "text",
                "num_inference_steps": 20,
                "guidance_scale": 3.5,
                "seed": 7,
            },
        ),
        (
            "sdcpp_v1",
            {
                "model": "m",
                "prompt": 'a cat<sd_cpp_extra_args>{"seed": 7, "negative_prompt": "text"}'
                "</sd_cpp_extra_args>",
                "n": 1,
                "size": "1024x768",
                "num_steps": 20,
                "guidance_scale": 3.5,
            },
        ),
    ],
)
def test_each_gets_the_payload_that_it_documents(kind: str, payload: dict[str, Any]) -> None:
    assert built(kind, **GIVEN) == payload


def test_what_openais_models_take_is_what_its_sdk_knows_and_accepts() -> None:
    types = pytest.importorskip("openai.types.image_generate_params")
    hints = get_type_hints(types.ImageGenerateParamsBase)
    platform = PROVIDERS["openai"].platform
    values = {p.name: p.default for p in platform.params if p.default is not None}
    call = PROVIDERS["openai"].build(GenerationRequest("gpt-image-2", "a cat", values))
    assert call.json == {
        "model": "gpt-image-2",
        "prompt": "a cat",
        "n": 1,
        "size": "1024x1024",
        "quality": "auto",
    }
    assert call.json.keys() <= hints.keys()
    quality = next(p for p in platform.params if p.name == "quality")
    known = {word for kind in get_args(hints["quality"]) for word in get_args(kind)}
    assert set(quality.choices) <= known


def test_only_the_older_models_are_asked_for_a_format() -> None:
    for model, asked in (("dall-e-3", True), ("gpt-image-2", False)):
        call = PROVIDERS["openai"].build(GenerationRequest(model, "a cat"))
        assert ("response_format" in (call.json or {})) is asked


def test_the_sdk_reads_the_documented_answer() -> None:
    types = pytest.importorskip("openai.types.images_response")
    for kind in ("openai", "together", "localai", "vllm_omni"):
        answer = types.ImagesResponse.model_validate_json(PROVIDERS[kind].platform.answer)
        assert answer.data[0].b64_json


# --- what a person's prompt may hold ----------------------------------------------------------


@pytest.mark.parametrize("prompt", ["cat|dog", "|", "a||b|", "a cat | blurry"])
def test_a_bar_in_a_prompt_makes_no_negative_prompt_of_localais(prompt: str) -> None:
    assert "|" not in built("localai", prompt)["prompt"]
    assert built("localai", prompt, negative_prompt="x|y")["prompt"].count("|") == 1
    assert built("together", prompt)["prompt"] == prompt  # it means nothing elsewhere


MARK, END = "<sd_cpp_extra_args>", "</sd_cpp_extra_args>"


@pytest.mark.parametrize(
    "prompt",
    [
        f'a cat{MARK}{{"seed": 1}}{END}',
        f"{MARK}{END}",
        f"a{END}b",
        f"<sd_cpp_{MARK}extra_args>",
        f"<sd_cpp_{MARK}extra_args>{{}}</sd_cpp_{END}extra_args>",
        f"{MARK * 50}",
    ],
)
def test_orders_to_sd_server_in_a_prompt_are_taken_out_of_it(prompt: str) -> None:
    told = built("sdcpp_v1", prompt, negative_prompt=prompt, seed=7)["prompt"]
    assert told.count(MARK) == told.count(END) == 1 and told.endswith(END)
    orders = json.loads(told.partition(MARK)[2].removesuffix(END))
    assert orders["seed"] == 7 and MARK not in orders.get("negative_prompt", "")


def test_a_negative_prompt_cannot_end_our_own_orders() -> None:
    told = built("sdcpp_v1", negative_prompt='</sd_cpp<>"}', seed=7)["prompt"]
    inside = told.partition(MARK)[2].removesuffix(END)
    assert "<" not in inside and json.loads(inside)["negative_prompt"] == '</sd_cpp<>"}'


def test_a_value_never_replaces_what_was_asked_for() -> None:
    values = {"model": "dearer", "n": 10, "response_format": "url", "prompt": "x"}
    request = GenerationRequest("m", "a cat", values, 7)
    told = dict(PROVIDERS["together"].build(request).json or {})
    assert (told["model"], told["n"], told["response_format"]) == ("m", 1, "base64")
    assert told["prompt"] == "a cat"


# --- answers ----------------------------------------------------------------------------------


def test_an_image_or_where_it_is() -> None:
    parse = PROVIDERS["openai"].parse
    encoded = base64.b64encode(PICTURE).decode()
    assert parse(json.dumps({"data": [{"b64_json": encoded}]}).encode()) == RawImage(PICTURE)
    url = "https://oaidalleapiprodscus.blob.core.windows.net/x.png?sig=1"
    assert parse(json.dumps({"data": [{"url": url}]}).encode()) == Link(url)
    both = {"data": [{"url": url, "b64_json": encoded}]}
    assert parse(json.dumps(both).encode()) == RawImage(PICTURE)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"data": []}', b'{"data": [{"b64_json": null}]}', b'{"error": "no gpu"}']
)
def test_an_answer_without_an_image_says_so(body: bytes) -> None:
    with pytest.raises(BadAnswer, match="holds no image"):
        PROVIDERS["openai"].parse(body)


def test_models_that_make_images_are_told_from_the_others() -> None:
    listed = {"data": [{"id": "gpt-5"}, {"id": "gpt-image-2"}, {"id": "chatgpt-image-latest"}]}
    found = PROVIDERS["openai"].parse_models(json.dumps(listed).encode())
    assert [m.id for m in found if m.makes_images] == ["gpt-image-2", "chatgpt-image-latest"]
    both = [{"id": "a", "type": "image"}, {"id": "b", "type": "chat"}, {"id": ""}, 5]
    found = PROVIDERS["together"].parse_models(json.dumps(both).encode())
    assert [(m.id, m.makes_images) for m in found] == [("a", True), ("b", False)]


@pytest.mark.parametrize(
    "usage",
    [None, [], {}, {"input_tokens": 1}, {"input_tokens": -1, "output_tokens": 5}]
    + [{"input_tokens": 5, "output_tokens": odd} for odd in ("5", 5.0, True, 10**9, None)],
)
def test_tokens_that_make_no_sense_are_none(usage: object) -> None:
    encoded = base64.b64encode(PICTURE).decode()
    body = {"data": [{"b64_json": encoded}], "usage": usage}
    found = PROVIDERS["openai"].parse(json.dumps(body).encode())
    assert found == RawImage(PICTURE)
    body["usage"] = {"input_tokens": 0, "output_tokens": 272, "total_tokens": 272}
    found = PROVIDERS["openai"].parse(json.dumps(body).encode())
    assert isinstance(found, RawImage) and found.tokens == Tokens(0, 272)


def test_a_used_up_quota_is_no_wait() -> None:
    body = json.dumps({"error": {"code": "insufficient_quota", "message": "You exceeded"}})
    error = PROVIDERS["openai"].explain(429, {"Retry-After": "1"}, body.encode())
    assert type(error) is NoCredit and "You exceeded" in error.message
    slow = json.dumps({"error": {"code": "rate_limit_exceeded", "message": "slow"}})
    assert type(PROVIDERS["openai"].explain(429, {}, slow.encode())) is RateLimited


@pytest.mark.parametrize(("kind", "error"), [("together", ServerTrouble), ("localai", Refused)])
def test_a_failure_of_a_server_of_ones_own_costs_nothing(kind: str, error: type) -> None:
    told = PROVIDERS[kind].explain(500, {}, b'{"error": {"message": "no backend"}}')
    assert type(told) is error and "no backend" in told.message
