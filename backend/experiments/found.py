"""What became of an experiment's cells, read within somebody's transaction."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from backend.catalogue.params import fingerprint
from backend.experiments.order import Place
from backend.experiments.words import KIND, compared_with
from backend.images.making import making_of
from backend.storage.rows import to_request
from backend.storage.run_rows import RunRow, read_runs
from backend.storage.tables import cells, experiments, runs
from backend.types import GenerationRequest, ImageRecord, RunState

NEVER_SENT = (RunState.CANCELLED,)
OTHER_SIZE = -1.0
"""Stands for a difference where the sizes differ, so that it is not looked for again."""


@dataclass(frozen=True, slots=True)
class Made:
    """A cell and what became of it: `run` is None while nothing was ever asked for it.

    `template` is what its prompt was made of, and which of its texts it is.
    """

    position: int
    places: tuple[Place, ...]
    request: GenerationRequest
    repeat: int
    again: bool
    difference: float | None
    run: RunRow | None
    template: tuple[str, int] | None = None


def state_of(cell: Made, live: RunState | None) -> RunState | None:
    """Return how a cell stands, None where it waits to be asked for; `live` is its run's now."""
    if live is not None:
        return live
    run = cell.run
    return None if run is None or run.state in NEVER_SENT or cell.again else run.state


class Pair(NamedTuple):
    """The image of the cell at a position, and the one that it is compared with."""

    position: int
    image: ImageRecord
    other: ImageRecord


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
    read = (_made(row, found.get(row.run_id)) for row in rows)
    return [cell for cell in read if cell]


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


def in_line(db: sa.Connection, experiment_id: str) -> bool:
    """Return whether any of its cells has a run that waits to be sent."""
    queued = (runs.c.experiment == experiment_id) & (runs.c.state == RunState.QUEUED)
    return bool(db.scalar(sa.select(sa.exists().where(queued))))


def repeats(db: sa.Connection, experiment_id: str, source: str) -> dict[str | None, str | None]:
    """Return the runs of the cells that are asked again, by what their first ones are stored as."""
    mine = (cells.c.experiment == experiment_id) & (cells.c.repeat > 0) & cells.c.seed.is_not(None)
    rows = db.execute(cells.select().where(mine))
    return {fingerprint(to_request(row._mapping), source): row.run_id for row in rows}


def unmeasured(db: sa.Connection, experiment_id: str) -> list[Pair]:
    """Return the images that are to be compared, where the other one of the pair is there too."""
    mine = cells.c.experiment == experiment_id
    joined = cells.join(runs, runs.c.id == cells.c.run_id)
    there = sa.select(cells.c.position, cells.c.places_json, cells.c.run_id).select_from(joined)
    wanted = mine & (runs.c.state == RunState.SAVED)
    rows = db.execute(
        there.where(wanted, cells.c.difference.is_(None)).order_by(cells.c.position)
    ).all()
    if not rows:
        return []
    kind = db.scalar(sa.select(experiments.c.kind).where(experiments.c.id == experiment_id))
    if kind == KIND:
        run_at: dict[Place, str] = {}
        for row in db.execute(there.where(wanted)):
            run_at |= dict.fromkeys(_places(row), row.run_id)
        others = [run_at.get(compared_with(_places(row)[0])) for row in rows]
    else:
        first = db.scalar(
            there.with_only_columns(cells.c.run_id).where(wanted, cells.c.position == 0)
        )
        others = [first] * len(rows)
    ids = {row.run_id for row in rows} | {run_id for run_id in others if run_id}
    records = {run.id: run.record for run in read_runs(db, runs.c.id.in_(ids))}
    pairs = []
    for row, run_id in zip(rows, others, strict=True):
        image, other = records.get(row.run_id), records.get(run_id) if run_id else None
        if image and other:
            pairs.append(Pair(row.position, image, other))
    return pairs


def _places(row: Any) -> tuple[Place, ...]:
    return tuple((x, y, z, repeat) for x, y, z, repeat in json.loads(row.places_json))


def _made(row: Any, run: RunRow | None) -> Made | None:
    """Return a cell; None where somebody made nonsense of it in the database."""
    try:
        request = to_request(row._mapping)
        places = _places(row)
    except (ValueError, TypeError, RecursionError):
        return None
    return Made(
        position=row.position,
        places=places,
        request=request,
        repeat=row.repeat,
        again=row.again,
        difference=None if row.difference == OTHER_SIZE else row.difference,
        run=run,
        template=_template(row.template_json),
    )


def _template(stored: str | None) -> tuple[str, int] | None:
    making = making_of(json.loads(stored)) if stored else None
    return (making.template.text, making.template.number) if making and making.template else None
