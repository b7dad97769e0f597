"""All that was asked for, as a list: its order, its parts, its numbers, and what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from backend.errors import InvalidInput, NoCredit, NotSent
from backend.generation.ledger import Ledger, NewRun
from backend.generation.runs import ListedRun, Runs
from backend.storage import database
from backend.storage.run_rows import RunRow, insert_run
from backend.storage.tables import runs as table
from backend.types import GenerationRequest, Limits, RunState

NO_LIMITS = Limits()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return database.sqlite_url(tmp_path / "l.db")


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    engine = database.open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
async def runs(engine: sa.Engine, url: str) -> AsyncIterator[Runs]:
    reader = database.open_reader(url)
    runs = Runs(reader)
    yield runs
    runs.close()
    reader.dispose()


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        self.now += 1.5
        return self.now


def asked(ledger: Ledger, *prompts: str, cost: str = "0.009") -> list[RunRow]:
    new = [
        NewRun(uuid4().hex, GenerationRequest("m", prompt, {}, seed), None, Decimal(cost))
        for seed, prompt in enumerate(prompts)
    ]
    rows = ledger.open_job(
        uuid4().hex,
        new,
        owner="me",
        token=None,
        source="host",
        limits=NO_LIMITS,
        use_cache=False,
    )
    assert isinstance(rows, list)
    return rows


async def whole_list(runs: Runs, limit: int, **options: Any) -> list[ListedRun]:
    page = await runs.page(limit=limit, **options)
    found = page.runs
    while page.next:
        page = await runs.page(limit=limit, cursor=page.next, **options)
        assert 0 < len(page.runs) <= limit
        found += page.runs
    return found


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
async def test_runs_come_newest_first_each_once_however_they_are_parted(
    engine: sa.Engine, runs: Runs, limit: int
) -> None:
    ledger = Ledger(engine, Clock())
    made = [row.id for prompts in ("ab", "c", "def") for row in asked(ledger, *prompts)]
    found = await whole_list(runs, limit)
    assert [run.id for run in found] == made[::-1]


async def test_a_run_is_told_with_what_came_of_it(engine: sa.Engine, runs: Runs) -> None:
    ledger = Ledger(engine, lambda: 1_000.25)
    (row,) = asked(ledger, "a cat")
    ledger.begin_send(row.id, NO_LIMITS)
    (sent,) = (await runs.page()).runs
    assert sent == ListedRun(
        id=row.id,
        state=RunState.SENT,
        model="m",
        prompt="a cat",
        seed=0,
        created=datetime.fromtimestamp(1_000.25, UTC),
        cost_usd=Decimal("0.009"),
        attempts=1,
        error=None,
        message=None,
    )
    ledger.end(row.id, RunState.FAILED, NoCredit("Too low.", "Add credits."))
    (failed,) = (await runs.page("failed")).runs
    assert (failed.error, failed.message) == ("NoCredit", "Too low. Add credits.")
    assert (failed.cost_usd, failed.attempts) == (0, 1)


async def test_each_state_is_found_and_counted_through_all_changes(
    engine: sa.Engine, runs: Runs
) -> None:
    ledger = Ledger(engine, Clock())
    rows = asked(ledger, *"abcdefgh")
    for row in rows[:6]:
        ledger.begin_send(row.id, NO_LIMITS)
    ledger.end(rows[0].id, RunState.FAILED, NoCredit("a"))
    ledger.end(rows[1].id, RunState.UNKNOWN)
    ledger.end(rows[2].id, RunState.CANCELLED, NotSent("a"))
    ledger.requeue(rows[3].id, was_sent=True)
    ledger.dismiss(rows[1].id)  # a change of a run that is none of its state
    with engine.begin() as db:
        db.execute(table.delete().where(table.c.id == rows[7].id))
    there = Counter(run.state for run in await whole_list(runs, 3))
    assert there == {"failed": 1, "unknown": 1, "cancelled": 1, "sent": 2, "queued": 2}
    for state in RunState:
        page = await runs.page(state)
        assert len(page.runs) == page.total == there[state]
        assert {run.state for run in page.runs} <= {state}
    assert (await runs.page()).total == 7


@pytest.mark.parametrize(
    ("asked_for", "field"),
    [
        ({"state": "done"}, "state"),
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        *(
            ({"cursor": cursor}, "cursor")
            for cursor in ("x", "1", "1_a", "1_a_-1", "1_a_\u00b2", "x_a_1", "1_a/b_1", "_a_1")
        ),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(
    runs: Runs, asked_for: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await runs.page(**asked_for)
    assert caught.value.field == field and caught.value.message and caught.value.hint


def test_earlier_databases_are_counted_once(url: str) -> None:
    engine = sa.create_engine(url)
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    with engine.begin() as db:
        config.attributes["connection"] = db
        command.upgrade(config, "0002")
        for position, state in enumerate((RunState.SAVED, RunState.SAVED, RunState.UNKNOWN)):
            request = GenerationRequest("m", "a cat")
            now, nothing = datetime.now(UTC), Decimal(0)
            row = RunRow(
                uuid4().hex, "j", position, request, state, now, now, now, nothing, "", None, None
            )
            insert_run(db, row)
    engine.dispose()
    engine = database.open_engine(url)
    with engine.begin() as db:
        found = db.execute(sa.text("SELECT state, runs FROM run_counts"))
        counts = {row.state: row.runs for row in found}
    engine.dispose()
    assert counts == dict.fromkeys(RunState, 0) | {"saved": 2, "unknown": 1}


async def steps(engine: sa.Engine, runs: Runs, **asked_for: Any) -> int:
    """Return the thousands of SQLite's own steps that the answer takes."""
    counted = 0

    def step() -> int:
        nonlocal counted
        counted += 1
        return 0

    def watch(connection: Any, *_: object) -> None:
        connection.set_progress_handler(step, 100)

    sa.event.listen(engine, "checkout", watch)
    await runs.page(**asked_for)
    sa.event.remove(engine, "checkout", watch)
    return counted


async def test_a_part_costs_the_same_with_a_hundred_times_as_many_runs(
    engine: sa.Engine, url: str
) -> None:
    reader = database.open_reader(url)
    runs, ledger = Runs(reader), Ledger(engine, Clock())

    async def costs() -> list[int]:
        asked_for: list[dict[str, Any]] = []
        for state in ("", "failed"):
            first = await runs.page(state, limit=20)
            asked_for += [{"state": state}, {"state": state, "cursor": first.next}]
        return [await steps(reader, runs, limit=20, **options) for options in asked_for]

    for row in asked(ledger, *["a"] * 40):
        ledger.end(row.id, RunState.FAILED, NoCredit("a"))
    few = await costs()
    for _ in range(40):
        asked(ledger, *["a"] * 100)
    assert min(few) > 0
    assert await costs() == pytest.approx(few, abs=2)
    runs.close()
    reader.dispose()
