"""An experiment that is to send a part alone: exactly that part, and nothing by itself after it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backend.errors import InvalidInput
from backend.experiments.bounds import Bounds, Held, read_bounds
from backend.experiments.experiment import Experiment
from backend.experiments.remaining import remaining
from backend.settings.load import Settings
from backend.storage.address import ADDRESS, address_of
from backend.storage.folder import LocalStore
from backend.studio import Studio
from backend.types import RunState
from tests.http.faults import FaultServer, good, held, status
from tests.storage.conftest import FLUX, KEY, SDXL

TOKEN = "a" * 32
BASE = {"model": FLUX, "prompt": "a fox", "width": 256, "height": 256, "seed": 7}
TEN = {"base": BASE, "axes": {"x": {"num_steps": "1-2"}, "y": {"guidance_scale": "1-5"}}}
BOTH = {"base": BASE, "axes": {"x": {"model": f"{FLUX}, {SDXL}"}}, "repeats": 3}


@pytest.fixture
def settings(tmp_path: Path, server: FaultServer) -> Settings:
    return Settings(tmp_path / "data", tmp_path / ".env", api_url=server.base_url, api_key=KEY)


@pytest.fixture
async def studio(settings: Settings) -> AsyncIterator[Studio]:
    async with Studio(settings) as studio:
        await studio.account.asked()
        yield studio


async def start(studio: Studio, bounds: Bounds, document: Any = TEN) -> Experiment:
    offer = await studio.experiments.offer(document)
    return await studio.experiments.start(
        document, offer.digest, owner="", token=TOKEN, bounds=bounds
    )


async def rests(studio: Studio, one: Experiment) -> Experiment:
    async with asyncio.timeout(30):
        while (found := await studio.experiments.get(one.id)).state == "running":
            await asyncio.sleep(0.01)
    return found


@pytest.mark.parametrize(
    ("bounds", "sent"),
    [
        (Bounds(images=3), 3),
        (Bounds(images=0), 0),
        (Bounds(usd=Decimal("0.04")), 4),  # each is $0.009
        (Bounds(images=3, usd=Decimal("0.02")), 2),
        (Bounds(at_once=1, images=3), 3),
    ],
)
async def test_no_more_is_sent_than_was_agreed_to(
    studio: Studio, server: FaultServer, bounds: Bounds, sent: int
) -> None:
    one = await rests(studio, await start(studio, bounds))
    assert (one.state, server.posts) == ("paused", sent) and one.why == bounds.words
    left = await remaining(studio.experiments, one.id)
    assert left.to_send == 10 - sent and left.price_usd == Decimal("0.009") * (10 - sent)
    await studio.experiments.do(one.id, "resume")
    assert (await rests(studio, one)).state == "done" and server.posts == 10


async def test_what_is_within_the_bounds_ends_as_without_them(
    studio: Studio, server: FaultServer
) -> None:
    one = await rests(studio, await start(studio, Bounds(images=10)))
    assert (one.state, one.why, server.posts) == ("done", "", 10)


async def test_sends_at_once_are_as_asked(studio: Studio, server: FaultServer) -> None:
    server.script(*[held(good())] * 10)
    one = await start(studio, Bounds(at_once=2))
    async with asyncio.timeout(30):
        while server.posts < 2:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert server.posts == 2
    server.release()
    assert (await rests(studio, one)).state == "done"


async def test_what_is_left_counts_what_is_to_be_tried_again(
    studio: Studio, server: FaultServer
) -> None:
    server.script(good(), status(422, "no"))
    one = await rests(studio, await start(studio, Bounds(at_once=1, images=4)))
    assert (await remaining(studio.experiments, one.id)).to_send == 6
    assert (await remaining(studio.experiments, one.id, [RunState.FAILED])).to_send == 7


async def test_a_part_that_an_end_cut_off_does_not_go_on_by_itself(
    settings: Settings, server: FaultServer
) -> None:
    server.script(*[held(good())] * 2)
    async with Studio(settings) as studio:
        await studio.account.asked()
        one = await start(studio, Bounds(at_once=2, images=5))
        async with asyncio.timeout(30):
            while server.posts < 2:
                await asyncio.sleep(0.01)
        server.release()
    sent = server.posts
    async with Studio(settings) as studio:
        one = await rests(studio, one)
        assert (one.state, server.posts) == ("paused", sent) and "At most 5 images" in one.why


async def test_a_studio_for_one_command_goes_on_with_nothing_else(
    settings: Settings, server: FaultServer
) -> None:
    server.script(*[held(good())] * 2)
    async with Studio(settings) as studio:
        await studio.account.asked()
        one = await start(studio, Bounds(at_once=2))
        async with asyncio.timeout(30):
            while server.posts < 2:
                await asyncio.sleep(0.01)
        server.release()
    sent = server.posts
    async with Studio(settings, goes_on=False) as studio:
        click = studio.prepare(FLUX, BASE | {"seed": 8}, 1)
        await (await studio.submit(click)).wait()  # comes after whatever else would go on
        assert server.posts == sent + 1
    async with Studio(settings) as studio:
        assert (await rests(studio, one)).state == "done" and server.posts == 11


async def test_a_token_finds_what_was_started_with_it(studio: Studio, server: FaultServer) -> None:
    one = await rests(studio, await start(studio, Bounds(images=1)))
    found = await studio.experiments.of_token("", TOKEN)
    assert found is not None and found.id == one.id
    assert await studio.experiments.of_token("somebody", TOKEN) is None


def test_an_unknown_price_is_beyond_any_amount() -> None:
    assert not Bounds(usd=Decimal(1000)).hold(None) and Bounds(images=1).hold(None)
    assert "no listed price" in Held(None).why


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ((0, None, None), "at_once"),
        ((True, None, None), "at_once"),
        ((None, -1, None), "max_images"),
        ((None, "3", None), "max_images"),
        ((None, None, "much"), "max_usd"),
        ((None, None, float("nan")), "max_usd"),
        ((None, None, -0.5), "max_usd"),
    ],
)
def test_bounds_that_make_no_sense_are_refused_by_name(
    given: tuple[Any, Any, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_bounds(*given)
    assert caught.value.field == field


def test_the_address_is_that_of_the_program_that_has_the_folder(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.note_address("http://127.0.0.1:7860/")
    assert address_of(tmp_path) == ("http://127.0.0.1:7860/", "")
    assert (tmp_path / ADDRESS).stat().st_mode & 0o077 == 0
    store.close()
    assert address_of(tmp_path) == ("", "")

    (tmp_path / ADDRESS).write_text(json.dumps({"url": "http://x/", "host": "elsewhere"}))
    assert address_of(tmp_path) == ("http://x/", "elsewhere")
    LocalStore(tmp_path).close()  # one that a crash left
    assert address_of(tmp_path) == ("", "")
    (tmp_path / ADDRESS).write_text("[")
    assert address_of(tmp_path) == ("", "")
