"""How many answers that never end may be open: each takes a connection, and work now and then."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.said import msg
from ui.door.guard import refusal

EACH_MAX, ALL_MAX = 250, 400
"""Of one address, and of all: what uvicorn's protocol holds is more (connections.py)."""

_ENDLESS = re.compile(
    r"/api/(?:session/)?events|/gradio_api/(?:queue/data|heartbeat/[\w-]+|call/[\w-]+/[\w-]+)",
    re.ASCII,
)

_CROWDED = msg("Too many streams are open from where you are.")


@dataclass(eq=False, slots=True)
class _Stream:
    address: str
    task: asyncio.Task[None] | None = field(default=None)
    cut: bool = False


class Streams:
    """ASGI middleware: a stream too many ends the oldest one, of the address that has the most.

    A page whose stream ends opens another, so nobody is left without news for long.
    """

    def __init__(self, app: ASGIApp, *, each: int = EACH_MAX, most: int = ALL_MAX) -> None:
        self.app, self.each, self.most = app, each, most
        self._open: list[_Stream] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _ENDLESS.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return
        stream = _Stream(scope["client"][0] if scope.get("client") else "")
        self._make_room(stream.address)
        self._open.append(stream)
        started = ended = False

        async def noting(message: Message) -> None:
            nonlocal started, ended
            started = True
            ended = message["type"] == "http.response.body" and not message.get("more_body")
            await send(message)

        stream.task = asyncio.ensure_future(self._run(scope, receive, noting))
        try:
            await stream.task
        except asyncio.CancelledError:
            stream.task.cancel()
            if not stream.cut:
                raise
            if not started:
                await refusal(scope, 503, _CROWDED, Retry_After="5")(scope, receive, send)
            elif not ended:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if stream in self._open:
                self._open.remove(stream)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    def _make_room(self, address: str) -> None:
        of = Counter(stream.address for stream in self._open)
        if of[address] >= self.each:
            crowded = address
        elif len(self._open) >= self.most:
            crowded = of.most_common(1)[0][0]
        else:
            return
        oldest = next(stream for stream in self._open if stream.address == crowded)
        self._open.remove(oldest)
        oldest.cut = True
        if oldest.task is not None:
            oldest.task.cancel()
