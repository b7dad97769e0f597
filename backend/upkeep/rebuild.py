"""A damaged database is moved aside and made anew from the image files: it is only their index.

Stars, ratings, tags and the trash come from the file of marks; runs that failed or are in doubt
from the old file, as far as it can be read. Nothing is deleted.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from backend.errors import SettingsError
from backend.library.marks_file import MarksFile
from backend.said import Said, joined, msg, msg_n
from backend.storage import experiment_files
from backend.storage.database import (
    PATH_MAX_BYTES,
    NewerDatabase,
    check,
    is_damage,
    is_foreign,
    open_engine,
    open_reader,
    optimize,
    sqlite_url,
)
from backend.storage.folder import LocalStore
from backend.storage.postgres import NoDriver
from backend.storage.salvage import salvage
from backend.upkeep.refill import Refilled, mark_again, refill

log = logging.getLogger(__name__)

CHECKED_BYTES = 32_000_000
"""Up to this size a database is checked whole before anything else; beyond, beside the program."""

State = Literal["missing", "no file", "damaged"]

_PARTS = ("", "-wal", "-shm", "-journal")


def open_database(
    url: str | None, store: LocalStore, *, rebuild: bool = True
) -> tuple[sa.Engine, sa.Engine, str]:
    """Return the database for writing, once more for reading, and a notice for the page, else "".

    Without a `url` it is the SQLite file in the store's folder. A missing or damaged one is made
    anew, or refused without `rebuild`: then its files could not be compared with what it says.
    Raises: SettingsError where it cannot be had.
    """
    if not rebuild:
        engine = _open_as_it_is(url, store)
        return engine, open_reader(url or sqlite_url(store.database)), ""
    if url:
        return (*open_server(url), "")
    engine, notice = _open_or_rebuild(store.database, store)
    optimize(engine)
    return engine, open_reader(sqlite_url(store.database)), notice


def open_server(url: str) -> tuple[sa.Engine, sa.Engine]:
    """Return a server's database for writing, and once more for reading. Raises: SettingsError."""
    try:
        return open_engine(url), open_reader(url)
    except (SQLAlchemyError, NewerDatabase, NoDriver, ImportError, ValueError) as error:
        raise _no_server(error) from error


def _no_server(error: Exception) -> SettingsError:
    """Say why the database of the settings cannot be opened."""
    hint = "Check that setting, and that the database is running."
    if isinstance(error, NewerDatabase):
        hint = "Start that version here too."
    elif isinstance(error, NoDriver):
        return SettingsError(
            "PLAYGROUND_DATABASE_URL names PostgreSQL, and its driver is not installed.",
            "Run pip install -r requirements-cluster.txt with the Python that starts this.",
        )
    return SettingsError(
        f"The database of PLAYGROUND_DATABASE_URL cannot be opened: {reason_of(error)}.", hint
    )


def _stat(path: Path) -> os.stat_result | None:
    """Return what is at `path`, None for nothing. Raises: OSError where nobody can tell.

    A whole database must not be put aside for a disk that failed once.
    """
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def is_checked(store: LocalStore) -> bool:
    """Whether the database is so small that opening it has checked it."""
    try:
        return store.database.stat().st_size <= CHECKED_BYTES
    except OSError:
        return False


def _open_or_rebuild(path: Path, store: LocalStore) -> tuple[sa.Engine, str]:
    if path.is_symlink() and not path.exists():
        raise SettingsError(
            f"The database {path} is a link to a file that is not there.",
            "Bring that file back, or remove the link: then a new one is made from the images.",
        )
    for part in (path.with_name(path.name + suffix) for suffix in _PARTS[1:]):
        if os.path.lexists(part) and not os.path.isfile(part):
            raise SettingsError(f"{part} stands where the database's log belongs.", "Move it away.")
    state: State = "missing"
    try:
        found = _stat(path)
        if found and not stat.S_ISREG(found.st_mode):
            state = "no file"
        elif found and found.st_size > 0:
            state = "damaged"
            if not store.damaged:
                return _open_checked(path, "quick_check" if is_checked(store) else None), ""
        elif next(store.files.names(), None) is None:
            return open_engine(sqlite_url(path)), ""
    except (DatabaseError, NewerDatabase) as error:
        if isinstance(error, NewerDatabase) or not (is_damage(error) or is_foreign(error)):
            raise _cannot_open(path, error) from error
        log.warning("the database is damaged: %s", error.orig)
    except OSError as error:
        raise _cannot_open(path, error) from error
    try:
        fresh, made, missing = made_anew(path, store)
        aside = put_in_place(fresh, path, store)
        engine = open_engine(sqlite_url(path))
    except (SQLAlchemyError, OSError) as error:
        raise SettingsError(
            f"The database {path} is {state}, and a new one could not be made: {reason_of(error)}.",
            "Check that the disk has room and that the data folder can be read and written. Then"
            " start again: nothing was deleted.",
        ) from error
    notice = notice_of(state, aside, made, missing)
    log.warning(notice)
    return engine, notice


