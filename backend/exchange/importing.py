"""Takes other folders' images into the gallery: copied byte for byte, never moved or changed.

What another program made gets the first 32 hex digits of its hash as its id and the file's time as
its date. Both can be told from the stored copy alone, so a rebuild of the database finds it again.
"""

from __future__ import annotations

import errno
import io
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from backend.apart.pool import Pool
from backend.catalogue.params import fingerprint
from backend.errors import PlaygroundError
from backend.exchange.brought_file import whole_image
from backend.exchange.foreign_record import foreign_record
from backend.exchange.image_files import LINK_TO_FILE, LINK_TO_FOLDER, other_kind
from backend.images import containers, metadata, pictures
from backend.images.containers import ImageInfo
from backend.library.library import Library
from backend.recipes.recipe import Brought
from backend.storage.image_files.base import ImageFiles
from backend.storage.image_files.local import file_time
from backend.storage.reading import read_plain
from backend.types import ID, IMPORT, ImageRecord

FILE_MAX_BYTES: Final = 40_000_000

# Files that are read, checked or stored at the same time, for as long as they are small together:
# an import stays below 300 MB, the process that checks one large file included.
_IN_LINE, _IN_LINE_BYTES = 3, 3_000_000


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


@dataclass(frozen=True, slots=True)
class _Whole:
    """What a file that can be taken is, and what another program says in it of its making."""

    info: ImageInfo
    brought: Brought | None


def import_files(files: ImageFiles, library: Library, paths: Sequence[Path]) -> Iterator[Step]:
    """Take the files in and yield what became of each. May be ended and begun again at any time.

    Blocks. Raises: OSError and SQLAlchemyError where disk or database fail; what is told of is
    stored by then.
    """
    files.sweep(every_day=True)  # what a crash of an import has left
    known: set[str] = set()
    line: deque[tuple[_Read, Future[_Whole | str]]] = deque()
    with closing(_Checks()) as checks:
        for path in paths:
            file = _read(path)
            if isinstance(file, Step):
                yield file
                continue
            ids = [file.sha256[:32]] + ([file.own.id] if file.own else [])
            known |= library.known(ids, [file.sha256])
            line.append((file, checks.begin(file, _is_new(file, known))))
            del file  # or it would be held while the next one is read
            while len(line) > _IN_LINE or sum(len(f.data) for f, _ in line) > _IN_LINE_BYTES:
                yield _take(files, library, *_first(line), known)
        while line:
            yield _take(files, library, *_first(line), known)


def _first(line: deque[tuple[_Read, Future[_Whole | str]]]) -> tuple[_Read, _Whole | str]:
    file, checked = line.popleft()
    return file, checked.result()


class _Checks:
    """Has files checked apart, one after the other, while others are read and stored."""

    def __init__(self) -> None:
        self._processes = Pool(whole_image)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="import")

    def begin(self, file: _Read, new: bool) -> Future[_Whole | str]:
        """Begin to find out what the file is, or why it cannot be taken; "" unless it is new."""
        return self._thread.submit(self._check, file.data if new else b"")

    def _check(self, data: bytes) -> _Whole | str:
        if not data:
            return ""
        try:
            info = containers.header(data)
            if info.width_px * info.height_px > pictures.MAX_PIXELS:  # in words that can be counted
                return "The image has more than 40 megapixels."
            with self._processes.lent() as process:
                return _Whole(*process.run(io.BytesIO(data), len(data)))
        except PlaygroundError as error:
            return str(error)

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)
        self._processes.close()


# One file


def _read(path: Path) -> _Read | Step:
    try:
        if path.is_symlink():
            return Step(path, Outcome.SKIPPED, LINK_TO_FOLDER if path.is_dir() else LINK_TO_FILE)
        if (kind := other_kind(path)) is not None:
            return Step(path, Outcome.SKIPPED, f"{kind} is not taken: PNG, JPEG and WebP are.")
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


def _take(
    files: ImageFiles, library: Library, file: _Read, found: _Whole | str, known: set[str]
) -> Step:
    if not _is_new(file, known):
        restored = _restore(files, library, file)
        return Step(file.path, Outcome.RESTORED if restored else Outcome.THERE)
    if isinstance(found, str):
        return Step(file.path, Outcome.SKIPPED, found)
    own = file.own
    if own is not None and own.id not in known and _fits(files, own, file.sha256):
        record, cache_key = own, fingerprint(own.request, own.source)
        if not files.has(own):
            files.put(record, file.data)
    else:
        record = foreign_record(found.brought, file.sha256, found.info, file.created)
        record, cache_key = files.put_dated(record, file.data), None
    library.add(record, cache_key)
    known |= {record.id, record.sha256}
    return Step(file.path, Outcome.IMPORTED)


def _restore(files: ImageFiles, library: Library, file: _Read) -> bool:
    """Put a recorded image's missing file back; whether it was missing."""
    for image_id in (file.sha256[:32], file.own.id if file.own else ""):
        record = library.image(image_id)
        if record and record.sha256 == file.sha256 and not files.has(record):
            if record.source == IMPORT:
                files.put_dated(record, file.data)
            else:
                files.put(record, file.data)
            return True
    return False


def _fits(files: ImageFiles, record: ImageRecord, digest: str) -> bool:
    """Whether nothing is there or the very same, as after a crash: nothing is overwritten."""
    try:
        return sha256(files.read(record)).hexdigest() == digest
    except FileNotFoundError:
        return True


def _believable(record: ImageRecord) -> bool:
    """Whether a record read from a file of unknown origin fits into database and folders."""
    return (
        ID.fullmatch(record.run_id) is not None
        and len(record.source) <= 255
        and record.source != IMPORT
        and 0 < len(record.request.model) <= 255
        and 1970 <= record.created.year < 9999
    )
