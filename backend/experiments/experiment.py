"""An experiment as it stands, read from its row; its cells are found.py's."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from backend.said import Said, from_json
from backend.storage.tables import cells, experiments

log = logging.getLogger(__name__)

State = Literal["running", "paused", "stopped", "done"]


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment as it stands. `goes_on` is there while it rests by itself.

    `why` says why it rests; or while it runs, that it is to send a part alone. `model` is one of
    those that it asks for, all of one connection.
    """

    id: str
    owner: str
    kind: str
    title: str
    source: str
    model: str
    spec: Mapping[str, Any]
    created: datetime
    state: State
    why: Said | str
    goes_on: datetime | None
    sends_at_once: int


_MODEL = (
    sa.select(cells.c.model)
    .where(cells.c.experiment == experiments.c.id)
    .order_by(cells.c.position)
    .limit(1)
    .scalar_subquery()
)
SELECTED = sa.select(experiments, _MODEL.label("model"))
"""Selects what `read_experiments` reads."""


def spec_in(spec_json: str) -> Mapping[str, Any]:
    """Return what varies; nothing where somebody made nonsense of it: its cells tell the rest."""
    try:
        found = json.loads(spec_json)
    except (ValueError, TypeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _why_in(why: str | None) -> Said | str:
    try:
        return from_json(why) if why else ""
    except ValueError:
        return ""


def read_experiments(rows: Iterable[Any]) -> list[Experiment]:
    """Return those that can be read: somebody may have made nonsense of one in the database."""
    found = []
    for row in rows:
        try:
            found.append(read_experiment(row))
        except (ValueError, TypeError, ArithmeticError, OSError) as error:
            log.warning("experiment %s cannot be read: %s", row.id, type(error).__name__)
    return found


def read_experiment(row: Any) -> Experiment:
    return Experiment(
        id=row.id,
        owner=row.owner,
        kind=row.kind,
        title=row.title,
        source=row.provider,
        model=row.model or "",
        spec=spec_in(row.spec_json),
        created=datetime.fromtimestamp(row.created, UTC),
        state=row.state,
        why=_why_in(row.why),
        goes_on=None if row.goes_on is None else datetime.fromtimestamp(row.goes_on, UTC),
        sends_at_once=row.sends_at_once,
    )
