"""The documentation of the HTTP interface in a real browser: by keyboard, dark, on a phone."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import page_alone
from tests.e2e.looks import clean, one_of_a_kind

pytestmark = [pytest.mark.asyncio(loop_scope="session"), page_alone]


async def test_a_route_is_reached_by_keyboard(page: Page, address: str) -> None:
    await page.goto(f"{address}/docs")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")  # skip to the content
    for _ in range(2):
        await page.keyboard.press("Tab")
    await expect(page.locator(":focus")).to_have_text("Generate images")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{address}/docs#generate_images")
    await expect(
        page.get_by_role("heading", name="Generate images", exact=True)
    ).to_be_in_viewport()


async def test_it_is_light_or_dark_as_the_system_is(page: Page, address: str) -> None:
    body = page.locator("body")
    await page.emulate_media(color_scheme="light")
    await page.goto(f"{address}/docs")
    await expect(body).to_have_css("background-color", "rgb(246, 247, 249)")
    await page.emulate_media(color_scheme="dark")
    await expect(body).to_have_css("background-color", "rgb(18, 21, 28)")


@pytest.mark.wide
async def test_anybody_can_read_it(page: Page, address: str) -> None:
    await page.goto(f"{address}/docs?__theme=light")
    every, left = await one_of_a_kind(page)
    assert 2 < left < every / 4
    await clean(page, "documentation")


async def test_nothing_is_wider_than_a_phone(page: Page, address: str) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(f"{address}/docs")
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await expect(page.get_by_role("heading", name="Generate images", exact=True)).to_be_visible()
