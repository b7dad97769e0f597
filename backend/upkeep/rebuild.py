"""A damaged database is moved aside and made anew from the image files: it is only their index.

Stars, ratings, tags and the trash come from the file of marks. Nothing is deleted. What neither
tells, runs that failed or are in doubt, stays in the old file.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from backend.catalogue.params import fingerprint
from backend.errors import InvalidInput, SettingsError
from backend.exchange import foreign_record
from backend.images import metadata
from backend.library.history import History, Proof
from backend.library.library import Library
from backend.library.marks_file import MarksFile
from backend.storage.database import open_engine, open_reader, optimize, sqlite_url
from backend.storage.folder import LocalStore
from backend.storage.rows import RunRow, has_run, insert_image, insert_run, note_prompts
from backend.types import IMPORT, ImageRecord, RunState

log = logging.getLogger(__name__)

CHECKED_BYTES = 32_000_000
"""Up to this size a database is checked whole at every start; beyond, only after a crash."""

BATCH_IMAGES = 500
"""Images recorded in one transaction."""

_PARTS = ("", "-wal", "-shm")


def open_database(
    url: str | None, store: LocalStore, *, rebuild: bool = True
) -> tuple[sa.Engine, sa.Engine, str]:
    """Return the database for writing, once more for reading, and a notice for the page, else "".

    Without a `url` it is the SQLite file in the store's folder. A missing or damaged one is made
    anew, or refused without `rebuild`: then its files could not be compared with what it says.
    Raises: SettingsError where it cannot be had; SQLAlchemy's DatabaseError for a `url`.
    """
    if not rebuild:
        engine = _open_as_it_is(url, store)
        return engine, open_reader(url or sqlite_url(store.database)), ""
    if url:
        return open_engine(url), open_reader(url), ""
    engine, notice = _open_or_rebuild(store.database, store)
    optimize(engine)
    return engine, open_reader(sqlite_url(store.database)), notice


def _open_or_rebuild(path: Path, store: LocalStore) -> tuple[sa.Engine, str]:
    known = path.is_file() and path.stat().st_size > 0
    if not known and next(store.files(), None) is None:
        return open_engine(sqlite_url(path)), ""
    damaged = False
    try:
        if known:
            whole = store.crashed or path.stat().st_size <= CHECKED_BYTES
            return _open_checked(path, "quick_check" if whole else None), ""
    except OperationalError as error:
        # Locked, read-only or full: the file may well be whole, so it stays where it is.
        raise SettingsError(
            f"The database {path} cannot be opened: {reason_of(error)}.",
            "Close other programs that use it, and check that the disk has room.",
        ) from error
    except DatabaseError as error:
        log.warning("the database is damaged: %s", error.orig)
        damaged = True
    try:
        fresh, found, strange = _made_anew(path, store)
        aside = _move_aside(path)
        fresh.replace(path)
    except (SQLAlchemyError, OSError) as error:
        raise SettingsError(
            f"The database {path} is {'damaged' if damaged else 'missing'}, and a new one could not"
            f" be made: {reason_of(error)}.",
            "Check that the disk has room and that the data folder can be read and written. Then"
            " start again: nothing was deleted.",
        ) from error
    engine = open_engine(sqlite_url(path))
    state = f"damaged; the old one is kept as {aside.name}" if damaged else "missing"
    notice = (
        f"The database was {state}. It has been made anew from {found:,} image files,"
        " and nothing was deleted."
    )
    if strange:
        notice += f" {strange:,} files say nothing of their making and are not in the gallery."
    log.warning(notice)
    return engine, notice


def _open_as_it_is(url: str | None, store: LocalStore) -> sa.Engine:
    path = store.database
    # An empty new one would keep the next start from making it anew.
    if not url and not (path.is_file() and path.stat().st_size):
        if next(store.files(), None) is not None:
            raise SettingsError(f"The database {path} is missing.", _REBUILDS)
        raise SettingsError(f"There are no images in {store.root} yet.")
    try:
        return open_engine(url) if url else _open_checked(path, "integrity_check")
    except SQLAlchemyError as error:
        raise SettingsError(
            f"The database cannot be read: {reason_of(error)}.", _REBUILDS
        ) from error


_REBUILDS = "Start the playground once: it makes a new one from the image files, and keeps the old."


def _open_checked(path: Path, check: Literal["quick_check", "integrity_check"] | None) -> sa.Engine:
    engine = open_engine(sqlite_url(path))
    try:
        with engine.begin() as db:
            verdict = db.scalar(sa.text(f"PRAGMA {check}(1)")) if check else "ok"
        if verdict != "ok":
            raise DatabaseError(f"PRAGMA {check}(1)", None, ValueError("it is damaged"))
    except BaseException:
        engine.dispose()
        raise
    return engine


def reason_of(error: Exception) -> str:
    """Return why database or disk refused, in their own words."""
    words = getattr(error, "orig", None) or getattr(error, "strerror", None)
    return str(words or type(error).__name__)


def _made_anew(path: Path, store: LocalStore) -> tuple[Path, int, int]:
    """Return a whole new database beside `path`, how many images it has, and see `_refill`.

    Under a name of its own until then: half of it, after a crash, would pass for all there is.
    """
    fresh = path.with_name(f"{path.name}.new")
    for suffix in _PARTS:
        path.with_name(fresh.name + suffix).unlink(missing_ok=True)
    engine = open_engine(sqlite_url(fresh))
    try:
        found, strange = _refill(engine, store)
        _mark_again(engine, MarksFile(store.marks))
    finally:
        engine.dispose()  # the last connection takes its log into the file
    return fresh, found, strange


def _move_aside(path: Path) -> Path:
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in _PARTS:  # a log left alone would be taken for the new database's
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(path.with_name(aside.name + suffix))
    return aside


def _refill(engine: sa.Engine, store: LocalStore) -> tuple[int, int]:
    """Record every stored image again; return how many, and how many files tell nothing."""
    found: list[tuple[ImageRecord, str | None]] = []
    strange = 0
    for path in store.files():
        try:
            data = path.read_bytes()
        except OSError as error:  # one bad sector must not keep all other images away
            log.warning("%s cannot be read: %s", path, error.strerror)
            strange += 1
            continue
        stored = metadata.read(data)
        own = stored.record if stored and store.path(stored.record) == path else None
        record = own or foreign_record.record_of(path, data)
        if record is None or store.path(record) != path:
            strange += 1
        else:
            found.append((record, fingerprint(record.request, record.source) if own else None))
    found.sort(key=lambda pair: pair[0].created)  # the gallery shows the order of recording
    for start in range(0, len(found), BATCH_IMAGES):
        restore(engine, found[start : start + BATCH_IMAGES])
    return len(found), strange


def restore(engine: sa.Engine, found: Sequence[tuple[ImageRecord, str | None]]) -> None:
    """Record images (with their fingerprints) and their runs anew, in one transaction.

    Each counts in the day's budget as one send at its listed price.
    """
    with engine.begin() as db:
        for record, cache_key in found:
            insert_image(db, record, cache_key)
            # An imported file may claim another one's run.
            if record.source == IMPORT or has_run(db, record.run_id):
                continue
            note_prompts(db, [record.request.prompt], record.created.timestamp())
            run = RunRow(
                id=record.run_id,
                job_id=record.run_id,
                position=0,
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
            )
            insert_run(db, run, cache_key=cache_key, attempts=1)


def _mark_again(engine: sa.Engine, marks_file: MarksFile) -> None:
    library, history = Library(engine, engine), History(engine, engine)
    for entry in marks_file.entries():
        if isinstance(entry, Proof):
            history.put_proof(entry)
        else:
            moment, ids, changes = entry
            with suppress(InvalidInput):  # too many tags, after lines that made no sense
                library.change(ids, changes, moment)
