"""The Create page in another language than the browser's: Gradio does not go back to that one."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import page_alone
from ui.language.chosen import COOKIE

pytestmark = pytest.mark.asyncio(loop_scope="session")


@page_alone
async def test_the_chosen_language_counts_for_gradio_and_for_screen_readers(
    browser: Browser, address: str
) -> None:
    context = await browser.new_context(base_url=address, locale="fr-FR")
    try:
        await context.add_cookies([{"name": COOKIE, "value": "de", "url": address}])
        page = await context.new_page()
        await page.goto("/")
        await expect(page.locator("#generate")).to_be_visible()
        assert await page.evaluate("[document.documentElement.lang, navigator.language]") == [
            "de",
            "de",
        ]
        await expect(page.locator("html")).to_have_attribute("dir", "ltr")
        await page.evaluate("document.documentElement.setAttribute('class', 'seen')")
        await expect(page.locator("html")).to_have_class("seen")
    finally:
        await context.close()
