"""A room of 500 phones on the real program, against a plain server that writes the same bytes."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.serving import ROOT, program
from tests.load.phones import OPEN, PAUSED, Phone, crowd

PHONES = 490
"""So that a few more find a stream: there are 500."""

BACK = 1_000
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds, medians: until the last phone was told (`last_s`; `floor_s` by the plain server),
    until all were in, until a thousand were answered that came back. `slower`: how many times its
    usual time the presenter's page takes.
    """

    last_s: float
    floor_s: float
    in_s: float
    back_s: float
    slower: float


def measure(folder: Path) -> Figures:
    """Return the figures of one room; the plain server's are measured in turns with its events."""
    return asyncio.run(_measure(folder))


async def _measure(folder: Path) -> Figures:
    with program(folder / "phones", None) as (url, _):
        async with crowd(url) as room:
            alone_ms = await room.presenters_ms()
            in_s = await room.fills(PHONES)
            deaf = Phone(room.port)
            await deaf.joins(room.code)
            await deaf.asks("/s", narrow=True)
            full_ms = await room.presenters_ms()
            state = len(room.phones[0].heard[-1][1])
            took: list[float] = []
            floor: list[float] = []
            async with _plain_server() as port:
                for _ in range(ROUNDS):
                    took += [await room.event("pause", PAUSED), await room.event("resume", OPEN)]
                    floor.append(await _floor(port, state))
            await deaf.leaves()
            await room.goes_home()
            back = [(await room.come_back(BACK))[0] for _ in range(3)]
    return Figures(
        statistics.median(took),
        statistics.median(floor),
        in_s,
        statistics.median(back),
        full_ms / alone_ms,
    )


async def _floor(port: int, size: int) -> float:
    """Return the seconds from asking until the last of as many clients has so many bytes."""
    clients = await asyncio.gather(
        *(asyncio.open_connection("127.0.0.1", port) for _ in range(PHONES))
    )

    async def told(reader: asyncio.StreamReader) -> float:
        await reader.readexactly(size)
        return time.perf_counter()

    waiting = [asyncio.create_task(told(reader)) for reader, _ in clients]
    await asyncio.sleep(0.2)  # all are in
    started = time.perf_counter()
    clients[0][1].write(json.dumps(size).encode() + b"\n")
    last = max(await asyncio.gather(*waiting))
    for _, writer in clients:
        writer.close()
    return last - started


@asynccontextmanager
async def _plain_server() -> AsyncIterator[int]:
    command = [sys.executable, "-m", "tests.bench.phones"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(await asyncio.to_thread(process.stdout.readline))
        finally:
            process.terminate()


async def _serve() -> None:
    """Write as many bytes as a line asks for to everybody; print the port."""
    everybody: set[asyncio.StreamWriter] = set()

    async def met(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        everybody.add(writer)
        while line := await reader.readline():
            for one in everybody:
                one.write(b"x" * int(line))
        everybody.discard(writer)
        writer.close()

    server = await asyncio.start_server(met, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
