"""Image files in a folder: whole or not there at all, and found again by their record.

DATA/images/2026-11-22/ID.png    DATA/thumbs/ab/ID.webp    DATA/spool/ID[.part]    DATA/unfinished/
DATA/marks.jsonl is library/marks_file.py's.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import stat
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from backend.errors import FolderInUse, SettingsError, StorageFull
from backend.said import joined, msg
from backend.types import ID, ImageRecord

log = logging.getLogger(__name__)

RESERVE_BYTES: Final = 16_000_000
"""What must be free before anything is sent, for each run under way: room for the spooled answer
(base64, a third more than the image), the image and the ledger. The API's images are about 2 MB."""

_UNSENT = msg("Nothing was sent.")
_SUFFIX = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}


class LocalStore:
    """A data folder. Raises: SettingsError where it cannot be made or written; FolderInUse."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.images, self.thumbs = root / "images", root / "thumbs"
        self.spool, self.unfinished = root / "spool", root / "unfinished"
        self.database, self.marks = root / "playground.db", root / "marks.jsonl"
        try:
            for folder in (root, self.images, self.thumbs, self.spool, self.unfinished):
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
        self.crashed = os.path.lexists(self._running)
        """Whether the last program on this folder did not end in order."""

    def mark_running(self) -> None:
        """Note that from here on an end without `close` is a crash."""
        try:
            self._running.touch(mode=0o600)
        except OSError as error:  # a crash then looks like none: slower to find, no less put right
            log.warning("%s cannot be written: %s", self._running, _reason(error))
        self._marked = True

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
        today = self.images / datetime.now(UTC).strftime("%Y-%m-%d")
        disks: dict[int, Path] = {}
        try:
            for part in (self.spool, self.root, self.images, today):
                if part is not today or today.exists():
                    disks.setdefault(part.stat().st_dev, part)
            main = self.root.stat().st_dev
        except OSError as error:
            raise _refused(self.root, error) from error
        for disk, part in disks.items():
            _require_room(part, self.root if disk == main else part, under_way)

    def path(self, record: ImageRecord) -> Path:
        """Return where the record's file is."""
        day = record.created.strftime("%Y-%m-%d")
        return self.images / day / f"{record.id}{_SUFFIX[record.format]}"

    def has(self, record: ImageRecord) -> bool:
        """Whether the record's file is there, and is more than a name."""
        try:
            found = self.path(record).stat()
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size > 0

    def put(
        self, record: ImageRecord, data: bytes, check: Callable[[], object] | None = None
    ) -> None:
        """Store a file so that a power cut does not lose it after this. Raises: OSError.

        `check` is asked when the bytes are on the disk and have no name yet: what it raises comes
        back, and nothing is stored.
        """
        path = self.path(record)
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(self.images)
        write_durably(path, data, check)

    def find(self, image_id: str, day: str) -> Path | None:
        """Return the file of an image that has no record (yet), made on `day` (YYYY-MM-DD)."""
        paths = (self.images / day / f"{image_id}{suffix}" for suffix in _SUFFIX.values())
        return next((path for path in paths if os.path.isfile(path)), None)

    def days(self) -> list[Path]:
        """Return the folders with images, oldest day first. Raises: OSError."""
        return sorted(path for path in self.images.iterdir() if os.path.isdir(path))

    def files_of(self, day: Path) -> list[Path]:
        """Return what looks like an image file in one folder; nothing where it cannot be read."""
        try:
            return sorted(path for path in day.iterdir() if path.suffix in _SUFFIX.values())
        except FileNotFoundError:
            return []
        except OSError as error:
            log.warning("%s cannot be read: %s", day, _reason(error))
            return []

    def ids_of(self, day: Path) -> dict[str, str]:
        """Return the names of a folder's images by their ids. Raises: OSError."""
        parts = (
            (name, os.path.splitext(name)) for name in os.listdir(day)
        )  # half of pathlib's time
        return {
            stem: name
            for name, (stem, suffix) in parts
            if suffix in _SUFFIX.values() and ID.fullmatch(stem)
        }

    def files(self) -> Iterator[Path]:
        """Yield every stored image file, oldest day first. Raises: OSError."""
        for day in self.days():
            yield from self.files_of(day)

    def thumb_path(self, image_id: str) -> Path:
        """Return where the image's thumbnail is, or would be."""
        return self.thumbs / image_id[:2] / f"{image_id}.webp"

    def put_thumb(self, image_id: str, data: bytes) -> None:
        """Keep a thumbnail: whole, but not durably, for it can be made again. Raises: OSError."""
        path = self.thumb_path(image_id)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # In one folder, so that `sweep` need not walk through all of them after a crash.
        temporary = self.thumbs / f"{image_id}.{uuid.uuid4().hex}.tmp"
        temporary.write_bytes(data)
        temporary.replace(path)

    def drop_thumbs(self, ids: Iterable[str]) -> None:
        """Delete thumbnails; what is not there is fine. Raises: OSError."""
        for image_id in ids:
            self.thumb_path(image_id).unlink(missing_ok=True)

    def remove(self, records: Sequence[ImageRecord]) -> None:
        """Delete files and thumbnails; what is not there is fine. Raises: OSError."""
        for record in records:
            self.path(record).unlink(missing_ok=True)
        self.drop_thumbs(record.id for record in records)

    def set_aside(self, path: Path) -> Path:
        """Move an unusable file to `unfinished`, where a person finds it; return where."""
        target = self.unfinished / path.name
        if target.exists():
            target = self.unfinished / f"{path.name}.{uuid.uuid4().hex[:8]}"
        path.replace(target)
        return target

    def sweep(self) -> None:
        """Remove what a crash left half written and nobody can miss. What stays is told the log."""
        rooms = [(part, ".room-*") for part in (self.spool, self.root, self.images)]
        left = [*rooms, (self.root, ".probe-*"), (self.thumbs, "*.tmp")]
        # A day's temporary files are gone a day later.
        for folder, pattern in chain(left, ((day, "*.tmp") for day in self.days()[-2:])):
            try:
                for path in folder.glob(pattern):
                    path.unlink(missing_ok=True)
            except OSError as error:
                log.warning("%s cannot be cleared: %s", folder, _reason(error))


def write_durably(path: Path, data: bytes, check: Callable[[], object] | None = None) -> None:
    """Replace `path` with `data`: temporary file, fsync, rename, fsync of the folder. Mode 0600.

    `check` is called before the rename, which what it raises prevents.
    """
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check()
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


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


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open folders; NTFS journals the rename
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
