"""The database's clock, by which several machines understand each other whatever theirs say."""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa

from backend.storage import postgres


class SharedClock:
    """Called, it returns seconds since 1970 by the database's clock, as it was set last."""

    def __init__(self, engine: sa.Engine, own: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._own, self._ahead_s = engine, own, 0.0
        self.set()

    def __call__(self) -> float:
        return self._own() + self._ahead_s

    def set(self) -> None:
        """Ask the database. Blocks. Raises: SQLAlchemyError."""
        with self._engine.begin() as db:
            db.execute(sa.select(sa.literal(1)))  # what a connection has to do first takes longer
            before = self._own()
            told = db.scalar(sa.select(postgres.now)) or 0.0
            self._ahead_s = told - (before + self._own()) / 2
