"""Who is logged in, and who gave wrong passwords, for several machines on one database.

Of a login only a hash and its end are kept. Times are the database's. Every method is one
transaction and blocks.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from backend.storage import postgres
from backend.storage.rows import adding
from backend.storage.tables import logins, machines, wrong_logins

OF_ALL = ""
"""The name under which the wrong passwords of all addresses are counted."""


class Logins:
    """Logins by their hashes (64 hexadecimal digits), wrong passwords by networks."""

    def __init__(self, engine: sa.Engine, forgiven_s: float = 3_600.0) -> None:
        self._engine, self._forgiven_s = engine, forgiven_s

    def open(self, digest: str, lasts_s: float) -> None:
        """Keep a login for so long; those that have ended go."""
        with self._engine.begin() as db:
            db.execute(logins.delete().where(logins.c.ends < postgres.now))
            db.execute(logins.insert().values(digest=digest, ends=postgres.now + lasts_s))

    def are_open(self, digests: Collection[str]) -> set[str]:
        """Return which of these are logged in."""
        there = logins.c.digest.in_(digests) & (logins.c.ends > postgres.now)
        with self._engine.begin() as db:
            return set(db.scalars(sa.select(logins.c.digest).where(there)))

    def close(self, digest: str) -> None:
        with self._engine.begin() as db:
            db.execute(logins.delete().where(logins.c.digest == digest))

    def wrong(self, network: str) -> None:
        """Count a wrong password from there."""
        old = wrong_logins.c.last < postgres.now - self._forgiven_s
        with self._engine.begin() as db:
            db.execute(wrong_logins.delete().where(old))
            row = adding(db.dialect.name, wrong_logins, ("times",), ("last",))
            now = db.scalar(sa.select(postgres.now))
            # Of all last: whoever comes from elsewhere meanwhile waits for that row alone.
            for name in (network, OF_ALL):
                db.execute(row, {"network": name, "times": 1, "last": now})

    def times(self, network: str) -> tuple[int, int, int]:
        """Return how many wrong passwords came from there of late, and how many from all; and how
        many machines there are.
        """
        those = wrong_logins.c.network.in_([network, OF_ALL])
        late = wrong_logins.c.last >= postgres.now - self._forgiven_s
        wanted = sa.select(wrong_logins.c.network, wrong_logins.c.times).where(those & late)
        living = sa.select(sa.func.count()).where(machines.c.ended.is_(None))
        with self._engine.begin() as db:
            found = {row.network: row.times for row in db.execute(wanted)}
            return found.get(network, 0), found.get(OF_ALL, 0), db.scalar(living) or 0

    def forgive(self, network: str) -> None:
        """Forget the wrong passwords of one that gave the right one."""
        with self._engine.begin() as db:
            db.execute(wrong_logins.delete().where(wrong_logins.c.network == network))
