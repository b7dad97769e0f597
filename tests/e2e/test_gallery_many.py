"""In a real browser the gallery of so many images that their number comes after the first ones."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.calls import ask
from tests.e2e.conftest import program
from tests.e2e.gallery_page import cell, focused_index, shown
from tests.grown import grow
from tests.library import make

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("gallery_many"),
]

COUNT = 36_000
NUMBER = re.compile(r"/api/images\?(?!.*total=fast)")
TOTAL = "#gallery .total"
JUMP = "document.querySelector('.wall').scrollTop = document.querySelector('.inner').offsetHeight/2"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("gallery")
    make(600, folder / "few", with_files=30)
    grow(folder / "few", folder / "many", COUNT // 600, (0.5, 1))
    with program(folder / "many") as url:
        yield url


async def number_held_back(page: Page) -> asyncio.Event:
    """Let the page wait for the number of images until the event that is returned is set."""
    told = asyncio.Event()

    async def wait(route: Route) -> None:
        await told.wait()
        await route.continue_()

    await page.route(NUMBER, wait)
    return told


async def test_programs_are_told_the_number_the_page_may_wait_for(address: str) -> None:
    fast = ask(address, "/api/images?limit=1&total=fast&q=light*")
    assert fast["total_is_least"] is True
    page = ask(address, "/api/images?limit=1&q=light*")
    assert page["total_is_least"] is False and page["total"] > fast["total"]
    fast = ask(address, "/api/images?limit=1&total=fast&q=light*")
    assert (fast["total"], fast["total_is_least"]) == (page["total"], False)


async def test_the_number_comes_after_the_images_and_the_wall_grows_once(
    page: Page,
) -> None:
    number = await number_held_back(page)
    await page.goto("/gallery?provider=offline")
    await shown(page, 0)
    await expect(page.locator(TOTAL)).to_have_text("more than 1,000 images")
    height = "document.querySelector('.inner').offsetHeight"
    before = await page.evaluate(height)
    rows = page.locator('[role="grid"]')
    await expect(rows).to_have_attribute("aria-rowcount", "-1")
    number.set()
    await expect(page.locator(TOTAL)).to_have_text(re.compile(r"^\d,\d{3} of 36,000 images$"))
    assert await page.evaluate(height) > before
    await expect(rows).not_to_have_attribute("aria-rowcount", "-1")


async def test_the_end_and_all_that_match_are_those_of_the_whole_library(
    page: Page, address: str
) -> None:
    number = await number_held_back(page)
    await page.goto("/gallery?q=-fog")
    await shown(page, 0)
    await expect(page.locator(TOTAL)).to_have_text("more than 1,000 images")
    await cell(page, 0).locator(".open").focus()
    await page.keyboard.press("End")
    number.set()
    count = ask(address, "/api/images?limit=1&q=-fog")["total"]
    await expect(cell(page, count - 1).locator(".open")).to_be_focused()
    await page.keyboard.press("Control+a")
    await expect(page.locator(".bulk")).to_contain_text(f"{count:,} selected")
    await page.keyboard.press("Home")
    assert await focused_index(page) == 0


async def test_a_jump_leads_to_the_images_of_that_place(page: Page, address: str) -> None:
    await page.goto("/gallery")
    await expect(page.locator(TOTAL)).to_have_text("36,000 images")
    far = ask(address, f"/api/images?limit=1&offset={COUNT // 2}")["images"][0]["thumb_url"]
    await page.evaluate(JUMP)
    await expect(cell(page, COUNT // 2).locator("img")).to_have_attribute("src", far)
    await shown(page, COUNT // 2)
