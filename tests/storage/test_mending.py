"""A database that is found damaged, or old, beside the running program."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.errors import NoAnswer, OverLimit
from backend.library.marks import Changes
from backend.studio import Studio
from backend.types import Limits, RunState
from backend.upkeep import mending, rebuild
from tests.http.faults import FaultServer, cut_mid_body
from tests.storage.conftest import OpenStudio, ledger_of
from tests.storage.test_studio import generate

MADE_ANEW = "made anew from"


@pytest.fixture(autouse=True)
def _beside_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every database count as a large one, and nobody write into the old file for long."""
    monkeypatch.setattr(rebuild, "CHECKED_BYTES", 0)
    monkeypatch.setattr(mending, "WAITED_FOR_S", 0.1)
    monkeypatch.setattr(mending, "QUIET_S", 0.1)


def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "playground.db"


async def notices(studio: Studio, enough: Callable[[list[str]], bool]) -> list[str]:
    async with asyncio.timeout(60):
        while not enough(studio.notices):
            await asyncio.sleep(0.02)
    return studio.notices


def told(words: str) -> Callable[[list[str]], bool]:
    return lambda notices: any(words in notice for notice in notices)


UNSEEN = "ix_images_sha256"
"""What no start needs: only who reads all of the database finds damage there."""


def spoil(path: Path, name: str) -> None:
    """Overwrite the first page of a table or an index, once all is in the file itself."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = db.execute("PRAGMA page_size").fetchone()
        pages = [
            page
            for (page,) in db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,))
        ]
    db.close()
    with path.open("r+b") as file:
        for page in pages:
            file.seek((page - 1) * size)
            file.write(b"\xa5" * size)


async def fill(open_studio: OpenStudio, server: FaultServer) -> str:
    """Make three images, star one and leave a send in doubt; return the starred one's id."""
    async with open_studio() as studio:
        (run, *_) = (await generate(studio, seed=1, count=3)).runs
        server.script(cut_mid_body())
        (doubt,) = (await generate(studio, seed=9)).runs
        assert doubt.state is RunState.UNKNOWN
        await studio.gallery.change([run.id], Changes(starred=True))
    return run.id


async def all_is_there(studio: Studio, starred: str) -> None:
    page = await studio.gallery.images()
    assert page.total == 3
    assert [record.id for record in page.images if record.starred] == [starred]


@pytest.mark.parametrize("where", [UNSEEN, "images", "images_fts_data", "ix_runs_sent", "proofs"])
async def test_a_large_database_with_a_bad_page_is_found_and_made_anew_while_the_program_runs(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path, where: str
) -> None:
    starred = await fill(open_studio, server)
    spoil(database(tmp_path), where)
    async with open_studio() as studio:
        await notices(studio, told(MADE_ANEW))
        await all_is_there(studio, starred)
        (run,) = (await generate(studio, seed=50)).runs
        assert run.state is RunState.SAVED and (await studio.gallery.images()).total == 4
        (aside,) = database(tmp_path).parent.glob("playground.db.damaged-*[0-9]")
        assert any(aside.name in notice for notice in studio.notices)
    async with open_studio() as studio:
        assert studio.notices == [] and (await studio.gallery.images()).total == 4


