"""Who is dead, and what becomes of what it had: straight from the tables, without waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from backend.errors import NotSent, Refused, SettingsError, Stopped
from backend.generation.budget import Cap
from backend.generation.ledger import Ledger
from backend.generation.machines import SILENT_S, UNCARRIED_S, Machines, Me
from backend.storage.run_rows import RunRow
from backend.storage.tables import machines, runs
from backend.types import RunState
from tests.cluster.ledgers import NO_LIMITS, at_once, ledgers, new, open_job

ONE, TWO, THREE = (str(n) * 32 for n in range(3))
QUEUED, SENT = RunState.QUEUED, RunState.SENT
UNKNOWN, CANCELLED, FAILED = RunState.UNKNOWN, RunState.CANCELLED, RunState.FAILED


@pytest.fixture
def engine(shared_database: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(shared_database)
    yield engine
    engine.dispose()


@pytest.fixture
def one(shared_database: str) -> Iterator[Ledger]:
    """The ledger of the machine ONE."""
    with ledgers(shared_database, 1) as (ledger,):
        yield ledger


Begin = Callable[..., Machines]


@pytest.fixture
def begin(engine: sa.Engine) -> Begin:
    """Return what lets a machine be there from now on, by its id."""

    def begin(own: str, start: str = "a" * 32, **how: Any) -> Machines:
        one = Machines(engine, Me(own, own[0], start), **how)
        one.begin()
        return one

    return begin


def silent(engine: sa.Engine, own: str, seconds: float) -> None:
    """Let the last sign of a machine be so long ago."""
    with engine.begin() as db:
        ago = machines.c.seen - seconds
        db.execute(machines.update().where(machines.c.id == own).values(seen=ago))


def of(engine: sa.Engine, rows: list[RunRow]) -> list[tuple[str, str | None]]:
    """Return state and machine of each run."""
    with engine.begin() as db:
        found = db.execute(sa.select(runs.c.id, runs.c.state, runs.c.machine)).all()
    by_id = {run.id: (run.state, run.machine) for run in found}
    return [by_id[row.id] for row in rows]


def test_what_waits_at_who_is_silent_is_taken_over_and_what_it_sent_is_in_doubt(
    one: Ledger, engine: sa.Engine, begin: Begin
) -> None:
    begin(ONE)
    other = begin(TWO)
    rows = open_job(one, new(1), new(2), new(3))
    one.begin_send(rows[0].id, NO_LIMITS)
    silent(engine, ONE, SILENT_S - 1)
    assert other.reap().dead == other.reap().jobs == []
    assert of(engine, rows) == [(SENT, ONE), (QUEUED, ONE), (QUEUED, ONE)]
    silent(engine, ONE, 2)
    found = other.reap()
    assert (found.dead, found.jobs, found.unknown) == ([ONE], [rows[0].job_id], 1)
    assert of(engine, rows) == [(UNKNOWN, ONE), (QUEUED, TWO), (QUEUED, TWO)]
    assert other.reap().jobs == []


def test_a_doubt_that_others_had_ends_where_its_machine_knows_that_nothing_was_charged(
    one: Ledger, engine: sa.Engine, begin: Begin
) -> None:
    begin(ONE)
    other = begin(TWO)
    unsent, refused, own = open_job(one, new(1), new(2), new(3))
    for row in (unsent, refused, own):
        one.begin_send(row.id, NO_LIMITS)
    silent(engine, ONE, 2 * SILENT_S)
    assert other.reap().unknown == 3
    one.end(unsent.id, FAILED, NotSent("no connection", ""))
    one.end(refused.id, FAILED, Refused("one of the values", ""))
    one.end(own.id, CANCELLED, Stopped("stopped", ""))  # that says nothing of what was sent
    assert of(engine, [unsent, refused, own]) == [(FAILED, ONE), (FAILED, ONE), (UNKNOWN, ONE)]
    with engine.begin() as db:
        kept = sa.select(runs.c.attempts, runs.c.cost_microusd, runs.c.sent.is_(None))
        told = [tuple(db.execute(kept.where(runs.c.id == row.id)).one()) for row in (unsent, own)]
    assert told == [(0, 0, True), (1, 10_000, False)]


def test_who_was_away_itself_declares_nobody_dead(
    one: Ledger, engine: sa.Engine, begin: Begin
) -> None:
    begin(ONE)
    other = begin(TWO)
    rows = open_job(one, new())
    silent(engine, ONE, 2 * SILENT_S)
    assert other.reap(judges=False).jobs == []
    assert of(engine, rows) == [(QUEUED, ONE)]


def test_each_run_is_taken_over_by_one(one: Ledger, engine: sa.Engine, begin: Begin) -> None:
    first = begin(ONE)
    both = [begin(own) for own in (TWO, THREE)]
    for n in range(20):
        open_job(one, new(n))
    first.end()
    taken = at_once(*(each.reap for each in both))
    jobs = [job for found in taken for job in found.jobs]
    assert len(jobs) == len(set(jobs)) == 20


def test_the_same_as_what_is_in_doubt_is_not_sent_unless_it_was_asked_for_anew(
    one: Ledger, engine: sa.Engine, begin: Begin
) -> None:
    first, other = begin(ONE), begin(TWO)
    (sent,) = open_job(one, new(1))
    one.begin_send(sent.id, NO_LIMITS)
    (same,), (anew,) = open_job(one, new(1)), open_job(one, new(1), anew=True)
    first.end()
    assert other.reap().unknown == 1
    assert of(engine, [sent, same, anew]) == [(UNKNOWN, ONE), (CANCELLED, ONE), (QUEUED, TWO)]


def test_what_only_its_machine_may_send_ends_unsent(
    one: Ledger, engine: sa.Engine, begin: Begin
) -> None:
    first, other = begin(ONE), begin(TWO)
    rows = open_job(one, new(), experiment="e" * 32, cap=Cap("e" * 32, 5))
    first.end()
    assert other.reap().jobs == []
    assert of(engine, rows) == [(CANCELLED, ONE)]
    nobodys = open_job(one, new(2), experiment="e" * 32, cap=Cap("e" * 32, 5))
    with engine.begin() as db:
        db.execute(runs.update().where(runs.c.id == nobodys[0].id).values(machine=None))
    assert other.reap().jobs == []


def test_what_can_be_asked_for_is_in_no_doubt_and_taken_over(
    one: Ledger, engine: sa.Engine, begin: Begin
) -> None:
    asked: list[tuple[str, str, str]] = []

    def ticket_of(run_id: str, model: str, source: str) -> str | None:
        asked.append((run_id, model, source))
        return "ours" if run_id == rows[1].id else None

    first, other = begin(ONE), begin(TWO, ticket_of=ticket_of)
    rows = open_job(one, new(1), new(2), new(3))
    for row in rows:
        one.begin_send(row.id, NO_LIMITS)
    one.note_ticket(rows[0].id, "theirs")
    first.end()
    assert other.reap().unknown == 1
    assert of(engine, rows) == [(SENT, TWO), (SENT, TWO), (UNKNOWN, ONE)]
    assert sorted(asked) == sorted((row.id, "m", "cloud.example") for row in rows[1:])
    with engine.begin() as db:
        there = db.scalars(sa.select(runs.c.ticket_json).where(runs.c.state == SENT))
        assert sorted(map(str, there)) == ["ours", "theirs"]


def test_an_orderly_end_lets_go_of_what_anybody_may_send(
    one: Ledger, engine: sa.Engine, begin: Begin
) -> None:
    first = begin(ONE)
    (free,), (stopped,) = open_job(one, new(1)), open_job(one, new(2))
    tied = open_job(one, new(3), experiment="e" * 32, cap=Cap("e" * 32, 5))[0]
    one.stop(stopped.job_id)
    assert not first.hand_over(), "there is nobody else"
    other = begin(TWO)
    assert first.hand_over()
    assert of(engine, [free, stopped, tied]) == [(QUEUED, None), (QUEUED, ONE), (QUEUED, ONE)]
    assert other.reap().jobs == [free.job_id]


def test_of_two_that_end_together_the_last_cancels_what_waits_at_both(
    one: Ledger, shared_database: str, engine: sa.Engine, begin: Begin
) -> None:
    first, other = begin(ONE), begin(TWO)
    with ledgers(shared_database, 2) as (_, two):
        rows = open_job(one, new(1)) + open_job(two, new(2))
    assert first.hand_over() and not other.hand_over()
    assert other.others() == first.others() == 0
    assert of(engine, rows) == [(CANCELLED, None), (QUEUED, TWO)]
    first.end()
    other.end()
    assert of(engine, rows) == [(CANCELLED, None), (CANCELLED, TWO)]
    assert begin(ONE, "b" * 32).reap().jobs == []


def test_what_has_ended_without_a_record_is_left_to_nobody(
    one: Ledger, engine: sa.Engine, begin: Begin
) -> None:
    first, other = begin(ONE), begin(TWO)
    (ended,), (waits,) = open_job(one, new(1)), open_job(one, new(2))
    assert first.hand_over([ended.id])
    first.end([ended.id])
    assert other.reap().jobs == [waits.job_id]
    assert of(engine, [ended, waits]) == [(CANCELLED, ONE), (QUEUED, TWO)]


def test_what_nobody_carried_for_minutes_is_cancelled_and_sent_by_nobody(
    one: Ledger, engine: sa.Engine, begin: Begin
) -> None:
    begin(ONE)
    dead, own = open_job(one, new(1)), open_job(one, new(2))
    nobodys = open_job(one, new(3))
    with engine.begin() as db:
        db.execute(runs.update().where(runs.c.id == own[0].id).values(machine=TWO))
        db.execute(runs.update().where(runs.c.id == nobodys[0].id).values(machine=None))
    begin(TWO)
    for each in (ONE, TWO):
        silent(engine, each, UNCARRIED_S + SILENT_S)
    other = begin(TWO, "b" * 32)  # its own stays, and the start cancels it
    rows = dead + own + nobodys
    assert of(engine, rows) == [(QUEUED, ONE), (QUEUED, TWO), (CANCELLED, None)]
    found = other.reap()
    assert (found.dead, found.jobs) == ([ONE], [])
    assert of(engine, dead) == [(CANCELLED, ONE)]
    with engine.begin() as db:
        hints = db.scalars(sa.select(runs.c.error_hint).where(runs.c.state == CANCELLED))
        assert set(hints) == {"Nothing was charged."}


def test_what_costs_nothing_and_was_sent_by_who_is_dead_is_lost_and_in_no_doubt(
    one: Ledger, engine: sa.Engine, begin: Begin
) -> None:
    first, other = begin(ONE), begin(TWO)
    (free,) = open_job(one, replace(new(), cost_usd=Decimal(0), free=True))
    one.begin_send(free.id, NO_LIMITS)
    first.end()
    assert other.reap().unknown == 0
    row = one.run(free.id)
    assert row is not None and row.state is RunState.FAILED
    assert "stopped before the answer came. Nothing was charged." in str(row.error)
    assert [own for own, _ in one.without_image()] == [free.id], "its image may still be stored"


def test_a_second_one_is_refused_unless_both_share_their_images(
    engine: sa.Engine, begin: Begin
) -> None:
    begin(ONE, shares=False)
    begin(ONE, "b" * 32, shares=False)  # it starts again
    for shares in (False, True):
        with pytest.raises(SettingsError, match="Set PLAYGROUND_STORE_URL"):
            begin(TWO, shares=shares)
    silent(engine, ONE, SILENT_S + 1)
    begin(TWO)
    with pytest.raises(SettingsError, match="The machine 1 works on this database"):
        begin(ONE, "c" * 32, shares=False)
    begin(ONE, "c" * 32)


def test_a_start_leaves_what_waited_at_the_last_end_but_not_what_would_be_paid_again(
    one: Ledger, engine: sa.Engine, begin: Begin
) -> None:
    begin(ONE)
    (sent,), (free,), (stopped,) = (open_job(one, new(n)) for n in range(3))
    one.begin_send(sent.id, NO_LIMITS)
    (same,) = open_job(one, new(0))
    tied = open_job(one, new(4), experiment="e" * 32, cap=Cap("e" * 32, 5))[0]
    one.stop(stopped.job_id)
    begin(ONE, "b" * 32)
    waits = (QUEUED, ONE)
    assert of(engine, [sent, free, same, tied, stopped]) == [
        (SENT, ONE),
        (QUEUED, None),
        *(waits, waits, waits),
    ]


def test_who_was_declared_dead_is_told_so_once_and_lives_again(
    engine: sa.Engine, begin: Begin
) -> None:
    first, other = begin(ONE), begin(TWO)
    assert first.sign() and other.others() == 1
    silent(engine, ONE, 2 * SILENT_S)
    assert other.others() == 0
    assert other.reap().dead == [ONE]
    assert not first.sign()
    assert first.sign() and other.others() == 1 and other.reap().dead == []


def test_the_end_of_an_earlier_start_does_not_end_the_later_one(begin: Begin) -> None:
    before, other = begin(ONE), begin(TWO)
    begin(ONE, "b" * 32)
    before.end()
    assert other.others() == 1


def test_two_that_begin_at_once_under_one_name_can_be_told_apart(engine: sa.Engine) -> None:
    both = [Machines(engine, Me(own, "box", own)) for own in (ONE, TWO)]
    at_once(*(each.begin for each in both))
    with engine.begin() as db:
        names = set(db.scalars(sa.select(machines.c.name)))
    assert len(names) == 2 and "box" in names
