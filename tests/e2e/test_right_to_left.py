"""Prompts and tags in Hebrew and Arabic stand as they are read, beside others that do not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.calls import ask, make_images
from tests.e2e.conftest import program
from tests.e2e.gallery_page import cell, opened, shown
from tests.e2e.stage_page import do, scene, start
from ui.language.chosen import COOKIE

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("gallery"),
]

HEBREW = "שועל אדום בשלג, 4k\nA line in English\nעוד שורה"  # noqa: RUF001
ARABIC = "ثعلب أحمر في الثلج"
TAG = "ים"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A program with images of prompts in three languages, the Hebrew one with a tag."""
    with program(tmp_path_factory.mktemp("rtl") / "data") as url:
        prompts = ("a red fox", ARABIC, HEBREW)
        ids = [make_images(url, p, seed=n)[0]["id"] for n, p in enumerate(prompts)]
        ask(url, "/api/images", {"ids": ids[2:], "add_tags": [TAG]})
        yield url


async def runs(locator: Locator, *ways: str) -> None:
    """These texts run so, in their order: waited for, as a list may be drawn anew meanwhile."""
    for n, way in enumerate(ways):
        await expect(locator.nth(n)).to_have_css("direction", way)


async def test_each_prompt_of_the_gallery_has_its_own_direction(page: Page) -> None:
    await opened(page)
    await shown(page, 2)
    for n, way in enumerate(("rtl", "rtl", "ltr")):
        await runs(cell(page, n).locator(".what"), way)
    await runs(cell(page, 0).locator(".fact"), "ltr")


async def test_the_viewer_and_the_comparison_give_each_text_and_line_its_direction(
    page: Page, address: str
) -> None:
    hebrew, arabic, english = ask(address, "/api/images?limit=3")["images"]
    await page.goto(f"/gallery?image={hebrew['id']}")
    viewer = page.get_by_role("dialog", name="Image details")
    prompt = viewer.locator(".prompt")
    await expect(prompt).to_have_text(HEBREW)
    await runs(prompt, "rtl")
    await expect(prompt).to_have_css("unicode-bidi", "plaintext")
    tag = viewer.locator(".tags bdi")
    await expect(tag).to_have_text(TAG)
    await runs(tag, "rtl")
    ids = ",".join(image["id"] for image in (hebrew, arabic, english))
    await page.goto(f"/gallery?compare={ids}")
    values = page.locator(".compare tr.differs .value")
    await expect(values.first).to_be_visible()
    await runs(values, "rtl", "rtl", "ltr")


async def test_what_is_typed_has_its_direction(page: Page) -> None:
    await opened(page)
    search = page.locator("#gallery-search")
    await runs(search, "ltr")
    await search.fill("שועל")
    await runs(search, "rtl")


async def test_numbers_to_be_varied_go_to_the_right_in_arabic(page: Page, address: str) -> None:
    await page.context.add_cookies([{"name": COOKIE, "value": "ar", "url": address}])
    await page.goto("/experiments")
    values = page.locator("#axis-x-values")
    await values.fill("2-6 [4]")
    await runs(values, "ltr")
    prompt = page.locator("#base-prompt")
    for text, way in (("a fox", "ltr"), (ARABIC, "rtl")):
        await prompt.fill(text)
        await runs(prompt, way)


@pytest.mark.parametrize(("language", "side"), [("ar", "right"), ("en", "left")])
async def test_a_line_beside_others_begins_where_they_do_in_whatever_language_it_is(
    page: Page, address: str, language: str, side: str
) -> None:
    await page.context.add_cookies([{"name": COOKIE, "value": language, "url": address}])
    english = ask(address, "/api/images?limit=3")["images"][2]
    await page.goto("/gallery")
    await shown(page, 2)
    for n in range(3):
        await expect(cell(page, n).locator(".what")).to_have_css("text-align", side)
    await page.goto(f"/gallery?image={english['id']}")
    values = page.locator(".viewer .side dd")
    await expect(values.first).to_be_visible()
    for value in await values.all():
        await expect(value).to_have_css("text-align", side)
    start(address, title="A red fox")
    await page.goto("/stage")
    await scene(page, "lobby")
    await expect(page.locator("#projector .title")).to_have_css("text-align", side)
    do(address, "end")
