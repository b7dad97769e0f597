"""Calls that never leave: nobody there, no trust, no key."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from backend.errors import (
    NotSent,
    PlaygroundError,
    SettingsError,
    Unreachable,
    Untrusted,
)
from backend.types import WireCall
from backend.wire.client import Api
from tests.http import faults as f
from tests.http.addresses import nowhere
from tests.http.calls import CALL, KEY, PNG, api, left_over, outcome


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


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HTTPS_PROXY", "gopher://proxy", "proxy"),
        ("ALL_PROXY", "socks9://proxy", "proxy"),
        ("HTTPS_PROXY", "http://[::1", "proxy"),
        ("NO_PROXY", "[::1,http://[", "proxy"),
        ("SSL_CERT_FILE", "/nowhere/at/all.pem", "certificates"),
        ("SSL_CERT_FILE", __file__, "certificates"),
        ("SSLKEYLOGFILE", "/nowhere/at/all.log", "certificates"),
    ],
)
async def test_what_the_environment_makes_impossible_is_said_when_it_is_sent_not_before(
    spool: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    api = Api("https://platform.invalid/", KEY)
    with pytest.raises(NotSent, match=said) as caught:
        await api.send(CALL, spool)
    assert "Nothing was sent" in str(caught.value) and list(spool.parent.iterdir()) == []


async def test_a_call_goes_through_a_socks_proxy(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak SOCKS5 (RFC 1928) up to the address that is asked for, and hang up there."""
        _, methods = await reader.readexactly(2)
        await reader.readexactly(methods)
        writer.write(b"\x05\x00")
        *_, length = await reader.readexactly(5)
        asked.append(await reader.readexactly(length))
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{port}")
        with pytest.raises(Untrusted) as caught:
            await Api("https://platform.invalid/", KEY).send(CALL, spool)
    assert asked == [b"platform.invalid"] and "Nothing was sent" in str(caught.value)


async def test_no_key_no_call(spool: Path) -> None:
    with pytest.raises(SettingsError, match="no API key"):
        await Api("https://platform.invalid/", None).send(CALL, spool)


async def test_what_json_cannot_hold_is_not_sent(spool: Path) -> None:
    async with f.FaultServer() as server:
        with pytest.raises(PlaygroundError) as caught:
            await api(server).send(WireCall("POST", "/x", {"n": float("nan")}), spool)
        assert not caught.value.maybe_charged and server.connections == 0
