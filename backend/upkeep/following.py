"""Follows what other machines on the same database change of what all share, each second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from itertools import count

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks
from backend.storage.shared_clock import SharedClock
from backend.storage.shared_folder import SharedFolder
from backend.storage.shared_texts import Kept, SharedTexts

log = logging.getLogger(__name__)

EVERY_S = 1.0
CLOCK_EVERY = 10
"""After so many looks the clock is set: a database may move to another machine; and it is seen what
people put into folders by hand.
"""

Heard = Callable[[str], object]
"""Called with a text whenever it is another one; blocks at most for a small file."""


class Following:
    """Tells whoever shares a text, by its name, of each new version of it."""

    def __init__(
        self,
        texts: SharedTexts,
        heard: Mapping[str, Heard],
        clock: SharedClock,
        folders: Sequence[SharedFolder] = (),
    ) -> None:
        self._texts, self._clock, self._folders = texts, clock, folders
        self._heard = dict(heard)
        self._seen: dict[str, int] = {}
        self._tasks = Tasks()

    def hear(self, name: str, heard: Heard) -> None:
        """Tell of one more text from now on."""
        self._heard[name] = heard

    def look(self) -> None:
        """Tell of what is new, before it begins. Blocks. Raises: SQLAlchemyError."""
        self._tell(self._texts.newer(self._seen, list(self._heard)))

    def begin(self) -> None:
        self._tasks.keep(self._follow())

    async def close(self) -> None:
        await self._tasks.cancelled()

    async def _follow(self) -> None:
        rounds = count(1)
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                if next(rounds) % CLOCK_EVERY == 0:
                    await asyncio.to_thread(self._clock.set)
                    for folder in self._folders:
                        await asyncio.to_thread(folder.share)
                found = await asyncio.to_thread(
                    self._texts.newer, dict(self._seen), list(self._heard)
                )
            except SQLAlchemyError as error:  # the database is away; the next second tries again
                log.debug("what is shared was not read: %s", type(error).__name__)
            else:
                self._tell(found)

    def _tell(self, found: Mapping[str, Kept]) -> None:
        for name, kept in found.items():
            self._seen[name] = kept.version
            if name in self._heard:
                self._heard[name](kept.text)
