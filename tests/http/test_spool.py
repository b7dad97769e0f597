"""The answer on disk as it comes in, whole or not there."""

from __future__ import annotations

import asyncio
import os
import resource
from pathlib import Path

import pytest

from backend.errors import (
    NotSent,
    StorageFull,
)
from tests.http import faults as f
from tests.http.addresses import nowhere
from tests.http.calls import CALL, PNG, PROVIDER, api, left_over, outcome

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
