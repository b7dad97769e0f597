"""A server that floods: interim answers, tiny pieces. Given up, and others have their turn."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from backend.errors import BadAnswer, NoAnswer
from backend.wire.client import Api
from tests.http import faults as f
from tests.http.calls import CALL, KEY, PNG, api, left_over, outcome


@pytest.mark.parametrize("interim", [b"100 Continue", b"103 Early Hints\r\nLink: </x>"])
async def test_interim_answers_without_end_are_given_up(interim: bytes, spool: Path) -> None:
    head = b"HTTP/1.1 " + interim + b"\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        with suppress(OSError):
            while not writer.is_closing():
                writer.write(head * 1_000)
                await writer.drain()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        sender = Api(f"http://127.0.0.1:{port}", KEY, deadline_s=60)
        with pytest.raises(NoAnswer, match="broke before the answer came"):
            await sender.send(CALL, spool)
    assert left_over(spool) == []


async def test_a_few_interim_answers_are_passed_over(spool: Path) -> None:
    early = f.good(PNG).pieces()
    told = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(told + b"".join(early))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        got = await Api(f"http://127.0.0.1:{port}", KEY).send(CALL, spool)
    assert got.ok and got.body == f.document(PNG)


async def test_many_tiny_pieces_leave_others_their_turn(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, seen = 0, list[int]()

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    monkeypatch.setattr("backend.wire.spool.Spool.write", lambda *_: seen.append(turns))
    image = f.png(40, 40, noise=True)
    one_by_one = b"".join(b"1\r\n%c\r\n" % byte for byte in f.document(image)) + b"0\r\n\r\n"
    head = (("Transfer-Encoding", "chunked"),)
    async with f.FaultServer() as server:
        server.script(f.Fault(one_by_one, headers=head, framing="close"))
        beside = asyncio.create_task(others())
        assert (await outcome(api(server), spool)).data == image
        beside.cancel()
    assert len(seen) > 6_000 and len(set(seen)) >= len(seen) // 64


async def test_an_answer_in_more_pieces_than_any_network_makes_is_given_up(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.wire.body.PIECES_MAX", 500)
    head = (("Transfer-Encoding", "chunked"),)
    async with f.FaultServer() as server:
        server.script(f.Fault(b"1\r\nx\r\n" * 10_000, headers=head, framing="close"))
        with pytest.raises(BadAnswer, match="too many pieces"):
            await outcome(api(server), spool)
    assert left_over(spool) == []
