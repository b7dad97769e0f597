"""When a run may leave: in its turn, within the limits of that moment, with room and a record.

What the settings say may change while a run waits. It is sent where and as they say then, or not
at all: never to an address that was replaced, nor with its key.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Thread
from backend.catalogue.params import fingerprint
from backend.errors import CHECK, NOTHING, Interrupted, NotSent
from backend.generation.jobs import Job, RunView
from backend.generation.ledger import Ledger
from backend.generation.line import Line, Spot
from backend.generation.repeat import named
from backend.generation.sendlog import SendLog
from backend.generation.taking import Taking
from backend.said import joined, msg, msg_n
from backend.storage.folder import LocalStore
from backend.types import Limits, ModelSpec, RunState
from backend.wire.connection import Connection

SENDS_AT_ONCE = 128
"""Sends under way at once, over all jobs: a hundred users are served side by side."""

SAID_AFTER_S = 0.5
"""A run that stands in line so long says until when; most lines are over before."""

SWAPPED = msg("The server has another model now.")
CHOOSE = msg("Choose the one that it has.")


class Standing(Protocol):
    """The settings as they stand, asked anew before each send."""

    @property
    def connection(self) -> Connection: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def next_change(self) -> asyncio.Event:
        """Set once they have changed; then there is another one.

        Whoever acts by what stands asks for it before that: a change between is heard, too.
        """

    async def still_has(self, model_id: str) -> bool:
        """Whether who answers still has this model; False where another one would paint."""

    def known_balance(self) -> Decimal | None:
        """The account's balance in US dollars as far as it is known; asks nobody."""

    def forget_balance(self) -> None: ...
    async def balance(self) -> Decimal | None: ...


class Payer(Protocol):
    """Who is asked, and what that costs: one connection, or several."""

    @property
    def models(self) -> Mapping[str, ModelSpec]: ...
    def of(self, model_id: str) -> Standing:
        """Return whose a model is now: perhaps with another source than a record of it names.

        A source alone does not say it: two connections may have one address, each with its key.
        """

    def of_all(self, model_ids: Iterable[str]) -> Standing:
        """Return whose all these are. Raises: InvalidInput where they are several's."""

    def estimate(self, model_id: str, count: int) -> Decimal | None: ...


@dataclass(frozen=True, slots=True)
class Way:
    """How the runs of one job are sent.

    `source` is who was to be asked at the click; `anew` passes the cache by; jobs have growing
    numbers. `on_answer` is told once all of a run's answer is here, before it is stored.
    """

    standing: Standing
    source: str
    anew: bool
    number: int
    on_answer: Callable[[], None] = lambda: None


