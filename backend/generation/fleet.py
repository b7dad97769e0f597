"""This machine among others: gives signs of life, takes over from who gives none, hears of changes.

Nothing of it is there where the database is one program's alone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks, Thread
from backend.generation import machines as lives
from backend.generation.bells import Bells
from backend.generation.hearing import Hearing
from backend.generation.machines import Machines, stopped_jobs
from backend.storage.postgres import MACHINES

log = logging.getLogger(__name__)

LOOK_S = 2.0
"""How often it is looked for dead machines, and for what an orderly end left."""

OWN_S = 10.0
"""How often it is looked for runs of this machine's own that nobody here carries out: they came to
it, and it never heard so. What two looks find so is taken up."""

STOPS_S = 0.5
"""How often it is looked for what somebody stopped on another machine."""


class Fleet:
    """`take_up` is told of each job with runs that are this machine's to send from now on; `stop`
    of each that somebody stopped. `carried` holds the ids of the runs that are carried out here."""

    def __init__(
        self,
        engine: sa.Engine,
        machines: Machines,
        bells: Bells,
        take_up: Callable[[str], Awaitable[None]],
        stop: Callable[[str], None],
        busy: Callable[[], bool],
        carried: Callable[[], Collection[str]],
    ) -> None:
        self._engine, self._machines, self._bells = engine, machines, bells
        self._take_up, self._stop, self._busy, self._carried = take_up, stop, busy, carried
        self._pending: dict[str, None] = {}  # jobs, in the order in which they are taken up
        self._lying = set[str]()  # runs that nobody carried at the last look
        self._thread, self._tasks = Thread("machines"), Tasks()
        self._hearing = Hearing(engine, self._heard, bells.ring_all)
        self._look_now = asyncio.Event()
        self._handed_over = False

    async def begin(self) -> None:
        """Be one of the machines from now on."""
        self._hearing.begin()
        self._tasks.keep(self._live())
        self._tasks.keep(self._hear_of_stops())

    async def note_url(self, url: str) -> None:
        """Note where this one is reached."""
        with suppress(SQLAlchemyError):
            await self._thread.run(self._machines.note_url, url)

    async def hand_over(self, ended: Collection[str]) -> None:
        """Let others send what waits here, but for runs that have `ended`. They are told once it is
        theirs.
        """
        self._handed_over = True
        with suppress(SQLAlchemyError):  # then they find out by themselves
            if await self._thread.run(self._machines.hand_over, ended):
                log.info("what was not sent is left to other machines")

    async def fall_silent(self) -> None:
        """Give no more signs of life, as who is frozen: others take over what waits here."""
        await self._tasks.cancelled()

    async def close(self, ended: Collection[str]) -> None:
        """Be none of the machines any more. Nobody sends what has `ended` here."""
        await self.fall_silent()
        await asyncio.to_thread(self._hearing.close)
        with suppress(SQLAlchemyError):
            await self._thread.run(self._machines.end, ended)
        self._thread.close()

    async def _live(self) -> None:
        """Give signs of life, and look after the others'.

        Only who has itself been there all the while may call another one dead: after an end of the
        database's, or a sleep of this computer's, all have been silent.
        """
        there_since = looked = time.monotonic()
        signed = 0.0
        while True:
            now = time.monotonic()
            try:
                if now - signed >= lives.SIGN_S:
                    if signed and now - signed > lives.SIGN_S + lives.SILENT_S / 3:
                        there_since = now
                    if not await self._thread.run(self._machines.sign):
                        there_since = now
                        log.warning("this machine was silent, and others took over what it had")
                    signed = time.monotonic()
                judges = now - there_since >= lives.SILENT_S
                if not self._handed_over:
                    found = await self._thread.run(self._machines.reap, judges)
                    self._pending |= dict.fromkeys(found.jobs)
                    if now - looked >= OWN_S:
                        looked = now
                        await self._look_for_own()
            except SQLAlchemyError as error:
                log.warning("no sign of life can be given: %s", type(error).__name__)
                there_since = time.monotonic()
            await self._take_all_up()
            self._look_now.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(LOOK_S, lives.SILENT_S / 10)):
                    await self._look_now.wait()

    async def _look_for_own(self) -> None:
        found = dict(await self._thread.run(self._machines.own))
        lying = found.keys() - self._carried()
        self._pending |= dict.fromkeys(found[run_id] for run_id in lying & self._lying)
        self._lying = lying

    async def _take_all_up(self) -> None:
        """Take up what is to be; where the database fails, at the next round."""
        for job_id in list(self._pending):
            if self._handed_over:
                return
            try:
                await self._take_up(job_id)
            except SQLAlchemyError as error:
                log.warning("job %s is not taken up yet: %s", job_id, type(error).__name__)
                return
            except Exception:  # a defect of ours: life signs go on
                log.exception("job %s cannot be taken up", job_id)
            del self._pending[job_id]

    async def _hear_of_stops(self) -> None:
        while True:
            await asyncio.sleep(STOPS_S)
            if not self._busy():
                continue
            with suppress(SQLAlchemyError):
                for job_id in await self._thread.run(self._stopped):
                    self._stop(job_id)

    def _stopped(self) -> list[str]:
        with self._engine.begin() as db:
            return list(stopped_jobs(db, self._machines.me.id))

    def _heard(self, channel: str, what: str) -> None:
        if channel == MACHINES:
            self._look_now.set()
        else:
            self._bells.ring(what)
