"""A click becomes a job: recorded, carried out, remembered, shown again after a restart."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import repeat

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks, Thread
from backend.catalogue.params import fingerprint
from backend.errors import NOTHING, Busy, InvalidInput, NoRecord
from backend.generation.budget import Cap, Usage
from backend.generation.chosen import Chosen
from backend.generation.ends import AGAIN_S
from backend.generation.jobs import ENDED, Job, RunView
from backend.generation.ledger import Ledger, NewRun
from backend.generation.runner import Runner, as_cached
from backend.generation.runs import parse_place, place_text
from backend.generation.shown import Shown
from backend.generation.ticket import read as read_ticket
from backend.generation.token import asked_for
from backend.generation.turns import CHOOSE, SWAPPED, Payer, Standing, Way
from backend.generation.watching import Watching
from backend.said import joined, msg, msg_n
from backend.storage.rows import RunRow
from backend.types import GenerationRequest, ImageRecord, Limits, Origin, RunState

log = logging.getLogger(__name__)

JOB_SENDS_AT_ONCE = 2
"""Sends of one job under way at once: Stop still has something to stop in a batch of 8."""

LINE_MAX = 500
"""Images asked for and not ended, over all jobs: more are refused, else memory had no bound."""

JOBS_KEPT = 200
RECENT_JOBS = 12


@dataclass(frozen=True, slots=True)
class DoubtPage:
    """A part of what is in doubt as jobs, oldest first; `total` counts all of its runs.

    `next` is the cursor of the part before it, None at the end.
    """

    jobs: list[Job]
    total: int
    next: str | None


class Dispatcher:
    """Starts jobs, and knows those that run or ran since the start.

    `thread` is the ledger's. `on_image` is told of each image, `on_end` of each job's end.
    `elsewhere` is there where several machines have jobs: those of others are watched.
    """

    def __init__(
        self,
        runner: Runner,
        ledger: Ledger,
        shown: Shown,
        thread: Thread,
        *,
        on_image: Callable[[ImageRecord], None],
        on_end: Callable[[], None],
        elsewhere: Watching | None = None,
    ) -> None:
        self._runner, self._ledger, self._shown, self._thread = runner, ledger, shown, thread
        self._on_image, self._on_end = on_image, on_end
        self._jobs: dict[str, Job] = {}
        self._numbers = 0
        self._opening = 0  # images of jobs that are being recorded just now
        self._tasks, self._watching = Tasks(), Tasks()
        self._elsewhere, self._closing = elsewhere, False

    async def close(self) -> None:
        """End what was not sent. What was sent is still received: it may have been paid for."""
        self._closing = True
        if self._elsewhere is not None:
            self._elsewhere.bells.close()
        for job in self._jobs.values():
            job.stop()
        await self._tasks.ended()
        await self._watching.cancelled()

    async def submit(
        self,
        requests: Sequence[GenerationRequest],
        prices_usd: Sequence[Decimal | None],
        standing: Standing,
        *,
        owner: str = "",
        anew: bool = False,
        token: str | None = None,
        seeds_drawn: bool = False,
        origin: Origin | None = None,
        experiment: str | None = None,
        again_of: Sequence[str] = (),
        usual_s: float | None = None,
        chosen: Chosen | None = None,
        typed: str | None = None,
        cap: Cap | None = None,
        part: Limits | None = None,
    ) -> Job:
        """Start a job and return it at once; it runs on without its observers.

        `prices_usd` holds the listed price of each request. `token` (32 hex digits, minted by the
        caller): the same owner's same one twice is one job; `seeds_drawn`: with other seeds too.
        `anew` passes the cache by. `origin` is the stored image that these are made from; images of
        one `experiment` (32 hex digits) belong together. `again_of` holds the run that each request
        tries again, or nothing. `usual_s` is what an image takes, see `Job`; `chosen` what the
        texts are made of, where they are templates. `typed` is what a person wrote, for the
        history, where the prompts are made of it. `cap` holds what the `experiment` may use, `part`
        what the owner may use of the day.
        Raises: OverLimit, Busy, TokenUsed, TriedAlready, when nothing of it was sent.
        """
        asked = asked_for(
            requests,
            seeds_drawn=seeds_drawn,
            anew=anew,
            origin=origin,
            again_of=again_of,
            chosen=chosen,
        )
        try:
            await _refuse_swapped(requests, standing)
            self._refuse_beyond_the_line(len(requests))
        except (Busy, InvalidInput):  # the same press may have come before: then it has its job
            if token is None:
                raise
            opened = await self._thread.run(self._ledger.opened, owner, token, asked)
            if opened is None:
                raise
            return await self._earlier(opened, owner)
        source = standing.connection.source
        new = [
            NewRun(
                secrets.token_hex(16),
                request,
                fingerprint(request, source),
                price_usd or Decimal(0),
                tried,
                making,
                free=price_usd == 0,
            )
            for request, price_usd, tried, making in zip(
                requests,
                prices_usd,
                again_of or repeat(None, len(requests)),
                chosen.makings if chosen else repeat(None, len(requests)),
                strict=True,
            )
        ]
        self._opening += len(requests)
        try:
            rows = await self._thread.run(
                self._ledger.open_job,
                secrets.token_hex(16),
                new,
                owner=owner,
                token=token,
                asked=asked,
                source=source,
                limits=standing.limits,
                use_cache=not anew,
                anew=anew,
                origin=origin,
                experiment=experiment,
                typed=typed if chosen is None else chosen.typed.prompt,
                cap=cap,
                part=part,
            )
        except NoRecord as error:
            for run in new:  # recorded after all, if only the answer was lost: not to be sent
                self._runner.ends.insist(run.id, RunState.FAILED, error)
            raise
        finally:
            self._opening -= len(requests)
        if isinstance(rows, str):
            return await self._earlier(rows, owner)
        job = _job(rows, owner)
        job.usual_s = usual_s
        if chosen is not None:
            pairs = zip(job.runs, chosen.makings, strict=True)
            job.runs[:] = [replace(run, making=making) for run, making in pairs]
        self._remember(job)
        self._begin(job, Way(standing, source, anew, self._next_number()))
        return job

    async def resume(self, payer: Payer) -> None:
        """Go on with what was sent before this start and whose answers can still be asked for."""
        by_job: dict[str, tuple[str, list[RunRow]]] = {}
        for row, owner in await self._thread.run(self._ledger.awaited):
            by_job.setdefault(row.job_id, (owner, []))[1].append(row)
        for job_id, (owner, rows) in by_job.items():
            found = await self._thread.run(self._shown.job, job_id)
            job = self._jobs.get(job_id) or _job(found, owner)
            if rows := [row for row in rows if row.id not in self._runner.carried]:
                self._remember(job)
                self._begin_asking(job, payer, rows)

    async def take_up(self, job_id: str, payer: Payer, machine: str) -> Job | None:
        """Carry out those runs of a job that another machine had, and are `machine`'s now.

        Not what is carried out here already, or has ended here though nobody could record it.
        Returns the job, None where there is nothing to do.
        """
        owner, rows = await self._thread.run(self._shown.taken, job_id)
        job = self._jobs.get(job_id) or _job(rows, owner)
        here = self.carried
        now = {
            i: row
            for i, row in enumerate(rows)
            if row.machine == machine and row.id not in here and job.runs[i].state not in ENDED
        }
        mine = {i: row for i, row in now.items() if row.state is RunState.QUEUED}
        asked_for = [row for row in now.values() if row.state is RunState.SENT and row.ticket_json]
        if self._closing or not (mine or asked_for):
            return None
        for index, row in mine.items():
            job.runs[index] = replace(view_of(index, row), making=row.making)
        if any(row.stopped for row in (*mine.values(), *asked_for)):
            job.stop()
        self._remember(job)
        if asked_for:
            self._begin_asking(job, payer, asked_for)
        if mine:
            first = next(iter(mine.values()))
            standing = payer.of(first.request.model)
            self._begin(job, Way(standing, first.source, first.anew, self._next_number()), mine)
        return job

    def _next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    @property
    def carried(self) -> Collection[str]:
        """The ids of the runs that nobody need take up: carried out here, or ended here."""
        return self._runner.carried.union(self._runner.ends.unrecorded)

    def _begin(self, job: Job, way: Way, mine: Collection[int] | None = None) -> None:
        left = [run.index for run in job.runs if run.state not in ENDED]
        mine = left if mine is None else [index for index in left if index in mine]
        self._runner.carried.update(job.runs[index].id for index in mine)
        self._tasks.keep(self._carry_out(job, way, mine))
        self._keep_passing_on(job)

    def _begin_asking(self, job: Job, payer: Payer, rows: Sequence[RunRow]) -> None:
        self._runner.carried.update(row.id for row in rows)
        self._tasks.keep(self._go_on(job, payer, rows))
        self._keep_passing_on(job)

    def _keep_passing_on(self, job: Job) -> None:
        if self._elsewhere is not None:
            self._watching.keep(self._pass_on_stop(job))

    async def _pass_on_stop(self, job: Job) -> None:
        """Let other machines know once somebody stops a job."""
        ends = [asyncio.ensure_future(end) for end in (job.user_stopped(), job.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        while job.stopped_by_user and not self._closing:
            try:
                await self._thread.run(self._ledger.stop, job.id)
                return
            except SQLAlchemyError:  # what this machine carries out ends all the same
                log.warning("other machines are not told yet that %s was stopped", job.id)
                await asyncio.sleep(AGAIN_S)

    @property
    def under_way(self) -> bool:
        """Whether any job that is known here has not ended."""
        return any(not job.ended for job in self._jobs.values())

    def job(self, job_id: str) -> Job | None:
        """Return a job that runs or ran since the start."""
        return self._jobs.get(job_id)

    async def find(self, job_id: str, owner: str) -> Job | None:
        """Return an owner's job, on whichever machine it runs; None where there is none."""
        if job := self.job(job_id):
            return job if job.owner == owner else None
        if self._elsewhere is None:
            return None
        rows = await self._thread.run(self._shown.job, job_id, owner)
        return self._known(rows, owner) if rows else None

    def _known(self, rows: Sequence[RunRow], owner: str) -> Job:
        """Return these rows' job; one that another machine carries out is followed."""
        if job := self._jobs.get(rows[0].job_id):
            return job
        job = _job(rows, owner)
        if not job.ended and self._elsewhere is not None and not self._closing:
            self._remember(job)
            self._watching.keep(self._watch(job, self._elsewhere))
            self._watching.keep(self._pass_on_stop(job))
        return job

    async def _watch(self, job: Job, elsewhere: Watching) -> None:
        await elsewhere.until_ended(job, {r.index for r in job.runs if r.state not in ENDED})
        if self._end(job):
            self._jobs.pop(job.id, None)  # from here on the database tells it

    def _end(self, job: Job) -> bool:
        """Mark a job as ended unless another machine has some of it; whether it is."""
        here = self._elsewhere is None or self._closing
        if here or all(run.state in ENDED for run in job.runs):
            job.end(datetime.now(UTC))
        return job.ended is not None

    def stop(self, job_id: str) -> None:
        """Stop what is carried out here of a job that somebody stopped on another machine."""
        if (job := self.job(job_id)) is not None:
            job.stop()

    async def of_token(self, owner: str, token: str) -> Job | None:
        """Return the job that an owner's token has opened, also before a restart."""
        job_id = await self._thread.run(self._ledger.opened, owner, token, None)
        if job_id is None or (job := self.job(job_id)):
            return job if job_id else None
        return self._known(await self._thread.run(self._shown.job, job_id), owner)

    async def live(self, owner: str) -> list[Job]:
        """Return the owner's jobs that have not ended, oldest first, on whichever machine."""
        if self._elsewhere is not None and owner:
            rows = await self._thread.run(self._shown.open_clicks, owner)
            for found in _by_job(rows).values():
                self._known(found, owner)
        return [job for job in self._jobs.values() if job.owner == owner and not job.ended]

    async def recent(self, owner: str) -> list[Job]:
        """Return the owner's running jobs and last results, oldest first, also after a restart.

        The newest sends whose end is unknown are among them until dismissed, whoever made them;
        see `doubts` for the others.
        """
        return self._jobs_of(await self._thread.run(self._ledger.recent, owner, RECENT_JOBS), owner)

    async def doubts(self, cursor: str = "") -> DoubtPage:
        """Return what is in doubt, of everybody: the newest part, or that at a cursor.

        Raises: InvalidInput for a cursor of another making.
        """
        before = parse_place(cursor) if cursor else None
        found = await self._thread.run(self._shown.doubts, before)
        more = found.more and place_text(found.more)
        return DoubtPage(self._jobs_of(found.rows, ""), found.total, more)

    async def put_away(self, until: datetime) -> int:
        """Stop showing all that is in doubt and was asked for up to then; return how many."""
        count = await self._thread.run(self._shown.put_away, until.timestamp())
        for job in self._jobs.values():
            for run in job.runs:
                if run.state is RunState.UNKNOWN and job.created <= until:
                    job.update(run.index, dismissed=True)
        return count

    async def asked(self, run_id: str, owner: str) -> RunView | None:
        """Return a run that `owner` may act on: an own one, or anybody's that is in doubt."""
        row = await self._thread.run(self._shown.run, run_id, owner)
        if row is None:
            return None
        return replace(view_of(row.position, row), making=row.making)

    async def dismiss(self, run_id: str) -> None:
        """Stop showing a run among the last results. Its record stays."""
        await self._thread.run(self._ledger.dismiss, run_id)
        for job in self._jobs.values():  # a batch whose other runs are still shown
            for run in [run for run in job.runs if run.id == run_id]:
                job.update(run.index, dismissed=True)

    def forget(self, run_ids: Collection[str]) -> None:
        """Know no words of these runs any more; of ended jobs the database tells what is left."""
        gone = set(run_ids)
        for job in list(self._jobs.values()):
            if any(run.id in gone for run in job.runs):
                job.forget(gone)
                if job.ended:
                    del self._jobs[job.id]

    async def usage(self, limits: Limits | None = None) -> Usage:
        """Return what is used of today's limits, or of all that was sent."""
        return await self._thread.run(self._ledger.usage, limits)

    async def _carry_out(self, job: Job, way: Way, mine: Collection[int]) -> None:
        """Bring those of a job's runs to their end that are `mine`, and watch what others do."""
        waiting = iter(mine)

        async def one(index: int) -> None:
            await self._runner.perform(job, index, way)
            if job.runs[index].state in (RunState.FAILED, RunState.UNKNOWN):
                job.give_up(job.runs[index].error)
            if record := job.runs[index].record:
                self._on_image(record)

        async def work() -> None:
            for index in waiting:
                await one(index)

        async def end_the_rest() -> None:
            await job.stopped()
            await work()  # each ends at once, unsent, whatever the sends under way take

        rest = asyncio.create_task(end_the_rest())
        await asyncio.gather(*(work() for _ in range(JOB_SENDS_AT_ONCE)))
        if job.stopping:
            await rest
        else:
            rest.cancel()
        await self._others(job)
        self._end(job)
        self._on_end()

    async def _others(self, job: Job) -> None:
        """Watch what other machines have of a job until it has ended, or this program does."""
        left = {run.index for run in job.runs if run.state not in ENDED}
        if left and self._elsewhere is not None:
            await self._elsewhere.until_ended(job, left)

    async def _go_on(self, job: Job, payer: Payer, rows: Sequence[RunRow]) -> None:
        async def one(row: RunRow) -> None:
            step = read_ticket(row.ticket_json)
            index = next(run.index for run in job.runs if run.id == row.id)
            if step is None:
                self._runner.carried.discard(row.id)
                return
            job.update(index, making=row.making)
            standing = payer.of(row.request.model)
            way = Way(standing, row.source, False, self._next_number())
            await self._runner.go_on(job, index, way, step)
            if record := job.runs[index].record:
                self._on_image(record)

        await asyncio.gather(*map(one, rows))
        await self._others(job)
        self._end(job)
        self._on_end()

    async def _earlier(self, job_id: str, owner: str) -> Job:
        """Return the job that a press has opened before, also before a restart."""
        if job := self.job(job_id):
            return job
        job = self._known(await self._thread.run(self._shown.job, job_id), owner)
        if not job.ended and self._elsewhere is None:  # another program's on the same database
            raise InvalidInput(msg("This was already asked for."), msg("Find it in the gallery."))
        return job

    def _jobs_of(self, rows: Sequence[RunRow], owner: str) -> list[Job]:
        """Return the jobs of these rows in their order; those in memory hear what was learnt."""
        for row in rows:
            if job := self._jobs.get(row.job_id):
                run = job.runs[row.position]
                if _gone(row) and not run.dismissed:
                    run = job.update(row.position, dismissed=True)
                if row.again != run.again:
                    job.update(row.position, again=row.again)
        return [self._shown_of(found, owner) for found in _by_job(rows).values()]

    def _shown_of(self, rows: Sequence[RunRow], owner: str) -> Job:
        """Return a job of which these rows are shown, perhaps not all."""
        whole = [row.position for row in rows] == list(range(len(rows)))
        return self._known(rows, owner) if whole else _job(rows, owner)

    def _refuse_beyond_the_line(self, more: int) -> None:
        live = (job for job in self._jobs.values() if not job.ended)
        in_line = sum(run.state not in ENDED for job in live for run in job.runs) + self._opening
        if in_line + more > LINE_MAX:
            raise Busy(
                msg_n(
                    "1 image is in line already, so no more are taken just now.",
                    "{n} images are in line already, so no more are taken just now.",
                    in_line,
                ),
                joined(NOTHING, msg("Try again in a moment.")),
            )

    def _remember(self, job: Job) -> None:
        self._jobs[job.id] = job
        for old in list(self._jobs.values())[: max(0, len(self._jobs) - JOBS_KEPT)]:
            if old.ended:
                del self._jobs[old.id]


