"""The platform's payloads, compared whole, and its answers."""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from backend.errors import (
    BadAnswer,
    KeyRejected,
    LookupFailed,
    NoCredit,
    PlaygroundError,
    RateLimited,
    Refused,
    ServerTrouble,
)
from backend.providers import PROVIDERS
from backend.providers.base import RemoteModel
from backend.types import GenerationRequest, RawImage, WireCall
from tests.http.faults import document, png
from tests.unit.provider_requests import BIG, FLUX, SDXL, encoded

# --- the platform itself ----------------------------------------------------------------------

BLOCK = PROVIDERS["sentry_block"]


def test_the_payload_of_a_model_without_a_seed() -> None:
    assert BLOCK.build(SDXL) == WireCall(
        "POST",
        "/images/generation",
        {
            "model": "stabilityai/stable-diffusion-xl-base-1.0",
            "prompt": "a flying cat",
            "width": 1024,
            "height": 1024,
            "num_steps": 25,
            "guidance_scale": 9,
        },
    )


def test_the_payload_of_a_model_with_a_seed_in_its_order() -> None:
    call = BLOCK.build(FLUX)
    assert json.dumps(call.json) == (
        '{"model": "black-forest-labs/FLUX.1-schnell", "prompt": "a flying cat", "width": 1024, '
        '"height": 768, "num_steps": 4, "guidance_scale": 3.5, "seed": 0}'
    )


