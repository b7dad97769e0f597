"""Two machines in one process: each a studio with a folder, on one PostgreSQL and one platform."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import sqlalchemy as sa

from backend.errors import Interrupted
from backend.types import RunState
from tests.cluster.studios import (
    ME,
    OpenMachine,
    click,
    experiment,
    seen_on,
    silence,
    states,
)
from tests.http.faults import FaultServer, good, held, status
from tests.storage.clock import until

SAVED, QUEUED, SENT = RunState.SAVED, RunState.QUEUED, RunState.SENT
UNKNOWN, CANCELLED = RunState.UNKNOWN, RunState.CANCELLED


async def test_any_machine_shows_and_follows_a_job(
    open_machine: OpenMachine, server: FaultServer
) -> None:
    server.script(held(good()), held(good()))
    async with open_machine("one") as one, open_machine("two") as two:
        job = await click(one, 3)
        await until(lambda: server.posts == 2)
        other = await seen_on(two, job)
        assert states(other) == [SENT, SENT, QUEUED]
        (listed,) = await two.jobs.recent(ME)
        assert listed is other and [one.id for one in await two.jobs.live(ME)] == [job.id]
        assert await two.jobs.find(job.id, "b" * 32) is None
        server.release()
        await asyncio.wait_for(job.wait(), 10)
        shown = await asyncio.wait_for(other.wait(), 3)
        assert states(other) == [SAVED] * 3
        assert [r.record and r.record.id for r in shown] == [
            r.record and r.record.id for r in job.runs
        ]


async def test_stop_on_another_machine_ends_what_was_not_sent(
    open_machine: OpenMachine, server: FaultServer
) -> None:
    server.script(held(good()), held(good()))
    async with open_machine("one") as one, open_machine("two") as two:
        job = await click(one, 8)
        await until(lambda: server.posts == 2)
        (other,) = await two.jobs.live(ME)
        async with asyncio.timeout(2):
            other.stop()
            await until(lambda: states(job).count(CANCELLED) == 6)
        server.release()
        await asyncio.wait_for(asyncio.gather(job.wait(), other.wait()), 10)
        assert states(other) == states(job) == [SAVED] * 2 + [CANCELLED] * 6
        assert [run.after_stop for run in other.runs] == [True] * 2 + [False] * 6
    assert server.posts == 2


async def test_why_a_run_waits_is_shown_elsewhere(
    open_machine: OpenMachine, server: FaultServer
) -> None:
    limits = {"requests_per_minute": 1}
    async with open_machine("one", **limits) as one, open_machine("two", **limits) as two:
        job = await click(one, 2)
        await until(lambda: job.runs[1].waits_until)
        other = await seen_on(two, job)
        await until(lambda: other.runs[1].waits_until)
        assert other.runs[1].waits_for == "The limit is 1 request a minute."
        other.stop()
        await asyncio.wait_for(job.wait(), 10)


async def test_a_token_used_on_both_is_one_job(
    open_machine: OpenMachine, server: FaultServer
) -> None:
    async with open_machine("one") as one, open_machine("two") as two:
        first, second = await asyncio.gather(
            *(click(studio, 2, token="c" * 32, seeds_drawn=True) for studio in (one, two))
        )
        assert first.id == second.id
        await asyncio.wait_for(asyncio.gather(first.wait(), second.wait()), 10)
        assert states(first) == states(second) == [SAVED] * 2
    assert server.posts == 2


async def test_the_failure_of_a_twin_is_told_to_who_waits_for_it(
    open_machine: OpenMachine, server: FaultServer
) -> None:
    server.script(held(status(402)), held(status(402)))
    async with open_machine("one") as one, open_machine("two") as two:
        first = await click(one)
        await until(lambda: server.posts == 1)
        second = await click(two)
        await asyncio.sleep(1.2)
        server.release()
        await asyncio.wait_for(asyncio.gather(first.wait(), second.wait()), 10)
        assert states(first) == states(second) == [RunState.FAILED]
        assert str(first.runs[0].error) == str(second.runs[0].error)
    assert server.posts == 1


async def test_of_a_dead_machine_what_was_sent_is_in_doubt_and_the_rest_is_sent_by_another(
    open_machine: OpenMachine, server: FaultServer, soon_dead: None
) -> None:
    server.script(held(good()), held(good()))
    async with open_machine("one") as one, open_machine("two") as two:
        job = await click(one, 4)
        await until(lambda: server.posts == 2)
        other = await seen_on(two, job)
        await silence(one)
        await until(lambda: states(other) == [UNKNOWN, UNKNOWN, SAVED, SAVED])
        error = other.runs[0].error
        assert isinstance(error, Interrupted)
        assert "stopped before the answer came. This may have been charged." in str(error)
        assert server.posts == 4
        # It was frozen only: it finds out, sends none of them, and stores what it still receives.
        server.release()
        await asyncio.wait_for(job.wait(), 10)
        assert states(job) == [SAVED] * 4
        (shown,) = await two.jobs.recent(ME)
        assert states(shown) == [SAVED] * 4
    assert server.posts == 4


async def test_an_orderly_end_hands_over_at_once(
    open_machine: OpenMachine, server: FaultServer
) -> None:
    server.script(held(good()), held(good()))
    async with open_machine("two") as two:
        async with open_machine("one") as one:
            job = await click(one, 5)
            await until(lambda: server.posts == 2)
            other = await seen_on(two, job)
            asyncio.get_running_loop().call_later(0.5, server.release)
        async with asyncio.timeout(3):
            await until(lambda: states(other) == [SAVED] * 5)
    assert server.posts == 5


async def test_what_waits_is_cancelled_in_an_end_without_others(
    open_machine: OpenMachine, server: FaultServer
) -> None:
    server.script(held(good()), held(good()))
    async with open_machine("one") as one:
        job = await click(one, 5)
        await until(lambda: server.posts == 2)
        asyncio.get_running_loop().call_later(0.3, server.release)
    assert states(job) == [SAVED] * 2 + [CANCELLED] * 3
    assert server.posts == 2


async def test_a_start_leaves_other_machines_runs_alone(
    open_machine: OpenMachine, server: FaultServer
) -> None:
    server.script(held(good()), held(good()))
    async with open_machine("one") as one:
        job = await click(one, 4)
        await until(lambda: server.posts == 2)
        async with open_machine("two") as two:
            assert states(await seen_on(two, job)) == [SENT, SENT, QUEUED, QUEUED]
        assert states(job) == [SENT, SENT, QUEUED, QUEUED]
        server.release()
        await asyncio.wait_for(job.wait(), 10)
        assert states(job) == [SAVED] * 4
    assert server.posts == 4


async def test_a_copied_folder_is_another_machine(
    open_machine: OpenMachine, server: FaultServer, tmp_path: Path, database_url: str
) -> None:
    server.script(held(good()))
    async with open_machine("one") as one:
        job = await click(one)
        await until(lambda: server.posts == 1)
        shutil.copytree(tmp_path / "one", tmp_path / "copy")
        async with open_machine("copy") as copy:
            assert states(await seen_on(copy, job)) == [SENT]
            engine = sa.create_engine(database_url)
            with engine.begin() as db:
                names = db.execute(sa.text("SELECT name FROM machines ORDER BY name")).scalars()
                first, second = names
            engine.dispose()
            assert second.startswith(f"{first}-"), "two machines of one name cannot be told apart"
        server.release()
        await asyncio.wait_for(job.wait(), 10)
        assert states(job) == [SAVED]


async def test_an_experiment_stays_with_its_machine_and_rests_when_that_dies(
    open_machine: OpenMachine, server: FaultServer, soon_dead: None
) -> None:
    server.script(*[held(good())] * 30)
    async with open_machine("one") as one:
        own = await experiment(one, seeds="1-12")
        await until(lambda: server.posts == 8)
        sent = server.posts
        async with open_machine("two") as two:
            assert (await two.experiments.do(own, "resume")).state == "running"
            await asyncio.sleep(0.5)
            assert server.posts == sent, "two machines carry out one experiment"
            await silence(one)
            async with asyncio.timeout(10):
                while (await two.experiments.get(own)).state != "paused":
                    await asyncio.sleep(0.05)
            assert "stopped, which carried this out" in str((await two.experiments.get(own)).why)
            server.release()
            await two.experiments.do(own, "resume")
            async with asyncio.timeout(20):
                while (await two.experiments.get(own)).state != "done":
                    await asyncio.sleep(0.05)
        seeds = sorted(body.split(b'"seed":')[1].split(b",")[0] for body in server.bodies)
        assert len(seeds) == len(set(seeds)), "a cell was paid twice"
        assert len(seeds) == 12


async def test_a_machine_that_wakes_leaves_an_experiment_alone_that_another_went_on_with(
    open_machine: OpenMachine, server: FaultServer, soon_dead: None
) -> None:
    server.script(*[status(429, retry_after="9")] * 4)
    async with open_machine("one") as one, open_machine("two") as two:
        own = await experiment(one, seeds="1-4")
        await until(lambda: server.posts == 4)
        server.script(*[good()] * 2, *[held(good())] * 2)
        await silence(one)  # while it waits to try again
        async with asyncio.timeout(8):
            while (await two.experiments.get(own)).state != "paused":
                await asyncio.sleep(0.05)
        await two.experiments.do(own, "resume")
        await until(lambda: server.posts == 8)
        async with asyncio.timeout(20):
            while (await one.experiments.cells(own)).under_way:  # it tries again, in vain
                await asyncio.sleep(0.05)
        made = (await two.experiments.cells(own)).made
        assert all(cell.run for cell in made), "a cell forgot its run, and would be paid again"
        assert (await two.experiments.get(own)).state == "running"
        server.release()
        async with asyncio.timeout(20):
            while (await two.experiments.get(own)).state != "done":
                await asyncio.sleep(0.05)
    assert server.posts == 8


async def test_an_experiment_is_stopped_from_another_machine(
    open_machine: OpenMachine, server: FaultServer
) -> None:
    server.script(*[held(good())] * 30)
    async with open_machine("one") as one, open_machine("two") as two:
        own = await experiment(one, seeds="1-40")
        await until(lambda: server.posts > 0)
        await two.experiments.do(own, "stop")
        sent = server.posts
        server.release()
        await asyncio.sleep(1.5)
        assert server.posts <= sent + 4
        assert (await one.experiments.get(own)).state == "stopped"


async def test_cells_that_a_machine_gives_up_late_are_made_by_the_one_that_went_on(
    open_machine: OpenMachine, server: FaultServer
) -> None:
    server.script(*[status(429, retry_after="2")] * 4)
    async with open_machine("one") as one, open_machine("two") as two:
        own = await experiment(one, seeds="1-4")
        await until(lambda: server.posts == 4)
        await two.experiments.do(own, "stop")
        await two.experiments.do(own, "resume")
        async with asyncio.timeout(20):
            while (await two.experiments.get(own)).state != "done":
                await asyncio.sleep(0.05)
        made = (await two.experiments.cells(own)).made
        assert [cell.run and cell.run.state for cell in made] == [SAVED] * 4
    assert server.posts == 8


async def test_an_experiment_that_comes_back_before_its_machine_noticed_goes_on(
    open_machine: OpenMachine, server: FaultServer
) -> None:
    server.script(good(delay_s=1.0), *[held(good())] * 30)
    async with open_machine("one") as one, open_machine("two") as two:
        own = await experiment(one, seeds="1-24")
        await until(lambda: server.posts == 8)
        await two.experiments.do(own, "stop")
        await two.experiments.do(own, "resume")
        async with asyncio.timeout(5):
            while not one.experiments.is_ending(own):  # it asks for the next, and hears of it
                await asyncio.sleep(0.05)
        await two.experiments.do(own, "stop")
        await one.experiments.do(own, "resume")
        server.release()
        async with asyncio.timeout(20):
            while (await one.experiments.get(own)).state != "done":
                await asyncio.sleep(0.05)
    assert server.posts == 24
