"""What became of an experiment's cells, read within somebody's transaction."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.experiments.order import Place
from backend.storage.rows import RunRow, read_runs, to_request
from backend.storage.tables import cells, runs
from backend.types import GenerationRequest, ImageRecord, RunState

NEVER_SENT = (RunState.CANCELLED,)
OTHER_SIZE = -1.0
"""Stands for a difference where the sizes differ, so that it is not looked for again."""


@dataclass(frozen=True, slots=True)
class Made:
    """A cell and what became of it: `run` is None while nothing was ever asked for it."""

    position: int
    places: tuple[Place, ...]
    request: GenerationRequest
    repeat: int
    again: bool
    difference: float | None
    run: RunRow | None


def made(
    db: sa.Connection, experiment_id: str, positions: Collection[int] | None = None
) -> list[Made]:
    """Return its cells in the order of their making, with their runs: all, or some."""
    mine = cells.c.experiment == experiment_id
    if positions is not None:
        mine &= cells.c.position.in_(positions)
    rows = db.execute(cells.select().where(mine).order_by(cells.c.position)).all()
    asked = sa.select(cells.c.run_id).where(mine, cells.c.run_id.is_not(None))
    found = {run.id: run for run in read_runs(db, runs.c.id.in_(asked))}
    return [_made(row, found.get(row.run_id)) for row in rows]


def counts(db: sa.Connection, experiment_id: str) -> dict[tuple[RunState | None, bool], int]:
    """Return how many cells there are by the state of their run, and whether it was cached."""
    joined = cells.outerjoin(runs, runs.c.id == cells.c.run_id)
    state = sa.case((cells.c.again, None), else_=runs.c.state)
    counted = sa.select(state.label("state"), runs.c.cached, sa.func.count().label("of_it"))
    wanted = counted.select_from(joined).where(cells.c.experiment == experiment_id)
    rows = db.execute(wanted.group_by(state, runs.c.cached)).all()
    found: dict[tuple[RunState | None, bool], int] = {}
    for row in rows:
        run = RunState(row.state) if row.state else None
        key = (None if run is RunState.CANCELLED else run, bool(run and row.cached))
        found[key] = found.get(key, 0) + row.of_it
    return found


def waiting(db: sa.Connection, experiment_id: str) -> list[int]:
    """Return the positions of the cells that have to be asked for, in their order."""
    joined = cells.outerjoin(runs, runs.c.id == cells.c.run_id)
    wanted = sa.select(cells.c.position).select_from(joined)
    to_send = runs.c.id.is_(None) | runs.c.state.in_(NEVER_SENT) | cells.c.again
    where = (cells.c.experiment == experiment_id) & to_send
    return list(db.scalars(wanted.where(where).order_by(cells.c.position)))


def unmeasured(
    db: sa.Connection, experiment_id: str
) -> tuple[ImageRecord | None, list[tuple[int, ImageRecord]]]:
    """Return the reference's image, once it is there, and those to be compared with it."""
    mine = cells.c.experiment == experiment_id
    joined = cells.join(runs, runs.c.id == cells.c.run_id)
    there = sa.select(cells.c.position, cells.c.run_id).select_from(joined)
    wanted = mine & (runs.c.state == RunState.SAVED)
    first = db.execute(there.where(wanted, cells.c.position == 0)).first()
    rows = db.execute(there.where(wanted, cells.c.difference.is_(None))).all()
    ids = [row.run_id for row in rows] + ([first.run_id] if first else [])
    found = {run.id: run.record for run in read_runs(db, runs.c.id.in_(ids))}
    reference = found.get(first.run_id) if first else None
    others = [(row.position, found.get(row.run_id)) for row in rows]
    return reference, [(at, record) for at, record in others if record]


def _made(row: Any, run: RunRow | None) -> Made:
    return Made(
        position=row.position,
        places=tuple((x, y, z, repeat) for x, y, z, repeat in json.loads(row.places_json)),
        request=to_request(row._mapping),
        repeat=row.repeat,
        again=row.again,
        difference=None if row.difference == OTHER_SIZE else row.difference,
        run=run,
    )
