"""Images forgotten for good: no byte of the folder has their words, and what they cost counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from backend.errors import InvalidInput
from backend.generation.chosen import Chosen
from backend.library import forgetting
from backend.library.forgetting import Forgotten
from backend.library.history import Proof
from backend.library.marks import Changes
from backend.library.marks_file import MarksFile
from backend.library.query import parse_address
from backend.storage.image_files.local import LocalFiles
from backend.studio import Studio
from backend.types import ImageRecord, RunState
from tests.canary.scan import files_with
from tests.http.faults import FaultServer, good, held, status
from tests.storage.conftest import FLUX, SDXL, OpenStudio
from tests.storage.test_experiments import BASE
from tests.storage.test_experiments_later import images, made
from tests.storage.test_studio import generate, until

RARE, TAG, NEGATIVE = "quizzaxolotl", "wombatrophy", "murkfunction"
# Without their beginnings: of those the index of words has only what another word before has not.
WORDS = [word[4:] for word in (RARE, TAG, NEGATIVE)]
PROMPT = f"a {RARE} by the sea"

EVER = date(2000, 1, 1), date(2100, 1, 1)
FAULTS = {
    "files": (LocalFiles, "remove"),
    "thumbnails": (LocalFiles, "drop_thumbs"),
    "marks": (MarksFile, "forget"),
    "rows": (forgetting.gone, "remove_rows"),
    "the rest": (forgetting, "scrub"),
}


def broken(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


async def one(studio: Studio, prompt: str = PROMPT, **more: object) -> ImageRecord:
    record = (await generate(studio, prompt=prompt, **more)).runs[0].record
    assert record is not None
    return record


async def forget(studio: Studio, *records: ImageRecord) -> Forgotten:
    ids = [record.id for record in records]
    await studio.gallery.change(ids, Changes(deleted=True))
    return await studio.gallery.forget(ids, in_trash=True)


async def history(studio: Studio) -> list[str]:
    return [prompt for prompt, _, _ in await studio.gallery.prompts("", 50)]


async def prompts_of_runs(studio: Studio) -> list[str]:
    return [run.prompt for run in (await studio.runs.page()).runs]


def traces(data: Path, words: Sequence[str] = WORDS) -> list[Path]:
    return [path for word in words for path in files_with(data, word)]


def careless(data: Path) -> None:
    """Leave words in the database's free room, as an SQLite does that overwrites nothing."""
    with closing(sqlite3.connect(data / "playground.db")) as db:
        db.execute("PRAGMA secure_delete=OFF")
        db.execute("CREATE TABLE former (text)")
        db.executemany("INSERT INTO former VALUES (?)", [(f"{PROMPT} " * 40,)] * 40)
        db.commit()
        db.execute("DROP TABLE former")
        db.commit()


