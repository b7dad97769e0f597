"""Paid once, whatever is pressed: a card is tried again once, a token is one job of its owner."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from backend.errors import (
    Busy,
    Interrupted,
    InvalidInput,
    OverLimit,
    PlaygroundError,
    TokenUsed,
    TriedAlready,
)
from backend.generation.jobs import Job, RunView
from backend.studio import Studio
from backend.types import Limits, RunState
from tests.http.faults import FaultServer, cut_mid_body, good, held, status
from tests.storage.conftest import FLUX, OpenStudio

ME, OTHER = "a" * 32, "b" * 32


async def asked(studio: Studio, owner: str = ME, *, seed: int | None = 7, count: int = 1) -> Job:
    raw = {"prompt": "a fox", "width": 256, "height": 256, "seed": seed}
    job = await studio.submit(studio.prepare(FLUX, raw, count), owner=owner)
    await job.wait()
    return job


async def doubtful(studio: Studio, server: FaultServer, owner: str = ME) -> RunView:
    server.script(cut_mid_body())
    (run,) = (await asked(studio, owner)).runs
    assert run.state is RunState.UNKNOWN
    return run


async def again(studio: Studio, run_id: str, owner: str = ME, token: str | None = None) -> RunView:
    job = await studio.again(run_id, owner=owner, token=token or uuid4().hex)
    (run,) = await job.wait()
    return run


async def shown(studio: Studio, run_id: str, owner: str = ME) -> RunView:
    jobs = await studio.jobs.recent(owner)
    return next(run for job in jobs for run in job.runs if run.id == run_id)


async def test_a_card_in_doubt_is_tried_again_once_whoever_presses_it_with_whatever_token(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        run = await doubtful(studio, server)
        presses = [again(studio, run.id, owner) for owner in (ME, ME, OTHER, OTHER, ME)]
        told = await asyncio.gather(*presses, return_exceptions=True)
        made = [one for one in told if isinstance(one, RunView)]
        assert len(made) == 1 and made[0].state is RunState.SAVED
        assert all(isinstance(one, TriedAlready) for one in told if one not in made)
    assert server.posts == 2


async def test_it_says_so_in_every_tab_to_every_visitor_and_after_a_restart(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        run = await doubtful(studio, server)
        assert (await shown(studio, run.id)).again is None
        tried = await again(studio, run.id)
        for owner in (ME, OTHER):
            note = (await shown(studio, run.id, owner)).again
            assert note is not None and note.run_id == tried.id
            assert note.image_id == (tried.record and tried.record.id)
    async with open_studio() as studio:
        note = (await shown(studio, run.id, OTHER)).again
        assert note is not None and note.run_id == tried.id
        with pytest.raises(TriedAlready):
            await again(studio, run.id, OTHER)
    assert server.posts == 2


async def test_the_same_press_again_is_the_same_job_also_after_a_restart(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        run = await doubtful(studio, server)
        first = await again(studio, run.id, token="c" * 32)
        second = await again(studio, run.id, token="c" * 32)
        assert first.id == second.id
    async with open_studio() as studio:
        third = await again(studio, run.id, token="c" * 32)
        assert third.id == first.id and third.record == first.record
    assert server.posts == 2


async def test_a_retry_that_is_in_doubt_itself_is_tried_again_and_the_first_card_is_not(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        first = await doubtful(studio, server)
        server.script(cut_mid_body())
        second = await again(studio, first.id)
        assert second.state is RunState.UNKNOWN
        with pytest.raises(TriedAlready):
            await again(studio, first.id)
        third = await again(studio, second.id)
        assert third.state is RunState.SAVED
        for run in (first, second):
            note = (await shown(studio, run.id)).again
            assert note is not None and note.run_id == third.id
            with pytest.raises(TriedAlready):
                await again(studio, run.id)
    assert server.posts == 3


async def test_a_retry_that_cost_nothing_leaves_the_card_to_be_pressed_once_more(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        first = await doubtful(studio, server)
        server.script(status(402, "no credit"))
        failed = await again(studio, first.id)
        assert failed.state is RunState.FAILED
        assert (await shown(studio, first.id)).again is None
        told = await asyncio.gather(
            again(studio, first.id), again(studio, failed.id), return_exceptions=True
        )
        assert sorted(isinstance(one, RunView) for one in told) == [False, True], told
    assert server.posts == 3


async def test_a_refused_retry_is_no_retry(open_studio: OpenStudio, server: FaultServer) -> None:
    async with open_studio(limits=Limits(requests_per_day=1)) as studio:
        run = await doubtful(studio, server)
        with pytest.raises(OverLimit):
            await again(studio, run.id)
    async with open_studio() as studio:
        assert (await again(studio, run.id)).state is RunState.SAVED


async def test_an_image_that_came_after_all_is_not_paid_for_again(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        saved = (await asked(studio)).runs[0]
    with closing(sqlite3.connect(tmp_path / "data" / "playground.db")) as db:
        db.execute("UPDATE runs SET state = 'unknown', image_id = NULL")  # as before the row
        db.execute("DELETE FROM images")
        db.commit()
    async with open_studio() as studio:  # the start finds its file
        with pytest.raises(TriedAlready, match="has come"):
            await again(studio, saved.id)
    assert server.posts == 1


async def test_generate_anew_pays_once_for_each_card(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        await asked(studio)
        cached = (await asked(studio)).runs[0]
        other_card = (await asked(studio)).runs[0]
        assert cached.record is not None and cached.record.cached and server.posts == 1
        made = await again(studio, cached.id)
        assert made.record is not None and not made.record.cached and server.posts == 2
        with pytest.raises(TriedAlready):
            await again(studio, cached.id)
        await again(studio, other_card.id)
        assert server.posts == 3
        with pytest.raises(TriedAlready):  # what was paid for is no card of the cache
            await again(studio, made.id)
    assert server.posts == 3


async def test_what_another_visitor_asked_for_and_got_is_not_theirs_to_press(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        server.script(status(402, "no credit"))
        failed = (await asked(studio)).runs[0]
        for stranger in (OTHER, ""):
            with pytest.raises(InvalidInput, match="no longer listed"):
                await again(studio, failed.id, stranger)
        with pytest.raises(InvalidInput, match="no longer listed"):
            await again(studio, "0" * 32)
    assert server.posts == 1


async def test_a_retry_keeps_where_its_image_comes_from(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        made = (await asked(studio)).runs[0].record
        assert made is not None
        server.script(cut_mid_body())
        job = await studio.reproduce(made.id, owner=ME, token="d" * 32)
        (lost,) = await job.wait()
        found = (await again(studio, lost.id)).record
        assert found is not None and found.origin == lost.origin
        async with asyncio.timeout(20):
            while not await studio.gallery.proofs(made):
                await asyncio.sleep(0.01)


# --- tokens --------------------------------------------------------------------------------------


async def press(
    studio: Studio, token: str, owner: str = ME, *, seeds_drawn: bool = False, **raw: object
) -> Job:
    values = {"prompt": "a fox", "width": 256, "height": 256} | raw
    requests = studio.prepare(FLUX, values, 1)
    return await studio.submit(requests, owner=owner, token=token, seeds_drawn=seeds_drawn)


async def test_a_token_is_its_owners_alone(open_studio: OpenStudio, server: FaultServer) -> None:
    async with open_studio() as studio:
        jobs = [await press(studio, "c" * 32, owner, seed=1) for owner in (ME, OTHER, "", ME)]
        assert len({job.id for job in jobs}) == 3 and jobs[0] is jobs[3]
        assert [job.owner for job in jobs] == [ME, OTHER, "", ME]
        for job in jobs:
            await job.wait()


@pytest.mark.parametrize(
    "other", [{"prompt": "a cat"}, {"seed": 2}, {"width": 512}, {"num_steps": 3}]
)
async def test_a_token_with_other_values_is_refused_and_nothing_is_sent(
    open_studio: OpenStudio, server: FaultServer, other: dict[str, object]
) -> None:
    async with open_studio() as studio:
        first = await press(studio, "c" * 32, seed=1)
        await first.wait()
        for _ in range(2):
            with pytest.raises(TokenUsed, match="stands for another request already"):
                await press(studio, "c" * 32, **({"seed": 1} | other))
        assert (await press(studio, "c" * 32, seed=1)).id == first.id
    async with open_studio() as studio:
        with pytest.raises(TokenUsed):
            await press(studio, "c" * 32, **({"seed": 1} | other))
    assert server.posts == 1


async def test_seeds_that_were_drawn_do_not_make_it_another_request(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        first = await press(studio, "c" * 32, seeds_drawn=True)
        again = await press(studio, "c" * 32, seeds_drawn=True)
        assert again is first
        await first.wait()
        with pytest.raises(TokenUsed):
            await press(studio, "c" * 32, seed=first.runs[0].request.seed)
    assert server.posts == 1


async def test_a_double_click_that_filled_the_line_gets_its_first_job(
    open_studio: OpenStudio, server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.generation.dispatcher.LINE_MAX", 2)
    server.script(held(good()))
    async with open_studio() as studio:

        async def click(token: str) -> Job:
            requests = studio.prepare(FLUX, {"prompt": "a fox", "seed": 1}, 2)
            return await studio.submit(requests, owner=ME, token=token)

        jobs = await asyncio.gather(*(click("c" * 32) for _ in range(3)))
        assert len({job.id for job in jobs}) == 1
        with pytest.raises(Busy):
            await click("d" * 32)
        server.release()
        await jobs[0].wait()
    assert server.posts == 2


async def test_a_stopped_program_says_what_it_had_and_the_token_brings_it_back(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script(cut_mid_body())
    async with open_studio() as studio:
        first = await press(studio, "c" * 32, seed=1)
        await first.wait()
    async with open_studio() as studio:
        found = await press(studio, "c" * 32, seed=1)
        assert found.id == first.id and found.ended
        error: PlaygroundError | None = found.runs[0].error
        assert error is not None and error.maybe_charged and not isinstance(error, Interrupted)
    assert server.posts == 1
