"""The language is chosen in the header, on any page, and every page and tab follows."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Browser, Page, expect

from backend.said import msg
from tests.e2e import create_page
from tests.e2e.conftest import page_alone
from tests.e2e.looks import clean
from ui.language.chosen import COOKIE
from ui.language.languages import LANGUAGES

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY_S = 24 * 3600
GERMAN = LANGUAGES["de"]


async def is_german(page: Page) -> None:
    await expect(page.locator(".bar .language option[selected]")).to_have_text("Deutsch")
    await expect(page.locator(".bar nav a").nth(1)).to_have_text(GERMAN.tell(msg("Gallery")))
    await expect(page.locator(".bar .find .longer")).to_have_text(GERMAN.tell(msg("Find")))


async def is_english(page: Page) -> None:
    await expect(page.locator(".bar .language option[selected]")).to_have_text("English")
    await expect(page.locator(".bar .find .longer")).to_have_text("Find")


async def chosen(page: Page) -> Any:
    """Return the cookie that keeps the choice."""
    return next(cookie for cookie in await page.context.cookies() if cookie["name"] == COOKIE)


@page_alone
async def test_a_choice_in_the_header_holds_on_every_page_and_takes_nothing_that_was_typed(
    browser: Browser, address: str
) -> None:
    async with await browser.new_context(base_url=address, locale="en-GB") as context:
        page, other = await context.new_page(), await context.new_page()
        await other.goto("/statistics")
        await create_page.opened(page)
        prompt = page.locator("#prompt textarea")
        await prompt.fill("a red fox, typed before")
        language = page.locator(".bar .language select")
        await language.focus()
        await page.keyboard.press("ArrowDown")
        await expect(language).to_have_value("de")
        await is_english(page)
        await page.keyboard.press("Enter")
        await is_german(page)
        await expect(prompt).to_have_value("a red fox, typed before")
        await expect(language).to_have_value("de")
        days = ((await chosen(page))["expires"] - time.time()) / DAY_S
        assert 364 < days < 366

        await page.reload()
        await is_german(page)
        await is_english(other)
        await other.reload()
        await is_german(other)

        await other.goto("/gallery")
        await is_german(other)
        await other.locator(".bar .language select").select_option("en")
        await is_english(other)
        await other.go_back()
        await is_english(other)
        await page.goto("/settings")
        await is_english(page)


@page_alone
async def test_the_palette_finds_the_languages_by_any_word_for_them(page: Page) -> None:
    await page.goto("/statistics")
    for typed, then in (("deutsch", is_german), ("language", is_english)):
        await page.keyboard.press("Control+k")
        await page.locator(".palette input").fill(typed)
        await expect(page.locator('.palette [aria-selected="true"]')).to_contain_text(
            "Deutsch" if typed == "deutsch" else "English"
        )
        await page.keyboard.press("Enter")
        await then(page)
        tag = "de" if then is is_german else "en"
        await expect(page.locator("html")).to_have_attribute("lang", tag)


@page_alone
async def test_the_choice_is_in_sight_and_named_on_a_phone(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto("/statistics")
    language = page.get_by_role("combobox", name="Language")
    box = await language.bounding_box()
    assert box and box["width"] >= 44 and box["height"] >= 44
    await language.select_option("de")
    await is_german(page)
    await clean(page, "the header in German")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


@page_alone
async def test_who_reads_german_alone_gets_an_image_finds_it_again_and_downloads_it(
    browser: Browser, address: str
) -> None:
    """By what the pages say to people and to screen readers, and by nothing else."""
    async with await browser.new_context(base_url=address, locale="de-DE") as context:
        page = await context.new_page()
        await page.goto("/")
        await page.get_by_role("textbox", name=re.compile("^Prompt")).fill("ein Papierdrache")
        for side in ("Breite", "Höhe"):
            await page.get_by_role("textbox", name=side).fill("256")
        await page.get_by_role("button", name=re.compile("^1 Bild erzeugen")).click()
        await expect(page.get_by_role("link", name="Herunterladen").first).to_be_visible()

        await page.get_by_role("link", name="Galerie").first.click()
        await page.get_by_role("searchbox", name="Prompts durchsuchen").fill("papierdra")
        await expect(page.get_by_role("row")).to_have_count(1)
        await page.get_by_role("button", name=re.compile("ein Papierdrache")).first.click()
        viewer = page.get_by_role("dialog")
        await expect(viewer).to_contain_text("ein Papierdrache")
        async with page.expect_download() as waiting:
            await viewer.get_by_role("link", name="Herunterladen").click()
        with Image.open(await (await waiting.value).path()) as picture:
            assert picture.size == (256, 256)
