"""Leaves nothing of deleted rows in a SQLite file, which by itself keeps their bytes as free room.

Another database keeps house itself (PostgreSQL by its VACUUM): there both functions do no more
than the rows ask for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from backend.storage.database import optimize


@contextmanager
def overwriting(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a transaction in which what is deleted is overwritten at once."""
    with engine.begin() as db:
        if db.dialect.name != "sqlite":
            yield db
            return
        before = db.exec_driver_sql("PRAGMA secure_delete").scalar()
        db.exec_driver_sql("PRAGMA secure_delete=ON")
        try:
            yield db
        finally:
            db.exec_driver_sql(f"PRAGMA secure_delete={before}")


def scrub(engine: sa.Engine) -> None:
    """Write the whole file anew, without what earlier writes left in it, and empty its log.

    Who writes meanwhile waits: 1.6 s with 100,000 images.
    Raises: SQLAlchemy's DatabaseError where there is no room, or where somebody reads on and on;
    doing it again is fine.
    """
    if engine.dialect.name != "sqlite":
        return
    optimize(engine)  # samples of its tables may quote them
    # Past SQLAlchemy's transactions, in none of which this can be done.
    with closing(engine.raw_connection()) as pooled:
        try:
            _scrub(pooled.cursor())
        except sqlite3.Error as error:
            raise DatabaseError("VACUUM", None, error) from error


def _scrub(cursor: Any) -> None:
    # The index of words notes what was taken out of it, word by word, until its parts are one.
    cursor.execute("INSERT INTO images_fts(images_fts) VALUES ('optimize')")
    cursor.execute("VACUUM")
    (busy, *_), *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    if busy:
        raise sqlite3.OperationalError("busy")
