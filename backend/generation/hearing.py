"""Hears what PostgreSQL tells of changes: one connection outside of the pool, in its own thread.

Whoever listens must not rely on it: between here and there may stand a pooler that passes no
notices on. Then all is seen a second later.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from backend.storage.postgres import MACHINES, RUNS

log = logging.getLogger(__name__)

LOOK_UP_S = 0.5
"""How often the thread looks whether it is to end."""

AGAIN_S = 1.0


class Hearing:
    """`heard` is told channel and text of each notice, `begun` that some may have been missed.

    Both in the event loop.
    """

    def __init__(
        self, engine: sa.Engine, heard: Callable[[str, str], None], begun: Callable[[], None]
    ) -> None:
        self._engine, self._heard, self._begun = engine, heard, begun
        driver: Any = engine.dialect.loaded_dbapi
        self._failures = (SQLAlchemyError, driver.Error, OSError)
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Listen from now on. Call it in the event loop."""
        loop = asyncio.get_running_loop()
        self._thread = threading.Thread(
            target=self._listen, args=(loop,), name="hearing", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Listen no more. Blocks for half a second at most."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._closing.is_set():
            try:
                self._follow(loop)
            except self._failures as error:
                log.info("not heard for a while: %s", type(error).__name__)
                self._closing.wait(AGAIN_S)

    def _follow(self, loop: asyncio.AbstractEventLoop) -> None:
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        try:
            connection.autocommit = True
            for channel in (RUNS, MACHINES):
                connection.execute(f"LISTEN {channel}")
            _call(loop, self._begun)
            while not self._closing.is_set():
                for notice in connection.notifies(timeout=LOOK_UP_S):
                    _call(loop, self._heard, notice.channel, notice.payload)
        finally:
            with suppress(*self._failures):
                connection.close()


def _call(loop: asyncio.AbstractEventLoop, what: Callable[..., None], *told: str) -> None:
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(what, *told)
