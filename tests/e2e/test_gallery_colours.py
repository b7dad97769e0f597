"""The gallery in a real browser: images of a colour, and images that look like one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.e2e.calls import ask
from tests.e2e.gallery_page import cell, library_of, opened, shown
from tests.e2e.looks import SIZES, clean

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("colours"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The program over a library of its own, which tests leave as it is."""
    with library_of(400, tmp_path_factory) as url:
        yield url


@SIZES
async def test_a_colour_is_two_clicks_away_and_a_chip_takes_it_off(
    page: Page, address: str, size: tuple[int, int]
) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await opened(page)
    await page.get_by_role("button", name="Filters").click()
    dot = page.get_by_role("checkbox", name="Blue", exact=True)
    box = await page.locator(".colours .choice").first.bounding_box()
    assert box is not None and box["height"] >= (44 if size[0] < 700 else 30)
    await dot.check(force=True)
    await expect(page).to_have_url(re.compile(r"color=blue$"))
    count = ask(address, "/api/images?limit=1&color=blue")["total"]
    assert 0 < count < 400
    await expect(page.locator("#gallery .total")).to_have_text(f"{count} of 400 images")
    await page.get_by_role("checkbox", name="Grey", exact=True).press("Space")
    await expect(page).to_have_url(re.compile(r"color=blue&color=grey$"))
    await clean(page, "colours")
    if size[0] < 700:
        await page.get_by_role("button", name=re.compile("^Show ")).click()
    await page.get_by_role("button", name="Remove filter: Colour: Blue").click()
    await expect(page).to_have_url(re.compile(r"\?color=grey$"))
    await expect(page.locator(".colours [value=blue]")).not_to_be_checked()


async def test_more_like_this_is_a_list_that_can_be_reloaded_and_left(
    page: Page, address: str
) -> None:
    await opened(page)
    await shown(page, 2)
    third = ask(address, "/api/images?limit=3")["images"][2]["id"]
    alike = ask(address, f"/api/images/{third}/like?limit=200")["images"]
    await cell(page, 2).locator(".open").click()
    await page.get_by_role("link", name="More like this").click()
    await expect(page).to_have_url(re.compile(rf"/gallery\?like={third}$"))
    for _ in range(2):
        await expect(page.locator("#gallery .total")).to_have_text(
            f"{len(alike) + 1} of 400 images"
        )
        await shown(page, 1)
        await page.reload()
    await clean(page, "more like this")
    await page.get_by_role("button", name="Remove filter: Like this image").click()
    await expect(page.locator("#gallery .total")).to_have_text("400 images")
    assert "like" not in page.url
