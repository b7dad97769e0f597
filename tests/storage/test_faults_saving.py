"""A disk or database that fails after the send: the image is paid for, so nothing is lost."""

from __future__ import annotations

import asyncio
import errno
import resource
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.errors import NotStored, RateLimited
from backend.generation.jobs import Job
from backend.generation.ledger import Ledger
from backend.studio import Studio
from backend.types import RunState
from tests.http.faults import FaultServer, good, held, png, status
from tests.storage.conftest import FLUX, OpenStudio, Pauses, ledger_of
from tests.storage.test_faults import click, row_of
from tests.storage.test_faults_disk import disk, files_up_to, lock, quick, read_only

__all__ = ["quick"]

NOISE = png(512, 512, noise=True)
STORE_AGAIN = [1.0, 5.0, 15.0, 30.0]


def fill(folder: Path) -> Path:
    """Fill the disk to its last block with a file, and return that."""
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb", 0) as file:
        while True:
            file.write(bytes(65_536))
    return filler


async def sent(studio: Studio) -> Job:
    """Return a job whose request is at the platform."""
    job = await studio.submit(studio.prepare(FLUX, {"prompt": "x", "seed": 7}, 1), owner="me")
    async with asyncio.timeout(5):
        while job.runs[0].state is not RunState.SENT:
            await asyncio.sleep(0.002)
    await asyncio.sleep(0.05)
    return job


def after_pauses(slept: Pauses, number: int, act: Callable[[], object]) -> None:
    """Do `act` in the pause with that number, counted from 1."""

    def during() -> None:
        if len(slept) == number:
            act()

    slept.during = during


async def expect_stored(job: Job, data: Path, pauses: list[float], slept: Pauses) -> None:
    (run,) = await job.wait()
    assert run.state is RunState.SAVED and run.record and slept == pauses, repr(run.error)
    row = row_of(run, data)
    assert (row["state"], row["attempts"], row["error_kind"]) == ("saved", 1, None)
    day = run.record.created.strftime("%Y-%m-%d")
    assert (data / "images" / day / f"{run.id}.png").is_file()
    async with asyncio.timeout(5):  # the spool goes a moment after the image is announced
        while list((data / "spool").iterdir()):
            await asyncio.sleep(0.005)
    assert list((data / "images").rglob("*.tmp")) == []


async def test_a_disk_that_fills_up_while_waiting_loses_nothing_once_there_is_room(
    open_studio: OpenStudio, server: FaultServer, slept: Pauses, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    server.script(held(good(NOISE)))
    with disk(data, "24m"):
        async with open_studio() as studio:
            job = await sent(studio)
            filler = fill(data)
            after_pauses(slept, 2, filler.unlink)
            server.release()
            events = [event async for event in job.events()]
            assert any("disk cannot take it" in event.waits_for for event in events)
            await expect_stored(job, data, STORE_AGAIN[:2], slept)
    assert server.posts == 1


async def test_a_disk_that_stays_full_says_what_happened_and_the_next_start_knows_it(
    open_studio: OpenStudio, server: FaultServer, slept: Pauses, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    server.script(held(good(NOISE)))
    with disk(data, "24m"):
        async with open_studio() as studio:
            job = await sent(studio)
            filler = fill(data)
            server.release()
            (run,) = await job.wait()
            assert type(run.error) is NotStored and run.state is RunState.UNKNOWN
            assert "could not be kept" in str(run.error) and slept[:4] == STORE_AGAIN
            filler.unlink()
        async with open_studio() as studio:
            (again,) = [r for job in await studio.jobs.recent("me") for r in job.runs]
            assert (again.id, again.state) == (run.id, RunState.UNKNOWN)
    assert server.posts == 1


async def test_a_file_size_limit_while_waiting_loses_nothing_once_it_is_lifted(
    open_studio: OpenStudio, server: FaultServer, slept: Pauses, tmp_path: Path
) -> None:
    server.script(held(good(NOISE)))
    async with open_studio() as studio:
        job = await sent(studio)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        with files_up_to(200_000):
            after_pauses(
                slept,
                1,
                lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)),
            )
            server.release()
            await expect_stored(job, tmp_path / "data", STORE_AGAIN[:1], slept)


async def test_a_folder_made_read_only_while_waiting_loses_nothing_once_it_is_not(
    open_studio: OpenStudio, server: FaultServer, slept: Pauses, tmp_path: Path
) -> None:
    server.script(held(good()))
    async with open_studio() as studio:
        job = await sent(studio)
        with read_only(tmp_path / "data" / "images"):
            again = ["mount", "-o", "remount,rw,bind", str(tmp_path / "data" / "images")]
            after_pauses(slept, 1, lambda: bool(subprocess.run(again, check=True)))
            server.release()
            await expect_stored(job, tmp_path / "data", STORE_AGAIN[:1], slept)


