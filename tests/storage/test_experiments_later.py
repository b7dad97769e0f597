"""Experiments that are there: listed, grown without paying anything twice, deleted."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.errors import InvalidInput, NoRecord
from backend.experiments.experiment import Experiment
from backend.experiments.offers import PlanChanged
from backend.studio import Studio
from backend.types import EXPERIMENT_SENDS, RunState
from tests.http.faults import FaultServer, good, held, status
from tests.storage.conftest import FLUX, SDXL, OpenStudio
from tests.storage.test_experiments import BASE, rests, start, states, until

UNSEEDED = {
    "base": {"model": SDXL, "prompt": "a fox", "width": 256, "height": 256},
    "axes": {"x": {"num_steps": "1, 3, 5"}},
    "repeats": 2,
}
STEPS = {"base": BASE, "axes": {"x": {"num_steps": "1, 4"}}}


async def made(studio: Studio, document: Any, token: str = "a" * 32) -> Experiment:
    await until(lambda: studio.account.estimate(FLUX, 1) is not None)
    return await rests(studio, await start(studio, document, token))


async def images(studio: Studio, one: Experiment) -> dict[tuple[int, ...], str]:
    """Return the images by their places."""
    found = (await studio.experiments.cells(one.id)).made
    return {
        place: cell.run.record.id
        for cell in found
        if cell.run and cell.run.record
        for place in cell.places
    }


async def grown(studio: Studio, one: Experiment, axis: str = "x") -> Experiment:
    offer = await studio.shelf.offer_between(one.id, axis)
    return await rests(studio, await studio.shelf.grow_between(one.id, axis, offer.digest))


async def test_only_the_values_between_are_paid_on_a_model_without_seed_too(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        one = await made(studio, UNSEEDED)
        before = await images(studio, one)
        assert server.posts == len(before) == 6
        offer = await studio.shelf.offer_between(one.id, "x")
        assert (offer.to_send, offer.cached) == (4, 0) and server.posts == 6
        assert offer.price_usd == studio.account.estimate(SDXL, 4)
        one = await rests(studio, await studio.shelf.grow_between(one.id, "x", offer.digest))
        assert one.state == "done" and server.posts == 10
        assert one.spec["axes"]["x"]["labels"] == ["1", "2", "3", "4", "5"]
        after = await images(studio, one)
        assert len(after) == 10
        for (x, y, z, repeat), image in before.items():
            assert after[2 * x, y, z, repeat] == image
        sent = [request.json() for request in server.requests if request.method == "POST"]
        assert sorted(body["num_steps"] for body in sent[6:]) == [2, 2, 4, 4]
    async with open_studio() as studio:
        assert await images(studio, one) == after and server.posts == 10


async def test_one_press_is_one_growth_and_another_plan_is_none(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        one = await made(studio, UNSEEDED)
        seen = (await studio.shelf.offer_between(one.id, "x")).digest
        with pytest.raises(InvalidInput, match="digest of the plan is missing"):
            await studio.shelf.grow_between(one.id, "x", None)
        cheaper = seen.replace(".4.", ".3.")
        with pytest.raises(PlanChanged, match="dearer") as changed:
            await studio.shelf.grow_between(one.id, "x", cheaper)
        assert changed.value.offer and changed.value.offer.digest == seen and server.posts == 6
        presses = [studio.shelf.grow_between(one.id, "x", seen) for _ in range(5)]
        answers = await asyncio.gather(*presses, return_exceptions=True)
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert (await rests(studio, one)).state == "done" and server.posts == 10
        again = await studio.shelf.grow_between(one.id, "x", seen)
        assert again.state == "done" and server.posts == 10


@pytest.mark.parametrize("late", ["get", "priced"])
async def test_a_press_that_comes_late_lets_the_growth_of_the_first_go_on(
    open_studio: OpenStudio, server: FaultServer, monkeypatch: pytest.MonkeyPatch, late: str
) -> None:
    async with open_studio() as studio:
        one = await made(studio, UNSEEDED)
        seen = (await studio.shelf.offer_between(one.id, "x")).digest
        owner = studio.experiments if late == "get" else studio.experiments.pricer
        usual, arrived, go = getattr(owner, late), asyncio.Event(), asyncio.Event()

        async def held_up(*given: Any) -> Any:
            answer = await usual(*given)
            if not go.is_set() and not arrived.is_set():
                arrived.set()
                await go.wait()
            return answer

        monkeypatch.setattr(owner, late, held_up)
        second = asyncio.create_task(studio.shelf.grow_between(one.id, "x", seen))
        await arrived.wait()
        server.script(*[held(good())] * 4)
        first = await studio.shelf.grow_between(one.id, "x", seen)
        await until(lambda: server.posts > 6)
        go.set()
        assert (await second).id == first.id
        server.release()
        assert (await rests(studio, one)).state == "done" and server.posts == 10


async def test_what_runs_or_has_nothing_between_does_not_grow(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script(*[held(good())] * 6)
    async with open_studio() as studio:
        await until(lambda: studio.account.estimate(FLUX, 1) is not None)
        one = await start(studio, UNSEEDED)
        with pytest.raises(InvalidInput, match="not done"):
            await studio.shelf.offer_between(one.id, "x")
        with pytest.raises(InvalidInput, match="running"):
            await studio.shelf.remove(one.id, images=True)
        assert (await studio.shelf.tallies([one]))[one.id].spent_micro == 0  # nothing yet
        server.release()
        one = await rests(studio, one)
        one = await grown(studio, one)
        with pytest.raises(InvalidInput, match="nothing between"):
            await studio.shelf.offer_between(one.id, "x")


async def test_a_growth_that_cannot_be_kept_changes_and_sends_nothing(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        one = await made(studio, UNSEEDED)
        before = await images(studio, one)
        offer = await studio.shelf.offer_between(one.id, "x")
        file = tmp_path / "data" / "experiments" / f"{one.id}.json"
        text = file.read_text()
        file.unlink()
        (file / "in the way").mkdir(parents=True)
        with pytest.raises(NoRecord):
            await studio.shelf.grow_between(one.id, "x", offer.digest)
        same = await studio.experiments.get(one.id)
        assert same == one and await images(studio, one) == before and server.posts == 6
        (file / "in the way").rmdir()
        file.rmdir()
        file.write_text(text)
        assert (await grown(studio, one)).state == "done" and server.posts == 10


async def test_a_crash_between_file_and_database_sends_nothing_by_itself(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    async with open_studio() as studio:
        one = await made(studio, UNSEEDED)
    database = data / "playground.db"
    older = database.read_bytes()
    async with open_studio() as studio:
        await grown(studio, one)
    file = data / "experiments" / f"{one.id}.json"
    assert len(json.loads(file.read_text())["cells"]) == 10 and server.posts == 10
    database.write_bytes(older)  # as if nothing had been noted any more
    async with open_studio() as studio:
        same = await studio.experiments.get(one.id)
        assert same.state == "done" and len(await images(studio, one)) == 6
    database.unlink()
    async with open_studio() as studio:
        rebuilt = await studio.experiments.get(one.id)
        assert rebuilt.state == "paused" and len(await images(studio, one)) == 10
        await studio.experiments.do(one.id, "resume")
        assert (await rests(studio, one)).state == "done"
    assert server.posts == 10


async def test_the_list_tells_how_each_stands_and_what_it_cost(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script(good(), status(422, "no such size"))
    async with open_studio() as studio:
        one = await made(studio, UNSEEDED)
        other = await made(studio, STEPS, "b" * 32)
        again = await made(studio, STEPS, "c" * 32)
        tallies = await studio.shelf.tallies([one, other, again])
        assert tallies[one.id].counts == {RunState.SAVED: 5, RunState.FAILED: 1}
        assert tallies[other.id].counts == tallies[again.id].counts == {RunState.SAVED: 2}
        price = studio.account.estimate(SDXL, 5) or Decimal(0)
        assert price and tallies[one.id].spent_micro == int(price * 1_000_000)
        assert tallies[again.id].spent_micro == 0  # all from the cache
        assert set(await studio.shelf.tallies([other])) == {other.id}


async def test_the_time_left_is_by_its_own_pace_and_before_by_the_images_of_late(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        one = await made(studio, STEPS)
        assert await studio.shelf.seconds_left(one) is None
        usual = (await studio.gallery.usual(FLUX, one.source)).seconds(BASE)
        server.script(*[held(good())] * 4)
        more = await start(studio, STEPS | {"base": BASE | {"seed": 8}, "repeats": 2}, "b" * 32)
        left = await studio.shelf.seconds_left(more)
        assert usual and left == pytest.approx(usual)  # four at once
        server.release()
        await rests(studio, more)
        server.hold()
        server.script(*[good()] * EXPERIMENT_SENDS, *[held(good())] * EXPERIMENT_SENDS)
        base = BASE | {"prompt": "an owl"}
        many = {"base": base, "axes": {"x": {"guidance_scale": "1-16"}}}
        one = await start(studio, many, "c" * 32)

        async def half() -> bool:
            left = await studio.shelf.seconds_left(one)
            return server.posts >= 22 and left is not None and left != pytest.approx(usual)

        await until(half)  # as fast as this machine is, not as the images said
        server.release()
        await rests(studio, one)


async def test_deleting_leaves_the_images_and_a_new_database_has_it_no_more(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        one = await made(studio, UNSEEDED)
        kept = await made(studio, STEPS, "b" * 32)
        assert await studio.shelf.remove(one.id, images=False) is None
        assert await studio.experiments.find(one.id) is None
        assert [each.id for each in await studio.experiments.newest(9)] == [kept.id]
        assert (await studio.gallery.images()).total == 8
        with pytest.raises(InvalidInput, match="no such experiment"):
            await studio.shelf.remove(one.id, images=False)
    (tmp_path / "data" / "playground.db").unlink()
    async with open_studio() as studio:
        assert [each.id for each in await studio.experiments.newest(9)] == [kept.id]
        assert (await studio.gallery.images()).total == 8
        assert set(await states(studio, kept)) == {"saved"}


async def test_only_what_is_its_own_goes_to_the_trash_and_comes_back(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    wide = STEPS | {"axes": {"x": {"num_steps": "1-4"}}}
    async with open_studio() as studio:
        one = await made(studio, wide)
        other = await made(studio, STEPS, "b" * 32)  # shows the ends of it
        raw = BASE | {"num_steps": 2}
        await (await studio.submit(studio.prepare(FLUX, raw, 1), owner="me")).wait()
        at = await images(studio, one)
        assert server.posts == 4 and await studio.shelf.own_images(other.id) == []
        assert await studio.shelf.own_images(one.id) == [at[2, 0, 0, 0]]
        await studio.shelf.remove(other.id, images=True)
        assert (await studio.gallery.images()).total == 4
        own = {at[x, 0, 0, 0] for x in (0, 2, 3)}  # but for what answered a click
        assert set(await studio.shelf.own_images(one.id)) == own
        act = await studio.shelf.remove(one.id, images=True)
        assert act and act.undo and (await studio.gallery.images()).total == 1
        await studio.gallery.undo(act.undo)
        assert (await studio.gallery.images()).total == 4
