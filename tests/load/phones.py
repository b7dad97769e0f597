"""A room full of phones: plain sockets that hold a stream each, to a program of its own."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

PLAN = {
    "title": "A full room",
    "model": "black-forest-labs/FLUX.1-schnell",
    "host": "127.0.0.1",
    "port": 0,
}
_COOKIE = re.compile(rb"set-cookie: (room_\w+=\w+)", re.IGNORECASE)

PAUSED, OPEN = b"No images are made just now", b'"may_send": true'
"""What stands in a state while the session rests, and while it does not."""


@dataclass(eq=False)
class Phone:
    """One phone of the room at `host`:`port`. `heard` is when each state came, with its bytes."""

    port: int
    cookie: bytes = b""
    heard: list[tuple[float, bytes]] = field(default_factory=list)
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def joins(self, code: str) -> None:
        """Come in by the code, and keep the cookie."""
        head = await self.asks(f"/{code}")
        found = _COOKIE.search(head)
        assert found, head
        self.cookie = found[1]
        await self.leaves()

    async def asks(self, path: str, *, narrow: bool = False) -> bytes:
        """Return the head of the answer; its body is still to be read."""
        sock = socket.socket()
        if narrow:  # it reads nothing: little waits for it on its way
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
        self.reader, self.writer = await asyncio.open_connection(sock=sock, limit=1_000_000)
        cookie = b"\r\nCookie: " + self.cookie if self.cookie else b""
        self.writer.write(b"GET %s HTTP/1.1\r\nHost: 127.0.0.1%s\r\n\r\n" % (path.encode(), cookie))
        return await self.reader.readuntil(b"\r\n\r\n")

    async def listens(self) -> None:
        """Hold a stream, and note what comes, until it is left."""
        assert self.reader is not None
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                line = await self.reader.readuntil(b"\n")
                if line.startswith(b"data: {"):
                    self.heard.append((time.perf_counter(), line))

    async def leaves(self) -> None:
        if self.writer is not None:
            self.writer.close()
            with suppress(ConnectionError):
                await self.writer.wait_closed()


@dataclass
class Crowd:
    """All the phones, and the presenter at `url`."""

    url: str
    presenter: httpx.AsyncClient
    port: int = 0
    code: str = ""
    phones: list[Phone] = field(default_factory=list)
    listening: list[asyncio.Task[None]] = field(default_factory=list)

    async def does(self, **deed: Any) -> Any:
        """Have the presenter do something."""
        answer = await self.presenter.post(f"{self.url}/api/session/do", json=deed)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def fills(self, number: int) -> float:
        """Let so many phones in, each with a stream; return the seconds that it took."""
        started = time.perf_counter()
        self.phones = [Phone(self.port) for _ in range(number)]
        await asyncio.gather(*(phone.joins(self.code) for phone in self.phones))
        await asyncio.gather(*(phone.asks("/s") for phone in self.phones))
        self.listening = [asyncio.create_task(phone.listens()) for phone in self.phones]
        await self.all_hear(OPEN, 30)
        return time.perf_counter() - started

    async def event(self, deed: str, told: bytes) -> float:
        """Return the seconds from a deed of the presenter's until the last phone was told."""
        started = time.perf_counter()
        await self.does(do=deed)
        await self.all_hear(told, 30)
        return max(phone.heard[-1][0] for phone in self.phones) - started

    async def all_hear(self, told: bytes, within_s: float) -> None:
        async with asyncio.timeout(within_s):
            while not all(phone.heard and told in phone.heard[-1][1] for phone in self.phones):
                await asyncio.sleep(0.005)

    async def come_back(self, number: int) -> tuple[float, list[bytes]]:
        """Let `number` phones ask for a stream at once, all cookies in turn.

        Return the seconds until the last was answered, and the status of each.
        """
        cookies = [phone.cookie for phone in self.phones]
        back = [Phone(self.port, cookies[n % len(cookies)]) for n in range(number)]
        started = time.perf_counter()
        heads = await asyncio.gather(*(phone.asks("/s") for phone in back))
        took = time.perf_counter() - started
        await asyncio.gather(*(phone.leaves() for phone in back))
        return took, [head.split(b" ", 2)[1] for head in heads]

    async def presenters_ms(self, times: int = 40) -> float:
        """Return the median milliseconds of the presenter's own page while this goes on."""
        took = []
        for _ in range(times):
            started = time.perf_counter()
            answer = await self.presenter.get(f"{self.url}/api/session")
            assert answer.status_code == 200
            took.append(time.perf_counter() - started)
        return sorted(took)[times // 2] * 1000

    async def goes_home(self) -> None:
        """Let all phones leave; they keep their cookies."""
        for task in self.listening:
            task.cancel()
        await asyncio.gather(*(phone.leaves() for phone in self.phones))


@asynccontextmanager
async def crowd(url: str) -> AsyncIterator[Crowd]:
    """Yield an empty room of the program at `url`, its door open."""
    _many_files()
    async with httpx.AsyncClient(timeout=60) as presenter:
        answer = await presenter.post(f"{url}/api/session", json=PLAN)
        assert answer.status_code == 200, answer.text
        room = Crowd(url, presenter)
        desk = await room.does(do="open")
        address, _, room.code = desk["url"].rpartition("/")
        room.port = int(address.rpartition(":")[2])
        try:
            yield room
        finally:
            await room.goes_home()


def _many_files() -> None:
    try:
        import resource
    except ImportError:  # there is none on Windows, and no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
