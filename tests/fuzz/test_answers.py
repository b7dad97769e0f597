"""Whatever a platform answers is an image or one of our errors, and never our key in words."""

from __future__ import annotations

import base64
import gzip
import json
import re
import zlib
from collections.abc import AsyncIterator, Coroutine
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import example, given
from hypothesis import strategies as st

from backend.errors import BadAnswer, LookupFailed, PlaygroundError, Refused, SettingsError
from backend.images import pictures
from backend.providers import PROVIDERS
from backend.providers.base import Provider
from backend.providers.comfyui_workflow import read_workflow
from backend.providers.retry import next_step, parse_retry_after
from backend.redact import forms
from backend.types import Answered, Link, RawImage, Ticket
from backend.wire.body import unpacked, without
from backend.wire.client import Api
from tests.fuzz.inputs import changed, damaged, json_values, numbers, texts
from tests.http import faults
from tests.unit.comfy_graphs import encode, graph, sampler

T = TypeVar("T")
KEY = "ak_fuzz/Qz7+3e9b1d5a8c2046"
API = Api("https://127.0.0.1", KEY)
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MAX_BYTES = 20_000
NAMES = ("data", "b64_json", "timings", "inference", "status", "message", "detail", "error", "loc",
         "msg", "url", "models", "model_name", "price", "available_balance", "title", "images",
         "info", "seed", "id", "result", "prompt_id", "outputs", "filename", "messages", "output",
         "logs", "status_url", "name", "label", "system", "node_errors")  # fmt: skip
SHOWN = [
    json.loads(text)
    for provider in PROVIDERS.values()
    for text in (provider.platform.answer, *provider.platform.polled)
    if text
]
"""What each platform documents that it answers."""

images = st.sampled_from(
    [
        *(faults.png(8, 8), faults.png(9, 7, noise=True), faults.bomb_png(50_000)),
        *(faults.picture("JPEG", 16, 16), faults.picture("WEBP", 16, 16), b"GIF89a", b""),
    ]
)
encoded = st.one_of(
    damaged(images).map(lambda data: base64.b64encode(data).decode()),
    damaged(images.map(base64.b64encode)).map(lambda data: data.decode("latin-1")),
    damaged(images).map(lambda data: f"data:image/png;base64,{base64.b64encode(data).decode()}"),
)
telling = st.one_of(
    st.sampled_from(sorted(forms(KEY))),
    st.sampled_from([f"Authorization: Bearer {KEY}", "<html>no</html>", "failed", "Image"]),
)
anything = json_values(NAMES, encoded, telling)
quoted = st.one_of(  # where a platform's own words are looked for
    telling.map(lambda text: {"status": "failed", "message": text}),
    telling.map(lambda text: {"detail": text}),
    telling.map(lambda text: {"detail": [{"loc": ["body", text], "msg": text}]}),
    telling.map(lambda text: {"error": {"message": text, "code": text}}),
)
documents = st.one_of(
    anything,
    quoted,
    changed(json.loads(faults.document(faults.png(8, 8))), st.one_of(anything, encoded)),
    st.sampled_from(SHOWN).flatmap(lambda shown: changed(shown, st.one_of(anything, encoded))),
    changed(faults.MODELS, anything),
    changed(faults.CREDITS, anything),
    changed({"detail": [{"loc": ["body", "width"], "msg": "too large", "type": "x"}]}, anything),
)


def as_json(document: Any, form: str) -> bytes:
    """Return JSON as some program may write it; `escaped` has no character of the key in it."""
    text = json.dumps(document, ensure_ascii=form != "utf-8")
    if form == "escaped":
        text = text.replace(KEY, "".join(f"\\u{ord(c):04x}" for c in KEY))
    return text.encode("utf-8", "surrogatepass")


written = st.builds(as_json, documents, st.sampled_from(["ascii", "utf-8", "escaped"]))
bodies = st.one_of(
    written,
    damaged(written),
    st.binary(max_size=300),
    st.builds(lambda depth: b"[" * depth, st.integers(900, 200_000)),
)
providers = st.sampled_from(list(PROVIDERS.values()))


