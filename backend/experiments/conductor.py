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
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks, Thread
from backend.errors import EVERYWHERE, OverLimit, PlaygroundError, Stopped
from backend.experiments.book import Book
from backend.experiments.bounds import UNBOUND, Bounds, Held
from backend.experiments.experiment import Experiment
from backend.generation.budget import DAY_S
from backend.generation.jobs import Job, RunView
from backend.generation.repeat import named
from backend.generation.runner import Runner
from backend.generation.shared import Elsewhere
from backend.generation.turns import SWAPPED, Payer, Way
from backend.said import joined, msg
from backend.storage.run_rows import RunRow
from backend.types import ImageRecord, RunState

log = logging.getLogger(__name__)

FOLLOWED_MAX = 50
"""Experiments whose last changes are remembered."""

ANSWERED_AT_ONCE = 100
"""Cells that are looked at together: what is stored already is shown in a few steps."""

ALIKE_MAX = 3
"""So many failures of one kind in a row let the experiment rest."""

AGAIN_S = 0.5
"""How often is looked whether another machine still has cells of an experiment in line."""

_LAST_IN_LINE = 1 << 40
"""Clicks have smaller numbers: under the minute's limit they go first."""


@dataclass(eq=False)
class _Live:
    """One experiment under way; `bounds` are what is left of those that it was given."""

    one: Experiment
    bounds: Bounds
    began: float
    landed: int = 0  # cells that were made since
    jobs: dict[int, Job] = field(default_factory=dict)  # by the cell's position
    sending: int = 0  # runs whose answers are not all here; others may still be stored
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    ending: bool = False
    over: bool = False  # nothing more is asked for: its end is being noted
    elsewhere: bool = False  # somebody let it rest on another machine, or took it there
    then: Bounds | None = None  # it was started anew here before it had ended
    answers: bool = True  # whether some of the cells looked at last were stored already
    alike: list[type[PlaygroundError]] = field(default_factory=list)
    why: str = ""
    goes_on: float | None = None
    task: asyncio.Task[None] | None = None

    def slot(self) -> Callable[[], None]:
        """Take one of the sends at once; return what gives it back, once, however often called."""
        self.sending += 1
        held = True

        def free() -> None:
            nonlocal held
            if held:
                held = False
                self.sending -= 1
                self.freed.set()

        return free


