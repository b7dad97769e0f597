"""A rebuild under fire: cut off, on a full disk, from odd files and an odd journal."""

from __future__ import annotations

import errno
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.errors import SettingsError
from backend.images import metadata
from backend.library.marks import Changes
from backend.library.marks_file import MarksFile
from backend.storage import journal
from backend.upkeep import refill
from tests.storage.conftest import OpenStudio
from tests.storage.test_gallery import one


async def test_a_rebuild_that_was_cut_off_begins_anew(
    open_studio: OpenStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    restore = refill.restore

    def killed(engine: sa.Engine, found: Any) -> None:
        restore(engine, found)
        raise Killed

    async with open_studio() as studio:
        for seed in (1, 2):
            await one(studio, seed)
    path = tmp_path / "data" / "playground.db"
    path.write_bytes(b"damaged" * 1000)
    with monkeypatch.context() as patched:
        patched.setattr(refill, "BATCH_IMAGES", 1)
        patched.setattr(refill, "restore", killed)
        with pytest.raises(Killed):
            async with open_studio():
                pass
    async with open_studio() as studio:
        assert (await studio.gallery.images()).total == 2
        assert "damaged" in studio.notices[0]
    assert not list(path.parent.glob("playground.db.new*"))


async def test_a_log_without_its_database_is_not_taken_for_the_new_one_s(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        await one(studio)
    path = tmp_path / "data" / "playground.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.execute("UPDATE images SET rating=rating")
        db.commit()
        log = path.with_name("playground.db-wal").read_bytes()
    db.close()
    path.unlink()
    path.with_name("playground.db-wal").write_bytes(log)
    async with open_studio() as studio:
        assert (await studio.gallery.images()).total == 1
    assert next(path.parent.glob("playground.db.damaged-*-wal")).read_bytes() == log


async def test_a_full_disk_during_a_rebuild_is_one_sentence_and_nothing_is_lost(
    open_studio: OpenStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sa.exc.OperationalError("INSERT", {}, Exception("database or disk is full"))

    async with open_studio() as studio:
        await one(studio)
    path = tmp_path / "data" / "playground.db"
    path.write_bytes(b"damaged" * 1000)
    with monkeypatch.context() as patched:
        patched.setattr(refill, "restore", full)
        with pytest.raises(SettingsError, match="disk is full"):
            async with open_studio():
                pass
    assert path.read_bytes() == b"damaged" * 1000


async def test_an_image_file_that_cannot_be_read_does_not_keep_the_others_away(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        record = await one(studio)
        (studio.gallery.image_path(record).parent / "folder.png").mkdir()
    (tmp_path / "data" / "playground.db").unlink()
    async with open_studio() as studio:
        assert (await studio.gallery.images()).total == 1


async def test_two_files_that_claim_one_run_do_not_end_a_rebuild(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        first, second = await one(studio, 1), await one(studio, 2)
        path = studio.gallery.image_path(second)
    path.write_bytes(claiming(path.read_bytes(), first.run_id))
    (tmp_path / "data" / "playground.db").unlink()
    async with open_studio() as studio:
        assert (await studio.gallery.images()).total == 2


def claiming(data: bytes, run_id: str) -> bytes:
    said = metadata.read(data)
    assert said is not None
    record = replace(said.record, run_id=run_id)
    return metadata.embed(data, record, model_label="", app_version="")


LINES = {
    "a moment beyond all": '{"at":1e300,"ids":["ID"],"marks":{"deleted":true}}',
    "an endless moment": '{"at":Infinity,"ids":["ID"],"marks":{"deleted":true}}',
    "a proof of nothing": '{"proof":{"image_id":{},"again_id":[],"verdict":1,"created":1e300}}',
    "a proof that is none": '{"proof":5}',
    "no object": "5",
    "half a character": r'{"at":1,"ids":["\ud800"],"marks":{"tags":["\ud800"]}}',
    "half a character in a tag": r'{"at":1,"ids":["ID"],"marks":{"add_tags":["\ud800x"]}}',
    "half a character in a proof": r'{"proof":{"image_id":"\ud800","again_id":"\ud800",'
    r'"verdict":"near","mean_difference":1,"created":1}}',
    "a strange verdict": '{"proof":{"image_id":"ID","again_id":"ID","verdict":"splendid",'
    '"mean_difference":1,"created":1}}',
    "a strange difference": '{"proof":{"image_id":"ID","again_id":"ID","verdict":"near",'
    '"mean_difference":NaN,"created":1}}',
    "a list of lists": "[" * 5_000 + "]" * 5_000,
    "a deep number": '{"at":1e400,"ids":["ID"],"marks":{"rating":1e400}}',
    "nulls": '{"at":null,"ids":null,"marks":null}',
    "no ids": '{"at":1,"ids":[null,5,{"a":1}],"marks":{"starred":false}}',
    "a blank line": "",
    "a long line": "x" * 2_000_000,
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
async def test_a_line_that_makes_no_sense_is_passed_over(
    open_studio: OpenStudio, tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_studio() as studio:
        record = await one(studio)
        await studio.gallery.change([record.id], Changes(starred=True))
    (tmp_path / "data" / "playground.db").unlink()
    monkeypatch.setattr(journal, "LINE_MAX_BYTES", 1_000_000)
    with (tmp_path / "data" / "marks.jsonl").open("a") as file:
        file.write(line.replace("ID", record.id) + "\n")
        file.write(f'{{"at":1.0,"ids":["{record.id}"],"marks":{{"rating":4}}}}\n')
    async with open_studio() as studio:
        (found,) = (await studio.gallery.images()).images
        assert (found.starred, found.rating, found.tags) == (True, 4, ())
        assert await studio.gallery.proofs(found) == []


def test_a_line_that_was_cut_short_does_not_take_the_next_one_with_it(tmp_path: Path) -> None:
    path = tmp_path / "marks.jsonl"
    path.write_text('{"at":1.0,"ids":["a"],"ma')
    MarksFile(path).note(2.0, ["b" * 32], Changes(starred=True))
    MarksFile(path).note(3.0, ["c" * 32], Changes(rating=0))
    assert [entry[1] for entry in MarksFile(path).entries() if isinstance(entry, tuple)] == [
        ["b" * 32],
        ["c" * 32],
    ]


async def test_a_disk_that_fails_once_does_not_put_a_whole_database_aside(
    open_studio: OpenStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_studio() as studio:
        await one(studio)
    database, real = tmp_path / "data" / "playground.db", Path.stat

    def failing(path: Path, *, follow_symlinks: bool = True) -> Any:
        if path == database:
            raise OSError(errno.EIO, "Input/output error")
        return real(path, follow_symlinks=follow_symlinks)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", failing)
        with pytest.raises(SettingsError, match="Input/output error"):
            async with open_studio():
                pass
    async with open_studio() as studio:
        assert studio.notices == [] and (await studio.gallery.images()).total == 1
