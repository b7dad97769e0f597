"""Ends of runs that the database could not take down at once: tried again until it does.

Where several machines share it a run that reads as waiting is sent by another one sooner or later,
though here it was told that nothing is sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks, Thread
from backend.errors import PlaygroundError
from backend.generation.ledger import Ledger
from backend.types import RunState

log = logging.getLogger(__name__)

AGAIN_S = 2.0
"""How often an end that is not recorded yet is tried again."""


class Ends:
    """Records how runs ended that have no image. `thread` is the ledger's own."""

    def __init__(self, ledger: Ledger, thread: Thread) -> None:
        self._ledger, self._thread = ledger, thread
        self._left: dict[str, tuple[RunState, PlaygroundError]] = {}
        self._tasks = Tasks()

    @property
    def unrecorded(self) -> Collection[str]:
        """The ids of runs that have ended here, of which the database does not know it."""
        return frozenset(self._left)

    async def record(self, run_id: str, state: RunState, error: PlaygroundError) -> bool:
        """Record an end; whether the database took it."""
        try:
            await self._thread.run(self._ledger.end, run_id, state, error)
        except SQLAlchemyError:
            log.warning("the end of run %s could not be recorded", run_id)
            return False
        self._left.pop(run_id, None)
        return True

    def insist(self, run_id: str, state: RunState, error: PlaygroundError) -> None:
        """Record an end as soon as it can be, where another machine might send the run; nobody
        waits for it.
        """
        if self._ledger.machine is None:
            return  # the next start names it
        alone = not self._left
        self._left[run_id] = state, error
        if alone:
            self._tasks.keep(self._until_recorded())

    async def once_more(self) -> None:
        """Try all that is left once."""
        for run_id, (state, error) in list(self._left.items()):
            if not await self.record(run_id, state, error):
                return  # the others would fail the same way

    async def close(self) -> None:
        """Try it for the last time."""
        await self._tasks.cancelled()
        await self.once_more()

    async def _until_recorded(self) -> None:
        while self._left:
            await asyncio.sleep(AGAIN_S)
            await self.once_more()
