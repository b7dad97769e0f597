"""Runs and images in the database: what was asked, sent, saved, and what of the budget is used.

Every method is one transaction and blocks: the studio calls it off the event loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from backend.errors import NoRecord, NotSent, PlaygroundError
from backend.generation import budget
from backend.library.cache import newest_by_key, note_answers
from backend.library.marks import Changes
from backend.library.marks_file import MarksFile
from backend.storage.rows import RunRow, insert_image, insert_run, note_prompts, read_runs
from backend.storage.tables import runs
from backend.types import GenerationRequest, ImageRecord, Limits, Origin, RunState

_SAVED = (  # made once: to make it anew takes longer than the database does
    runs.update()
    .where(runs.c.id == sa.bindparam("run"))
    .values(
        state=RunState.SAVED,
        ended=sa.bindparam("at"),
        image_id=sa.bindparam("image"),
        error_kind=None,
        error_message=None,
        error_hint=None,
    )
)
_NOT_CHARGED = (RunState.FAILED, RunState.CANCELLED)


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to be recorded as queued. `cost_usd` is the listed price, 0 where unknown."""

    id: str
    request: GenerationRequest
    cache_key: str | None
    cost_usd: Decimal


class Ledger:
    """The book of everything sent. `clock` gives seconds since 1970.

    The file of marks is told what comes out of the trash.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], float] = time.time,
        marks_file: MarksFile | None = None,
    ) -> None:
        self._engine, self._clock, self._marks_file = engine, clock, marks_file

    def close(self) -> None:
        self._engine.dispose()

    def open_job(
        self,
        job_id: str,
        new: Sequence[NewRun],
        *,
        owner: str,
        token: str | None,
        source: str,
        limits: Limits,
        use_cache: bool,
        origin: Origin | None = None,
        experiment: str | None = None,
    ) -> list[RunRow] | str:
        """Record a click's runs, answered from the cache where possible, else queued.

        Queued runs reserve their part of the day's budget. What answers from the cache comes out
        of the trash. Returns the rows in order, or the id of the job that already has this `token`.
        Raises: OverLimit, NoRecord; then nothing is recorded.
        """
        now = self._clock()
        with self._before_sending() as db:
            if token is not None:
                earlier = db.scalar(sa.select(runs.c.job_id).where(runs.c.token == token).limit(1))
                if earlier is not None:
                    return str(earlier)
            hits = newest_by_key(db, [run.cache_key for run in new]) if use_cache else {}
            unpaid = [run for run in new if run.cache_key not in hits]
            cost = sum((run.cost_usd for run in unpaid), Decimal(0))
            budget.check_day(db, limits, now, len(unpaid), cost)
            note_answers(db, hits.values())
            note_prompts(db, (run.request.prompt for run in new), now)
            at = datetime.fromtimestamp(now, UTC)
            for position, run in enumerate(new):
                hit = hits.get(run.cache_key)
                row = RunRow(
                    id=run.id,
                    job_id=job_id,
                    position=position,
                    request=run.request,
                    state=RunState.SAVED if hit else RunState.QUEUED,
                    created=at,
                    sent=None,
                    ended=at if hit else None,
                    cost_usd=Decimal(0) if hit else run.cost_usd,
                    source=source,
                    error=None,
                    record=replace(hit, cached=True) if hit else None,
                    origin=origin,
                    experiment=experiment,
                )
                insert_run(db, row, owner=owner, token=token, cache_key=run.cache_key)
            opened = read_runs(db, runs.c.job_id == job_id)
        self._note_restored(hits.values())
        return opened

    def begin_send(self, run_id: str, limits: Limits) -> float:
        """Mark a queued run as sent and return 0, or return the seconds until it may be sent.

        Raises: OverLimit when a limit of the day was lowered meanwhile; NoRecord, also where there
        is no such run in the queue.
        """
        now = self._clock()
        with self._before_sending() as db:
            if wait_s := budget.minute_wait_s(db, limits, now):
                return wait_s
            budget.check_day(db, limits, now)
            noted = db.execute(
                runs.update()
                .where(runs.c.id == run_id, runs.c.state == RunState.QUEUED)
                .values(state=RunState.SENT, sent=now, attempts=runs.c.attempts + 1)
            )
            if noted.rowcount != 1:
                raise NoRecord(
                    "The record of this request is gone or closed, so nothing was sent.",
                    "Generate it again.",
                )
        return 0.0

    def requeue(self, run_id: str, *, was_sent: bool) -> None:
        """Put a sent run back in the queue before another try; `was_sent` False takes it back."""
        values: dict[str, Any] = {"state": RunState.QUEUED}
        if not was_sent:
            values["attempts"] = runs.c.attempts - 1
        self._update(runs.c.id == run_id, runs.c.state == RunState.SENT, **values)

    def end(self, run_id: str, state: RunState, error: PlaygroundError | None = None) -> None:
        """Close a run that has no image of its own: failed, unknown or cancelled.

        What is over stays as it ended: a run in doubt is not cancelled, a saved one stays saved.
        """
        with self._engine.begin() as db:
            # Doing it again is for a database that failed after it had noted the end.
            closable = runs.c.state.in_((RunState.QUEUED, RunState.SENT, state))
            values = self._ended(state, error)
            db.execute(runs.update().where(runs.c.id == run_id, closable).values(**values))

    def end_all(self, was: RunState, state: RunState, error: PlaygroundError) -> int:
        """Close all runs that are in one state, as `end` does one; return how many."""
        with self._engine.begin() as db:
            values = self._ended(state, error)
            closed = db.execute(runs.update().where(runs.c.state == was).values(**values))
        return closed.rowcount

    def _ended(self, state: RunState, error: PlaygroundError | None) -> dict[str, Any]:
        values: dict[str, Any] = {"state": state, "ended": self._clock()}
        if error is not None:
            values |= {
                "error_kind": type(error).__name__,
                "error_message": error.message,
                "error_hint": error.hint,
            }
        if state in _NOT_CHARGED:
            values["cost_microusd"] = 0
        if isinstance(error, NotSent):
            # A try that never left is taken back; earlier ones that were turned away still count.
            left = runs.c.attempts - sa.case((runs.c.state == RunState.SENT, 1), else_=0)
            values |= {"attempts": left, "sent": sa.case((left > 0, runs.c.sent), else_=None)}
        return values

    def answer(self, run_id: str, key: str) -> ImageRecord | None:
        """Close a run as saved and free where an image has this fingerprint; return that image."""
        with self._engine.begin() as db:
            hit = newest_by_key(db, [key]).get(key)
            if hit is None:
                return None
            note_answers(db, [hit])
            values = {
                "state": RunState.SAVED,
                "ended": self._clock(),
                "cached": True,
                "image_id": hit.id,
                "cost_microusd": 0,
            }
            waiting = (runs.c.id == run_id) & (runs.c.state == RunState.QUEUED)
            db.execute(runs.update().where(waiting).values(values))
        self._note_restored([hit])
        return replace(hit, deleted=None)

    def save(self, record: ImageRecord, cache_key: str | None) -> None:
        """Record a stored image and close its run as saved. Doing it again changes nothing."""
        with self._engine.begin() as db:
            insert_image(db, record, cache_key)
            db.execute(_SAVED, {"run": record.run_id, "at": self._clock(), "image": record.id})

    def dismiss(self, run_id: str) -> None:
        """Stop showing a run among the last results; its row stays."""
        self._update(runs.c.id == run_id, dismissed=True)

    def run(self, run_id: str) -> RunRow | None:
        """Return one run."""
        with self._engine.begin() as db:
            return next(iter(read_runs(db, runs.c.id == run_id)), None)

    def runs_in(self, *states: RunState) -> list[RunRow]:
        """Return the runs in `states`, oldest first."""
        with self._engine.begin() as db:
            return read_runs(db, runs.c.state.in_(states))

    def created_in(self, *states: RunState) -> list[tuple[str, datetime]]:
        """Return (id, when it was asked for) of the runs in `states`."""
        with self._engine.begin() as db:
            found = db.execute(
                sa.select(runs.c.id, runs.c.created).where(runs.c.state.in_(states))
            ).all()
        return [(row.id, datetime.fromtimestamp(row.created, UTC)) for row in found]

    def recent(self, owner: str, jobs: int) -> list[RunRow]:
        """Return the runs of the owner's last jobs, and everybody's undismissed unknown ones."""
        latest = (  # by each job's first run: to group all of them would cost more with each click
            sa.select(runs.c.job_id)
            .where(runs.c.owner == owner, runs.c.position == 0)
            .order_by(runs.c.created.desc())
            .limit(jobs)
        )
        unknown = sa.and_(runs.c.state == RunState.UNKNOWN, runs.c.dismissed.is_(False))
        with self._engine.begin() as db:
            return read_runs(db, sa.or_(runs.c.job_id.in_(latest), unknown) & ~runs.c.dismissed)

    def usage(self) -> budget.Usage:
        """Return what is used of the limits."""
        with self._engine.begin() as db:
            return budget.usage(db, self._clock())

    def _note_restored(self, hits: Iterable[ImageRecord]) -> None:
        back = [hit.id for hit in hits if hit.deleted is not None]
        if self._marks_file is not None:
            self._marks_file.note(self._clock(), back, Changes(deleted=False))

    @contextmanager
    def _before_sending(self) -> Iterator[sa.Connection]:
        """Yield a transaction without which nothing may be sent. Raises: NoRecord."""
        try:
            with self._engine.begin() as db:
                yield db
        except SQLAlchemyError as error:
            raise no_record() from error

    def _update(self, *where: sa.ColumnElement[bool], **values: Any) -> None:
        with self._engine.begin() as db:
            db.execute(runs.update().where(*where).values(**values))


def no_record() -> NoRecord:
    """Return the error for a database that cannot take what must be noted before a send."""
    return NoRecord(
        "The database cannot be written, so nothing was sent.",
        "Check that the data folder has room and may be written to, and that no other program"
        " has the database open. Then try again.",
    )