def test_a_value_never_replaces_what_was_asked_for() -> None:
    call = BLOCK.build(GenerationRequest("m", "p", {"model": "dearer", "prompt": "x", "seed": 1}))
    assert call.json == {"model": "m", "prompt": "p"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (document(data=[]), "holds no image"),
        (document(data={}), "holds no image"),
        (document(data=[None]), "holds no image"),
        (document(data=[{"b64_json": None}]), "holds no image"),
        (document(data=[{"b64_json": ""}]), "holds no image"),
        (document(data=[{"b64_json": 5}]), "holds no image"),
        (document(data=[{"url": "https://evil.example/x.png"}]), "a link instead of an image"),
        (b'{"status": "failed", "message": "no gpu left"}', 'failed. It says: "no gpu left".'),
        (b"", "The answer was empty"),
        (b"<html>", "Something in front of the platform answered with a web page"),
        (b"upstream timeout", 'in front of the platform answered: "upstream timeout".'),
        (document("AAA"), "not clean base64"),
        (document(png()[:-12]), "cut short"),
    ],
)
def test_an_answer_without_an_image_says_what_it_holds(answer: bytes, said: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        BLOCK.parse(answer)
    assert said in caught.value.message


def test_a_paid_image_is_kept_whatever_surrounds_it() -> None:
    for changes in ({"status": "failed"}, {"message": None}, {"model": 5}, {"object": []}):
        assert BLOCK.parse(document(BIG, **changes)).data == BIG


@pytest.mark.parametrize("seconds", [float("nan"), float("-inf"), -1, "1", None, True, [], 10**400])
def test_a_senseless_time_is_no_time(seconds: Any) -> None:
    for image in (png(), BIG):
        answer = document(image, seconds=seconds)
        assert BLOCK.parse(answer) == RawImage(image, None)


@pytest.mark.parametrize("timings", [None, 5, [], {}, "x"])
def test_missing_timings_are_no_time(timings: Any) -> None:
    item = {"timings": timings, "b64_json": base64.b64encode(BIG).decode()}
    assert BLOCK.parse(document(data=[item])) == RawImage(BIG, None)


DECOY = encoded(png(60, 60, noise=True))
UNUSUAL = {
    "another b64_json before": {"b64_json": DECOY, "data": [{"b64_json": encoded(BIG)}]},
    "another b64_json in the item": {
        "data": [{"a": {"b64_json": DECOY}, "b64_json": encoded(BIG)}]
    },
    "a second image": {"data": [{"b64_json": encoded(BIG)}, {"b64_json": DECOY}]},
    "the words in a message": {
        "message": f'"b64_json": "{DECOY}"',
        "data": [{"b64_json": encoded(BIG)}],
    },
    "the words as a key's end": {'x"b64_json': DECOY, "data": [{"b64_json": encoded(BIG)}]},
    "the words as a value": {"note": "b64_json", "data": [{"b64_json": encoded(BIG)}]},
}


@pytest.mark.parametrize("spaces", [None, 2, "\t"])
@pytest.mark.parametrize("kind", UNUSUAL)
def test_the_quick_way_finds_the_same_image_as_the_thorough_one(kind: str, spaces: Any) -> None:
    body = json.dumps(UNUSUAL[kind], indent=spaces).encode()
    assert BLOCK.parse(body).data == BIG
    escaped = body.replace(b"/", b"\\/")
    assert BLOCK.parse(escaped).data == BIG
    assert BLOCK.parse(body.decode().encode("utf-16")).data == BIG


@pytest.mark.parametrize(
    "body",
    [
        {"b64_json": DECOY, "data": []},
        {"data": {"b64_json": DECOY}},
        {"data": [{"x": 1}, {"b64_json": DECOY}]},
        {"data": [[{"b64_json": DECOY}]]},
    ],
)
def test_an_image_in_the_wrong_place_is_not_taken(body: Any) -> None:
    with pytest.raises(BadAnswer):
        BLOCK.parse(json.dumps(body).encode())


def test_parsing_costs_little_more_than_decoding() -> None:
    body, text = document(BIG), encoded(BIG).encode()

    def took_s(work: Callable[[], object]) -> float:
        started = time.thread_time()  # a busy computer does not count
        work()
        return time.thread_time() - started

    both = [
        (
            took_s(lambda: binascii.a2b_base64(text, strict_mode=True)),
            took_s(lambda: BLOCK.parse(body)),
        )
        for _ in range(25)
    ]
    floor_s, parse_s = (min(times) for times in zip(*both, strict=True))
    assert parse_s < floor_s * 1.3 + 0.0001


@pytest.mark.parametrize(
    ("status", "kind"), [(401, KeyRejected), (402, NoCredit), (422, Refused), (504, ServerTrouble)]
)
def test_statuses_have_their_own_errors(status: int, kind: type[PlaygroundError]) -> None:
    assert type(BLOCK.explain(status, {}, b'{"message": "no"}')) is kind


@pytest.mark.parametrize(
    ("body", "said", "field"),
    [
        ({"status": "failed", "message": "too wide"}, 'It says: "too wide".', None),
        ({"error": {"message": "too wide"}}, 'It says: "too wide".', None),
        ({"error": "too wide"}, 'It says: "too wide".', None),
        ({"detail": "too wide"}, 'It says: "too wide".', None),
        (
            {"detail": [{"loc": ["body", "width"], "msg": "too wide"}]},
            'It says: "width: too wide".',
            "width",
        ),
        ({"message": 5, "detail": [5, {"loc": "x"}]}, "", None),
    ],
)
def test_the_platforms_words_are_found_and_the_field_named(
    body: Any, said: str, field: str | None
) -> None:
    error = BLOCK.explain(422, {}, json.dumps(body).encode())
    assert said in error.message and error.field == field


NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "Sun, 22 Nov 2026 12:01:00 GMT"}, 60.0),
        # our clock is a day ahead, or a day back: the answer's own Date counts
        (
            {
                "Date": "Sat, 21 Nov 2026 12:00:00 GMT",
                "Retry-After": "Sat, 21 Nov 2026 12:01:00 GMT",
            },
            60.0,
        ),
        (
            {
                "date": "Mon, 23 Nov 2026 12:00:00 GMT",
                "retry-after": "Mon, 23 Nov 2026 12:01:00 GMT",
            },
            60.0,
        ),
        ({"Date": "rubbish", "Retry-After": "rubbish"}, None),
    ],
)
def test_429_counts_from_the_platforms_own_clock(
    headers: dict[str, str], wait_s: float | None
) -> None:
    error = BLOCK.explain(429, headers, b"", now=NOW)
    assert isinstance(error, RateLimited) and error.retry_after_s == wait_s


