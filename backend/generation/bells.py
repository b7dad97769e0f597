"""Wakes who waits for news of a job: it was changed, on whichever machine."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Bell:
    """Rings for one job. It remembers a ring that nobody waited for."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, timeout_s: float) -> None:
        """Return once it has rung since the last time, `timeout_s` later at the latest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        self._rung.clear()


class Bells:
    """The bells of those jobs that somebody waits for."""

    def __init__(self) -> None:
        self._bells = defaultdict[str, set[Bell]](set)
        self.closed = False

    @contextmanager
    def of(self, job_id: str) -> Iterator[Bell]:
        """Yield a bell that rings when the job changes."""
        bell = Bell()
        self._bells[job_id].add(bell)
        try:
            yield bell
        finally:
            self._bells[job_id].discard(bell)
            if not self._bells[job_id]:
                del self._bells[job_id]

    def ring(self, job_id: str) -> None:
        """Wake who waits for this job."""
        for bell in self._bells.get(job_id, ()):
            bell.ring()

    def ring_all(self) -> None:
        """Wake all: something may have been missed."""
        for bells in self._bells.values():
            for bell in bells:
                bell.ring()

    def close(self) -> None:
        """Wake all for the last time: who waits gives up."""
        self.closed = True
        self.ring_all()
