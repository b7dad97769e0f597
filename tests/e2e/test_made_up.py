"""All pages in a made-up language of longer words, from right to left: nothing is left in English,
nothing is cut, nobody is kept out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests import made_up
from tests.e2e import walk
from tests.e2e.conftest import program, watched
from tests.e2e.looks import PHONE, SIZES, in_the_dark, one_of_a_kind, violations
from tests.e2e.told import cut, untold
from tests.e2e.visits import Visits
from tests.e2e.walks import WALKS
from tests.http import faults as f
from ui.language.chosen import COOKIE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("made-up")]

NO_LIMIT = {"PLAYGROUND_REQUESTS_PER_MINUTE": "0", "PLAYGROUND_REQUESTS_PER_DAY": "0"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[walk.World]:
    data = tmp_path_factory.mktemp("made-up") / "data"
    with (
        f.FaultServer.in_thread() as platform,
        program(data, platform=platform.base_url, more=NO_LIMIT, script="tests/made_up.py") as url,
    ):
        yield walk.furnished(url, platform)


@pytest_asyncio.fixture(loop_scope="session")
async def page(visits: Visits, world: walk.World) -> AsyncIterator[Page]:
    """A page of a visitor who reads the made-up language."""
    async with visits.page(world.url, made_up.TAG) as page:
        await page.context.add_cookies([{"name": COOKIE, "value": made_up.TAG, "url": world.url}])
        _, errors = watched(page, world.url)
        yield page
    mistakes = [error for error in errors if "Failed to load" not in error]  # else it is refused
    assert mistakes == [], "the page logged errors"


async def test_the_language_is_all_that_is_made_up(page: Page) -> None:
    await page.goto("/")
    await expect(page.locator("html")).to_have_attribute("lang", made_up.TAG)
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await expect(page.locator("#results h2")).to_have_text(made_up.accented("Results"))
    brand, find = page.locator(".brand"), page.locator(".bar .find")
    places = [await one.bounding_box() for one in (brand, find)]
    assert places[0] and places[1] and places[0]["x"] > places[1]["x"], "the brand stands first"


async def test_arrow_keys_follow_the_sight(page: Page, world: walk.World) -> None:
    await page.goto("/gallery")
    places = page.locator('.cell[data-state="shown"]')
    await expect(places).to_have_count(2)
    first, second = [await places.nth(n).bounding_box() for n in range(2)]
    assert first and second and first["x"] > second["x"]
    await places.nth(0).locator(".open").focus()
    await page.keyboard.press("ArrowLeft")
    await expect(places.nth(1).locator(".open")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Enter")
    prompt, position = page.locator(".viewer .prompt"), page.locator(".viewer .position")
    await expect(prompt).to_have_text(walk.PROMPT)
    was = await position.inner_text()
    await page.keyboard.press("ArrowRight")
    await expect(position).to_have_text(was)  # nothing stands before the first
    await page.keyboard.press("ArrowLeft")
    await expect(position).not_to_have_text(was)


async def test_every_page_opens_in_it(page: Page, world: walk.World) -> None:
    found: dict[str, str] = {}
    for name, through in WALKS.items():
        async for _ in through(page, world):
            found |= dict.fromkeys((*await untold(page), *await cut(page)), name)
            break
    assert found == {}, said(found)


@pytest.mark.wide
@SIZES
@pytest.mark.parametrize("name", WALKS)
async def test_nothing_is_english_and_nothing_is_cut(
    page: Page, world: walk.World, name: str, size: tuple[int, int]
) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    found: dict[str, str] = {}
    async for where in WALKS[name](page, world):
        await in_the_dark(page, size == PHONE)
        if name == "docs":  # all of it was looked at above
            await one_of_a_kind(page)
        faults = await violations(page)
        for one in (*await untold(page), *await cut(page), *faults):
            found.setdefault(one, where)
    assert found == {}, said(found)


@pytest.mark.wide
@SIZES
async def test_nothing_is_english_and_nothing_is_cut_at_the_door(
    page: Page, size: tuple[int, int], tmp_path: Path
) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    door = ["--auth", "fox:snow and ice and more"]
    found: dict[str, str] = {}
    with program(tmp_path / "data", script="tests/made_up.py", arguments=door) as url:
        async for where in walk.login(page, url):
            await in_the_dark(page, size == PHONE)
            for one in (*await untold(page), *await cut(page), *await violations(page)):
                found.setdefault(one, where)
    assert found == {}, said(found)


def said(found: dict[str, str]) -> str:
    return "\n" + json.dumps(found, ensure_ascii=False, indent=1)
