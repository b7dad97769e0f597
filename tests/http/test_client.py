"""Every fault of the wire on a real socket: its error, whether it may cost, how often it left."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import os
import resource
import ssl
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from backend.errors import (
    AccessDenied,
    BadAnswer,
    KeyRejected,
    LookupFailed,
    NoAnswer,
    NoCredit,
    NotFound,
    NotSent,
    PlaygroundError,
    RateLimited,
    Refused,
    ServerTrouble,
    SettingsError,
    StorageFull,
    Unreachable,
    Untrusted,
)
from backend.providers import PROVIDERS
from backend.types import GenerationRequest, RawImage, WireCall
from backend.wire.client import Api
from tests.http import faults as f

KEY = "ak_not_a_real_key_0123456789"
PROVIDER = PROVIDERS["sentry_block"]
CALL = PROVIDER.build(GenerationRequest("black-forest-labs/FLUX.1-schnell", "a flying cat", seed=7))


def api(server: f.FaultServer, **changes: object) -> Api:
    options = {"deadline_s": 20.0, "connect_timeout_s": 10.0, **changes}
    return Api(server.base_url, KEY, **options)  # type: ignore[arg-type]


async def outcome(api: Api, spool: Path) -> RawImage:
    """Do what the studio does with one call: send, then explain or parse."""
    answer = await api.send(CALL, spool)
    await answer.synced
    if not answer.ok:
        raise PROVIDER.explain(answer.status, answer.headers, answer.body)
    return PROVIDER.parse(answer.body)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder / "0123abcd"


def left_over(spool: Path) -> list[str]:
    return sorted(path.name for path in spool.parent.iterdir())


JPEG, WEBP, PNG = f.picture("JPEG"), f.picture("WEBP"), f.png()
NAN_TIMES = [float("nan"), -1, "fast", None, True, {}, 10**400, float("inf")]


# --- answers that hold an image ---------------------------------------------------------------


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
@pytest.mark.parametrize("image", [PNG, JPEG, WEBP, f.png(256, 256, noise=True)])
async def test_a_whole_image_arrives_and_is_spooled_as_it_came(
    image: bytes, framing: str, spool: Path
) -> None:
    body = f.document(image)
    async with f.FaultServer() as server:
        server.script(f.raw(body, framing=framing))
        answer = await api(server).send(CALL, spool)
        assert await answer.synced
        assert server.posts == 1
    assert PROVIDER.parse(answer.body) == RawImage(image, 1.25)
    assert answer.spool == spool and spool.read_bytes() == answer.body == body
    assert spool.stat().st_mode & 0o777 == 0o600
    await answer.discard()
    assert left_over(spool) == []


async def test_the_request_is_the_call_with_the_key_in_its_header_alone(spool: Path) -> None:
    async with f.FaultServer() as server:
        await outcome(api(server), spool)
        (request,) = server.requests
    assert request.json() == CALL.json
    assert request.path == "/api/v1/images/generation"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["connection"] == "close"
    assert request.headers["user-agent"].startswith("sentry-block-playground/")
    assert KEY.encode() not in request.body


@pytest.mark.parametrize("seconds", NAN_TIMES, ids=repr)
async def test_a_senseless_time_costs_the_time_and_not_the_image(
    seconds: object, spool: Path
) -> None:
    async with f.FaultServer() as server:
        server.script(f.raw(f.document(PNG, seconds=seconds)))
        assert await outcome(api(server), spool) == RawImage(PNG, None)


@pytest.mark.parametrize("mime", ["text/html", "image/png", "nonsense", ""])
async def test_a_wrong_mime_type_does_not_cost_the_image(mime: str, spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.raw(f.document(PNG), headers=(("Content-Type", mime),)))
        assert (await outcome(api(server), spool)).data == PNG


async def test_a_small_gzip_answer_is_unpacked_although_nobody_asked_for_it(spool: Path) -> None:
    packed = f.Fault(gzip.compress(f.document(PNG)), headers=(("Content-Encoding", "gzip"),))
    async with f.FaultServer() as server:
        server.script(packed)
        assert (await outcome(api(server), spool)).data == PNG


async def test_a_bomb_header_is_passed_on_for_the_image_gate_to_refuse(spool: Path) -> None:
    bomb = f.bomb_png()
    async with f.FaultServer() as server:
        server.script(f.good(bomb))
        assert (await outcome(api(server), spool)).data == bomb


async def test_a_huge_prompt_with_odd_characters_arrives_as_it_was(spool: Path) -> None:
    prompt = "\0\ud800\u202eabc\u05d0🐱" + "x" * 10_000_000
    call = PROVIDER.build(GenerationRequest("m", prompt))
    async with f.FaultServer() as server:
        answer = await api(server).send(call, spool)
        await answer.synced
        assert json.loads(server.bodies[0])["prompt"] == prompt


# --- answers without one ----------------------------------------------------------------------

WHOLE = f.document(f.png(96, 96, noise=True))
CUT = WHOLE[: len(WHOLE) // 2]
B64 = json.loads(WHOLE)["data"][0]["b64_json"]

UNREADABLE = {
    "empty": f.raw(b""),
    "truncated json": f.raw(CUT),
    "truncated json, close": f.raw(CUT, framing="close"),
    "junk base64": f.raw(f.document("!" + B64[1:])),
    "base64 cut at a boundary": f.raw(f.document(B64[: len(B64) // 8 * 4])),
    "base64 cut off a boundary": f.raw(f.document(B64[: len(B64) // 8 * 4 + 1])),
    "cut png": f.good(f.png(96, 96, noise=True)[:9000]),
    "cut jpeg": f.good(JPEG[: len(JPEG) // 2]),
    "cut webp": f.good(WEBP[: len(WEBP) // 2]),
    "no data": f.raw(f.document(data=[])),
    "missing keys": f.raw("{}"),
    "failed in a 200": f.raw('{"status": "failed", "message": "no gpu"}'),
    "html in a 200": f.html(200),
    "10 MB of [": f.raw(b"[" * 10_000_000),
    "204": f.raw(b"", 204, framing="close"),
    "inflating gzip": f.gzipped(),
    "broken gzip": f.Fault(b"not gzip", headers=(("Content-Encoding", "gzip"),)),
    "unknown packing": f.Fault(b"x", headers=(("Content-Encoding", "br"),)),
    "redirect": f.redirect("https://example.invalid/"),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_an_answer_without_an_image_may_have_been_charged(name: str, spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(UNREADABLE[name])
        with pytest.raises(BadAnswer) as caught:
            await outcome(api(server), spool)
        assert server.posts == server.connections == 1
    assert caught.value.maybe_charged
    assert "may have been charged" in caught.value.hint
    assert not spool.with_name(spool.name + ".part").exists()


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
async def test_an_answer_above_the_cap_is_given_up(framing: str, spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.raw(b"x" * 500_000, framing=framing))
        with pytest.raises(BadAnswer, match=r"larger than 0\.1 MB"):
            await outcome(api(server, max_body_bytes=100_000), spool)
        assert server.posts == 1
    assert left_over(spool) == []


async def test_an_answer_that_says_it_is_too_large_is_not_waited_for(spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.raw(b"x" * 500_000, drip_s=0.05))
        with pytest.raises(BadAnswer, match="larger than"):
            await outcome(api(server, max_body_bytes=100_000, deadline_s=1), spool)


async def test_a_gzip_bomb_takes_no_more_memory_than_the_cap(spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.gzipped())
        tracemalloc.start()
        try:
            with pytest.raises(BadAnswer, match="larger than 1 MB"):
                await outcome(api(server, max_body_bytes=1_000_000), spool)
            assert tracemalloc.get_traced_memory()[1] < 8_000_000
        finally:
            tracemalloc.stop()
    assert left_over(spool) == []


async def test_a_gzip_without_its_end_is_cut_short(spool: Path) -> None:
    packed = gzip.compress(f.document(PNG))[:-20]
    async with f.FaultServer() as server:
        server.script(f.Fault(packed, headers=(("Content-Encoding", "gzip"),)))
        with pytest.raises(BadAnswer, match="cut short"):
            await outcome(api(server), spool)
    assert left_over(spool) == []


LOST = {
    "cut on accept": (f.Fault(drop="accept"), 0),
    "reset on accept": (f.Fault(drop="accept", reset=True), 0),
    "cut before headers": (f.Fault(drop="headers"), 1),
    "reset before headers": (f.Fault(drop="headers", reset=True), 1),
    "cut mid-body": (f.cut_mid_body(), 1),
    "cut mid-body, chunked": (f.cut_mid_body("chunked"), 1),
    "reset mid-body": (f.cut_mid_body(reset=True), 1),
    "reset mid-body, no length": (f.cut_mid_body("close", reset=True), 1),
    "not http": (f.Fault(headers=(("A b", "c"),)), 1),
    "endless headers": (f.Fault(headers=(("A", "x" * 300_000),)), 1),
    "header stall": (f.header_stall(), 1),
    "dripped": (f.dripped(), 1),
    "dripped, chunked": (f.dripped().framed("chunked"), 1),
}


@pytest.mark.parametrize("name", LOST)
async def test_a_lost_answer_may_have_been_charged_and_is_not_asked_for_again(
    name: str, spool: Path
) -> None:
    fault, posts = LOST[name]
    deadline_s = 0.3 if fault.stall_s or fault.drip_s else 20.0
    async with f.FaultServer() as server:
        server.script(fault)
        started = time.perf_counter()
        with pytest.raises(NoAnswer) as caught:
            await outcome(api(server, deadline_s=deadline_s), spool)
        assert time.perf_counter() - started < 10
        await asyncio.sleep(0.02)
        assert server.posts == posts
        assert server.connections == 1
    assert caught.value.maybe_charged
    assert left_over(spool) == []


# --- failures with a status -------------------------------------------------------------------

STATUSES: dict[int, type[PlaygroundError]] = {
    400: Refused,
    401: KeyRejected,
    402: NoCredit,
    403: AccessDenied,
    404: NotFound,
    408: Refused,
    413: Refused,
    422: Refused,
    429: RateLimited,
    500: ServerTrouble,
    502: ServerTrouble,
    503: ServerTrouble,
    504: ServerTrouble,
}


@pytest.mark.parametrize("code", STATUSES)
async def test_a_status_becomes_its_error_with_the_platforms_words(code: int, spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.status(code, "width is too large"))
        with pytest.raises(STATUSES[code]) as caught:
            await outcome(api(server), spool)
        assert server.posts == server.connections == 1
    assert type(caught.value) is STATUSES[code]
    assert caught.value.maybe_charged == (code >= 500)
    assert "width is too large" in caught.value.message and str(code) in caught.value.message
    assert left_over(spool) == []


@pytest.mark.parametrize("code", [403, 502])
async def test_a_web_page_is_said_to_be_one(code: int, spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.html(code))
        with pytest.raises(STATUSES[code], match="Something in front of the platform answered"):
            await outcome(api(server), spool)


@pytest.mark.parametrize("code", [401, 503])
@pytest.mark.parametrize("how", ["cut", "dripped", "huge"])
async def test_a_status_counts_even_if_its_reason_never_comes_whole(
    code: int, how: str, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.wire.body.REASON_TIMEOUT_S", 0.1)
    body = b'{"message": "' + b"x" * 200_000 + b'"}'
    more: dict[str, dict[str, float]] = {"cut": {"cut_after": 99}, "dripped": {"drip_s": 0.05}}
    async with f.FaultServer() as server:
        server.script(f.raw(body, code, **more.get(how, {})))
        with pytest.raises(STATUSES[code]):
            await outcome(api(server), spool)


async def test_a_status_counts_even_if_the_deadline_ends_while_its_reason_comes(
    spool: Path,
) -> None:
    async with f.FaultServer() as server:
        server.script(f.raw(b"x" * 100, 401, drip_s=0.05))
        with pytest.raises(KeyRejected):
            await outcome(api(server, deadline_s=1.0), spool)


@pytest.mark.parametrize(
    ("value", "least_s", "most_s"),
    [("0", 0, 0), ("5", 5, 5), ("3600", 3600, 3600), ("a date", 3500, 3600)],
)
async def test_429_tells_how_long_to_wait(
    value: str, least_s: float, most_s: float, spool: Path
) -> None:
    if value == "a date":
        value = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    async with f.FaultServer() as server:
        server.script(f.status(429, retry_after=value))
        with pytest.raises(RateLimited) as caught:
            await outcome(api(server), spool)
        assert server.posts == 1
    assert caught.value.retry_after_s is not None
    assert least_s <= caught.value.retry_after_s <= most_s
    assert ("It asks to wait until" in caught.value.hint) == (most_s > 120)


@pytest.mark.parametrize("value", [None, "soon", "nan", ""])
async def test_429_without_a_usable_time_says_none(value: str | None, spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.status(429, retry_after=value))
        with pytest.raises(RateLimited) as caught:
            await outcome(api(server), spool)
    assert caught.value.retry_after_s is None


async def test_a_redirect_is_never_followed(spool: Path) -> None:
    async with f.FaultServer() as server, f.FaultServer() as elsewhere:
        for code in (301, 302, 303, 307, 308):
            server.script(f.redirect(elsewhere.base_url, code))
            with pytest.raises(BadAnswer, match="never followed"):
                await outcome(api(server), spool)
        assert elsewhere.connections == 0
        assert server.posts == 5


# --- calls that never leave -------------------------------------------------------------------


def nowhere(url: str, **changes: object) -> Api:
    options = {"deadline_s": 5.0, "connect_timeout_s": 0.2, **changes}
    return Api(url, KEY, **options)  # type: ignore[arg-type]


async def test_a_closed_port_is_unreachable(spool: Path) -> None:
    port = f.closed_port()
    with pytest.raises(Unreachable, match=f"127.0.0.1:{port} refused") as caught:
        await outcome(nowhere(f"http://127.0.0.1:{port}/"), spool)
    assert "Nothing was sent and nothing was charged" in caught.value.hint
    assert left_over(spool) == []


@pytest.mark.parametrize("limits", [{}, {"connect_timeout_s": 9, "deadline_s": 0.2}])
async def test_a_port_that_lets_nobody_in_is_unreachable(
    limits: dict[str, float], spool: Path
) -> None:
    said = r"could not be reached within 0\.2 seconds"
    with f.deaf_port() as port, pytest.raises(Unreachable, match=said):
        await outcome(nowhere(f"http://127.0.0.1:{port}/", **limits), spool)


async def test_an_unknown_name_is_unreachable(spool: Path) -> None:
    target = nowhere("https://nonexistent.invalid/api/v1", connect_timeout_s=10, deadline_s=10)
    with pytest.raises(Unreachable, match=r"nonexistent\.invalid could not be looked up"):
        await outcome(target, spool)


async def test_a_certificate_that_nobody_vouches_for_gets_no_key(
    spool: Path, tmp_path: Path
) -> None:
    async with f.FaultServer(f.self_signed(tmp_path)) as server:
        with pytest.raises(Untrusted, match="self-signed certificate") as caught:
            await outcome(api(server), spool)
        assert server.posts == 0 and server.requests == []
    assert "did not get your key" in caught.value.message
    assert left_over(spool) == []


async def test_the_same_server_works_once_its_certificate_is_trusted(
    spool: Path, tmp_path: Path
) -> None:
    async with f.FaultServer(f.self_signed(tmp_path)) as server:
        trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
        assert (await outcome(api(server, ssl_context=trusting), spool)).data == PNG


async def test_https_to_a_port_without_tls_is_untrusted(spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script(f.raw(b"", drop="accept"))
        plain = nowhere(server.base_url.replace("http:", "https:"), connect_timeout_s=2)
        with pytest.raises(NotSent):
            await outcome(plain, spool)
        assert server.posts == 0


@pytest.mark.parametrize("answer", [f.status(407), f.html(502), f.header_stall()])
async def test_a_proxy_that_blocks_has_sent_nothing(
    answer: f.Fault, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with f.FaultServer() as proxy:
        proxy.choose = lambda _: answer  # type: ignore[method-assign]
        monkeypatch.setenv("HTTPS_PROXY", proxy.base_url.removesuffix("/api/v1"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(Unreachable) as caught:
            await outcome(nowhere("https://platform.invalid/", deadline_s=0.4), spool)
        assert [request.method for request in proxy.requests] == ["CONNECT"]
        assert KEY not in str(proxy.requests)
    assert not caught.value.maybe_charged


async def test_a_proxy_never_sees_a_call_to_this_computer(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with f.FaultServer() as server, f.FaultServer() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.base_url)
        await outcome(api(server), spool)
        assert (server.posts, proxy.connections) == (1, 0)


async def test_an_unusable_proxy_setting_is_named(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://proxy")
    with pytest.raises(SettingsError, match="proxy"):
        await outcome(nowhere("https://platform.invalid/"), spool)


async def test_no_key_no_call(spool: Path) -> None:
    with pytest.raises(SettingsError, match="no API key"):
        await Api("https://platform.invalid/", None).send(CALL, spool)


async def test_what_json_cannot_hold_is_not_sent(spool: Path) -> None:
    async with f.FaultServer() as server:
        with pytest.raises(PlaygroundError) as caught:
            await api(server).send(WireCall("POST", "/x", {"n": float("nan")}), spool)
        assert not caught.value.maybe_charged and server.connections == 0


# --- the spool --------------------------------------------------------------------------------


async def test_a_folder_that_cannot_be_written_stops_the_send(tmp_path: Path) -> None:
    async with f.FaultServer() as server:
        with pytest.raises(StorageFull):
            await outcome(api(server), tmp_path / "missing" / "spool")
        assert server.connections == 0


@pytest.mark.parametrize("suffix", ["", ".part"])
async def test_one_spool_name_is_never_sent_for_twice(suffix: str, spool: Path) -> None:
    spool.with_name(spool.name + suffix).write_bytes(b"here already")
    async with f.FaultServer() as server:
        with pytest.raises(NotSent):
            await outcome(api(server), spool)
        assert server.connections == 0
    assert spool.with_name(spool.name + suffix).read_bytes() == b"here already"


async def test_the_spool_bears_its_name_only_when_it_is_whole(spool: Path) -> None:
    *most, last = f.raw(f.document(f.png(300, 300, noise=True))).pieces()
    go = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await f.read_request(reader)
        writer.write(b"".join(most))
        await go.wait()
        writer.write(last)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        sending = asyncio.create_task(nowhere(f"http://127.0.0.1:{port}/").send(CALL, spool))
        await asyncio.sleep(0.1)
        assert left_over(spool) == ["0123abcd.part"]
        go.set()
        answer = await sending
        assert left_over(spool) == ["0123abcd"]
        assert await answer.synced


async def test_a_disk_that_fills_up_costs_the_spool_and_not_the_image(spool: Path) -> None:
    image = f.png(512, 512, noise=True)
    async with f.FaultServer() as server:
        server.script(f.good(image))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
        try:
            answer = await api(server).send(CALL, spool)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert server.posts == 1
    assert (answer.spooled, answer.spool, await answer.synced) == (False, None, False)
    assert PROVIDER.parse(answer.body).data == image
    assert left_over(spool) == []
    await answer.discard()


async def test_a_disk_that_cannot_sync_says_so_and_keeps_the_answer(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    async with f.FaultServer() as server:
        monkeypatch.setattr(os, "fsync", fail)
        answer = await api(server).send(CALL, spool)
        assert await answer.synced is False
        assert PROVIDER.parse(answer.body).data == PNG


async def test_stopping_before_and_after_sending_leaves_no_file(spool: Path) -> None:
    with f.deaf_port() as port:
        target = nowhere(f"http://127.0.0.1:{port}/", connect_timeout_s=5)
        sending = asyncio.create_task(target.send(CALL, spool))
        await asyncio.sleep(0.05)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert left_over(spool) == []
    async with f.FaultServer() as server:
        server.script(f.header_stall())
        sending = asyncio.create_task(api(server).send(CALL, spool))
        while server.posts == 0:
            await asyncio.sleep(0.005)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert left_over(spool) == []


async def test_every_paid_call_has_a_connection_of_its_own(spool: Path) -> None:
    async with f.FaultServer() as server:
        target = api(server)
        paths = [spool.with_name(f"run{i}") for i in range(20)]
        answers = await asyncio.gather(*(target.send(CALL, path) for path in paths))
        assert all([await answer.synced for answer in answers])
        assert server.posts == server.connections == 20


# --- the key ----------------------------------------------------------------------------------


async def test_no_log_line_holds_the_key_or_the_prompt(
    spool: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with f.FaultServer() as server:
        await outcome(api(server), spool)
        server.script(f.status(401), f.Fault(drop="headers"))
        for name in ("a", "b"):
            with pytest.raises(PlaygroundError):
                await outcome(api(server), spool.with_name(name))
    assert "POST /api/v1/images/generation 200" in caplog.text
    assert KEY not in caplog.text and "flying cat" not in caplog.text


@pytest.mark.parametrize("key", ["ak_ü", "ak_“x”", "ak_a b", "ak_a\nb", "ak_\0", "ak_\x7f"])
def test_a_key_that_no_header_can_hold_is_refused_without_quoting_it(key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Api("https://platform.invalid/", key)
    assert key not in str(caught.value)


def test_a_key_is_stripped_and_not_shown() -> None:
    shown = repr(Api("https://platform.invalid/api/v1/", f"  {KEY}\n"))
    assert shown == "Api('https://platform.invalid/api/v1', key=set)"
    assert "none" in repr(Api("https://platform.invalid", " "))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "platform",
        "http://platform.invalid/",
        "http://127.0.0.2/",
        "http://localhost.evil.com",
        "https://user:hunter2@platform.invalid",
        "https://hunter2@platform.invalid",
        "https://platform.invalid/?key=hunter2",
        "https://platform.invalid/#hunter2",
        "ftp://x/",
        "https://",
        "https://platform.invalid:99999/",
        "https://a b/",
        "file:///etc/passwd",
        "http://[::2]/",
        "http://127.0.0.1@platform.invalid/",
        "https://platform.invalid/\x00",
    ],
)
def test_an_address_that_could_leak_the_key_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Api(url, KEY)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://platform.invalid/api/v1/", "platform.invalid:443"),
        ("http://localhost/", "localhost:80"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("HTTPS://Platform.Invalid:8443", "platform.invalid:8443"),
    ],
)
def test_a_safe_address_is_taken(url: str, where: str) -> None:
    assert Api(url, KEY).where.address == where


# --- free questions ---------------------------------------------------------------------------


async def ask(api: Api) -> bytes:
    async def no_wait(_: float) -> None:
        return None

    return await api.get_json(PROVIDER.credits_call(), PROVIDER.explain, sleep=no_wait)


async def test_models_and_credits_are_read() -> None:
    async with f.FaultServer() as server:
        models = await api(server).get_json(PROVIDER.models_call(), PROVIDER.explain)
        assert [model.makes_images for model in PROVIDER.parse_models(models)] == [True, True]
        assert str(PROVIDER.parse_credits(await ask(api(server)))) == "12.34500"
        assert (server.gets, server.posts) == (2, 0)


async def test_a_free_question_is_asked_at_most_three_times() -> None:
    async with f.FaultServer() as server:
        server.script_gets(f.html(502), f.Fault(drop="headers"))
        await ask(api(server))
        assert server.gets == 3
        server.script_gets(*[f.status(500)] * 5)
        with pytest.raises(LookupFailed) as caught:
            await ask(api(server))
        assert server.gets == 6
    assert not caught.value.maybe_charged and "Nothing was charged" in caught.value.hint


async def test_a_refused_question_is_not_asked_again() -> None:
    async with f.FaultServer() as server:
        server.script_gets(f.status(401))
        with pytest.raises(KeyRejected):
            await ask(api(server))
        assert server.gets == 1


async def test_a_question_nobody_answers_ends_in_time() -> None:
    async with f.FaultServer() as server:
        server.script_gets(f.header_stall(), f.header_stall(), f.header_stall())
        started = time.perf_counter()
        with pytest.raises(LookupFailed):
            await api(server).get_json(PROVIDER.credits_call(), PROVIDER.explain, timeout_s=0.2)
        assert time.perf_counter() - started < 5
    with pytest.raises(Unreachable):
        await ask(nowhere(f"http://127.0.0.1:{f.closed_port()}/"))


# --- another transport (offline) --------------------------------------------------------------


async def test_another_transport_is_used_as_it_is(spool: Path) -> None:
    async def platform(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == f"Bearer {KEY}"
        return httpx.Response(200, content=f.document(PNG))

    target = Api("http://localhost/api/v1", KEY, transport=httpx.MockTransport(platform))
    for name in ("a", "b"):
        assert (await outcome(target, spool.with_name(name))).data == PNG


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ConnectError("no"), Unreachable),
        (httpx.PoolTimeout("no"), Unreachable),
        (httpx.ReadTimeout("no"), NoAnswer),
        (ZeroDivisionError(), NoAnswer),
    ],
)
async def test_a_transport_that_tells_nothing_is_assumed_to_have_sent(
    error: Exception, expected: type[PlaygroundError], spool: Path
) -> None:
    async def platform(request: httpx.Request) -> httpx.Response:
        raise error

    target = Api("http://localhost/api/v1", KEY, transport=httpx.MockTransport(platform))
    with pytest.raises(expected):
        await outcome(target, spool)


def test_a_server_in_a_thread_serves_tests_without_a_loop(tmp_path: Path) -> None:
    with f.FaultServer.in_thread() as server:
        server.script(f.status(402))
        with pytest.raises(NoCredit):
            asyncio.run(outcome(api(server), tmp_path / "spool"))
        assert server.posts == 1
