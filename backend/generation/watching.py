"""Keeps a job's watchers up to date about runs that another machine carries out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Thread
from backend.errors import PlaygroundError
from backend.generation.bells import Bells
from backend.generation.jobs import ENDED, Job, RunView
from backend.generation.shown import Shown
from backend.storage.run_rows import RunRow
from backend.types import RunState

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 1.0
"""How often a job is read where nobody tells of its changes."""

_WATCHED = (
    *("state", "record", "error", "waits_for", "waits_until"),
    *("after_stop", "dismissed", "again", "sent"),
)


class Watching:
    """Reads jobs with `shown`; `view` makes of a row what is shown of it."""

    def __init__(
        self, shown: Shown, bells: Bells, machine: str, view: Callable[[int, RunRow], RunView]
    ) -> None:
        self._shown, self.bells, self._machine, self._view = shown, bells, machine, view
        self._thread = Thread("watching")

    def close(self) -> None:
        """End the thread. Call it when nobody watches anything any more."""
        self._thread.close()

    async def until_ended(self, job: Job, indexes: Collection[int]) -> None:
        """Tell what becomes of these runs until all of them have ended, or the program does."""
        with self.bells.of(job.id) as bell:
            while not self.bells.closed:
                try:
                    rows = await self._thread.run(self._shown.job, job.id)
                except SQLAlchemyError as error:
                    log.info("job %s is not watched just now: %s", job.id, type(error).__name__)
                else:
                    self._take_in(job, indexes, rows)
                    if not rows or all(job.runs[index].state in ENDED for index in indexes):
                        return
                await bell.wait(LOOK_AGAIN_S)

    def _take_in(self, job: Job, indexes: Collection[int], rows: list[RunRow]) -> None:
        for index, row in enumerate(rows):
            if index not in indexes or row.machine == self._machine:
                continue
            now, before = self._view(index, row), job.runs[index]
            news = {n: getattr(now, n) for n in _WATCHED if getattr(now, n) != getattr(before, n)}
            if _said(before.error) == _said(now.error):  # another object each time
                news.pop("error", None)
            if news:
                job.update(index, **news)

    async def twin_ended(self, run_id: str, job: Job) -> PlaygroundError | None:
        """Wait until the same request, sent by another machine, has ended; return its failure.

        None where its image has come, it is not sent any more, or `job` is stopped.
        """
        while not (self.bells.closed or job.stopping):
            try:
                row = await self._thread.run(self._shown.any_run, run_id)
            except SQLAlchemyError:
                await asyncio.sleep(LOOK_AGAIN_S)
                continue
            if row is None:
                return None
            if row.state is not RunState.SENT:
                return row.error if row.state in (RunState.FAILED, RunState.UNKNOWN) else None
            with self.bells.of(row.job_id) as bell:
                await bell.wait(LOOK_AGAIN_S)
        return None


def _said(error: PlaygroundError | None) -> str:
    return "" if error is None else f"{type(error).__name__} {error}"
