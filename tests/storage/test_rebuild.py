"""A bad database: moved aside, made anew from the image files, and said so; nothing deleted."""

from __future__ import annotations

import os
import random
import sqlite3
from pathlib import Path

import pytest

from backend.errors import SettingsError
from backend.studio import Studio
from backend.types import Limits
from tests.http.faults import FaultServer
from tests.marked import MARKED
from tests.storage.conftest import FLUX, SDXL, OpenStudio
from tests.storage.test_studio import generate


async def fill(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        await generate(studio, seed=1, prompt="emoji 🐈", count=3)
        await generate(studio, SDXL, negative_prompt="fog")


async def contents(studio: Studio) -> list[object]:
    page = await studio.gallery.images(limit=200)
    return [(r.id, r.request, r.price_usd, r.created, r.sha256) for r in page.images]


def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "playground.db"


def randomise(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(20_000))


def damage_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = random.Random(page).randbytes(64)
    path.write_bytes(data)


DAMAGE = {
    "random bytes": randomise,
    "truncated in the middle": lambda path: os.truncate(path, path.stat().st_size // 2),
    "truncated to its header": lambda path: os.truncate(path, 100),
    "pages overwritten": damage_middle,
    "text": lambda path: path.write_text("hello"),
}


@pytest.mark.parametrize("how", DAMAGE)
async def test_a_damaged_database_is_moved_aside_and_rebuilt_from_the_files(
    open_studio: OpenStudio, tmp_path: Path, server: FaultServer, how: str
) -> None:
    await fill(open_studio)
    async with open_studio() as studio:
        before = await contents(studio)
    DAMAGE[how](database(tmp_path))
    damaged = database(tmp_path).read_bytes()

    async with open_studio() as studio:
        after = await contents(studio)
        assert sorted(map(str, after)) == sorted(map(str, before))
        assert next(r.request.model for r in (await studio.gallery.images()).images) == SDXL
        (notice,) = studio.notices
        assert "made anew from 4 image files" in notice and "nothing was deleted" in notice
        (aside,) = database(tmp_path).parent.glob("playground.db.damaged-*")
        assert aside.name in notice and aside.read_bytes() == damaged
        record = (await generate(studio, seed=2, prompt="emoji 🐈")).runs[0].record
        assert record and record.cached
    async with open_studio() as studio:
        assert studio.notices == [] and (await studio.gallery.images()).total == 4
    assert server.posts == 4


@pytest.mark.parametrize("emptied", [True, False])
async def test_a_missing_or_empty_database_is_made_anew_from_the_files(
    open_studio: OpenStudio, tmp_path: Path, emptied: bool
) -> None:
    await fill(open_studio)
    database(tmp_path).unlink()
    if emptied:
        database(tmp_path).touch()
    async with open_studio() as studio:
        assert (await studio.gallery.images()).total == 4 and "missing" in studio.notices[0]


async def test_a_rebuild_does_not_give_the_day_s_budget_anew(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    await fill(open_studio)
    randomise(database(tmp_path))
    async with open_studio(limits=Limits(requests_per_day=5)) as studio:
        await generate(studio, seed=50)
        with pytest.raises(Exception, match="5 requests a day leaves 0"):
            await generate(studio, seed=51)


async def test_a_foreign_file_among_the_images_is_left_alone_and_counted(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    await fill(open_studio)
    day = next((tmp_path / "data" / "images").iterdir())
    (day / "holiday.png").write_bytes(b"not ours")
    randomise(database(tmp_path))
    async with open_studio() as studio:
        assert (await studio.gallery.images()).total == 4
        assert "1 file says nothing" in studio.notices[0]
        assert MARKED.tell(studio.notices[0]).count("«") == 3, "a sentence cannot be told"
    assert (day / "holiday.png").read_bytes() == b"not ours"


async def test_a_locked_database_is_left_alone_and_said_in_a_sentence(
    open_studio: OpenStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.storage.database.BUSY_TIMEOUT_MS", 50)
    await fill(open_studio)
    with sqlite3.connect(database(tmp_path), isolation_level=None) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SettingsError, match="Close other programs"):
            async with open_studio():
                pass
        holder.execute("ROLLBACK")
    holder.close()
    async with open_studio() as studio:
        assert (await studio.gallery.images()).total == 4 and studio.notices == []


async def test_a_start_without_trouble_says_nothing(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        assert studio.notices == []
        await generate(studio, FLUX, seed=1)
    async with open_studio() as studio:
        assert studio.notices == []
