"""What is shown of the runs beside a visitor's last ones: a job, a run, all that is in doubt.

There can be tens of thousands in doubt after a bad day: they come a part at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from backend.generation import again
from backend.generation.making import making_of_run
from backend.generation.runs import PLACE, Place
from backend.storage.run_rows import RunRow, read_runs
from backend.storage.tables import in_doubt, runs
from backend.types import RunState

DOUBTS_SHOWN = 50
"""How many in doubt are shown at once."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """A part of what is in doubt, oldest first: it may have been charged, and nobody put it away.

    `total` counts all of it; `more` is the place before which the next part is, None at the end.
    """

    rows: list[RunRow]
    total: int
    more: Place | None


class Shown:
    """Every method is one transaction and blocks. `engine` is the ledger's."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def run(self, run_id: str, owner: str) -> RunRow | None:
        """Return a run that `owner` may act on: an own one, or anybody's that is in doubt.

        With what its texts were made of.
        """
        with self._engine.begin() as db:
            run = again.shown(db, run_id, owner)
            return run and replace(run, making=making_of_run(db, run))

    def any_run(self, run_id: str) -> RunRow | None:
        """Return a run, whoever asked for it."""
        with self._engine.begin() as db:
            return next(iter(read_runs(db, runs.c.id == run_id)), None)

    def job(self, job_id: str, owner: str | None = None) -> list[RunRow]:
        """Return a job's runs in order; of an `owner`, none where it is another's."""
        its = runs.c.job_id == job_id
        if owner is not None:
            its &= runs.c.owner == owner
        with self._engine.begin() as db:
            return again.marked(db, read_runs(db, its))

    def taken(self, job_id: str) -> tuple[str, list[RunRow]]:
        """Return a job's owner and runs, with what their texts were made of."""
        its = runs.c.job_id == job_id
        with self._engine.begin() as db:
            owner = db.scalar(sa.select(runs.c.owner).where(its).limit(1)) or ""
            rows = again.marked(db, read_runs(db, its))
            return owner, [replace(row, making=making_of_run(db, row)) for row in rows]

    def open_clicks(self, owner: str) -> list[RunRow]:
        """Return the runs of the owner's clicks that have not ended, on whichever machine."""
        waits = runs.c.state.in_((RunState.QUEUED, RunState.SENT)) & runs.c.tied.is_not(True)
        ids = sa.select(runs.c.job_id).where(runs.c.owner == owner, waits)
        with self._engine.begin() as db:
            return read_runs(db, runs.c.job_id.in_(ids))

    def doubts(self, before: Place | None) -> Doubts:
        """Return what is in doubt, of everybody: the newest part, or the one before a place."""
        with self._engine.begin() as db:
            found = db.execute(newest_doubts(before).limit(DOUBTS_SHOWN + 1)).all()
            shown = found[:DOUBTS_SHOWN]
            rows = again.marked(db, read_runs(db, runs.c.id.in_([row.id for row in shown])))
            total = db.scalar(sa.select(sa.func.count()).select_from(runs).where(in_doubt)) or 0
        last = shown[-1] if len(found) > len(shown) else None
        return Doubts(rows, total, last and (last.created, last.job_id, last.position))

    def put_away(self, until: float) -> int:
        """Stop showing what is in doubt of up to `until` (seconds since 1970), and return how many.

        Their rows stay.
        """
        seen = runs.update().where(in_doubt, runs.c.created <= until).values(dismissed=True)
        with self._engine.begin() as db:
            return db.execute(seen).rowcount


def newest_doubts(before: Place | None = None) -> sa.Select[tuple[str, float, str, int]]:
    """Return the question for what is in doubt, newest first: (id, created, job_id, position)."""
    wanted = sa.select(runs.c.id, *PLACE).where(in_doubt)
    if before is not None:
        wanted = wanted.where(sa.tuple_(*PLACE) < sa.tuple_(*map(sa.literal, before)))
    return wanted.order_by(*(column.desc() for column in PLACE))
