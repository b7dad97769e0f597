"""Takes out of a damaged SQLite file what can still be read of runs, prompts, experiments and keys.

Sends that brought no image, and with them the day's limit, are nowhere but there.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from backend.storage.sensible import is_cell, is_experiment, is_key, is_prompt, is_run
from backend.storage.tables import cells, experiments, program_keys, prompts, runs

log = logging.getLogger(__name__)

SPAN = 256
"""Rows read at once; where that fails they are read one by one."""

_TRIES_MAX = 20_000
"""Failed reads after which a table is given up: some seconds."""

Row = Mapping[str, Any]


def salvage(old: Path, engine: sa.Engine) -> int:
    """Copy what can be read of `old` into a new database; return how many runs that were.

    Rows that make no sense are left out. Raises: SQLAlchemy's OperationalError where the new
    database cannot take them.
    """
    copied = 0
    others = (experiments, is_experiment), (cells, is_cell), (program_keys, is_key)
    for table, fits in ((runs, is_run), (prompts, is_prompt), *others):
        for rows in _read(old, table):
            copied += _insert(engine, table, [row for row in rows if fits(row)], table is runs)
    return copied


def _read(old: Path, table: sa.Table) -> Iterator[list[Row]]:
    try:
        # By its address, since only that way it can be opened without being written to, and,
        # where it has no log, without leaving an empty one.
        how = "mode=ro" if os.path.isfile(f"{old}-wal") else "immutable=1"
        connection = sqlite3.connect(f"{old.absolute().as_uri()}?{how}", uri=True)
    except (sqlite3.Error, ValueError):
        return
    with closing(connection):
        connection.row_factory = sqlite3.Row
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        with suppress(sqlite3.Error):
            have = {row["name"] for row in connection.execute(f"PRAGMA table_info({table.name})")}
            names = ", ".join(name for name in table.columns.keys() if name in have)  # noqa: SIM118
            (last,) = connection.execute(f"SELECT max(rowid) FROM {table.name}").fetchone()
            yield from _spans(connection, f"SELECT {names} FROM {table.name}", int(last or 0))


def _spans(connection: sqlite3.Connection, select: str, last: int) -> Iterator[list[Row]]:
    def between(low: int, high: int) -> list[Row]:
        where = f"{select} WHERE rowid BETWEEN ? AND ?"
        return [dict(row) for row in connection.execute(where, (low, high))]

    tries = 0
    for low in range(1, last + 1, SPAN):
        try:
            yield between(low, low + SPAN - 1)
        except sqlite3.Error:
            for rowid in range(low, low + SPAN):
                with suppress(sqlite3.Error):
                    yield between(rowid, rowid)
                tries += 1
        if tries > _TRIES_MAX:
            log.warning("the rest of the damaged database was not looked through")
            return


def _insert(engine: sa.Engine, table: sa.Table, rows: Sequence[Row], counted: bool) -> int:
    if not rows:
        return 0
    adding = table.insert().prefix_with("OR IGNORE", dialect="sqlite")

    def add(some: Sequence[Row]) -> int:
        with engine.begin() as db:
            return max(db.execute(adding, [dict(row) for row in some]).rowcount, 0)

    try:
        added = add(rows)
    except OperationalError:  # a full disk, say
        raise
    except (SQLAlchemyError, ValueError, OverflowError):  # one that no database takes
        added = 0
        for row in rows:
            with suppress(SQLAlchemyError, ValueError, OverflowError):
                added += add([row])
    return added if counted else 0
