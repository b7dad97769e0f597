"""What every provider in the registry must keep, and the platform's payloads compared whole."""

from __future__ import annotations

import base64
import binascii
import json
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
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
from backend.providers.base import Provider, RemoteModel
from backend.types import GenerationRequest, RawImage, WireCall
from tests.http.faults import document, picture, png

SDXL = GenerationRequest(
    "stabilityai/stable-diffusion-xl-base-1.0",
    "a flying cat",
    {
        "negative_prompt": None,
        "width": 1024,
        "height": 1024,
        "num_steps": 25,
        "guidance_scale": 9,
    },
)
FLUX = GenerationRequest(
    "black-forest-labs/FLUX.1-schnell",
    "a flying cat",
    {"width": 1024, "height": 768, "num_steps": 4, "guidance_scale": 3.5},
    seed=0,
)
BIG = png(800, 800, noise=True)
IMAGES = {"png": png(), "jpeg": picture("JPEG"), "webp": picture("WEBP"), "1.9 MB": BIG}


@pytest.fixture(params=PROVIDERS, ids=str)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def provider(name: str) -> Provider:
    return PROVIDERS[name]


@pytest.fixture
def wrap(provider: Provider) -> Callable[..., bytes]:
    """Return what puts an image, as bytes or ready base64, into the documented answer."""

    def wrapped(image: bytes | str) -> bytes:
        answer = json.loads(provider.platform.answer)
        *way, last = provider.platform.image_at
        place = answer
        for step in way:
            place = place[step]
        assert last in place, "the documented answer has no image at `image_at`"
        place[last] = image if isinstance(image, str) else encoded(image)
        return json.dumps(answer).encode()

    return wrapped


# --- every provider: building -----------------------------------------------------------------


@pytest.mark.parametrize("request_", [SDXL, FLUX], ids=["sdxl", "flux"])
def test_build_is_pure(provider: Provider, request_: GenerationRequest) -> None:
    frozen = GenerationRequest(
        request_.model, request_.prompt, MappingProxyType(dict(request_.values)), request_.seed
    )
    first = provider.build(frozen)
    assert provider.build(frozen) == first and frozen == request_
    assert isinstance(first, WireCall) and first.method == "POST" and first.path.startswith("/")
    assert json.loads(json.dumps(first.json)) == first.json