async def test_runs_in_doubt_and_the_day_s_limit_come_over_from_what_can_be_read(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    await fill(open_studio, server)
    spoil(database(tmp_path), "images")
    async with open_studio(limits=Limits(requests_per_day=5)) as studio:
        await notices(studio, told(MADE_ANEW))
        with ledger_of(tmp_path / "data") as ledger:
            (doubt,) = ledger.runs_in(RunState.UNKNOWN)
            assert type(doubt.error) is NoAnswer and doubt.request.seed == 9
        await generate(studio, seed=50)
        with pytest.raises(OverLimit):
            await generate(studio, seed=51)


@pytest.mark.parametrize("table", ["images", "runs", "quarters"])
async def test_whatever_meets_damage_first_begins_the_making_anew(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path, table: str
) -> None:
    starred = await fill(open_studio, server)
    async with open_studio() as studio:
        spoil(database(tmp_path), table)
        async with asyncio.timeout(60):
            while not told(MADE_ANEW)(studio.notices):
                try:
                    await studio.gallery.images()
                    await generate(studio, seed=60)
                except Exception:  # what the page would say; the next one finds all in order
                    await asyncio.sleep(0.02)
                await asyncio.sleep(0.02)
        page = await studio.gallery.images()
        assert starred in [record.id for record in page.images] and page.total in (3, 4)


async def test_a_rebuild_that_the_program_s_end_cuts_off_is_done_by_the_next_start(
    open_studio: OpenStudio,
    server: FaultServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    starred = await fill(open_studio, server)
    spoil(database(tmp_path), UNSEEN)
    with monkeypatch.context() as patched:
        patched.setattr(mending, "TRIES", 0)
        async with open_studio():
            marker = tmp_path / "data" / ".damaged"
            async with asyncio.timeout(60):
                while not marker.exists():
                    await asyncio.sleep(0.02)
    async with open_studio() as studio:
        assert told(MADE_ANEW)(studio.notices) and not marker.exists()
        await all_is_there(studio, starred)


async def test_a_rebuild_that_cannot_be_made_is_told_and_tried_again_at_the_next_start(
    open_studio: OpenStudio,
    server: FaultServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    starred = await fill(open_studio, server)
    spoil(database(tmp_path), UNSEEN)
    with monkeypatch.context() as patched:
        patched.setattr(mending, "made_anew", full)
        async with open_studio() as studio:
            (notice,) = await notices(studio, told("No space left"))
            assert "nothing was deleted" in notice
    async with open_studio() as studio:
        await all_is_there(studio, starred)


@pytest.mark.parametrize("beside", [True, False], ids=["beside the program", "before it"])
async def test_an_old_database_beside_newer_files_takes_them_up_and_counts_them(
    open_studio: OpenStudio,
    server: FaultServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    beside: bool,
) -> None:
    async with open_studio() as studio:
        old = (await generate(studio, seed=1, count=2)).runs[0].id
    shutil.copy(database(tmp_path), tmp_path / "backup.db")
    async with open_studio() as studio:
        await generate(studio, seed=10, count=4)
        await studio.gallery.change([old], Changes(starred=True))
    for path in database(tmp_path).parent.glob("playground.db*"):
        path.unlink()
    shutil.copy(tmp_path / "backup.db", database(tmp_path))
    if beside:  # so many files that the start does not wait for them
        monkeypatch.setattr(mending, "LOOKED_AT_ONCE", 1)
    async with open_studio(limits=Limits(requests_per_day=7)) as studio:
        (notice,) = await notices(studio, told("4 image files were not"))
        page = await studio.gallery.images()
        assert page.total == 6 and "older" in notice
        assert [record.id for record in page.images if record.starred] == [old]
        await generate(studio, seed=50)
        with pytest.raises(OverLimit):
            await generate(studio, seed=51)
    async with open_studio() as studio:
        assert studio.notices == []
    assert server.posts == 7


async def test_an_image_that_is_just_being_recorded_is_no_file_of_a_newer_database(
    open_studio: OpenStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, looked = threading.Event(), threading.Event()

    def as_between_storing_and_recording(
        *_args: object, stopped: object, **_: object
    ) -> list[Path]:
        """Whoever compares names in that moment finds each file of this run unknown."""
        stored.wait(20)
        looked.set()
        return sorted((tmp_path / "data" / "images").rglob("*.png"))

    async with open_studio() as studio:
        monkeypatch.setattr(mending, "newer_files", as_between_storing_and_recording)
        await generate(studio, seed=1, count=2)
        stored.set()
        await asyncio.to_thread(looked.wait, 20)
    assert studio.notices == []


async def test_files_that_say_nothing_are_no_news_at_every_start(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        await generate(studio, seed=1)
    day = next((tmp_path / "data" / "images").iterdir())
    (day / f"{'f' * 32}.png").write_bytes(b"not ours")
    (day / "holiday.png").mkdir()
    async with open_studio() as studio:
        await generate(studio, seed=2)
        assert studio.notices == []
