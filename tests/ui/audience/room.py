"""A session behind a real door, and phones that come in by it."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from backend.sessions.live import Live
from backend.sessions.state import Wish
from backend.studio import Studio
from ui.audience.serving import RoomDoor

FLUX = "black-forest-labs/FLUX.1-schnell"
PLAN: dict[str, Any] = {
    "title": "Open day",
    "model": FLUX,
    "host": "127.0.0.1",
    "port": 0,
    "values": {"width": 256, "height": 256},
}


@dataclass
class Room:
    """A session of `studio`, whose door it has opened."""

    studio: Studio
    door: RoomDoor
    live: Live

    @property
    def url(self) -> str:
        return self.door.addresses[0].url

    @property
    def code(self) -> str:
        return self.live.desk.codes.now

    @asynccontextmanager
    async def phone(self, *, joins: bool = True) -> AsyncIterator[Phone]:
        """Yield a phone, which has come in by the code if it `joins`."""
        async with httpx.AsyncClient(base_url=self.url, timeout=20) as client:
            phone = Phone(client)
            if joins:
                answer = await phone.enter(self.code)
                assert answer.status_code == 303 and answer.headers["location"] == "/"
            yield phone

    async def made(self, wish_id: str) -> Wish:
        """Return a wish once its picture is there."""
        async with asyncio.timeout(30):
            while (wish := self.live.session.wishes[wish_id]).picture is None:
                await self.live.book.changed()
        return wish


@dataclass
class Phone:
    """Somebody in the room, by the cookies of `client`."""

    client: httpx.AsyncClient

    async def enter(self, code: str) -> httpx.Response:
        return await self.client.get(f"/{code}", headers={"Accept": "text/html"})

    async def opened(self, path: str = "/") -> httpx.Response:
        """Open a path as a person does."""
        return await self.client.get(path, headers={"Accept": "text/html"})

    async def state(self) -> Any:
        answer = await self.client.get("/state")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def send(self, text: str, token: str = "") -> str:
        """Send a wish, which has to be taken; return its id."""
        token = token or secrets.token_hex(16)
        answer = await self.client.post("/wish", json={"token": token, "text": text})
        assert answer.status_code == 200, answer.text
        return token

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[Stream]:
        async with self.client.stream("GET", "/s") as answer:
            stream = Stream(answer.status_code)
            reading = asyncio.create_task(stream.read(answer))
            try:
                yield stream
            finally:
                reading.cancel()


class Stream:
    """What a phone hears: all of it in `text`, the newest state in `state`."""

    def __init__(self, status: int) -> None:
        self.status, self.text, self.ended = status, "", False
        self.states: list[Any] = []
        self._heard = asyncio.Condition()

    async def read(self, answer: httpx.Response) -> None:
        try:
            async for line in answer.aiter_lines():
                self.text += line + "\n"
                if line.startswith("data: {"):
                    self.states.append(json.loads(line.removeprefix("data: ")))
                async with self._heard:
                    self._heard.notify_all()
        except httpx.TransportError:
            pass
        self.ended = True
        async with self._heard:
            self._heard.notify_all()

    async def until(self, told: Any) -> Any:
        """Return the newest state once `told`, of a state, holds."""
        async with asyncio.timeout(20), self._heard:
            await self._heard.wait_for(lambda: self.states and told(self.states[-1]))
        return self.states[-1]

    async def until_ended(self) -> None:
        async with asyncio.timeout(20), self._heard:
            await self._heard.wait_for(lambda: self.ended)
