"""Answers that never end are so many, and no more."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import ui  # noqa: F401  # before gradio
from ui.door.streams import Streams


class Endless:
    """An application whose answers end when the test says so; counts those that are open."""

    def __init__(self) -> None:
        self.open, self.end = 0, asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.open += 1
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await self.end.wait()
            await send({"type": "http.response.body", "body": b"end", "more_body": False})
        finally:
            self.open -= 1


class Asked:
    """One request."""

    def __init__(self, app: Any, address: str, path: str) -> None:
        self.sent: list[Any] = []
        scope = {"type": "http", "path": path, "client": (address, 1), "headers": []}
        self.task = asyncio.create_task(app(scope, None, self._send))

    @classmethod
    async def many(cls, app: Any, count: int, address: str, path: str = "/api/events") -> list[Any]:
        """Ask `count` times, each once the one before has begun."""
        asked = []
        for _ in range(count):
            asked.append(cls(app, address, path))
            await settle()
        return asked

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    @property
    def ended(self) -> bool:
        last = self.sent[-1]
        return last["type"] == "http.response.body" and not last.get("more_body")


async def settle() -> None:
    for _ in range(8):
        await asyncio.sleep(0)


PATHS = [
    "/api/events",
    "/api/session/events",
    "/gradio_api/queue/data",
    "/gradio_api/heartbeat/abc",
    "/gradio_api/call/generate/0f",
]


@pytest.mark.parametrize("path", PATHS)
async def test_one_too_many_of_an_address_ends_its_oldest(path: str) -> None:
    inner = Endless()
    app = Streams(inner, each=3, most=10)
    mine = await Asked.many(app, 5, "10.0.0.1", path)
    other = Asked(app, "10.0.0.2", path)
    await settle()
    assert [asked.ended for asked in mine] == [True, True, False, False, False]
    assert not other.ended and inner.open == 4
    assert all(asked.task.exception() is None for asked in mine[:2])
    inner.end.set()
    await asyncio.gather(*(asked.task for asked in [*mine, other]))
    assert other.sent[-1]["body"] == b"end" and inner.open == 0


async def test_one_too_many_of_all_ends_one_of_who_has_the_most() -> None:
    inner = Endless()
    app = Streams(inner, each=8, most=10)
    few = await Asked.many(app, 3, "10.0.0.1")
    many = await Asked.many(app, 7, "10.0.0.2")
    newest = Asked(app, "10.0.0.3", PATHS[0])
    await settle()
    assert [asked.ended for asked in many] == [True] + [False] * 6
    assert not any(asked.ended for asked in [*few, newest])
    inner.end.set()
    await asyncio.gather(*(asked.task for asked in [*few, *many, newest]))


async def test_other_answers_are_not_counted() -> None:
    inner = Endless()
    app = Streams(inner, each=2, most=2)
    asked = [Asked(app, "10.0.0.1", "/api/images") for _ in range(5)]
    await settle()
    assert inner.open == 5
    inner.end.set()
    await asyncio.gather(*(one.task for one in asked))


async def test_whoever_leaves_makes_room() -> None:
    inner = Endless()
    app = Streams(inner, each=2, most=9)
    first, second = (Asked(app, "10.0.0.1", PATHS[0]) for _ in range(2))
    await settle()
    first.task.cancel()
    await settle()
    assert inner.open == 1
    third = Asked(app, "10.0.0.1", PATHS[0])
    await settle()
    assert not second.ended and not third.ended
    inner.end.set()
    await asyncio.gather(second.task, third.task)


async def test_one_that_ends_before_it_began_is_told_why() -> None:
    inner = Endless()
    app = Streams(inner, each=2, most=9)
    asked = [Asked(app, "10.0.0.1", PATHS[0]) for _ in range(3)]
    await settle()
    assert asked[0].sent[0]["status"] == 503 and asked[0].ended
    inner.end.set()
    await asyncio.gather(*(one.task for one in asked))