async def _refuse_swapped(requests: Sequence[GenerationRequest], standing: Standing) -> None:
    """Refuse models that a server had: not even what is stored is the answer of who is there now.

    Raises: InvalidInput.
    """
    for model in dict.fromkeys(request.model for request in requests):
        if not await standing.still_has(model):
            raise InvalidInput(SWAPPED, CHOOSE, field="model")


def _by_job(rows: Sequence[RunRow]) -> dict[str, list[RunRow]]:
    by_job: dict[str, list[RunRow]] = {}
    for row in rows:
        by_job.setdefault(row.job_id, []).append(row)
    return by_job


def _gone(row: RunRow) -> bool:
    """Whether the run's image was deleted since."""
    return row.state is RunState.SAVED and (row.record is None or row.record.deleted is not None)


def _job(rows: Sequence[RunRow], owner: str) -> Job:
    runs = [view_of(index, row) for index, row in enumerate(rows)]
    ended = max((row.ended or row.created for row in rows), default=None)
    running = any(row.state not in ENDED for row in rows)
    return Job(rows[0].job_id, owner, rows[0].created, runs, None if running else ended)


def view_of(index: int, row: RunRow) -> RunView:
    """Return what is shown of a row as run `index` of its job."""
    cached = row.record is not None and row.record.cached
    return RunView(
        id=row.id,
        index=index,
        request=row.request,
        state=row.state,
        record=as_cached(row.record) if row.record and row.record.cached else row.record,
        error=row.error,
        cost_usd=row.price_usd,
        dismissed=_gone(row),
        origin=row.origin,
        experiment=row.experiment,
        again=row.again,
        waits_for=row.waits_for if row.state not in ENDED else "",
        waits_until=row.waits_until if row.state not in ENDED else None,
        after_stop=row.stopped and row.state is RunState.SAVED and not cached,
        sent=row.sent if row.machine is not None and row.state is RunState.SENT else None,
    )
