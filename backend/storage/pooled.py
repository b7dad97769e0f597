"""Connections to PostgreSQL that wait in the pool: whether one still stands is seen, not asked.

To ask before each use would be a third of the way of a short transaction.
"""

from __future__ import annotations

import selectors
import time
from typing import Any

import sqlalchemy as sa

ASK_AFTER_S = 1.0
"""A connection that was used so lately and on which nothing has come still stands."""

_USED = "used"


def watch(engine: sa.Engine) -> None:
    """Have connections that the server closed opened anew, unseen by who asks for one."""
    sa.event.listen(engine, "connect", _begin)
    sa.event.listen(engine, "checkin", _leave)

    def take(connection: Any, record: Any, _: object) -> None:
        if record.info.get(_USED, 0.0) + ASK_AFTER_S > time.monotonic() and not _told(connection):
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.InvalidatePoolError from error

    sa.event.listen(engine, "checkout", take)


def _begin(connection: Any, record: Any) -> None:
    """Prepare statements only where they stay: a pooler between here and there changes the server's
    process, which is then another one than it was introduced as.
    """
    before, connection.autocommit = connection.autocommit, True
    own = connection.execute("SELECT pg_backend_pid()").fetchone()[0]
    connection.autocommit = before
    if own != connection.info.backend_pid:
        connection.prepare_threshold = None
    record.info[_USED] = time.monotonic()


def _leave(_: object, record: Any) -> None:
    record.info[_USED] = time.monotonic()


def _told(connection: Any) -> bool:
    """Whether something came that nobody asked for: mostly that the server ends."""
    with selectors.DefaultSelector() as look:
        look.register(connection.fileno(), selectors.EVENT_READ)
        return bool(look.select(0))
