"""Stored images under fire: what happens at once, or ends between two steps."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from backend.errors import InvalidInput, TokenUsed
from backend.library.gallery import Gallery
from backend.library.library import Library
from backend.library.marks import Changes
from backend.library.marks_file import MarksFile
from backend.library.query import ImageQuery
from backend.storage.image_files.local import LocalFiles
from backend.studio import Studio
from backend.types import ImageRecord
from tests.http.faults import FaultServer
from tests.storage.conftest import FLUX, OpenStudio, library_of
from tests.storage.test_gallery import one

TRASH = ImageQuery(trash=True)


def held(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> tuple[Any, Any]:
    """Stop a method at its beginning; return (it was reached, let it go on) as thread events."""
    reached, go_on, method = threading.Event(), threading.Event(), getattr(owner, name)

    def stopped(*args: Any, **kwargs: Any) -> Any:
        reached.set()
        assert go_on.wait(10)
        return method(*args, **kwargs)

    monkeypatch.setattr(owner, name, stopped)
    return reached, go_on


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the database as another program would that writes."""
    database = folder / "data" / "playground.db"
    with closing(sqlite3.connect(database, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield


async def in_trash(studio: Studio, **more: Any) -> ImageRecord:
    record = await one(studio, **more)
    await studio.gallery.change([record.id], Changes(deleted=True))
    return record


async def test_an_image_that_answers_while_the_trash_is_emptied_is_there_or_is_made_anew(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_studio() as studio:
        await in_trash(studio)
        reached, go_on = held(monkeypatch, LocalFiles, "remove")
        emptying = asyncio.create_task(studio.gallery.empty_trash())
        await asyncio.to_thread(reached.wait, 10)
        again = asyncio.create_task(one(studio))
        await asyncio.sleep(0.1)
        go_on.set()
        assert await emptying == 1
        assert studio.gallery.image_path(await again).is_file()


async def test_what_was_restored_meanwhile_is_neither_removed_nor_counted(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_studio() as studio:
        record = await in_trash(studio)
        await studio.gallery.change([record.id], Changes(deleted=False))
        monkeypatch.setattr(Library, "ids", lambda *_: [record.id])  # as it was a moment ago
        assert await studio.gallery.empty_trash() == 0
        assert studio.gallery.image_path(record).is_file()


async def test_an_image_whose_removal_was_cut_off_never_answers_without_its_file(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch, server: FaultServer
) -> None:
    def cut_off(*_: object) -> None:
        raise OSError("The program ended here.")

    async with open_studio() as studio:
        record = await in_trash(studio)
        with monkeypatch.context() as patched:
            patched.setattr(Library, "forget", cut_off)
            with pytest.raises(InvalidInput, match="could not be removed"):
                await studio.gallery.empty_trash()
        assert not studio.gallery.image_path(record).exists()
        again = await one(studio)
        assert not again.cached and studio.gallery.image_path(again).is_file()
    assert server.posts == 2


async def test_a_thumbnail_made_while_the_trash_is_emptied_does_not_outlive_its_image(
    open_studio: OpenStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_studio() as studio:
        record = await in_trash(studio)
        reached, go_on = held(monkeypatch, LocalFiles, "put_thumb")
        shown = asyncio.create_task(studio.gallery.thumbnail(record.id))
        await asyncio.to_thread(reached.wait, 10)
        emptying = asyncio.create_task(studio.gallery.empty_trash())
        while studio.gallery.image_path(record).exists():
            await asyncio.sleep(0.01)
        go_on.set()
        assert await emptying == 1 and await shown is not None
        assert await studio.gallery.thumbnail(record.id) is None
        assert not list((tmp_path / "data" / "thumbs").rglob("*.webp"))


async def test_a_trash_that_cannot_be_emptied_says_why_and_keeps_what_it_has(
    open_studio: OpenStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.storage.database.BUSY_TIMEOUT_MS", 50)
    async with open_studio() as studio:
        record = await in_trash(studio)
        with locked(tmp_path), pytest.raises(InvalidInput, match="the database cannot be written"):
            await studio.gallery.empty_trash()
        assert studio.gallery.image_path(record).is_file()
        assert await studio.gallery.empty_trash() == 1


async def test_an_answer_comes_from_the_gallery_before_it_comes_from_the_trash(
    open_studio: OpenStudio,
) -> None:
    async with open_studio() as studio:
        first = await one(studio)
        copy = await in_trash(studio, anew=True)
        assert (await one(studio)).id == first.id
        assert (await studio.gallery.images(query=TRASH)).images[0].id == copy.id


async def test_what_an_answer_took_out_of_the_trash_stays_out_after_a_rebuild(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        await in_trash(studio)
        assert (await one(studio)).cached
    (tmp_path / "data" / "playground.db").unlink()
    async with open_studio() as studio:
        assert (await studio.gallery.images()).total == 1


async def test_the_journal_has_marks_in_the_order_of_the_database(
    open_studio: OpenStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = MarksFile.note

    def late_at_first(journal: MarksFile, moment: float, ids: Any, changes: Changes) -> None:
        if changes.rating == 1:
            threading.Event().wait(0.1)
        note(journal, moment, ids, changes)

    monkeypatch.setattr(MarksFile, "note", late_at_first)
    async with open_studio() as studio:
        record = await one(studio)
        await asyncio.gather(
            *(studio.gallery.change([record.id], Changes(rating=n)) for n in (1, 5))
        )
    (tmp_path / "data" / "playground.db").unlink()
    async with open_studio() as studio:
        assert [found.rating for found in (await studio.gallery.images()).images] == [5]


async def test_a_total_that_was_counted_during_a_change_is_not_kept(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_studio() as studio:
        gallery, record = studio.gallery, await one(studio)
        reached, go_on = held(monkeypatch, Changes, "columns")
        change = asyncio.create_task(gallery.change([record.id], Changes(deleted=True)))
        await asyncio.to_thread(reached.wait, 10)
        assert (await gallery.images()).total == 1
        go_on.set()
        await change
        assert (await gallery.images()).total == 0


async def test_a_database_that_cannot_be_written_is_said_and_nothing_is_changed(
    open_studio: OpenStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.storage.database.BUSY_TIMEOUT_MS", 50)
    async with open_studio() as studio:
        record = await one(studio)
        with locked(tmp_path), pytest.raises(InvalidInput, match="nothing was changed"):
            await studio.gallery.change([record.id], Changes(starred=True))
        assert not (tmp_path / "data" / "marks.jsonl").exists()


async def test_details_are_shown_although_a_repetition_can_no_longer_be_compared(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_yet(*_: object) -> None: ...

    async with open_studio() as studio:
        record = await one(studio)
        with monkeypatch.context() as patched:
            patched.setattr(Gallery, "prove", not_yet)
            job = await studio.reproduce(record.id, owner="me", token=uuid4().hex)
            await job.wait()
            await asyncio.sleep(0.05)
        again = job.runs[0].record
        assert again is not None
        studio.gallery.image_path(record).unlink()
        assert await studio.gallery.proofs(again) == []


async def test_a_token_of_another_job_proves_nothing(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        record, token = await one(studio), uuid4().hex
        requests = studio.prepare(FLUX, {"prompt": "a dog", "seed": 1}, 1)
        await (await studio.submit(requests, token=token)).wait()
        with pytest.raises(TokenUsed):
            await studio.reproduce(record.id, owner="", token=token)
    async with open_studio() as studio:
        assert await studio.gallery.proofs(record) == []


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"num_steps": 1_000_000}, "out of range"),
        ({"num_images": 50}, "takes no num images"),
    ],
)
async def test_an_imported_request_that_no_form_would_take_is_never_sent(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path, values: dict[str, Any], why: str
) -> None:
    async with open_studio() as studio:
        record = await one(studio)
        request = replace(record.request, values={**record.request.values, **values})
        hostile = replace(record, id="f" * 32, request=request)
        with library_of(tmp_path / "data") as library:
            library.add(hostile, None)
        for make in (studio.reproduce, studio.make_neighbours):
            with pytest.raises(InvalidInput, match=why):
                await make(hostile.id, owner="me", token=uuid4().hex)
    assert server.posts == 1
