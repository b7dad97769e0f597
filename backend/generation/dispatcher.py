"""A click becomes a job: recorded, carried out, remembered, shown again after a restart."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import repeat

from backend.background import Tasks, Thread
from backend.catalogue.params import fingerprint
from backend.errors import NOTHING, Busy, InvalidInput
from backend.generation.budget import Usage
from backend.generation.jobs import ENDED, Job, RunView
from backend.generation.ledger import Ledger, NewRun
from backend.generation.runner import Runner, as_cached
from backend.generation.runs import parse_place, place_text
from backend.generation.shown import Shown
from backend.generation.token import asked_for
from backend.generation.turns import Standing, Way
from backend.said import joined, msg, msg_n
from backend.storage.rows import RunRow
from backend.types import GenerationRequest, ImageRecord, Origin, RunState

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
    ) -> None:
        self._runner, self._ledger, self._shown, self._thread = runner, ledger, shown, thread
        self._on_image, self._on_end = on_image, on_end
        self._jobs: dict[str, Job] = {}
        self._numbers = 0
        self._opening = 0  # images of jobs that are being recorded just now
        self._tasks = Tasks()

    async def close(self) -> None:
        """End what was not sent. What was sent is still received: it may have been paid for."""
        for job in self._jobs.values():
            job.stop()
        await self._tasks.ended()

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
    ) -> Job:
        """Start a job and return it at once; it runs on without its observers.

        `prices_usd` holds the listed price of each request. `token` (32 hex digits, minted by the
        caller): the same owner's same one twice is one job; `seeds_drawn`: with other seeds too.
        `anew` passes the cache by. `origin` is the stored image that these are made from; images of
        one `experiment` (32 hex digits) belong together. `again_of` holds the run that each request
        tries again, or nothing. `usual_s` is what an image takes, see `Job`.
        Raises: OverLimit, Busy, TokenUsed, TriedAlready, when nothing of it was sent.
        """
        asked = asked_for(
            requests, seeds_drawn=seeds_drawn, anew=anew, origin=origin, again_of=again_of
        )
        try:
            self._refuse_beyond_the_line(len(requests))
        except Busy:  # the same press may have filled the line: then it has its job
            if token is None:
                raise
            opened = await self._thread.run(self._ledger.opened, owner, token, asked)
            if opened is None:
                raise
            return await self._earlier(opened, owner)
        source = standing.connection.source
        self._opening += len(requests)
        try:
            rows = await self._thread.run(
                self._ledger.open_job,
                secrets.token_hex(16),
                [
                    NewRun(
                        secrets.token_hex(16),
                        request,
                        fingerprint(request, source),
                        price_usd or Decimal(0),
                        tried,
                    )
                    for request, price_usd, tried in zip(
                        requests, prices_usd, again_of or repeat(None, len(requests)), strict=True
                    )
                ],
                owner=owner,
                token=token,
                asked=asked,
                source=source,
                limits=standing.limits,
                use_cache=not anew,
                origin=origin,
                experiment=experiment,
            )
        finally:
            self._opening -= len(requests)
        if isinstance(rows, str):
            return await self._earlier(rows, owner)
        job = _job(rows, owner)
        job.usual_s = usual_s
        self._remember(job)
        self._numbers += 1
        self._tasks.keep(self._carry_out(job, Way(standing, source, anew, self._numbers)))
        return job

    def job(self, job_id: str) -> Job | None:
        """Return a job that runs or ran since the start."""
        return self._jobs.get(job_id)

    def live(self, owner: str) -> list[Job]:
        """Return the owner's jobs that have not ended, oldest first."""
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
        return None if row is None else _view(row.position, row)

    async def dismiss(self, run_id: str) -> None:
        """Stop showing a run among the last results. Its record stays."""
        await self._thread.run(self._ledger.dismiss, run_id)
        for job in self._jobs.values():  # a batch whose other runs are still shown
            for run in [run for run in job.runs if run.id == run_id]:
                job.update(run.index, dismissed=True)

    async def usage(self) -> Usage:
        """Return what is used of today's limits."""
        return await self._thread.run(self._ledger.usage)

    async def _carry_out(self, job: Job, way: Way) -> None:
        waiting = iter([run.index for run in job.runs if run.state not in ENDED])

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
        job.end(datetime.now(UTC))
        self._on_end()

    async def _earlier(self, job_id: str, owner: str) -> Job:
        """Return the job that a press has opened before, also before a restart."""
        if job := self.job(job_id):
            return job
        job = _job(await self._thread.run(self._shown.job, job_id), owner)
        if not job.ended:  # another program's on the same database
            raise InvalidInput(msg("This was already asked for."), msg("Find it in the gallery."))
        return job

    def _jobs_of(self, rows: Sequence[RunRow], owner: str) -> list[Job]:
        """Return the jobs of these rows in their order; those in memory hear what was learnt."""
        by_job: dict[str, list[RunRow]] = {}
        for row in rows:
            by_job.setdefault(row.job_id, []).append(row)
            if job := self._jobs.get(row.job_id):
                run = job.runs[row.position]
                if _gone(row) and not run.dismissed:
                    run = job.update(row.position, dismissed=True)
                if row.again != run.again:
                    job.update(row.position, again=row.again)
        return [self._jobs.get(job_id) or _job(found, owner) for job_id, found in by_job.items()]

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


def _gone(row: RunRow) -> bool:
    """Whether the run's image was deleted since."""
    return row.state is RunState.SAVED and (row.record is None or row.record.deleted is not None)


def _job(rows: Sequence[RunRow], owner: str) -> Job:
    runs = [_view(index, row) for index, row in enumerate(rows)]
    ended = max((row.ended or row.created for row in rows), default=None)
    running = any(row.state not in ENDED for row in rows)
    return Job(rows[0].job_id, owner, rows[0].created, runs, None if running else ended)


def _view(index: int, row: RunRow) -> RunView:
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
    )
