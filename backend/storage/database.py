"""Opens the ledger's database: SQLite in WAL mode with synchronous=FULL, or PostgreSQL by its URL.

Brings the tables up to date before anyone reads them.
"""

from __future__ import annotations

import logging
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).with_name("migrations")
HEAD = "0006"
"""The newest migration; a test holds that it is what migrations/versions ends with."""

BUSY_TIMEOUT_MS = 5_000


def sqlite_url(path: Path) -> str:
    """Return SQLAlchemy's URL of the SQLite file at `path`."""
    return f"sqlite:///{path}"


def open_engine(url: str) -> sa.Engine:
    """Return an engine on an up-to-date database. Raises: SQLAlchemy's DatabaseError."""
    engine = sa.create_engine(url, hide_parameters=True)  # errors would quote prompts
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_immediate)
    try:
        _upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_reader(url: str) -> sa.Engine:
    """Return an engine that only reads what `open_engine`'s writes, and never waits for it."""
    engine = sa.create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
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


def _begin_immediate(connection: sa.Connection) -> None:
    # A reader that later writes can fail at once with "database is locked"; immediate ones queue.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _upgrade(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        if _version(connection) == HEAD:
            return  # the common start does not pay for Alembic's import (0.4 s)
        command, config = import_module("alembic.command"), import_module("alembic.config")
        options = config.Config()
        options.set_main_option("script_location", str(MIGRATIONS))
        options.attributes["connection"] = connection
        log.info("bringing the database up to date")
        command.upgrade(options, "head")


def _version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return None if version is None else str(version)
