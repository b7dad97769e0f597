"""Image files into the database: all of them into a new one, or those that it does not know."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from itertools import islice, takewhile
from pathlib import PurePosixPath

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from backend.catalogue.params import fingerprint
from backend.errors import InvalidInput
from backend.exchange import foreign_record
from backend.images import metadata, pictures
from backend.library.history import History, Proof
from backend.library.library import Library
from backend.library.marks_file import MarksFile
from backend.said import msg
from backend.storage.folder import LocalStore
from backend.storage.image_files.base import ImageFiles
from backend.storage.image_files.names import name_of
from backend.storage.image_files.trouble import StoreTrouble
from backend.storage.rows import insert_image, note_prompts
from backend.storage.run_rows import RunRow, insert_run, settle_run
from backend.types import IMPORT, ImageRecord, RunState

log = logging.getLogger(__name__)

BATCH_IMAGES = 500
"""Images recorded in one transaction."""

LOOKED_AT_ONCE = 20_000
"""So many names of files a start compares with the database before it goes on."""

READ_AT_ONCE = 8
"""So many files of an object store are fetched side by side."""

Found = tuple[ImageRecord, str | None]
"""An image with its fingerprint; imported ones have none."""


@dataclass(frozen=True, slots=True)
class Refilled:
    """Images that were recorded, and files that tell nothing of their making."""

    found: int = 0
    strange: int = 0


def refill(
    engine: sa.Engine, files: ImageFiles, stopped: Callable[[], bool] = lambda: False
) -> Refilled:
    """Record every stored image, oldest first, until `stopped`.

    Raises: OSError, SQLAlchemy's OperationalError.
    """
    return _record(engine, files, takewhile(lambda _: not stopped(), files.names()))


def newer_files(
    library: Library,
    files: ImageFiles,
    *,
    at_most: int | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> list[str]:
    """Return the names of files that the library does not know, from the newest day backward.

    Only names are compared. With `at_most` it ends at the first day of which all are known, and
    after so many names. Raises: OSError, SQLAlchemyError.
    """
    unknown: list[str] = []
    looked = 0
    for day in reversed(files.days()):
        if stopped():
            break
        try:
            named = files.ids_of(day)
        except OSError as error:
            log.warning("%s cannot be read: %s", day, error.strerror)
            continue
        looked += len(named)
        if at_most is not None and looked > at_most:
            break
        here = sorted(named.keys() - library.known([*named], []))
        unknown += [named[image_id] for image_id in here]
        if named and not here and at_most is not None:
            break
    return unknown


def take_up_all(
    engine: sa.Engine, library: Library, files: ImageFiles
) -> Iterator[tuple[Refilled, int]]:
    """Record every stored image that the library does not know, oldest day first.

    Yields what came of each day, and how many of it were known. Raises: OSError, SQLAlchemyError.
    """
    for day in files.days():
        named = files.ids_of(day)
        known = library.known([*named], [])
        here = [named[image_id] for image_id in sorted(named.keys() - known)]
        yield _record(engine, files, here), len(named) - len(here)


def take_up(engine: sa.Engine, store: LocalStore, names: Sequence[str]) -> Refilled:
    """Record these files, with what was noted on them since. Raises: SQLAlchemyError."""
    taken = _record(engine, store.files, names)
    if taken.found:
        mark_again(engine, MarksFile(store.marks))
    return taken


def _record(engine: sa.Engine, files: ImageFiles, names: Iterable[str]) -> Refilled:
    found: list[Found] = []
    looked = 0
    for image in _all_read(files, names):
        looked += 1
        if image is not None:
            found.append(image)
    found.sort(key=lambda pair: pair[0].created)  # the gallery shows the order of recording
    left = iter(found)
    recorded = 0
    while batch := list(islice(left, BATCH_IMAGES)):
        recorded += _restore(engine, batch)
    return Refilled(recorded, looked - recorded)


def _all_read(files: ImageFiles, names: Iterable[str]) -> Iterator[Found | None]:
    if not files.shared:
        yield from (_read(files, name) for name in names)
        return
    with ThreadPoolExecutor(READ_AT_ONCE, thread_name_prefix="reading") as pool:
        left = iter(names)
        while part := list(islice(left, READ_AT_ONCE)):  # no more of them are held in memory
            yield from pool.map(partial(_read, files), part)


def _read(files: ImageFiles, name: str) -> Found | None:
    """Return what a file says of itself; None where it says nothing, or nothing that fits."""
    try:
        data = files.read_named(name)
        if files.shared:  # what a crash cut off there may be no image
            pictures.verify(data)
        stored = metadata.read(data)
        own = stored.record if stored and name_of(stored.record) == name else None
        record = own or foreign_record.record_of(PurePosixPath(name), data, files.time_of(name))
        if record is None or name_of(record) != name:
            return None
        return record, fingerprint(record.request, record.source) if own else None
    except StoreTrouble:  # not this file's: the rest would be left out as well
        raise
    except OSError as error:  # one bad sector must not keep all other images away
        log.warning("%s cannot be read: %s", files.place(name), error.strerror)
    except Exception as error:  # nor a file that nobody thought of
        log.warning("%s makes no sense: %s", files.place(name), type(error).__name__)
    return None


def _restore(engine: sa.Engine, batch: Sequence[Found]) -> int:
    try:
        restore(engine, batch)
    except OperationalError:  # a full disk, say
        raise
    except (SQLAlchemyError, ValueError, OverflowError) as error:
        if len(batch) == 1:  # what no database takes
            log.warning("%s is left out: %s", batch[0][0].id, type(error).__name__)
            return 0
        return sum(_restore(engine, [one]) for one in batch)
    return len(batch)


def restore(engine: sa.Engine, found: Sequence[Found]) -> None:
    """Record images and their runs anew, in one transaction.

    Each counts in the day's budget as one send at its listed price, where its run is not known.
    """
    with engine.begin() as db:
        for record, cache_key in found:
            insert_image(db, record, cache_key)
            # An imported file may claim another one's run.
            if record.source == IMPORT or settle_run(db, record):
                continue
            in_grid = record.experiment is not None and record.origin is None
            if not in_grid:
                note_prompts(db, [record.request.prompt], record.created.timestamp())
            run = RunRow(
                id=record.run_id,
                job_id=record.run_id,
                position=1 if in_grid else 0,  # a cell of an experiment is no click
                request=record.request,
                state=RunState.SAVED,
                created=record.created,
                sent=record.created,
                ended=record.created,
                cost_usd=record.price_usd or Decimal(0),
                source=record.source,
                error=None,
                record=replace(record, cached=False),
                origin=record.origin,
                experiment=record.experiment,
                free=record.price_usd == 0,
            )
            insert_run(db, run, cache_key=cache_key, attempts=1)


def mark_again(engine: sa.Engine, marks_file: MarksFile) -> str:
    """Mark images as was noted; return a sentence where that cannot be read, else ""."""
    library, history = Library(engine, engine), History(engine, engine)
    try:
        for entry in marks_file.entries():
            if isinstance(entry, Proof):
                history.put_proof(entry)
            else:
                moment, ids, changes = entry
                try:
                    library.change(ids, changes, moment)
                except InvalidInput:  # too many tags, after lines that made no sense
                    continue
    except OSError as error:
        log.warning("%s cannot be read: %s", marks_file.name, error.strerror)
        return msg(
            "Stars, ratings, tags and trash are missing: {file} cannot be read.",
            file=marks_file.name,
        )
    return ""
