"""A platform in a thread of its own whose log is the judge: every POST that arrived whole.

It answers after 0 to 150 ms, often in pieces, and now and then with 429, 500 or half an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Literal, Self

from tests.http.faults import CREDITS, MODELS, document, picture, png

Key = int | str
"""What is asked for but once: a seed, or the prompt where a model takes none."""

Fate = Literal["image", "dripped", "429", "500", "cut", "junk"]
FATES: tuple[tuple[Fate, int], ...] = (
    ("image", 60),
    ("dripped", 26),
    ("429", 5),
    ("500", 3),
    ("cut", 3),
    ("junk", 3),
)
DELAY_MAX_S = 0.15
PIECES = 12
PIECE_S = 0.004


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass
class Platform:
    """What was asked of the platform. `charges` counts POSTs by `key`; a 429 is not a charge."""

    rng: random.Random
    bodies: list[bytes]
    """The answers to choose from."""
    fates: tuple[tuple[Fate, int], ...] = FATES
    charges: Counter[Key] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    reached: dict[Key, str] = field(default_factory=dict)
    """How far the answer to each request got: waiting, answering or answered."""
    answers: int = 0
    base_url: str = ""
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _going_on: threading.Event = field(default_factory=_set)

    @classmethod
    @contextlib.contextmanager
    def in_thread(cls, seed: int, fates: tuple[tuple[Fate, int], ...] = FATES) -> Iterator[Self]:
        """Serve on loopback until the end of the block."""
        loop = asyncio.new_event_loop()
        images = [png(256, 256, noise=True), picture("JPEG", 512, 512), picture("WEBP", 512, 512)]
        platform = cls(random.Random(seed), [document(image) for image in images], fates)
        ready, stop = threading.Event(), asyncio.Event()

        async def main() -> None:
            async with platform.serving():
                ready.set()
                await stop.wait()

        thread = threading.Thread(target=loop.run_until_complete, args=(main(),), daemon=True)
        thread.start()
        try:
            if not ready.wait(10):
                raise RuntimeError("the platform did not start")
            yield platform
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(10)
            loop.close()

    def hold(self) -> None:
        """Answer nothing that is paid from now on, until `release`."""
        self._going_on.clear()

    def release(self) -> None:
        self._going_on.set()

    def wait_for_charges(self, number: int, timeout_s: float) -> bool:
        """Wait until `number` requests have arrived; False after `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(lambda: self.charges.total() >= number, timeout_s)

    def wait_for_answer(self, number: int, timeout_s: float) -> bool:
        """Wait until `number` answers have left to their last byte; False after `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(lambda: self.answers >= number, timeout_s)

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        tasks: set[asyncio.Task[None]] = set()

        async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            with contextlib.suppress(
                ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError
            ):
                await self._one(reader, writer)
            writer.close()

        server = await asyncio.start_server(one, "127.0.0.1", 0, backlog=128)
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v1"
        try:
            yield
        finally:
            server.close()
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.set_write_buffer_limits(high=0)  # drain: all of it is the kernel's
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if not head.startswith("post"):
            free = MODELS if "/models" in head else CREDITS
            await _write(writer, 200, json.dumps(free).encode())
            return
        size = int(head.split("content-length:")[1].split("\r\n")[0])
        asked = json.loads(await reader.readexactly(size))
        key: Key = asked.get("seed", asked["prompt"])
        fates, weights = zip(*self.fates, strict=True)
        fate: Fate = self.rng.choices(fates, weights)[0]
        self.answered[fate] += 1
        if fate == "429":
            await _write(writer, 429, b'{"status": "failed"}', "Retry-After: 0\r\n")
            return
        self.charges[key] += 1
        self.reached[key] = "waiting"
        with self._changed:
            self._changed.notify_all()
        while not self._going_on.is_set():
            await asyncio.sleep(PIECE_S)
        await asyncio.sleep(self.rng.uniform(0, DELAY_MAX_S))
        self.reached[key] = "answering"
        body = self.rng.choice(self.bodies)
        if fate == "500":
            await _write(writer, 500, b'{"status": "failed", "message": "no gpu"}')
        elif fate == "cut":
            await _write(writer, 200, body, cut=len(body) // 2)
        elif fate == "junk":
            await _write(writer, 200, body.replace(b'"b64_json": "', b'"b64_json": "!'))
        else:
            await _write(writer, 200, body, pieces=PIECES if fate == "dripped" else 1)
        self.reached[key] = "answered"
        with self._changed:
            self.answers += 1
            self._changed.notify_all()


async def _write(
    writer: asyncio.StreamWriter,
    status: int,
    body: bytes,
    headers: str = "",
    *,
    pieces: int = 1,
    cut: int | None = None,
) -> None:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{headers}"
    writer.write(f"{head}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode())
    sent = body[:cut]
    step = -(-len(sent) // pieces)
    for start in range(0, len(sent), step):
        writer.write(sent[start : start + step])
        await writer.drain()
        if pieces > 1:
            await asyncio.sleep(PIECE_S)
