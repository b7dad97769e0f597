"""PostgreSQL and an S3 server, started once for all tests of a worker that need them."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa

from backend.generation import machines
from backend.library.library import Library
from backend.storage.database import open_engine, open_reader
from backend.storage.image_files.store_url import StoreUrl, read_store_url
from tests.cluster.copied import Copies
from tests.cluster.servers import ObjectStore, Postgres, object_store, postgres
from tests.cluster.studios import OpenMachine, opener
from tests.http.faults import FaultServer

T = TypeVar("T")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these are for `make wide`: real servers take their time to start, to stop, to fail."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.wide)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    # Not below pytest's own folder: as root the server runs as a user who may not go there.
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        Path(folder).chmod(0o755)
        yield from _there(postgres(Path(folder) / "cluster", durable=False))


@pytest.fixture
def database_url(postgres_server: Postgres) -> Iterator[str]:
    """The URL of an empty database of this test's own."""
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)


@pytest.fixture
async def server() -> AsyncIterator[FaultServer]:
    """A platform of this test's own."""
    async with FaultServer() as server:
        yield server


@pytest.fixture
def open_machine(
    tmp_path: Path, server: FaultServer, database_url: str, store: StoreUrl
) -> OpenMachine:
    """Return what opens machines on one database and one store, which ask `server`."""
    return opener(tmp_path, server, database_url, store_url=store)


@pytest.fixture(scope="session")
def with_tables(postgres_server: Postgres) -> str:
    """The name of a database with our tables, to make others like."""
    url = postgres_server.create()
    open_engine(url).dispose()
    return str(sa.make_url(url).database)


@pytest.fixture
def soon_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who gives no sign of life for some seconds is dead."""
    monkeypatch.setattr(machines, "SIGN_S", 0.5)
    monkeypatch.setattr(machines, "SILENT_S", 4.0)


@pytest.fixture
def shared_database(postgres_server: Postgres, with_tables: str) -> Iterator[str]:
    """The URL of a database of this test's own, for the studios of tests/storage."""
    url = postgres_server.create(like=with_tables)
    yield url
    postgres_server.drop(url)


@pytest.fixture
def ledger_url(shared_database: str) -> str:
    return shared_database


@pytest.fixture(scope="session")
def copies(postgres_server: Postgres) -> Iterator[Copies]:
    copies = Copies(postgres_server)
    yield copies
    copies.close()


@pytest.fixture
def engines(
    filled: Path, copies: Copies, postgres_server: Postgres
) -> Iterator[tuple[sa.Engine, sa.Engine]]:
    """Writer and reader of a copy of the module's `filled` database, for each test its own."""
    url = copies.of(filled)
    engine, reader = open_engine(url), open_reader(url)
    yield engine, reader
    engine.dispose()
    reader.dispose()
    postgres_server.drop(url)


@pytest.fixture
def library(engines: tuple[sa.Engine, sa.Engine]) -> Library:
    return Library(*engines)


@pytest.fixture(scope="session")
def store_server() -> Iterator[ObjectStore]:
    with tempfile.TemporaryDirectory(prefix="s3-") as folder:
        yield from _there(object_store(Path(folder) / "store"))


@pytest.fixture
def store_url(store_server: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty store of this test's own, whose keys stand in the environment."""
    for name, value in store_server.environ.items():
        monkeypatch.setenv(name, value)
    return store_server.url(f"test-{secrets.token_hex(6)}")


@pytest.fixture
def store(store_url: str) -> StoreUrl:
    """An empty store of this test's own: machines on one database share their images."""
    return read_store_url(store_url)


@pytest.fixture
def one_store(store_server: ObjectStore) -> dict[str, str]:
    """What programs that share their images have in their environment."""
    url = store_server.url(f"test-{secrets.token_hex(6)}")
    return {"PLAYGROUND_STORE_URL": url, **store_server.environ}


def _there(server: AbstractContextManager[T]) -> Iterator[T]:
    """Yield a server; without one tests are skipped, or fail where REQUIRE_CLUSTER=1 asks so."""
    try:
        running = server.__enter__()
    except LookupError as error:
        if os.environ.get("REQUIRE_CLUSTER") == "1":
            pytest.fail(f"REQUIRE_CLUSTER=1, but there is {error}")
        pytest.skip(str(error))
    try:
        yield running
    finally:
        server.__exit__(None, None, None)