def test_no_call_depends_on_or_holds_a_key(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [provider.build(FLUX), provider.models_call(), provider.credits_call()]
    monkeypatch.setenv("API_KEY", "ak_from_the_environment")
    assert calls == [provider.build(FLUX), provider.models_call(), provider.credits_call()]
    assert "ak_" not in repr(calls) and "uthoriz" not in repr(calls)


def test_free_calls_are_gets_without_a_body(provider: Provider) -> None:
    for call in (provider.models_call(), provider.credits_call()):
        assert (call.method, call.json) == ("GET", None) and call.path.startswith("/")


@pytest.mark.parametrize("prompt", ["\0", "\ud800", "\u202eabc", "שלום", "🐱" * 1000, '"}]', "\\"])
def test_every_prompt_can_be_built_and_sent(provider: Provider, prompt: str) -> None:
    call = provider.build(GenerationRequest("m", prompt))
    assert call.json is not None
    assert prompt in json.loads(json.dumps(call.json)).values()


# --- every provider: parsing ------------------------------------------------------------------


@pytest.mark.parametrize("kind", IMAGES)
def test_parse_returns_the_image_as_it_was(
    provider: Provider, wrap: Callable[..., bytes], kind: str
) -> None:
    assert provider.parse(wrap(IMAGES[kind])).data == IMAGES[kind]


GARBAGE = {
    "empty": b"",
    "blanks": b" \n\t",
    "html": b"<!doctype html><html><body>502 Bad Gateway</body></html>",
    "text": b"upstream request timeout",
    "null": b"null",
    "number": b"1e999",
    "NaN": b"NaN",
    "huge number": b"9" * 10_000,
    "string": b'"b64_json"',
    "list": b"[]",
    "object": b"{}",
    "lone quote": b'{"b64_json":"',
    "nothing after the key": b'"b64_json"',
    "not UTF-8": b'{"data": "\xff\xfe\xfa"}',
    "UTF-16": '{"data": []}'.encode("utf-16"),
    "lone surrogate": b'{"data": [{"b64_json": "\\ud800"}], "message": "\\udfff"}',
    "deep": b'{"data":' * 5_000 + b"1" + b"}" * 5_000,
    "10 MB of [": b"[" * 10_000_000,
    "a deep image": b'{"data": [{"b64_json": "' + b"A" * 2000 + b'"}], "x": ' + b"[" * 10**6,
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_a_bad_answer_and_nothing_else(provider: Provider, kind: str) -> None:
    started = time.perf_counter()
    with pytest.raises(BadAnswer) as caught:
        provider.parse(GARBAGE[kind])
    assert time.perf_counter() - started < 5
    assert caught.value.maybe_charged and "may have been charged" in caught.value.hint
    str(caught.value).encode()  # fit for a page: no lone surrogates


def test_any_damage_gives_an_image_or_a_bad_answer(
    provider: Provider, wrap: Callable[..., bytes]
) -> None:
    rng = random.Random(1)
    whole = wrap(png(24, 24, noise=True))
    spots = [*range(140), *range(len(whole) - 80, len(whole))]
    for _ in range(3000):
        body = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            at = rng.choice(spots) if rng.random() < 0.8 else rng.randrange(len(body))
            body[at : at + rng.randint(0, 3)] = rng.choice(
                [b"", b'"', b"[", b"}", b"null", b"\\", b"\xff", b"\0", b'{"', b"=", b",", b"1e9"]
            )
        try:
            image = provider.parse(bytes(body))
        except BadAnswer:
            continue
        assert image.data and (image.seconds is None or image.seconds >= 0)


def test_every_cut_of_an_answer_is_a_bad_answer(
    provider: Provider, wrap: Callable[..., bytes]
) -> None:
    whole = wrap(png(24, 24, noise=True)).rstrip()
    for end in range(len(whole)):
        with pytest.raises(BadAnswer):
            provider.parse(whole[:end])


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_base64_cut_anywhere_is_a_bad_answer(
    provider: Provider, wrap: Callable[..., bytes], kind: str
) -> None:
    encoded = base64.b64encode(IMAGES[kind]).decode()
    for end in {0, 1, 2, 3, 4, 40, 41, *range(len(encoded) - 40, len(encoded) - 4)}:
        with pytest.raises(BadAnswer):
            provider.parse(wrap(encoded[:end] or "="))


@pytest.mark.parametrize(
    "junk", ["!", " ", "\n", "-", "_", "=", "====", "é", "\0", "\ud800", "%2B"]
)
@pytest.mark.parametrize("size", [24, 200], ids=["small", "large"])
def test_junk_in_base64_is_never_dropped_in_silence(
    provider: Provider, wrap: Callable[..., bytes], junk: str, size: int
) -> None:
    encoded = base64.b64encode(png(size, size, noise=True)).decode().rstrip("=")
    encoded = encoded[: len(encoded) // 4 * 4]
    for at in (0, 5, len(encoded) // 2, len(encoded)):
        with pytest.raises(BadAnswer):
            provider.parse(wrap(encoded[:at] + junk + encoded[at:]))


def test_a_data_url_prefix_is_taken_off(provider: Provider, wrap: Callable[..., bytes]) -> None:
    for image in IMAGES.values():
        url = "data:image/png;base64," + encoded(image)
        assert provider.parse(wrap(url)).data == image
    for prefix in ("data:image/png,", "data:", "data:image/png;base64", "http://x/,"):
        with pytest.raises(BadAnswer):
            provider.parse(wrap(prefix + encoded(BIG)))


# --- every provider: explaining ---------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"<html>", b"\xff", b"[" * 10_000, b'{"m'])
@pytest.mark.parametrize("status", [100, 204, 302, 400, 401, 418, 429, 499, 500, 503, 599, 999])
def test_every_failure_has_an_error_with_a_hint(
    provider: Provider, status: int, body: bytes
) -> None:
    error = provider.explain(status, {}, body)
    assert isinstance(error, PlaygroundError) and error.message and error.hint
    assert error.maybe_charged == (not 400 <= status < 500)
    assert ("may have been charged" in str(error)) == error.maybe_charged
    assert ("Nothing was charged" in str(error)) != error.maybe_charged
    assert str(status) in error.message and "!" not in str(error)


def test_foreign_words_are_short_plain_and_without_keys(provider: Provider) -> None:
    words = "bad \x00\x1b[31m\u202e\u200b\nkey ak_live_12345 Bearer abcdef " + "x" * 10_000
    message = provider.explain(422, {}, json.dumps({"message": words}).encode()).message
    quote = message.split('"')[1]
    assert quote.startswith("bad [31m key [key] Bearer [key] xxx") and len(quote) == 300
    assert quote.isprintable()


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
        (b'{"status": "failed", "message": "no gpu left"}', 'failed. It says: "no gpu left"'),
        (b"", "The answer was empty"),
        (b"<html>", "Something in front of the platform answered with a web page"),
        (b"upstream timeout", 'in front of the platform answered: "upstream timeout"'),
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


def encoded(image: bytes) -> str:
    return base64.b64encode(image).decode()


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
        ({"status": "failed", "message": "too wide"}, 'It says: "too wide"', None),
        ({"error": {"message": "too wide"}}, 'It says: "too wide"', None),
        ({"error": "too wide"}, 'It says: "too wide"', None),
        ({"detail": "too wide"}, 'It says: "too wide"', None),
        (
            {"detail": [{"loc": ["body", "width"], "msg": "too wide"}]},
            'It says: "width: too wide"',
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


BAD_FREE = [
    *GARBAGE.values(),
    b'{"status": "failed", "message": "down"}',
    b'{"data": {"available_balance": "NaN", "models": {}}}',
    b'{"data": {"available_balance": true, "models": "x"}}',
    b'{"data": {"available_balance": Infinity}}',
    b'{"data": {"available_balance": ""}}',
]


@pytest.mark.parametrize("body", BAD_FREE, ids=lambda body: repr(body[:24]))
def test_a_free_answer_that_cannot_be_read_is_not_called_charged(
    provider: Provider, body: bytes
) -> None:
    for read in (provider.parse_models, provider.parse_credits):
        with pytest.raises(LookupFailed, match="Nothing was charged"):
            read(body)