class Conductor:
    """Carries experiments out. `thread` is the ledger's; `prices` are the models' listed ones.

    `on_image` is told of each new image, `on_change` of an experiment whose cells changed.
    """

    def __init__(
        self,
        book: Book,
        runner: Runner,
        thread: Thread,
        payer: Payer,
        prices: Callable[[], Mapping[str, Decimal | None]],
        *,
        on_image: Callable[[ImageRecord], None],
        on_change: Callable[[str], None],
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._book, self._runner, self._thread = book, runner, thread
        self._payer, self._prices = payer, prices
        self._on_image, self._on_change = on_image, on_change
        self._clock, self._sleep = clock, sleep
        self._live: dict[str, _Live] = {}
        self._started = secrets.token_hex(4)
        self._changes: dict[str, list[int]] = {}
        self._numbers = _LAST_IN_LINE
        self._closing = False
        self._waking = Tasks()

    async def begin(self) -> None:
        """Go on with what was under way at the last end of the program.

        What was to send a part alone rests: how much of it was sent, nobody counted.
        """
        for one in await self._thread.run(self._book.unfinished):
            if one.state == "running" and one.why:
                await self._thread.run(self._book.note_end, one.id, "paused", one.why)
            elif one.state == "running":
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

    def pace_s(self, experiment_id: str) -> float | None:
        """Return the seconds from one cell to the next since it goes on; None before the first
        sends have all landed."""
        live = self._live.get(experiment_id)
        if live is None or live.landed < live.one.sends_at_once:
            return None
        return (self._clock() - live.began) / live.landed

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
        if self._book.shared and experiment_id not in self._live:  # it may run elsewhere
            return now, None
        if started != self._started or not count.isdigit() or int(count) > len(changes):
            return now, None
        return now, {*changes[int(count) :], *self.under_way(experiment_id)}

    def start(self, one: Experiment, bounds: Bounds = UNBOUND) -> None:
        """Carry out what is left of an experiment, if nobody does so yet."""
        if self._closing:
            return
        if one.id in self._live:
            self._live[one.id].then = bounds
            return
        at_once = bounds.at_once or one.sends_at_once
        own = replace(one, sends_at_once=at_once)
        live = self._live[one.id] = _Live(own, bounds, self._clock())
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

    async def ended(self, experiment_id: str) -> None:
        """Return once nothing is under way any more of what has ended; what runs goes on."""
        live = self._live.get(experiment_id)
        if live is not None and live.over and live.task:
            await asyncio.wait([live.task])

    def _halt(self, live: _Live) -> None:
        live.ending = True
        for job in live.jobs.values():
            job.stop()

    async def _conduct(self, live: _Live) -> None:
        one = live.one
        try:
            left = await self._all(live)
            live.over = True
            if live.why:
                await self._thread.run(
                    self._book.note_end, one.id, "paused", live.why, live.goes_on
                )
                if live.goes_on is not None and not self._closing:
                    self._waking.keep(self._wake(one.id, live.goes_on))
            elif not left:
                await self._thread.run(self._book.note_end, one.id, "done")
        except SQLAlchemyError as error:
            log.warning("experiment %s rests: %s", one.id, type(error).__name__)
        except (ValueError, TypeError, LookupError) as error:
            log.warning("experiment %s makes no sense: %s", one.id, type(error).__name__)
            why = msg("What is kept of this experiment cannot be read. Plan it again.")
            await self._thread.run(self._book.note_end, one.id, "paused", why)
        finally:
            again = live.elsewhere and await self._is_here(one.id)
            del self._live[one.id]
            if again:
                self.start(one, live.then or live.bounds)
            self._on_change(one.id)

    async def _is_here(self, experiment_id: str) -> bool:
        try:
            return await self._thread.run(self._book.runs_here, experiment_id)
        except SQLAlchemyError:
            return False  # it waits for a click, or for the next start

    async def _all(self, live: _Live) -> bool:
        """Ask for the cells until none is left or it is to rest; return whether any is left."""
        waiting = await self._thread.run(self._book.waiting, live.one.id)
        while True:
            await self._some(live, waiting)
            # What another machine had in line when this one went on may yet be given up.
            shared, own = self._book.shared, live.one.id
            in_line = shared and await self._thread.run(self._book.in_line, own)
            waiting = await self._thread.run(self._book.waiting, own)
            if live.ending or live.why or not (waiting or in_line):
                return bool(waiting)
            if not waiting:
                await self._sleep(AGAIN_S)

    async def _some(self, live: _Live, waiting: list[int]) -> None:
        """Ask for these cells until all are here or it is to rest."""
        one = live.one
        under_way: set[asyncio.Task[None]] = set()
        while waiting and not live.ending:
            # The next one is sent while an image is stored, but a slow disk lets no pile grow.
            room = min(one.sends_at_once - live.sending, 2 * one.sends_at_once - len(under_way))
            live.freed.clear()
            if room > 0 and await self._ask(live, waiting, room, under_way):
                continue
            if not under_way:
                break
            await live.freed.wait()
        if under_way:
            await asyncio.wait(under_way)

    async def _ask(
        self, live: _Live, waiting: list[int], room: int, under_way: set[asyncio.Task[None]]
    ) -> bool:
        """Ask for the next cells; return whether there were any to ask for."""
        one = live.one
        standing = self._payer.of(one.model)
        connection = standing.connection
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
        if not await standing.still_has(one.model):
            self._let_rest(live, SWAPPED)
            return False
        next_ones = waiting[: ANSWERED_AT_ONCE if live.answers else 2 * one.sends_at_once]
        try:
            asked = await self._thread.run(
                self._book.ask,
                one,
                next_ones,
                room,
                standing.limits,
                self._prices(),
                live.bounds,
            )
        except Elsewhere:
            live.ending = live.elsewhere = True
            return False
        except Held as held:
            self._ask_no_more(live, joined(held.why, one.why))
            return False
        except OverLimit as error:
            self._ask_no_more(live, joined(error.message, error.hint), tomorrow=True)
            return False
        last = asked[-1].position if asked else next_ones[-1]
        del waiting[: next_ones.index(last) + 1]
        for position, run, anew in asked:
            self.note_change(one.id, position)
            if run.record is None:
                live.bounds = live.bounds.less(run.price_usd or Decimal(0))
                task = asyncio.create_task(self._perform(live, position, run, anew, live.slot()))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
                task.add_done_callback(lambda _: live.freed.set())
        live.answers = any(cell.run.record for cell in asked)
        if live.answers:
            self._on_change(one.id)
        return True

    async def _perform(
        self, live: _Live, position: int, run: RunRow, anew: bool, free: Callable[[], None]
    ) -> None:
        one = live.one
        self._numbers += 1
        view = RunView(
            run.id,
            0,
            run.request,
            cost_usd=run.price_usd,
            origin=run.origin,
            experiment=one.id,
            making=run.making,
        )
        job = live.jobs[position] = Job(run.job_id, one.owner, run.created, [view])
        if live.ending:
            job.stop()
        try:
            standing = self._payer.of(run.request.model)
            way = Way(standing, one.source, anew, self._numbers, free)
            await self._runner.perform(job, 0, way)
            await self._landed(live, position, job.runs[0])
        finally:
            free()
            del live.jobs[position]
            job.end(datetime.now(UTC))
            self.note_change(one.id, position)
            self._on_change(one.id)

    async def _landed(self, live: _Live, position: int, run: RunView) -> None:
        if run.record is not None:
            live.alike.clear()
            if not run.record.cached:
                live.landed += 1
                self._on_image(run.record)
            return
        error = run.error
        if error is None or isinstance(error, Stopped):
            return
        if isinstance(error, EVERYWHERE):
            if run.state is RunState.FAILED:
                await self._thread.run(self._book.put_back, live.one.id, position, run.id)
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
        """End it: what waits for its turn is not sent either."""
        self._ask_no_more(live, why, tomorrow=tomorrow)
        self._halt(live)

    def _ask_no_more(self, live: _Live, why: str, *, tomorrow: bool = False) -> None:
        """Ask for no further cell; those that wait for their turn are within the limit."""
        live.why = live.why or why
        if tomorrow and live.bounds.images is None and live.bounds.usd is None:
            live.goes_on = (self._clock() // DAY_S + 1) * DAY_S

    async def _wake(self, experiment_id: str, at: float) -> None:
        """Go on with an experiment once a day's limit is open again."""
        while (left := at - self._clock()) > 0:
            await self._sleep(min(left, 60.0))  # a computer that slept has another clock
        one = await self._thread.run(self._book.experiment, experiment_id)
        rests = one is not None and one.state == "paused" and one.goes_on is not None
        if one is not None and rests and await self._thread.run(self._book.take, one.id):
            self.start(one)
