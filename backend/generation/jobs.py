"""One click as a job of several runs, watched by anybody, living on without watchers.

The studio writes a job's runs; pages and programs read `runs` and follow `events()`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from backend.errors import GivenUp, PlaygroundError, Stopped
from backend.said import msg
from backend.storage.run_rows import Again
from backend.types import GenerationRequest, ImageRecord, Making, Origin, RunState

ENDED = frozenset({RunState.SAVED, RunState.FAILED, RunState.UNKNOWN, RunState.CANCELLED})


@dataclass(frozen=True, slots=True)
class Balances:
    """What the account held before a send and after it, in US dollars.

    `alone`: nothing else was sent in between from here. Other programs may share the account.
    """

    before: Decimal
    after: Decimal
    alone: bool


@dataclass(frozen=True, slots=True)
class RunView:
    """One request of a job as it stands. `id` is 32 hex digits, `index` counts from 0.

    `record` is there when saved, `error` when failed, unknown or cancelled. While it waits,
    `waits_until` (UTC) says until when and `waits_for` why, as a short sentence. `after_stop`: it
    was sent before the user stopped the job, and arrived all the same. `cost_usd` is the listed
    price, None where unknown. `dismissed`: its card was put away. `origin` is the image that it
    is made from; the runs of one `experiment` belong together. `again` is the later try that
    stands for it. `balances` is there where a run is in doubt and they are known. `sent` is when it
    left last, None where it waits or nobody was watching. `making` is told to the image's file.
    """

    id: str
    index: int
    request: GenerationRequest
    state: RunState = RunState.QUEUED
    record: ImageRecord | None = None
    error: PlaygroundError | None = None
    waits_for: str = ""
    waits_until: datetime | None = None
    after_stop: bool = False
    cost_usd: Decimal | None = None
    dismissed: bool = False
    origin: Origin | None = None
    experiment: str | None = None
    again: Again | None = None
    balances: Balances | None = None
    sent: datetime | None = None
    making: Making | None = None


@dataclass(eq=False)
class Job:
    """The runs of one click, in order. `created` is in UTC.

    `usual_s` is what an image of its model takes, in seconds of late; None where nobody knows.
    """

    id: str
    owner: str
    created: datetime
    runs: list[RunView]
    ended: datetime | None = None
    usual_s: float | None = None
    _log: list[RunView] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _stopped_by_user: asyncio.Event = field(default_factory=asyncio.Event)
    _why: PlaygroundError | None = None

    @property
    def stopping(self) -> bool:
        """Whether what was not sent is to be cancelled."""
        return self._stop.is_set()

    @property
    def stopped_by_user(self) -> bool:
        """Whether a person asked to stop, before or after anything else ended it."""
        return self._stopped_by_user.is_set()

    async def events(self) -> AsyncIterator[RunView]:
        """Yield every run as it stands, then each change, until the job has ended."""
        seen = len(self._log)
        for run in list(self.runs):
            yield run
        while True:
            changed = self._changed
            while seen < len(self._log):
                seen += 1
                yield self._log[seen - 1]
            if self.ended:
                return
            await changed.wait()

    async def wait(self) -> Sequence[RunView]:
        """Return all runs once the job has ended."""
        while not self.ended:
            await self._changed.wait()
        return self.runs

    def stop(self) -> None:
        """Cancel what was not sent; what was sent is still received and stored."""
        self._stop.set()
        self._stopped_by_user.set()

    def give_up(self, why: PlaygroundError | None) -> None:
        """Cancel what was not sent, because another run failed: it would fail the same way."""
        if not self.stopping:
            self._why = why
        self._stop.set()

    def reason(self) -> Stopped:
        """Return why what was not sent is cancelled."""
        if self._why is None:
            return Stopped(msg("Stopped before it was sent."), msg("Nothing was charged."))
        return GivenUp(
            msg("Not sent, because an image of the same batch failed."),
            msg("Nothing was charged for it."),
        )

    async def stopped(self) -> None:
        """Return once what was not sent is to be cancelled."""
        await self._stop.wait()

    async def user_stopped(self) -> None:
        """Return once a person asks to stop."""
        await self._stopped_by_user.wait()

    def update(self, index: int, **changes: Any) -> RunView:
        """Change run `index` and tell the watchers. The studio's alone to call."""
        self.runs[index] = run = replace(self.runs[index], **changes)
        self._log.append(run)
        self._wake()
        return run

    def forget(self, run_ids: Collection[str]) -> None:
        """Know no words of these runs any more, nor of what happened to them."""
        for index, run in enumerate(self.runs):
            if run.id in run_ids:
                request = replace(run.request, prompt="", values={})
                self.update(index, request=request, record=None, making=None, dismissed=True)
        now = {run.id: run for run in self.runs}
        self._log[:] = [now[run.id] if run.id in run_ids else run for run in self._log]

    def end(self, at: datetime) -> None:
        """Mark the job as ended. The studio's alone to call."""
        self.ended = at
        self._wake()

    def _wake(self) -> None:
        self._changed, changed = asyncio.Event(), self._changed
        changed.set()
