"""A library of SQLite's in PostgreSQL: the same rows, so that both can be asked the same."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from backend.storage.database import open_engine, open_reader, sqlite_url
from backend.storage.tables import images, images_with_words, metadata
from backend.storage.vectors import vector
from tests.cluster.servers import Postgres

_AT_ONCE = 2_000


def copy(path: Path, database_url: str) -> None:
    """Put all that the SQLite database at `path` holds into the empty database at `database_url`.

    PostgreSQL knows its statistics then, as it does by itself after a minute.
    """
    source, target = open_reader(sqlite_url(path)), open_engine(database_url)
    try:
        with source.begin() as old, target.begin() as new:
            for table in metadata.sorted_tables:
                if table.name != "run_counts":  # SQLite's alone
                    _copy(old, new, table)
            last = sa.select(sa.func.max(images.c.seq)).scalar_subquery()
            new.execute(sa.select(sa.func.setval("images_seq_seq", last)))
        with target.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.exec_driver_sql("VACUUM ANALYZE")
    finally:
        source.dispose()
        target.dispose()


def _copy(old: sa.Connection, new: sa.Connection, table: sa.Table) -> None:
    rows = (dict(row._mapping) for row in old.execute(table.select()))
    into = images_with_words() if table is images else table
    while part := list(islice(rows, _AT_ONCE)):
        if table is images:
            for row in part:
                row["words"] = vector(row["prompt"], row["negative_prompt"])
        new.execute(into.insert(), part)


class Copies:
    """Databases of SQLite's as PostgreSQL's: each is copied once, then handed out anew."""

    def __init__(self, server: Postgres) -> None:
        self._server, self._first = server, dict[Path, str]()

    def of(self, path: Path) -> str:
        """Return the URL of a database of the caller's own, as the one at `path` was at first."""
        if path not in self._first:
            self._first[path] = self._server.create()
            copy(path, self._first[path])
        name = sa.make_url(self._first[path]).database
        return self._server.create(like=name)

    def close(self) -> None:
        for url in self._first.values():
            self._server.drop(url)
