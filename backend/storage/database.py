"""Opens the ledger's database: SQLite in WAL mode with synchronous=FULL, or PostgreSQL by its URL.

Brings the tables up to date before anyone reads them.
"""

from __future__ import annotations

import logging
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from backend.storage import pooled, postgres
from backend.storage.tables import metadata

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).with_name("migrations")
HEAD = "0020"
"""The newest migration; a test holds that it is what migrations/versions ends with."""

BUSY_TIMEOUT_MS = 5_000


PATH_MAX_BYTES = 500
"""SQLite's own limit is 512 (MAX_PATHNAME in os_unix.c), with the names of its logs."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class _NoGood(Exception):
    """What stands in for the driver's error where it sees none."""


class NewerDatabase(Exception):
    """A later version of this program has changed the tables."""


def sqlite_url(path: Path) -> sa.URL:
    """Return SQLAlchemy's URL of the SQLite file at `path`, whatever signs are in that."""
    return sa.URL.create("sqlite", database=str(path))


def is_damage(error: BaseException | None) -> bool:
    """Whether an error of the database's, or of its driver's, says that the file is damaged.

    Not where it is locked, full, or cannot be opened or read: then it may well be whole.
    """
    error = getattr(error, "orig", None) or error
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in _DAMAGED
    # Without a code they are Python's: a text that is none, or what is found out here.
    return isinstance(error, _NoGood) or (
        isinstance(error, sqlite3.Error) and "decode" in str(error)
    )


def is_foreign(error: DatabaseError) -> bool:
    """Whether an error on opening says that these are not our tables."""
    return (getattr(error.orig, "sqlite_errorcode", 0) & 0xFF) == sqlite3.SQLITE_ERROR


def on_damage(engine: sa.Engine, tell: Callable[[], object]) -> None:
    """Call `tell` whenever a statement meets damage. The error goes on its way."""

    def look(context: sa.ExceptionContext) -> None:
        error = context.original_exception
        if isinstance(error, sqlite3.Error) and is_damage(error):
            tell()

    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "handle_error", look)


def check(engine: sa.Engine, pragma: str = "quick_check") -> None:
    """Read a SQLite database whole: a second for 300 MB. Raises: DatabaseError where it is damaged.

    `pragma` may be `integrity_check`, which compares the indexes with their tables, too.
    """
    with engine.begin() as db:
        verdict = db.scalar(sa.text(f"PRAGMA {pragma}(1)"))
    if verdict != "ok":
        raise DatabaseError(f"PRAGMA {pragma}(1)", None, _NoGood("it is damaged"))


def open_engine(url: str | sa.URL, *, durable: bool = True) -> sa.Engine:
    """Return an engine on an up-to-date database.

    Without `durable` a power cut may lose the last transactions, never more: ten times as fast.
    Raises: SQLAlchemy's DatabaseError; NewerDatabase where a later version has changed it;
    postgres.NoDriver.
    """
    engine = _engine(url, postgres.WRITERS)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_immediate)
        if not durable:
            sa.event.listen(engine, "connect", _hasten)
    try:
        _upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_reader(url: str | sa.URL) -> sa.Engine:
    """Return an engine that only reads what `open_engine`'s writes, and never waits for it.

    With PostgreSQL each statement sees what is committed by then, in a transaction as well.
    """
    engine = _engine(url, postgres.READERS, reads=True)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _engine(url: str | sa.URL, connections: int, *, reads: bool = False) -> sa.Engine:
    at = postgres.as_spelled_here(url)
    more = postgres.settings_of(at, connections, reads=reads)
    engine = sa.create_engine(at, hide_parameters=True, **more)  # errors would quote prompts
    if engine.dialect.name == postgres.NAME:
        pooled.watch(engine)
    return engine


def optimize(engine: sa.Engine) -> None:
    """Let SQLite sample its tables, to choose its indexes by them: 30 ms with 100,000 images.

    Without that a search among so many takes up to six times as long. (PRAGMA optimize does nothing
    at a start before SQLite 3.46.)
    """
    if engine.dialect.name != "sqlite":
        return
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA analysis_limit=400")
            connection.exec_driver_sql("ANALYZE")
    except sa.exc.DatabaseError as error:  # a full disk, say: slower, but all there
        log.warning("the database was not sampled: %s", error.orig)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's begin event decides, not the driver
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",  # NORMAL can lose a committed row at power loss, and a row is a charge
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _hasten(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin_immediate(connection: sa.Connection) -> None:
    # A reader that later writes can fail at once with "database is locked"; immediate ones queue.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _upgrade(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        version = _version(connection)
        if version != HEAD and engine.dialect.name == postgres.NAME:
            postgres.alone_to_migrate(connection)
            version = _version(connection)  # another machine has done it meanwhile, perhaps
        if version == HEAD:  # the common start does not pay for Alembic's import (0.4 s)
            for table in metadata.tables.values():
                connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1))
            return
        if version is not None and version > HEAD:
            raise NewerDatabase(f"its tables are those of {version}, this knows {HEAD}")
        with _nothing_coloured():
            command, config = import_module("alembic.command"), import_module("alembic.config")
        options = config.Config()
        # The one value that passes through a ConfigParser, which takes % for its own.
        options.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        options.attributes["connection"] = connection
        log.info("bringing the database up to date")
        try:
            command.upgrade(options, "head")
        except import_module("alembic.util").CommandError as error:  # a version of nobody's
            raise DatabaseError("upgrade", None, _NoGood(str(error))) from error


@contextmanager
def _nothing_coloured() -> Iterator[None]:
    """Import Mako, which Alembic writes new migrations with, without its pages of errors.

    They are coloured by Pygments: 5 MB for what nobody sees here.
    """
    if "pygments" in sys.modules:
        yield
        return
    sys.modules["pygments"] = None  # type: ignore[assignment]  # Python's way to say: not there
    try:
        yield
    finally:
        del sys.modules["pygments"]


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return None if version is None else str(version)
