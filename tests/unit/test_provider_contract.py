"""What every provider in the registry must keep."""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Callable
from types import MappingProxyType

import pytest

from backend.errors import (
    BadAnswer,
    LookupFailed,
    PlaygroundError,
)
from backend.providers import PROVIDERS
from backend.providers.base import Provider
from backend.types import GenerationRequest, WireCall
from tests.http.faults import picture, png
from tests.unit.provider_requests import BIG, FLUX, SDXL, encoded

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
