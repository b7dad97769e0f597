"""How different each cell's image is from the one it is compared with: measured beside all else.

It takes 20 ms of a core for each image; nobody waits for it, and what a restart cut off is made up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Tasks, Thread
from backend.errors import PlaygroundError
from backend.experiments.book import Book
from backend.images.colours_apart import Seen, apart, seen
from backend.types import ImageRecord

log = logging.getLogger(__name__)


class Observer:
    """`thread` is the ledger's; `read` returns the file of an image, or raises OSError.

    `noted` is told of each cell that was measured.
    """

    def __init__(
        self,
        book: Book,
        thread: Thread,
        read: Callable[[ImageRecord], bytes],
        noted: Callable[[str, int], None],
    ) -> None:
        self._book, self._thread, self._read, self._noted = book, thread, read, noted
        self._looking = Thread("experiments")
        self._tasks = Tasks()
        self._wanted: set[str] = set()
        self._busy: set[str] = set()

    async def close(self) -> None:
        await self._tasks.cancelled()
        await asyncio.to_thread(self._looking.close)

    def look(self, experiment_id: str) -> None:
        """Measure what is there of an experiment and was not measured yet."""
        self._wanted.add(experiment_id)
        if experiment_id not in self._busy:
            self._busy.add(experiment_id)
            self._tasks.keep(self._measure(experiment_id))

    async def _measure(self, experiment_id: str) -> None:
        others: dict[str, Seen] = {}  # one, or one for each of two seeds
        try:
            while experiment_id in self._wanted:
                self._wanted.discard(experiment_id)
                for pair in await self._thread.run(self._book.unmeasured, experiment_id):
                    try:
                        if pair.other.id not in others:
                            others[pair.other.id] = await self._looking.run(self._seen, pair.other)
                        picture = await self._looking.run(self._seen, pair.image)
                    except (OSError, PlaygroundError) as error:  # deleted by hand, say
                        log.warning("%s was not measured: %s", pair.image.id, type(error).__name__)
                        continue
                    found = apart(others[pair.other.id], picture)
                    await self._thread.run(
                        self._book.note_difference, experiment_id, pair.position, found
                    )
                    self._noted(experiment_id, pair.position)
        except (SQLAlchemyError, ValueError, TypeError, LookupError) as error:
            log.warning("%s was not measured: %s", experiment_id, type(error).__name__)
        finally:
            self._busy.discard(experiment_id)

    def _seen(self, record: ImageRecord) -> Seen:
        return seen(self._read(record))
