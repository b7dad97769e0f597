"""The spool: the answer to a paid call on disk as it comes in, whole or marked as not."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from backend.errors import NOTHING, NotSent, StorageFull
from backend.said import joined, msg

log = logging.getLogger(__name__)

PART_SUFFIX = ".part"
"""What a spool file's name ends in until the last byte of the answer is in it."""

WRITE_BATCH_BYTES = 262_144


@contextmanager
def spooling(path: Path | None) -> Iterator[Spool | None]:
    """Yield what keeps an answer at `path`, and remove it where that is not complete at the end.

    None, which keeps nothing, without a path. Raises: as Spool.
    """
    file = None if path is None else Spool(path)
    try:
        yield file
    finally:
        if file is not None:
            file.discard()  # does nothing once the answer is complete


class Spool:
    """The answer on disk. Opening it can fail, before sending; writing it only ever gives up."""

    def __init__(self, path: Path) -> None:
        """Open `path` + ".part" as a new file, 0600. Raises: StorageFull, NotSent."""
        self._path = path
        self._part = path.with_name(path.name + PART_SUFFIX)
        self._file: BinaryIO | None = None
        try:
            if path.exists():
                raise FileExistsError(path)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            # 2.4 MB take ten writes of this size, 0.1 ms each: too short to leave the loop for
            self._file = os.fdopen(os.open(self._part, flags, 0o600), "wb", WRITE_BATCH_BYTES)
        except FileExistsError as error:
            raise NotSent(msg("This image has been asked for already."), NOTHING) from error
        except OSError as error:
            hint = joined(NOTHING, msg("Free some space, or choose another data folder."))
            reason = error.strerror or msg("the disk failed")
            message = msg("The answer could not be stored: {reason}.", reason=reason)
            raise StorageFull(message, hint) from error

    def write(self, piece: bytes) -> None:
        """Append; a disk that fails costs the file, never the answer."""
        if self._file is not None:
            try:
                self._file.write(piece)
            except OSError as error:
                self._give_up(error)

    def finish(self) -> tuple[Path | None, asyncio.Future[bool]]:
        """Mark the file complete by its name; return it and the fsync that runs in a thread."""
        if self._file is not None:
            try:
                self._file.flush()
                os.rename(self._part, self._path)
            except OSError as error:
                self._give_up(error)
        if self._file is None:
            return None, no_spool()
        file, self._file = self._file, None
        return self._path, asyncio.create_task(asyncio.to_thread(_sync, file, self._path.parent))

    def discard(self) -> None:
        """Remove what is not complete."""
        if self._file is not None:
            self._close()

    def _give_up(self, error: OSError) -> None:
        log.warning("the answer is kept in memory only: %s", error.strerror)
        self._close()

    def _close(self) -> None:
        file, self._file = self._file, None
        with suppress(OSError):
            if file is not None:
                file.close()  # flushes, so it can fail as well
        with suppress(OSError):
            self._part.unlink(missing_ok=True)


def _sync(file: BinaryIO, folder: Path) -> bool:
    """Make a finished spool outlive a power cut; False where the disk cannot promise that."""
    try:
        with file:
            os.fsync(file.fileno())
        if os.name == "posix":  # elsewhere a folder cannot be opened
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    except OSError as error:
        log.warning("the spooled answer could not be synced: %s", error.strerror)
        return False
    return True


def no_spool() -> asyncio.Future[bool]:
    """Return a `synced` for an answer without a spool."""
    future = asyncio.get_running_loop().create_future()
    future.set_result(False)
    return future
