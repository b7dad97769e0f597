"""Images into an image store that may be away: asked before each send, waited for afterwards.

An answer is worked on by as many threads as there are cores; the store is waited for by others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor

from backend.background import Thread
from backend.errors import StorageFull
from backend.generation.saving import Saver, Sent
from backend.said import joined, msg
from backend.storage.image_files.base import ImageFiles
from backend.storage.image_files.trouble import StoreTrouble
from backend.types import Answered, ImageRecord, Link, Ticket

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 1.0
"""So often it is seen whether the store is back; it is asked itself less often."""

PUTS_AT_ONCE = 16


class _Put:
    """A file that is being put, under its run's id: the same bytes however often; then recorded.

    Nobody looks for an image before its row is there, so it need not be known to be whole until
    then. `done` raises StoreTrouble, or what `adopt` does.
    """

    def __init__(
        self,
        files: ImageFiles,
        adopt: Callable[[ImageRecord], None],
        puts: ThreadPoolExecutor,
        record: ImageRecord,
        data: bytes,
    ) -> None:
        self._files, self._adopt = files, adopt
        self._whole: Future[ImageRecord | None] = Future()
        self.done: Future[None] = puts.submit(self._carry_out, record, data)

    def is_whole(self, record: ImageRecord) -> None:
        self._whole.set_result(record)

    def take_back(self) -> None:
        self._whole.set_result(None)

    def _carry_out(self, put: ImageRecord, data: bytes) -> None:
        trouble: OSError | None = None
        try:
            self._files.put(put, data)
        except OSError as error:
            trouble = error
        record = self._whole.result()
        if record is None:
            self._remove(put)
        elif trouble is not None:
            raise trouble
        else:
            self._adopt(record)

    def _remove(self, put: ImageRecord) -> None:
        try:
            self._files.remove([put])
        except OSError as error:
            log.warning("%s is no image, and may still be stored: %s", put.id, error)


class Taking:
    """Stores what `saver` finishes, in its `saving` threads and, for a store, in some of its own.

    The data folder takes always, as far as is known here.
    """

    def __init__(
        self, saver: Saver, saving: Thread, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._saver, self._saving, self._sleep = saver, saving, sleep
        self._files = saver.store.files
        self._probe = Thread("store")
        self._puts = ThreadPoolExecutor(PUTS_AT_ONCE, thread_name_prefix="putting")
        self._ends = asyncio.Event()
        self._refused: dict[str, StoreTrouble] = {}  # of each image that waits for the store

    async def require(self) -> None:
        """Raise StorageFull where nothing can be kept, before anything is sent.

        While an image waits nothing new is sent: a store may take what is small and no images.
        """
        if not self._files.shared:
            return
        for trouble in reversed(self._refused.values()):
            raise _full(trouble)
        try:
            await self._probe.run(self._files.check_takes)
        except StoreTrouble as trouble:
            raise _full(trouble) from trouble

    async def complete(
        self,
        sent: Sent,
        body: bytes,
        read: Callable[[bytes], Answered],
        away: Callable[[StoreTrouble], None],
    ) -> ImageRecord | Ticket | Link:
        """Store the image that `read` finds, record it, return its record; see Saver.complete.

        A store that cannot take it is told to `away` and tried until it can. Raises: as that does;
        StoreTrouble once the program ends.
        """
        if not self._files.shared:
            return await self._saving.run(self._saver.complete, sent, body, read)
        found = await self._saving.run(self._saver.finish, sent, body, read, self._begin)
        if not isinstance(found, tuple):
            return found
        record, data, put = found
        try:
            while True:
                try:
                    await asyncio.wrap_future(put.done)
                    return record
                except StoreTrouble as trouble:
                    self._refused[record.id] = trouble
                    away(trouble)
                    if not await self._back():
                        raise
                put = self._begin(record, data)
                put.is_whole(record)
        finally:
            self._refused.pop(record.id, None)

    def _begin(self, record: ImageRecord, data: bytes) -> _Put:
        return _Put(self._files, self._saver.adopt, self._puts, record, data)

    async def _back(self) -> bool:
        """Return True once the store takes files again, False once the program ends."""
        while not self._ends.is_set():
            waiting = asyncio.ensure_future(self._sleep(LOOK_AGAIN_S))
            ended = asyncio.ensure_future(self._ends.wait())
            await asyncio.wait((waiting, ended), return_when=asyncio.FIRST_COMPLETED)
            for task in (waiting, ended):
                task.cancel()
            try:
                await self._probe.run(self._files.check_takes)
            except StoreTrouble:
                continue
            return True
        return False

    def end(self) -> None:
        """Let what waits for the store be stored by the next start."""
        self._ends.set()

    def close(self) -> None:
        """End the threads. Blocks until what they do is done."""
        self._probe.close()
        self._puts.shutdown()


def _full(trouble: StoreTrouble) -> StorageFull:
    return StorageFull(
        joined(trouble.sentence, msg("Nothing was sent.")),
        joined(trouble.hint, msg("Then generate again.")),
    )
