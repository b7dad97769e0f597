"""Links in answers: where they may lead, over real sockets, and what goes there."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.errors import (
    BadAnswer,
    NoAnswer,
    PlaygroundError,
    StorageFull,
    Unreachable,
    Untrusted,
)
from backend.types import Link
from backend.wire import client
from backend.wire.address import is_public
from backend.wire.client import Api
from backend.wire.links import addresses_of, allowed, request_for
from tests.http import faults as f
from tests.http.calls import KEY, PNG, left_over

CLOUD = httpx.URL("https://api.example/v1")
HOSTS = ("images.example", ".media.example")


def api(server: f.FaultServer, **changes: Any) -> Api:
    return Api(server.base_url, KEY, deadline_s=10.0, connect_timeout_s=5.0, **changes)


def own(server: f.FaultServer, path: str = "/generated/1.png") -> Link:
    return Link(f"http://127.0.0.1:{server.port}{path}")


@pytest.mark.parametrize(
    "url",
    [
        "https://images.example/a.png?sig=1",
        "https://images.example:8443/a.png",
        "https://v3.media.example/a.png",
        "https://api.example/files/a.png",
    ],
)
def test_a_link_to_the_list_or_to_the_api_itself_is_taken(url: str) -> None:
    assert str(allowed(url, CLOUD, HOSTS)) == url


def test_a_path_is_one_below_the_apis_own_url() -> None:
    link = allowed("/view?filename=a.png&type=output", CLOUD, ())
    assert str(link) == "https://api.example/v1/view?filename=a.png&type=output"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.png",
        "//images.example/a.png",
        "http://images.example/a.png",
        "http://api.example/a.png",
        "https://api.example:8443/a.png",
        "https://user@images.example/a.png",
        "https://user:word@api.example/a.png",
        "https://images.example.evil.example/a.png",
        "https://evilimages.example/a.png",
        "https://evil.example/images.example",
        "https://evil.example\\@images.example/a.png",
        "https://media.example/a.png",
        "https://127.0.0.1/a.png",
        "https://[::1]/a.png",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "ftp://images.example/a.png",
        "data:image/png;base64,AAAA",
        "https://images.example/" + "a" * 9_000,
        "https://images.example/\x00",
        "https://xn--/a.png",
        "https://xn--a.media.example/a.png",
    ],
)
def test_every_other_link_is_refused_without_asking_anybody(url: str) -> None:
    with pytest.raises(BadAnswer, match="may have been charged"):
        allowed(url, CLOUD, HOSTS)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("198.18.0.7", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::5db8:d822", True),
    ],
)
def test_an_address_of_somebodys_own_network_is_told_in_every_writing(
    address: str, public: bool
) -> None:
    assert is_public(address) is public


async def test_the_apis_own_host_may_be_this_computer_and_gets_no_key(spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script_gets(f.Fault(PNG, headers=(("Content-Type", "image/png"),)))
        answer = await api(server).fetch(own(server), (), spool)
        await answer.synced
        assert answer.ok and answer.body == PNG and spool.read_bytes() == PNG
        (asked,) = server.requests
    assert "authorization" not in asked.headers and "cookie" not in asked.headers
    assert KEY not in str(asked) and asked.headers["host"] == f"127.0.0.1:{server.port}"


async def test_a_link_to_another_port_of_this_computer_is_not_opened(spool: Path) -> None:
    async with f.FaultServer() as server, f.FaultServer() as other:
        for url in (f"http://127.0.0.1:{other.port}/x", f"https://127.0.0.1:{other.port}/x"):
            with pytest.raises(BadAnswer, match="none of the platform's addresses"):
                await api(server).fetch(Link(url), HOSTS, spool)
        assert other.connections == 0 and left_over(spool) == []


@pytest.mark.parametrize("place", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1"])
async def test_a_listed_name_that_leads_into_a_private_network_is_not_opened(
    spool: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    async def told(*_: object, **__: object) -> list[Any]:
        public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))
        return [public, (socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", told)
    link = Link("https://images.example/a.png")
    with pytest.raises(BadAnswer, match="private network"):
        await Api(str(CLOUD), KEY).fetch(link, HOSTS, spool)


async def test_a_name_that_is_not_known_just_now_is_no_verdict(spool: Path) -> None:
    with pytest.raises(Unreachable, match="could not be looked up"):
        await Api(str(CLOUD), KEY).fetch(Link("https://x.invalid/a"), ("x.invalid",), spool)
    assert left_over(spool) == []


async def test_a_look_up_that_takes_too_long_is_no_verdict(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> object:
        return asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    asker = Api(str(CLOUD), KEY, connect_timeout_s=0.05)
    with pytest.raises(Unreachable, match="could not be looked up"):
        await asker.fetch(Link("https://images.example/a"), HOSTS, spool)


def known_at(monkeypatch: pytest.MonkeyPatch, *places: str) -> None:
    """Let names be at these addresses, in this order."""

    async def told(_: object, port: int, **__: object) -> list[Any]:
        return [(0, socket.SOCK_STREAM, 6, "", (place, port)) for place in places]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", told)


async def test_the_next_address_of_a_name_is_tried_where_one_refuses(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ComfyUI listens on 127.0.0.1 alone, and localhost is ::1 first."""
    known_at(monkeypatch, "::1", "127.0.0.2", "127.0.0.1", "::1")
    async with f.FaultServer() as server:
        server.script_gets(f.Fault(PNG))
        asker = Api(f"http://localhost:{server.port}", KEY)
        answer = await asker.fetch(Link("/view?filename=1.png"), (), spool)
        await answer.synced
        assert answer.body == PNG == spool.read_bytes()
        assert server.requests[0].headers["host"] == f"localhost:{server.port}"


