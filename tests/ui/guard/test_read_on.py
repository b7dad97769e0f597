"""Whoever sends more than is taken hears why, over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.ui.serving import served
from ui.door import read_on
from ui.door.guard import BODY_MAX_BYTES, Guard

PIECE = bytes(100_000)
OVER = BODY_MAX_BYTES + 20 * len(PIECE)
TOO_MUCH = {"detail": "That is too much at once: the limit is 10 MB."}


@pytest.fixture
async def address() -> AsyncIterator[tuple[str, int]]:
    async def reads(request: Request) -> Response:
        return JSONResponse({"detail": str(len(await request.body()))})

    async def refuses(request: Request) -> Response:
        return JSONResponse({"detail": "Not for you."}, 401)

    app = FastAPI(middleware=[Middleware(Guard)])
    app.add_route("/reads", reads, methods=["POST"])
    app.add_route("/refuses", refuses, methods=["POST"])
    async with served(app, lifespan="off") as found:
        host, _, port = found.removeprefix("http://").partition(":")
        yield host, int(port)


async def sent(
    address: tuple[str, int], *headers: str, path: str = "/reads", body: int = OVER
) -> tuple[int, Any]:
    """Send a body to its end as simple clients do, only then read; return status and answer."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        named = any(header.startswith("Host:") for header in headers)
        head = [f"POST {path} HTTP/1.1", "Connection: close", *headers]
        head += [] if named else [f"Host: localhost:{address[1]}"]
        writer.write("\r\n".join([*head, "", ""]).encode())
        chunked = "Transfer-Encoding: chunked" in headers
        for start in range(0, body, len(PIECE)):
            piece = PIECE[: body - start]
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            await writer.drain()
        if chunked:
            writer.write(b"0\r\n\r\n")
        async with asyncio.timeout(30):
            status = int((await reader.readline()).split()[1])
            length = 0
            while (line := await reader.readline()).strip():
                name, _, value = line.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
            return status, json.loads(await reader.readexactly(length))
    finally:
        writer.close()


async def test_an_upload_that_is_too_large_by_its_length_is_read_on_and_then_413(
    address: tuple[str, int],
) -> None:
    assert await sent(address, f"Content-Length: {OVER}") == (413, TOO_MUCH)


async def test_one_without_a_length_is_read_on_too(address: tuple[str, int]) -> None:
    assert await sent(address, "Transfer-Encoding: chunked") == (413, TOO_MUCH)


@pytest.mark.parametrize(
    ("status", "headers", "path"),
    [
        (401, [], "/refuses"),
        (404, [], "/nowhere"),
        (403, ["Origin: https://evil.example"], "/reads"),
        (421, ["Host: evil.example"], "/reads"),
    ],
)
async def test_so_is_one_that_is_refused_for_another_reason(
    address: tuple[str, int], status: int, headers: list[str], path: str
) -> None:
    length = BODY_MAX_BYTES - 1
    found = await sent(address, f"Content-Length: {length}", *headers, path=path, body=length)
    assert found[0] == status and found[1]["detail"]


async def test_what_fits_is_taken(address: tuple[str, int]) -> None:
    length = f"Content-Length: {BODY_MAX_BYTES}"
    assert await sent(address, length, body=BODY_MAX_BYTES) == (200, {"detail": "10000000"})


async def test_whoever_asks_before_sending_is_answered_before_it(address: tuple[str, int]) -> None:
    asked = (f"Content-Length: {10**12}", "Expect: 100-continue")
    assert await sent(address, *asked, body=0) == (413, TOO_MUCH)


async def test_a_sender_who_falls_silent_is_answered(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_on, "QUIET_S", 0.1)
    for body in (0, 3_000_000):
        assert await sent(address, f"Content-Length: {OVER}", body=body) == (413, TOO_MUCH)


async def test_a_sender_without_end_is_read_to_a_bound(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_on, "READ_ON_BYTES", 1_000_000)
    sending = 0
    _, writer = await asyncio.open_connection(*address)
    writer.write(f"POST /reads HTTP/1.1\r\nHost: localhost:{address[1]}\r\n".encode())
    writer.write(f"Content-Length: {10**12}\r\n\r\n".encode())
    with pytest.raises(ConnectionError):
        async with asyncio.timeout(60):
            while True:
                writer.write(PIECE)
                sending += len(PIECE)
                await writer.drain()
    assert sending < 100_000_000
    writer.close()


async def test_a_sender_who_drips_is_read_for_so_long_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(read_on, "READ_ON_S", 0.2)
    taken = 0

    async def drips() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async with asyncio.timeout(30):
        await read_on.read_on(drips)
    assert 0 < taken < 12


async def test_one_who_has_gone_is_read_no_more() -> None:
    taken = 0

    async def gone() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.disconnect"}

    await read_on.read_on(gone)
    assert taken == 1
