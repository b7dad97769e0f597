"""One run from queued to its end: cache, twin in flight, record, send, store.

The order is the write path of the README's promises. Each run is a task of its own that outlives
whoever asked for it.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks, Thread
from backend.catalogue.params import fingerprint
from backend.errors import BadAnswer, MaybeCharged, NotSent, NotStored, PlaygroundError, Stopped
from backend.generation.jobs import Job, RunView
from backend.generation.ledger import Ledger, no_record
from backend.generation.saving import Saver, Sent
from backend.generation.sendlog import SendLog
from backend.generation.till import Till
from backend.generation.turns import Turns, Way
from backend.providers.retry import next_step
from backend.said import joined, msg
from backend.storage.folder import LocalStore
from backend.types import ImageRecord, RunState
from backend.wire.answer import Answer
from backend.wire.connection import Connection

log = logging.getLogger(__name__)

STORE_AGAIN_S = (1.0, 5.0, 15.0, 30.0)
"""Waits before a paid image that the disk refused is tried again."""


class Runner:
    """Carries out runs. `thread` is the ledger's own: one write at a time."""

    def __init__(
        self,
        store: LocalStore,
        ledger: Ledger,
        saver: Saver,
        thread: Thread,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store, self._ledger, self._saver = store, ledger, saver
        self._thread, self._sleep = thread, sleep
        self._sends = SendLog(saver.models)
        self._turns = Turns(store, ledger, thread, self._sends, sleep)
        self._in_flight: dict[str, asyncio.Future[ImageRecord]] = {}
        # As many as there are cores: decoding is all work and no waiting.
        self._saving = Thread("saving", os.cpu_count() or 2)
        self._tidying: set[asyncio.Task[None]] = set()
        self._till, self._looking = Till(), Tasks()

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited or being stored."""
        return self._turns.under_way > 0

    async def close(self) -> None:
        """Finish tidying up. Call it when no run is under way."""
        await self._looking.cancelled()
        await asyncio.gather(*self._tidying)
        self._saving.close()

    async def perform(self, job: Job, index: int, way: Way) -> None:
        """Bring run `index` of `job` to its end and tell the job's watchers. Never raises."""
        run = job.runs[index]
        try:
            record = await self._answer(job, run, way)
        except PlaygroundError as error:
            await self._failed(job, run, error)
            self._looking.keep(self._look(job, run, way))
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
            job.update(
                index,
                state=RunState.SAVED,
                record=record,
                after_stop=job.stopped_by_user and not record.cached,
            )

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
        mine = self._in_flight[key] = asyncio.get_running_loop().create_future()
        try:
            # A twin may have been saved between our look at the cache and now.
            record = await self._from_disk(run, key) or await self._send(job, run, way)
        except BaseException as error:
            mine.set_exception(error if isinstance(error, PlaygroundError) else job.reason())
            mine.exception()  # retrieved: no twin need be waiting
            raise
        else:
            mine.set_result(record)
            return record
        finally:
            del self._in_flight[key]

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
                        return await self._exchange(job, run, connection)
                except PlaygroundError as error:
                    failure = connection.api.keyless(error)
                    wait_s = next_step(failure, attempt)
                    if wait_s is None:
                        raise
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

    async def _exchange(self, job: Job, run: RunView, connection: Connection) -> ImageRecord:
        provider = connection.provider
        call = provider.build(run.request)
        answer = await connection.api.send(call, self._store.spool / run.id)
        if not answer.ok:
            raise provider.explain(answer.status, answer.headers, answer.body)
        return await self._keep(job, run, connection, answer)

    async def _keep(
        self, job: Job, run: RunView, connection: Connection, answer: Answer
    ) -> ImageRecord:
        """Store a whole answer, however long the disk refuses it."""
        sent = Sent(
            run.id,
            run.request,
            job.created,
            run.cost_usd,
            connection.source,
            run.origin,
            run.experiment,
        )
        for wait_s in (*STORE_AGAIN_S, None):
            try:
                record = await self._saving.run(
                    self._saver.complete, sent, answer.body, connection.provider
                )
            except BadAnswer:
                if answer.spool is not None:  # paid for, perhaps: a person may still want it
                    await asyncio.shield(answer.synced)
                    with suppress(OSError):  # else it stays, and the next start sets it aside
                        await asyncio.to_thread(self._store.set_aside, answer.spool)
                raise
            except (OSError, SQLAlchemyError) as error:
                log.warning("storing %s failed: %s", run.id, type(error).__name__)
                if wait_s is None:
                    raise _not_stored(answer) from error
                until = datetime.now(UTC) + timedelta(seconds=wait_s)
                job.update(run.index, waits_for=_DISK_WAIT, waits_until=until)
                await self._sleep(wait_s)
            else:
                tidying = asyncio.create_task(_discard(answer))
                self._tidying.add(tidying)
                tidying.add_done_callback(self._tidying.discard)
                return record
        raise AssertionError("the last try returns or raises")

    async def _failed(self, job: Job, run: RunView, error: PlaygroundError) -> None:
        state = RunState.FAILED
        if isinstance(error, Stopped):
            state = RunState.CANCELLED
        elif error.maybe_charged:
            state = RunState.UNKNOWN
        sent = job.runs[run.index].state is RunState.SENT
        self._sends.ended(run, state, error)
        ended = {"state": state, "error": error, "waits_for": "", "waits_until": None}
        for wait_s in (*STORE_AGAIN_S, None) if sent else (None,):
            try:
                await self._thread.run(self._ledger.end, run.id, state, error)
                break
            except SQLAlchemyError:
                log.warning("the end of run %s could not be recorded", run.id)
            if wait_s is not None:  # a row left as sent would be in doubt after a restart
                job.update(run.index, **ended)
                await self._sleep(wait_s)
        # Where nothing could be recorded the row stays queued or sent: the next start names it.
        job.update(run.index, **ended)


_DISK_WAIT = msg(
    "The image is here, but the disk cannot take it. Free some space and it is stored."
)


def as_cached(record: ImageRecord) -> ImageRecord:
    """Return the record as an answer from disk: marked, and free."""
    return replace(record, cached=True, price_usd=Decimal(0))


async def _discard(answer: Answer) -> None:
    with suppress(OSError):  # saved is saved: the next start removes the spool
        await answer.discard()


def _not_stored(answer: Answer) -> NotStored:
    kept = msg("It is kept and stored at the next start.")
    if not answer.spooled:
        kept = msg("It could not be kept.")
    return NotStored(
        joined(msg("The image came, but the disk could not take it."), kept),
        msg("Free some space on the disk, then start the program again."),
    )
