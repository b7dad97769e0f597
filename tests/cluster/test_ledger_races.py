"""Two machines count, send and answer at the same moment: never more than one alone would."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from backend.errors import NoRecord, Stopped
from backend.generation.ledger import Ledger
from backend.generation.shared import Elsewhere, TakenOver
from backend.storage.database import open_engine
from backend.storage.rows import insert_image
from backend.storage.run_rows import RunRow
from backend.storage.tables import runs
from backend.types import ImageRecord, Limits, RunState
from tests.cluster.ledgers import NO_LIMITS, at_once, kinds, ledgers, new, open_job

ROUNDS = 30


@pytest.fixture
def two(database_url: str) -> Iterator[tuple[Ledger, Ledger]]:
    with ledgers(database_url) as (one, other):
        yield one, other


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(database_url)
    yield engine
    engine.dispose()


def clear(engine: sa.Engine) -> None:
    with engine.begin() as db:
        db.execute(sa.text("TRUNCATE runs, images, prompts"))


def record_of(row: RunRow) -> ImageRecord:
    return ImageRecord(
        id=row.id,
        run_id=row.id,
        request=row.request,
        created=row.created,
        seconds=1.0,
        price_usd=Decimal("0.01"),
        format="png",
        width_px=8,
        height_px=8,
        sha256="0" * 64,
        source=row.source,
    )


@pytest.mark.parametrize(
    "limits", [Limits(requests_per_day=1), Limits(dollars_per_day=Decimal("0.01"))]
)
def test_two_clicks_at_once_never_pass_a_limit_of_the_day(
    two: tuple[Ledger, Ledger], engine: sa.Engine, limits: Limits
) -> None:
    for _ in range(ROUNDS):
        clear(engine)
        done = at_once(*(partial(open_job, one, new(), limits=limits) for one in two))
        assert kinds(done) == ["OverLimit", "ok"]


def test_the_limit_of_a_further_connection_counts_what_all_machines_sent_there(
    two: tuple[Ledger, Ledger], engine: sa.Engine
) -> None:
    there = "gpu.example/v1 (a1111)"
    limits = Limits(requests_per_minute=1, requests_per_day=1, only=(there,))
    for _ in range(ROUNDS):
        clear(engine)
        open_job(two[0], new(1))  # the first connection's counts for itself
        asked = partial(open_job, limits=limits, source=there, use_cache=False)
        assert kinds(at_once(*(partial(asked, one, new()) for one in two))) == ["OverLimit", "ok"]


def test_what_a_programs_key_may_use_of_the_day_is_counted_over_all_connections(
    two: tuple[Ledger, Ledger], engine: sa.Engine
) -> None:
    for _ in range(ROUNDS):
        clear(engine)
        asked = partial(open_job, part=Limits(requests_per_day=1), use_cache=False)
        pairs = zip(two, ("cloud.example", "gpu.example"), strict=True)
        done = at_once(*(partial(asked, one, new(), source=source) for one, source in pairs))
        assert kinds(done) == ["OverShare", "ok"]


@pytest.mark.parametrize(
    ("ago_s", "ticket", "joins"),
    [(1_900, None, True), (2_100, None, False), (86_400, "asked for", True)],
)
def test_the_same_request_waits_for_one_that_was_sent_while_its_answer_may_come(
    two: tuple[Ledger, Ledger],
    engine: sa.Engine,
    ago_s: float,
    ticket: str | None,
    joins: bool,
) -> None:
    (first,), (second,) = (open_job(one, new()) for one in two)
    two[0].begin_send(first.id, NO_LIMITS)
    with engine.begin() as db:
        long_ago = {"sent": runs.c.sent - ago_s, "ticket_json": ticket}
        db.execute(runs.update().where(runs.c.id == first.id).values(long_ago))
        key = db.scalar(sa.select(runs.c.cache_key).where(runs.c.id == second.id))
    with pytest.raises(Elsewhere) if joins else nullcontext():
        assert two[1].begin_send(second.id, NO_LIMITS, key) == 0


def test_two_sends_at_once_never_pass_the_minute(database_url: str, engine: sa.Engine) -> None:
    limits = Limits(requests_per_minute=1)
    for n in range(ROUNDS):
        with ledgers(database_url) as two:  # anew: each remembers its own last minute
            rows = [open_job(one, new(n + at))[0] for at, one in enumerate(two)]
            pairs = zip(two, rows, strict=True)
            waits = at_once(*(partial(one.begin_send, row.id, limits) for one, row in pairs))
        assert sorted(wait > 0 for wait in waits) == [False, True], waits
        clear(engine)


@pytest.mark.parametrize("skew_s", [-90, 90])
def test_the_databases_clock_counts_whatever_a_machines_own_says(
    database_url: str, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, skew_s: int
) -> None:
    limits, true_time = Limits(requests_per_minute=1), time.time

    def skewed() -> float:
        return true_time() + skew_s

    with ledgers(database_url, 1) as (right,):
        monkeypatch.setattr(time, "time", skewed)  # the computer's own: what a ledger goes by
        wrong = Ledger(open_engine(database_url), skewed, machine="1" * 32)
        first, second = open_job(right, new(1))[0], open_job(wrong, new(2))[0]
        assert right.begin_send(first.id, limits) == 0
        assert wrong.begin_send(second.id, limits) > 55
        assert wrong.begin_send(second.id, NO_LIMITS) == 0
        with engine.begin() as db:
            told = db.execute(sa.text("SELECT created, sent FROM runs")).all()
        assert all(abs(at - true_time()) < 30 for row in told for at in row)
        wrong.close()


def test_one_token_on_two_machines_at_once_is_one_job(two: tuple[Ledger, Ledger]) -> None:
    for n in range(ROUNDS):
        token = f"{n:032x}"
        first, second = at_once(*(partial(open_job, one, new(), token=token) for one in two))
        rows, earlier = (second, first) if isinstance(first, str) else (first, second)
        assert earlier == rows[0].job_id


def test_one_token_for_two_platforms_at_once_is_one_job(two: tuple[Ledger, Ledger]) -> None:
    """Those count apart: no lock keeps them from each other."""
    for n in range(ROUNDS):
        token = f"{n:032x}"
        done = at_once(
            partial(open_job, two[0], new(), token=token),
            partial(open_job, two[1], new(), token=token, source="other.example"),
        )
        assert sorted(type(one).__name__ for one in done) == ["list", "str"], done


def test_a_run_is_begun_by_its_machine_alone_and_once(two: tuple[Ledger, Ledger]) -> None:
    for n in range(ROUNDS):
        (row,) = open_job(two[0], new(n))
        begun = at_once(*(partial(one.begin_send, row.id, NO_LIMITS) for one in (*two, two[0])))
        assert begun.count(0.0) == 1, begun
        assert isinstance(begun[1], TakenOver)


def test_the_same_prompts_in_another_order_do_not_wait_for_each_other(
    two: tuple[Ledger, Ledger],
) -> None:
    many = [new(at, f"prompt {at}") for at in range(8)]
    for n in range(ROUNDS):
        fresh = [[replace(run, id=f"{n:030x}{at}{m}") for m, run in enumerate(many)] for at in "ab"]
        done = at_once(
            partial(open_job, two[0], *fresh[0], use_cache=False),
            # Another platform's: the account's lock does not keep them apart.
            partial(open_job, two[1], *reversed(fresh[1]), use_cache=False, source="other"),
        )
        assert kinds(done) == ["ok", "ok"], done


def test_what_another_machine_has_sent_is_waited_for_and_then_answers(
    two: tuple[Ledger, Ledger],
) -> None:
    one, other = two
    first, second = open_job(one, new())[0], open_job(other, new())[0]
    key = new().cache_key
    assert one.begin_send(first.id, NO_LIMITS, key) == 0
    with pytest.raises(Elsewhere) as waits:
        other.begin_send(second.id, NO_LIMITS, key)
    assert waits.value.run_id == first.id
    one.save(record_of(first), key)
    with pytest.raises(Elsewhere) as here:
        other.begin_send(second.id, NO_LIMITS, key)
    assert here.value.run_id is None
    answer = other.answer(second.id, str(key))
    assert answer is not None and answer.id == first.id
    saved = other.run(second.id)
    assert saved is not None and saved.state is RunState.SAVED and saved.cost_usd == 0


def test_the_same_request_begun_on_two_machines_at_once_is_sent_once(
    two: tuple[Ledger, Ledger],
) -> None:
    for n in range(ROUNDS):
        rows = [open_job(one, new(n))[0] for one in two]
        pairs = zip(two, rows, strict=True)
        begun = at_once(
            *(partial(one.begin_send, row.id, NO_LIMITS, new(n).cache_key) for one, row in pairs)
        )
        assert kinds(begun) == ["Elsewhere", "ok"]


def test_a_machine_ends_and_puts_back_its_own_runs_alone(two: tuple[Ledger, Ledger]) -> None:
    one, other = two
    (row,) = open_job(one, new())
    other.end(row.id, RunState.CANCELLED, Stopped("", ""))
    other.end_all(RunState.QUEUED, RunState.CANCELLED, Stopped("", ""))
    assert other.answer(row.id, "0" * 64) is None
    assert one.begin_send(row.id, NO_LIMITS) == 0
    other.requeue(row.id, was_sent=True)
    other.end(row.id, RunState.FAILED, NoRecord("", ""))
    found = one.run(row.id)
    assert found is not None and found.state is RunState.SENT
    assert other.without_image() == []
    assert [own for own, _ in one.without_image()] == [row.id]


def test_an_image_that_comes_after_all_overrules_the_doubt(two: tuple[Ledger, Ledger]) -> None:
    one, _ = two
    (row,) = open_job(one, new())
    one.begin_send(row.id, NO_LIMITS)
    one.end(row.id, RunState.UNKNOWN, NoRecord("", ""))
    one.save(record_of(row), None)
    found = one.run(row.id)
    assert found is not None and found.state is RunState.SAVED and found.error is None


def test_an_image_of_a_lower_number_never_shows_later(
    two: tuple[Ledger, Ledger], engine: sa.Engine
) -> None:
    """A list up to a number must not grow while others store."""
    _, other = two
    rows = [open_job(ledger, new(n))[0] for n, ledger in enumerate(two)]
    second = record_of(rows[1])  # of another day and model: no sum of both keeps it waiting
    other_model = replace(second.request, model="n")
    second = replace(second, created=second.created - timedelta(days=1), request=other_model)
    impatient = sa.create_engine(engine.url.update_query_dict({"options": "-clock_timeout=300"}))
    with engine.begin() as db:
        insert_image(db, record_of(rows[0]), None)
        with pytest.raises(OperationalError, match="lock timeout"), impatient.begin() as late:
            insert_image(late, second, None)
    impatient.dispose()
    other.save(second, None)
    with engine.begin() as db:
        order = db.execute(sa.text("SELECT id FROM images ORDER BY seq")).scalars().all()
    assert order == [row.id for row in rows]
