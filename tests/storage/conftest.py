"""A studio on a data folder of its own, talking to a server of the test's over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.generation.ledger import Ledger
from backend.library.library import Library
from backend.settings.load import Settings
from backend.storage.database import open_engine, open_reader, sqlite_url
from backend.studio import Studio
from backend.types import Limits
from tests.blank import blank, blank_file
from tests.http.faults import FaultServer
from tests.storage.clock import Clock, OpenTimed, until

KEY = "ak_test-0123456789"
FLUX = "black-forest-labs/FLUX.1-schnell"
SDXL = "stabilityai/stable-diffusion-xl-base-1.0"

OpenStudio = Callable[..., AbstractAsyncContextManager[Studio]]


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    async with FaultServer() as server:
        yield server


class Pauses(list[float]):
    """The pauses that studios of this test made, none of them waited for.

    `during` is called in each, and awaited where it gives something to wait for.
    """

    during: Callable[[], object]

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)
        told = self.during()
        await (told if isinstance(told, Awaitable) else asyncio.sleep(0))


@pytest.fixture
def slept() -> Pauses:
    pauses = Pauses()
    pauses.during = lambda: None
    return pauses


@pytest.fixture
def shared_database() -> str | None:
    """The URL of the database that studios have, None for the one in their folder."""
    return None


@pytest.fixture
def ledger_url(tmp_path: Path) -> str:
    """The URL of a database of this test's own."""
    return sqlite_url(blank_file(tmp_path / "l.db")).render_as_string()


@pytest.fixture
def open_studio(
    tmp_path: Path, server: FaultServer, slept: Pauses, shared_database: str | None
) -> OpenStudio:
    """Return a function that opens a studio; opening again is a restart on the same folder."""
    defaults = Settings(
        data_dir=tmp_path / "data",
        env_file=tmp_path / ".env",
        api_url=server.base_url,
        api_key=KEY,
        timeout_s=5.0,
        database_url=shared_database,
    )

    @asynccontextmanager
    async def open_studio(**changes: Any) -> AsyncIterator[Studio]:
        if shared_database is None and "data_dir" not in changes:
            blank(defaults.data_dir)
        async with Studio(replace(defaults, **changes), sleep=slept.sleep) as studio:
            yield studio

    return open_studio


@pytest.fixture
def time() -> Clock:
    return Clock()


@pytest.fixture
def open_timed(
    tmp_path: Path, server: FaultServer, time: Clock, shared_database: str | None
) -> OpenTimed:
    """Return a function that opens a studio with these limits, which the clock `time` lets pass."""

    @asynccontextmanager
    async def open_timed(**limits: Any) -> AsyncIterator[Studio]:
        settings = Settings(
            tmp_path / "data",
            tmp_path / ".env",
            api_url=server.base_url,
            api_key=KEY,
            limits=Limits(**limits),
            database_url=shared_database,
        )
        if shared_database is None:
            blank(settings.data_dir)
        async with Studio(settings, clock=time, sleep=time.sleep) as studio:
            # The platform's price list comes some time after the start.
            await until(lambda: studio.account.estimate(FLUX, 1) is not None)
            yield studio

    return open_timed


@contextmanager
def ledger_of(data: Path) -> Iterator[Ledger]:
    """Open the ledger of a data folder a second time, as another program would."""
    ledger = Ledger(open_engine(sqlite_url(data / "playground.db")))
    try:
        yield ledger
    finally:
        ledger.close()


def library_of(data: Path) -> AbstractContextManager[Library]:
    """Open the stored images of a data folder a second time, as another program would."""
    return library_at(sqlite_url(data / "playground.db").render_as_string())


@contextmanager
def library_at(url: str) -> Iterator[Library]:
    """Open the stored images of a database a second time, as another program would."""
    engine, reader = open_engine(url), open_reader(url)
    try:
        yield Library(engine, reader)
    finally:
        reader.dispose()
        engine.dispose()


@pytest.fixture
def engines(filled: Path, tmp_path: Path) -> Iterator[tuple[sa.Engine, sa.Engine]]:
    """Writer and reader of a copy of the module's `filled` database, for each test its own."""
    path = tmp_path / "copy.db"
    path.write_bytes(filled.read_bytes())
    url = sqlite_url(path)
    engine, reader = open_engine(url), open_reader(url)
    yield engine, reader
    engine.dispose()
    reader.dispose()


@pytest.fixture
def library(engines: tuple[sa.Engine, sa.Engine]) -> Library:
    return Library(*engines)
