"""How a run came to be, as its own row or its experiment's cell has it. Within a transaction."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from backend.images.making import making_of, making_tables
from backend.storage.run_rows import RunRow
from backend.storage.tables import cells, runs
from backend.types import CellPlace, Making


def making_in(experiment: str, cell: sa.Row[Any]) -> Making:
    """Return what a cell's row says: where it stands first, and what its texts were made of."""
    x, y, z, repeat = json.loads(cell.places_json)[0]
    known = making_of(json.loads(cell.template_json or "{}")) or Making()
    return replace(known, place=CellPlace(experiment, x, y, z, repeat))


def making_of_run(db: sa.Connection, run: RunRow) -> Making | None:
    """Return what is known of how a run came to be, None where nothing is."""
    if run.experiment is not None:
        own = (cells.c.experiment == run.experiment) & (cells.c.run_id == run.id)
        if cell := db.execute(cells.select().where(own)).first():
            return making_in(run.experiment, cell)
    kept = db.scalar(sa.select(runs.c.making_json).where(runs.c.id == run.id))
    return making_of(json.loads(kept)) if kept else None


def making_text(making: Making | None) -> str | None:
    """Return what `making_of_run` reads of a run's own row; None where nothing is known."""
    return json.dumps(making_tables(making), ensure_ascii=False) if making else None
