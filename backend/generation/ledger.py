"""Runs and images in the database: what was asked, sent, saved, and what of the budget is used.

Every method is one transaction and blocks: the studio calls it off the event loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from backend import errors
from backend.errors import NoRecord, OverLimit, PlaygroundError
from backend.generation.budget import Usage, today
from backend.library.cache import newest_by_key, note_answers
from backend.library.marks import Changes
from backend.library.marks_file import MarksFile
from backend.storage.rows import (
    RunRow,
    insert_image,
    note_prompts,
    origin_columns,
    read_runs,
    request_columns,
    to_micro,
)
from backend.storage.tables import runs
from backend.types import IMPORT, GenerationRequest, ImageRecord, Limits, Origin, RunState

_OPEN = (RunState.QUEUED, RunState.SENT)
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

    The journal is told what comes out of the trash.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], float] = time.time,
        journal: MarksFile | None = None,
    ) -> None:
        self._engine, self._clock, self._journal = engine, clock, journal

    def close(self) -> None:
        self._engine.dispose()

    def open_job(
        self,
        job_id: str,
        new: Sequence[NewRun],
        *,
        owner: str,
        token: str | None,
        provider: str,
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
            self._check_day(db, limits, now, unpaid)
            note_answers(db, hits.values())
            note_prompts(db, (run.request.prompt for run in new), now)
            for position, run in enumerate(new):
                hit = hits.get(run.cache_key)
                db.execute(
                    runs.insert().values(
                        id=run.id,
                        job_id=job_id,
                        position=position,
                        token=token,
                        owner=owner,
                        provider=provider,
                        cache_key=run.cache_key,
                        state=RunState.SAVED if hit else RunState.QUEUED,
                        created=now,
                        ended=now if hit else None,
                        attempts=0,
                        cost_microusd=0 if hit else to_micro(run.cost_usd),
                        cached=hit is not None,
                        image_id=hit.id if hit else None,
                        dismissed=False,
                        **origin_columns(origin, experiment),
                        **request_columns(run.request),
                    )
                )
            opened = read_runs(db, runs.c.job_id == job_id)
        self._note_restored(hits.values())
        return opened

    def begin_send(self, run_id: str, limits: Limits) -> float:
        """Mark a queued run as sent and return 0, or return the seconds until it may be sent.

        Raises: OverLimit when a limit of the day was lowered meanwhile; NoRecord.
        """
        now = self._clock()
        with self._before_sending() as db:
            if limits.requests_per_minute is not None:
                recent = (runs.c.sent > now - 60) & (runs.c.sent <= now)
                sent = db.execute(
                    sa.select(sa.func.sum(runs.c.attempts), sa.func.min(runs.c.sent)).where(recent)
                ).one()
                if (sent[0] or 0) >= max(1, limits.requests_per_minute):
                    return max(0.05, float(sent[1]) + 60 - now)
            self._check_day(db, limits, now, ())
            db.execute(
                runs.update()
                .where(runs.c.id == run_id)
                .values(state=RunState.SENT, sent=now, attempts=runs.c.attempts + 1)
            )
        return 0.0

    def requeue(self, run_id: str, *, was_sent: bool) -> None:
        """Put a run back in the queue before another try; `was_sent` False takes the send back."""
        values: dict[str, Any] = {"state": RunState.QUEUED}
        if not was_sent:
            values["attempts"] = runs.c.attempts - 1
        self._update(run_id, **values)

    def end(self, run_id: str, state: RunState, error: PlaygroundError | None = None) -> None:
        """Close a run that has no image of its own: failed, unknown or cancelled.

        A saved run stays saved.
        """
        values: dict[str, Any] = {"state": state, "ended": self._clock()}
        if error is not None:
            values |= {
                "error_kind": type(error).__name__,
                "error_message": error.message,
                "error_hint": error.hint,
            }
        if state in _NOT_CHARGED:
            values["cost_microusd"] = 0
        if isinstance(error, errors.NotSent):
            # A try that never left is taken back; earlier ones that were turned away still count.
            left = runs.c.attempts - sa.case((runs.c.state == RunState.SENT, 1), else_=0)
            values |= {"attempts": left, "sent": sa.case((left > 0, runs.c.sent), else_=None)}
        with self._engine.begin() as db:
            unsaved = (runs.c.id == run_id) & (runs.c.state != RunState.SAVED)
            db.execute(runs.update().where(unsaved).values(**values))

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
            db.execute(runs.update().where(runs.c.id == run_id).values(values))
        self._note_restored([hit])
        return replace(hit, deleted=None)

    def save(self, record: ImageRecord, cache_key: str | None) -> None:
        """Record a stored image and close its run as saved. Doing it again changes nothing."""
        with self._engine.begin() as db:
            insert_image(db, record, cache_key)
            db.execute(
                runs.update()
                .where(runs.c.id == record.run_id)
                .values(
                    state=RunState.SAVED,
                    ended=self._clock(),
                    image_id=record.id,
                    error_kind=None,
                    error_message=None,
                    error_hint=None,
                )
            )

    def restore(self, found: Sequence[tuple[ImageRecord, str | None]]) -> None:
        """Record images (with their fingerprints) and their runs anew, as a rebuild finds them.

        Each counts in the day's budget as one send at its listed price.
        """
        with self._engine.begin() as db:
            for record, cache_key in found:
                insert_image(db, record, cache_key)
                if record.provider == IMPORT:
                    continue
                same = runs.c.id == record.run_id
                if db.scalar(sa.select(runs.c.id).where(same)) is not None:
                    continue  # an imported file may claim another one's run
                made = record.created.timestamp()
                note_prompts(db, [record.request.prompt], made)
                db.execute(
                    runs.insert().values(
                        id=record.run_id,
                        job_id=record.run_id,
                        position=0,
                        owner="",
                        provider=record.provider,
                        cache_key=cache_key,
                        state=RunState.SAVED,
                        created=made,
                        sent=made,
                        ended=made,
                        attempts=1,
                        cost_microusd=to_micro(record.price_usd or Decimal(0)),
                        cached=False,
                        image_id=record.id,
                        dismissed=False,
                        **origin_columns(record.origin, record.experiment),
                        **request_columns(record.request),
                    )
                )

    def dismiss(self, run_id: str) -> None:
        """Stop showing a run among the last results; its row stays."""
        self._update(run_id, dismissed=True)

    def run(self, run_id: str) -> RunRow | None:
        """Return one run."""
        with self._engine.begin() as db:
            return next(iter(read_runs(db, runs.c.id == run_id)), None)

    def runs_in(self, *states: RunState) -> list[RunRow]:
        """Return the runs in `states`, oldest first."""
        with self._engine.begin() as db:
            return read_runs(db, runs.c.state.in_(states))

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

    def usage(self) -> Usage:
        """Return what is used of the limits."""
        now = self._clock()
        with self._engine.begin() as db:
            recent = (runs.c.sent > now - 60) & (runs.c.sent <= now)
            minute = db.scalar(sa.select(sa.func.sum(runs.c.attempts)).where(recent)) or 0
            count, spent = today(db, now)
        return Usage(minute, count, Decimal(spent) / 1_000_000)

    def _check_day(
        self, db: sa.Connection, limits: Limits, now: float, more: Sequence[NewRun]
    ) -> None:
        if limits.requests_per_day is None and limits.dollars_per_day is None:
            return
        count, spent = today(db, now)
        opens = "The limit opens again at 00:00 UTC."
        allowed = limits.requests_per_day
        if allowed is not None and count + len(more) > allowed:
            raise OverLimit(
                f"The limit of {allowed:,} requests a day leaves {max(0, allowed - count):,},"
                f" and this needs {len(more):,}. Nothing was sent.",
                opens,
            )
        dollars = limits.dollars_per_day
        cost = sum(to_micro(run.cost_usd) for run in more)
        if dollars is not None and spent + cost > to_micro(dollars):
            left = Decimal(max(0, to_micro(dollars) - spent)) / 1_000_000
            raise OverLimit(
                f"The limit of ${dollars} a day leaves ${left:.3f},"
                f" and this needs about ${Decimal(cost) / 1_000_000:.3f}. Nothing was sent.",
                opens,
            )

    def _note_restored(self, hits: Iterable[ImageRecord]) -> None:
        back = [hit.id for hit in hits if hit.deleted is not None]
        if self._journal is not None:
            self._journal.note(self._clock(), back, Changes(deleted=False))

    @contextmanager
    def _before_sending(self) -> Iterator[sa.Connection]:
        """Yield a transaction without which nothing may be sent. Raises: NoRecord."""
        try:
            with self._engine.begin() as db:
                yield db
        except SQLAlchemyError as error:
            raise no_record() from error

    def _update(self, run_id: str, **values: Any) -> None:
        with self._engine.begin() as db:
            db.execute(runs.update().where(runs.c.id == run_id).values(**values))


def no_record() -> NoRecord:
    """Return the error for a database that cannot take what must be noted before a send."""
    return NoRecord(
        "The database cannot be written, so nothing was sent.",
        "Check that the data folder has room and may be written to, and that no other program"
        " has the database open. Then try again.",
    )