async def test_no_byte_of_the_folder_has_the_words_and_the_money_stays_counted(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    async with open_studio() as studio:
        kept = await one(studio, "a plain dog", seed=1)
    careless(data)
    async with open_studio() as studio:
        record = await one(studio, seed=2)
        other = (await generate(studio, SDXL, prompt=PROMPT, negative_prompt=NEGATIVE)).runs[0]
        assert other.record is not None
        jobs = [(await generate(studio, prompt=PROMPT, seed=2)).id]  # answered from disk
        server.script(status(400, f"No {RARE}, please."))
        failed = await generate(studio, prompt=PROMPT, seed=3)
        jobs.append(failed.id)
        assert failed.runs[0].state is RunState.FAILED
        await studio.gallery.change([record.id, kept.id], Changes(starred=True, add_tags=(TAG,)))
        await studio.gallery.change([kept.id], Changes(remove_tags=(TAG,)))
        await studio.gallery.change([record.id], Changes(remove_tags=(TAG,)))
        await studio.gallery.change([record.id], Changes(add_tags=(TAG,)))
        assert await studio.gallery.thumbnail(record.id)
        (data / "unfinished" / f"{record.id}.part").write_text(PROMPT)
        usage = await studio.jobs.usage()
        runs = (await studio.runs.page()).total
        sums = await studio.gallery.days(*EVER)
        assert set(WORDS) <= {word for word in WORDS if traces(data, [word])}

        done = await forget(studio, record, other.record)
        assert done.images == 2 and len(done.runs) == 4 and not done.kept_in
        assert await history(studio) == ["a plain dog"]
        assert await prompts_of_runs(studio) == [""] * 4 + ["a plain dog"]
        assert await studio.jobs.usage() == usage and usage.requests_today == 4
        assert (await studio.runs.page()).total == runs
        assert await studio.gallery.days(*EVER) == sums
        assert await studio.gallery.image(record.id) is None
        assert await studio.gallery.thumbnail(record.id) is None
        assert [studio.jobs.job(job) for job in jobs] == [None, None]
        shown = [run for job in await studio.jobs.recent("me") for run in job.runs]
        assert [run.request.prompt for run in shown] == ["a plain dog"]
        found = await studio.gallery.images(query=parse_address(f"q={RARE[:4]}*"))
        assert found.total == 0
        assert traces(data, [WORDS[0], WORDS[2]]) == []  # while all is open, the log too
    # A tag that another image had once stays in what is noted on that one.
    assert traces(data, [WORDS[0], WORDS[2]]) == []


async def test_a_tag_goes_with_the_last_image_that_ever_had_it(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    async with open_studio() as studio:
        record, kept = await one(studio), await one(studio, "a plain dog")
        tag = await studio.gallery.change([record.id], Changes(add_tags=(TAG,)))
        star = await studio.gallery.change([record.id, kept.id], Changes(starred=True))
        assert traces(data, [WORDS[1]])
        await forget(studio, record)
        assert tag.undo and star.undo
        with pytest.raises(InvalidInput, match="no longer be undone"):
            await studio.gallery.undo(tag.undo)
        assert (await studio.gallery.undo(star.undo)).ids == [kept.id]
        marked = (data / "marks.jsonl").read_text()
        assert kept.id in marked and record.id not in marked
    assert traces(data) == []


async def test_a_database_made_anew_finds_nothing_of_it(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    async with open_studio() as studio:
        record, kept = await one(studio), await one(studio, "a plain dog")
        await studio.gallery.change([record.id, kept.id], Changes(rating=3))
        await forget(studio, record)
        usage = await studio.jobs.usage()
    (data / ".damaged").touch()  # by which a start makes it anew
    async with open_studio() as studio:
        page = await studio.gallery.images()
        assert [(found.id, found.rating) for found in page.images] == [(kept.id, 3)]
        assert (await studio.gallery.images(query=parse_address("trash=1"))).total == 0
        assert await history(studio) == ["a plain dog"]
        assert await studio.jobs.usage() == usage and usage.requests_today == 2
    assert traces(data) == []


async def test_what_other_images_share_stays_with_them(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        gone, kept = await one(studio, seed=1), await one(studio, seed=2)
        done = await forget(studio, gone)
        assert done.images == 1 and list(done.runs) == [gone.run_id]
        assert await history(studio) == [PROMPT]
        assert await prompts_of_runs(studio) == [PROMPT, ""]
        assert (await studio.gallery.images(query=parse_address(f"q={RARE}"))).total == 1
        await forget(studio, kept)
        assert await history(studio) == []


async def test_what_was_typed_goes_with_the_last_image_that_was_made_of_it(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    template = f"a {{red|blue}} {RARE}"
    async with open_studio() as studio:
        raw = {"prompt": template, "seed": 1}
        found = await studio.resolve(FLUX, raw, 2, 1)
        requests = studio.prepare_resolved(FLUX, raw, found)
        job = await studio.submit(
            requests,
            owner="me",
            chosen=Chosen(found.makings, replace(requests[0], prompt=template), drawn=False),
        )
        first, second = [run.record for run in await job.wait()]
        styled = studio.prepare(FLUX, {"prompt": f"{RARE} cat, in oil"}, 1)
        job = await studio.submit(styled, owner="me", typed=f"{RARE} cat")
        third = (await job.wait())[0].record
        assert first and second and third
        assert set(await history(studio)) == {template, f"{RARE} cat"}
        await forget(studio, first)
        assert set(await history(studio)) == {template, f"{RARE} cat"}
        await forget(studio, second)
        assert await history(studio) == [f"{RARE} cat"]
        await forget(studio, third)
        assert await history(studio) == []
    assert traces(tmp_path / "data") == []


async def test_prompts_go_too_of_which_no_image_came(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    server.script(status(400, f"No {RARE}, please."))
    async with open_studio() as studio:
        run = (await generate(studio, prompt=PROMPT)).runs[0]
        assert run.state is RunState.FAILED
        done = await studio.gallery.forget([], prompts=[PROMPT])
        assert (done.images, list(done.runs)) == (0, [run.id])
        assert await history(studio) == []
        (listed,) = (await studio.runs.page()).runs
        assert listed.state is RunState.FAILED and listed.error == run.error.__class__.__name__
        with pytest.raises(InvalidInput, match="was forgotten"):
            await studio.again(run.id, owner="me")
    assert traces(tmp_path / "data") == []


async def test_only_the_trash_is_forgotten_where_that_is_asked_for(open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        trashed, live = await one(studio, seed=1), await one(studio, "a plain dog")
        await studio.gallery.change([trashed.id], Changes(deleted=True))
        with pytest.raises(InvalidInput, match="Only what is in the trash"):
            await studio.gallery.forget([trashed.id, live.id], in_trash=True)
        assert studio.gallery.image_path(trashed).is_file()
        assert (await studio.gallery.forget(["f" * 32], in_trash=True)).images == 0
        with pytest.raises(InvalidInput, match="At most 1,000"):
            await studio.gallery.forget([f"{n:032x}" for n in range(1_001)])
        assert (await studio.gallery.forget([trashed.id, live.id])).images == 2


async def test_what_an_experiment_shows_stays_until_that_is_deleted(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    base, axes = BASE | {"prompt": PROMPT}, {"x": {"num_steps": "1, 4"}}
    document = {"title": "Steps", "base": base, "axes": axes}
    async with open_studio() as studio:
        own = await made(studio, document)
        ids = [*(await images(studio, own)).values()]
        await studio.gallery.change(ids, Changes(deleted=True))
        with pytest.raises(InvalidInput, match=r"An experiment still shows .* Steps") as refused:
            await studio.gallery.forget(ids, in_trash=True)
        assert refused.value.hint == "Delete the experiment first, then forget its images."
        assert (await studio.gallery.images(query=parse_address("trash=1"))).total == 2
        await studio.shelf.remove(own.id, images=False)
        assert (await studio.gallery.forget(ids, in_trash=True)).images == 2
    assert traces(tmp_path / "data") == []


async def test_a_batch_that_is_under_way_goes_on_without_what_was_forgotten(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script(good(), held(good()))
    async with open_studio() as studio:
        requests = studio.prepare(FLUX, {"prompt": PROMPT, "seed": 1}, 2)
        job = await studio.submit(requests, owner="me")
        late = job.events()  # somebody's who hears of it all at the end
        _ = [await anext(late) for _ in job.runs]
        await until(lambda: any(run.record for run in job.runs))
        landed = next(run for run in job.runs if run.record)
        assert landed.record is not None
        await forget(studio, landed.record)
        assert await history(studio) == [PROMPT]  # the other one was asked for with it
        server.release()
        told = [run async for run in late if run.id == landed.id]
        assert told and {(run.request.prompt, run.record) for run in told} == {("", None)}
        assert sorted(await prompts_of_runs(studio)) == ["", PROMPT]


async def test_what_is_made_after_it_is_not_shadowed_by_it(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        await forget(studio, await one(studio, seed=1))
        again = await one(studio, seed=1)
        assert not again.cached and server.posts == 2
        assert await history(studio) == [PROMPT]


@pytest.mark.parametrize("step", [*FAULTS])
async def test_what_is_cut_off_is_finished_by_the_next_start(
    open_studio: OpenStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await cut_off(open_studio, monkeypatch, step)
    await finished(open_studio, tmp_path / "data")


@pytest.mark.parametrize("step", [*FAULTS])
async def test_what_is_cut_off_is_finished_although_the_database_was_lost(
    open_studio: OpenStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await cut_off(open_studio, monkeypatch, step)
    # The image's file or none: nothing of it may come back.
    (tmp_path / "data" / "playground.db").unlink()
    await finished(open_studio, tmp_path / "data")


async def cut_off(open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Forget an image as far as `step`, which fails."""
    async with open_studio() as studio:
        record = await one(studio)
        await studio.gallery.change([record.id], Changes(add_tags=(TAG,)))
        with monkeypatch.context() as fault:
            fault.setattr(*FAULTS[step], broken)
            with pytest.raises(InvalidInput, match="No space left") as told:
                await forget(studio, record)
        assert "The next start finishes it." in told.value.hint


async def finished(open_studio: OpenStudio, data: Path) -> None:
    """Start once more, after which nothing of it is left."""
    async with open_studio() as studio:
        assert (await studio.gallery.images(query=parse_address("trash=1"))).total == 0
        assert (await studio.gallery.images()).total == 0
        assert await history(studio) == [] and set(await prompts_of_runs(studio)) <= {""}
    assert traces(data) == [] and not (data / "forgetting.json").exists()


def test_what_was_noted_on_others_stays_as_it_was(tmp_path: Path) -> None:
    one, other = "1" * 32, "2" * 32
    both = MarksFile(tmp_path / "elsewhere.jsonl")
    both.note(1.0, [one, other], Changes(starred=True))
    both.note(2.0, [one], Changes(add_tags=(TAG,)))
    both.note_proof(Proof(other, one, "identical", 0.0, datetime.now(UTC)))
    with (tmp_path / "elsewhere.jsonl").open("a") as file:
        file.write(f'no sense\n{{"at": 3, "ids": ["{one}"], "marks": {{"add_tags": ["{TAG}')
    (tmp_path / "marks.jsonl").symlink_to("elsewhere.jsonl")
    linked = MarksFile(tmp_path / "marks.jsonl")
    linked.forget([one])
    assert [*linked.entries()] == [(1.0, [other], Changes(starred=True))]
    assert (tmp_path / "marks.jsonl").is_symlink()
    text = (tmp_path / "elsewhere.jsonl").read_text()
    assert "no sense" in text and one not in text and TAG not in text
    MarksFile(tmp_path / "none.jsonl").forget([one])
    assert not (tmp_path / "none.jsonl").exists()


async def test_an_older_database_that_may_still_hold_it_is_named(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        record = await one(studio)
        (tmp_path / "data" / "playground.db.damaged-1").write_text(PROMPT)
        assert list((await forget(studio, record)).kept_in) == ["playground.db.damaged-1"]
