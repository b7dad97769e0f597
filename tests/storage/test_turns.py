"""While runs wait for a limit: first come, first served, within the limits and by the connection of
the moment they are sent.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from backend.errors import NotSent, OverLimit
from backend.generation.jobs import Job
from backend.generation.ledger import Ledger
from backend.settings.change import SettingsChange
from backend.studio import Studio
from backend.types import OFFLINE, RunState
from tests.http.faults import FaultServer, good, held
from tests.storage.clock import Clock, OpenTimed, until
from tests.storage.conftest import FLUX, KEY, ledger_of

NEW_KEY = "ak_other-9876543210"


async def ask(studio: Studio, seed: int, count: int = 1) -> Job:
    raw = {"prompt": "a fox", "width": 256, "height": 256, "seed": seed}
    return await studio.submit(studio.prepare(FLUX, raw, count), owner="me")


def seeds(server: FaultServer) -> list[int]:
    return [request.json()["seed"] for request in server.requests if request.method == "POST"]


async def waiting(studio: Studio, time: Clock, *jobs: Job) -> None:
    """Return once all that can be sent is sent and the next one waits for the minute."""
    await until(lambda: time.asleep and all(run.state != "sent" for j in jobs for run in j.runs))


async def change(studio: Studio, server: FaultServer, **more: str) -> None:
    await studio.account.change(SettingsChange(**({"api_url": server.base_url} | more)))


def not_sent(*jobs: Job) -> list[Any]:
    return [run for job in jobs for run in job.runs if run.state is not RunState.SAVED]


async def all_of(jobs: list[Job]) -> None:
    await asyncio.gather(*(job.wait() for job in jobs))


async def test_jobs_are_served_in_the_order_of_their_clicks(
    open_timed: OpenTimed, server: FaultServer
) -> None:
    async with open_timed(requests_per_minute=4) as studio:
        jobs = [await ask(studio, seed) for seed in range(12)]
        await all_of(jobs)
    assert [set(seeds(server)[n : n + 4]) for n in (0, 4, 8)] == [
        set(range(n, n + 4)) for n in (0, 4, 8)
    ]


async def test_one_at_a_time_it_is_the_very_order_batches_too(
    open_timed: OpenTimed, server: FaultServer
) -> None:
    async with open_timed(requests_per_minute=1) as studio:
        jobs = [await ask(studio, 0, 2), await ask(studio, 10), await ask(studio, 20, 2)]
        await all_of(jobs)
    assert seeds(server) == [0, 1, 10, 20, 21]


async def test_who_waits_in_line_is_told_until_when(
    open_timed: OpenTimed, server: FaultServer, time: Clock
) -> None:
    async with open_timed(requests_per_minute=1) as studio:
        time.stands = True
        jobs = [await ask(studio, seed) for seed in range(3)]
        await until(lambda: all(job.runs[0].waits_until for job in jobs[1:]))
        assert {job.runs[0].waits_for for job in jobs[1:]} == {"The limit is 1 request a minute."}
        second, third = (job.runs[0].waits_until for job in jobs[1:])
        assert second and third and 55 < (third - second).total_seconds() < 65
        for job in jobs:
            job.stop()
    assert seeds(server) == [0]


async def test_who_is_stopped_in_line_lets_the_next_one_pass(
    open_timed: OpenTimed, server: FaultServer, time: Clock
) -> None:
    async with open_timed(requests_per_minute=1) as studio:
        time.stands = True
        jobs = [await ask(studio, seed) for seed in range(4)]
        await waiting(studio, time, *jobs)
        jobs[1].stop()
        jobs[2].stop()
        await asyncio.gather(jobs[1].wait(), jobs[2].wait())
        time.now += 63
        await change(studio, server, requests_per_minute="1")  # wakes who sleeps
        time.stands = False
        await jobs[3].wait()
    assert seeds(server) == [0, 3]


async def test_a_lower_limit_a_day_stops_those_that_wait_the_last_ones_first(
    open_timed: OpenTimed, server: FaultServer, time: Clock
) -> None:
    async with open_timed(requests_per_minute=2) as studio:
        time.stands = True
        jobs = [await ask(studio, seed) for seed in range(8)]
        await waiting(studio, time, *jobs)
        await change(studio, server, requests_per_minute="2", requests_per_day="5")
        time.stands = False
        await all_of(jobs)
        assert {run.state for run in not_sent(*jobs)} == {RunState.FAILED}
        errors = [run.error for run in not_sent(*jobs)]
        assert len(errors) == 3 and all(isinstance(error, OverLimit) for error in errors)
        assert "limit of 5 requests a day leaves 0, and this needs 1" in str(errors[0])
    assert sorted(seeds(server)) == [0, 1, 2, 3, 4]


async def test_fewer_dollars_a_day_stop_those_that_wait(
    open_timed: OpenTimed, server: FaultServer, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.account.Account.estimate", lambda *_: Decimal("0.01"))
    async with open_timed(requests_per_minute=2) as studio:
        time.stands = True
        jobs = [await ask(studio, seed) for seed in range(6)]
        await waiting(studio, time, *jobs)
        await change(studio, server, requests_per_minute="2", dollars_per_day="0.03")
        time.stands = False
        await all_of(jobs)
        assert all(isinstance(run.error, OverLimit) for run in not_sent(*jobs))
    assert sorted(seeds(server)) == [0, 1, 2]


async def test_a_lower_limit_a_minute_holds_for_those_that_wait_already(
    open_timed: OpenTimed, server: FaultServer, time: Clock, tmp_path: Path
) -> None:
    async with open_timed(requests_per_minute=4) as studio:
        time.stands = True
        jobs = [await ask(studio, seed) for seed in range(8)]
        await waiting(studio, time, *jobs)
        await change(studio, server, requests_per_minute="1")
        time.stands = False
        await all_of(jobs)
    # As noted: while a request is under way this test's clock goes on.
    with ledger_of(tmp_path / "data") as ledger:
        at = sorted(run.sent.timestamp() for run in ledger.runs_in(RunState.SAVED) if run.sent)
    assert len(at) == 8 and all(later - one >= 60 for one, later in pairwise(at[3:]))


async def test_a_higher_limit_lets_them_go_at_once(
    open_timed: OpenTimed, server: FaultServer, time: Clock
) -> None:
    async with open_timed(requests_per_minute=1) as studio:
        time.stands = True
        jobs = [await ask(studio, seed) for seed in range(5)]
        await waiting(studio, time, *jobs)
        await change(studio, server, requests_per_minute="0")
        async with asyncio.timeout(30):
            await all_of(jobs)
    assert sorted(seeds(server)) == [0, 1, 2, 3, 4]


async def test_a_new_key_is_used_by_those_that_wait(
    open_timed: OpenTimed, server: FaultServer, time: Clock
) -> None:
    async with open_timed(requests_per_minute=1) as studio:
        time.stands = True
        jobs = [await ask(studio, seed) for seed in range(3)]
        await waiting(studio, time, *jobs)
        await change(studio, server, api_key=NEW_KEY, requests_per_minute="1")
        time.stands = False
        await all_of(jobs)
    posts = [request for request in server.requests if request.method == "POST"]
    assert [post.headers["authorization"] for post in posts] == [
        f"Bearer {key}" for key in (KEY, NEW_KEY, NEW_KEY)
    ]


async def test_another_address_gets_nothing_that_was_asked_of_the_old_one(
    open_timed: OpenTimed, server: FaultServer, time: Clock
) -> None:
    async with FaultServer() as other, open_timed(requests_per_minute=1) as studio:
        time.stands = True
        jobs = [await ask(studio, 0, 3), await ask(studio, 10)]
        await waiting(studio, time, *jobs)
        await change(studio, other, api_key=NEW_KEY, requests_per_minute="1")
        async with asyncio.timeout(30):
            await all_of(jobs)
        failed = [run for run in not_sent(*jobs) if isinstance(run.error, NotSent)]
        assert len(failed) == 3
        assert any("the settings were changed to" in str(run.error) for run in failed)
        assert "Nothing was sent" in str(jobs[1].runs[0].error)
        assert (server.posts, other.posts) == (1, 0)
        time.stands = False
        await (await ask(studio, 20)).wait()
        assert (server.posts, other.posts) == (1, 1)


async def test_what_waits_for_a_key_that_is_removed_is_sent_to_nobody(
    open_timed: OpenTimed, server: FaultServer, time: Clock
) -> None:
    server.script(held(good()))
    async with open_timed(requests_per_minute=1) as studio:
        time.stands = True
        jobs = [await ask(studio, seed) for seed in range(3)]
        await until(lambda: server.posts == 1 and len(not_sent(*jobs)) == 3)
        await studio.account.remove_key()
        server.release()
        async with asyncio.timeout(30):
            await all_of(jobs)
        sent, *unsent = (job.runs[0] for job in jobs)
        assert sent.record is not None and sent.record.source != OFFLINE
        assert all(isinstance(run.error, NotSent) and run.record is None for run in unsent)
        time.stands = False
        (sample,) = await (await ask(studio, 9)).wait()
        assert sample.record is not None and sample.record.source == OFFLINE
        assert server.posts == 1 and not studio.account.settings.api_key


async def test_a_key_that_is_removed_while_it_is_asked_how_long_to_wait_ends_the_wait(
    open_timed: OpenTimed, server: FaultServer, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_timed(requests_per_minute=1) as studio:
        await (await ask(studio, 1)).wait()
        time.stands = True
        begin_send = Ledger.begin_send

        def at_that_moment(*args: Any) -> float:
            wait_s = begin_send(*args)
            asyncio.run_coroutine_threadsafe(studio.account.remove_key(), loop).result()
            return wait_s

        loop = asyncio.get_running_loop()
        monkeypatch.setattr(Ledger, "begin_send", at_that_moment)
        async with asyncio.timeout(20):
            (run,) = await (await ask(studio, 2)).wait()
        assert isinstance(run.error, NotSent) and run.record is None and server.posts == 1


async def test_what_was_sent_before_a_change_is_received_with_the_old_connection(
    open_timed: OpenTimed, server: FaultServer, time: Clock
) -> None:
    server.script(held(good()))
    async with FaultServer() as other, open_timed() as studio:
        job = await ask(studio, 1)
        await until(lambda: server.posts == 1)
        await change(studio, other, api_key=NEW_KEY)
        server.release()
        (run,) = await job.wait()
        assert run.record is not None and run.record.source == f"127.0.0.1:{server.port}"
        assert other.posts == 0


async def test_a_clock_that_is_set_back_or_ahead_gives_no_second_minute(
    open_timed: OpenTimed, server: FaultServer, time: Clock
) -> None:
    async with open_timed(requests_per_minute=3) as studio:
        await all_of([await ask(studio, seed) for seed in range(3)])
        time.stands = True
        time.now -= 90
        more = [await ask(studio, seed) for seed in range(10, 13)]
        await waiting(studio, time, *more)
        assert server.posts == 3
        for job in more:
            job.stop()
    async with open_timed(requests_per_minute=3) as studio:  # a start knows it from the database
        more = [await ask(studio, seed) for seed in range(10, 13)]
        await waiting(studio, time, *more)
        assert server.posts == 3
        time.stands = False
        time.now += 63
        await change(studio, server, requests_per_minute="3")
        await all_of(more)
    assert server.posts == 6
