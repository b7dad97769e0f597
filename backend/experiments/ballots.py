"""Votes of blind tests in the database, and in a file beside it. Every method blocks.

One vote for each pair, the last one counts, until the voting has ended: then none changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from backend.errors import InvalidInput
from backend.experiments.votes import Choice
from backend.said import msg
from backend.storage.tables import votes

_END = -1
"""Stands for a pair's number in the row that ends the voting."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The votes by the numbers of their pairs, the newest one's number, and whether that is all."""

    votes: Mapping[int, Choice]
    newest: int | None
    ended: bool


class Ballots:
    """`engine` is the ledger's; `keep` stores a row beside the database, once it is in it."""

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], float] = time.time,
        keep: Callable[[Mapping[str, Any]], None] = lambda _: None,
    ) -> None:
        self._engine, self._clock, self._keep = engine, clock, keep

    def cast(self, experiment_id: str) -> Cast:
        """Return what was voted in an experiment so far."""
        with self._engine.begin() as db:
            return _cast(db, experiment_id)

    def vote(
        self, experiment_id: str, pair: int, cells: tuple[int, int], choice: Choice, *, owner: str,
        pairs: int,
    ) -> None:  # fmt: skip
        """Note what was chosen of a pair, whose left and right cells are `cells`.

        With the last of the `pairs` the voting ends. Raises: InvalidInput where it has ended.
        """
        with self._engine.begin() as db:
            before = _cast(db, experiment_id)
            if before.votes.get(pair) == choice:
                return  # sent twice
            _refuse_late(before)
            rows = [self._row(experiment_id, pair, cells, choice, owner)]
            if len({*before.votes, pair}) == pairs:
                rows.append(self._row(experiment_id, _END, (_END, _END), "end", owner))
            for row in rows:
                _put(db, row)
        for row in rows:
            self._keep(row)

    def take_back(self, experiment_id: str, pair: int, *, owner: str) -> None:
        """Forget the vote on a pair. Raises: InvalidInput where the voting has ended."""
        row = self._row(experiment_id, pair, (_END, _END), "", owner)
        with self._engine.begin() as db:
            before = _cast(db, experiment_id)
            _refuse_late(before)
            if pair not in before.votes:
                return
            db.execute(votes.delete().where(*_of(row)))
        self._keep(row)

    def end(self, experiment_id: str, *, owner: str) -> None:
        """End the voting, if it has not ended."""
        row = self._row(experiment_id, _END, (_END, _END), "end", owner)
        with self._engine.begin() as db:
            if _cast(db, experiment_id).ended:
                return
            _put(db, row)
        self._keep(row)

    def _row(
        self,
        experiment_id: str,
        pair: int,
        cells: tuple[int, int],
        choice: Choice | Literal["end", ""],
        owner: str,
    ) -> dict[str, Any]:
        return {
            "experiment": experiment_id,
            "pair": pair,
            "left_cell": cells[0],
            "right_cell": cells[1],
            "choice": choice,
            "created": self._clock(),
            "owner": owner,
        }


def _cast(db: sa.Connection, experiment_id: str) -> Cast:
    mine = votes.select().where(votes.c.experiment == experiment_id)
    rows = db.execute(mine.order_by(votes.c.created)).all()
    found: dict[int, Choice] = {row.pair: row.choice for row in rows if row.pair != _END}
    return Cast(found, next(reversed(found), None), len(found) < len(rows))


def _put(db: sa.Connection, row: Mapping[str, Any]) -> None:
    db.execute(votes.delete().where(*_of(row)))
    db.execute(votes.insert(), row)


def _of(row: Mapping[str, Any]) -> tuple[sa.ColumnElement[bool], ...]:
    return votes.c.experiment == row["experiment"], votes.c.pair == row["pair"]


def _refuse_late(cast: Cast) -> None:
    if cast.ended:
        raise InvalidInput(
            msg("The voting has ended, and its result was shown: no vote changes it any more."),
            msg('Start the test anew with "Plan it again" to vote once more.'),
            field="pair",
        )
