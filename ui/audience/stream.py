"""A phone's stream of states, as plain ASGI: one task a phone, none waits for another.

Each state is whole, so whoever missed some lacks nothing. Who does not read is cut off by the
connection itself (ui/door/connections.py).
"""

from __future__ import annotations

import asyncio
import random
import time

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from ui.audience.guests import Guests, number_of

BEAT_S = 15.0
RETRY_MS = (1_000, 5_000)
"""When a phone comes back: drawn for each, so that a restart is no storm."""

_HEAD = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class PhoneStream:
    """An ASGI answer: the states of one visitor, each time that the text of it changes."""

    def __init__(self, guests: Guests, visitor_id: str, *, beat_s: float = BEAT_S) -> None:
        self._guests, self._visitor, self._beat_s = guests, visitor_id, beat_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _HEAD})
        told = Headers(scope=scope).get("last-event-id", "")
        out, said_at = f"retry: {random.randint(*RETRY_MS)}\n\n", time.monotonic()
        gone = asyncio.ensure_future(_gone(receive))
        try:
            while not gone.done() and not self._guests.closed:
                news = self._guests.news()
                text = await self._guests.text(self._visitor)
                number = str(number_of(text))
                if number != told:
                    out += f"id: {number}\ndata: {text}\n\n"
                    told = number
                elif not out and time.monotonic() - said_at >= self._beat_s:
                    out = "event: beat\ndata:\n\n"
                if out:
                    await _write(send, out, more=True)
                    out, said_at = "", time.monotonic()
                await asyncio.wait((news, gone), return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
            if not gone.done():
                await _write(send, "", more=False)
        finally:
            gone.cancel()


async def _gone(receive: Receive) -> None:
    """Return once the phone has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _write(send: Send, text: str, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": more})
