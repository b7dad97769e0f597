"""Takes other folders' images into the gallery: copied byte for byte, never moved or changed.

What another program made gets the first 32 hex digits of its hash as its id and the file's time as
its date. Both can be told from the stored copy alone, so a rebuild of the database finds it again.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from backend.catalogue.params import fingerprint
from backend.errors import PlaygroundError
from backend.exchange.foreign_record import EPOCH, file_time, foreign_record
from backend.images import containers, metadata, pictures
from backend.images.containers import ImageInfo
from backend.library.library import Library
from backend.storage.folder import LocalStore
from backend.storage.reading import read_plain
from backend.types import ID, IMPORT, ImageRecord

FILE_MAX_BYTES: Final = 40_000_000

_SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp")
_OURS = {"images", "thumbs", "spool"}  # the folders that tell a data folder of ours
_NOT_IMAGES = {"thumbs", "spool", "unfinished"}
_HALF_WRITTEN = re.compile(r"[0-9a-f]{32}\.[a-z]{3,4}\.[0-9a-f]{32}\.tmp")

_WORKERS = min(4, os.cpu_count() or 1)  # each holds an image or two in memory


class Outcome(StrEnum):
    """What became of a file. `restored`: its record was there, but the stored file was missing."""

    IMPORTED = "imported"
    THERE = "there"
    RESTORED = "restored"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One file and what became of it; `why` says for what reason it was skipped."""

    path: Path
    outcome: Outcome
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """A file in memory. `own` is its record where this program made it."""

    path: Path
    data: bytes
    sha256: str
    created: datetime
    own: ImageRecord | None


def find(folders: Sequence[Path]) -> list[Path]:
    """Return the image files below the folders, in order; links are not followed.

    Other and hidden files are left out, and so are the thumbnails of a data folder of ours.
    """
    found = {start: None for start in folders if start.is_file()}

    def closed(error: OSError) -> None:
        found[Path(error.filename)] = None  # reading it later tells the reason

    for start in folders:
        for folder, names, files in os.walk(start, onerror=closed):
            ours = names and _OURS.issubset(names)
            names[:] = sorted(
                name
                for name in names
                if not name.startswith(".") and not (ours and name in _NOT_IMAGES)
            )
            paths = (Path(folder, name) for name in sorted(files) if not name.startswith("."))
            found |= {path: None for path in paths if path.suffix.lower() in _SUFFIXES}
    return list(found)


def import_files(store: LocalStore, library: Library, paths: Sequence[Path]) -> Iterator[Step]:
    """Take the files in and yield what became of each. May be ended and begun again at any time.

    Blocks. Raises: OSError and SQLAlchemyError where disk or database fail; what is told of is
    stored by then.
    """
    for left in store.images.glob("*/*.tmp"):  # what a crash of an import has left, of any day
        if _HALF_WRITTEN.fullmatch(left.name):
            left.unlink()
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="import") as pool:
        for start in range(0, len(paths), 2 * _WORKERS):
            found = list(pool.map(_read, paths[start : start + 2 * _WORKERS]))
            files = [file for file in found if isinstance(file, _Read)]
            ids = [file.sha256[:32] for file in files] + [f.own.id for f in files if f.own]
            known = library.known(ids, [file.sha256 for file in files])
            yield from (file for file in found if isinstance(file, Step))
            new = [_is_new(file, known) for file in files]
            for file, info in zip(files, pool.map(_verified, files, new), strict=True):
                yield _take(store, library, file, info, known)


# One file


def _read(path: Path) -> _Read | Step:
    try:
        if path.is_symlink():
            return Step(path, Outcome.SKIPPED, "It is a link to another file.")
        data = read_plain(path, FILE_MAX_BYTES)
        created = file_time(path)
    except OSError as error:
        large = error.errno == errno.EFBIG
        why = "The file is larger than 40 MB." if large else f"{error.strerror}."
        return Step(path, Outcome.SKIPPED, why)
    stored = metadata.read(data)
    own = stored.record if stored and _believable(stored.record) else None
    return _Read(path, data, sha256(data).hexdigest(), created, own)


def _is_new(file: _Read, known: set[str]) -> bool:
    return known.isdisjoint((file.sha256, file.sha256[:32]))


def _verified(file: _Read, new: bool) -> ImageInfo | str:
    """Return what the file is, or why it cannot be taken; "" for one that is there already."""
    if not new:
        return ""
    try:
        info = containers.header(file.data)
        if info.width_px * info.height_px > pictures.MAX_PIXELS:  # in words that can be counted
            return "The image has more than 40 megapixels."
        return pictures.verify(file.data)
    except PlaygroundError as error:
        return str(error)


def _take(
    store: LocalStore, library: Library, file: _Read, info: ImageInfo | str, known: set[str]
) -> Step:
    if not _is_new(file, known):
        restored = _restore(store, library, file)
        return Step(file.path, Outcome.RESTORED if restored else Outcome.THERE)
    if isinstance(info, str):
        return Step(file.path, Outcome.SKIPPED, info)
    own = file.own
    if own is not None and own.id not in known and _fits(store.path(own), file.sha256):
        record, cache_key = own, fingerprint(own.request, own.source)
        if not store.path(own).exists():
            store.put(record, file.data)
    else:
        record, cache_key = foreign_record(file.data, file.sha256, info, file.created), None
        record = _put_foreign(store, record, file.data)
    library.add(record, cache_key)
    known |= {record.id, record.sha256}
    return Step(file.path, Outcome.IMPORTED)


def _restore(store: LocalStore, library: Library, file: _Read) -> bool:
    """Put a recorded image's missing file back; whether it was missing."""
    for image_id in (file.sha256[:32], file.own.id if file.own else ""):
        record = library.image(image_id)
        if record and record.sha256 == file.sha256 and not store.path(record).exists():
            if record.source == IMPORT:
                _put_foreign(store, record, file.data)
            else:
                store.put(record, file.data)
            return True
    return False


def _fits(path: Path, digest: str) -> bool:
    """Whether nothing is there or the very same, as after a crash: nothing is overwritten."""
    return not path.exists() or sha256(path.read_bytes()).hexdigest() == digest


def _believable(record: ImageRecord) -> bool:
    """Whether a record read from a file of unknown origin fits into database and folders."""
    return (
        ID.fullmatch(record.run_id) is not None
        and len(record.source) <= 255
        and record.source != IMPORT
        and 0 < len(record.request.model) <= 255
        and 1970 <= record.created.year < 9999
    )


def _put_foreign(store: LocalStore, record: ImageRecord, data: bytes) -> ImageRecord:
    """Store the file with the record's date as its time, durably; return the record.

    Its date is the file's time as the disk keeps it, which may be coarser.
    """
    store.put(record, data)
    path = store.path(record)
    ns = (record.created - EPOCH) // timedelta(microseconds=1) * 1000
    os.utime(path, ns=(ns, ns))
    with path.open("rb+") as file:  # the time too is on disk before the image is recorded
        os.fsync(file.fileno())
    return replace(record, created=file_time(path))
