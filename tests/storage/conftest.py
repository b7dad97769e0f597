"""A studio on a data folder of its own, talking to a server of the test's over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.settings.load import Settings
from backend.studio import Studio
from tests.http.faults import FaultServer

KEY = "ak_test-0123456789"
FLUX = "black-forest-labs/FLUX.1-schnell"
SDXL = "stabilityai/stable-diffusion-xl-base-1.0"

OpenStudio = Callable[..., AbstractAsyncContextManager[Studio]]


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with FaultServer() as server:
        yield server


@pytest.fixture
def slept() -> list[float]:
    """The pauses that studios of this test made, none of them waited for."""
    return []


@pytest.fixture
def open_studio(tmp_path: Path, server: FaultServer, slept: list[float]) -> OpenStudio:
    """Return a function that opens a studio; opening again is a restart on the same folder."""
    defaults = Settings(
        data_dir=tmp_path / "data",
        env_file=tmp_path / ".env",
        api_url=server.base_url,
        api_key=KEY,
        timeout_s=5.0,
    )

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    @asynccontextmanager
    async def open_studio(**changes: Any) -> AsyncIterator[Studio]:
        async with Studio(replace(defaults, **changes), sleep=sleep) as studio:
            yield studio

    return open_studio
