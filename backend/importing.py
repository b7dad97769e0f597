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
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Final

from backend import foreign, images, metadata
from backend.errors import BadAnswer, PlaygroundError
from backend.images import ImageInfo
from backend.library import Library
from backend.params import fingerprint
from backend.reading import read_plain
from backend.store import LocalStore
from backend.types import ID, IMPORT, SEED_MAX, GenerationRequest, ImageRecord, Value

FILE_MAX_BYTES: Final = 40_000_000
UNKNOWN_MODEL: Final = "unknown"

_SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp")
_OURS = {"images", "thumbs", "spool"}  # the folders that tell a data folder of ours
_NOT_IMAGES = {"thumbs", "spool", "unfinished"}
_HALF_WRITTEN = re.compile(r"[0-9a-f]{32}\.[a-z]{3,4}\.[0-9a-f]{32}\.tmp")
_TEXT_MAX_CHARS, _NAME_MAX_CHARS, _MAX_VALUES = 20_000, 200, 64
_UNUSABLE = re.compile("[\0\ud800-\udfff]")  # databases take neither
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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


def record_of(path: Path, data: bytes | None = None) -> ImageRecord | None:
    """Return the record that `import_files` gave another program's image from its stored copy.

    `data` is the file's content where it has been read already. None for any file that no import
    has put there, or that has changed since. Raises: OSError.
    """
    data = path.read_bytes() if data is None else data
    digest = sha256(data).hexdigest()
    if path.stem != digest[:32]:
        return None
    try:
        info = images.header(data)
    except BadAnswer:
        return None
    created = _created(path)
    if f"{created:%Y-%m-%d}" != path.parent.name:  # copied by what does not keep times
        try:
            created = datetime.strptime(path.parent.name, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            return None
    return _foreign(data, digest, info, created)


# One file


def _read(path: Path) -> _Read | Step:
    try:
        if path.is_symlink():
            return Step(path, Outcome.SKIPPED, "It is a link to another file.")
        data = read_plain(path, FILE_MAX_BYTES)
        created = _created(path)
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
        info = images.header(file.data)
        if info.width_px * info.height_px > images.MAX_PIXELS:  # in words that can be counted
            return "The image has more than 40 megapixels."
        return images.verify(file.data)
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
        record, cache_key = own, fingerprint(own.request, own.provider)
        if not store.path(own).exists():
            store.put(record, file.data)
    else:
        record, cache_key = _foreign(file.data, file.sha256, info, file.created), None
        record = _put_foreign(store, record, file.data)
    library.add(record, cache_key)
    known |= {record.id, record.sha256}
    return Step(file.path, Outcome.IMPORTED)


def _restore(store: LocalStore, library: Library, file: _Read) -> bool:
    """Put a recorded image's missing file back; whether it was missing."""
    for image_id in (file.sha256[:32], file.own.id if file.own else ""):
        record = library.image(image_id)
        if record and record.sha256 == file.sha256 and not store.path(record).exists():
            if record.provider == IMPORT:
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
        and len(record.provider) <= 255
        and record.provider != IMPORT
        and 0 < len(record.request.model) <= 255
        and 1970 <= record.created.year < 9999
    )


# Another program's image


def _foreign(data: bytes, digest: str, info: ImageInfo, created: datetime) -> ImageRecord:
    brought = foreign.read(data)
    told = dict(brought.values) if brought else {}
    values = _values(told)
    seed = told.get("seed")
    if type(seed) is not int or not 0 <= seed <= SEED_MAX:
        if isinstance(seed, int | str):
            values["original_seed"] = _usable(str(seed))[:_NAME_MAX_CHARS]
        seed = None
    model = _usable(brought.model)[:_NAME_MAX_CHARS].strip() if brought and brought.model else ""
    prompt = told.get("prompt")
    return ImageRecord(
        id=digest[:32],
        run_id=digest[:32],
        request=GenerationRequest(
            model or UNKNOWN_MODEL,
            _usable(prompt)[:_TEXT_MAX_CHARS] if isinstance(prompt, str) else "",
            values,
            seed,
        ),
        created=created,
        seconds=None,
        price_usd=None,
        format=info.format,
        width_px=info.width_px,
        height_px=info.height_px,
        sha256=digest,
        provider=IMPORT,
    )


def _values(told: dict[str, object]) -> dict[str, Value]:
    """Return what a record can hold of what another program wrote: texts and numbers."""
    values: dict[str, Value] = {}
    for name, value in told.items():
        if name in ("prompt", "seed", "model") or len(values) == _MAX_VALUES:
            continue
        key = _usable(name)[:_NAME_MAX_CHARS]
        if isinstance(value, str):
            values[key] = _usable(value)[:_TEXT_MAX_CHARS]
        elif isinstance(value, bool) or (isinstance(value, int) and abs(value) >= 2**63):
            values[key] = str(value)[:_NAME_MAX_CHARS].lower()
        elif isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
            values[key] = value
    return values


def _usable(text: str) -> str:
    return _UNUSABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _put_foreign(store: LocalStore, record: ImageRecord, data: bytes) -> ImageRecord:
    """Store the file with the record's date as its time, durably; return the record.

    Its date is the file's time as the disk keeps it, which may be coarser.
    """
    store.put(record, data)
    path = store.path(record)
    ns = (record.created - _EPOCH) // timedelta(microseconds=1) * 1000
    os.utime(path, ns=(ns, ns))
    with path.open("rb+") as file:  # the time too is on disk before the image is recorded
        os.fsync(file.fileno())
    return replace(record, created=_created(path))


def _created(path: Path) -> datetime:
    """Return the file's time of change in UTC, exact to the microsecond, from 1970 to 9998."""
    microseconds = max(0, path.stat().st_mtime_ns // 1000)
    most = (datetime(9999, 1, 1, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
    return _EPOCH + timedelta(microseconds=min(microseconds, most - 1))
