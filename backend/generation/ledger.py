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
from backend.generation import again, budget
from backend.generation.minute import Minute
from backend.generation.shown import DOUBTS_SHOWN, newest_doubts
from backend.generation.token import column_of, earlier_job
from backend.library.cache import newest_by_key, note_answers
from backend.library.marks import Changes
from backend.library.marks_file import MarksFile
from backend.said import msg
from backend.storage.failures import columns_of
from backend.storage.rows import RunRow, insert_image, insert_run, note_prompts, read_runs
from backend.storage.tables import runs
from backend.types import OFFLINE, GenerationRequest, ImageRecord, Limits, Origin, RunState

_SAVED = (  # made once: to make it anew takes longer than the database does
    runs.update()
    .where(runs.c.id == sa.bindparam("run"))
    .values(
        state=RunState.SAVED,
        ended=sa.bindparam("at"),
        image_id=sa.bindparam("image"),
        **columns_of(None),
    )
)
_NOT_CHARGED = (RunState.FAILED, RunState.CANCELLED)


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to be recorded as queued. `cost_usd` is the listed price, 0 where unknown.

    `again_of` is the run that it tries again.
    """

    id: str
    request: GenerationRequest
    cache_key: str | None
    cost_usd: Decimal
    again_of: str | None = None


class Ledger:
    """The book of everything sent. `clock` gives seconds since 1970.

    The file of marks is told what comes out of the trash. `on_disk` says whether an image's file
    is there: without it nothing answers from the cache.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], float] = time.time,
        marks_file: MarksFile | None = None,
        on_disk: Callable[[ImageRecord], bool] = lambda _: True,
    ) -> None:
        self._engine, self._clock, self._marks_file = engine, clock, marks_file
        self._on_disk = on_disk
        self._minute = Minute(time.monotonic if clock is time.time else clock)
        with engine.begin() as db:
            self._minute.remember(budget.sent_lately(db, clock()))

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
        asked: str | None = None,
        origin: Origin | None = None,
        experiment: str | None = None,
    ) -> list[RunRow] | str:
        """Record a click's runs, answered from the cache where possible, else queued.

        Queued runs reserve their part of the day's budget. What answers from the cache comes out
        of the trash. Returns the rows in order, or the id of the owner's job with this `token`,
        which was used for what is `asked`.
        Raises: OverLimit, NoRecord, InvalidInput and its kinds; then nothing is recorded.
        """
        now = self._clock()
        with self._before_sending() as db:
            if token is not None and (earlier := earlier_job(db, owner, token, asked)):
                return earlier
            places = [r.again_of and again.next_place(db, r.again_of, owner) for r in new]
            keys = [run.cache_key for run in new]
            hits = newest_by_key(db, keys, self._on_disk) if use_cache else {}
            if source != OFFLINE:
                unpaid = [run for run in new if run.cache_key not in hits]
                cost = sum((run.cost_usd for run in unpaid), Decimal(0))
                budget.check_day(db, limits, now, len(unpaid), cost)
            note_answers(db, hits.values())
            note_prompts(db, (run.request.prompt for run in new), now)
            at = datetime.fromtimestamp(now, UTC)
            for position, (run, place) in enumerate(zip(new, places, strict=True)):
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
                    again_of=place.of if place else None,
                    again_no=place.number if place else None,
                )
                insert_run(
                    db,
                    row,
                    owner=owner,
                    token=column_of(owner, token) if token else None,
                    asked=asked,
                    cache_key=run.cache_key,
                )
            opened = read_runs(db, runs.c.job_id == job_id)
        self._note_restored(hits.values())
        return opened

    def opened(self, owner: str, token: str, asked: str | None) -> str | None:
        """Return the id of the owner's job with this token, if any. Raises: TokenUsed."""
        with self._engine.begin() as db:
            return earlier_job(db, owner, token, asked)

    def begin_send(self, run_id: str, limits: Limits) -> float:
        """Mark a queued run as sent and return 0, or return the seconds until it may be sent.

        Raises: OverLimit when a limit of the day was lowered meanwhile; NoRecord, also where there
        is no such run in the queue.
        """
        now = self._clock()
        with self._before_sending() as db:
            queued = (runs.c.id == run_id) & (runs.c.state == RunState.QUEUED)
            source = db.scalar(sa.select(runs.c.provider).where(queued))
            if source is not None and source != OFFLINE:
                budget.check_own(db, limits, now, run_id)
                own_s = self.wait_s(limits)
                if wait_s := max(own_s, budget.minute_wait_s(db, limits, now)):
                    return wait_s
            noted = db.execute(
                runs.update()
                .where(queued)
                .values(state=RunState.SENT, sent=now, attempts=runs.c.attempts + 1)
            )
            if noted.rowcount != 1:
                raise NoRecord(
                    msg("The record of this request is gone or closed, so nothing was sent."),
                    msg("Generate it again."),
                )
        if source != OFFLINE:
            self._minute.note(run_id)
        return 0.0

    def wait_s(self, limits: Limits, ahead: int = 0) -> float:
        """Return the seconds until the minute lets this program send once more, after `ahead`."""
        limit = limits.requests_per_minute
        return 0.0 if limit is None else self._minute.wait_s(max(1, limit), ahead)

    def requeue(self, run_id: str, *, was_sent: bool) -> None:
        """Put a sent run back in the queue before another try; `was_sent` False takes it back."""
        values: dict[str, Any] = {"state": RunState.QUEUED}
        if not was_sent:
            values["attempts"] = runs.c.attempts - 1
        changed = self._update(runs.c.id == run_id, runs.c.state == RunState.SENT, **values)
        if changed and not was_sent:
            self._minute.take_back(run_id)

    def end(self, run_id: str, state: RunState, error: PlaygroundError | None = None) -> None:
        """Close a run that has no image of its own: failed, unknown or cancelled.

        What is over stays as it ended: a run in doubt is not cancelled, a saved one stays saved.
        """
        with self._engine.begin() as db:
            was = db.scalar(sa.select(runs.c.state).where(runs.c.id == run_id))
            # Doing it again is for a database that failed after it had noted the end.
            closable = runs.c.state.in_((RunState.QUEUED, RunState.SENT, state))
            values = self._ended(state, error)
            db.execute(runs.update().where(runs.c.id == run_id, closable).values(**values))
        if isinstance(error, NotSent) and was == RunState.SENT:
            self._minute.take_back(run_id)

    def end_all(self, was: RunState, state: RunState, error: PlaygroundError) -> int:
        """Close all runs that are in one state, as `end` does one; return how many."""
        with self._engine.begin() as db:
            values = self._ended(state, error)
            closed = db.execute(runs.update().where(runs.c.state == was).values(**values))
        return closed.rowcount

    def _ended(self, state: RunState, error: PlaygroundError | None) -> dict[str, Any]:
        values: dict[str, Any] = {"state": state, "ended": self._clock()}
        if error is not None:
            values |= columns_of(error)
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
            hit = newest_by_key(db, [key], self._on_disk).get(key)
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
        """Return the runs of the owner's last jobs, and the newest that are in doubt of anybody."""
        latest = (  # by each job's first run: to group all of them would cost more with each click
            sa.select(runs.c.job_id)
            .where(runs.c.owner == owner, runs.c.position == 0)
            .order_by(runs.c.created.desc())
            .limit(jobs)
        )
        with self._engine.begin() as db:
            unknown = [row.id for row in db.execute(newest_doubts().limit(DOUBTS_SHOWN))]
            wanted = sa.or_(runs.c.job_id.in_(latest), runs.c.id.in_(unknown)) & ~runs.c.dismissed
            return again.marked(db, read_runs(db, wanted))

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

    def _update(self, *where: sa.ColumnElement[bool], **values: Any) -> int:
        with self._engine.begin() as db:
            return db.execute(runs.update().where(*where).values(**values)).rowcount


def no_record() -> NoRecord:
    """Return the error for a database that cannot take what must be noted before a send."""
    return NoRecord(
        msg("The database cannot be written, so nothing was sent."),
        msg(
            "Check that the data folder has room and may be written to, and that no other program"
            " has the database open. Then try again."
        ),
    )
