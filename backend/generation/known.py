"""The jobs that run or ran since the start, shown again after a restart, also those of others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks, Thread
from backend.errors import InvalidInput
from backend.generation.budget import Usage
from backend.generation.ends import AGAIN_S
from backend.generation.jobs import ENDED, Job, RunView
from backend.generation.ledger import Ledger
from backend.generation.runner import as_cached
from backend.generation.runs import parse_place, place_text
from backend.generation.shown import Shown
from backend.generation.watching import Watching
from backend.said import msg
from backend.storage.run_rows import RunRow
from backend.types import Limits, RunState

log = logging.getLogger(__name__)

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


class Known:
    """Knows jobs by their id, by who asked for them and by the runs that they have.

    `thread` is the ledger's. `elsewhere` is there where several machines have jobs: those of
    others are watched.
    """

    def __init__(
        self, ledger: Ledger, shown: Shown, thread: Thread, elsewhere: Watching | None
    ) -> None:
        self._ledger, self._shown, self._thread = ledger, shown, thread
        self._elsewhere, self._closing = elsewhere, False
        self._jobs: dict[str, Job] = {}
        self._watching = Tasks()

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
        job = job_of(rows, owner)
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
        return self._known(rows, owner) if whole else job_of(rows, owner)

    def _remember(self, job: Job) -> None:
        self._jobs[job.id] = job
        for old in list(self._jobs.values())[: max(0, len(self._jobs) - JOBS_KEPT)]:
            if old.ended:
                del self._jobs[old.id]

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


def _by_job(rows: Sequence[RunRow]) -> dict[str, list[RunRow]]:
    by_job: dict[str, list[RunRow]] = {}
    for row in rows:
        by_job.setdefault(row.job_id, []).append(row)
    return by_job


def _gone(row: RunRow) -> bool:
    """Whether the run's image was deleted since."""
    return row.state is RunState.SAVED and (row.record is None or row.record.deleted is not None)


def job_of(rows: Sequence[RunRow], owner: str) -> Job:
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
