"""An answer that has yet to come: asked for until it is here, its image fetched where that lies.

Questions and links are free, and repeated at will; the paid call is made once, by the runner, and
never from here. Each way is in the database before it is gone, so that a restart goes on with it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from backend.background import Thread
from backend.errors import FREE, LookupFailed, NotStored, PlaygroundError, Refused, TakenBack
from backend.generation.asked import WAIT_MAX_S, Asked, Noted, read_verdict
from backend.generation.fetching import Keep, Say, fetch
from backend.generation.jobs import Job, RunView
from backend.generation.ledger import Ledger
from backend.said import joined, msg
from backend.types import ImageRecord, Link, Ticket
from backend.wire.answer import Answer
from backend.wire.connection import Connection

log = logging.getLogger(__name__)

TICKET_MAX_S = 1800.0
"""So long an answer is asked for; then it is in doubt."""

POLL_SILENCE_S = 60.0
"""A question to which nothing comes for so long is asked anew."""

GROWS = 1.3


class Left(Exception):
    """The program ends: the run stays as it is, and the next start goes on with it."""


class Follower:
    """Follows tickets and links. `thread` is the ledger's own; `spool` the folder of answers."""

    def __init__(
        self,
        ledger: Ledger,
        thread: Thread,
        spool: Path,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._ledger, self._thread, self._spool, self._sleep = ledger, thread, spool, sleep
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """Ask for nothing any more: the program ends."""
        self._leaving.set()

    def noted(self, run_id: str, order: Answer | None = None) -> Noted:
        """Return what writes down how a run's answer is asked for; `order` began that, if known."""
        return Noted(self._ledger, self._thread, run_id, self._spool / run_id, order)

    async def follow(
        self,
        job: Job,
        run: RunView,
        connection: Connection,
        step: Ticket | Link,
        noted: Noted,
        keep: Keep,
        say: Say,
    ) -> ImageRecord:
        """Return the image at the end of the way that begins with `step`, which was noted.

        Raises: Left; else PlaygroundError: what the platform says of it, or that nobody knows.
        """
        waited_s, wait_s, began = 0.0, 0.0, time.monotonic()
        asked, at_once = Asked(connection), False
        while isinstance(step, Ticket):
            if not at_once:
                wait_s = max(step.wait_s, min(wait_s * GROWS, WAIT_MAX_S), asked.at_least_s)
            if trouble := asked.trouble:
                await say(trouble, wait_s)
            waited_s += await self._pause(0 if at_once else wait_s, job, asked)
            if trouble:
                await say(joined(), 0)
            await self._end_there(job, run, asked, step)
            found = await self._look(job, run, step, noted, keep, asked)
            if isinstance(found, ImageRecord):
                await noted.needless()
                return found
            leads_on = isinstance(found, Link) or found.poll != step.poll
            at_once = isinstance(found, Link) or (leads_on and found.wait_s == 0)
            late = max(waited_s, time.monotonic() - began) > TICKET_MAX_S
            if late and not at_once:  # else it is there now
                raise asked.too_late(TICKET_MAX_S)
            if leads_on:
                await noted.note(found)
            else:
                asked.again()
                await noted.again()
            step = found
        record = await fetch(connection, step, noted, keep, say, self._pause)
        await noted.needless()
        return record

    async def _look(
        self, job: Job, run: RunView, ticket: Ticket, noted: Noted, keep: Keep, asked: Asked
    ) -> ImageRecord | Ticket | Link:
        """Ask once; what cannot be known just now leaves the ticket as it is."""
        try:
            answer = await self._ask(job, run, ticket, noted.spool, asked)
        except PlaygroundError as error:  # a question: whatever came of it costs nothing
            asked.failed(error)
            return ticket
        provider = asked.connection.provider
        try:
            if not answer.ok:
                asked.refused(ticket, answer)
                return ticket
            found = await keep(answer, lambda body: read_verdict(provider, ticket, body))
        except NotStored as error:
            if answer.spooled:
                raise
            asked.failed(error)  # it came, and can be asked for once more
            return ticket
        except LookupFailed as error:
            asked.failed(error)
            return ticket
        except Refused as error:
            if asked.cancelled:
                words = msg("Stopped while it was being made.")
                raise TakenBack(words, error.hint or FREE) from error
            raise
        asked.answered()
        if not isinstance(found, ImageRecord):
            await answer.discard()
        return found

    async def _ask(
        self, job: Job, run: RunView, ticket: Ticket, spool: Path | None, asked: Asked
    ) -> Answer:
        """Ask once; a person who stops meanwhile is heard at once. Raises: PlaygroundError."""
        api = asked.connection.api
        asking = asyncio.ensure_future(api.send(ticket.poll, spool, silence_s=POLL_SILENCE_S))
        stopped = asyncio.ensure_future(job.user_stopped())
        try:
            if not asked.cancelled:
                await asyncio.wait((asking, stopped), return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                await self._end_there(job, run, asked, ticket)
            return await asking
        finally:
            stopped.cancel()
            asking.cancel()

    async def _pause(
        self, wait_s: float, job: Job | None = None, asked: Asked | None = None
    ) -> float:
        """Wait before the next question; return how many seconds. Raises: Left.

        It ends once a person stops `job`, unless that is known. What else ends a batch is nothing
        to what was sent: the platform goes on with it.
        """
        began = time.monotonic()
        slept = asyncio.ensure_future(self._sleep(wait_s))
        ends: list[asyncio.Future[Any]] = [slept, asyncio.ensure_future(self._leaving.wait())]
        if job is not None and asked is not None and not asked.cancelled:
            ends.append(asyncio.ensure_future(job.user_stopped()))
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            whole = slept.done()
            for end in ends:
                end.cancel()
        if self._leaving.is_set():
            raise Left
        return wait_s if whole else time.monotonic() - began

    async def _end_there(self, job: Job, run: RunView, asked: Asked, ticket: Ticket) -> None:
        """Tell the platform that a person stopped it, where it can be told, until it has heard."""
        if not job.stopped_by_user or self._leaving.is_set():
            return
        asked.cancelled = True
        if ticket.cancel is None or asked.told:
            return
        try:
            await asked.connection.api.tell(ticket.cancel)
            asked.told = True
        except PlaygroundError as error:
            log.info("run %s could not be ended: %s", run.id, type(error).__name__)
