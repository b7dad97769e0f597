"""Image files in the data folder: whole or not there at all.

DATA/images/2026-11-22/ID.png    DATA/thumbs/ab/ID.webp
"""

from __future__ import annotations

import logging
import os
import stat
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from backend.storage.image_files.names import (
    FILE_MAX_BYTES,
    id_in,
    is_image,
    name_of,
    thumb_name_of,
)
from backend.storage.reading import read_plain
from backend.storage.writing import sync_folder, write_durably
from backend.types import ImageRecord

log = logging.getLogger(__name__)

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DESKTOPS_OWN = frozenset({"thumbs.db", "desktop.ini"})


class LocalFiles:
    """Files below `root`, in which `images` and `thumbs` are there. See ImageFiles."""

    shared = False

    def __init__(self, root: Path) -> None:
        self.images, self.thumbs = root / "images", root / "thumbs"

    def path(self, record: ImageRecord) -> Path:
        """Return where the record's file is."""
        return self.images / name_of(record)

    def thumb_path(self, image_id: str) -> Path:
        """Return where the image's thumbnail is, or would be."""
        return self.thumbs / thumb_name_of(image_id)

    def place(self, name: str) -> str:
        return str(self.images / name)

    def folders(self) -> Sequence[Path]:
        today = self.images / f"{datetime.now(UTC):%Y-%m-%d}"
        return (self.images, today) if today.exists() else (self.images,)

    def has(self, record: ImageRecord) -> bool:
        try:
            found = self.path(record).stat()
        except OSError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size > 0

    def at_once(self, record: ImageRecord) -> Path | None:
        return self.path(record)

    def at_hand(self, record: ImageRecord) -> Path:
        return self.path(record)

    def read(self, record: ImageRecord) -> bytes:
        return self.read_named(name_of(record))

    def put(
        self, record: ImageRecord, data: bytes, check: Callable[[], object] | None = None
    ) -> None:
        path = self.path(record)
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self.images)
        write_durably(path, data, check)

    def put_dated(self, record: ImageRecord, data: bytes) -> ImageRecord:
        self.put(record, data)
        path = self.path(record)
        ns = (record.created - EPOCH) // timedelta(microseconds=1) * 1000
        os.utime(path, ns=(ns, ns))
        with path.open("rb+") as file:  # the time too is on disk before the image is recorded
            os.fsync(file.fileno())
        return replace(record, created=file_time(path))

    def remove(self, records: Sequence[ImageRecord]) -> None:
        for record in records:
            self.path(record).unlink(missing_ok=True)
        self.drop_thumbs(record.id for record in records)

    def thumb(self, image_id: str) -> bytes | None:
        try:
            return self.thumb_path(image_id).read_bytes()
        except OSError:
            return None

    def put_thumb(self, image_id: str, data: bytes) -> None:
        path = self.thumb_path(image_id)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        # In one folder, so that `sweep` need not walk through all of them after a crash.
        temporary = self.thumbs / f"{image_id}.{uuid.uuid4().hex}.tmp"
        temporary.write_bytes(data)
        temporary.replace(path)

    def drop_thumbs(self, ids: Iterable[str]) -> None:
        for image_id in ids:
            self.thumb_path(image_id).unlink(missing_ok=True)

    def check_takes(self) -> None:
        pass  # what the disk has is looked up by the folder's `require_room`

    def check_answers(self) -> None:
        pass

    def copies(self) -> set[str]:
        return set()

    def drop_copies(self, ids: Iterable[str]) -> None:
        pass

    def close(self) -> None:
        pass

    def days(self) -> list[str]:
        return sorted(path.name for path in self.images.iterdir() if os.path.isdir(path))

    def names_of(self, day: str) -> list[str]:
        try:
            found = os.listdir(self.images / day)
        except FileNotFoundError:
            return []
        except OSError as error:
            log.warning("%s cannot be read: %s", self.images / day, error.strerror)
            return []
        return sorted(f"{day}/{name}" for name in found if is_image(name))
        return sorted(f"{day}/{name}" for name in found if is_image(name))

    def ids_of(self, day: str) -> dict[str, str]:
        names = os.listdir(self.images / day)
        return {found: f"{day}/{name}" for name in names if (found := id_in(name)) is not None}

    def names(self) -> Iterator[str]:
        for day in self.days():
            yield from self.names_of(day)

    def every_name(self) -> set[str]:
        return {
            Path(folder, name).relative_to(self.images).as_posix()
            for folder, _, names in os.walk(self.images)
            for name in names
            if not name.startswith(".") and name.lower() not in _DESKTOPS_OWN
        }

    def read_named(self, name: str) -> bytes:
        return read_plain(self.images / name, FILE_MAX_BYTES)

    def time_of(self, name: str) -> datetime:
        return file_time(self.images / name)

    def sweep(self, *, every_day: bool = False) -> None:
        remove_left(self.images, ".room-*")
        remove_left(self.thumbs, "*.tmp")
        # What is half written is gone a day later, but for what is imported: that has any day.
        for day in self.days() if every_day else self.days()[-2:]:
            remove_left(self.images / day, "*.tmp")


def remove_left(folder: Path, pattern: str) -> None:
    """Remove what a crash left in a folder by these names. What stays is told the log."""
    try:
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s cannot be cleared: %s", folder, error.strerror or error)


def file_time(path: Path) -> datetime:
    """Return the file's time of change in UTC, exact to the microsecond, from 1970 to 9998."""
    microseconds = max(0, path.stat().st_mtime_ns // 1000)
    most = (datetime(9999, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    return EPOCH + timedelta(microseconds=min(microseconds, most - 1))
