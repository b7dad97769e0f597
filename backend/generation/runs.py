"""Everything that was ever asked for, as a list: newest first, a part at a time.

A part costs the same whatever the number of runs; reading it never waits for a write.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backend.background import Thread
from backend.errors import InvalidInput
from backend.said import joined, listed, msg
from backend.storage.failures import COLUMNS, error_in
from backend.storage.tables import run_counts, runs
from backend.types import RunState

RUNS_MAX = 1000
"""Runs that can be asked for at once."""

Place = tuple[float, str, int]
"""Where a run is in the order of all: seconds since 1970, its job's id, its position in that."""

PLACE = (runs.c.created, runs.c.job_id, runs.c.position)
_SHOWN = (
    *(runs.c.id, runs.c.state, runs.c.model, runs.c.prompt, runs.c.seed, runs.c.created),
    *(runs.c.job_id, runs.c.position, runs.c.cost_microusd, runs.c.attempts),
    *(runs.c[name] for name in COLUMNS),
)


@dataclass(frozen=True, slots=True)
class ListedRun:
    """One run as it is recorded. `cost_usd` counts against the day's limit, 0 where nothing does.

    `error` is the kind of error by its name in backend.errors, `message` its words.
    """

    id: str
    state: RunState
    model: str
    prompt: str
    seed: int | None
    created: datetime
    cost_usd: Decimal
    attempts: int
    error: str | None
    message: str | None


@dataclass(frozen=True, slots=True)
class RunPage:
    """A part of the list; `next` is the cursor of what follows, None at the end."""

    runs: list[ListedRun]
    next: str | None
    total: int


class Runs:
    """Lists runs. `reader` reads the ledger's database."""

    def __init__(self, reader: sa.Engine) -> None:
        self._reader, self._thread = reader, Thread("runs")

    def close(self) -> None:
        """End the thread. Blocks until what it does is done."""
        self._thread.close()

    async def page(self, state: str = "", limit: int = 50, cursor: str = "") -> RunPage:
        """Return `limit` (1 to 1000) runs in `state`, in any where it is empty, from `cursor` on.

        Raises: InvalidInput.
        """
        if state and state not in list(RunState):
            raise InvalidInput(
                msg("There is no such state."),
                msg("Choose {states}.", states=listed(RunState)),
                field="state",
            )
        if not 1 <= limit <= RUNS_MAX:
            raise InvalidInput(
                msg("The limit is out of range."),
                msg("Ask for 1 to {most} requests.", most=RUNS_MAX),
                field="limit",
            )
        after = parse_place(cursor) if cursor else None
        return await self._thread.run(self._page, state, limit, after)

    def _page(self, state: str, limit: int, after: Place | None) -> RunPage:
        wanted = sa.select(*_SHOWN).order_by(*(column.desc() for column in PLACE)).limit(limit + 1)
        if state:
            wanted = wanted.where(runs.c.state == state)
        if after is not None:
            wanted = wanted.where(sa.tuple_(*PLACE) < sa.tuple_(*map(sa.literal, after)))
        with self._reader.begin() as db:
            rows = db.execute(wanted).all()
            total = int(db.scalar(_count(state, db.dialect.name)) or 0)
        following = None
        if len(rows) > limit:
            last = rows[limit - 1]
            following = place_text((last.created, last.job_id, last.position))
        return RunPage([_listed(row) for row in rows[:limit]], following, total)


def _count(state: str, dialect: str) -> sa.Select[Any]:
    """Return the question how many runs there are; SQLite keeps count, see migration 0003."""
    if dialect == "sqlite":
        wanted = sa.select(sa.func.sum(run_counts.c.runs))
        return wanted.where(run_counts.c.state == state) if state else wanted
    counted = sa.select(sa.func.count()).select_from(runs)
    return counted.where(runs.c.state == state) if state else counted


def _listed(row: Any) -> ListedRun:
    error = error_in(row._mapping)
    return ListedRun(
        id=row.id,
        state=RunState(row.state),
        model=row.model,
        prompt=row.prompt,
        seed=row.seed,
        created=datetime.fromtimestamp(row.created, UTC),
        cost_usd=Decimal(row.cost_microusd) / 1_000_000,
        attempts=row.attempts,
        error=row.error_kind,
        message=None if error is None else joined(error.message, error.hint),
    )


def place_text(place: Place) -> str:
    """Return a place as the cursor of what comes after it."""
    created, job_id, position = place
    return f"{created!r}_{job_id}_{position}"


def parse_place(cursor: str) -> Place:
    """Return the place that a cursor names. Raises: InvalidInput."""
    created, _, rest = cursor.partition("_")
    job_id, _, position = rest.partition("_")
    try:
        if not (position.isascii() and position.isdigit() and len(position) < 10):
            raise ValueError
        if len(created) > 30 or not job_id.isalnum() or len(job_id) > 32:
            raise ValueError
        return float(created), job_id, int(position)
    except ValueError as error:
        raise InvalidInput(
            msg("This part of the list does not exist."),
            msg("Start without a cursor."),
            field="cursor",
        ) from error
