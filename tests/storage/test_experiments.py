"""Experiments carried out: each cell once, whatever fails or ends in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.errors import InvalidInput, TokenUsed
from backend.experiments.experiment import Experiment
from backend.experiments.offers import PlanChanged
from backend.generation.ledger import Ledger
from backend.images import metadata
from backend.library.marks import Changes
from backend.settings.change import SettingsChange
from backend.studio import Studio
from backend.types import EXPERIMENT_SENDS, CellPlace, RunState
from tests.http.faults import FaultServer, good, held, picture, status
from tests.storage.clock import NOON, Clock, OpenTimed, until
from tests.storage.conftest import FLUX, KEY, SDXL

TOKEN = "a" * 32
BASE = {"model": FLUX, "prompt": "a fox", "width": 256, "height": 256, "seed": 7}
GRID = {
    "title": "t",
    "base": BASE,
    "axes": {"x": {"num_steps": "1-4"}, "y": {"guidance_scale": "1-5"}},
}
SEEDLESS = {
    "base": {"model": SDXL, "prompt": "a fox", "width": 256, "height": 256},
    "repeats": 12,
}


async def start(studio: Studio, document: Any = GRID, token: str = TOKEN) -> Experiment:
    offer = await studio.experiments.offer(document)
    return await studio.experiments.start(document, offer.digest, owner="me", token=token)


async def rests(studio: Studio, one: Experiment) -> Experiment:
    """Return the experiment once it does not run any more."""

    async def resting() -> bool:
        return (await studio.experiments.get(one.id)).state != "running"

    await until(resting)
    return await studio.experiments.get(one.id)


async def states(studio: Studio, one: Experiment) -> list[str]:
    found = await studio.experiments.cells(one.id)
    made, under_way = found.made, found.under_way
    return [
        under_way[cell.position].state
        if cell.position in under_way
        else cell.run.state
        if cell.run
        else "waiting"
        for cell in made
    ]


def infotext_of(data: bytes) -> bytes:
    """Return what other programs read of a PNG."""
    return data.partition(b"parameters\0")[2].partition(b"sentry_block_playground")[0]


async def test_each_cell_is_sent_once_and_what_is_stored_is_free(
    open_timed: OpenTimed, server: FaultServer
) -> None:
    async with open_timed() as studio:
        one = await rests(studio, await start(studio))
        assert one.state == "done" and server.posts == 20
        offer = await studio.experiments.offer(GRID)
        assert (offer.cached, offer.to_send) == (20, 0)
        again = await rests(studio, await start(studio, token="b" * 32))
        assert again.state == "done" and server.posts == 20
        assert set(await states(studio, again)) == {"saved"}


async def test_the_best_cells_are_sent_first(open_timed: OpenTimed, server: FaultServer) -> None:
    async with open_timed(requests_per_minute=1) as studio:
        offer = await studio.experiments.offer(GRID)
        await rests(studio, await start(studio))
    sent = [
        (r.json()["num_steps"], r.json()["guidance_scale"])
        for r in server.requests
        if r.method == "POST"
    ]
    planned = [cell.request.values for cell in offer.plan.cells]
    assert sent == [(values["num_steps"], values["guidance_scale"]) for values in planned]


async def test_a_restart_goes_on_where_it_was(open_timed: OpenTimed, server: FaultServer) -> None:
    server.script(*[held(good())] * EXPERIMENT_SENDS)
    async with open_timed() as studio:
        one = await start(studio)
        await until(lambda: server.posts == EXPERIMENT_SENDS)
        ending = asyncio.create_task(studio.experiments.close())
        await until(lambda: studio.experiments.is_ending(one.id))
        server.release()
        await ending
    assert server.posts == EXPERIMENT_SENDS
    async with open_timed() as studio:
        assert (await rests(studio, one)).state == "done"
        assert set(await states(studio, one)) == {"saved"}
    assert server.posts == 20


async def test_one_failure_ends_nothing_and_is_tried_again_on_a_click(
    open_timed: OpenTimed, server: FaultServer
) -> None:
    server.script(good(), status(422, "no such size"))
    async with open_timed() as studio:
        one = await rests(studio, await start(studio))
        assert one.state == "done" and sorted(set(await states(studio, one))) == ["failed", "saved"]
        assert server.posts == 20
        await studio.experiments.do(one.id, "retry")
        await rests(studio, one)
        assert set(await states(studio, one)) == {"saved"} and server.posts == 21


async def test_what_would_fail_everywhere_lets_it_rest_with_the_reason(
    open_timed: OpenTimed, server: FaultServer
) -> None:
    server.script(*[status(401, "bad key")] * EXPERIMENT_SENDS)
    async with open_timed() as studio:
        one = await rests(studio, await start(studio))
        assert one.state == "paused" and "key" in one.why and one.goes_on is None
        assert set(await states(studio, one)) <= {"waiting", "cancelled"}
        assert server.posts <= EXPERIMENT_SENDS
        for _ in range(EXPERIMENT_SENDS):  # as long as the platform says so
            await studio.experiments.do(one.id, "resume")
            one = await rests(studio, one)
        assert one.state == "done"
        assert set(await states(studio, one)) == {"saved"}


async def test_three_alike_in_a_row_let_it_rest(open_timed: OpenTimed, server: FaultServer) -> None:
    server.script(*[status(422, "no such size")] * 20)
    async with open_timed() as studio:
        one = await rests(studio, await start(studio))
        assert one.state == "paused" and one.why.startswith("3 in a row failed alike.")
        assert 3 <= server.posts <= 3 + EXPERIMENT_SENDS


async def test_a_full_day_lets_it_rest_until_midnight(
    open_timed: OpenTimed, server: FaultServer, time: Clock
) -> None:
    async with open_timed(requests_per_day=9) as studio:
        offer = await studio.experiments.offer(GRID)
        assert offer.today == 9 and any("Today's limit holds 9" in note for note in offer.notes)
        assert any("axis of numbers, 3 x 3 places." in note for note in offer.notes)
        one = await start(studio)
        await until(lambda: server.posts == 20)  # the test's pauses take no time
        one = await rests(studio, one)
        assert one.state == "done" and time.now > NOON + 86_400


async def test_stopping_sends_nothing_more_and_going_on_sends_the_rest(
    open_timed: OpenTimed, server: FaultServer
) -> None:
    server.script(*[held(good())] * EXPERIMENT_SENDS)
    async with open_timed() as studio:
        one = await start(studio)
        await until(lambda: server.posts == EXPERIMENT_SENDS)
        stopping = asyncio.create_task(studio.experiments.do(one.id, "stop"))
        await until(lambda: studio.experiments.is_ending(one.id))
        server.release()
        one = await stopping
        assert one.state == "stopped" and server.posts == EXPERIMENT_SENDS
        await studio.experiments.do(one.id, "resume")
        assert (await rests(studio, one)).state == "done" and server.posts == 20


async def test_a_request_in_doubt_is_never_sent_again_by_itself(
    open_timed: OpenTimed, server: FaultServer
) -> None:
    server.script(good(), replace(good(), drop="headers"))
    async with open_timed() as studio:
        one = await rests(studio, await start(studio, SEEDLESS))
        assert (await states(studio, one)).count("unknown") == 1 and server.posts == 12
    async with open_timed() as studio:
        await studio.experiments.do(one.id, "resume")
        await rests(studio, one)
        assert server.posts == 12
        await studio.experiments.do(one.id, "retry", [RunState.UNKNOWN])
        await rests(studio, one)
        assert server.posts == 13 and set(await states(studio, one)) == {"saved"}


async def test_another_platform_is_never_asked_for_the_rest(
    open_timed: OpenTimed, server: FaultServer
) -> None:
    server.script(*[held(good())] * EXPERIMENT_SENDS)
    async with open_timed() as studio, FaultServer() as other:
        one = await start(studio)
        await until(lambda: server.posts == EXPERIMENT_SENDS)
        url = other.base_url.replace("127.0.0.1", "localhost")
        await studio.account.change(SettingsChange(api_url=url, api_key=KEY + "x"))
        server.release()
        one = await rests(studio, one)
        assert (one.state == "paused" and "answers" in one.why) or "changed" in one.why
        assert other.posts == 0
        with pytest.raises(InvalidInput, match="another platform"):
            await studio.experiments.do(one.id, "resume")


async def test_clicks_go_before_cells_under_the_minutes_limit(
    open_timed: OpenTimed, server: FaultServer, time: Clock
) -> None:
    async with open_timed(requests_per_minute=2) as studio:
        time.stands = True
        one = await start(studio)
        await until(lambda: server.posts == 2)
        raw = {"prompt": "a click", "width": 256, "height": 256, "seed": 1}
        job = await studio.submit(studio.prepare(FLUX, raw, 1), owner="me")
        time.stands = False
        await job.wait()
        await rests(studio, one)
    prompts = [request.json()["prompt"] for request in server.requests if request.method == "POST"]
    assert "a click" in prompts[2:4]


async def test_what_became_dearer_is_shown_once_more(
    open_timed: OpenTimed, server: FaultServer, tmp_path: Path
) -> None:
    small = GRID | {"axes": {"x": {"num_steps": "1-2"}}}
    async with open_timed() as studio:
        one = await rests(studio, await start(studio, small))
        offer = await studio.experiments.offer(GRID)
        assert offer.to_send == 20 - offer.cached
        seen = await studio.experiments.offer(small)
        made = (await studio.experiments.cells(one.id)).made
        first = made[0].run
        assert first and first.record
        (file,) = (tmp_path / "data" / "images").rglob(f"{first.record.id}.*")
        file.unlink()  # it has to be paid again
        with pytest.raises(PlanChanged, match="It became dearer") as changed:
            await studio.experiments.start(small, seen.digest, owner="me", token="c" * 32)
        assert changed.value.offer and changed.value.offer.to_send == 1 and server.posts == 2
        with pytest.raises(PlanChanged, match="another plan"):
            await studio.experiments.start(GRID, seen.digest, owner="me", token="c" * 32)
        with pytest.raises(InvalidInput, match="digest of the plan is missing"):
            await studio.experiments.start(GRID, "x", owner="me", token="c" * 32)


async def test_a_token_is_one_experiment(open_timed: OpenTimed, server: FaultServer) -> None:
    async with open_timed() as studio:
        offer = await studio.experiments.offer(GRID)
        pressed = [
            studio.experiments.start(GRID, offer.digest, owner="me", token=TOKEN) for _ in range(5)
        ]
        found = await asyncio.gather(*pressed)
        assert len({one.id for one in found}) == 1
        await rests(studio, found[0])
        with pytest.raises(TokenUsed):
            await start(studio, SEEDLESS)
    assert server.posts == 20


async def test_cells_are_neither_clicks_nor_prompts_of_a_person(
    open_timed: OpenTimed, server: FaultServer
) -> None:
    async with open_timed() as studio:
        await rests(studio, await start(studio))
        assert await studio.jobs.recent("me") == []
        assert await studio.gallery.prompts("", 10) == []


async def test_differences_from_the_reference_are_measured(
    open_timed: OpenTimed, server: FaultServer
) -> None:
    server.script(*[good(picture("JPEG"))] * 2)
    async with open_timed() as studio:
        one = await start(studio, GRID | {"axes": {"x": {"num_steps": "1-4"}}})
        await rests(studio, one)

        async def measured() -> bool:
            made = (await studio.experiments.cells(one.id)).made
            return all(cell.difference is not None for cell in made)

        await until(measured)
        made = (await studio.experiments.cells(one.id)).made
        assert made[0].difference == 0.0


async def test_prices_are_counted_by_model(open_timed: OpenTimed, server: FaultServer) -> None:
    both = GRID | {"axes": {"x": {"model": f"{FLUX}, {SDXL}"}}, "repeats": 3}
    async with open_timed() as studio:
        offer = await studio.experiments.offer(both)
        one, other = (studio.account.estimate(model, 3) or Decimal(0) for model in (FLUX, SDXL))
        assert offer.price_usd == one + other and other and offer.to_send == 6


async def test_an_image_that_answers_out_of_the_trash_stays_out_of_it(
    open_timed: OpenTimed, server: FaultServer, tmp_path: Path
) -> None:
    async with open_timed() as studio:
        await rests(studio, await start(studio))
        ids = [image.id for image in (await studio.gallery.images()).images]
        await studio.gallery.change(ids, Changes(deleted=True))
        await rests(studio, await start(studio, token="b" * 32))
        assert (await studio.gallery.images()).total == 20 and server.posts == 20
    (tmp_path / "data" / "playground.db").unlink()
    async with open_timed() as studio:
        assert (await studio.gallery.images()).total == 20


@pytest.mark.parametrize("damage", ["gone", "damaged"])
async def test_a_new_database_has_the_experiments_again(
    open_timed: OpenTimed, server: FaultServer, tmp_path: Path, damage: str
) -> None:
    server.script(*[good()] * 3, status(401, "bad key"))
    async with open_timed() as studio:
        one = await rests(studio, await start(studio, SEEDLESS))
        before = (await states(studio, one)).count("saved")
        assert one.state == "paused" and 3 <= before < 12
    database = tmp_path / "data" / "playground.db"
    if damage == "gone":
        database.unlink()
    else:
        content = bytearray(database.read_bytes())
        content[4096 * 2 : 4096 * 3] = b"\xff" * 4096
        database.write_bytes(content)
    posts = server.posts
    async with open_timed() as studio:
        one = await studio.experiments.get(one.id)
        assert one.state == "paused" and (await states(studio, one)).count("saved") == before
        assert await studio.jobs.recent("") == [] and await studio.gallery.prompts("", 10) == []
        for _ in range(EXPERIMENT_SENDS):
            await studio.experiments.do(one.id, "resume")
            one = await rests(studio, one)
        assert set(await states(studio, one)) == {"saved"}
    assert server.posts - posts >= 12 - before


async def test_files_tell_the_template_of_a_cell_and_its_place(
    open_timed: OpenTimed, server: FaultServer, tmp_path: Path
) -> None:
    axis = {"prompts": "a {red|blue} fox", "templates": True, "take": 1, "take_seed": 5}
    document = {"base": BASE, "axes": {"x": {"num_steps": "1, 2"}, "y": axis}}
    async with open_timed() as studio:
        one = await rests(studio, await start(studio, document))
        made = (await studio.experiments.cells(one.id)).made
        for cell in made:
            assert cell.run and cell.run.record
            (file,) = (tmp_path / "data" / "images").rglob(f"{cell.run.record.id}.*")
            stored = metadata.read(file.read_bytes())
            assert stored and stored.record.making
            making = stored.record.making
            assert making.place == CellPlace(one.id, *cell.places[0])
            assert making.template and making.template.text == "a {red|blue} fox"
            assert making.template.seed == 5
            word = ("red", "blue")[making.template.number]
            assert stored.record.request.prompt == f"a {word} fox"
            assert b"{red|blue}" not in infotext_of(file.read_bytes())


async def test_what_a_crash_left_of_a_cell_keeps_its_place(
    open_timed: OpenTimed, server: FaultServer, tmp_path: Path
) -> None:
    """The answer is on disk, and the program is gone before the image is made of it."""
    server.script(*[held(good())] * 2)
    async with open_timed() as studio:
        one = await start(studio, GRID | {"axes": {"x": {"num_steps": "1-2"}}})
        await until(lambda: server.posts == 2)
        cells = (await studio.experiments.cells(one.id)).made
        run = cells[1].run
        assert run is not None
        ledger = Ledger(sa.create_engine(f"sqlite:///{tmp_path / 'data' / 'playground.db'}"))
        found = ledger.run(run.id)
        ledger.close()
        server.release()
        await rests(studio, one)
    assert found and found.making and found.making.place == CellPlace(one.id, *cells[1].places[0])
