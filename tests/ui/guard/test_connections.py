"""Nobody can hold the connections that others need: over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

import ui  # noqa: F401  # before gradio
from ui.door import connections
from ui.door.connections import (
    CONNECTIONS_MAX,
    ROOM_FOR_FILES,
    backlog,
    bounded,
    connections_max,
    further_connections_max,
)

MOST = 20


async def hello(request: Request) -> Response:
    return PlainTextResponse(f"hello {len(await request.body())}")


async def endless(request: Request) -> Response:
    async def ticks() -> AsyncIterator[bytes]:
        while True:
            yield b"tick\n"
            await asyncio.sleep(0.05)

    return StreamingResponse(ticks())


async def large(request: Request) -> Response:
    return Response(b"x" * 20_000_000)


@asynccontextmanager
async def served(most: int = MOST, **options: Any) -> AsyncIterator[int]:
    app = Starlette(
        routes=[
            Route("/", hello, methods=["GET", "POST"]),
            Route("/endless", endless),
            Route("/large", large),
        ]
    )
    config = uvicorn.Config(
        app,
        port=0,
        log_level="critical",
        lifespan="off",
        http=bounded(most, **options),
        ws="none",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


class Half:
    """A connection that says something and then waits."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, port: int, text: bytes, *, narrow: bool = False) -> Half:
        half = cls()
        sock = socket.socket()
        if narrow:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        half.reader, half.writer = await asyncio.open_connection(sock=sock, limit=4_096)
        half.writer.write(text)
        await half.writer.drain()
        return half

    async def is_cut(self, within_s: float = 20) -> bool:
        async def until_the_end() -> None:
            with suppress(ConnectionError):
                while await self.reader.read(65_536):
                    pass

        try:
            await asyncio.wait_for(until_the_end(), within_s)
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        self.writer.transport.abort()


async def get(port: int, path: str = "/", **more: Any) -> httpx.Response:
    async with httpx.AsyncClient(timeout=20) as client:
        return await client.get(f"http://127.0.0.1:{port}{path}", **more)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",  # answered, and kept open
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx",
        b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=["nothing", "half a head", "idle", "half a body", "an endless answer"],
)
async def test_newcomers_are_answered_however_many_wait(text: bytes) -> None:
    async with served() as port:
        crowd = [await Half.open(port, text) for _ in range(3 * MOST)]
        for _ in range(3):
            assert (await get(port)).text == "hello 0"
        for half in crowd:
            half.close()


async def test_who_waits_goes_before_who_is_being_answered() -> None:
    async with served() as port, httpx.AsyncClient(timeout=20) as client:
        async with client.stream("GET", f"http://127.0.0.1:{port}/endless") as answer:
            ticks = answer.aiter_lines()
            assert await anext(ticks) == "tick"
            crowd = [await Half.open(port, b"GET /") for _ in range(3 * MOST)]
            assert (await get(port)).status_code == 200
            assert await anext(ticks) == "tick"
        for half in crowd:
            half.close()


@pytest.mark.parametrize(
    ("text", "drip"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nX: ", b"a"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n", b"a"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n", b""),
    ],
    ids=["nothing", "a head", "a body", "a chunked body", "a second head"],
)
async def test_what_comes_drop_by_drop_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, text: bytes, drip: bytes
) -> None:
    for name in ("HEAD_S", "BODY_S"):
        monkeypatch.setattr(connections, name, 0.4)
    monkeypatch.setattr(connections, "LOOK_S", 0.1)

    async def dripping(half: Half) -> None:
        with suppress(ConnectionError):
            while drip:
                half.writer.write(drip)
                await half.writer.drain()
                await asyncio.sleep(0.05)

    async with served() as port:
        half = await Half.open(port, text)
        task = asyncio.create_task(dripping(half))
        assert await half.is_cut()
        task.cancel()
        half.close()


@pytest.mark.parametrize("own", [{}, {"stall_s": 0.5}], ids=["as ever", "of this server"])
async def test_an_answer_that_nobody_takes_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, own: dict[str, float]
) -> None:
    if not own:
        monkeypatch.setattr(connections, "STALL_S", 0.5)
    monkeypatch.setattr(connections, "LOOK_S", 0.1)
    async with served(**own) as port:
        half = await Half.open(port, b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n", narrow=True)
        await asyncio.sleep(2)
        read = 0
        with suppress(ConnectionError):
            while piece := await half.reader.read(65_536):
                read += len(piece)
        assert read < 20_000_000
        half.close()


async def test_what_is_slow_but_goes_on_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAD_S", "BODY_S", "STALL_S"):
        monkeypatch.setattr(connections, name, 1.0)
    monkeypatch.setattr(connections, "LOOK_S", 0.1)
    monkeypatch.setattr(connections, "BODY_BYTES_A_S", 1)

    async def body() -> AsyncIterator[bytes]:
        for _ in range(15):
            yield b"x" * 100
            await asyncio.sleep(0.1)

    async with served() as port, httpx.AsyncClient(timeout=20) as client:
        answer = await client.post(f"http://127.0.0.1:{port}/", content=body())
        assert answer.text == "hello 1500"
        async with client.stream("GET", f"http://127.0.0.1:{port}/endless") as stream:
            ticks = stream.aiter_lines()
            for _ in range(40):
                assert await anext(ticks) == "tick"


def test_there_is_room_for_files_beside_the_connections() -> None:
    assert connections_max(1_024) == 600
    assert connections_max(512) == 92
    assert connections_max(64) == 16
    assert 16 <= connections_max() <= 600
    for most in (600, 92):
        assert most + 2 * backlog(most) < most + ROOM_FOR_FILES - 100


def test_a_second_server_leaves_ours_its_files_but_never_goes_without() -> None:
    assert further_connections_max(1200, 100_000) == 1200
    ours = CONNECTIONS_MAX + ROOM_FOR_FILES
    assert further_connections_max(1200, ours + 600) == 540  # a fifth more come before one is cut
    assert further_connections_max(1200, 1024) == 341
