"""The line of images that are waited for has an end: beyond it a sentence, and nothing is sent."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from backend.errors import Busy
from backend.generation.jobs import Job
from backend.generation.ledger import Ledger
from backend.settings.load import Settings
from backend.studio import Studio
from backend.types import Limits
from tests.http.faults import FaultServer, good, header_stall
from tests.storage.conftest import FLUX, KEY, OpenStudio


@pytest.fixture(autouse=True)
def short_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.generation.dispatcher.LINE_MAX", 10)


async def ask(studio: Studio, count: int) -> Job:
    return await studio.submit(studio.prepare(FLUX, {"prompt": "a fox"}, count))


async def test_beyond_the_line_nothing_is_taken_until_some_have_ended(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script(*[good(delay_s=0.3)] * 8)
    async with open_studio() as studio:
        first = await ask(studio, 8)
        with pytest.raises(Busy, match=r"^8 images are in line already.*Nothing was sent"):
            await ask(studio, 3)
        assert len(await studio.jobs.recent("")) == 1, "the refused job was recorded"
        second = await ask(studio, 2)
        await asyncio.gather(first.wait(), second.wait())
        last = await ask(studio, 8)
        assert all(run.record for run in await last.wait())
    assert server.posts == 18


async def test_many_that_wait_for_the_minute_ask_the_database_seldom(
    tmp_path: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.generation.dispatcher.LINE_MAX", 100)
    now, asked = [1_800_000_000.0], list[str]()
    begin_send = Ledger.begin_send

    def counted(ledger: Ledger, run_id: str, limits: Limits, key: str | None) -> float:
        asked.append(run_id)
        return begin_send(ledger, run_id, limits, key)

    async def sleep(seconds: float) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Ledger, "begin_send", counted)
    settings = Settings(
        tmp_path / "data",
        tmp_path / ".env",
        api_url=server.base_url,
        api_key=KEY,
        limits=Limits(requests_per_minute=1),
    )
    async with Studio(settings, clock=lambda: now[0], sleep=sleep) as studio:
        await (await ask(studio, 1)).wait()
        jobs = [await ask(studio, 1) for _ in range(50)]
        async with asyncio.timeout(20):
            while not all(job.runs[0].waits_until for job in jobs):
                await asyncio.sleep(0.01)
        assert len(asked) == 2, "one sent, and one that asks for all who wait"
        for job in jobs:
            job.stop()
    assert server.posts == 1


async def test_those_that_come_at_the_same_moment_are_counted_too(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script(*[header_stall(0.2)] * 8)
    async with open_studio() as studio:
        jobs = await asyncio.gather(*(ask(studio, 8) for _ in range(5)), return_exceptions=True)
        taken = [job for job in jobs if isinstance(job, Job)]
        assert len(taken) == 1 and sum(isinstance(job, Busy) for job in jobs) == 4
        assert all(run.record for run in await taken[0].wait())
    assert server.posts == 8
