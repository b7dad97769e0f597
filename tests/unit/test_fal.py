"""fal: what is sent, as huggingface_hub sends it too; its queue, its links, its refusals."""

from __future__ import annotations

import base64
import json

import pytest

from backend.errors import BadAnswer, InvalidInput, KeyRejected, Refused
from backend.providers.base import Auth
from backend.providers.fal import PLATFORM, Fal
from backend.types import GenerationRequest, Link, RawImage, Ticket, WireCall
from tests.http.faults import png
from tests.unit import provider_oracles as oracles

FAL = Fal()
CAT = GenerationRequest(
    "fal-ai/flux/dev",
    "a flying cat",
    {"width": 1024, "height": 768, "num_steps": 28, "guidance_scale": 3.5},
    seed=42,
)
ID = "80e732af-660e-45cd-bd63-580e4f2a94cc"
ORDER = f"https://queue.fal.run/fal-ai/flux/requests/{ID}"
# As fal's documentation of its queue has them.
QUEUED = {
    "status": "IN_QUEUE",
    "request_id": ID,
    "response_url": ORDER,
    "status_url": f"{ORDER}/status",
    "cancel_url": f"{ORDER}/cancel",
    "queue_position": 0,
}
IMAGE = {
    "images": [
        {
            "url": "https://v3.fal.media/files/rabbit/aQEmU4lEKKIIr9cDOChUB.png",
            "width": 1024,
            "height": 768,
            "content_type": "image/png",
        }
    ],
    "timings": {"inference": 1.2249955059960485},
    "seed": 920212137,
    "has_nsfw_concepts": [False],
    "prompt": "a flying cat",
}
LINK = Link(IMAGE["images"][0]["url"], 1.2249955059960485, 920212137)  # type: ignore[index]


def as_body(document: object) -> bytes:
    return json.dumps(document).encode()


def ticket() -> Ticket:
    made = FAL.parse(as_body(QUEUED))
    assert isinstance(made, Ticket)
    return made


# --- what is sent -----------------------------------------------------------------------------


def test_a_request_in_the_api_s_own_shape_that_is_tried_once() -> None:
    assert FAL.build(CAT) == WireCall(
        "POST",
        "/fal-ai/flux/dev",
        {
            "prompt": "a flying cat",
            "num_inference_steps": 28,
            "guidance_scale": 3.5,
            "image_size": {"width": 1024, "height": 768},
            "seed": 42,
        },
        headers={"X-Fal-No-Retry": "1"},
    )


@pytest.mark.parametrize(
    "request_",
    [
        CAT,
        GenerationRequest("fal-ai/flux/schnell", "a", {"width": 512, "num_steps": None}),
        GenerationRequest("fal-ai/fast-sdxl", "a", {"negative_prompt": "b", "height": 512}, seed=0),
    ],
    ids=["all", "width alone", "negative"],
)
def test_the_payload_is_huggingface_hub_s(request_: GenerationRequest) -> None:
    call = FAL.build(request_)
    theirs = oracles.request_of("fal-ai", request_)
    assert (call.json, f"https://fal.run{call.path}") == (theirs.json, theirs.url)
    assert theirs.headers["authorization"] == f"Key {oracles.KEY}" and PLATFORM.auth is Auth.KEY


