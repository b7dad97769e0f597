"""A request tried again, once for each card: whoever presses it, wherever, however often.

The tries of one request are numbered in the database. A later one that is under way, has its image
or is in doubt itself stands for all before it. Within a ledger's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from backend.errors import InvalidInput, TriedAlready
from backend.said import msg
from backend.storage.run_rows import Again, RunRow, read_runs
from backend.storage.tables import in_doubt, runs
from backend.types import RunState

_UNPAID = (RunState.FAILED, RunState.CANCELLED)
_MAY_FOLLOW = (*_UNPAID, RunState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Place:
    """Which try of which request a run is."""

    of: str
    number: int


def shown(db: sa.Connection, run_id: str, owner: str) -> RunRow | None:
    """Return a run that `owner` may act on: an own one, or anybody's that is in doubt."""
    visible = (runs.c.owner == owner) | in_doubt
    return next(iter(marked(db, read_runs(db, (runs.c.id == run_id) & visible))), None)


def next_place(db: sa.Connection, run_id: str, owner: str) -> Place:
    """Return the place of a new try of this run. Raises: InvalidInput where there is to be none."""
    run = shown(db, run_id, owner)
    if run is None:
        raise InvalidInput(
            msg("This request is no longer listed."), msg("Look for it in the gallery.")
        )
    if not run.request.prompt:
        raise InvalidInput(
            msg("What this request asked for was forgotten."), msg("Generate it from the form.")
        )
    if run.again is not None:
        raise TriedAlready(msg("This was tried again already."), msg("Nothing more was sent."))
    if run.state is RunState.SAVED and run.record is None:
        raise InvalidInput(
            msg("This image is no longer stored."), msg("Generate it from the form.")
        )
    from_cache = run.record is not None and run.record.cached
    if run.state not in _MAY_FOLLOW and not from_cache:
        said = msg("This request is under way.")
        if run.state is RunState.SAVED:
            said = msg("The image of this request has come.")
        raise TriedAlready(said, msg("Nothing more was sent."))
    of = run.again_of or run.id
    last = db.scalar(sa.select(sa.func.max(runs.c.again_no)).where(runs.c.again_of == of))
    return Place(of, (last or 0) + 1)


def marked(db: sa.Connection, rows: Sequence[RunRow]) -> list[RunRow]:
    """Return the rows with the later try that stands for each, where there is one."""
    firsts = {row.again_of or row.id for row in rows if row.state is not RunState.QUEUED}
    newest: dict[str, Any] = {}
    tries = sa.select(runs.c.again_of, runs.c.again_no, runs.c.id).where(
        runs.c.again_of.in_(firsts), runs.c.state.not_in(_UNPAID)
    )
    for found in db.execute(tries.order_by(runs.c.again_no)):
        newest[found.again_of] = found
    ids = {found.id for found in newest.values()}
    later = {row.id: row for row in read_runs(db, runs.c.id.in_(ids))} if ids else {}

    def again(row: RunRow) -> Again | None:
        found = newest.get(row.again_of or row.id)
        if found is None or found.again_no <= (row.again_no or 0):
            return None
        run = later[found.id]
        return Again(run.id, run.created, run.record.id if run.record else None)

    return [replace(row, again=again(row)) for row in rows]
