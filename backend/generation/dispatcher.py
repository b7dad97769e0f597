"""A click becomes a job: recorded, carried out, gone on with after a restart."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import repeat

from backend.background import Tasks, Thread
from backend.catalogue.params import fingerprint
from backend.errors import NOTHING, Busy, InvalidInput, NoRecord
from backend.generation.budget import Cap
from backend.generation.chosen import Chosen
from backend.generation.jobs import ENDED, Job
from backend.generation.known import Known, job_of, view_of
from backend.generation.ledger import Ledger, NewRun
from backend.generation.runner import Runner
from backend.generation.shown import Shown
from backend.generation.ticket import read as read_ticket
from backend.generation.token import asked_for
from backend.generation.turns import CHOOSE, SWAPPED, Payer, Standing, Way
from backend.generation.watching import Watching
from backend.said import joined, msg, msg_n
from backend.storage.run_rows import RunRow
from backend.types import GenerationRequest, ImageRecord, Limits, Origin, RunState

log = logging.getLogger(__name__)

JOB_SENDS_AT_ONCE = 2
"""Sends of one job under way at once: Stop still has something to stop in a batch of 8."""

LINE_MAX = 500
"""Images asked for and not ended, over all jobs: more are refused, else memory had no bound."""


class Dispatcher(Known):
    """Starts jobs and carries them out. `on_image` is told of each image, `on_end` of each job's
    end.
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
        super().__init__(ledger, shown, thread, elsewhere)
        self._runner, self._on_image, self._on_end = runner, on_image, on_end
        self._numbers = 0
        self._opening = 0  # images of jobs that are being recorded just now
        self._tasks = Tasks()

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
        job = job_of(rows, owner)
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
            job = self._jobs.get(job_id) or job_of(found, owner)
            if rows := [row for row in rows if row.id not in self._runner.carried]:
                self._remember(job)
                self._begin_asking(job, payer, rows)

    async def take_up(self, job_id: str, payer: Payer, machine: str) -> Job | None:
        """Carry out those runs of a job that another machine had, and are `machine`'s now.

        Not what is carried out here already, or has ended here though nobody could record it.
        Returns the job, None where there is nothing to do.
        """
        owner, rows = await self._thread.run(self._shown.taken, job_id)
        job = self._jobs.get(job_id) or job_of(rows, owner)
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


async def _refuse_swapped(requests: Sequence[GenerationRequest], standing: Standing) -> None:
    """Refuse models that a server had: not even what is stored is the answer of who is there now.

    Raises: InvalidInput.
    """
    for model in dict.fromkeys(request.model for request in requests):
        if not await standing.still_has(model):
            raise InvalidInput(SWAPPED, CHOOSE, field="model")
