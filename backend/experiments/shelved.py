"""Experiments that are listed, grow or go, in the database. Every method is one transaction."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from backend.errors import InvalidInput
from backend.experiments.found import NEVER_SENT
from backend.experiments.growth import Growth
from backend.experiments.plan import Cell
from backend.images.making import making_of, making_tables
from backend.said import msg
from backend.storage.experiment_files import Row
from backend.storage.rows import request_columns, to_request
from backend.storage.tables import cells, experiments, images, runs, votes
from backend.types import RunState

_ENDED = (RunState.SAVED, RunState.FAILED, RunState.UNKNOWN)
_PAID = (RunState.SAVED, RunState.UNKNOWN)
_NOT_KEPT = ("run_id", "again", "difference")
"""What the file beside the images does not tell of a cell."""

_AT_ONCE = 500


@dataclass(slots=True)
class Tally:
    """How many cells of an experiment are in which state, None for those not asked for, and what
    they cost, in micro-dollars."""

    counts: dict[RunState | None, int] = field(default_factory=lambda: defaultdict(int))
    spent_micro: int = 0


class Shelved:
    """`engine` is the ledger's, and so is the thread that its methods run in.

    `keep` stores an experiment's row and its cells' beside the database, `drop` removes them.
    """

    def __init__(
        self,
        engine: sa.Engine,
        keep: Callable[[Row, Sequence[Row]], None],
        drop: Callable[[str], None],
    ) -> None:
        self._engine, self._keep, self._drop = engine, keep, drop

    def tallies(self, ids: Collection[str]) -> dict[str, Tally]:
        """Return how these experiments stand: one question, whatever else there is."""
        joined = cells.outerjoin(runs, runs.c.id == cells.c.run_id)
        state = sa.case((cells.c.again, None), else_=runs.c.state)
        spent = sa.func.sum(sa.case((runs.c.state.in_(_PAID), runs.c.cost_microusd), else_=0))
        counted = sa.select(cells.c.experiment, state.label("state"), sa.func.count(), spent)
        wanted = counted.select_from(joined).where(cells.c.experiment.in_(list(ids)))
        found: dict[str, Tally] = defaultdict(Tally)
        with self._engine.begin() as db:
            for own, known, count, micro in db.execute(wanted.group_by(cells.c.experiment, state)):
                run = RunState(known) if known else None
                found[own].counts[None if run in NEVER_SENT else run] += count
                found[own].spent_micro += int(micro)
        return found

    def left(self, experiment_id: str) -> dict[str, int]:
        """Return by model how many cells have no end yet."""
        joined = cells.outerjoin(runs, runs.c.id == cells.c.run_id)
        open_yet = runs.c.id.is_(None) | runs.c.state.not_in(_ENDED) | cells.c.again
        counted = sa.select(cells.c.model, sa.func.count()).select_from(joined)
        wanted = counted.where(cells.c.experiment == experiment_id, open_yet)
        with self._engine.begin() as db:
            rows = db.execute(wanted.group_by(cells.c.model)).all()
        return {row[0]: row[1] for row in rows}

    def cells(self, experiment_id: str) -> list[Cell]:
        """Return its cells as they were planned, in the order of their making."""
        with self._engine.begin() as db:
            return [_cell(row) for row in db.execute(_of(experiment_id))]

    def grow(
        self, experiment_id: str, former: Mapping[str, Any], spec: Mapping[str, Any], growth: Growth
    ) -> bool:
        """Let a finished experiment grow and run; return whether it did: not unless it is as it
        was when `former` was its spec. Raises: OSError, SQLAlchemyError; then nothing has changed.

        What is there keeps its run. Its file goes first: a new database that has more cells than
        were ever begun asks for them on a click alone.
        """
        own = experiments.c.id == experiment_id
        with self._engine.begin() as db:
            row = db.execute(experiments.select().where(own).with_for_update()).first()
            if row is None or row.state != "done" or json.loads(row.spec_json) != former:
                return False
            text = json.dumps(spec, ensure_ascii=False, sort_keys=True)
            changed = {"spec_json": text, "state": "running", "why": None, "goes_on": None}
            db.execute(experiments.update().where(own).values(changed))
            here = (cells.c.experiment == experiment_id) & (cells.c.position == sa.bindparam("at"))
            moved = cells.update().where(here).values(places_json=sa.bindparam("places"))
            former_places = enumerate(growth.places)
            db.execute(moved, [{"at": n, "places": json.dumps(at)} for n, at in former_places])
            first = len(growth.places)
            made = enumerate(growth.new, start=first)
            db.execute(cells.insert(), [_row(experiment_id, n, cell) for n, cell in made])
            rows = [
                {name: value for name, value in each._mapping.items() if name not in _NOT_KEPT}
                for each in db.execute(_of(experiment_id))
            ]
            self._keep({**row._mapping, **changed}, rows)
        return True

    def own_images(self, experiment_id: str) -> list[str]:
        """Return the images that it made, not in the trash, and that nothing else has as its own:
        neither a cell of another experiment nor a click that they answered."""
        made = sa.select(images.c.id, images.c.cache_hits).where(
            images.c.experiment == experiment_id, images.c.deleted.is_(None)
        )
        with self._engine.begin() as db:
            found = db.execute(made.order_by(images.c.seq)).all()
            shared = _answered(db, experiment_id, [row.id for row in found if row.cache_hits])
        return [row.id for row in found if row.id not in shared]

    def remove(self, experiment_id: str) -> None:
        """Remove an experiment, its cells, its votes and its files; its runs and images stay.

        Raises: InvalidInput while it runs, OSError, SQLAlchemyError; then nothing has changed.
        """
        own = experiments.c.id == experiment_id
        with self._engine.begin() as db:
            gone = db.execute(experiments.delete().where(own, experiments.c.state != "running"))
            if not gone.rowcount:
                if db.scalar(sa.select(experiments.c.id).where(own)) is None:
                    return
                raise InvalidInput(
                    msg("This experiment is running."), msg("Stop it first, then delete it.")
                )
            db.execute(cells.delete().where(cells.c.experiment == experiment_id))
            db.execute(votes.delete().where(votes.c.experiment == experiment_id))
            self._drop(experiment_id)  # else a new database would have it again


def _answered(db: sa.Connection, experiment_id: str, ids: Sequence[str]) -> set[str]:
    """Return which of these images also answered a click or a cell of another experiment."""
    other = runs.c.experiment.is_distinct_from(experiment_id)
    in_a_cell = sa.exists().where(cells.c.run_id == runs.c.id)
    clicked = runs.c.experiment.is_(None) | runs.c.origin_id.is_not(None)  # neighbours of an image
    found: set[str] = set()
    for at in range(0, len(ids), _AT_ONCE):
        these = runs.c.image_id.in_(ids[at : at + _AT_ONCE])
        found |= set(
            db.scalars(sa.select(runs.c.image_id).where(these, other, clicked | in_a_cell))
        )
    return found


def _of(experiment_id: str) -> sa.Select[Any]:
    mine = cells.c.experiment == experiment_id
    return cells.select().where(mine).order_by(cells.c.position)


def _cell(row: Any) -> Cell:
    return Cell(
        tuple((x, y, z, repeat) for x, y, z, repeat in json.loads(row.places_json)),
        to_request(row._mapping),
        row.repeat,
        row.request_key,
        making_of(json.loads(row.template_json or "{}")),
    )


def _row(experiment_id: str, position: int, cell: Cell) -> dict[str, Any]:
    return {
        "experiment": experiment_id,
        "position": position,
        "places_json": json.dumps(cell.places),
        "repeat": cell.repeat,
        "request_key": cell.key,
        "template_json": json.dumps(making_tables(cell.making)) if cell.making else None,
        **request_columns(cell.request),
    }
