"""Stored images through the studio: trash and cache, made again, neighbours, history, migration."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from backend.errors import InvalidInput
from backend.library.marks import Changes
from backend.library.query import ImageQuery, parse_address
from backend.studio import Studio
from backend.types import ImageRecord, Limits, Origin
from tests.http.faults import FaultServer
from tests.storage.conftest import FLUX, SDXL, OpenStudio
from tests.storage.older import back_to_version_5
from tests.storage.test_studio import generate

EVER = date(2000, 1, 1), date(2100, 1, 1)


async def one(studio: Studio, seed: int = 7, **more: object) -> ImageRecord:
    record = (await generate(studio, seed=seed, **more)).runs[0].record
    assert record is not None
    return record


async def test_an_image_in_the_trash_still_answers_and_comes_back(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        record = await one(studio)
        await studio.gallery.change([record.id], Changes(deleted=True))
        assert (await studio.gallery.images()).total == 0
        again = await one(studio)
        assert again.cached and again.id == record.id and again.deleted is None
        page = await studio.gallery.images(query=parse_address("cached=1"))
        assert [found.id for found in page.images] == [record.id]
    assert server.posts == 1


async def test_emptying_the_trash_removes_files_and_nothing_else(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        gone, kept = await one(studio, 1, prompt="a dog"), await one(studio, 2)
        await studio.gallery.thumbnail(gone.id)
        await studio.gallery.change([gone.id], Changes(deleted=True))
        assert studio.gallery.image_path(gone).is_file()
        assert await studio.gallery.empty_trash() == 1
        assert not studio.gallery.image_path(gone).exists()
        assert not list((tmp_path / "data" / "thumbs").rglob(f"{gone.id}*"))
        assert studio.gallery.image_path(kept).is_file()
        assert await studio.gallery.image(gone.id) is None
        assert await studio.gallery.thumbnail(gone.id) is None
        prompts = [prompt for prompt, _, _ in await studio.gallery.prompts("dog", 10)]
        assert prompts == ["a dog"]  # the history survives
        assert sum(day.images for day in await studio.gallery.days(*EVER)) == 2
        shown = [run for job in await studio.jobs.recent("me") for run in job.runs]
        assert [run.dismissed for run in shown] == [True, False]
        assert not (await one(studio, 1, prompt="a dog")).cached  # it is no longer there
    async with open_studio() as studio:
        assert studio.notices == [] and (await studio.gallery.images()).total == 2


async def test_emptying_that_a_crash_cut_off_is_finished_the_next_time(
    open_studio: OpenStudio,
) -> None:
    async with open_studio() as studio:
        record = await one(studio)
        await studio.gallery.change([record.id], Changes(deleted=True))
        studio.gallery.image_path(record).unlink()  # as far as it came
    async with open_studio() as studio:
        assert (await studio.gallery.images(query=ImageQuery(trash=True))).total == 1
        assert await studio.gallery.empty_trash() == 1


async def test_an_image_made_again_is_one_more_send_and_proven(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        record = await one(studio)
        token = uuid4().hex
        job = await studio.reproduce(record.id, owner="me", token=token)
        twin = await studio.reproduce(record.id, owner="me", token=token)
        assert twin is job and len(await job.wait()) == 1
        again = job.runs[0].record
        assert again is not None and again.id != record.id and not again.cached
        assert again.origin == Origin(record.id, "reproduced")
    assert server.posts == 2
    async with open_studio() as studio:
        for seen in (record, again):
            (proof,) = await studio.gallery.proofs(seen)
            assert (proof.image_id, proof.again_id) == (record.id, again.id)
            assert (proof.verdict, proof.mean_difference) == ("identical", 0.0)


async def test_a_verdict_that_a_crash_cut_off_is_made_up_for(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_off(*_: object) -> None:
        raise InvalidInput("The program ended here.")

    async with open_studio() as studio:
        record = await one(studio)
        with monkeypatch.context() as patched:
            patched.setattr(studio.gallery, "prove", cut_off)
            job = await studio.reproduce(record.id, owner="me", token=uuid4().hex)
            await job.wait()
        again = job.runs[0].record
        assert again is not None
    async with open_studio() as studio:
        (proof,) = await studio.gallery.proofs(again)
        assert proof.verdict == "identical"


async def test_a_model_without_a_seed_is_never_sent_to_prove_something(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        record = (await generate(studio, SDXL)).runs[0].record
        assert record is not None
        for make in (studio.reproduce, studio.make_neighbours):
            with pytest.raises(InvalidInput, match="takes no seed"):
                await make(record.id, owner="me", token=uuid4().hex)
        with pytest.raises(InvalidInput, match="no longer stored"):
            await studio.reproduce("0" * 32, owner="me", token=uuid4().hex)
    assert server.posts == 1


async def test_neighbours_are_one_experiment_and_what_is_there_is_free(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        record = await one(studio, 42)
        requests, cached = await studio.neighbours(record)
        assert [request.seed for request in requests] == list(range(38, 47)) and cached == 1
        job = await studio.make_neighbours(record.id, owner="me", token=uuid4().hex)
        await job.wait()
        made = [run.record for run in job.runs if run.record and not run.record.cached]
        assert len(made) == 8 and server.posts == 9
        (experiment,) = {found.experiment for found in made}
        page = await studio.gallery.images(query=parse_address(f"experiment={experiment}"))
        assert page.total == 8
        children, count = await studio.gallery.children(record.id)
        assert count == 8 and {child.origin for child in children} == {
            Origin(record.id, "neighbour")
        }


async def test_limits_hold_for_neighbours_as_for_a_click(open_studio: OpenStudio) -> None:
    async with open_studio(limits=Limits(requests_per_day=5)) as studio:
        record = await one(studio)
        with pytest.raises(Exception, match="this needs 8"):
            await studio.make_neighbours(record.id, owner="me", token=uuid4().hex)


async def test_lineage_and_marks_survive_a_lost_database(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        first = await one(studio)
        requests = studio.prepare(FLUX, {"prompt": "a cat", "seed": 8}, 1)
        origin = Origin(first.id, "seed")
        job = await studio.submit(requests, origin=origin, experiment="e" * 32)
        await job.wait()
        child = job.runs[0].record
        assert child is not None
        gallery = studio.gallery
        await gallery.change([first.id], Changes(starred=True, rating=4, tags=("sea",)))
        await gallery.change([first.id], Changes(add_tags=("night",), rating=0))
        await gallery.change([child.id], Changes(deleted=True))
        again = await studio.reproduce(first.id, owner="me", token=uuid4().hex)
        await again.wait()
        before = [await gallery.image(image_id) for image_id in (first.id, child.id)]
    (tmp_path / "data" / "playground.db").unlink()
    with (tmp_path / "data" / "marks.jsonl").open("a") as journal:
        journal.write('not json\n{"at":1}\n[]\n')
    async with open_studio() as studio:
        after = [await studio.gallery.image(image_id) for image_id in (first.id, child.id)]
        assert after == before and after[1] is not None and after[1].origin == origin
        (proof,) = await studio.gallery.proofs(first)
        assert proof.verdict == "identical"


async def test_a_folder_of_the_first_version_is_carried_over(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        await one(studio, prompt="Äpfel und Birnen")
        await generate(studio, SDXL, negative_prompt="heavy fog")
    path = tmp_path / "data" / "playground.db"
    with sqlite3.connect(path) as db:
        back_to_the_first_version(db)
    db.close()
    async with open_studio() as studio:
        assert studio.notices == []
        for words in ("apfel", "fog"):
            assert (await studio.gallery.images(query=parse_address(f"q={words}"))).total == 1
        await one(studio, 9, prompt="new pears")
        assert (await studio.gallery.images(query=parse_address("q=pear*"))).total == 1
        assert sum(day.images for day in await studio.gallery.days(*EVER)) == 3
        assert len(await studio.gallery.prompts("", 10)) == 3


async def test_what_was_undone_is_so_in_a_database_made_anew_too(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        record = await one(studio)
        await studio.gallery.change([record.id], Changes(rating=3, tags=("sea",)))
        for changes in (Changes(rating=5, starred=True, tags=("x", "y")), Changes(deleted=True)):
            act = await studio.gallery.change([record.id], changes)
            assert act.undo is not None
            back = await studio.gallery.undo(act.undo)
        await studio.gallery.undo(back.undo or "")  # and into the trash again, as of then
        marked = await studio.gallery.image(record.id)
        assert marked and (marked.rating, marked.tags, marked.starred) == (3, ("sea",), False)
        assert marked.deleted is not None
    for file in (tmp_path / "data").glob("playground.db*"):
        file.unlink()
    async with open_studio() as studio:
        assert await studio.gallery.image(record.id) == marked


def back_to_the_first_version(db: sqlite3.Connection) -> None:
    for trigger in ("images_fts_insert", "images_fts_delete"):
        db.execute(f"DROP TRIGGER {trigger}")
    for event in ("insert", "delete", "update"):
        db.execute(f"DROP TRIGGER run_counts_{event}")
    db.execute("DROP VIEW images_words")
    for table in (
        "images_fts",
        "tag_names",
        "image_tags",
        "prompts",
        "proofs",
        "run_counts",
    ):
        db.execute(f"DROP TABLE {table}")
    names = db.execute(
        "SELECT name FROM sqlite_master WHERE type='index' AND sql IS NOT NULL"
        " AND tbl_name='images' AND name != 'ix_images_cache_key'"
    ).fetchall()
    for (name,) in [*names, *[(f"ix_runs_{n}",) for n in ("created", "state", "again", "doubt")]]:
        db.execute(f"DROP INDEX {name}")
    db.execute("CREATE INDEX ix_runs_state ON runs (state)")
    back_to_version_5(db)
    for column in ("asked", "again_of", "again_no"):
        db.execute(f"ALTER TABLE runs DROP COLUMN {column}")
    for column in ("origin_id", "origin_kind", "experiment"):
        db.execute(f"ALTER TABLE runs DROP COLUMN {column}")
        db.execute(f"ALTER TABLE images DROP COLUMN {column}")
    later = "prompt_words", "negative_words", "negative_prompt", "rating", "deleted", "cache_hits"
    for column in later:
        db.execute(f"ALTER TABLE images DROP COLUMN {column}")
    db.execute("UPDATE alembic_version SET version_num='0001'")
