"""Work beside the event loop: threads for what blocks, tasks that outlive whoever began them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Thread:
    """One thread of its own, or a few, that blocking calls are handed to and waited for."""

    def __init__(self, name: str, workers: int = 1) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=name)

    async def run(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `method` in the thread and return what it returns, or raise what it raises."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, partial(method, *args, **kwargs))

    def begin(self, method: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call `method` in the thread some time; nobody waits for it."""
        self._pool.submit(method, *args, **kwargs)

    def close(self) -> None:
        """End the thread. Blocks until what it was handed is done."""
        self._pool.shutdown()


class Tasks:
    """Tasks that nobody awaits, kept until they end: asyncio alone would forget them."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def keep(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Start the coroutine as a task of its own."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def ended(self) -> None:
        """Wait until all of them have ended, also those that were started meanwhile."""
        while self._running:
            await asyncio.wait(self._running)

    async def cancelled(self) -> None:
        """End all of them where they stand."""
        for task in self._running:
            task.cancel()
        await self.ended()
