"""Experiments and their cells in the database. Every method is one transaction and blocks.

What became of a cell is read from its run and stored nowhere else: no run is "planned".
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from backend.errors import NOTHING, OverLimit, TokenUsed
from backend.experiments import found
from backend.experiments.bounds import UNBOUND, Bounds, Held
from backend.experiments.experiment import (
    SELECTED,
    Experiment,
    State,
    read_experiment,
    read_experiments,
    spec_in,
)
from backend.experiments.found import NEVER_SENT, OTHER_SIZE, Made
from backend.experiments.plan import Plan, cache_key
from backend.experiments.words import KIND as WORDS
from backend.generation import budget
from backend.generation.again import next_place
from backend.generation.ledger import no_record
from backend.generation.machines import of_another, stop_group
from backend.generation.making import making_in
from backend.generation.shared import Elsewhere, moment
from backend.generation.token import column_of
from backend.images.making import making_tables
from backend.library.cache import newest_by_key, note_answers
from backend.said import msg, to_json
from backend.storage.experiment_files import Row
from backend.storage.rows import request_columns, to_request
from backend.storage.run_rows import RunRow, insert_run, read_runs
from backend.storage.tables import cells, experiments, runs
from backend.types import OFFLINE, ImageRecord, Limits, Making, RunState

log = logging.getLogger(__name__)

_ALONE = 1
"""The position of a cell's run in a job of its own: a click's first run has 0, by which the last
clicks are found."""


class Asked(NamedTuple):
    """A cell that was asked for by its position, and its run; `anew`: nothing stored answers it."""

    position: int
    run: RunRow
    anew: bool


class Book:
    """`engine` is the ledger's, and so is the thread that its methods run in.

    `on_disk` says whether an image's file is there: without it nothing answers from the cache.
    `keep` stores an experiment's row and its cells' beside the database; `answered` is told of
    images that answer a cell, as they were before, and notes which come out of the trash. Where
    several machines share the database, this one's experiments are those of `machine`.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], float] = time.time,
        on_disk: Callable[[ImageRecord], bool] = lambda _: True,
        keep: Callable[[Row, Sequence[Row]], None] = lambda *_: None,
        answered: Callable[[Sequence[ImageRecord]], None] = lambda _: None,
        machine: str | None = None,
    ) -> None:
        self._engine, self._clock, self._on_disk = engine, clock, on_disk
        self._machine = machine
        self._keep, self._answered = keep, answered

    @property
    def shared(self) -> bool:
        """Whether other machines may carry experiments out on this database."""
        return self._machine is not None

    def open(
        self, planned: Plan, spec: Mapping[str, Any], *, owner: str, token: str, source: str,
        sends_at_once: int, why: str = "",
    ) -> str:  # fmt: skip
        """Record an experiment with all of its cells and return its id; the token's once alone.

        `why` says that it is to send a part alone.

        Raises: TokenUsed where the token stands for another one; NoRecord.
        """
        spec_json = json.dumps(spec, ensure_ascii=False, sort_keys=True)
        own, column = secrets.token_hex(16), column_of(owner, token)
        with self._before_sending() as db:
            same = sa.select(experiments.c.id, experiments.c.spec_json)
            if earlier := db.execute(same.where(experiments.c.token == column)).first():
                if _asked(earlier.spec_json) != _asked(spec_json):
                    raise TokenUsed(
                        msg("This token stands for another experiment already."),
                        NOTHING,
                        field="token",
                    )
                return str(earlier.id)
            row = {
                "id": own,
                "token": column,
                "owner": owner,
                "kind": planned.spec.kind,
                "title": planned.spec.title,
                "provider": source,
                "spec_json": spec_json,
                "created": self._clock(),
                "state": "running",
                "why": to_json(why) if why else None,
                "sends_at_once": sends_at_once,
                "machine": self._machine,
            }
            rows = [
                {
                    "experiment": own,
                    "position": position,
                    "places_json": json.dumps(cell.places),
                    "repeat": cell.repeat,
                    "request_key": cell.key,
                    "template_json": _template_json(cell.making),
                    **request_columns(cell.request),
                }
                for position, cell in enumerate(planned.cells)
            ]
            db.execute(experiments.insert(), row)
            db.execute(cells.insert(), rows)
            self._keep(row, rows)
        return own

    def experiment(self, experiment_id: str) -> Experiment | None:
        """Return one experiment."""
        with self._engine.begin() as db:
            wanted = SELECTED.where(experiments.c.id == experiment_id)
            return next(iter(read_experiments(db.execute(wanted).all())), None)

    def of_token(self, owner: str, token: str) -> Experiment | None:
        """Return the experiment that was opened with an owner's token."""
        wanted = SELECTED.where(experiments.c.token == column_of(owner, token))
        with self._engine.begin() as db:
            row = db.execute(wanted).first()
        return read_experiment(row) if row else None

    def newest(self, most: int) -> list[Experiment]:
        """Return the newest experiments."""
        newest = SELECTED.order_by(experiments.c.created.desc(), experiments.c.id)
        with self._engine.begin() as db:
            return read_experiments(db.execute(newest.limit(most)).all())

    def unfinished(self) -> list[Experiment]:
        """Return those that run, or rest until they go on by themselves: here, if anywhere."""
        live = (experiments.c.state == "running") | experiments.c.goes_on.is_not(None)
        with self._engine.begin() as db:
            if self._machine is not None:
                nobodys = live & experiments.c.machine.is_(None)
                db.execute(experiments.update().where(nobodys).values(machine=self._machine))
                live &= experiments.c.machine == self._machine
            return read_experiments(db.execute(SELECTED.where(live)).all())

    def take(self, experiment_id: str, why: str = "") -> bool:
        """Note that it runs, here; False where a living machine carries it out."""
        values = {"state": "running", "why": to_json(why) if why else None, "goes_on": None}
        free = experiments.c.id == experiment_id
        if self._machine is not None:
            values["machine"] = self._machine
            free &= ~((experiments.c.state == "running") & of_another(self._machine))
        with self._engine.begin() as db:
            return db.execute(experiments.update().where(free).values(values)).rowcount == 1

    def set_state(
        self, experiment_id: str, state: State, why: str = "", goes_on: float | None = None
    ) -> None:
        """Note how an experiment stands; `goes_on` is in seconds since 1970."""
        values = {"state": state, "why": to_json(why) if why else None, "goes_on": goes_on}
        with self._engine.begin() as db:
            db.execute(experiments.update().where(experiments.c.id == experiment_id).values(values))
            if self._machine is not None and state == "stopped":  # whoever carries it out
                stop_group(db, experiment_id)

    def note_end(
        self, experiment_id: str, state: State, why: str = "", goes_on: float | None = None
    ) -> None:
        """Note how what was carried out here ended; what another machine took stays as it is."""
        values = {"state": state, "why": to_json(why) if why else None, "goes_on": goes_on}
        mine = experiments.c.id == experiment_id
        if self._machine is not None:
            mine &= experiments.c.machine == self._machine
            if state == "paused":  # else somebody let it rest, or ended it, elsewhere
                mine &= experiments.c.state == "running"
        with self._engine.begin() as db:
            db.execute(experiments.update().where(mine).values(values))

    def made(self, experiment_id: str, positions: Collection[int] | None = None) -> list[Made]:
        """Return its cells in the order of their making, with their runs: all, or some."""
        with self._engine.begin() as db:
            return found.made(db, experiment_id, positions)

    def counts(self, experiment_id: str) -> dict[tuple[RunState | None, bool], int]:
        """Return how many cells there are by the state of their run, and whether it was cached."""
        with self._engine.begin() as db:
            return found.counts(db, experiment_id)

    def waiting(self, experiment_id: str) -> list[int]:
        """Return the positions of the cells that have to be asked for, in their order."""
        with self._engine.begin() as db:
            return found.waiting(db, experiment_id)

    def in_line(self, experiment_id: str) -> bool:
        """Return whether any of its cells waits to be sent, on whichever machine."""
        with self._engine.begin() as db:
            return found.in_line(db, experiment_id)

    def runs_here(self, experiment_id: str) -> bool:
        """Return whether it is this machine's to carry out."""
        with self._engine.begin() as db:
            return self._is_here(db, experiment_id)

    def ask(
        self,
        one: Experiment,
        positions: Sequence[int],
        room: int,
        limits: Limits,
        prices_usd: Mapping[str, Decimal | None],
        bounds: Bounds = UNBOUND,
    ) -> list[Asked]:
        """Record runs for the first of these cells and return them.

        Those that are answered from the cache are saved at once; of the others at most `room` are
        queued, and reserve their part of the day. What a repeat made answers no other cell: its
        image is to be compared with theirs. None is recorded for a cell that has a run which
        was sent, unless it is to be tried again. Raises: OverLimit where the day holds none of
        them, Held where the bounds do not; Elsewhere where it does not run, or not here: somebody
        let it rest on another machine.
        """
        mine = cells.c.experiment == one.id
        asked: list[Asked] = []
        with self._engine.begin() as db:
            now = moment(db, one.source, self._clock)
            self._refuse_elsewhere(db, one.id)
            rows = db.execute(
                cells.select()
                .where(mine, cells.c.position.in_(positions))
                .order_by(cells.c.position)
            ).all()
            former = {run.id: run for run in read_runs(db, runs.c.id.in_([r.run_id for r in rows]))}
            requests = [to_request(row._mapping) for row in rows]
            keys = [
                cache_key(request, row.repeat, one.source)
                for row, request in zip(rows, requests, strict=True)
            ]
            # No other kind asks again for what has a seed; else every ask would read all its cells.
            repeats = found.repeats(db, one.id, one.source) if one.kind == WORDS else {}
            hits = newest_by_key(
                db, keys, lambda hit: self._on_disk(hit) and hit.run_id not in repeats.values()
            )
            used: list[ImageRecord] = []
            for row, request, key in zip(rows, requests, keys, strict=True):
                before = former.get(row.run_id)
                if before and before.state not in NEVER_SENT and not row.again:
                    continue
                hit = hits.get(key)
                if hit is None and room <= 0:
                    break
                price = prices_usd.get(request.model)
                if hit is None and not bounds.hold(price):
                    if asked:
                        break
                    raise Held(price)
                cost = Decimal(0) if hit else price or Decimal(0)
                if hit is None and one.source != OFFLINE:
                    try:
                        budget.check_day(db, limits, now, 1, cost)
                    except OverLimit:
                        if asked:
                            break
                        raise
                room -= hit is None
                bounds = bounds if hit else bounds.less(cost)
                used += [hit] if hit else []
                run = self._insert(db, one, row, key, hit, cost, before if row.again else None)
                here = mine & (cells.c.position == row.position)
                db.execute(cells.update().where(here).values(run_id=run.id, again=False))
                asked.append(Asked(row.position, run, row.repeat > 0 or key in repeats))
            note_answers(db, used)
        self._answered(used)
        return asked

    def put_back(self, experiment_id: str, position: int, run_id: str) -> None:
        """Let a cell be asked for again once the experiment goes on: its run was not sent.

        Not where another machine went on, and asked for it by another run.
        """
        here = (cells.c.experiment == experiment_id) & (cells.c.position == position)
        with self._engine.begin() as db:
            db.execute(cells.update().where(here, cells.c.run_id == run_id).values(run_id=None))

    def try_again(self, experiment_id: str, states: Iterable[RunState]) -> int:
        """Mark the cells whose runs ended so to be asked for once more; return how many."""
        ended = sa.select(runs.c.id).where(runs.c.state.in_(list(states)))
        here = (cells.c.experiment == experiment_id) & cells.c.run_id.in_(ended)
        with self._engine.begin() as db:
            return db.execute(cells.update().where(here).values(again=True)).rowcount

    def unmeasured(self, experiment_id: str) -> list[found.Pair]:
        """Return the images that are to be compared, with those that they are compared with."""
        with self._engine.begin() as db:
            return found.unmeasured(db, experiment_id)

    def note_difference(self, experiment_id: str, position: int, difference: float | None) -> None:
        """Note how different a cell's image is from the one that it is compared with.

        None where that has another size.
        """
        here = (cells.c.experiment == experiment_id) & (cells.c.position == position)
        known = OTHER_SIZE if difference is None else difference
        with self._engine.begin() as db:
            db.execute(cells.update().where(here).values(difference=known))

    @contextmanager
    def _before_sending(self) -> Iterator[sa.Connection]:
        """Yield a transaction without which nothing may be sent. Raises: NoRecord."""
        try:
            with self._engine.begin() as db:
                yield db
        except (SQLAlchemyError, OSError) as error:
            raise no_record() from error

    def _refuse_elsewhere(self, db: sa.Connection, experiment_id: str) -> None:
        if self.shared and not self._is_here(db, experiment_id):
            raise Elsewhere(None)

    def _is_here(self, db: sa.Connection, experiment_id: str) -> bool:
        here = (experiments.c.state == "running") & (experiments.c.machine == self._machine)
        return db.scalar(sa.select(here).where(experiments.c.id == experiment_id)) is True

    def _insert(
        self,
        db: sa.Connection,
        one: Experiment,
        cell: sa.Row[Any],
        key: str | None,
        hit: ImageRecord | None,
        cost_usd: Decimal,
        before: RunRow | None,
    ) -> RunRow:
        at = datetime.fromtimestamp(self._clock(), UTC)
        place = next_place(db, before.id, one.owner) if before else None
        run = RunRow(
            id=secrets.token_hex(16),
            job_id=secrets.token_hex(16),
            position=_ALONE,
            request=to_request(cell._mapping),
            state=RunState.SAVED if hit else RunState.QUEUED,
            created=at,
            sent=None,
            ended=at if hit else None,
            cost_usd=cost_usd,
            source=one.source,
            error=None,
            record=replace(hit, cached=True) if hit else None,
            experiment=one.id,
            again_of=place.of if place else None,
            again_no=place.number if place else None,
            making=making_in(one.id, cell),
            machine=self._machine,
        )
        tied = self._machine is not None
        insert_run(db, run, owner=one.owner, cache_key=key, tied=tied)
        return run


def _template_json(making: Making | None) -> str | None:
    return json.dumps(making_tables(making)) if making else None


def _asked(spec_json: str) -> object:
    """Return what a spec asks for but for what was drawn."""
    spec = spec_in(spec_json)
    return spec.get("asked", spec)
