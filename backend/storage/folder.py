"""The data folder: whose it is, whether it has room, where answers are spooled.

DATA/spool/ID[.part]    DATA/unfinished/    DATA/images and DATA/thumbs are image_files/local.py's
DATA/marks.jsonl is library/marks_file.py's, DATA/.address is address.py's, DATA/forgetting.json is
library/forgetting.py's.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from backend.errors import FolderInUse, SettingsError, StorageFull
from backend.said import joined, msg
from backend.storage.address import ADDRESS, written
from backend.storage.image_files.base import ImageFiles
from backend.storage.image_files.local import LocalFiles, remove_left
from backend.storage.writing import write_durably

log = logging.getLogger(__name__)

RESERVE_BYTES: Final = 16_000_000
"""What must be free before anything is sent, for each run under way: room for the spooled answer
(base64, a third more than the image), the image and the ledger. The API's images are about 2 MB."""

_UNSENT = msg("Nothing was sent.")


class LocalStore:
    """A data folder; its image files are `files`.

    Raises: SettingsError where it cannot be made or written; FolderInUse.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: ImageFiles = LocalFiles(root)
        self.spool, self.unfinished = root / "spool", root / "unfinished"
        self.database, self.marks = root / "playground.db", root / "marks.jsonl"
        try:
            for folder in (root, root / "images", root / "thumbs", self.spool, self.unfinished):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = root / f".probe-{uuid.uuid4().hex}"
            probe.write_bytes(b"")
            probe.unlink()
        except (OSError, ValueError) as error:  # ValueError: a path that no system could have
            raise _unusable(root, error) from error
        self._lock = FileLock(root / ".lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise FolderInUse(
                f"The data folder {root} is in use by another playground.",
                "Use that one, or choose another folder with --data-dir.",
            ) from error
        except (OSError, NotImplementedError) as error:  # a disk without locks, or no plain file
            raise SettingsError(
                f"The data folder {root} cannot be locked by its file .lock ({_reason(error)}), so"
                " another playground might use it at once.",
                "Move that file away, or choose a folder on another disk with --data-dir.",
            ) from error

        self._running, self._marked = root / ".running", False
        self._damaged = root / ".damaged"
        self._address = root / ADDRESS
        with suppress(OSError):  # another program's, which has ended
            self._address.unlink(missing_ok=True)
        self.crashed = os.path.lexists(self._running)
        """Whether the last program on this folder did not end in order."""

    def mark_running(self) -> None:
        """Note that from here on an end without `close` is a crash."""
        try:
            self._running.touch(mode=0o600)
        except OSError as error:  # a crash then looks like none: slower to find, no less put right
            log.warning("%s cannot be written: %s", self._running, _reason(error))
        self._marked = True

    def note_address(self, url: str) -> None:
        """Let other programs of this user know where the one that has this folder is reached."""
        try:
            write_durably(self._address, written(url))
        except OSError as error:  # commands then say that they do not know it
            log.warning("%s cannot be written: %s", self._address, _reason(error))

    @property
    def damaged(self) -> bool:
        """Whether the database was found damaged and has not been made anew yet."""
        return os.path.lexists(self._damaged)

    @damaged.setter
    def damaged(self, damaged: bool) -> None:
        with suppress(OSError):  # then the next start has to find it out by itself
            if damaged:
                self._damaged.touch(mode=0o600)
            else:
                self._damaged.unlink(missing_ok=True)

    def close(self) -> None:
        self.files.close()
        with suppress(OSError):
            self._address.unlink(missing_ok=True)
        if self._marked:
            with suppress(OSError):
                self._running.unlink(missing_ok=True)
        with suppress(OSError):  # it goes with the program in any case
            self._lock.release()

    def require_room(self, under_way: int) -> None:
        """Check that `under_way` more results fit. Raises: StorageFull, before anything is sent.

        The space is asked for, not only looked up: quotas and file size limits refuse it too. Parts
        of the folder may lie on disks of their own, by a link: each has to have room.
        """
        disks: dict[int, Path] = {}
        try:
            for part in (self.spool, self.root, *self.files.folders()):
                disks.setdefault(part.stat().st_dev, part)
            main = self.root.stat().st_dev
        except OSError as error:
            raise _refused(self.root, error) from error
        for disk, part in disks.items():
            _require_room(part, self.root if disk == main else part, under_way)

    def set_aside(self, path: Path) -> Path:
        """Move an unusable file to `unfinished`, where a person finds it; return where."""
        target = self.unfinished / path.name
        if target.exists():
            target = self.unfinished / f"{path.name}.{uuid.uuid4().hex[:8]}"
        path.replace(target)
        return target

    def sweep(self) -> None:
        """Remove what a crash left half written and nobody can miss. What stays is told the log."""
        for folder, pattern in (
            (self.spool, ".room-*"),
            (self.root, ".room-*"),
            (self.root, ".probe-*"),
        ):
            remove_left(folder, pattern)
        self.files.sweep()


def _require_room(part: Path, named: Path, under_way: int) -> None:
    """Check one disk by what is in `part`; `named` is what a person is told."""
    probe = part / f".room-{uuid.uuid4().hex}.tmp"
    try:
        free = shutil.disk_usage(part).free  # before the probe takes its part of it
        with probe.open("xb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
    except OSError as error:
        raise _refused(named, error) from error
    finally:
        with suppress(OSError):  # a read-only disk refuses even to remove what is not there
            probe.unlink(missing_ok=True)
    if free < RESERVE_BYTES * max(1, under_way):
        raise _refused(named)


def _unusable(root: Path, error: Exception) -> SettingsError:
    """Say what is wrong with a data folder: with itself, or with what is in it."""
    at = Path(getattr(error, "filename", None) or root)
    inside = at != root and root in at.parents and os.path.lexists(at)
    if isinstance(error, FileExistsError | NotADirectoryError):
        reason = "it is a file, or a link to nowhere" if os.path.lexists(at) else _reason(error)
    else:
        reason = _reason(error)
    where = f", because of {at.name} in it" if inside else ""
    return SettingsError(
        f"The data folder {root} cannot be written to{where} ({reason}).",
        "Put that right, or choose another one with --data-dir.",
    )


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _refused(root: Path, error: OSError | None = None) -> StorageFull:
    if error is not None and error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageFull(
            joined(
                msg(
                    "The data folder {folder} cannot be written to ({reason}).",
                    folder=root,
                    reason=error.strerror,
                ),
                _UNSENT,
            ),
            msg("Make it writable, or choose another one with --data-dir. Then generate again."),
        )
    return StorageFull(
        joined(msg("The disk has no room for another image in {folder}.", folder=root), _UNSENT),
        msg("Free some space, then generate again."),
    )
