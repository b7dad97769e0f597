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
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from backend.errors import NoRecord, NotSent, PlaygroundError
from backend.generation import again, budget
from backend.generation.making import making_of_run, making_text
from backend.generation.minute import Minute
from backend.generation.recorder import Recorder
from backend.generation.shared import (
    join_twin,
    moment,
    owned,
    sendable,
    waiting_in_turn,
    why_not,
)
from backend.generation.shown import DOUBTS_SHOWN, newest_doubts
from backend.generation.token import column_of, earlier_job
from backend.library.cache import newest_by_key, note_answers
from backend.library.marks import Changes
from backend.library.marks_file import MarksFile
from backend.said import msg, to_json
from backend.storage.failures import columns_of
from backend.storage.rows import note_prompts
from backend.storage.run_rows import RunRow, insert_run, read_runs
from backend.storage.scrub import overwriting
from backend.storage.tables import runs
from backend.types import OFFLINE, GenerationRequest, ImageRecord, Limits, Making, Origin, RunState

_NOTE = (
    runs.update()
    .where(runs.c.id == sa.bindparam("run"), runs.c.state == RunState.QUEUED)
    .values(state=RunState.SENT, sent=sa.bindparam("at"), attempts=runs.c.attempts + 1)
)
_NOTE_MINE = _NOTE.where(
    runs.c.machine == sa.bindparam("mine"), runs.c.stopped.is_not(True)
).values(waits_for=None, waits_until=None)
_NOT_TYPED = ("neighbour", "reproduced")
"""What is made from an image by a button: its prompt may be another than was typed once."""
_NOT_CHARGED = (RunState.FAILED, RunState.CANCELLED)


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to be recorded as queued. `cost_usd` is the listed price, 0 where unknown or `free`.

    `again_of` is the run that it tries again, `making` what its texts were made of.
    """

    id: str
    request: GenerationRequest
    cache_key: str | None
    cost_usd: Decimal
    again_of: str | None = None
    making: Making | None = None
    free: bool = False


class Ledger:
    """The book of everything sent. `clock` gives seconds since 1970.

    The file of marks is told what comes out of the trash. `on_disk` says whether an image's file
    is there: without it nothing answers from the cache. `machine` is whose runs these are where
    several share the database, see shared.py.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], float] = time.time,
        marks_file: MarksFile | None = None,
        on_disk: Callable[[ImageRecord], bool] = lambda _: True,
        machine: str | None = None,
    ) -> None:
        self._engine, self._clock, self._marks_file = engine, clock, marks_file
        self._on_disk, self.machine = on_disk, machine
        self._recorder = Recorder(engine, clock)
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
        typed: str | None = None,
        cap: budget.Cap | None = None,
        anew: bool = False,
        part: Limits | None = None,
    ) -> list[RunRow] | str:
        """Record a click's runs, answered from the cache where possible, else queued.

        `typed` stands in the history in place of their prompts; "" leaves no trace there. `cap`
        holds what the runs of this `experiment` may use: no other machine sends those. `part` is
        what the owner may use of the day. `anew` is kept, for the machine that sends them.
        Queued runs reserve their part of the day's budget. What answers from the cache comes out
        of the trash. Returns the rows in order, or the id of the owner's job with this `token`,
        which was used for what is `asked`.
        Raises: OverLimit, NoRecord, InvalidInput and its kinds; then nothing is recorded.
        """
        try:
            with self._before_sending() as db:
                # Before it is this one's turn, in which others wait: one that comes meanwhile
                # answers before the send.
                keys = [run.cache_key for run in new]
                hits = newest_by_key(db, keys, self._on_disk) if use_cache else {}
                now = moment(db, source, self._clock, None if part is None else owner)
                if token is not None and (earlier := earlier_job(db, owner, token, asked)):
                    return earlier
                places = [r.again_of and again.next_place(db, r.again_of, owner) for r in new]
                if cap is not None:
                    budget.check_cap(db, cap, limits, now, owner, len(new) - len(hits))
                if source != OFFLINE:
                    unpaid = [run for run in new if run.cache_key not in hits]
                    cost = sum((run.cost_usd for run in unpaid), Decimal(0))
                    if part is not None:
                        budget.check_part(db, part, now, owner, len(unpaid), cost)
                    budget.check_day(db, limits, now, len(unpaid), cost)
                note_answers(db, hits.values())
                written = [run.request.prompt for run in new] if typed is None else [typed]
                repeats = (origin is not None and origin.kind in _NOT_TYPED) or any(places)
                note_prompts(db, filter(None, written), now, new=not repeats)
                at = datetime.fromtimestamp(now, UTC)
                opened = []
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
                        record=replace(hit, cached=True, deleted=None) if hit else None,
                        origin=origin,
                        experiment=experiment,
                        again_of=place.of if place else None,
                        again_no=place.number if place else None,
                        anew=anew and self.machine is not None,
                        machine=self.machine,
                        free=run.free,
                    )
                    insert_run(
                        db,
                        row,
                        owner=owner,
                        token=column_of(owner, token) if token else None,
                        asked=asked,
                        cache_key=run.cache_key,
                        making_json=making_text(run.making),
                        tied=cap is not None and self.machine is not None,
                    )
                    opened.append(row)
        except NoRecord as error:
            # Two used it at once, who count apart: the other was first.
            twice = token is not None and isinstance(error.__cause__, IntegrityError)
            earlier = self.opened(owner, token, asked) if token and twice else None
            if earlier is None:
                raise
            return earlier
        self.note_restored(hits.values())
        return opened

    def opened(self, owner: str, token: str, asked: str | None) -> str | None:
        """Return the id of the owner's job with this token, if any. Raises: TokenUsed."""
        with self._engine.begin() as db:
            return earlier_job(db, owner, token, asked)

    def begin_send(self, run_id: str, limits: Limits, key: str | None = None) -> float:
        """Mark a queued run as sent and return 0, or return the seconds until it may be sent.

        Raises: OverLimit when a limit of the day was lowered meanwhile; NoRecord, also where there
        is no such run in the queue; Elsewhere if the image of this `key` has come meanwhile;
        where several machines send, also if one has sent it, TakenOver if one has this run,
        Stopped if somebody on one stopped it.
        """
        with self._before_sending() as db:
            run, now = waiting_in_turn(db, run_id, self._clock)
            if run is None:
                raise why_not(db, run_id, self.machine)
            if key is not None:
                join_twin(db, run_id, key, self.machine, now, self._on_disk)
            if run.source != OFFLINE:
                own_s = budget.own_wait_s(db, limits, now, run)
                if wait_s := max(own_s, self.wait_s(limits)):
                    return wait_s
            note = _NOTE if self.machine is None else _NOTE_MINE
            values = {"run": run_id, "at": now, "mine": self.machine}
            noted = db.execute(note, values if self.machine else {"run": run_id, "at": now})
            if noted.rowcount != 1:
                raise why_not(db, run_id, self.machine)
        if run.source != OFFLINE:
            self._minute.note(run_id, run.source)
        return 0.0

    def wait_s(self, limits: Limits, ahead: int = 0) -> float:
        """Return the seconds until the minute lets this program send once more, after `ahead`."""
        limit = limits.requests_per_minute
        if limit is None:
            return 0.0
        some = limits.only or limits.besides
        return self._minute.wait_s(max(1, limit), ahead, limits.counts if some else None)

    def requeue(self, run_id: str, *, was_sent: bool) -> None:
        """Put a sent run back in the queue before another try; `was_sent` False takes it back."""
        values: dict[str, Any] = {"state": RunState.QUEUED}
        if not was_sent:
            values["attempts"] = runs.c.attempts - 1
        mine = (runs.c.id == run_id) & owned(self.machine)
        changed = self._update(mine, runs.c.state == RunState.SENT, **values)
        if changed and not was_sent:
            self._minute.take_back(run_id)

    def stop(self, job_id: str) -> None:
        """Note that nothing more of a job is to be sent, whoever carries it out."""
        open_ones = runs.c.state.in_((RunState.QUEUED, RunState.SENT))
        self._update(runs.c.job_id == job_id, open_ones, stopped=True)

    def note_wait(self, run_id: str, waits_for: str, until: float) -> None:
        """Let other machines show why a run of this one waits, and until when."""
        values = {"waits_for": to_json(waits_for), "waits_until": until}
        self._update((runs.c.id == run_id) & owned(self.machine), **values)

    def end(self, run_id: str, state: RunState, error: PlaygroundError | None = None) -> None:
        """Close a run that has no image of its own: failed, unknown or cancelled.

        What is over stays as it ended: a run in doubt is not cancelled, a saved one stays saved. A
        doubt that others had, who took this machine for dead, ends where it knows of a failure.
        """
        open_ones = {RunState.QUEUED, RunState.SENT}
        if self.machine is not None and state is RunState.FAILED:
            open_ones.add(RunState.UNKNOWN)
        with self._engine.begin() as db:
            was = db.scalar(sa.select(runs.c.state).where(runs.c.id == run_id))
            # Doing it again is for a database that failed after it had noted the end.
            closable = runs.c.state.in_({*open_ones, state})
            values = self._ended(state, error)
            mine = (runs.c.id == run_id) & owned(self.machine)
            db.execute(runs.update().where(mine, closable).values(**values))
        if isinstance(error, NotSent) and was in (RunState.SENT, RunState.UNKNOWN):
            self._minute.take_back(run_id)

    def end_all(
        self, was: RunState, state: RunState, error: PlaygroundError, *, free: bool = False
    ) -> int:
        """Close all of this machine's runs that are in one state, as `end` does one; with `free`
        those alone that are known to cost nothing.

        Returns how many. What can still be asked for stays open.
        """
        with self._engine.begin() as db:
            values = self._ended(state, error)
            mine = (runs.c.state == was) & owned(self.machine) & runs.c.ticket_json.is_(None)
            if free:
                mine &= runs.c.free.is_(True)
            closed = db.execute(runs.update().where(mine).values(**values))
        return closed.rowcount

    def note_ticket(self, run_id: str, ticket: str | None) -> None:
        """Note how the answer to a sent run is asked for, in the words of ticket.py.

        From then on an end of the program leaves no doubt.
        """
        self._update(runs.c.id == run_id, runs.c.state == RunState.SENT, ticket_json=ticket)

    def sent(self) -> list[tuple[str, str]]:
        """Return the ids and models of this machine's sent runs that nobody can ask about yet."""
        lost = (runs.c.state == RunState.SENT) & runs.c.ticket_json.is_(None) & owned(self.machine)
        with self._engine.begin() as db:
            return [
                (row.id, row.model)
                for row in db.execute(sa.select(runs.c.id, runs.c.model).where(lost))
            ]

    def awaited(self) -> list[tuple[RunRow, str]]:
        """Return this machine's sent runs that can be asked about, oldest first, with owners."""
        waiting = (runs.c.state == RunState.SENT) & runs.c.ticket_json.is_not(None)
        waiting &= owned(self.machine)
        with self._engine.begin() as db:
            owners = dict(db.execute(sa.select(runs.c.id, runs.c.owner).where(waiting)).all())
            found = read_runs(db, waiting)
            return [(replace(run, making=making_of_run(db, run)), owners[run.id]) for run in found]

    def _ended(self, state: RunState, error: PlaygroundError | None) -> dict[str, Any]:
        values: dict[str, Any] = {"state": state, "ended": self._clock(), **self._plain}
        if error is not None:
            values |= columns_of(error)
        if state in _NOT_CHARGED:
            values |= {"cost_microusd": 0, "ticket_json": None}
        if isinstance(error, NotSent):
            # A try that never left is taken back; earlier ones that were turned away still count.
            gone = runs.c.state.in_((RunState.SENT, RunState.UNKNOWN))
            left = runs.c.attempts - sa.case((gone, 1), else_=0)
            values |= {"attempts": left, "sent": sa.case((left > 0, runs.c.sent), else_=None)}
        return values

    def answer(self, run_id: str, key: str) -> ImageRecord | None:
        """Close a run as saved and free where an image has this fingerprint; return that image."""
        with self._engine.begin() as db:
            hit = newest_by_key(db, [key], self._on_disk).get(key)
            if hit is None:
                return None
            values = {
                "state": RunState.SAVED,
                "ended": self._clock(),
                "cached": True,
                "image_id": hit.id,
                "cost_microusd": 0,
            }
            waiting = (runs.c.id == run_id) & (runs.c.state == RunState.QUEUED)
            answered = runs.update().where(waiting, sendable(self.machine)).values(values)
            if not db.execute(answered).rowcount and self.machine is not None:
                return None  # it is another's now, or was stopped: who would send it is told so
            note_answers(db, [hit])
        self.note_restored([hit])
        return replace(hit, deleted=None)

    def save(self, record: ImageRecord, cache_key: str | None) -> None:
        """Record a stored image and close its run as saved. Doing it again changes nothing."""
        self._recorder.save(record, cache_key)

    def dismiss(self, run_id: str) -> None:
        """Stop showing a run among the last results; its row stays."""
        self._update(runs.c.id == run_id, dismissed=True)

    def run(self, run_id: str) -> RunRow | None:
        """Return one run, with what its image's file is to tell of its making."""
        with self._engine.begin() as db:
            run = next(iter(read_runs(db, runs.c.id == run_id)), None)
            return run and replace(run, making=making_of_run(db, run))

    def runs_in(self, *states: RunState) -> list[RunRow]:
        """Return the runs in `states`, oldest first."""
        with self._engine.begin() as db:
            return read_runs(db, runs.c.state.in_(states))

    def without_image(self) -> list[tuple[str, datetime]]:
        """Return (id, when it was asked for) of this machine's runs whose image may have come."""
        lost = (runs.c.state == RunState.FAILED) & runs.c.free.is_(True)  # see `end_all`
        wanted = (runs.c.state.in_((RunState.SENT, RunState.UNKNOWN)) | lost) & owned(self.machine)
        with self._engine.begin() as db:
            found = db.execute(sa.select(runs.c.id, runs.c.created).where(wanted)).all()
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

    def forget_owners(self, group: str, nobody: str) -> list[str]:
        """Forget who asked for the runs of a group (their `experiment`): `nobody` did.

        Returns all that they asked for. What they cost stays.
        """
        mine = runs.c.experiment == group
        with overwriting(self._engine) as db:
            texts = db.scalars(sa.select(runs.c.prompt).where(mine, runs.c.prompt != "").distinct())
            asked = list(texts)
            db.execute(runs.update().where(mine).values(owner=nobody, token=None))
        return asked

    def usage(self, limits: Limits | None = None) -> budget.Usage:
        """Return what is used of these limits, or of all that was sent."""
        with self._engine.begin() as db:
            return budget.usage(db, self._clock(), limits or Limits())

    def note_restored(self, hits: Iterable[ImageRecord]) -> None:
        """Tell the file of marks what came out of the trash because it answered a request."""
        back = [hit.id for hit in hits if hit.deleted is not None]
        if self._marks_file is not None:
            self._marks_file.note(self._clock(), back, Changes(deleted=False))

    @property
    def _plain(self) -> dict[str, None]:
        """What a run says no more once it no longer waits, where that is kept at all."""
        return {} if self.machine is None else {"waits_for": None, "waits_until": None}

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