async def test_an_image_that_the_disk_refuses_is_kept_and_stored_at_a_later_start(
    open_studio: OpenStudio,
    server: FaultServer,
    slept: Pauses,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("backend.storage.image_files.local.LocalFiles.put", refuse)
        async with open_studio() as studio:
            run = await click(studio)
            assert type(run.error) is NotStored and "stored at the next start" in str(run.error)
            assert slept == STORE_AGAIN
        async with open_studio() as studio:  # still full: it starts, and keeps what it has
            with ledger_of(tmp_path / "data") as ledger:
                row = ledger.run(run.id)
            assert row and row.state is RunState.UNKNOWN and type(row.error) is NotStored
            assert [p.name for p in (tmp_path / "data" / "spool").iterdir()] == [run.id]
    async with open_studio() as studio:
        with ledger_of(tmp_path / "data") as ledger:
            row = ledger.run(run.id)
        assert row and row.state is RunState.SAVED and row.record and row.error is None
        assert (await studio.gallery.images()).total == 1
        assert list((tmp_path / "data" / "spool").iterdir()) == []
    assert server.posts == 1


async def test_a_database_locked_while_saving_gets_the_image_later(
    open_studio: OpenStudio, server: FaultServer, slept: Pauses, tmp_path: Path
) -> None:
    server.script(held(good()))
    async with open_studio() as studio:
        job = await sent(studio)
        other = lock(tmp_path / "data")
        after_pauses(slept, 2, other.close)
        server.release()
        await expect_stored(job, tmp_path / "data", STORE_AGAIN[:2], slept)
        assert (await studio.gallery.images()).total == 1
    assert server.posts == 1


async def test_a_database_that_stays_locked_gets_the_image_at_the_next_start(
    open_studio: OpenStudio, server: FaultServer, slept: Pauses, tmp_path: Path
) -> None:
    server.script(held(good()))
    async with open_studio() as studio:
        job = await sent(studio)
        other = lock(tmp_path / "data")
        server.release()
        (run,) = await job.wait()
        other.close()
        assert type(run.error) is NotStored and slept[:4] == STORE_AGAIN
    async with open_studio() as studio:
        await expect_stored((await studio.jobs.recent("me"))[0], tmp_path / "data", slept, slept)
    assert server.posts == 1


async def test_an_image_whose_record_failed_is_adopted_at_the_next_start(
    open_studio: OpenStudio,
    server: FaultServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_studio() as studio:

        def fail(*_: object) -> None:
            for spooled in (tmp_path / "data" / "spool").iterdir():
                spooled.unlink()  # as if the disk had refused the spool as well
            raise sa.exc.OperationalError("INSERT", {}, Exception("disk I/O error"))

        with monkeypatch.context() as patch:
            patch.setattr(Ledger, "save", fail)
            run = await click(studio)
        assert run.state is RunState.UNKNOWN and type(run.error) is NotStored
    async with open_studio() as studio:
        with ledger_of(tmp_path / "data") as ledger:
            row = ledger.run(run.id)
        assert row and row.state is RunState.SAVED and row.record and row.record.id == run.id


async def test_a_refusal_while_the_database_is_locked_is_recorded_as_soon_as_it_can(
    open_studio: OpenStudio, server: FaultServer, slept: Pauses, tmp_path: Path
) -> None:
    first, second = status(429, retry_after="1"), status(429)
    server.script(held(first), second)
    async with open_studio() as studio:
        job = await sent(studio)
        other = lock(tmp_path / "data")
        after_pauses(slept, 1, other.close)
        server.release()
        (run,) = await job.wait()
        assert type(run.error) is RateLimited and run.state is RunState.FAILED
    row = row_of(run, tmp_path / "data")
    assert (row["state"], row["error_kind"], row["attempts"]) == ("failed", "RateLimited", 1)
    assert server.posts == 1, "without a record there is no other try"


async def test_a_spool_that_cannot_be_removed_does_not_unsave_an_image(
    open_studio: OpenStudio,
    server: FaultServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.parent.name == "spool" and not path.name.startswith("."):
            raise OSError(errno.EIO, "Input/output error")
        unlink(path, missing_ok)

    async with open_studio() as studio:
        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", refuse)
            run = await click(studio)
        assert run.state is RunState.SAVED
        assert row_of(run, tmp_path / "data")["state"] == "saved"
    async with open_studio() as studio:
        assert list((tmp_path / "data" / "spool").iterdir()) == []
        assert (await studio.gallery.images()).total == 1
    assert server.posts == 1
