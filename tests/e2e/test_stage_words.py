"""What the stage says in words: all of each letter, and of a vote no more than the room decided."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Playwright, expect

from tests.e2e.conftest import program
from tests.e2e.evening import evening
from tests.e2e.stage_page import SIZES, WITH_ADDRESS, do, made, scene, show, start
from tests.e2e.visits import Visits

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("projector"),
]

FEET = "a joyful pig jumping in fog"


async def _cut_nowhere(page: Page, words: str) -> None:
    """Check that all of the words is painted: it is the same where nothing holds them back."""
    place = page.locator(words)
    clamped = await place.bounding_box()
    assert clamped
    below: float = await page.evaluate("innerHeight * 0.01")
    clip = clamped | {"height": clamped["height"] + below}
    await page.wait_for_timeout(300)  # a picture may fade in
    held = await page.screenshot(clip=clip, animations="disabled")  # type: ignore[arg-type]
    await place.evaluate("place => { place.style.overflow = 'visible'; }")
    free = await page.screenshot(clip=clip, animations="disabled")  # type: ignore[arg-type]
    await place.evaluate("place => { place.style.overflow = ''; }")
    assert held == free, f"{words} is cut"


async def test_no_letter_on_the_stage_is_cut_at_its_foot(visits: Visits, tmp_path: Path) -> None:
    with program(tmp_path / "data", script=WITH_ADDRESS) as url:
        start(url, title=FEET)
        ids = made(url, FEET, FEET)
        async with visits.page(url) as page:
            await page.goto("/stage")
            await scene(page, "lobby")
            for width, height in SIZES[:2]:
                await page.set_viewport_size({"width": width, "height": height})
                await _cut_nowhere(page, ".invite .title")
            show(url, ids[0])
            await scene(page, "image")
            await _cut_nowhere(page, ".caption .prompt")
            do(url, "round", options=ids)
            await scene(page, "round")
            await _cut_nowhere(page, ".vote .prompt")
            await page.goto("about:blank")


async def test_a_vote_that_ends_equal_names_all_that_are_equal(
    browser: Browser, driver: Playwright, tmp_path: Path
) -> None:
    with program(tmp_path / "data") as url:
        async with evening(browser, driver, url, phones=2) as here:
            made(url, "a red fox", "a blue fox", "a green fox")
            await expect(here.desk.locator(".desk-gate .rows > li")).to_have_count(3)
            for left in (2, 1, 0):
                await here.pressed("Enter", "gate", left)
            await here.desk.keyboard.press("v")
            for phone, letter in zip(here.phones, "AC", strict=True):
                await here.option(phone, letter).tap()
            await expect(here.desk.locator(".desk-round")).to_contain_text("Open: 2 votes")
            await here.desk.keyboard.press("v")
            await expect(here.stage.locator(".vote .facts")).to_have_text("A = C")
            await expect(here.stage.locator("figure.won .letter")).to_have_text(["A", "C"])
            for phone in here.phones:
                for letter in "AC":
                    chosen = here.option(phone, letter)
                    await expect(chosen).to_contain_text("Chosen by the room")
                await expect(here.option(phone, "B")).not_to_contain_text("Chosen by the room")
            await expect(here.desk.locator(".desk-round .badge")).to_have_text(["Won", "Won"])
            onward = here.desk.get_by_role("button", name="Go on from what won (A)")
            await expect(onward).to_be_visible()
            await (
                here.desk.locator(".desk-wall .rows > li")
                .filter(has_text="a red")
                .get_by_role("button", name="Hide")
                .click()
            )
            await expect(here.stage.locator("figure")).to_have_count(2)
            await expect(here.stage.locator(".vote .facts")).to_have_text("2 votes")
            assert here.errors == [[]] * len(here.errors)
