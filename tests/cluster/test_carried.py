"""Every run is carried by one machine, until it has ended there, or is another's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from backend.errors import NoRecord
from backend.generation import fleet
from backend.generation.bells import Bells
from backend.generation.jobs import Job
from backend.generation.ledger import Ledger, NewRun
from backend.generation.machines import Machines, Me
from backend.generation.ticket import text_of
from backend.storage import postgres
from backend.storage.image_files.store_url import StoreUrl
from backend.storage.machine_file import own_id
from backend.storage.tables import machines, runs
from backend.types import GenerationRequest, RunState, Ticket, WireCall
from tests.cluster.ledgers import NO_LIMITS, ledgers, new, open_job
from tests.cluster.studios import FLUX, ME, OpenMachine, click, opener, seen_on, states
from tests.http.faults import FaultServer, good, held, status
from tests.storage.clock import until
from tests.storage.queued import Queued, QueueServer, done

SAVED, QUEUED, SENT = RunState.SAVED, RunState.QUEUED, RunState.SENT
FAILED, CANCELLED = RunState.FAILED, RunState.CANCELLED


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked often for what nobody carries."""
    monkeypatch.setattr(fleet, "LOOK_S", 0.1)
    monkeypatch.setattr(fleet, "OWN_S", 0.2)


def recorded(engine: sa.Engine) -> list[str]:
    with engine.begin() as db:
        return list(db.scalars(sa.select(runs.c.state).order_by(runs.c.created, runs.c.position)))


def without_runs(engine: sa.Engine, *, away: bool) -> None:
    """Let the database take nothing about runs, or again."""
    names = ("runs", "runs_away") if away else ("runs_away", "runs")
    with engine.begin() as db:
        db.execute(sa.text("ALTER TABLE {} RENAME TO {}".format(*names)))


async def test_what_was_refused_while_the_database_was_away_is_sent_by_nobody_later(
    open_machine: OpenMachine, server: FaultServer, engine: sa.Engine
) -> None:
    server.script(status(429, retry_after="1"))
    async with open_machine("two"):
        async with open_machine("one") as one:
            job = await click(one)
            await until(lambda: job.runs[0].waits_until)
            without_runs(engine, away=True)
            await refused(job)
            without_runs(engine, away=False)
        assert recorded(engine) == [FAILED]
    assert server.posts == 1


async def refused(job: Job) -> None:
    await until(lambda: states(job) == [FAILED])
    assert isinstance(job.runs[0].error, NoRecord)


async def test_the_end_is_recorded_once_the_database_is_back(
    open_machine: OpenMachine, server: FaultServer, engine: sa.Engine
) -> None:
    server.script(status(429, retry_after="1"))
    async with open_machine("one") as one:
        job = await click(one)
        await until(lambda: job.runs[0].waits_until)
        without_runs(engine, away=True)
        await refused(job)
        without_runs(engine, away=False)
        await until(lambda: recorded(engine) == [FAILED])


