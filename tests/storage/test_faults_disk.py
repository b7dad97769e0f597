"""A disk or database that fails before a send: nothing is sent, and the page says why.

Full and read-only disks are real ones where this machine lets us mount them.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.errors import NoRecord, SettingsError, StorageFull
from backend.generation.ledger import Ledger
from backend.studio import Studio
from backend.types import RunState
from backend.wire.connection import Connection
from tests.http.faults import FaultServer
from tests.storage.conftest import OpenStudio, ledger_of
from tests.storage.test_faults import click


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(_: Connection) -> list[tuple[str, Decimal | None]]:
        return []

    monkeypatch.setattr(Connection, "remote_models", nothing)
    monkeypatch.setattr("backend.storage.database.BUSY_TIMEOUT_MS", 40)


@contextmanager
def mounted(at: Path, *options: str) -> Iterator[None]:
    at.mkdir(parents=True, exist_ok=True)
    if not (shutil.which("mount") and hasattr(os, "geteuid") and os.geteuid() == 0):
        pytest.skip("mounting needs root")
    if subprocess.run(["mount", *options, str(at)], capture_output=True).returncode:
        pytest.skip("this machine does not let us mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def disk(at: Path, size: str) -> AbstractContextManager[None]:
    return mounted(at, "-t", "tmpfs", "-o", f"size={size}", "tmpfs")


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    with mounted(folder, "--bind", str(folder)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def lock(data: Path) -> sqlite3.Connection:
    other = sqlite3.connect(data / "playground.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


# --- before anything is sent ------------------------------------------------------------------


async def expect_nothing_sent(
    studio: Studio, server: FaultServer, kind: type[NoRecord | StorageFull], says: str
) -> str:
    run = await click(studio)
    assert type(run.error) is kind and says in str(run.error), repr(run.error)
    assert "othing was sent" in str(run.error) and run.state is RunState.FAILED
    assert server.connections == 0
    return run.id


@pytest.mark.parametrize("part", ["images", "images/today", "spool"])
async def test_a_part_of_the_folder_on_a_full_disk_of_its_own_stops_the_send(
    part: str, open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    data, other = tmp_path / "data", tmp_path / "other"
    linked = data / part.replace("today", datetime.now(UTC).strftime("%Y-%m-%d"))
    linked.parent.mkdir(parents=True)
    other.mkdir()
    linked.symlink_to(other)
    with disk(other, "1m"):
        async with open_studio() as studio:
            await expect_nothing_sent(
                studio, server, StorageFull, f"no room for another image in {linked}"
            )
        assert list(other.iterdir()) == []
    async with open_studio() as studio:
        assert (await click(studio)).state is RunState.SAVED


@pytest.mark.parametrize("how", ["looked up", "file size limit", "1 MB disk"])
async def test_a_full_disk_stops_the_send(
    how: str,
    open_studio: OpenStudio,
    server: FaultServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with disk(tmp_path / "data", "1m") if how == "1 MB disk" else nullcontext():
        async with open_studio() as studio:
            if how == "looked up":
                usage = shutil.disk_usage("/")._replace(free=1_000_000)
                monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
            with files_up_to(8_000_000) if how == "file size limit" else nullcontext():
                await expect_nothing_sent(studio, server, StorageFull, "no room for another image")
            with ledger_of(tmp_path / "data") as ledger:
                (row,) = ledger.runs_in(RunState.FAILED)
            assert (row.sent, row.cost_usd) == (None, 0)
            assert list((tmp_path / "data" / "spool").iterdir()) == []


async def test_a_folder_made_read_only_stops_the_send(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        with read_only(tmp_path / "data" / "spool"):
            await expect_nothing_sent(
                studio, server, StorageFull, "cannot be written to (Read-only file system)"
            )
        assert (await click(studio)).state is RunState.SAVED


async def test_a_read_only_folder_at_the_start_is_one_sentence(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    says = r"cannot be written to \(Read-only"
    (tmp_path / "data").mkdir()
    with read_only(tmp_path / "data"), pytest.raises(SettingsError, match=says):
        async with open_studio():
            pass


async def test_a_locked_database_stops_the_click(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        other = lock(tmp_path / "data")
        with pytest.raises(NoRecord, match="so nothing was sent"):
            await click(studio)
        other.close()
        assert server.connections == 0
        assert (await click(studio)).state is RunState.SAVED


async def test_a_database_locked_between_click_and_send_stops_the_send(
    open_studio: OpenStudio,
    server: FaultServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_studio() as studio:
        real, others = Ledger.begin_send, []

        def locked_now(*args: Any) -> Any:
            others.append(lock(tmp_path / "data"))
            return real(*args)

        monkeypatch.setattr(Ledger, "begin_send", locked_now)
        run_id = await expect_nothing_sent(studio, server, NoRecord, "database cannot be written")
        others[0].close()
    async with open_studio():
        with ledger_of(tmp_path / "data") as ledger:
            row = ledger.run(run_id)
        assert row and (row.state, row.sent) == (RunState.CANCELLED, None)
        assert row.error and "Nothing was charged" in str(row.error)
    assert server.connections == 0


async def test_a_database_without_room_stops_the_click(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    def full(connection: Any, _: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    async with open_studio():
        pass  # the tables are there, and no page more than they need
    sa.event.listen(sa.Engine, "connect", full)
    try:
        async with open_studio() as studio:
            with pytest.raises(NoRecord, match="so nothing was sent"):
                for _ in range(50):
                    await click(studio, "x" * 9_999, anew=True)
    finally:
        sa.event.remove(sa.Engine, "connect", full)
    with ledger_of(tmp_path / "data") as ledger:
        noted = len(ledger.runs_in(*RunState))
    assert server.posts <= noted
