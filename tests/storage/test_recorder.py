"""Images that come at once are recorded in one transaction, and each as if it had come alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, StatementError

from backend.generation.ledger import Ledger
from backend.library.library import Library
from backend.storage import database
from backend.storage.tables import quarters
from backend.types import ImageRecord, RunState
from tests.storage.test_ledger import (
    NO_LIMITS,
    Clock,
    new,
    open_job,
    record_of,
    request,
)
from tests.storage.test_ledger import clock as clock
from tests.storage.test_ledger import library as library

WAITING_S = 20.0


class Held:
    """Runs calls so that all but the first wait for its transaction; counts the commits since."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine, self._opened = engine, threading.Event()
        self._began, self._holding = threading.Event(), False
        self.commits = 0
        sa.event.listen(engine, "before_cursor_execute", self._wait)
        sa.event.listen(engine, "commit", self._count)

    def _wait(self, _db: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if self._holding and statement.lstrip().startswith("UPDATE runs"):
            self._holding = False
            self._began.set()
            assert self._opened.wait(WAITING_S)

    def _count(self, _db: Any) -> None:
        self.commits += 1

    def together(
        self, first: Callable[[], None], *others: Callable[[], None]
    ) -> list[Future[None]]:
        self.commits, self._holding = 0, True
        arrived = threading.Barrier(len(others) + 1)

        def after(call: Callable[[], None]) -> None:
            arrived.wait(WAITING_S)
            call()

        with ThreadPoolExecutor(len(others) + 1) as pool:
            calls = [pool.submit(first)]
            assert self._began.wait(WAITING_S)
            calls += [pool.submit(after, call) for call in others]
            arrived.wait(WAITING_S)
            threading.Event().wait(0.3)  # all of them stand in line
            self._opened.set()
        return calls


@pytest.fixture
def engine(ledger_url: str) -> sa.Engine:
    return database.open_engine(ledger_url)


@pytest.fixture
def ledger(engine: sa.Engine, clock: Clock) -> Iterator[Ledger]:
    ledger = Ledger(engine, clock)
    yield ledger
    ledger.close()


@pytest.fixture
def held(engine: sa.Engine, ledger: Ledger) -> Held:
    return Held(engine)


def sent(ledger: Ledger, count: int) -> list[ImageRecord]:
    """Return what has come of so many runs that were sent."""
    rows = open_job(ledger, *(new(request(seed)) for seed in range(count)))
    for row in rows:
        ledger.begin_send(row.id, NO_LIMITS)
    return [record_of(row) for row in rows]


def saves(ledger: Ledger, records: list[ImageRecord]) -> list[Callable[[], None]]:
    return [lambda record=record: ledger.save(record, record.id) for record in records]  # type: ignore[misc]


def counted(engine: sa.Engine) -> int:
    """Return how many images the sums of all days have."""
    with engine.begin() as db:
        return int(db.scalar(sa.select(sa.func.sum(quarters.c.images))) or 0)


def test_what_comes_while_one_is_recorded_is_recorded_in_one_transaction(
    ledger: Ledger, library: Library, engine: sa.Engine, held: Held
) -> None:
    records = sent(ledger, 9)
    for call in held.together(*saves(ledger, records)):
        call.result()
    assert held.commits == 2
    assert len(library.records([record.id for record in records])) == 9
    assert [run.state for run in ledger.runs_in(RunState.SAVED)] == [RunState.SAVED] * 9
    assert counted(engine) == 9


def test_an_image_that_was_recorded_before_is_counted_once_among_others(
    ledger: Ledger, engine: sa.Engine, held: Held
) -> None:
    records = sent(ledger, 5)
    ledger.save(records[2], records[2].id)
    for call in held.together(*saves(ledger, records)):
        call.result()
    assert counted(engine) == 5


def test_an_image_with_tags_keeps_them_among_others(
    ledger: Ledger, library: Library, engine: sa.Engine, held: Held
) -> None:
    first, tagged, *others = sent(ledger, 5)
    for call in held.together(*saves(ledger, [first, replace(tagged, tags=("sky",)), *others])):
        call.result()
    found = library.image(tagged.id)
    assert found is not None and found.tags == ("sky",)
    assert counted(engine) == 5


def test_one_that_cannot_be_recorded_fails_alone(
    ledger: Ledger, engine: sa.Engine, held: Held
) -> None:
    first, bad, *others = sent(ledger, 5)
    without = replace(bad, sha256=None)  # type: ignore[arg-type]
    calls = held.together(*saves(ledger, [first, without, *others]))
    failed = [call.exception() for call in calls]
    assert isinstance(failed[1], IntegrityError | StatementError)
    assert failed[0] is None
    assert failed[2:] == [None] * 3
    assert {run.id for run in ledger.runs_in(RunState.SENT)} == {bad.run_id}
    assert counted(engine) == 4