async def test_a_click_that_was_refused_and_recorded_all_the_same_is_sent_by_nobody(
    open_machine: OpenMachine,
    server: FaultServer,
    engine: sa.Engine,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_one = Ledger.open_job

    def lost(*asked: Any, **how: Any) -> Any:
        open_one(*asked, **how)
        raise NoRecord("The answer of the database was lost.")

    async with open_machine("one") as one:
        monkeypatch.setattr(Ledger, "open_job", lost)
        with pytest.raises(NoRecord):
            await click(one)
        await until(lambda: recorded(engine) == [FAILED])
    assert server.posts == 0


async def test_a_stop_while_the_database_is_away_is_passed_on_once_it_is_back(
    open_machine: OpenMachine,
    server: FaultServer,
    engine: sa.Engine,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.script(*[held(good())] * 2)
    async with open_machine("one") as one, open_machine("two") as two:
        job = await click(one, 4)
        await until(lambda: server.posts == 2)
        other = await seen_on(two, job)
        without_runs(engine, away=True)
        other.stop()
        await until(lambda: "not told yet" in caplog.text)
        without_runs(engine, away=False)
        async with asyncio.timeout(10):
            await until(lambda: states(job).count(CANCELLED) == 2)
        server.release()
        await asyncio.wait_for(job.wait(), 10)
    assert server.posts == 2


async def test_machines_that_end_together_cancel_what_waits_and_no_later_start_sends_it(
    open_machine: OpenMachine, server: FaultServer, engine: sa.Engine
) -> None:
    server.script(*[held(good())] * 4)
    async with AsyncExitStack() as one_ends, AsyncExitStack() as two_ends:
        one = await one_ends.enter_async_context(open_machine("one"))
        two = await two_ends.enter_async_context(open_machine("two"))
        await click(one, 4)
        await click(two, 4, seed=100)
        await until(lambda: server.posts == 4)
        ends = [asyncio.ensure_future(each.aclose()) for each in (one_ends, two_ends)]
        await until(lambda: recorded(engine).count(QUEUED) == 0)
        server.release()
        await asyncio.gather(*ends)
    assert sorted(recorded(engine)) == [CANCELLED] * 4 + [SAVED] * 4
    async with open_machine("one") as one:
        assert one.fleet is not None and not one.jobs.under_way
    assert server.posts == 4


async def test_what_is_carried_here_is_not_taken_up_once_more(
    open_machine: OpenMachine, server: FaultServer, tmp_path: Path
) -> None:
    server.script(*[held(good())] * 2)
    async with open_machine("one") as one:
        job = await click(one, 4)
        await until(lambda: server.posts == 2)
        assert await one.jobs.take_up(job.id, one.account, own_id(tmp_path / "one")) is None
        server.release()
        await asyncio.wait_for(job.wait(), 10)
        assert states(job) == [SAVED] * 4
        assert await one.jobs.take_up(job.id, one.account, own_id(tmp_path / "one")) is None
    assert server.posts == 4


async def test_a_run_that_came_to_this_machine_unheard_is_carried_out(
    open_machine: OpenMachine, server: FaultServer, tmp_path: Path, database_url: str, quick: None
) -> None:
    async with open_machine("one") as one:
        source = one.account.of(FLUX).connection.source
        request = GenerationRequest(FLUX, "a cat", {"width": 256, "height": 256}, 1)
        with ledgers(database_url, 1) as (ledger,):
            ledger.machine = own_id(tmp_path / "one")
            run = NewRun("f" * 32, request, None, new().cost_usd)
            (row,) = open_job(ledger, run, source=source, owner=ME)
            async with asyncio.timeout(10):
                while (job := await one.jobs.find(row.job_id, ME)) is None:
                    await asyncio.sleep(0.05)
                await job.wait()
        assert states(job) == [SAVED]
    assert server.posts == 1


async def test_jobs_that_could_not_be_taken_up_are_at_the_next_look(
    database_url: str, engine: sa.Engine, with_tables: str, quick: None
) -> None:
    with ledgers(database_url, 1) as (ledger,):
        jobs = {open_job(ledger, new(n))[0].job_id for n in range(3)}
    one, two = (Machines(engine, Me(str(n) * 32, str(n), "a" * 32)) for n in range(2))
    one.begin()
    two.begin()
    one.end()
    taken: list[str] = []

    async def take_up(job_id: str) -> None:
        taken.append(job_id)
        if len(taken) == 2:
            raise OperationalError("", {}, Exception("the database was restarted"))

    def stop(_: str) -> None:
        pass

    other = fleet.Fleet(engine, two, Bells(), take_up, stop, lambda: False, frozenset)
    await other.begin()
    try:
        await until(lambda: len(set(taken)) == 3)
        assert set(taken) == jobs and taken[1] == taken[2]
    finally:
        await other.close(())


async def test_a_job_of_which_another_machine_sent_the_rest_ends_where_it_is_asked_for(
    tmp_path: Path, database_url: str, engine: sa.Engine, store: StoreUrl
) -> None:
    async with QueueServer() as server:
        open_machine = opener(tmp_path, server, database_url, store_url=store, provider=Queued())
        async with open_machine("one") as one:
            source = one.account.of(FLUX).connection.source
        asked = [
            NewRun(
                str(n) * 32,
                GenerationRequest(FLUX, f"cat {n}", {"width": 256, "height": 256}, n),
                None,
                new().cost_usd,
            )
            for n in range(2)
        ]
        with ledgers(database_url, 1) as (ledger,):
            ledger.machine = own_id(tmp_path / "one")
            rows = open_job(ledger, *asked, source=source, owner=ME)
            ledger.begin_send(rows[0].id, NO_LIMITS)
            ledger.note_ticket(rows[0].id, text_of(Ticket(WireCall("GET", "/jobs/1"))))
            killed = {"ended": None, "leaving": None, "seen": postgres.now}
            with engine.begin() as db:  # and what waited there was let go of
                db.execute(machines.update().values(killed))
                db.execute(runs.update().where(runs.c.id == rows[1].id).values(machine=None))
            async with open_machine("two"):
                await until(lambda: server.makes == 1)
                async with open_machine("one") as one:
                    job = one.jobs.job(rows[0].job_id)
                    assert job is not None and states(job)[0] is SENT
                    server.about.extend([done(), done()])
                    async with asyncio.timeout(15):
                        await job.wait()
                    assert states(job) == [SAVED, SAVED]
        assert server.makes == 1