@pytest.mark.parametrize("model", ["../account", "a//b", "a/../b", "", "/", "a/."])
def test_a_model_s_name_stays_a_path_below_the_host(model: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be asked for"):
        FAL.build(GenerationRequest(model, "a"))


def test_what_is_no_path_in_a_model_s_name_is_written_so() -> None:
    call = FAL.build(GenerationRequest("fal-ai/a b?c#d%", "a"))
    assert call.path == "/fal-ai/a%20b%3Fc%23d%25"


# --- its queue --------------------------------------------------------------------------------


def test_an_order_waits_runs_ends_and_leads_to_the_image() -> None:
    path = f"/fal-ai/flux/requests/{ID}"
    first = ticket()
    assert first.poll == WireCall("GET", f"{path}/status")
    assert first.cancel == WireCall("PUT", f"{path}/cancel")
    for status in ("IN_QUEUE", "IN_PROGRESS"):
        assert FAL.follow(first, as_body({**QUEUED, "status": status})) == first
    done = FAL.follow(first, as_body({**QUEUED, "status": "COMPLETED"}))
    assert done == Ticket(WireCall("GET", path), wait_s=0)
    assert FAL.follow(done, as_body(IMAGE)) == LINK


def test_without_the_queue_the_link_comes_at_once() -> None:
    assert FAL.parse(as_body(IMAGE)) == LINK


def test_an_image_within_its_url_needs_no_link() -> None:
    url = "data:image/png;base64," + base64.b64encode(png()).decode()
    assert FAL.parse(as_body({"images": [{"url": url}]})) == RawImage(png())
    with pytest.raises(BadAnswer, match="damaged"):
        FAL.parse(as_body({"images": [{"url": "data:image/png;base64,!"}]}))


def test_only_the_path_of_an_address_is_used() -> None:
    evil = FAL.parse(as_body({"status_url": f"http://127.0.0.1:22/fal-ai/x/requests/{ID}/status"}))
    assert evil == Ticket(WireCall("GET", f"/fal-ai/x/requests/{ID}/status"))


@pytest.mark.parametrize(
    "url",
    [7, "https://queue.fal.run", "https://[", "/a/../b", "/a//b", "/a b", "/é", "/" + "a" * 400],
)
def test_an_address_without_a_path_of_use_is_a_bad_answer(url: object) -> None:
    with pytest.raises(BadAnswer, match="names no job"):
        FAL.parse(as_body({"status": "IN_QUEUE", "status_url": url}))


def test_a_status_of_a_new_word_is_asked_again_unless_it_comes_with_an_error() -> None:
    assert FAL.follow(ticket(), as_body({"status": "IN_REVIEW"})) == ticket()
    assert FAL.follow(ticket(), as_body({"status": "done", **IMAGE})) == LINK
    with pytest.raises(BadAnswer, match="out of memory"):
        FAL.follow(ticket(), as_body({"status": "FAILED", "error": "out of memory"}))


@pytest.mark.parametrize("images", [None, [], {}, [1], [{}], [{"url": ""}], [{"url": 5}]])
def test_a_result_without_an_image_may_have_been_charged(images: object) -> None:
    done = Ticket(WireCall("GET", "/x"))
    with pytest.raises(BadAnswer, match="holds no image") as caught:
        FAL.follow(done, as_body({"images": images}))
    assert caught.value.maybe_charged


@pytest.mark.parametrize("kind", ["runner_disconnected", "startup_timeout", "internal_error"])
def test_an_order_that_failed_at_fal_is_quoted_and_costs_nothing(kind: str) -> None:
    body = {"status": "COMPLETED", "error": "Runner was killed", "error_type": kind}
    with pytest.raises(Refused, match="Runner was killed") as caught:
        FAL.follow(ticket(), as_body(body))
    assert "Nothing was charged" in caught.value.hint


@pytest.mark.parametrize("kind", [None, "", 7, ["internal_error"], "bad_request", "value_error"])
def test_an_order_that_failed_for_another_reason_may_have_been_charged(kind: object) -> None:
    body = {"status": "COMPLETED", "error": "not allowed", "error_type": kind}
    with pytest.raises(BadAnswer, match="not allowed"):
        FAL.follow(ticket(), as_body(body))


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (504, {"x-fal-error-type": "request_timeout"}, None),
        (503, {}, "runner_disconnected"),
        (500, {"x-fal-error-type": "runner_server_error"}, "runner_server_error"),
    ],
)
def test_a_question_that_is_told_how_the_image_failed_is_the_last_one(
    status: int, headers: dict[str, str], kind: str | None
) -> None:
    body = as_body({"detail": "Runner was killed", "error_type": kind})
    error = FAL.ended(ticket(), status, headers, body)
    assert type(error) is Refused and "Runner was killed" in error.message
    assert error.hint == "Nothing was charged."


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (502, {}, b"<html>Bad gateway</html>"),
        (500, {"x-fal-error-type": "internal_error"}, b'{"error_type": "internal_error"}'),
        (503, {"x-fal-error-type": ""}, b'{"error_type": ["runner_disconnected"]}'),
        (422, {"x-fal-error-type": "bad_request"}, b'{"detail": []}'),
        (429, {}, b'{"error_type": "runner_disconnected"}'),
    ],
)
def test_a_question_that_failed_itself_is_asked_again(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    assert FAL.ended(ticket(), status, headers, body) is None


def test_where_images_may_be_fetched_from() -> None:
    assert PLATFORM.link_hosts == ("fal.media", ".fal.media")


def test_refusals_in_its_own_words() -> None:
    body = as_body({"detail": [{"loc": ["body", "image_size"], "msg": "too large", "type": "x"}]})
    error = FAL.explain(422, {}, body)
    assert isinstance(error, Refused) and "image_size: too large" in error.message
    error = FAL.explain(401, {}, as_body({"detail": "Cannot access application"}))
    assert isinstance(error, KeyRejected) and "Cannot access application" in error.message


def test_what_a_key_looks_like() -> None:
    key = "80e732af-660e-45cd-bd63-580e4f2a94cc:0123456789abcdef0123456789abcdef"
    assert PLATFORM.key.search(f"FAL_KEY={key} ") and not PLATFORM.key.search(ID)
