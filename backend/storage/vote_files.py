"""DATA/experiments/ID.votes.jsonl: the votes of a blind test, from which a new database has them.

Each line is a row of the table of votes; without a choice it takes the pair's vote back.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from backend.storage import journal
from backend.storage.tables import votes
from backend.types import ID

log = logging.getLogger(__name__)

_SUFFIX = ".votes.jsonl"
_CHOICES = ("left", "right", "equal", "bad", "end", "")
_NUMBER_MAX = 1 << 31
_TEXT_MAX_CHARS = 32

Row = Mapping[str, Any]


def note(folder: Path, row: Row) -> None:
    """Keep a vote, or that it was taken back."""
    journal.append(folder / f"{row['experiment']}{_SUFFIX}", row)


def remove(folder: Path, experiment_id: str) -> None:
    """Forget the votes on an experiment. Raises: OSError."""
    (folder / f"{experiment_id}{_SUFFIX}").unlink(missing_ok=True)


def restore(engine: sa.Engine, folder: Path) -> None:
    """Put the votes of the folder into a new database.

    Raises: SQLAlchemy's OperationalError where the new database cannot take them.
    """
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        own = path.name.removesuffix(_SUFFIX)
        if not ID.fullmatch(own):
            continue
        try:
            found = _read(path, own)
            with engine.begin() as db:
                db.execute(votes.delete().where(votes.c.experiment == own))
                if found:
                    db.execute(votes.insert(), [dict(row) for row in found.values()])
        except OperationalError:  # a full disk, say
            raise
        except (OSError, SQLAlchemyError) as error:
            log.warning("%s cannot be read: %s", path.name, type(error).__name__)


def _read(path: Path, experiment: str) -> dict[int, Row]:
    """Return the rows by their pairs, as the last line about each has it. Raises: OSError."""
    found: dict[int, Row] = {}
    for row in journal.entries(path, partial(_row, experiment)):
        found.pop(row["pair"], None)
        if row["choice"]:
            found[row["pair"]] = row
    return found


def _row(experiment: str, line: Mapping[str, Any]) -> Row:
    """Return a line as a row. Raises: ValueError, TypeError, LookupError where it is none."""
    numbers = {name: int(line[name]) for name in ("pair", "left_cell", "right_cell")}
    if not all(-1 <= number < _NUMBER_MAX for number in numbers.values()):
        raise ValueError("no pair")
    texts = {name: line[name] for name in ("choice", "owner")}
    if not all(isinstance(text, str) and len(text) <= _TEXT_MAX_CHARS for text in texts.values()):
        raise ValueError("no vote")
    if texts["choice"] not in _CHOICES:
        raise ValueError("no choice")
    created = float(line["created"])
    if not isfinite(created):
        raise ValueError("no time")
    return {"experiment": experiment, **numbers, **texts, "created": created}
