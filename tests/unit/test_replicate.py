"""Replicate: what is sent, as huggingface_hub sends it too; what its API was recorded to answer.

The answers are those of the tests of replicate-python 1.0 (tests/cassettes), shortened.
"""

from __future__ import annotations

import json

import pytest

from backend.errors import BadAnswer, InvalidInput, KeyRejected, LookupFailed
from backend.providers.replicate import Replicate
from backend.types import Answered, GenerationRequest, Link, Ticket, WireCall
from tests.unit import provider_oracles as oracles

REPLICATE = Replicate()
VERSION = "39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b"
CORGI = GenerationRequest(
    "stability-ai/sdxl",
    "a studio photo of a rainbow colored corgi",
    {"width": 512, "height": 512, "num_steps": 25, "negative_prompt": None},
    seed=42069,
)
ID = "azaq55dbukgxg6kubr4k6g3pby"
STARTING = {
    "id": ID,
    "model": "stability-ai/sdxl",
    "version": VERSION,
    "input": {"height": 512, "prompt": CORGI.prompt, "seed": 42069, "width": 512},
    "logs": "",
    "error": None,
    "status": "starting",
    "created_at": "2023-11-16T11:46:16.064900134Z",
    "urls": {
        "cancel": f"https://api.replicate.com/v1/predictions/{ID}/cancel",
        "get": f"https://api.replicate.com/v1/predictions/{ID}",
    },
}
URL = "https://pbxt.replicate.delivery/YXbcLudoHBIYHV6L0HbcTx5iRzLFMwygLr3vhGpZI35caXbE/out-0.png"
MADE = {
    **STARTING,
    "logs": "Using seed: 42069\nPrompt: a studio photo of a rainbow colored corgi\ntxt2img mode\n",
    "metrics": {"predict_time": 3.742},
    "output": [URL],
    "status": "succeeded",
}
TICKET = Ticket(
    WireCall("GET", f"/predictions/{ID}"), WireCall("POST", f"/predictions/{ID}/cancel")
)


def as_body(document: object) -> bytes:
    return json.dumps(document).encode()


def followed(**changes: object) -> Answered:
    return REPLICATE.follow(TICKET, as_body({**MADE, **changes}))


# --- what is sent -----------------------------------------------------------------------------


def test_a_request_that_is_waited_for() -> None:
    assert REPLICATE.build(CORGI) == WireCall(
        "POST",
        "/models/stability-ai/sdxl/predictions",
        {
            "input": {
                "prompt": CORGI.prompt,
                "width": 512,
                "height": 512,
                "num_inference_steps": 25,
                "seed": 42069,
            }
        },
        headers={"Prefer": "wait"},
    )


@pytest.mark.parametrize("model", ["stability-ai/sdxl", f"stability-ai/sdxl:{VERSION}"])
def test_the_payload_is_huggingface_hub_s(model: str) -> None:
    request = GenerationRequest(model, CORGI.prompt, CORGI.values, CORGI.seed)
    call = REPLICATE.build(request)
    theirs = oracles.request_of("replicate", request)
    assert (call.json, REPLICATE.platform.url + call.path) == (theirs.json, theirs.url)
    assert theirs.headers["authorization"] == f"Bearer {oracles.KEY}"
    assert theirs.headers["prefer"] == call.headers["Prefer"]


def test_a_model_s_name_stays_a_path() -> None:
    with pytest.raises(InvalidInput):
        REPLICATE.build(GenerationRequest("../account", "a"))


# --- what is answered -------------------------------------------------------------------------


def test_a_prediction_is_asked_for_by_its_id_at_our_own_address() -> None:
    assert REPLICATE.parse(as_body(STARTING)) == TICKET
    evil = {**STARTING, "urls": {"get": "http://127.0.0.1/", "cancel": "http://127.0.0.1/"}}
    assert REPLICATE.parse(as_body(evil)) == TICKET


def test_one_that_is_done_at_once_needs_no_question() -> None:
    assert REPLICATE.parse(as_body(MADE)) == Link(URL, 3.742, 42069)


def test_a_question_leads_on_until_it_is_done() -> None:
    for status in ("starting", "processing", "a-new-word"):
        assert followed(status=status) == TICKET
    assert followed() == Link(URL, 3.742, 42069)


@pytest.mark.parametrize(
    "output", [URL, [URL, "https://b"], [[URL]], [{"image": URL}], {"file": URL}]
)
def test_the_shapes_that_models_give_their_output(output: object) -> None:
    assert followed(output=output) == Link(URL, 3.742, 42069)


@pytest.mark.parametrize("output", [None, [], [None], 7, "", {}, [[[[[URL]]]]]])
def test_no_output_is_a_bad_answer(output: object) -> None:
    with pytest.raises(BadAnswer, match="holds no image"):
        followed(output=output)


@pytest.mark.parametrize(
    ("logs", "seed"),
    [
        ("Using seed 2669249403. Enter this in 'seed' if you want it again!", 2669249403),
        ("Using random seed 4267824009\n", 4267824009),
        ("loading\nUsing seed: 7\nPrompt: x\nUsing seed: 8", 7),
        ("Prompt: using seed: 5", None),
        ("Using seed: 99999999999999999999999", None),
        (None, None),
    ],
)
def test_the_seed_that_its_log_tells(logs: object, seed: int | None) -> None:
    assert followed(logs=logs) == Link(URL, 3.742, seed)


@pytest.mark.parametrize("status", ["failed", "canceled", "aborted", "", None, 7])
def test_what_failed_is_quoted_and_may_have_been_charged(status: object) -> None:
    body = as_body({**MADE, "status": status, "output": None, "error": "NSFW content detected"})
    for read in (REPLICATE.parse, lambda body: REPLICATE.follow(TICKET, body)):
        with pytest.raises(BadAnswer, match="NSFW content detected") as caught:
            read(body)
        assert caught.value.maybe_charged


@pytest.mark.parametrize("body", [b"", b"[]", b"upstream timeout", b"<html>", b'{"status": 7}'])
def test_only_what_says_that_it_failed_is_told_as_failed(body: bytes) -> None:
    with pytest.raises(BadAnswer, match="is not one of the platform's"):
        REPLICATE.parse(body)
    with pytest.raises(BadAnswer, match="answered that it failed"):
        REPLICATE.parse(as_body({**MADE, "status": "failed", "output": None}))


@pytest.mark.parametrize("id", ["", None, "../account", "A" * 26, "short", "x" * 65])
def test_an_id_that_is_none_is_not_asked_for(id: object) -> None:
    with pytest.raises(BadAnswer, match="names no job"):
        REPLICATE.parse(as_body({**STARTING, "id": id}))


def test_models_of_a_collection() -> None:
    models = [
        {"owner": "stability-ai", "name": "sdxl", "description": "x"},
        {"owner": "", "name": "y"},
        7,
    ]
    body = as_body({"name": "Text to image", "slug": "text-to-image", "models": models})
    assert [model.id for model in REPLICATE.parse_models(body)] == ["stability-ai/sdxl"]
    with pytest.raises(LookupFailed):
        REPLICATE.parse_models(b"{}")


def test_a_key_that_is_none_in_its_own_words() -> None:
    said = "You did not pass a valid authentication token"
    body = {"title": "Unauthenticated", "detail": said, "status": 401}
    error = REPLICATE.explain(401, {}, as_body(body))
    assert isinstance(error, KeyRejected) and said in error.message
