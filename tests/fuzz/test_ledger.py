"""Any order of sends, answers, stops, restarts and midnights: the book of sends stays true.

A second, simple book is kept beside the ledger: a list of what left. After each step the database,
read by itself, must say the same.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from backend.errors import NoAnswer, NoRecord, OverLimit, Refused, Stopped, Unreachable
from backend.generation.ledger import Ledger, NewRun
from backend.generation.saving import Saver
from backend.providers import PROVIDERS
from backend.storage.database import open_engine, sqlite_url
from backend.storage.folder import LocalStore
from backend.types import GenerationRequest, ImageRecord, Limits, RunState
from backend.upkeep.recovery import recover
from tests.examples import EXAMPLES

DAY_S = 86_400
EVENING = datetime(2026, 11, 28, 23, 58, tzinfo=UTC).timestamp()
QUEUED, SENT, SAVED = RunState.QUEUED, RunState.SENT, RunState.SAVED
FAILED, UNKNOWN, CANCELLED = RunState.FAILED, RunState.UNKNOWN, RunState.CANCELLED

ALLOWED = {
    QUEUED: {SENT, FAILED, CANCELLED},
    SENT: {QUEUED, SAVED, FAILED, UNKNOWN},
    UNKNOWN: {SAVED},  # a start found its image after all
    SAVED: set(),
    FAILED: set(),
    CANCELLED: set(),
}
"""How a run may move on (SECURITY.md and the README's promises: what is over stays over)."""


@dataclass
class Run:
    """What is known of a run from outside: what it costs, when it left, how it ended."""

    id: str
    price: Decimal
    state: RunState = QUEUED
    left: list[float] = field(default_factory=list)
    noted: float = 0.0  # when it was last to leave: counted on that day, whether or not it did
    dismissed: bool = False

    @property
    def attempts(self) -> int:
        return len(self.left)

    @property
    def cost(self) -> Decimal:
        return Decimal(0) if self.state in (FAILED, CANCELLED) else self.price


@cache
def empty_database() -> Path:
    """Return a database with all tables, to copy: making them takes longer than a whole walk."""
    path = Path(tempfile.mkdtemp(prefix="playground-fuzz-")) / "empty.db"
    open_engine(sqlite_url(path)).dispose()
    return path


prices = st.sampled_from([Decimal(0), Decimal("0.003"), Decimal("0.009"), Decimal("0.25")])
limits = st.builds(
    Limits,
    st.sampled_from([None, 1, 2, 5]),
    st.sampled_from([None, 1, 3, 8]),
    st.sampled_from([None, Decimal("0.02"), Decimal("0.5")]),
)


class Book(RuleBasedStateMachine):
    """A ledger and its data folder, and beside it what the outside world saw."""

    runs = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="playground-fuzz-"))
        shutil.copyfile(empty_database(), self.folder / "playground.db")
        self.now = EVENING
        self.seen: dict[str, Run] = {}
        self.rows: dict[str, dict[str, Any]] = {}
        self.limits = Limits()
        self.open()

    def open(self) -> None:
        self.store = LocalStore(self.folder / "data")
        engine = open_engine(sqlite_url(self.folder / "playground.db"))
        self.ledger = Ledger(engine, lambda: self.now)

    def close(self) -> None:
        self.ledger.close()
        self.store.close()

    def teardown(self) -> None:
        self.close()
        shutil.rmtree(self.folder)

    def within(self, since: float) -> int:
        """Return how many requests left after `since`, as the platform counts them."""
        return sum(at > since for run in self.seen.values() for at in run.left)

    def today(self) -> tuple[int, Decimal]:
        """Return today's requests and dollars, sent or reserved, by this book."""
        since = self.now // DAY_S * DAY_S
        runs = self.seen.values()
        counted = [run for run in runs if run.state is QUEUED or run.noted >= since]
        requests = sum(run.attempts + (run.state is QUEUED) for run in counted)
        return requests, sum((run.cost for run in counted), Decimal(0))

    # --- what happens ---------------------------------------------------------------------------

    @initialize(limits=limits)
    def first_limits(self, limits: Limits) -> None:
        self.limits = limits

    @rule(limits=limits)
    def other_limits(self, limits: Limits) -> None:
        self.limits = limits

    @rule(target=runs, costs=st.lists(prices, min_size=1, max_size=3))
    def click(self, costs: Sequence[Decimal]) -> Any:
        ids = [UUID(int=len(self.seen) + n).hex for n in range(len(costs))]
        new = [
            NewRun(run_id, GenerationRequest("m", "a fox", {}, None), None, price)
            for run_id, price in zip(ids, costs, strict=True)
        ]
        before, spent = self.today()
        allowed, dollars = self.limits.requests_per_day, self.limits.dollars_per_day
        fits = (allowed is None or before + len(new) <= allowed) and (
            dollars is None or spent + sum(costs, Decimal(0)) <= dollars
        )
        try:
            self.ledger.open_job(
                UUID(int=2**64 + len(self.seen)).hex,
                new,
                owner="me",
                token=None,
                source="host",
                limits=self.limits,
                use_cache=True,
            )
        except OverLimit:
            assert not fits, "what the limits hold was refused"
            return multiple()
        assert fits, "more was reserved than the limits allow"
        self.seen |= {run_id: Run(run_id, cost) for run_id, cost in zip(ids, costs, strict=True)}
        return multiple(*ids)

    @rule(run_id=runs)
    def send(self, run_id: str) -> None:
        run = self.seen[run_id]
        if run.state is not QUEUED:
            return
        try:
            wait_s = self.ledger.begin_send(run_id, self.limits)
        except OverLimit:
            return
        if wait_s:
            assert wait_s <= 62 and self.limits.requests_per_minute is not None
            return
        run.state = SENT
        run.left.append(self.now)
        run.noted = self.now
        minute, day = self.limits.requests_per_minute, self.limits.requests_per_day
        assert minute is None or self.within(self.now - 61.9) <= minute, "too many a minute"
        today = self.within(self.now // DAY_S * DAY_S - 1e-6)
        assert day is None or today <= day, "too many a day"
        since, dollars = self.now // DAY_S * DAY_S, self.limits.dollars_per_day
        gone = (r.cost for r in self.seen.values() if r.state is not QUEUED and r.noted >= since)
        assert dollars is None or sum(gone, Decimal(0)) <= dollars, "too much a day"

    @rule(run_id=runs)
    def image_comes(self, run_id: str) -> None:
        run = self.seen[run_id]
        if run.state is SENT:
            self.ledger.save(record_of(run_id, self.now), None)
            run.state = SAVED

    @rule(run_id=runs, waits=st.booleans())
    def turned_away(self, run_id: str, waits: bool) -> None:
        run = self.seen[run_id]
        if run.state is SENT and waits:
            self.ledger.requeue(run_id, was_sent=True)
            run.state = QUEUED
        elif run.state is SENT:
            self.ledger.end(run_id, FAILED, Refused("no", "Nothing was charged."))
            run.state = FAILED

    @rule(run_id=runs, waits=st.booleans())
    def never_left(self, run_id: str, waits: bool) -> None:
        run = self.seen[run_id]
        if run.state is not SENT:
            return
        run.left.pop()
        if waits:
            self.ledger.requeue(run_id, was_sent=False)
        else:
            self.ledger.end(run_id, FAILED, Unreachable("nobody", ""))
            run.noted = run.noted if run.left else 0.0
        run.state = QUEUED if waits else FAILED

    @rule(run_id=runs)
    def answer_is_lost(self, run_id: str) -> None:
        run = self.seen[run_id]
        if run.state is SENT:
            self.ledger.end(run_id, UNKNOWN, NoAnswer("lost", ""))
            run.state = UNKNOWN

    @rule(run_id=runs)
    def stop(self, run_id: str) -> None:
        run = self.seen[run_id]
        if run.state is QUEUED:
            self.ledger.end(run_id, CANCELLED, Stopped("stopped", ""))
            run.noted = run.noted if run.left else 0.0
            run.state = CANCELLED

    @rule(run_id=runs)
    def put_away(self, run_id: str) -> None:
        self.ledger.dismiss(run_id)
        self.seen[run_id].dismissed = True

    @rule(run_id=runs, state=st.sampled_from([FAILED, UNKNOWN, CANCELLED, QUEUED, SENT]))
    def too_late(self, run_id: str, state: RunState) -> None:
        """Somebody else moves on what is over: a second program, a task that was slow."""
        if self.seen[run_id].state in (QUEUED, SENT):
            return
        if state is SENT:
            with suppress(NoRecord, OverLimit):
                assert self.ledger.begin_send(run_id, self.limits) > 0, "sent what is over"
        elif state is QUEUED:
            self.ledger.requeue(run_id, was_sent=False)
        else:
            self.ledger.end(run_id, state, NoAnswer("late", "") if state is UNKNOWN else None)

    @rule(seconds=st.one_of(st.integers(0, 90), st.sampled_from([60, 61, 120, DAY_S])))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def midnight_passes(self) -> None:
        self.now = (self.now // DAY_S + 1) * DAY_S

    @rule()
    def program_restarts(self) -> None:
        self.close()
        self.open()
        recover(self.store, self.ledger, Saver(self.store, self.ledger, {}), PROVIDER)
        for run in self.seen.values():
            if run.state is QUEUED and not run.left:
                run.noted = 0.0
            run.state = {SENT: UNKNOWN, QUEUED: CANCELLED}.get(run.state, run.state)

    # --- what holds after each step -------------------------------------------------------------

    @invariant()
    def every_run_has_the_row_that_it_should_have(self) -> None:
        with closing(sqlite3.connect(self.folder / "playground.db")) as db:
            db.row_factory = sqlite3.Row
            rows = {row["id"]: dict(row) for row in db.execute("SELECT * FROM runs")}
        assert rows.keys() == self.seen.keys()
        for run_id, row in rows.items():
            run = self.seen[run_id]
            assert (row["state"], row["attempts"]) == (run.state, run.attempts)
            assert row["cost_microusd"] == int(run.cost * 1_000_000)
            assert row["dismissed"] == run.dismissed
            assert bool(row["error_kind"]) == (run.state in (FAILED, UNKNOWN, CANCELLED))
            before = RunState(self.rows.get(run_id, row)["state"])
            assert run.state is before or run.state in ALLOWED[before], "it moved as none may"
        self.rows = rows

    @invariant()
    def what_is_used_of_the_day_is_what_the_rows_say(self) -> None:
        usage = self.ledger.usage()
        assert (usage.requests_today, usage.dollars_today) == self.today()

    @invariant()
    def doubt_stays_in_sight_until_it_is_put_away(self) -> None:
        shown = {row.id for row in self.ledger.recent("somebody else", 12)}
        doubts = {r.id for r in self.seen.values() if r.state is UNKNOWN and not r.dismissed}
        assert shown == doubts


PROVIDER = next(iter(PROVIDERS.values()))


def record_of(run_id: str, now: float) -> ImageRecord:
    return ImageRecord(
        id=run_id,
        run_id=run_id,
        request=GenerationRequest("m", "a fox", {}, None),
        created=datetime.fromtimestamp(now, UTC),
        seconds=1.5,
        price_usd=None,
        format="png",
        width_px=8,
        height_px=8,
        sha256="0" * 64,
        source="host",
    )


TestBook = Book.TestCase
# A walk takes as long as some fifty examples of the others.
TestBook.settings = settings(max_examples=max(15, EXAMPLES // 20), stateful_step_count=40)
