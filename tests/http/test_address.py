"""Keys and addresses that can be used, and free questions asked there."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import httpx
import pytest

from backend.errors import (
    KeyRejected,
    LookupFailed,
    NoAnswer,
    NoCredit,
    PlaygroundError,
    SettingsError,
    Unreachable,
)
from backend.wire.client import Api
from tests.http import faults as f
from tests.http.addresses import nowhere
from tests.http.calls import KEY, PNG, PROVIDER, api, outcome

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
        "https://xn--/",
        "https://xn--a.invalid/",
        "https://[::1",
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
