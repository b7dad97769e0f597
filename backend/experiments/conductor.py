"""Experiments under way: several sends at once, in order, each cell once, whatever comes between.

An experiment lives without its page, and goes on after a restart. One cell's failure never ends the
rest; what would fail everywhere lets it rest, with the reason and when it goes on.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks, Thread
from backend.errors import (
    AccessDenied,
    KeyRejected,
    NoCredit,
    NotSent,
    OverLimit,
    PlaygroundError,
    Stopped,
)
from backend.experiments.book import Book, Experiment
from backend.generation.budget import DAY_S
from backend.generation.jobs import Job, RunView
from backend.generation.repeat import named
from backend.generation.runner import Runner
from backend.generation.turns import Standing, Way
from backend.said import joined, msg
from backend.storage.rows import RunRow
from backend.types import ImageRecord, RunState

log = logging.getLogger(__name__)

SENDS_AT_ONCE = 8
FOLLOWED_MAX = 50
"""Experiments whose last changes are remembered."""

ANSWERED_AT_ONCE = 100
"""Cells that are looked at together: what is stored already is shown in a few steps."""

ALIKE_MAX = 3
"""So many failures of one kind in a row let the experiment rest."""

_LAST_IN_LINE = 1 << 40
"""Clicks have smaller numbers: under the minute's limit they go first."""

_EVERYWHERE = (KeyRejected, NoCredit, AccessDenied, NotSent)
"""What would befall every further cell too; for none of these anything was charged."""


@dataclass(eq=False)
class _Live:
    """One experiment under way."""

    one: Experiment
    jobs: dict[int, Job] = field(default_factory=dict)  # by the cell's position
    ending: bool = False
    alike: list[type[PlaygroundError]] = field(default_factory=list)
    why: str = ""
    goes_on: float | None = None
    task: asyncio.Task[None] | None = None


