"""The ledger: what is recorded, answered from the cache, counted against the budget."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
import time_machine
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from backend.catalogue.params import fingerprint
from backend.errors import NoAnswer, NoRecord, OverLimit, Stopped, Unreachable
from backend.generation.budget import Usage
from backend.generation.ledger import Ledger, NewRun
from backend.generation.shared import Elsewhere
from backend.library.library import Library
from backend.storage import database
from backend.storage.run_rows import RunRow
from backend.storage.tables import metadata
from backend.types import OFFLINE, GenerationRequest, ImageRecord, Limits, RunState

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()
NO_LIMITS = Limits()


class Clock:
    now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(ledger_url: str, clock: Clock) -> Iterator[Ledger]:
    ledger = Ledger(database.open_engine(ledger_url), clock)
    yield ledger
    ledger.close()


@pytest.fixture
def library(ledger: Ledger, ledger_url: str) -> Iterator[Library]:
    engine = database.open_engine(ledger_url)
    library = Library(engine, database.open_reader(ledger_url))
    yield library
    library.close()
    engine.dispose()


def request(seed: int | None = 7, prompt: str = "a cat") -> GenerationRequest:
    return GenerationRequest("m", prompt, {"width": 512, "guidance_scale": 3.5}, seed)


def new(req: GenerationRequest | None = None, cost: str = "0.009") -> NewRun:
    req = req or request()
    return NewRun(uuid4().hex, req, fingerprint(req, "host"), Decimal(cost))


def open_job(ledger: Ledger, *runs: NewRun, limits: Limits = NO_LIMITS, **more: Any) -> Any:
    options = {"owner": "me", "token": None, "source": "host", "use_cache": True} | more
    return ledger.open_job(uuid4().hex, runs, limits=limits, **options)


def record_of(row: RunRow, **changes: Any) -> ImageRecord:
    values = {
        "id": row.id,
        "run_id": row.id,
        "request": row.request,
        "created": row.created,
        "seconds": 1.5,
        "price_usd": Decimal("0.009"),
        "format": "png",
        "width_px": 512,
        "height_px": 512,
        "sha256": "0" * 64,
        "source": "host",
    }
    return ImageRecord(**(values | changes))  # type: ignore[arg-type]


def saved(ledger: Ledger, req: GenerationRequest | None = None) -> ImageRecord:
    (row,) = open_job(ledger, new(req), use_cache=False)
    ledger.begin_send(row.id, NO_LIMITS)
    record = record_of(row)
    ledger.save(record, fingerprint(row.request, "host"))
    return record


def test_the_migrations_make_exactly_the_tables_of_the_code(ledger_url: str) -> None:
    engine = database.open_engine(ledger_url)
    with engine.connect() as db:
        ours = {"include_name": lambda name, kind, _: not str(name).startswith("images_fts")}
        assert compare_metadata(MigrationContext.configure(db, opts=ours), metadata) == []
    engine.dispose()
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == database.HEAD


def test_a_commit_reaches_the_disk_before_it_returns(tmp_path: Path) -> None:
    engine = database.open_engine(database.sqlite_url(tmp_path / "x.db"))
    with engine.connect() as db:
        assert db.scalar(sa.text("PRAGMA synchronous")) == 2  # FULL
        assert db.scalar(sa.text("PRAGMA journal_mode")) == "wal"
    engine.dispose()


def test_a_run_is_recorded_before_it_is_sent(ledger: Ledger) -> None:
    (row,) = open_job(ledger, new())
    assert row.state is RunState.QUEUED and row.sent is None
    assert ledger.begin_send(row.id, NO_LIMITS) == 0
    found = ledger.run(row.id)
    assert found is not None and found.state is RunState.SENT
    assert found.sent == datetime.fromtimestamp(NOON, UTC)
    assert found.request == row.request


def test_a_saved_request_with_a_seed_is_answered_free_and_marked(ledger: Ledger) -> None:
    first = saved(ledger)
    (again,) = open_job(ledger, new())
    assert again.state is RunState.SAVED and again.cost_usd == 0
    assert again.record is not None and again.record.id == first.id and again.record.cached


@pytest.mark.parametrize(
    "other", [request(8), request(7, "a dog"), request(None)], ids=["seed", "prompt", "no seed"]
)
def test_another_request_or_one_without_seed_is_not(
    ledger: Ledger, other: GenerationRequest
) -> None:
    saved(ledger)
    saved(ledger, request(None))
    (row,) = open_job(ledger, new(other))
    assert row.state is RunState.QUEUED


def test_anew_passes_the_cache_by(ledger: Ledger) -> None:
    saved(ledger)
    (row,) = open_job(ledger, new(), use_cache=False)
    assert row.state is RunState.QUEUED


def test_the_same_token_is_the_same_job(ledger: Ledger) -> None:
    rows = open_job(ledger, new(), new(request(8)), token="t" * 32)
    assert open_job(ledger, new(), token="t" * 32) == rows[0].job_id
    assert len(ledger.runs_in(RunState.QUEUED)) == 2


def test_saving_twice_makes_one_image(ledger: Ledger, library: Library) -> None:
    (row,) = open_job(ledger, new())
    for _ in range(2):
        ledger.save(record_of(row), "k")
    assert len(list(library.each())) == 1


def test_a_record_comes_back_as_it_went_in(ledger: Ledger, library: Library) -> None:
    record = saved(ledger, request(None, "emoji 🐈 and ' quotes"))
    assert library.image(record.id) == record


def test_below_the_limit_per_minute_a_run_waits_its_turn(ledger: Ledger, clock: Clock) -> None:
    limits = Limits(requests_per_minute=2)
    rows = open_job(ledger, *(new(request(n)) for n in range(3)))
    assert ledger.begin_send(rows[0].id, limits) == 0
    clock.now += 20
    assert ledger.begin_send(rows[1].id, limits) == 0
    assert ledger.begin_send(rows[2].id, limits) == pytest.approx(42)  # two seconds of margin
    clock.now += 42.1
    assert ledger.begin_send(rows[2].id, limits) == 0


def test_every_try_counts_and_one_that_never_left_does_not(ledger: Ledger) -> None:
    (row,) = open_job(ledger, new())
    ledger.begin_send(row.id, NO_LIMITS)
    ledger.requeue(row.id, was_sent=True)
    ledger.begin_send(row.id, NO_LIMITS)
    ledger.requeue(row.id, was_sent=False)
    ledger.begin_send(row.id, NO_LIMITS)
    ledger.end(row.id, RunState.FAILED, Unreachable("No.", ""))
    assert ledger.usage().requests_today == 1

    (other,) = open_job(ledger, new(request(8)))
    ledger.begin_send(other.id, NO_LIMITS)
    ledger.end(other.id, RunState.FAILED, Unreachable("No.", ""))
    assert ledger.usage().requests_today == 1


def test_a_batch_reserves_its_part_of_the_day_before_it_starts(ledger: Ledger) -> None:
    limits = Limits(requests_per_day=5)
    open_job(ledger, *(new(request(n)) for n in range(3)), limits=limits)
    with pytest.raises(OverLimit) as caught:
        open_job(ledger, *(new(request(n)) for n in range(10, 13)), limits=limits)
    assert "leaves 2, and this needs 3" in str(caught.value) and "00:00 UTC" in str(caught.value)
    assert len(ledger.runs_in(RunState.QUEUED)) == 3


def test_dollars_a_day_are_kept_exactly(ledger: Ledger) -> None:
    limits = Limits(dollars_per_day=Decimal("0.027"))
    open_job(ledger, *(new(request(n)) for n in range(3)), limits=limits)
    with pytest.raises(OverLimit, match=r"leaves \$0\.00, and this needs about \$0\.009"):
        open_job(ledger, new(request(9)), limits=limits)


def test_what_was_not_charged_gives_its_part_back_and_a_doubt_does_not(ledger: Ledger) -> None:
    failed, unknown, stopped = open_job(ledger, *(new(request(n)) for n in range(3)))
    for row in (failed, unknown):
        ledger.begin_send(row.id, NO_LIMITS)
    ledger.end(failed.id, RunState.FAILED, Unreachable("No.", ""))
    ledger.end(unknown.id, RunState.UNKNOWN, NoAnswer("Lost.", "Look."))
    ledger.end(stopped.id, RunState.CANCELLED, Stopped("Stopped.", ""))
    usage = ledger.usage()
    assert (usage.requests_today, usage.dollars_today) == (1, Decimal("0.009"))


def test_the_day_ends_at_midnight_utc(ledger: Ledger, clock: Clock) -> None:
    saved(ledger)
    clock.now = NOON + 12 * 3600 - 1
    assert ledger.usage().requests_today == 1
    clock.now += 1
    assert ledger.usage().requests_today == 0


def test_a_clock_set_back_does_not_give_the_budget_anew(ledger: Ledger, clock: Clock) -> None:
    saved(ledger)
    clock.now = NOON - 36 * 3600
    assert ledger.usage().requests_today == 1
    with pytest.raises(OverLimit):
        open_job(ledger, new(request(8)), limits=Limits(requests_per_day=1))


@pytest.mark.parametrize("back_s", [1, 90, 3600, 86_400 * 365])
def test_a_clock_set_back_neither_gives_the_minute_anew_nor_stops_it(
    ledger: Ledger, clock: Clock, back_s: int
) -> None:
    limits = Limits(requests_per_minute=1)
    saved(ledger)
    clock.now = NOON - back_s
    (row,) = open_job(ledger, new(request(8)))
    assert 0 < ledger.begin_send(row.id, limits) <= 62
    waited = 0.0
    while wait_s := ledger.begin_send(row.id, limits):
        clock.now += wait_s
        waited += wait_s
    assert 62 <= waited <= 3 * 62  # the clock passes the moment on the record once more


def test_a_clock_set_back_while_the_program_is_away_neither(ledger_url: str, clock: Clock) -> None:
    limits = Limits(requests_per_minute=1)
    first = Ledger(database.open_engine(ledger_url), clock)
    saved(first)
    first.close()
    clock.now = NOON - 90
    second = Ledger(database.open_engine(ledger_url), clock)
    (row,) = open_job(second, new(request(8)))
    assert 0 < second.begin_send(row.id, limits) <= 62
    clock.now += 62.1
    assert second.begin_send(row.id, limits) == 0
    second.close()


def test_a_clock_set_ahead_gives_no_second_minute(ledger_url: str) -> None:
    ledger, limits = Ledger(database.open_engine(ledger_url)), Limits(requests_per_minute=1)
    saved(ledger)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=90)):
        (row,) = open_job(ledger, new(request(8)))
        assert 0 < ledger.begin_send(row.id, limits) <= 62
    ledger.close()


def test_what_never_left_is_taken_back_from_the_minute_too(ledger: Ledger) -> None:
    limits = Limits(requests_per_minute=1)
    first, second = open_job(ledger, new(), new(request(8)))
    for close in (
        lambda: ledger.requeue(first.id, was_sent=False),
        lambda: ledger.end(first.id, RunState.FAILED, Unreachable("No.", "")),
    ):
        assert ledger.begin_send(first.id, limits) == 0
        assert ledger.begin_send(second.id, limits) > 0
        close()
    assert ledger.begin_send(second.id, limits) == 0


def test_a_run_that_was_turned_away_and_is_stopped_before_its_next_try_still_counts(
    ledger: Ledger,
) -> None:
    limits = Limits(requests_per_minute=1)
    first, second = open_job(ledger, new(), new(request(8)))
    ledger.begin_send(first.id, limits)
    ledger.requeue(first.id, was_sent=True)
    ledger.end(first.id, RunState.CANCELLED, Stopped("Stopped.", ""))
    assert ledger.begin_send(second.id, limits) > 0


def test_what_the_sample_engine_makes_counts_against_no_limit(ledger: Ledger, clock: Clock) -> None:
    limits = Limits(1, 1, Decimal("0.009"))
    for seed in range(3):
        (row,) = open_job(ledger, new(request(seed)), source=OFFLINE, limits=limits)
        assert ledger.begin_send(row.id, limits) == 0
    waits = open_job(ledger, new(request(7)), source=OFFLINE, limits=limits)
    assert ledger.usage() == Usage(0, Decimal(0))
    (row,) = open_job(ledger, new(request(8)), limits=limits)
    assert ledger.begin_send(row.id, limits) == 0
    assert ledger.begin_send(waits[0].id, limits) == 0
    with pytest.raises(OverLimit):
        open_job(ledger, new(request(9)), limits=limits)


def test_an_image_whose_file_is_gone_answers_nothing_and_an_older_one_does(
    ledger_url: str, clock: Clock
) -> None:
    there: set[str] = set()
    engine = database.open_engine(ledger_url)
    ledger = Ledger(engine, clock, None, lambda record: record.id in there)
    older, newer = saved(ledger), saved(ledger)
    there.update((older.id, newer.id))
    assert open_job(ledger, new())[0].record.id == newer.id
    there.remove(newer.id)
    assert open_job(ledger, new())[0].record.id == older.id
    there.clear()
    (row,) = open_job(ledger, new())
    assert row.state is RunState.QUEUED
    assert ledger.answer(row.id, fingerprint(row.request, "host")) is None
    ledger.close()


def test_cached_answers_cost_nothing_of_the_budget(ledger: Ledger) -> None:
    saved(ledger)
    rows = open_job(ledger, new(), limits=Limits(requests_per_day=1))
    assert rows[0].state is RunState.SAVED


def test_an_unknown_run_is_among_the_recent_until_dismissed(ledger: Ledger) -> None:
    (row,) = open_job(ledger, new(), owner="somebody else")
    ledger.begin_send(row.id, NO_LIMITS)
    ledger.end(row.id, RunState.UNKNOWN, NoAnswer("The answer was lost.", "Look."))
    (found,) = ledger.recent("me", 5)
    assert isinstance(found.error, NoAnswer) and found.error.message == "The answer was lost."
    assert found.cost_usd == Decimal("0.009")
    ledger.dismiss(row.id)
    assert ledger.recent("me", 5) == []
    assert ledger.run(row.id) is not None


def test_recent_are_the_last_jobs_whole_and_in_order(ledger: Ledger, clock: Clock) -> None:
    jobs = []
    for n in range(4):
        clock.now += 1
        jobs.append(open_job(ledger, new(request(n)), new(request(n + 10)))[0].job_id)
    found = ledger.recent("me", 2)
    assert [r.job_id for r in found] == [jobs[2], jobs[2], jobs[3], jobs[3]]
    assert [r.position for r in found] == [0, 1, 0, 1]


@pytest.mark.parametrize("end", [RunState.FAILED, RunState.UNKNOWN, RunState.CANCELLED])
@pytest.mark.parametrize("late", [RunState.FAILED, RunState.UNKNOWN, RunState.CANCELLED])
def test_a_run_that_is_over_is_neither_sent_nor_ended_in_another_way(
    ledger: Ledger, end: RunState, late: RunState
) -> None:
    (row,) = open_job(ledger, new())
    ledger.begin_send(row.id, NO_LIMITS)
    ledger.end(row.id, end, NoAnswer("lost", ""))
    before, usage = ledger.run(row.id), ledger.usage()
    with pytest.raises(NoRecord):
        ledger.begin_send(row.id, NO_LIMITS)
    ledger.requeue(row.id, was_sent=False)
    if late is not end:
        ledger.end(row.id, late)
    after = ledger.run(row.id)
    assert before is not None and after is not None
    assert (after.state, after.cost_usd, after.sent) == (end, before.cost_usd, before.sent)
    assert ledger.usage() == usage


def test_nothing_is_sent_that_has_no_record(ledger: Ledger) -> None:
    with pytest.raises(NoRecord, match="gone or closed, so nothing was sent"):
        ledger.begin_send(uuid4().hex, NO_LIMITS)


def test_what_has_come_since_the_click_is_not_sent(ledger: Ledger) -> None:
    (one,), (twin,) = open_job(ledger, new()), open_job(ledger, new())
    key = new().cache_key
    assert key is not None
    ledger.begin_send(one.id, NO_LIMITS, key)
    ledger.save(record_of(one), key)
    with pytest.raises(Elsewhere):
        ledger.begin_send(twin.id, NO_LIMITS, key)
    assert ledger.answer(twin.id, key) is not None
    assert {run.id for run in ledger.runs_in(RunState.SAVED)} == {one.id, twin.id}
