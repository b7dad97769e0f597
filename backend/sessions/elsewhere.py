"""Demo sessions of other machines on the same database: which has one, and where its desk is.

A session stays with the machine that began it, for the sake of the room's door. One shared text
tells all which machines have one.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks
from backend.errors import PlaygroundError
from backend.generation.machines import Machines, Neighbour
from backend.storage.shared_texts import SharedTexts

log = logging.getLogger(__name__)

NAME = "sessions"
"""Under which they stand among the texts that are shared: titles by the machines' ids."""

LOOK_S = 1.0
ASK_EVERY = 10
"""After so many looks it is asked which machines live."""


@dataclass(frozen=True, slots=True)
class Place:
    """A machine's name and address, and its session's title."""

    machine: str
    url: str
    title: str


class Elsewhere:
    """What other machines have; `now` returns the title of the session here, None without one.

    `several` says whether there are others; `place` is that of a session under way elsewhere.
    """

    def __init__(
        self, texts: SharedTexts, machines: Machines, now: Callable[[], str | None]
    ) -> None:
        self._texts, self._machines, self._now = texts, machines, now
        self.place: Place | None = None
        self.several = False
        self.url = ""
        """Where this machine is reached, beside whatever shares visitors out."""
        self._titles: dict[str, str] = {}
        self._heard = asyncio.Event()
        self._told: str | None = ""  # an earlier start may have left something: a title of its own
        self._tasks = Tasks()

    def begin(self) -> None:
        self._tasks.keep(self._follow())

    async def close(self) -> None:
        """A session of this machine is at rest until its next start: nobody is sent here."""
        await self._tasks.cancelled()
        if self._told is not None:
            with suppress(PlaygroundError):
                await asyncio.to_thread(self._tell, None)

    def heard(self, text: str) -> None:
        """Take over which machines have one."""
        self._titles = dict(json.loads(text))
        self._titles.pop(self._machines.me.id, None)
        self._heard.set()

    async def _follow(self) -> None:
        looks = 0
        while True:
            try:
                if (now := self._now()) != self._told or not looks:
                    await asyncio.to_thread(self._tell, now)
                    self._told = now
                if looks % ASK_EVERY == 0 or self._heard.is_set():
                    self._heard.clear()
                    self._find(await asyncio.to_thread(self._machines.neighbours))
                looks += 1
            except (PlaygroundError, SQLAlchemyError) as error:  # the next second tries again
                log.debug("sessions elsewhere: %s", type(error).__name__)
            await asyncio.sleep(LOOK_S)

    def _find(self, neighbours: dict[str, Neighbour]) -> None:
        self.several = bool(neighbours)
        found = (
            Place(neighbours[id].name, neighbours[id].url, title)
            for id, title in self._titles.items()
            if id in neighbours
        )
        self.place = next(found, None)

    def _tell(self, title: str | None) -> None:
        me = self._machines.me.id

        def told(text: str | None) -> str | None:
            titles = dict(json.loads(text or "{}"))
            if titles.get(me) == title:
                return None
            titles.pop(me, None)
            return json.dumps(titles if title is None else {**titles, me: title})

        self._texts.change(NAME, told)
