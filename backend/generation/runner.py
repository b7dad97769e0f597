"""One run from queued to its end: cache, twin in flight, record, send, store.

The order is the write path of the README's promises. Each run is a task of its own that outlives
whoever asked for it.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks, Thread
from backend.catalogue.params import fingerprint
from backend.errors import (
    BadAnswer,
    MaybeCharged,
    NotSent,
    NotStored,
    PlaygroundError,
    Stopped,
    TakenBack,
)
from backend.generation.asked import Noted
from backend.generation.ends import Ends
from backend.generation.fetching import Read, Say
from backend.generation.following import Follower, Left
from backend.generation.jobs import Job, RunView
from backend.generation.ledger import Ledger, no_record
from backend.generation.saving import Saver, Sent, not_taken
from backend.generation.sendlog import SendLog
from backend.generation.shared import Elsewhere, TakenOver
from backend.generation.taking import Taking
from backend.generation.till import Till
from backend.generation.turns import Turns, Way
from backend.generation.watching import Watching
from backend.providers.retry import next_step
from backend.said import Said, joined, msg
from backend.storage.folder import LocalStore
from backend.storage.image_files.trouble import StoreTrouble
from backend.types import ImageRecord, Link, RunState, Ticket
from backend.wire.answer import Answer
from backend.wire.connection import Connection

log = logging.getLogger(__name__)

STORE_AGAIN_S = (1.0, 5.0, 15.0, 30.0)
"""Waits before a paid image that the disk refused is tried again."""


class Runner:
    """Carries out runs. `thread` is the ledger's own: one write at a time.

    `elsewhere` is there where several machines send. `carried` holds the ids of the runs that are
    brought to their end here, or stand in line for it; `ends` what became of those without images.
    """

    def __init__(
        self,
        store: LocalStore,
        ledger: Ledger,
        saver: Saver,
        thread: Thread,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        elsewhere: Watching | None = None,
    ) -> None:
        self._store, self._ledger, self._saver = store, ledger, saver
        self._elsewhere = elsewhere
        self._thread, self._sleep = thread, sleep
        self._sends = SendLog(saver.models)
        self._follower = Follower(ledger, thread, store.spool, sleep)
        # As many as there are cores: decoding is all work and no waiting.
        self._saving = Thread("saving", os.cpu_count() or 2)
        self._taking = Taking(saver, self._saving, sleep)
        self._turns = Turns(store, ledger, thread, self._sends, self._taking, sleep)
        self._in_flight: dict[str, asyncio.Future[ImageRecord]] = {}
        self.carried, self.ends = set[str](), Ends(ledger, thread)
        self._tidying: set[asyncio.Task[None]] = set()
        self._till, self._looking = Till(), Tasks()

    def leave(self) -> None:
        """Ask for no answer any more that has yet to come, and wait for no image store: the next
        start goes on with it.
        """
        self._follower.leave()
        self._taking.end()

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited or being stored."""
        return self._turns.under_way > 0

    async def close(self) -> None:
        """Finish tidying up. Call it when no run is under way."""
        await self._looking.cancelled()
        await self.ends.close()
        await asyncio.gather(*self._tidying)
        self._saving.close()
        self._taking.close()

    async def perform(self, job: Job, index: int, way: Way) -> None:
        """Bring run `index` of `job` to its end and tell the job's watchers. Never raises."""
        run = job.runs[index]
        await self._bring(job, run, way, self._answer(job, run, way))

    async def go_on(self, job: Job, index: int, way: Way, step: Ticket | Link) -> None:
        """Bring a run to its end that was sent before this start, by asking for its answer.

        As `perform`; nothing is ever sent again for it.
        """
        run = job.runs[index]
        work = self._take_up(job, run, way, step)
        key = None if way.anew else fingerprint(run.request, way.source)
        if key is not None and key not in self._in_flight:
            work = self._shared(job, key, work)
        await self._bring(job, run, way, work)

    async def _bring(
        self, job: Job, run: RunView, way: Way, work: Coroutine[Any, Any, ImageRecord]
    ) -> None:
        index, taken_over = run.index, False
        self.carried.add(run.id)
        try:
            record = await work
        except Left:
            log.info("run %s is asked for at the next start", run.id)
        except PlaygroundError as error:
            await self._failed(job, run, error)
            self._looking.keep(self._look(job, run, way))
        except TakenOver:
            taken_over = True
        except SQLAlchemyError:  # only ever before the send: after it, `_send` and `_keep` see it
            log.warning("run %s was not sent: the database failed", run.id)
            await self._failed(job, run, no_record())
        except Exception:  # a defect of ours: the run must still end, and say so
            log.exception("run %s broke", run.id)
            sent = job.runs[index].state is RunState.SENT
            kind = MaybeCharged if sent else NotSent
            failure = kind(
                msg("The program made a mistake here."), msg("Please report what you did.")
            )
            await self._failed(job, run, failure)
        else:
            self._till.forget(run.id)
            self._sends.ended(run, RunState.SAVED)
            counted = record.tokens is not None and record.price_usd is not None
            job.update(
                index,
                state=RunState.SAVED,
                record=record,
                cost_usd=record.price_usd if counted and not record.cached else run.cost_usd,
                after_stop=job.stopped_by_user and not record.cached,
            )
        self.carried.discard(run.id)
        if taken_over and self._elsewhere is not None:  # watched; it may come back meanwhile
            await self._elsewhere.until_ended(job, {index})

    async def _answer(self, job: Job, run: RunView, way: Way) -> ImageRecord:
        key = None if way.anew else fingerprint(run.request, way.source)
        if key is None:
            return await self._send(job, run, way)
        while twin := self._in_flight.get(key):
            with suppress(Stopped):  # the twin was stopped before it was sent: then it is our turn
                await asyncio.shield(twin)
                if record := await self._from_disk(run, key):
                    return record
            if job.stopping:
                raise job.reason()
        return await self._shared(job, key, self._send_once(job, run, way, key))

    async def _shared(
        self, job: Job, key: str, work: Coroutine[Any, Any, ImageRecord]
    ) -> ImageRecord:
        """Do what makes the image of a fingerprint; who asks for it meanwhile waits for that."""
        mine = self._in_flight[key] = asyncio.get_running_loop().create_future()
        try:
            record = await work
        except BaseException as error:
            mine.set_exception(error if isinstance(error, PlaygroundError) else job.reason())
            mine.exception()  # retrieved: no twin need be waiting
            raise
        else:
            mine.set_result(record)
            return record
        finally:
            del self._in_flight[key]

    async def _send_once(self, job: Job, run: RunView, way: Way, key: str) -> ImageRecord:
        """Send it, unless the same has come since the click, or another machine has sent it: then
        that answer is this one's, too.
        """
        while True:
            try:
                return await self._send(job, run, way)
            except Elsewhere as twin:
                if twin.run_id is not None and self._elsewhere is not None:
                    failure = await self._elsewhere.twin_ended(twin.run_id, job)
                    if failure is not None:
                        raise failure from None
            if record := await self._from_disk(run, key):
                return record
            if job.stopping:
                raise job.reason()

    async def _from_disk(self, run: RunView, key: str) -> ImageRecord | None:
        hit = await self._thread.run(self._ledger.answer, run.id, key)
        return None if hit is None else as_cached(hit)

    async def _send(self, job: Job, run: RunView, way: Way) -> ImageRecord:
        for attempt in count(1):
            if job.stopping:
                raise job.reason()
            async with self._turns.turn(job, run, way) as connection:
                try:
                    with self._till.send(run.id, way.standing):
                        return await self._exchange(job, run, connection, way)
                except PlaygroundError as error:
                    failure = connection.told(error, run.cost_usd)
                    wait_s = next_step(failure, attempt)
                    if wait_s is None:
                        raise failure from error.__cause__
            try:
                unsent = isinstance(failure, NotSent)
                await self._thread.run(self._ledger.requeue, run.id, was_sent=not unsent)
            except SQLAlchemyError as error:  # no record, no other try: end with what is known
                raise failure from error
            self._sends.waits(run, wait_s, failure)
            await self._turns.pause(job, run, way, wait_s, failure.message)
        raise AssertionError("count() does not end")

    async def _look(self, job: Job, run: RunView, way: Way) -> None:
        """Tell what a run in doubt did to the balance, where that can be known; nobody waits."""
        if job.runs[run.index].state is not RunState.UNKNOWN:
            self._till.forget(run.id)
        elif balances := await self._till.after(run.id, way.standing):
            job.update(run.index, balances=balances)

    async def _exchange(
        self, job: Job, run: RunView, connection: Connection, way: Way
    ) -> ImageRecord:
        provider = connection.provider
        call = connection.build(run.request, run.id)
        answer: Answer | None = None
        found: ImageRecord | Ticket | Link
        try:
            answer = await connection.api.send(call, self._store.spool / run.id)
            if not answer.ok:
                raise provider.explain(answer.status, answer.headers, answer.body)
        except MaybeCharged:
            ticket = provider.lost(run.id)
            if ticket is None:
                raise
            found = ticket
        else:
            if provider.platform.image_at:  # all of it is here
                way.on_answer()
            found = await self._keep(job, run, connection, answer, provider.parse)
            if isinstance(found, ImageRecord):
                return found
        noted = self._follower.noted(run.id, answer)
        await noted.note(found)
        return await self._follow(job, run, connection, way, found, noted)

    async def _take_up(self, job: Job, run: RunView, way: Way, step: Ticket | Link) -> ImageRecord:
        noted = self._follower.noted(run.id)
        with self._turns.gone_on(way) as connection:
            try:
                return await self._follow(job, run, connection, way, step, noted)
            except PlaygroundError as error:
                raise connection.told(error, run.cost_usd) from error

    async def _follow(
        self,
        job: Job,
        run: RunView,
        connection: Connection,
        way: Way,
        step: Ticket | Link,
        noted: Noted,
    ) -> ImageRecord:
        async def keep(answer: Answer, read: Read) -> ImageRecord | Ticket | Link:
            return await self._keep(job, run, connection, answer, read)

        say = self._waits(job, run)
        record = await self._follower.follow(job, run, connection, step, noted, keep, say)
        way.on_answer()
        return record

    def _waits(self, job: Job, run: RunView) -> Say:
        async def say(reason: Said, wait_s: float) -> None:
            until = datetime.now(UTC) + timedelta(seconds=wait_s) if wait_s else None
            job.update(run.index, waits_for=reason, waits_until=until)
            if until is not None:
                await self._turns.tell(run, reason, until)

        return say

    async def _keep(
        self, job: Job, run: RunView, connection: Connection, answer: Answer, read: Read
    ) -> ImageRecord | Ticket | Link:
        """Store a whole answer, however long disk or store refuse it: the store without end; or
        return how to ask for it.
        """
        sent = Sent(
            run.id,
            run.request,
            job.created,
            run.cost_usd,
            connection.source,
            run.origin,
            run.experiment,
            run.making,
        )

        def away(trouble: StoreTrouble) -> None:
            log.warning("%s is not stored yet: %s", run.id, trouble.strerror)
            job.update(run.index, waits_for=_store_wait(trouble), waits_until=None)

        waits = iter(STORE_AGAIN_S)
        while True:
            try:
                record = await self._taking.complete(sent, answer.body, read, away)
            except BadAnswer:
                if answer.spool is not None:  # paid for, perhaps: a person may still want it
                    await asyncio.shield(answer.synced)
                    with suppress(OSError):  # else it stays, and the next start sets it aside
                        await asyncio.to_thread(self._store.set_aside, answer.spool)
                raise
            except PlaygroundError:
                await answer.discard()
                raise
            except StoreTrouble as trouble:  # the program ends
                raise not_taken(spooled=answer.spooled) from trouble
            except (OSError, SQLAlchemyError) as error:
                log.warning("storing %s failed: %s", run.id, type(error).__name__)
                if (wait_s := next(waits, None)) is None:
                    raise _not_stored(answer) from error
                await self._waits(job, run)(_DISK_WAIT, wait_s)
                await self._sleep(wait_s)
            else:
                if not isinstance(record, ImageRecord):
                    return record
                tidying = asyncio.create_task(answer.discard())
                self._tidying.add(tidying)
                tidying.add_done_callback(self._tidying.discard)
                return record

    async def _failed(self, job: Job, run: RunView, error: PlaygroundError) -> None:
        state = RunState.FAILED
        if isinstance(error, Stopped | TakenBack):
            state = RunState.CANCELLED
        elif error.maybe_charged:
            state = RunState.UNKNOWN
        sent = job.runs[run.index].state is RunState.SENT
        self._sends.ended(run, state, error)
        ended = {"state": state, "error": error, "waits_for": "", "waits_until": None}
        for wait_s in (*STORE_AGAIN_S, None) if sent else (None,):
            if await self.ends.record(run.id, state, error):
                break
            if wait_s is not None:  # a row left as sent would be in doubt after a restart
                job.update(run.index, **ended)
                await self._sleep(wait_s)
        else:  # the row stays queued or sent: the next start names it, or another machine would
            self.ends.insist(run.id, state, error)
        job.update(run.index, **ended)


_DISK_WAIT = msg(
    "The image is here, but the disk cannot take it. Free some space and it is stored."
)


def _store_wait(trouble: StoreTrouble) -> Said:
    return joined(
        msg("The image is here, but the store cannot take it."),
        trouble.sentence,
        msg("It is tried until it does."),
    )


def as_cached(record: ImageRecord) -> ImageRecord:
    """Return the record as an answer from disk: marked, and free."""
    return replace(record, cached=True, price_usd=Decimal(0))


def _not_stored(answer: Answer) -> NotStored:
    kept = msg("It is kept and stored at the next start.")
    if not answer.spooled:
        kept = msg("It could not be kept.")
    return NotStored(
        joined(msg("The image came, but the disk could not take it."), kept),
        msg("Free some space on the disk, then start the program again."),
    )
