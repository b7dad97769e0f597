"""`/mcp`: where assistants ask. What answers them is imported when the first of them comes."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from backend.said import msg
from backend.studio import Studio
from ui.door.key_gate import MCP
from ui.language.chosen import tell

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager


class Assistants:
    """The ASGI application behind /mcp. `close` ends it; the next request begins it anew."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.routes = [Route(MCP, self, methods=["GET", "POST"])]
        self._starting = asyncio.Lock()
        self._manager: StreamableHTTPSessionManager | None = None
        self._running: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            manager = await self._started()
        except ModuleNotFoundError:
            sentence = msg("The package mcp is missing: install requirements.lock.")
            await JSONResponse({"detail": tell(sentence)}, 501)(scope, receive, send)
            return
        await manager.handle_request(scope, receive, send)

    async def close(self) -> None:
        """End what answers. Images that were asked for are made all the same."""
        if self._running is not None:
            self._ended.set()
            await self._running
        self._running = self._manager = None
        self._starting = asyncio.Lock()  # the next one may be another loop's

    async def _started(self) -> StreamableHTTPSessionManager:
        async with self._starting:
            if self._manager is None:
                server = await asyncio.to_thread(import_module, "ui.assistant.server")
                manager: StreamableHTTPSessionManager = server.manager(self.studio)
                ready, self._ended = asyncio.Event(), asyncio.Event()
                self._running = asyncio.create_task(self._run(manager, ready, self._ended))
                await ready.wait()
                self._manager = manager
            return self._manager

    async def _run(
        self,
        manager: StreamableHTTPSessionManager,
        ready: asyncio.Event,
        ended: asyncio.Event,
    ) -> None:
        """Hold it open: it has to be closed by the task that has opened it."""
        async with manager.run():
            ready.set()
            await ended.wait()
