"""DATA/experiments/ID.json: an experiment and its cells, from which a new database has them again.

Written before anything of it is sent. What became of a cell is told by its image's own file.
"""

from __future__ import annotations

import json
import logging
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from backend.said import msg, to_json
from backend.storage import vote_files
from backend.storage.reading import read_plain
from backend.storage.rows import request_columns
from backend.storage.run_rows import to_run
from backend.storage.sensible import is_cell, is_experiment
from backend.storage.tables import cells, experiments, runs
from backend.types import ID, RunState

log = logging.getLogger(__name__)

FILE_MAX_BYTES = 100_000_000

Row = Mapping[str, Any]

_SAME = ("model", "prompt", "values_json", "seed")


def write(folder: Path, experiment: Row, of_it: Sequence[Row]) -> None:
    """Keep an experiment's row and those of its cells. Raises: OSError."""
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{experiment['id']}.json"
    beside = path.with_suffix(".part")
    text = json.dumps({"experiment": dict(experiment), "cells": [*map(dict, of_it)]})
    with open(beside, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def remove(folder: Path, experiment_id: str) -> None:
    """Let no new database have an experiment or its votes again. Raises: OSError."""
    (folder / f"{experiment_id}.json").unlink(missing_ok=True)
    vote_files.remove(folder, experiment_id)


def restore(engine: sa.Engine, folder: Path) -> int:
    """Put those of the folder that are not there into a new database; return how many.

    They rest until somebody looks at them: what was in doubt may be known to nobody any more.
    Raises: SQLAlchemy's OperationalError where the new database cannot take them.
    """
    found = 0
    going_on = (experiments.c.state == "running") | experiments.c.goes_on.is_not(None)
    with engine.begin() as db:
        db.execute(experiments.update().where(going_on).values(_resting()))
    for experiment, of_it in _read(folder):
        try:
            with engine.begin() as db:
                found += _insert(db, experiment, of_it)
        except OperationalError:  # a full disk, say
            raise
        except (SQLAlchemyError, ValueError, TypeError, LookupError, OverflowError) as error:
            log.warning("%s makes no sense: %s", experiment.get("id"), type(error).__name__)
    vote_files.restore(engine, folder)
    return found


def _insert(db: sa.Connection, experiment: Row, of_it: Sequence[Row]) -> bool:
    own = experiment["id"]
    if db.scalar(sa.select(experiments.c.id).where(experiments.c.id == own)):
        return False
    db.execute(experiments.insert(), dict(experiment) | _resting())
    made = db.execute(
        runs.select().where(runs.c.experiment == own, runs.c.state != RunState.CANCELLED)
    )
    by_request: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for row in made:
        request = request_columns(to_run(row._mapping, None).request)
        by_request[tuple(request[name] for name in _SAME)].append(row.id)
    rows = []
    asked = Counter(tuple(cell[name] for name in _SAME) for cell in of_it)
    for cell in of_it:
        key = tuple(cell[name] for name in _SAME)
        known = by_request[key]
        if (
            0 < len(known) < asked[key]
            and not cell["repeat"]
            and _stored_before(db, experiment, cell)
        ):
            known = []  # it was answered from disk: what was sent is the repeat's
        rows.append(dict(cell) | {"run_id": known.pop(0) if known else None})
    if rows:
        db.execute(cells.insert(), rows)
    return True


def _stored_before(db: sa.Connection, experiment: Row, cell: Row) -> bool:
    """Whether an image answered a cell when the experiment began; without seed none ever does."""
    if cell["seed"] is None:
        return False
    same = (runs.c[name] == cell[name] for name in _SAME)
    before = runs.c.created < experiment["created"]
    there = runs.c.provider == experiment["provider"], runs.c.state == RunState.SAVED
    return db.execute(sa.select(runs.c.id).where(*same, before, *there)).first() is not None


def _resting() -> dict[str, Any]:
    why = msg(
        "The database was made anew since. Look at what is there, then go on: what was under way"
        " may have been charged."
    )
    return {"state": "paused", "why": to_json(why), "goes_on": None}


def _read(folder: Path) -> Iterator[tuple[Row, Sequence[Row]]]:
    try:
        paths = sorted(folder.glob("*.json"))
    except OSError:
        return
    for path in paths:
        if not ID.fullmatch(path.stem):
            continue
        try:
            found = json.loads(read_plain(path, FILE_MAX_BYTES))
            experiment, of_it = found["experiment"], found["cells"]
            own = all(is_cell(cell) and cell["experiment"] == path.stem for cell in of_it)
            if not own or not is_experiment(experiment) or experiment["id"] != path.stem:
                raise ValueError("It was changed by hand.")
            yield experiment, of_it
        except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
            log.warning("%s cannot be read: %s", path, type(error).__name__)