class Conductor:
    """Carries experiments out. `thread` is the ledger's; `prices` are the models' listed ones.

    `on_image` is told of each new image, `on_change` of an experiment whose cells changed.
    """

    def __init__(
        self,
        book: Book,
        runner: Runner,
        thread: Thread,
        standing: Standing,
        prices: Callable[[], Mapping[str, Decimal | None]],
        *,
        on_image: Callable[[ImageRecord], None],
        on_change: Callable[[str], None],
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._book, self._runner, self._thread = book, runner, thread
        self._standing, self._prices = standing, prices
        self._on_image, self._on_change = on_image, on_change
        self._clock, self._sleep = clock, sleep
        self._live: dict[str, _Live] = {}
        self._started = secrets.token_hex(4)
        self._changes: dict[str, list[int]] = {}
        self._numbers = _LAST_IN_LINE
        self._closing = False
        self._waking = Tasks()

    async def begin(self) -> None:
        """Go on with what was under way at the last end of the program."""
        for one in await self._thread.run(self._book.unfinished):
            if one.state == "running":
                self.start(one)
            elif one.goes_on is not None:
                self._waking.keep(self._wake(one.id, one.goes_on.timestamp()))

    async def close(self) -> None:
        """End what was not sent; each experiment goes on at the next start."""
        self._closing = True
        await self._waking.cancelled()
        for live in list(self._live.values()):
            self._halt(live)
        tasks = [live.task for live in self._live.values() if live.task]
        await asyncio.gather(*tasks, return_exceptions=True)

    def is_ending(self, experiment_id: str) -> bool:
        """Whether it sends nothing more and waits for what is under way."""
        live = self._live.get(experiment_id)
        return live is not None and live.ending

    def under_way(self, experiment_id: str) -> Mapping[int, RunView]:
        """Return the runs that are under way just now, by their cells' positions."""
        live = self._live.get(experiment_id)
        return {at: job.runs[0] for at, job in live.jobs.items()} if live else {}

    def note_change(self, experiment_id: str, position: int) -> None:
        """Note that something of a cell is another now."""
        if experiment_id not in self._changes:
            while len(self._changes) >= FOLLOWED_MAX:
                del self._changes[next(iter(self._changes))]
            self._changes[experiment_id] = []
        self._changes[experiment_id].append(position)

    def changed_since(self, experiment_id: str, version: str) -> tuple[str, set[int] | None]:
        """Return how it stands now, as a version, and the cells that changed since another one.

        None where that is not known: it is from before, or none.
        """
        changes = self._changes.get(experiment_id, [])
        now = f"{self._started}-{len(changes)}"
        started, _, count = version.partition("-")
        if started != self._started or not count.isdigit() or int(count) > len(changes):
            return now, None
        return now, {*changes[int(count) :], *self.under_way(experiment_id)}

    def start(self, one: Experiment) -> None:
        """Carry out what is left of an experiment, if nobody does so yet."""
        if one.id in self._live or self._closing:
            return
        live = self._live[one.id] = _Live(one)
        live.task = asyncio.get_running_loop().create_task(self._conduct(live))

    async def rest(self, experiment_id: str, *, now: bool) -> None:
        """Send no further cell; `now` also cancels what waits for its turn. Returns at its end."""
        live = self._live.get(experiment_id)
        if live is None:
            return
        live.ending = True
        if now:
            self._halt(live)
        if live.task:
            await asyncio.wait([live.task])

    def _halt(self, live: _Live) -> None:
        live.ending = True
        for job in live.jobs.values():
            job.stop()

    async def _conduct(self, live: _Live) -> None:
        one = live.one
        try:
            left = await self._all(live)
            if live.why:
                await self._thread.run(
                    self._book.set_state, one.id, "paused", live.why, live.goes_on
                )
                if live.goes_on is not None and not self._closing:
                    self._waking.keep(self._wake(one.id, live.goes_on))
            elif not left:
                await self._thread.run(self._book.set_state, one.id, "done")
        except SQLAlchemyError as error:
            log.warning("experiment %s rests: %s", one.id, type(error).__name__)
        finally:
            del self._live[one.id]
            self._on_change(one.id)

    async def _all(self, live: _Live) -> bool:
        """Ask for the cells until none is left or it is to rest; return whether any is left."""
        one = live.one
        waiting = await self._thread.run(self._book.waiting, one.id)
        under_way: set[asyncio.Task[None]] = set()
        while waiting and not live.ending:
            room = one.sends_at_once - len(under_way)
            if room > 0 and await self._ask(live, waiting, room, under_way):
                continue
            if not under_way:
                break
            _, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        if under_way:
            await asyncio.wait(under_way)
        return bool(await self._thread.run(self._book.waiting, one.id))

    async def _ask(
        self, live: _Live, waiting: list[int], room: int, under_way: set[asyncio.Task[None]]
    ) -> bool:
        """Ask for the next cells; return whether there were any to ask for."""
        one, connection = live.one, self._standing.connection
        if connection.source != one.source:
            self._let_rest(
                live,
                msg(
                    "This was asked of {former}, and now {current} answers.",
                    former=named(one.source),
                    current=named(connection.source),
                ),
            )
            return False
        next_ones = waiting[:ANSWERED_AT_ONCE]
        try:
            asked = await self._thread.run(
                self._book.ask, one, next_ones, room, self._standing.limits, self._prices()
            )
        except OverLimit as error:
            self._let_rest(live, joined(error.message, error.hint), tomorrow=True)
            return False
        last = asked[-1][0] if asked else next_ones[-1]
        del waiting[: next_ones.index(last) + 1]
        for position, run in asked:
            self.note_change(one.id, position)
            if run.record is None:
                task = asyncio.create_task(self._perform(live, position, run))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
        if any(run.record for _, run in asked):
            self._on_change(one.id)
        return True

    async def _perform(self, live: _Live, position: int, run: RunRow) -> None:
        one = live.one
        self._numbers += 1
        view = RunView(
            run.id, 0, run.request, cost_usd=run.price_usd, origin=run.origin, experiment=one.id
        )
        job = live.jobs[position] = Job(run.job_id, one.owner, run.created, [view])
        if live.ending:
            job.stop()
        try:
            way = Way(self._standing, one.source, anew=False, number=self._numbers)
            await self._runner.perform(job, 0, way)
            await self._landed(live, position, job.runs[0])
        finally:
            del live.jobs[position]
            job.end(datetime.now(UTC))
            self.note_change(one.id, position)
            self._on_change(one.id)

    async def _landed(self, live: _Live, position: int, run: RunView) -> None:
        if run.record is not None:
            live.alike.clear()
            if not run.record.cached:
                self._on_image(run.record)
            return
        error = run.error
        if error is None or isinstance(error, Stopped):
            return
        if isinstance(error, _EVERYWHERE):
            if run.state is RunState.FAILED:
                await self._thread.run(self._book.put_back, live.one.id, position)
            day = isinstance(error, OverLimit)
            self._let_rest(live, joined(error.message, error.hint), tomorrow=day)
            return
        live.alike.append(type(error))
        if live.alike[-ALIKE_MAX:] == [type(error)] * ALIKE_MAX:
            self._let_rest(
                live,
                joined(
                    msg("{count} in a row failed alike.", count=ALIKE_MAX),
                    error.message,
                    error.hint,
                ),
            )

    def _let_rest(self, live: _Live, why: str, *, tomorrow: bool = False) -> None:
        live.why = live.why or why
        if tomorrow:
            live.goes_on = (self._clock() // DAY_S + 1) * DAY_S
        self._halt(live)

    async def _wake(self, experiment_id: str, at: float) -> None:
        """Go on with an experiment once a day's limit is open again."""
        while (left := at - self._clock()) > 0:
            await self._sleep(min(left, 60.0))  # a computer that slept has another clock
        one = await self._thread.run(self._book.experiment, experiment_id)
        if one is not None and one.state == "paused" and one.goes_on is not None:
            await self._thread.run(self._book.set_state, one.id, "running")
            self.start(one)