def now(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine returns that has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    raise AssertionError("it waited")


async def received(body: bytes, cuts: list[int], packing: str) -> bytes:
    """Return a body as it reaches a provider: in pieces, unpacked, without our key."""

    async def pieces() -> AsyncIterator[bytes]:
        at = 0
        for size in cuts:
            yield body[at : at + size]
            at += size
        yield body[at:]

    arrived = [p async for p in without(KEY, unpacked(pieces(), packing, MAX_BYTES))]
    return b"".join(arrived)


def words_of(error: PlaygroundError) -> str:
    told = str(API.keyless(error))
    assert error.message, "an error without a word"
    assert not [form for form in forms(KEY) if form in told], "the key is told"
    return told


@given(bodies, st.lists(st.integers(1, 40), max_size=20), providers)
@example(b'{"data": [{"b64_json": "' + b"A" * 1100 + b'"}], "message": "' + KEY.encode(), [], None)
def test_a_paid_answer_is_an_image_or_says_what_is_wrong_with_it(
    body: bytes, cuts: list[int], provider: Any
) -> None:
    provider = provider or next(iter(PROVIDERS.values()))
    try:
        makes_sense(provider.parse(now(received(body, cuts, "identity"))))
    except BadAnswer as error:
        assert error.maybe_charged and words_of(error)


def makes_sense(answered: Answered) -> None:
    """Check an answer that was taken. Raises: BadAnswer where its image is none."""
    if isinstance(answered, Ticket):
        for call in (answered.poll, *([answered.cancel] if answered.cancel else [])):
            assert re.fullmatch(r"(/[\w.-]+)+(\?\w+=[\w-]+)?", call.path, re.ASCII), call.path
            assert ".." not in call.path.split("/")
        assert answered.poll.method == "GET" and 0 <= answered.wait_s <= 60
        return
    assert answered.seconds is None or 0 <= answered.seconds < 1e9
    assert answered.seed is None or 0 <= answered.seed < 2**64
    if isinstance(answered, Link):
        assert isinstance(answered.url, str) and answered.url
    else:
        info = pictures.verify(answered.data)
        assert isinstance(answered, RawImage) and info.width_px * info.height_px <= 40_000_000


def tickets_of(provider: Provider) -> list[Ticket]:
    """Return the questions that a provider's documented answers lead to."""
    try:
        step = provider.parse(provider.platform.answer.encode())
    except BadAnswer:
        return []
    steps = [step, provider.lost("0123456789abcdef" * 2)]
    for answer in provider.platform.polled:
        if isinstance(step, Ticket):
            step = provider.follow(step, answer.encode())
            steps.append(step)
    return [step for step in steps if isinstance(step, Ticket)]


ASKED = [(provider, ticket) for provider in PROVIDERS.values() for ticket in tickets_of(provider)]
assert len(ASKED) > 8


@given(bodies, st.lists(st.integers(1, 40), max_size=20), st.sampled_from(ASKED))
def test_an_answer_to_a_question_is_taken_leads_on_or_says_what_is_wrong_with_it(
    body: bytes, cuts: list[int], asked: tuple[Provider, Ticket]
) -> None:
    provider, ticket = asked
    try:
        makes_sense(provider.follow(ticket, now(received(body, cuts, "identity"))))
    except BadAnswer as error:
        assert error.maybe_charged and words_of(error)
    except Refused as error:
        assert not error.maybe_charged and words_of(error)


@given(
    st.integers(300, 599),
    st.dictionaries(st.just("x-fal-error-type"), texts),
    bodies,
    st.sampled_from(ASKED),
)
def test_a_refused_question_says_of_the_image_that_it_failed_or_nothing(
    status: int, headers: dict[str, str], body: bytes, asked: tuple[Provider, Ticket]
) -> None:
    provider, ticket = asked
    error = provider.ended(
        ticket, status, headers, now(received(body[:MAX_BYTES], [9], "identity"))
    )
    if error is not None:
        assert status >= 500 and type(error) is Refused and words_of(error)


@given(st.binary(max_size=400), st.lists(st.integers(1, 40), max_size=20), st.data())
def test_packed_bodies_are_bounded_or_refused(body: bytes, cuts: list[int], data: Any) -> None:
    packed = st.sampled_from([body, gzip.compress(body * 100), zlib.compress(body), b""])
    sent = data.draw(st.one_of(packed, damaged(packed)))
    packing = data.draw(st.one_of(st.sampled_from(["gzip", "deflate", " GZIP ", "br", ""]), texts))
    try:
        arrived = now(received(sent, cuts, packing))
    except BadAnswer as error:
        assert words_of(error)
    else:
        assert len(arrived) <= MAX_BYTES and KEY.encode() not in arrived


@given(bodies, st.integers(0, 40), providers)
def test_the_key_is_cut_out_of_what_comes_in_pieces(body: bytes, at: int, provider: Any) -> None:
    at %= len(body) + 1
    body = body[:at] + KEY.encode() + body[at:]
    assert KEY.encode() not in now(received(body[:MAX_BYTES], [at, 3, 1, 7], "identity"))


@given(
    st.integers(300, 599),
    st.dictionaries(
        st.sampled_from(["retry-after", "date", "content-type", "server"]),
        st.one_of(texts, numbers.map(str), st.just("Sat, 28 Nov 2026 12:00:00 GMT")),
    ),
    bodies,
    providers,
)
def test_a_refusal_is_one_of_our_errors_whatever_it_says(
    status: int, headers: dict[str, str], body: bytes, provider: Any
) -> None:
    arrived = now(received(body[:MAX_BYTES], [9], "identity"))
    error = provider.explain(status, headers, arrived, now=NOW)
    assert isinstance(error, PlaygroundError) and len(words_of(error)) < 2_000
    clear = provider.platform.local and provider.lost("0" * 32) is None
    free = 400 <= status < (600 if clear else 500)
    assert error.maybe_charged != free, "what a 4xx made is charged"
    wait_s = next_step(error, 1)
    assert wait_s is None or (0 <= wait_s <= 120 and not error.maybe_charged)


@given(st.one_of(texts, numbers.map(str), st.text(alphabet="0123456789:, MonJaGT+-", max_size=40)))
def test_a_time_to_wait_is_seconds_up_to_a_year_or_none(value: str) -> None:
    wait_s = parse_retry_after(value, NOW)
    assert wait_s is None or 0 <= wait_s <= 366 * 86_400


@given(bodies, providers)
def test_free_answers_are_read_or_refused_in_words(body: bytes, provider: Any) -> None:
    arrived = now(received(body[:MAX_BYTES], [9], "identity"))
    try:
        for model in provider.parse_models(arrived):
            assert model.id and (model.price is None or model.price >= 0)
    except LookupFailed as error:
        assert words_of(error)
    try:
        balance = provider.parse_credits(arrived)
    except LookupFailed as error:
        assert words_of(error)
    else:
        assert isinstance(balance, Decimal) and balance.is_finite()


graphs = st.one_of(
    anything,
    changed(
        graph(n2=encode("{{prompt}}"), n5=sampler(seed="{{seed}}", steps="{{steps=3}}")), anything
    ),
)


@given(graphs.map(json.dumps), st.dictionaries(st.sampled_from(["prompt", "seed"]), texts))
def test_a_workflow_is_filled_or_refused_in_words(text: str, given_: dict[str, Any]) -> None:
    try:
        workflow = read_workflow("mine", text)
    except SettingsError as error:
        assert error.hint and "mine" in words_of(error) and len(words_of(error)) < 2_000
    else:
        assert {spec.name for spec in workflow.params} >= {"prompt"}
        json.dumps(workflow.filled(given_))
