"""Experiments and their cells in the database. Every method is one transaction and blocks.

What became of a cell is read from its run and stored nowhere else: no run is "planned".
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from backend.catalogue.params import fingerprint
from backend.errors import NOTHING, OverLimit, TokenUsed
from backend.experiments import found
from backend.experiments.found import NEVER_SENT, OTHER_SIZE, Made
from backend.experiments.plan import Plan
from backend.generation import budget
from backend.generation.again import next_place
from backend.generation.ledger import no_record
from backend.generation.token import column_of
from backend.library.cache import newest_by_key, note_answers
from backend.said import Said, from_json, msg, to_json
from backend.storage.experiment_files import Row
from backend.storage.rows import RunRow, insert_run, read_runs, request_columns, to_request
from backend.storage.tables import cells, experiments, runs
from backend.types import OFFLINE, GenerationRequest, ImageRecord, Limits, RunState

State = Literal["running", "paused", "stopped", "done"]

_ALONE = 1
"""The position of a cell's run in a job of its own: a click's first run has 0, by which the last
clicks are found."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """One experiment as it stands. `why` and `goes_on` are there while it rests by itself."""

    id: str
    owner: str
    title: str
    source: str
    spec: Mapping[str, Any]
    created: datetime
    state: State
    why: Said | str
    goes_on: datetime | None
    sends_at_once: int


class Book:
    """`engine` is the ledger's, and so is the thread that its methods run in.

    `on_disk` says whether an image's file is there: without it nothing answers from the cache.
    `keep` stores an experiment's row and its cells' beside the database.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], float] = time.time,
        on_disk: Callable[[ImageRecord], bool] = lambda _: True,
        keep: Callable[[Row, Sequence[Row]], None] = lambda *_: None,
    ) -> None:
        self._engine, self._clock, self._on_disk = engine, clock, on_disk
        self._keep = keep

    def open(
        self, planned: Plan, spec: Mapping[str, Any], *, owner: str, token: str, source: str,
        sends_at_once: int,
    ) -> str:  # fmt: skip
        """Record an experiment with all of its cells and return its id; the token's once alone.

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
                "kind": "grid",
                "title": planned.spec.title,
                "provider": source,
                "spec_json": spec_json,
                "created": self._clock(),
                "state": "running",
                "sends_at_once": sends_at_once,
            }
            rows = [
                {
                    "experiment": own,
                    "position": position,
                    "places_json": json.dumps(cell.places),
                    "repeat": cell.repeat,
                    "request_key": cell.key,
                    "template_json": json.dumps(cell.template) if cell.template else None,
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
            wanted = experiments.select().where(experiments.c.id == experiment_id)
            row = db.execute(wanted).first()
        return _experiment(row) if row else None

    def newest(self, most: int) -> list[Experiment]:
        """Return the newest experiments."""
        newest = experiments.select().order_by(experiments.c.created.desc(), experiments.c.id)
        with self._engine.begin() as db:
            return [_experiment(row) for row in db.execute(newest.limit(most))]

    def unfinished(self) -> list[Experiment]:
        """Return those that run, or rest until they go on by themselves."""
        live = (experiments.c.state == "running") | experiments.c.goes_on.is_not(None)
        with self._engine.begin() as db:
            return [_experiment(row) for row in db.execute(experiments.select().where(live))]

    def set_state(
        self, experiment_id: str, state: State, why: str = "", goes_on: float | None = None
    ) -> None:
        """Note how an experiment stands; `goes_on` is in seconds since 1970."""
        values = {"state": state, "why": to_json(why) if why else None, "goes_on": goes_on}
        with self._engine.begin() as db:
            db.execute(experiments.update().where(experiments.c.id == experiment_id).values(values))

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

    def ask(
        self,
        one: Experiment,
        positions: Sequence[int],
        room: int,
        limits: Limits,
        prices_usd: Mapping[str, Decimal | None],
    ) -> list[tuple[int, RunRow]]:
        """Record runs for the first of these cells and return them by position.

        Those that are answered from the cache are saved at once; of the others at most `room` are
        queued, and reserve their part of the day. None is recorded for a cell that has a run which
        was sent, unless it is to be tried again. Raises: OverLimit where the day holds none of
        them.
        """
        now = self._clock()
        mine = cells.c.experiment == one.id
        asked: list[tuple[int, RunRow]] = []
        with self._engine.begin() as db:
            rows = db.execute(
                cells.select()
                .where(mine, cells.c.position.in_(positions))
                .order_by(cells.c.position)
            ).all()
            former = {run.id: run for run in read_runs(db, runs.c.id.in_([r.run_id for r in rows]))}
            requests = [to_request(row._mapping) for row in rows]
            keys = [fingerprint(request, one.source) for request in requests]
            hits = newest_by_key(db, keys, self._on_disk)
            used: list[ImageRecord] = []
            for row, request, key in zip(rows, requests, keys, strict=True):
                before = former.get(row.run_id)
                if before and before.state not in NEVER_SENT and not row.again:
                    continue
                hit = hits.get(key)
                if hit is None and room <= 0:
                    break
                cost = Decimal(0) if hit else prices_usd.get(request.model) or Decimal(0)
                if hit is None and one.source != OFFLINE:
                    try:
                        budget.check_day(db, limits, now, 1, cost)
                    except OverLimit:
                        if asked:
                            break
                        raise
                room -= hit is None
                used += [hit] if hit else []
                run = self._insert(db, one, request, key, hit, cost, before if row.again else None)
                here = mine & (cells.c.position == row.position)
                db.execute(cells.update().where(here).values(run_id=run.id, again=False))
                asked.append((row.position, run))
            note_answers(db, used)
        return asked

    def put_back(self, experiment_id: str, position: int) -> None:
        """Let a cell be asked for again once the experiment goes on: nothing was sent for it."""
        here = (cells.c.experiment == experiment_id) & (cells.c.position == position)
        with self._engine.begin() as db:
            db.execute(cells.update().where(here).values(run_id=None))

    def try_again(self, experiment_id: str, states: Iterable[RunState]) -> int:
        """Mark the cells whose runs ended so to be asked for once more; return how many."""
        ended = sa.select(runs.c.id).where(runs.c.state.in_(list(states)))
        here = (cells.c.experiment == experiment_id) & cells.c.run_id.in_(ended)
        with self._engine.begin() as db:
            return db.execute(cells.update().where(here).values(again=True)).rowcount

    def unmeasured(
        self, experiment_id: str
    ) -> tuple[ImageRecord | None, list[tuple[int, ImageRecord]]]:
        """Return the reference's image, once it is there, and those to be compared with it."""
        with self._engine.begin() as db:
            return found.unmeasured(db, experiment_id)

    def note_difference(self, experiment_id: str, position: int, difference: float | None) -> None:
        """Note how different a cell's image is from the reference's; None: it has another size."""
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

    def _insert(
        self,
        db: sa.Connection,
        one: Experiment,
        request: GenerationRequest,
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
            request=request,
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
        )
        insert_run(db, run, owner=one.owner, cache_key=key)
        return run


def _asked(spec_json: str) -> object:
    """Return what a spec asks for but for what was drawn."""
    spec = json.loads(spec_json)
    return spec.get("asked", spec)


def _experiment(row: Any) -> Experiment:
    return Experiment(
        id=row.id,
        owner=row.owner,
        title=row.title,
        source=row.provider,
        spec=json.loads(row.spec_json),
        created=datetime.fromtimestamp(row.created, UTC),
        state=row.state,
        why=from_json(row.why) if row.why else "",
        goes_on=None if row.goes_on is None else datetime.fromtimestamp(row.goes_on, UTC),
        sends_at_once=row.sends_at_once,
    )
