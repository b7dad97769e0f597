"""What is open over a page is a step of the history: Back closes it, Forward and links open it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e import create_page
from tests.e2e.calls import make_images
from tests.e2e.gallery_page import cell, focused_index, library_of, opened, shown, unwatched

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("gallery"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A program with 150 images."""
    with library_of(150, tmp_path_factory, with_files=150) as url:
        yield url


def viewer(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Image details")


def compared(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Compare images")


async def at_image(page: Page) -> str:
    """Return the image that the address names once it names the one that is shown."""
    async with asyncio.timeout(20):
        while True:  # both come late, and in either order
            source = await viewer(page).locator(".stage img").get_attribute("src")
            image = (source or "").rsplit("/", 1)[-1].split(".")[0]
            if image and f"image={image}" in page.url:
                return image
            await asyncio.sleep(0.02)


async def test_back_closes_the_viewer_and_the_grid_keeps_its_place_and_focus(page: Page) -> None:
    await opened(page, "?sort=oldest")
    await unwatched(page)
    await page.locator(".wall").evaluate("wall => { wall.scrollTop = 2400; }")
    top = await page.locator(".wall").evaluate("wall => wall.scrollTop")
    index = int(await page.locator(".cell").nth(30).get_attribute("data-index") or 0)
    await shown(page, index)
    steps = await page.evaluate("history.length")
    await cell(page, index).locator(".open").click()
    await expect(viewer(page)).to_be_visible()
    first = await at_image(page)
    await page.keyboard.press("ArrowRight")
    await expect(viewer(page).locator(".position")).to_contain_text(f"Image {index + 2} of")
    second = await at_image(page)
    assert first != second and await page.evaluate("history.length") == steps + 1
    await page.go_back()
    await expect(viewer(page)).to_have_count(0)
    await expect(page).to_have_url(re.compile(r"/gallery\?sort=oldest$"))
    await expect(cell(page, index + 1).locator(".open")).to_be_focused()
    assert await page.locator(".wall").evaluate("wall => wall.scrollTop") == top
    await page.go_forward()
    await expect(viewer(page)).to_be_visible()
    assert await at_image(page) == second
    await expect(viewer(page).locator(".position")).to_contain_text(f"Image {index + 2} of")


@pytest.mark.parametrize("how", ["Escape", "Close", "beside it"])
async def test_however_the_viewer_is_closed_no_step_is_left_over(page: Page, how: str) -> None:
    await opened(page)
    await page.goto("/gallery?sort=oldest")
    await shown(page, 2)
    await cell(page, 2).locator(".open").click()
    await at_image(page)
    if how == "Escape":
        await page.keyboard.press("Escape")
    elif how == "Close":
        await viewer(page).get_by_role("button", name="Close").click()
    else:
        await page.mouse.click(4, 4)
    await expect(page).to_have_url(re.compile(r"/gallery\?sort=oldest$"))
    assert await focused_index(page) == 2
    await page.go_back()
    await expect(page).to_have_url(re.compile(r"/gallery$"))


async def test_a_link_and_a_reload_open_the_viewer_and_its_neighbours(page: Page) -> None:
    await opened(page)
    await shown(page, 5)
    await cell(page, 5).locator(".open").click()
    image = await at_image(page)
    await page.reload()
    await expect(viewer(page).locator(".position")).to_have_text(re.compile("Image 6 of"))
    assert await at_image(page) == image
    await page.go_back()
    await expect(viewer(page)).to_have_count(0)
    await page.goto(f"/gallery?image={image}")
    await expect(viewer(page)).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(re.compile("/gallery$"))
    assert await page.evaluate("location.pathname") == "/gallery"


async def test_an_address_without_such_an_image_says_so_and_forgets_it(page: Page) -> None:
    # Else the browser would log the answer of 404 as an error.
    await page.add_init_script(
        "window.fetch = (own => async (path, ...more) => /\\/0{32}$/.test(String(path))"
        " ? new Response('{}', {status: 404}) : own(path, ...more))(window.fetch)"
    )
    await page.goto(f"/gallery?image={'0' * 32}")
    await expect(page).to_have_url(re.compile("/gallery$"))
    await expect(page.locator(".toast")).to_contain_text("There is no image 000")


async def test_a_comparison_is_a_step_over_the_viewer_and_alone(page: Page, address: str) -> None:
    ids = [make_images(address, "compared", seed=seed)[0]["id"] for seed in (1, 2)]
    await opened(page)
    for index in (0, 1):
        await shown(page, index)
        await cell(page, index).locator(".open").click(modifiers=["Control"])
    await page.locator(".bulk").get_by_role("button", name="Compare").click()
    await expect(compared(page)).to_be_visible()
    await expect(page).to_have_url(
        re.compile(f"compare={ids[1]},{ids[0]}|compare={ids[0]},{ids[1]}")
    )
    await page.go_back()
    await expect(compared(page)).to_have_count(0)
    await expect(page.locator(".bulk strong")).to_have_text("2 selected")
    await page.go_forward()
    await expect(compared(page)).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page).to_have_url(re.compile("/gallery$"))
    await page.goto(f"/gallery?image={ids[0]}&compare={ids[0]},{ids[1]}")
    await expect(compared(page)).to_be_visible()
    # Not by Escape: Chromium takes both for one, as long as nobody has pressed anything.
    await compared(page).get_by_role("button", name="Close").click()
    await expect(compared(page)).to_have_count(0)
    await expect(viewer(page)).to_be_visible()


async def test_running_through_the_images_asks_the_browser_for_few_addresses(page: Page) -> None:
    await opened(page)
    await shown(page, 0)
    await cell(page, 0).locator(".open").click()
    await expect(viewer(page)).to_be_visible()
    await page.evaluate(
        "window.asked = 0;"
        "const own = history.replaceState.bind(history);"
        "history.replaceState = (...args) => { window.asked += 1; own(...args); }; 0"
    )
    for _ in range(120):
        await page.keyboard.press("ArrowRight")
    await expect(viewer(page).locator(".position")).to_contain_text("Image 121 of")
    await at_image(page)
    assert await page.evaluate("window.asked") < 60


async def test_on_create_too_back_closes_the_viewer(page: Page) -> None:
    await create_page.opened(page)
    await create_page.small(page)
    batch = await create_page.generate(page, "a step of the history")
    await create_page.landed(batch)
    await batch.locator("button.frame").click()
    await expect(viewer(page)).to_be_visible()
    await expect(page).to_have_url(re.compile(r"/\?view=[0-9a-f]{32}$"))
    await page.go_back()
    await expect(viewer(page)).to_have_count(0)
    await expect(batch.locator("button.frame")).to_be_focused()
    await expect(page.locator("#prompt textarea")).to_have_value("a step of the history")
    await page.go_forward()
    await expect(viewer(page)).to_be_visible()
    await page.reload()
    await expect(viewer(page)).to_be_visible()
    await viewer(page).get_by_role("button", name="Close").click()
    await expect(viewer(page)).to_have_count(0)
    await expect(page).not_to_have_url(re.compile("view="))
