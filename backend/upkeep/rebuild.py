"""A damaged database is moved aside and made anew from the image files: it is only their index.

Stars, ratings, tags and the trash come from the journal. Nothing is deleted. What neither tells,
runs that failed or are in doubt, stays in the old file.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, OperationalError, SQLAlchemyError

from backend.catalogue.params import fingerprint
from backend.errors import InvalidInput, SettingsError
from backend.exchange import foreign_record
from backend.generation.ledger import Ledger
from backend.images import metadata
from backend.library.history import History, Proof
from backend.library.library import Library
from backend.library.marks_file import MarksFile
from backend.storage.database import open_engine, open_reader, optimize, sqlite_url
from backend.storage.folder import LocalStore
from backend.types import ImageRecord

log = logging.getLogger(__name__)

CHECKED_BYTES = 32_000_000
"""Up to this size a database is checked whole at every start; beyond, only after a crash."""

_BATCH = 500
_PARTS = ("", "-wal", "-shm")


def open_database(url: str | None, store: LocalStore) -> tuple[sa.Engine, sa.Engine, str]:
    """Return the database for writing, once more for reading, and a notice for the page, else "".

    Without a `url` it is the SQLite file in the store's folder. Raises: SettingsError where another
    program holds that or the folder cannot be written; SQLAlchemy's DatabaseError for a `url`.
    """
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
            return _open_checked(path, whole), ""
    except OperationalError as error:
        # Locked, read-only or full: the file may well be whole, so it stays where it is.
        raise SettingsError(
            f"The database {path} cannot be opened: {error.orig}.",
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
            f" be made: {getattr(error, 'orig', None) or getattr(error, 'strerror', error)}.",
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


def _open_checked(path: Path, whole: bool) -> sa.Engine:
    engine = open_engine(sqlite_url(path))
    try:
        with engine.begin() as db:
            verdict = db.scalar(sa.text("PRAGMA quick_check(1)")) if whole else "ok"
        if verdict != "ok":
            raise DatabaseError("PRAGMA quick_check(1)", None, ValueError(str(verdict)))
    except BaseException:
        engine.dispose()
        raise
    return engine


def _made_anew(path: Path, store: LocalStore) -> tuple[Path, int, int]:
    """Return a whole new database beside `path`, how many images it has, and see `_refill`.

    Under a name of its own until then: half of it, after a crash, would pass for all there is.
    """
    fresh = path.with_name(f"{path.name}.new")
    for suffix in _PARTS:
        path.with_name(fresh.name + suffix).unlink(missing_ok=True)
    engine = open_engine(sqlite_url(fresh))
    try:
        found, strange = _refill(Ledger(engine), store)
        _mark_again(engine, MarksFile(store.journal))
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


def _refill(ledger: Ledger, store: LocalStore) -> tuple[int, int]:
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
            found.append((record, fingerprint(record.request, record.provider) if own else None))
    found.sort(key=lambda pair: pair[0].created)  # the gallery shows the order of recording
    for start in range(0, len(found), _BATCH):
        ledger.restore(found[start : start + _BATCH])
    return len(found), strange


def _mark_again(engine: sa.Engine, journal: MarksFile) -> None:
    library, annals = Library(engine, engine), History(engine, engine)
    for entry in journal.entries():
        if isinstance(entry, Proof):
            annals.put_proof(entry)
        else:
            moment, ids, changes = entry
            with suppress(InvalidInput):  # too many tags, after lines that made no sense
                library.change(ids, changes, moment)
