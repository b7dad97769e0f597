"""What PostgreSQL needs to be told, for several machines on one database.

Nothing of its driver is imported before a database of its kind is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import sqlalchemy as sa

NAME = "postgresql"

MIGRATING, COUNTING, NUMBERING, BEGINNING = 7259, 7260, 7261, 7262
"""Advisory locks: who changes the tables, counts sends, numbers images, begins."""

WRITERS, READERS = 2, 2
"""Connections that stay open, beside the one that listens; as many again where much goes on."""

_DRIVER = "postgresql+psycopg"
_SPELLINGS = ("postgres", "postgresql", "postgresql+psycopg2")
_OPTIONS = {
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",  # it takes longer than what is asked here
}
# A search is planned for what it looks for: of a rare word otherwise than of a common one.
_READING = {**_OPTIONS, "plan_cache_mode": "force_custom_plan"}
_CONNECT: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "application_name": "playground",
}


class NoDriver(Exception):
    """PostgreSQL's driver is not installed."""


def as_spelled_here(url: str | sa.URL) -> sa.URL:
    """Return the URL with the driver that is meant: hosters write postgres://.

    Raises: ValueError and SQLAlchemy's ArgumentError where it is none.
    """
    made = sa.make_url(url)
    return made.set(drivername=_DRIVER) if made.drivername in _SPELLINGS else made


def settings_of(url: sa.URL, connections: int, *, reads: bool = False) -> dict[str, Any]:
    """Return what `create_engine` is to be told for this URL. What that says itself goes first.

    `reads`: transactions are not begun, as each of their statements would see what is newest all
    the same.

    Raises: NoDriver.
    """
    if url.get_backend_name() != NAME:
        return {}
    try:
        import_module("psycopg")
    except ImportError as error:
        raise NoDriver from error
    options = " ".join(f"-c {k}={v}" for k, v in (_READING if reads else _OPTIONS).items())
    connect = {**_CONNECT, "options": options}
    connect = {name: value for name, value in connect.items() if name not in url.query}
    reading = {"isolation_level": "AUTOCOMMIT"} if reads else {}
    return {
        **reading,
        "connect_args": connect,
        "pool_size": connections,
        "max_overflow": 2 * connections,
        "pool_timeout": 10,
    }


@contextmanager
def many_rows(reader: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a transaction in which rows can be had in parts, which a reader's have to be told."""
    with reader.connect() as db:
        if db.dialect.name == NAME:
            db = db.execution_options(isolation_level="READ COMMITTED")
        with db.begin():
            yield db


def alone_to_migrate(db: sa.Connection) -> None:
    """Wait until no other machine changes the tables, until the transaction's end, however long."""
    db.execute(sa.text("SET LOCAL statement_timeout = 0"))
    db.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATING)))


def wait_for_turn(db: sa.Connection, account: str) -> float:
    """Return the database's time, with nobody else counting for `account` until the end of this.

    In seconds since 1970. Read after the wait: what was counted before lies before it.
    """
    return float(db.execute(_TURN, {"account": account}).scalar_one())


_NOW = "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"
_TURN = sa.text(f"SELECT {_NOW} FROM pg_advisory_xact_lock({COUNTING}, hashtext(:account))")

now = sa.literal_column(_NOW, sa.Float)
"""The moment by the database's clock, in seconds since 1970."""


def in_turn(rows: sa.Select[Any], account: sa.ColumnElement[str]) -> sa.Select[Any]:
    """Return what selects the rows in turn of their `account`, and as `wait_for_turn` the time."""
    lock = sa.func.pg_advisory_xact_lock(COUNTING, sa.func.hashtext(account))
    return rows.add_columns(now).join(lock.table_valued("turn"), sa.true())


def number_in_turn(db: sa.Connection) -> None:
    """Let nobody else number images until the transaction's end.

    PostgreSQL numbers rows when they are written and shows them when they are committed: a list up
    to a number would grow.
    """
    if db.dialect.name == NAME:
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(NUMBERING)))


RUNS, MACHINES = "runs", "machines"
"""What is told to all who listen: a job's id when one of its runs changed; who hands over."""


def tell(db: sa.Connection, channel: str, what: str) -> None:
    """Tell all who listen, once the transaction is committed."""
    db.execute(sa.select(sa.func.pg_notify(channel, what)))


def alone_among_machines(db: sa.Connection) -> None:
    """Let no other machine begin until the transaction's end."""
    db.execute(sa.select(sa.func.pg_advisory_xact_lock(BEGINNING)))