class Turns:
    """Lets runs leave. `thread` is the ledger's own."""

    def __init__(
        self,
        store: LocalStore,
        ledger: Ledger,
        thread: Thread,
        sends: SendLog,
        taking: Taking,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._store, self._ledger, self._thread = store, ledger, thread
        self._sends, self._taking, self._sleep = sends, taking, sleep
        self._lines: dict[tuple[str, ...], Line] = {}
        self._slots = asyncio.Semaphore(SENDS_AT_ONCE)
        self.under_way = 0

    @asynccontextmanager
    async def turn(self, job: Job, run: RunView, way: Way) -> AsyncIterator[Connection]:
        """Wait for the run's turn, note that it leaves, and yield where it goes.

        Raises: NotSent and its kinds, where it is not to leave.
        """
        line = self._lines.setdefault(way.standing.limits.only, Line())
        with line.spot((way.number, run.index)) as spot:
            connection = await self._leave(job, run, way, spot)
        self.under_way += 1
        try:
            yield connection
        finally:
            self.under_way -= 1
            self._slots.release()

    @contextmanager
    def gone_on(self, way: Way) -> Iterator[Connection]:
        """Yield where a run was sent before this start. Raises: Interrupted where that is gone."""
        connection = way.standing.connection
        if connection.source != way.source:
            raise Interrupted(
                msg(
                    "This was asked of {maker}, whose answer has yet to come; now {other} answers.",
                    maker=named(way.source),
                    other=named(connection.source),
                ),
                CHECK,
            )
        self.under_way += 1
        try:
            yield connection
        finally:
            self.under_way -= 1

    async def pause(self, job: Job, run: RunView, way: Way, wait_s: float, reason: str) -> None:
        """Wait visibly before another try. Raises: NotSent as soon as there is to be none."""
        await self._wait(job, run, wait_s, reason, self._replaced(way))
        self._connection(way)

    async def _leave(self, job: Job, run: RunView, way: Way, spot: Spot) -> Connection:
        """Return where the run goes once it is noted as sent; it then holds a slot."""
        while True:
            await self._come_first(job, run, way, spot)
            await self._slots.acquire()
            wait_s: float | None = None
            change = way.standing.next_change
            try:
                connection = self._connection(way)
                wait_s = await self._note(job, run, way)
            finally:
                if wait_s != 0:
                    self._slots.release()
            if wait_s:
                self._sends.waits(run, wait_s)
                reason = _reason(way.standing.limits)
                await self._wait(job, run, wait_s, reason, change.wait())
            elif way.standing.connection is connection:
                self._sends.sent(run)
                now = datetime.now(UTC)
                sent = {"state": RunState.SENT, "sent": now, "waits_for": "", "waits_until": None}
                job.update(run.index, **sent)
                return connection
            else:  # replaced at the very moment that it was noted
                self._slots.release()
                await self._thread.run(self._ledger.requeue, run.id, was_sent=False)

    async def _note(self, job: Job, run: RunView, way: Way) -> float:
        """Make room and the record that comes before every send; else the seconds to wait."""
        if not await way.standing.still_has(run.request.model):
            raise NotSent(SWAPPED, joined(NOTHING, CHOOSE))
        if job.stopping:
            raise job.reason()
        await self._taking.require()
        await asyncio.to_thread(self._store.require_room, self.under_way + 1)
        key = None if way.anew else fingerprint(run.request, way.source)
        return await self._thread.run(self._ledger.begin_send, run.id, way.standing.limits, key)

    async def _come_first(self, job: Job, run: RunView, way: Way, spot: Spot) -> None:
        """Return once nobody who may leave only within a limit stands before this run."""
        look_again_s, said = SAID_AFTER_S, False
        while spot.ahead and (limits := way.standing.limits).requests_per_minute is not None:
            ends = spot.first(), job.stopped(), way.standing.next_change.wait()
            await _first_of(*ends, timeout_s=look_again_s)
            if job.stopping:
                raise job.reason()
            self._connection(way)
            wait_s = await self._thread.run(self._ledger.wait_s, limits, spot.ahead)
            if spot.ahead and wait_s:
                until = datetime.now(UTC) + timedelta(seconds=wait_s)
                job.update(run.index, waits_for=_reason(limits), waits_until=until)
                await self.tell(run, _reason(limits), until)
                if not said:
                    self._sends.waits(run, wait_s)
                said = True
            look_again_s = max(SAID_AFTER_S, wait_s)

    async def _wait(
        self, job: Job, run: RunView, wait_s: float, reason: str, end: Awaitable[object]
    ) -> None:
        until = datetime.now(UTC) + timedelta(seconds=wait_s)
        job.update(run.index, state=RunState.QUEUED, waits_for=reason, waits_until=until)
        await self.tell(run, reason, until)
        await _first_of(self._sleep(wait_s), job.stopped(), end)
        if job.stopping:
            raise job.reason()

    async def tell(self, run: RunView, reason: str, until: datetime) -> None:
        """Let other machines show why it waits, where there are others."""
        if self._ledger.machine is not None:
            with suppress(SQLAlchemyError):  # they show it without a reason
                told = run.id, reason, until.timestamp()
                await self._thread.run(self._ledger.note_wait, *told)

    def _connection(self, way: Way) -> Connection:
        """Return where runs go now. Raises: NotSent where that is not who was to be asked."""
        connection = way.standing.connection
        if connection.source != way.source:
            raise NotSent(
                msg(
                    "This was asked of {maker}. While it waited, the settings were changed to"
                    " {other}.",
                    maker=named(way.source),
                    other=named(connection.source),
                ),
                joined(NOTHING, msg("Try again to have it made there.")),
            )
        return connection

    async def _replaced(self, way: Way) -> None:
        while way.standing.connection.source == way.source:
            await way.standing.next_change.wait()


def _reason(limits: Limits) -> str:
    limit = limits.requests_per_minute
    if limit is None:  # taken away just now
        return ""
    return msg_n("The limit is 1 request a minute.", "The limit is {n} requests a minute.", limit)


async def _first_of(*ends: Awaitable[object], timeout_s: float | None = None) -> None:
    """Return when the first of `ends` has come, or the time is over; the others are given up."""
    waiting = [asyncio.ensure_future(end) for end in ends]
    try:
        await asyncio.wait(waiting, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
