"""stable-diffusion.cpp's own API: an order, its ticket, and the image; with sd-server's answers."""

from __future__ import annotations

import base64
import json

import pytest

from backend.errors import BadAnswer, LookupFailed, Refused
from backend.providers.sdcpp import StableDiffusionCpp, loaded_in
from backend.types import GenerationRequest, RawImage, Ticket, WireCall
from tests.unit.provider_answers import answer, told

SERVER = StableDiffusionCpp()
JOB = "/sdcpp/v1/jobs/job_6b0c1597_00000000"


def test_a_request_in_the_api_s_own_shape() -> None:
    request = GenerationRequest(
        "tiny.safetensors",
        "a flying cat",
        {
            "negative_prompt": "people",
            "width": 512,
            "height": 768,
            "num_steps": 20,
            "guidance_scale": 6.5,
            "sampler": "euler_a",
            "scheduler": "karras",
        },
        seed=42,
    )
    assert SERVER.build(request) == WireCall(
        "POST",
        "/sdcpp/v1/img_gen",
        {
            "prompt": "a flying cat",
            "negative_prompt": "people",
            "width": 512,
            "height": 768,
            "seed": 42,
            "batch_count": 1,
            "sample_params": {
                "sample_steps": 20,
                "sample_method": "euler_a",
                "scheduler": "karras",
                "guidance": {"txt_cfg": 6.5},
            },
            "output_format": "png",
        },
    )


def test_what_was_not_given_is_the_server_s_to_choose() -> None:
    call = SERVER.build(GenerationRequest("m", "a", {"sampler": None, "strange": 1}))
    assert call.json == {
        "prompt": "a",
        "seed": -1,
        "batch_count": 1,
        "sample_params": {},
        "output_format": "png",
    }


def test_an_order_is_asked_for_until_the_image_is_there() -> None:
    ticket = SERVER.parse(answer("sdcpp_img_gen"))
    assert ticket == Ticket(WireCall("GET", JOB), WireCall("POST", f"{JOB}/cancel"))
    assert SERVER.follow(ticket, answer("sdcpp_job_generating")) == ticket
    image = told("sdcpp_job_completed")["result"]["images"][0]["b64_json"]
    raw = SERVER.follow(ticket, answer("sdcpp_job_completed"))
    assert raw == RawImage(base64.b64decode(image))


@pytest.mark.parametrize("id", ["", None, 7, "../../etc", "a/b", "a?b", "x" * 101, "job\n"])
def test_an_id_that_is_none_is_not_asked_for(id: object) -> None:
    with pytest.raises(BadAnswer, match="names no job"):
        SERVER.parse(json.dumps({"id": id, "status": "queued"}).encode())


@pytest.mark.parametrize(
    ("status", "error"),
    [
        # examples/server/async_jobs.cpp: what a job that ended otherwise tells.
        ("failed", {"code": "generation_failed", "message": "generate_image returned no results"}),
        ("cancelled", {"code": "cancelled", "message": "job cancelled by client"}),
    ],
)
def test_a_job_that_failed_says_why_and_costs_nothing(status: str, error: dict[str, str]) -> None:
    ticket = SERVER.parse(answer("sdcpp_img_gen"))
    body = json.dumps({"id": "x", "status": status, "result": None, "error": error}).encode()
    with pytest.raises(Refused) as caught:
        SERVER.follow(ticket, body)
    assert error["message"] in caught.value.message and not caught.value.maybe_charged


@pytest.mark.parametrize("result", [None, {}, {"images": []}, {"images": [{}]}, {"images": "x"}])
def test_a_job_that_is_done_without_an_image_is_a_bad_answer(result: object) -> None:
    ticket = SERVER.parse(answer("sdcpp_img_gen"))
    with pytest.raises(BadAnswer, match="holds no image"):
        SERVER.follow(ticket, json.dumps({"status": "completed", "result": result}).encode())


def test_the_model_samplers_and_schedulers_of_the_server() -> None:
    capabilities = answer("sdcpp_capabilities")
    assert [model.id for model in SERVER.parse_models(capabilities)] == ["tiny.safetensors"]
    assert SERVER.parse_choices("sampler", capabilities)[:2] == ("euler", "euler_a")
    assert SERVER.parse_choices("scheduler", capabilities)[:2] == ("discrete", "karras")
    assert {call.path for call in SERVER.choices_calls().values()} == {"/sdcpp/v1/capabilities"}
    for name in ("sampler", "strange"):
        with pytest.raises(LookupFailed):
            SERVER.parse_choices(name, b"{}")


def test_which_weights_are_loaded_is_told_by_their_file() -> None:
    def told_of(**model: object) -> str:
        return loaded_in(json.dumps({"model": model}).encode())

    one = told_of(name="a.gguf", path="/models/a.gguf")
    assert one == told_of(path="/models/a.gguf") and int(one, 16)
    assert one != told_of(name="a.gguf", path="/other/a.gguf") != told_of(name="a.gguf")
    for nothing in ({}, {"name": 5}, {"path": ""}):
        with pytest.raises(LookupFailed):
            told_of(**nothing)


def test_a_full_queue_is_waited_out() -> None:
    error = SERVER.explain(429, {}, b'{"error":"job queue is full"}')
    assert "job queue is full" in error.message and not error.maybe_charged
