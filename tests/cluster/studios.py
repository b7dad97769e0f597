"""Machines in one process: each a studio with a folder, on one PostgreSQL and one platform."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from backend.generation.jobs import Job
from backend.settings.load import Settings
from backend.studio import Studio
from backend.types import Limits, RunState
from tests.http.faults import FaultServer

FLUX = "black-forest-labs/FLUX.1-schnell"
ME = "a" * 32
KEY = "ak_test-0123456789"

OpenMachine = Callable[..., AbstractAsyncContextManager[Studio]]


def opener(folder: Path, server: FaultServer, database_url: str, **settings: Any) -> OpenMachine:
    """Return a function that opens a machine by its name; again: it starts again."""

    @asynccontextmanager
    async def open_machine(name: str, **limits: Any) -> AsyncIterator[Studio]:
        made = Settings(
            folder / name,
            folder / f"{name}.env",
            api_url=server.base_url,
            api_key=KEY,
            limits=Limits(**limits),
            timeout_s=20.0,
            database_url=database_url,
            **settings,
        )
        async with Studio(made) as studio:
            try:
                yield studio
            except BaseException:
                server.release()  # else its end waits for the answers
                raise

    return open_machine


async def click(studio: Studio, count: int = 1, seed: int = 1, **more: Any) -> Job:
    raw = {"prompt": "a cat", "seed": seed, "width": 256, "height": 256}
    return await studio.submit(studio.prepare(FLUX, raw, count), owner=ME, **more)


async def experiment(studio: Studio, *, seeds: str) -> str:
    """Start an experiment that varies the seed and nothing else; return its id."""
    plan = {
        "base": {"model": FLUX, "prompt": "a cat", "width": 256, "height": 256},
        "axes": {"x": {"seed": seeds}},
    }
    offer = await studio.experiments.offer(plan)
    return (await studio.experiments.start(plan, offer.digest, owner=ME, token="d" * 32)).id


def states(job: Job | None) -> list[RunState]:
    assert job is not None
    return [run.state for run in job.runs]


async def seen_on(studio: Studio, job: Job) -> Job:
    """Return the job as another machine follows it."""
    other = await studio.jobs.find(job.id, ME)
    assert other is not None and other is not job
    return other


async def silence(one: Studio) -> None:
    """Let a machine give no more signs of life, and look after nobody, as if it were frozen."""
    assert one.fleet is not None
    await one.fleet.fall_silent()