async def test_where_all_addresses_refuse_that_is_said_and_no_file_left(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_at(monkeypatch, "::1", "127.0.0.1")
    asker = Api(f"http://localhost:{f.closed_port()}", KEY)
    with pytest.raises(Unreachable, match="refused the connection"):
        await asker.fetch(Link("/view"), (), spool)
    assert left_over(spool) == []


async def test_an_answer_is_not_asked_for_at_another_address(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known_at(monkeypatch, "127.0.0.1", "127.0.0.1", "127.0.0.2")
    async with f.FaultServer() as server:
        server.script_gets(f.Fault(drop="headers"))
        with pytest.raises(NoAnswer):
            await Api(f"http://localhost:{server.port}", KEY).fetch(Link("/view"), (), spool)
        assert server.connections == 1


async def test_an_address_of_ones_own_network_keeps_the_way_out_that_it_is_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known_at(monkeypatch, "fe80::7%eth0")
    own_host = httpx.URL("http://gpu.local:8188")
    target = own_host.copy_with(path="/view")
    assert await addresses_of(target, own_host, 1.0) == ["fe80::7%eth0"]
    request = request_for(target, "fe80::7%eth0")
    assert request.url.host == "fe80::7%eth0" and request.headers["host"] == "gpu.local:8188"


@pytest.mark.parametrize("place", ["198.18.0.7", "198.19.255.254"])
async def test_a_proxy_of_the_whole_computer_may_stand_for_a_listed_host(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Clash, Surge and sing-box answer look-ups so; the certificate still has to be right."""
    known_at(monkeypatch, place)
    target = allowed("https://images.example/a.png", CLOUD, HOSTS)
    assert await addresses_of(target, CLOUD, 1.0) == [place]
    known_at(monkeypatch, place, "10.0.0.1")
    with pytest.raises(BadAnswer, match="private network"):
        await addresses_of(target, CLOUD, 1.0)


@pytest.mark.parametrize("place", ["::ffff:198.18.0.1", "2002:c612:1::", "fc00::1", "192.0.2.1"])
async def test_nothing_else_may_stand_for_it(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    known_at(monkeypatch, place)
    with pytest.raises(BadAnswer, match="private network"):
        await addresses_of(allowed("https://images.example/a", CLOUD, HOSTS), CLOUD, 1.0)


async def test_the_connection_goes_to_the_address_that_was_looked_up_and_proves_the_name(
    spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def looked_up(*_: object) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(client, "addresses_of", looked_up)
    tls = f.self_signed(tmp_path)
    trusted = f.ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    async with f.FaultServer(tls) as server:
        server.script_gets(f.Fault(PNG))
        asker = Api(str(CLOUD), KEY, ssl_context=trusted)
        link = Link(f"https://localhost:{server.port}/a.png?x=1")  # the certificate's name
        answer = await asker.fetch(link, ("localhost",), spool)
        await answer.synced
        assert answer.body == PNG
        assert server.requests[0].path == "/a.png?x=1"
        assert server.requests[0].headers["host"] == f"localhost:{server.port}"
        other = Link(f"https://images.example:{server.port}/a.png")
        with pytest.raises(Untrusted, match=r"images\.example"):
            await asker.fetch(other, HOSTS, spool.with_name("b"))
        assert len(server.requests) == 1


@asynccontextmanager
async def tunnel(port: int, asked: list[str]) -> AsyncIterator[str]:
    """Serve a proxy that leads every CONNECT to `port` of this computer; yield its address."""

    carried: set[asyncio.Task[object]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError), closing(writer):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        carried.add(asyncio.current_task())  # type: ignore[arg-type]
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        up, down = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(pump(reader, down), pump(up, writer))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.wait_for(asyncio.gather(*carried), timeout=5)


@pytest.fixture
def no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no host be excepted from proxies."""
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_exception")
async def test_through_a_proxy_of_the_environment_the_name_is_asked_for_and_proved(
    spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, asked = f.self_signed(tmp_path), list[str]()
    trusted = f.ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    async with f.FaultServer(tls) as server, tunnel(server.port, asked) as proxy:
        server.script_gets(f.Fault(PNG))
        asker = Api(str(CLOUD), KEY, ssl_context=trusted)
        monkeypatch.setenv("HTTPS_PROXY", proxy.removeprefix("http://"))
        answer = await asker.fetch(Link("https://localhost:8443/a.png"), ("localhost",), spool)
        await answer.synced
        assert answer.body == PNG and asked[0].startswith("CONNECT localhost:8443 ")
        other = Link("https://images.example/a.png")  # nobody here knows that name
        with pytest.raises(Untrusted, match=r"images\.example"):
            await asker.fetch(other, HOSTS, spool.with_name("b"))
        assert asked[1].startswith("CONNECT images.example:443 ")
        assert KEY not in str(asked) + str(server.requests) and len(server.requests) == 1


@pytest.mark.usefixtures("no_exception")
async def test_what_the_environment_excepts_from_its_proxy_is_looked_up_here(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    async with tunnel(9, asked) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy)
        monkeypatch.setenv("NO_PROXY", "localhost")
        with pytest.raises(BadAnswer, match="private network"):
            await Api(str(CLOUD), KEY).fetch(Link("https://localhost/a"), ("localhost",), spool)
    assert asked == []


@pytest.mark.usefixtures("no_exception")
async def test_an_image_of_ones_own_network_goes_through_no_proxy(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    async with f.FaultServer() as server, tunnel(server.port, asked) as proxy:
        for name in ("HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        server.script_gets(f.Fault(PNG))
        answer = await api(server).fetch(own(server), (), spool)
        await answer.synced
        assert answer.body == PNG
    assert asked == []


async def test_a_redirect_is_an_answer_and_not_followed(spool: Path) -> None:
    async with f.FaultServer() as server, f.FaultServer() as other:
        server.script_gets(f.redirect(f"http://127.0.0.1:{other.port}/x"))
        answer = await api(server).fetch(own(server), (), spool)
        assert (answer.status, answer.spool, other.connections) == (302, None, 0)
    assert left_over(spool) == []


async def test_ten_gigabytes_are_not_read(spool: Path) -> None:
    read = 0

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal read
        head = await f.read_request(reader)
        told = b"Content-Length: 10000000000\r\n" if "told" in head.path else b""
        writer.write(b"HTTP/1.1 200 OK\r\n" + told + b"\r\n")
        try:
            for _ in range(10_000):
                writer.write(bytes(1_000_000))
                await writer.drain()
                read += 1
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        asker = Api(f"http://127.0.0.1:{port}", KEY, max_body_bytes=4_000_000)
        for path in ("told", "untold"):
            with pytest.raises(BadAnswer, match="larger than 4 MB"):
                await asker.fetch(Link(f"http://127.0.0.1:{port}/{path}"), (), spool)
        assert left_over(spool) == []
    assert read < 100


async def test_a_link_that_drips_ends_at_the_deadline(spool: Path) -> None:
    async with f.FaultServer() as server:
        server.script_gets(f.Fault(PNG, drip_s=0.05))
        with pytest.raises(PlaygroundError, match="did not answer within"):
            asker = Api(server.base_url, KEY, deadline_s=0.5)
            await asker.fetch(own(server), (), spool)
    assert left_over(spool) == []


async def test_a_disk_that_takes_nothing_is_said_before_anybody_is_asked(tmp_path: Path) -> None:
    async with f.FaultServer() as server:
        with pytest.raises(StorageFull):
            await api(server).fetch(own(server), (), tmp_path / "gone" / "spool")
        assert server.connections == 0