def _cannot_open(path: Path, error: Exception) -> SettingsError:
    """Say why a database that may well be whole cannot be opened: it stays where it is."""
    hint = "Close other programs that use it, and check that the disk has room."
    if isinstance(error, NewerDatabase):
        hint = "A later version of this program has used it: use that one."
    elif len(os.fsencode(path)) > PATH_MAX_BYTES:
        hint = f"Its path is too long for SQLite: choose a folder of {PATH_MAX_BYTES - 20} signs."
    return SettingsError(f"The database {path} cannot be opened: {reason_of(error)}.", hint)


def notice_of(state: State, aside: Path | None, made: Refilled, missing: str) -> Said:
    """Return the sentences about a database that was made anew; the old one may lie `aside`."""
    strange: str = ""
    if made.strange:
        strange = msg_n(
            "1 file says nothing of its making and is not in the gallery.",
            "{n} files say nothing of their making and are not in the gallery.",
            made.strange,
        )
    return joined(
        _was(state, aside),
        msg_n(
            "It has been made anew from 1 image file, and nothing was deleted.",
            "It has been made anew from {n} image files, and nothing was deleted.",
            made.found,
        ),
        strange,
        missing,
    )


def _was(state: State, aside: Path | None) -> Said:
    if aside is None:
        return {
            "missing": msg("The database was missing."),
            "no file": msg("The database was no file."),
            "damaged": msg("The database was damaged."),
        }[state]
    file = aside.name
    return {
        "missing": msg("The database was missing; the old one is kept as {file}.", file=file),
        "no file": msg("The database was no file; the old one is kept as {file}.", file=file),
        "damaged": msg("The database was damaged; the old one is kept as {file}.", file=file),
    }[state]


def _open_as_it_is(url: str | None, store: LocalStore) -> sa.Engine:
    path = store.database
    # An empty new one would keep the next start from making it anew.
    if not url and not (path.is_file() and path.stat().st_size):
        if next(store.files.names(), None) is not None:
            raise SettingsError(f"The database {path} is missing.", _REBUILDS)
        raise SettingsError(f"There are no images in {store.root} yet.")
    if url:
        try:
            return open_engine(url)
        except (SQLAlchemyError, NewerDatabase, NoDriver, ImportError, ValueError) as error:
            raise _no_server(error) from error
    try:
        return _open_checked(path, "integrity_check")
    except (SQLAlchemyError, NewerDatabase) as error:
        raise SettingsError(
            f"The database cannot be read: {reason_of(error)}.", _REBUILDS
        ) from error


_REBUILDS = "Start the playground once: it makes a new one from the image files, and keeps the old."


def _open_checked(path: Path, pragma: str | None) -> sa.Engine:
    engine = open_engine(sqlite_url(path))
    try:
        if pragma:
            check(engine, pragma)
    except BaseException:
        engine.dispose()
        raise
    return engine


def reason_of(error: Exception) -> str:
    """Return why database or disk refused, in their own words."""
    words = getattr(error, "orig", None) or getattr(error, "strerror", None)
    if words is None and isinstance(error, NewerDatabase | ImportError):
        words = error
    return " ".join(str(words or type(error).__name__).split()).rstrip(".?")


def made_anew(
    path: Path, store: LocalStore, stopped: Callable[[], bool] = lambda: False
) -> tuple[Path, Refilled, str]:
    """Return a whole new database beside `path`, what is in it, and a sentence on what is missing.

    Under a name of its own until then: half of it, after a crash, would pass for all there is.
    Once `stopped` it is half of it, which is of no use. Raises: OSError, SQLAlchemyError.
    """
    fresh = path.with_name(f"{path.name}.new")
    for suffix in _PARTS:
        path.with_name(fresh.name + suffix).unlink(missing_ok=True)
    engine = open_engine(sqlite_url(fresh), durable=False)
    try:
        if os.path.isfile(path):
            log.info("runs that could be read: %d", salvage(path, engine))
        made = refill(engine, store.files, stopped)
        missing = mark_again(engine, MarksFile(store.marks))
        experiment_files.restore(engine, store.root / "experiments")
    finally:
        engine.dispose()  # the last connection takes its log into the file
    return fresh, made, missing


def put_in_place(fresh: Path, path: Path, store: LocalStore) -> Path | None:
    """Give the new database its name; return where the old one was moved. Raises: OSError."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    there = os.path.lexists(path)
    for suffix in _PARTS:  # a log left alone would be taken for the new database's
        part = path.with_name(path.name + suffix)
        if os.path.lexists(part):
            part.replace(path.with_name(aside.name + suffix))
    fresh.replace(path)
    store.damaged = False
    return aside if there else None
