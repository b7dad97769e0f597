"""Work beside the event loop: threads for what blocks, tasks that outlive whoever began them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)


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


class Together(Generic[T]):
    """Blocking calls of several threads, of which one does what has come in meanwhile, for all.

    `every` does for several what `one` does for one, or fails and has done nothing: then each is
    done by itself, and fails by itself.
    """

    def __init__(self, one: Callable[[T], object], every: Callable[[Sequence[T]], object]) -> None:
        self._one, self._every = one, every
        self._turn, self._coming = Lock(), Lock()
        self._waiting: list[tuple[T, Future[None]]] = []

    def do(self, item: T) -> None:
        """Return once it is done for this item. Raises: what `one` does."""
        mine: Future[None] = Future()
        with self._coming:
            self._waiting.append((item, mine))
        with self._turn:
            if not mine.done():  # by who had the turn before
                with self._coming:
                    those, self._waiting = self._waiting, []
                self._carry_out(those)
        mine.result()

    def _carry_out(self, those: list[tuple[T, Future[None]]]) -> None:
        if len(those) > 1:
            try:
                self._every([item for item, _ in those])
            except Exception as error:  # of which of them it is, each finds out by itself
                log.debug("%d are done one by one: %s", len(those), type(error).__name__)
            else:
                for _, waiting in those:
                    waiting.set_result(None)
                return
        for item, waiting in those:
            try:
                self._one(item)
            except BaseException as error:
                waiting.set_exception(error)
            else:
                waiting.set_result(None)


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
