"""What every provider in the registry must keep."""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Callable
from types import MappingProxyType
from uuid import UUID

import pytest

from backend.errors import (
    BadAnswer,
    LookupFailed,
    PlaygroundError,
)
from backend.providers import PROVIDERS
from backend.providers.base import Auth, Provider
from backend.types import GenerationRequest, Link, RawImage, Ticket, WireCall
from tests.http.faults import picture, png
from tests.unit.provider_requests import BIG, FLUX, SDXL, encoded

IMAGES = {"png": png(), "jpeg": picture("JPEG"), "webp": picture("WEBP"), "1.9 MB": BIG}


@pytest.fixture(params=PROVIDERS, ids=str)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def provider(name: str) -> Provider:
    """Return the provider, with workflows of the models that are asked for where it needs some."""
    graph = {"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "{{prompt}}"}}}
    names = (SDXL.model, FLUX.model, "m")
    return PROVIDERS[name].with_workflows(dict.fromkeys(names, json.dumps(graph)))


@pytest.fixture(params=[n for n, p in PROVIDERS.items() if p.platform.image_at], ids=str)
def told(request: pytest.FixtureRequest) -> Provider:
    """Return a provider whose paid answer holds the image as base64."""
    return PROVIDERS[request.param]


@pytest.fixture
def wrap(told: Provider) -> Callable[..., bytes]:
    """Return what puts an image, as bytes or ready base64, into the documented answer."""
    provider = told

    def wrapped(image: bytes | str) -> bytes:
        answer = json.loads(provider.platform.answer)
        *way, last = provider.platform.image_at
        place = answer
        for step in way:
            place = place[step]
        assert place[last], "the documented answer has no image at `image_at`"
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


def free_calls(provider: Provider) -> list[WireCall]:
    asked = [provider.models_call(), provider.credits_call(), *provider.choices_calls().values()]
    asked.append(provider.loaded_call())
    return [call for call in asked if call is not None]


def test_no_call_depends_on_or_holds_a_key(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = [provider.build(FLUX), *free_calls(provider)]
    monkeypatch.setenv("API_KEY", "ak_from_the_environment")
    assert calls == [provider.build(FLUX), *free_calls(provider)]
    assert "ak_" not in repr(calls) and "uthoriz" not in repr(calls)


def test_free_calls_are_gets_without_a_body(provider: Provider) -> None:
    for call in free_calls(provider):
        assert (call.method, call.json) == ("GET", None) and call.path.startswith("/")


def test_an_id_of_ours_changes_nothing_but_itself(provider: Provider) -> None:
    def told(id: str) -> str:
        call = provider.build(FLUX, id)
        as_uuid = str(UUID(id))
        return json.dumps([call.path, call.json]).replace(id, "ID").replace(as_uuid, "ID")

    assert told("a" * 32) == told("b" * 32)


def test_what_is_known_of_a_platform_holds_together(name: str, provider: Provider) -> None:
    platform = provider.platform
    assert platform.name == name and platform.label and platform.env.isupper()
    assert platform.url == "" or platform.url.startswith("http")
    assert not platform.url.endswith("/")
    assert platform.local or not platform.url.startswith("http:")
    assert not (platform.local and platform.needs_key)
    assert platform.nameless <= platform.local
    assert (platform.auth is Auth.NONE) <= (not platform.needs_key)
    assert all(host == host.lower() and "." in host for host in platform.link_hosts)
    assert {p.name for p in platform.params} >= set(provider.choices_calls())


def strings_in(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings_in(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings_in(part)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("prompt", ["\0", "\ud800", "\u202eabc", "שלום", "🐱" * 1000, '"}]', "\\"])
def test_every_prompt_can_be_built_and_sent(provider: Provider, prompt: str) -> None:
    call = provider.build(GenerationRequest("m", prompt))
    assert any(prompt in text for text in strings_in(json.loads(json.dumps(call.json))))


# --- every provider: parsing ------------------------------------------------------------------


@pytest.mark.parametrize("kind", IMAGES)
def test_parse_returns_the_image_as_it_was(
    told: Provider, wrap: Callable[..., bytes], kind: str
) -> None:
    assert told.parse(wrap(IMAGES[kind])).data == IMAGES[kind]


@pytest.mark.parametrize("kind", IMAGES)
def test_an_answer_that_is_the_image_itself_is_taken_as_it_is(
    provider: Provider, kind: str
) -> None:
    image = IMAGES[kind]
    if provider.platform.answer:  # others answer a picture in nobody's words
        with pytest.raises(BadAnswer):
            provider.parse(image)
    else:
        assert provider.build(FLUX).accept == "image"
        assert provider.parse(image) == RawImage(image)


def test_the_documented_answers_lead_to_an_image(provider: Provider) -> None:
    platform = provider.platform
    if platform.image_at or not platform.answer:
        return
    step = provider.parse(platform.answer.encode())
    for number, answer in enumerate(platform.polled, start=1):
        assert isinstance(step, Ticket) and step.poll.path.startswith("/") and step.wait_s >= 0
        assert step.poll.method == "GET" and "uthoriz" not in repr(step)
        step = provider.follow(step, answer.encode())
        assert isinstance(step, Ticket) == (number < len(platform.polled))
    assert isinstance(step, Link | RawImage)


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


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_for_a_ticket_is_a_bad_answer_and_nothing_else(
    provider: Provider, kind: str
) -> None:
    ticket = Ticket(WireCall("GET", "/jobs/1"))
    if provider.platform.polled:
        step = provider.parse(provider.platform.answer.encode())
        ticket = step if isinstance(step, Ticket) else ticket
    if GARBAGE[kind].decode("latin-1") in provider.platform.polled:
        assert isinstance(provider.follow(ticket, GARBAGE[kind]), Ticket)
        return
    with pytest.raises(BadAnswer):
        provider.follow(ticket, GARBAGE[kind])


def test_any_damage_gives_an_image_or_a_bad_answer(
    told: Provider, wrap: Callable[..., bytes]
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
            image = told.parse(bytes(body))
        except BadAnswer:
            continue
        assert image.data and (image.seconds is None or image.seconds >= 0)


def test_every_cut_of_an_answer_is_a_bad_answer(told: Provider, wrap: Callable[..., bytes]) -> None:
    whole = wrap(png(24, 24, noise=True)).rstrip()
    for end in range(len(whole)):
        with pytest.raises(BadAnswer):
            told.parse(whole[:end])


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_base64_cut_anywhere_is_a_bad_answer(
    told: Provider, wrap: Callable[..., bytes], kind: str
) -> None:
    encoded = base64.b64encode(IMAGES[kind]).decode()
    for end in {0, 1, 2, 3, 4, 40, 41, *range(len(encoded) - 40, len(encoded) - 4)}:
        with pytest.raises(BadAnswer):
            told.parse(wrap(encoded[:end] or "="))


@pytest.mark.parametrize(
    "junk", ["!", " ", "\n", "-", "_", "=", "====", "é", "\0", "\ud800", "%2B"]
)
@pytest.mark.parametrize("size", [24, 200], ids=["small", "large"])
def test_junk_in_base64_is_never_dropped_in_silence(
    told: Provider, wrap: Callable[..., bytes], junk: str, size: int
) -> None:
    encoded = base64.b64encode(png(size, size, noise=True)).decode().rstrip("=")
    encoded = encoded[: len(encoded) // 4 * 4]
    for at in (0, 5, len(encoded) // 2, len(encoded)):
        with pytest.raises(BadAnswer):
            told.parse(wrap(encoded[:at] + junk + encoded[at:]))


def test_a_data_url_prefix_is_taken_off(told: Provider, wrap: Callable[..., bytes]) -> None:
    for image in IMAGES.values():
        url = "data:image/png;base64," + encoded(image)
        assert told.parse(wrap(url)).data == image
    for prefix in ("data:image/png,", "data:", "data:image/png;base64", "http://x/,"):
        with pytest.raises(BadAnswer):
            told.parse(wrap(prefix + encoded(BIG)))


# --- every provider: explaining ---------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"<html>", b"\xff", b"[" * 10_000, b'{"m'])
@pytest.mark.parametrize("status", [100, 204, 302, 400, 401, 418, 429, 499, 500, 503, 599, 999])
def test_every_failure_has_an_error_with_a_hint(
    provider: Provider, status: int, body: bytes
) -> None:
    error = provider.explain(status, {}, body)
    assert isinstance(error, PlaygroundError) and error.message and error.hint
    # Whoever can be asked what became of it is asked.
    clear = provider.platform.local and provider.lost("0" * 32) is None
    free = range(400, 600) if clear else range(400, 500)
    assert error.maybe_charged == (status not in free)
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
    for read in (provider.parse_models, provider.parse_credits, provider.parse_loaded):
        with pytest.raises(LookupFailed, match="Nothing was charged"):
            read(body)
