"""What was not sent of a batch is made once, whoever asks for it, and says why it was not sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from uuid import uuid4

import pytest

from backend.errors import GivenUp, InvalidInput, OverLimit, Stopped, TriedAlready
from backend.generation.jobs import Job, RunView
from backend.studio import Studio
from backend.types import Limits, RunState
from tests.http.faults import FaultServer, good, held, status
from tests.storage.conftest import FLUX, OpenStudio

ME, OTHER = "a" * 32, "b" * 32


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)


async def stopped(studio: Studio, server: FaultServer, count: int = 4) -> list[RunView]:
    """Return the runs of a batch of which two were sent."""
    server.script(*(held(good()) for _ in range(2)))
    job = await studio.submit(studio.prepare(FLUX, {"prompt": "a fox", "seed": 7}, count), owner=ME)
    await until(lambda: [run.state for run in job.runs].count(RunState.SENT) == 2)
    job.stop()
    server.release()
    return [run for run in await job.wait() if run.state is RunState.CANCELLED]


def ids(runs: Sequence[RunView]) -> list[str]:
    return [run.id for run in runs]


async def rest(studio: Studio, runs: Sequence[RunView], token: str | None = None) -> Job:
    job = await studio.rest(ids(runs), owner=ME, token=token or uuid4().hex)
    await job.wait()
    return job


async def test_what_was_not_sent_is_one_job_with_the_very_same_requests(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        left = await stopped(studio, server)
        job = await rest(studio, left)
        assert [run.request for run in job.runs] == [run.request for run in left]
        assert [run.request.seed for run in job.runs] == [9, 10]
        assert all(run.state is RunState.SAVED for run in job.runs)
        first, _ = await studio.jobs.recent(ME)
        tried = [run.again.run_id for run in first.runs if run.again]
        assert tried == ids(job.runs)
    assert server.posts == 4


async def test_it_is_made_once_however_many_press_at_once_and_after_a_restart(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        left = await stopped(studio, server)
        presses = [rest(studio, left) for _ in range(5)]
        told = await asyncio.gather(*presses, return_exceptions=True)
        assert sum(isinstance(one, Job) for one in told) == 1
        assert all(isinstance(one, Job | TriedAlready) for one in told)
    async with open_studio() as studio:
        with pytest.raises(TriedAlready):
            await rest(studio, left)
    assert server.posts == 4


async def test_the_same_press_again_is_the_same_job(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        left = await stopped(studio, server)
        first = await rest(studio, left, "c" * 32)
        assert (await rest(studio, left, "c" * 32)).id == first.id
    async with open_studio() as studio:
        assert (await rest(studio, left, "c" * 32)).id == first.id
    assert server.posts == 4


async def test_what_was_made_meanwhile_answers_free(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        left = await stopped(studio, server)
        one = await studio.submit([left[0].request], owner=OTHER)
        await one.wait()
        job = await rest(studio, left)
        assert [run.record and run.record.cached for run in job.runs] == [True, False]
    assert server.posts == 4


async def test_others_and_what_was_sent_are_refused_and_a_limit_leaves_it_to_be_asked_for(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        left = await stopped(studio, server)
        for runs, owner in ((ids(left), OTHER), ([], ME), (["0" * 32], ME)):
            with pytest.raises(InvalidInput):
                await studio.rest(runs, owner=owner)
        (job,) = await studio.jobs.recent(ME)
        with pytest.raises(TriedAlready):
            await studio.rest(ids(job.runs), owner=ME)
    async with open_studio(limits=Limits(requests_per_day=3)) as studio:
        with pytest.raises(OverLimit):
            await rest(studio, left)
        assert all(run.again is None for run in (await studio.jobs.recent(ME))[0].runs)
    async with open_studio() as studio:
        assert len((await rest(studio, left)).runs) == 2
    assert server.posts == 4


async def test_it_says_whether_somebody_stopped_it_another_failed_or_the_program_ended(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        assert {type(run.error) for run in await stopped(studio, server)} == {Stopped}
        server.script(status(402), status(402))
        failed = await studio.submit(studio.prepare(FLUX, {"prompt": "b"}, 4), owner=ME)
        kinds = [type(run.error) for run in await failed.wait() if run.state is RunState.CANCELLED]
        assert set(kinds) == {GivenUp}
    async with open_studio() as studio:
        shown = {job.id: job for job in await studio.jobs.recent(ME)}[failed.id]
        again = [type(run.error) for run in shown.runs if run.state is RunState.CANCELLED]
        assert again == kinds


async def test_a_job_knows_how_long_its_images_take_of_late(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        first = await studio.submit(studio.prepare(FLUX, {"prompt": "a"}, 1), owner=ME)
        assert first.usual_s is None, "nothing was made yet"
        (run,) = await first.wait()
        second = await studio.submit(studio.prepare(FLUX, {"prompt": "b"}, 1), owner=ME)
        assert run.record is not None and second.usual_s == run.record.seconds
        await second.wait()
        assert second.runs[0].sent is not None
