"""The studio over a real socket: one click, repeats, twins, batches, stops and restarts."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.errors import InvalidInput, NoCredit, OverLimit, SettingsError, Stopped
from backend.generation.jobs import Job
from backend.images import metadata, pictures
from backend.studio import Studio
from backend.types import Limits, RunState
from tests.http.faults import FaultServer, good, held, png, status
from tests.pixels import pixel_sha256
from tests.storage.conftest import FLUX, KEY, SDXL, OpenStudio, Pauses


async def generate(studio: Studio, model: str = FLUX, count: int = 1, **raw: Any) -> Job:
    anew = raw.pop("anew", False)
    requests = studio.prepare(model, {"prompt": "a flying cat", **raw}, count)
    job = await studio.submit(requests, owner="me", anew=anew)
    await job.wait()
    return job


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_an_image_is_stored_with_the_very_pixels_that_came(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    came = png(96, 64, noise=True)
    server.script(good(came))
    async with open_studio() as studio:
        (run,) = (await generate(studio, seed=7)).runs
        assert run.state is RunState.SAVED and run.record is not None
        found = await studio.gallery.image_file(run.record.id)
        assert found is not None
        stored = found[0].read_bytes()

    assert pixel_sha256(stored) == pixel_sha256(came)
    said = metadata.read(stored)
    assert said is not None and said.record.request == run.request
    assert (run.record.seconds, run.record.width_px, run.record.height_px) == (1.25, 96, 64)
    assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}"
    assert server.requests[-1].json() == {
        "model": FLUX,
        "prompt": "a flying cat",
        "width": 1024,
        "height": 1024,
        "num_steps": 4,
        "guidance_scale": 3.5,
        "seed": 7,
    }


async def test_a_repeat_with_the_same_seed_is_free_and_marked(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        first = (await generate(studio, seed=7)).runs[0].record
        again = (await generate(studio, seed=7)).runs[0].record
        assert first and again and again.id == first.id
        assert again.cached and again.price_usd == 0 and not first.cached
        assert server.posts == 1
        await generate(studio, seed=7, anew=True)
    assert server.posts == 2


async def test_a_repeat_is_free_after_a_restart_too(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        await generate(studio, seed=7)
    async with open_studio() as studio:
        record = (await generate(studio, seed=7)).runs[0].record
    assert record and record.cached and server.posts == 1


@pytest.mark.parametrize("left", ["nothing", "an empty file", "a folder", "a dead link"])
async def test_an_image_that_was_deleted_by_hand_answers_nothing(
    left: str, open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        first = (await generate(studio, seed=7)).runs[0].record
        assert first is not None
        path = studio.gallery.image_path(first)
        path.unlink()
        if left == "an empty file":
            path.touch()
        elif left == "a folder":
            path.mkdir()
        elif left == "a dead link":
            path.symlink_to(path.with_name("nowhere"))
        assert (await studio.neighbours(first))[1] == 0, "they were offered as free"
        second = (await generate(studio, seed=7)).runs[0].record
        assert second is not None and not second.cached and second.id != first.id
        third = (await generate(studio, seed=7)).runs[0].record
        assert third is not None and third.cached and third.id == second.id
    assert server.posts == 2


async def test_a_model_without_seed_is_never_answered_from_the_cache(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        for _ in range(2):
            run = (await generate(studio, SDXL)).runs[0]
            assert run.record and run.record.request.seed is None and not run.record.cached
    assert server.posts == 2


async def test_twins_in_flight_are_one_send_and_everybody_gets_the_image(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script(good(delay_s=0.2))
    async with open_studio() as studio:
        jobs = await asyncio.gather(*(generate(studio, seed=7) for _ in range(5)))
        records = [job.runs[0].record for job in jobs]
        assert len({r.id for r in records if r}) == 1
        assert sorted(r.cached for r in records if r) == [False, True, True, True, True]
        assert (await studio.gallery.images()).total == 1
    assert server.posts == 1


async def test_when_a_twin_is_stopped_before_sending_the_other_is_sent(
    open_studio: OpenStudio, server: FaultServer, slept: Pauses
) -> None:
    async with open_studio(limits=Limits(requests_per_minute=1)) as studio:
        await generate(studio, seed=1)
        waiting = asyncio.Event()

        async def wait_for_ever() -> None:
            waiting.set()
            await asyncio.Event().wait()

        slept.during = wait_for_ever
        first = await studio.submit(studio.prepare(FLUX, {"prompt": "x", "seed": 7}, 1))
        await waiting.wait()
        second = await studio.submit(studio.prepare(FLUX, {"prompt": "x", "seed": 7}, 1))
        first.stop()
        await first.wait()
        assert first.runs[0].state is RunState.CANCELLED
        assert second.runs[0].state is not RunState.CANCELLED
        second.stop()
        await second.wait()


async def test_a_double_click_is_one_job(open_studio: OpenStudio, server: FaultServer) -> None:
    async with open_studio() as studio:
        requests = studio.prepare(FLUX, {"prompt": "x"}, 1)
        one, two = [await studio.submit(requests, token="t" * 32) for _ in range(2)]
        await one.wait()
        assert one is two
    assert server.posts == 1


async def test_a_batch_is_one_request_seed_and_record_each(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        job = await generate(studio, count=4, seed=41)
        assert [r.record.request.seed for r in job.runs if r.record] == [41, 42, 43, 44]
        assert len({r.id for r in job.runs}) == 4
    assert sorted(r.json()["seed"] for r in server.requests if r.method == "POST") == [
        41,
        42,
        43,
        44,
    ]


async def test_watchers_see_each_image_as_it_lands_and_latecomers_see_all(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        job = await studio.submit(studio.prepare(FLUX, {"prompt": "x", "seed": 1}, 3))
        seen = [(e.index, e.state) async for e in job.events()]
        late = [(e.index, e.state) async for e in job.events()]
    assert [s for s in seen if s[1] is RunState.QUEUED] == [(n, RunState.QUEUED) for n in range(3)]
    assert {(n, RunState.SAVED) for n in range(3)} <= set(seen)
    assert late == [(n, RunState.SAVED) for n in range(3)]


async def test_stop_ends_what_was_not_sent_and_keeps_what_was(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script(*(held(good()) for _ in range(8)))
    async with open_studio() as studio:
        job = await studio.submit(studio.prepare(FLUX, {"prompt": "x", "seed": 1}, 8))
        await until(lambda: sum(r.state is RunState.SENT for r in job.runs) == 2)
        job.stop()
        server.release()
        runs = await job.wait()
        saved = [r for r in runs if r.state is RunState.SAVED]
        stopped = [r for r in runs if r.state is RunState.CANCELLED]
        assert (len(saved), len(stopped)) == (2, 6)
        assert all(r.after_stop for r in saved)
        assert all(isinstance(r.error, Stopped) for r in stopped)
    assert server.posts == 2


async def test_stop_ends_what_waits_while_the_sends_are_still_under_way(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script(*(held(good()) for _ in range(2)))
    async with open_studio() as studio:
        job = await studio.submit(studio.prepare(FLUX, {"prompt": "x", "seed": 1}, 8))
        await until(lambda: sum(r.state is RunState.SENT for r in job.runs) == 2)
        job.stop()
        await until(lambda: sum(r.state is RunState.CANCELLED for r in job.runs) == 6)
        assert sum(r.state is RunState.SENT for r in job.runs) == 2, "and they are kept"
        server.release()
        runs = await job.wait()
    assert sum(r.state is RunState.SAVED for r in runs) == 2
    assert server.posts == 2


async def test_a_batch_stops_at_the_first_402(open_studio: OpenStudio, server: FaultServer) -> None:
    server.script(good(), good(delay_s=0.3), status(402, "Insufficient credits"))
    async with open_studio() as studio:
        job = await generate(studio, count=8, seed=1)
    states = [r.state for r in job.runs]
    assert states.count(RunState.SAVED) == 2
    assert states.count(RunState.FAILED) == 1 and states.count(RunState.CANCELLED) == 5
    failed = next(r for r in job.runs if r.state is RunState.FAILED)
    assert isinstance(failed.error, NoCredit) and "Insufficient credits" in str(failed.error)
    assert server.posts == 3


async def test_a_day_s_limit_refuses_the_whole_batch_before_it_starts(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio(limits=Limits(requests_per_day=3)) as studio:
        await generate(studio, seed=1)
        with pytest.raises(OverLimit, match="leaves 2, and this needs 3"):
            await generate(studio, count=3, seed=10)
        await generate(studio, count=2, seed=10)
    assert server.posts == 3


async def test_at_the_limit_per_minute_a_run_waits_visibly(
    open_studio: OpenStudio, server: FaultServer, slept: Pauses
) -> None:
    async with open_studio(limits=Limits(requests_per_minute=1)) as studio:
        await generate(studio, seed=1)
        job = await studio.submit(studio.prepare(FLUX, {"prompt": "x", "seed": 2}, 1))
        seen = []
        async for event in job.events():
            seen.append(event)
            if event.waits_until:
                job.stop()
        waiting = next(e for e in seen if e.waits_until)
        assert "1 request a minute" in waiting.waits_for and waiting.state is RunState.QUEUED
    assert 57 < slept[0] <= 62 and server.posts == 1


async def test_images_and_last_results_are_there_after_a_restart(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        job = await generate(studio, count=2, seed=1)
        stored = (await studio.gallery.images()).images
    async with open_studio() as studio:
        assert (await studio.gallery.images()).images == stored and len(stored) == 2
        (again,) = await studio.jobs.recent("me")
        assert again.id == job.id and again.ended
        assert [r.record and r.record.id for r in again.runs] == [r.id for r in job.runs]
        assert [e.index async for e in again.events()] == [0, 1]
        assert await studio.jobs.recent("somebody else") == []


async def test_the_gallery_pages_and_shows_small_copies(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    server.script(*(good(png(800, 400)) for _ in range(5)))
    async with open_studio() as studio:
        for seed in range(5):
            await generate(studio, seed=seed)
        page = await studio.gallery.images(limit=3)
        rest = await studio.gallery.images(limit=3, cursor=page.next)
        assert [r.request.seed for r in page.images + rest.images] == [4, 3, 2, 1, 0]
        assert (page.total, rest.next) == (5, None)
        small = await studio.gallery.thumbnail(page.images[0].id)
        assert small is not None
        info = pictures.verify(small)
        assert (info.format, info.width_px, info.height_px) == ("webp", 384, 192)
        assert await studio.gallery.thumbnail("0" * 32) is None
        for path in (tmp_path / "data" / "thumbs").rglob("*.webp"):
            path.unlink()
        assert await studio.gallery.thumbnail(page.images[0].id) == small  # without a file read
        with pytest.raises(InvalidInput):
            await studio.gallery.images(limit=0)


async def test_prices_and_models_come_from_the_account(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        await until(lambda: studio.account.models[FLUX].available)
        assert studio.account.estimate(FLUX, 2) == Decimal("0.018")
        assert await studio.account.balance() == Decimal("12.345")


async def test_a_platform_that_lists_nothing_does_not_stop_the_program(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script_gets(*(status(500) for _ in range(9)))
    async with open_studio() as studio:
        assert (await generate(studio, seed=1)).runs[0].state is RunState.SAVED
        assert studio.account.models[SDXL].available is None


async def test_offline_answers_come_through_the_same_path(open_studio: OpenStudio) -> None:
    async with open_studio(api_key=None) as studio:
        assert (studio.account.mode, studio.account.api_url) == ("offline", None)
        run = (await generate(studio, seed=7, width=256, height=256)).runs[0]
        assert run.record is not None and run.record.source == "offline"
        assert studio.account.estimate(FLUX, 8) == 0 and await studio.account.balance() is None


async def test_an_offline_image_never_answers_for_the_platform(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio(api_key=None) as studio:
        await generate(studio, seed=7, width=256, height=256)
    async with open_studio() as studio:
        record = (await generate(studio, seed=7, width=256, height=256)).runs[0].record
    assert record and not record.cached and server.posts == 1


async def test_a_second_program_on_the_same_folder_says_so(open_studio: OpenStudio) -> None:
    async with open_studio():
        with pytest.raises(SettingsError, match="in use by another playground"):
            async with open_studio():
                pass


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    from backend.storage.folder import LocalStore

    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written"):
        LocalStore(tmp_path / "file" / "data")