def test_a_long_429_says_until_when() -> None:
    hint = BLOCK.explain(429, {"Retry-After": "3600"}, b"", now=NOW).hint
    assert "until 2026-11-22 13:00 UTC" in hint


# --- the free answers -------------------------------------------------------------------------


def test_models_are_read_and_what_makes_no_sense_is_left_out() -> None:
    entries = [
        {
            "model_name": "a/b",
            "model_alias": "b",
            "model_type": "Image",
            "description": "An\nimage",
            "price": 0.009,
        },
        {"model_name": "c", "price": "0.10"},
        {"model_name": "d", "price": "free"},
        {"model_name": "e", "price": -1},
        {"model_name": "f", "price": float("nan")},
        {"model_name": ""},
        {"model_name": None},
        {},
        None,
        5,
    ]
    body = json.dumps({"data": {"models": entries}, "status": "success"}).encode()
    assert BLOCK.parse_models(body) == [
        RemoteModel("a/b", Decimal("0.009"), makes_images=True),
        RemoteModel("c", Decimal("0.10"), makes_images=False),
        RemoteModel("d", None, makes_images=False),
        RemoteModel("e", None, makes_images=False),
        RemoteModel("f", None, makes_images=False),
    ]


@pytest.mark.parametrize(
    ("told", "balance"),
    [
        ('"1228.55600"', "1228.55600"),
        ("12.10", "12.10"),
        ("-0.5", "-0.5"),
        ('" 1 "', "1"),
        ("0", "0"),
    ],
)
def test_the_balance_is_exact(told: str, balance: str) -> None:
    body = f'{{"data": {{"available_balance": {told}}}, "status": "success"}}'.encode()
    assert str(BLOCK.parse_credits(body)) == balance


@pytest.mark.parametrize(
    "told",
    [
        *("1e9", "1e999999999", "-1e999999999", '"1e13"', f'"{"1" * 100}"'),
        *("1" * 4_000, "1" * 5_000, "0." + "1" * 9_000, "1" + "0" * 70 + ".5"),
    ],
)
def test_an_amount_that_nobody_has_is_none(told: str) -> None:
    body = f'{{"data": {{"available_balance": {told}}}, "status": "success"}}'.encode()
    with pytest.raises(LookupFailed):
        BLOCK.parse_credits(body)


def test_an_amount_with_a_billion_zeros_is_nothing() -> None:
    body = b'{"data": {"available_balance": 1e-999999999}, "status": "success"}'
    assert f"{BLOCK.parse_credits(body):f}" == "0"


FLOODS = {
    "lists": b"[" + b"[]," * 13_000_000 + b"1]",
    "objects": b"[" + b"{}," * 13_000_000 + b"1]",
    "numbers": b"[" + b"1," * 19_000_000 + b"1]",
    "deep": b"[" * 39_000_000,
    "long": b'{"data": 1.' + b"1" * 39_000_000 + b"}",
    "whole": b'{"data": ' + b"1" * 39_000_000 + b"}",
    "around an image": document(BIG)[:-1] + b',"x":[' + b"[]," * 12_000_000 + b"1]}",
}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_of_json_is_refused_without_building_what_it_says(kind: str) -> None:
    began = time.thread_time()
    with pytest.raises(BadAnswer):
        BLOCK.parse(FLOODS[kind])
    assert time.thread_time() - began < 2.5  # parsing 40 MB of "[]," took ten
    with pytest.raises(LookupFailed):
        BLOCK.parse_models(FLOODS[kind])
