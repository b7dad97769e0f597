"""The Create page, used: a model chosen, a prompt typed, images waited for."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from tests.ui.fake_studio import FLUX

SMALL = 256  # a small picture is drawn quickly; these tests are about the page


async def opened(page: Page, path: str = "/") -> None:
    await page.goto(path)
    await page.wait_for_selector("#results h2")
    await told_the_deal(page)


async def choose(page: Page, model: str) -> None:
    await page.locator(f'#model input[value="{model}"]').check()
    await expect(page.locator("#seed" if model == FLUX else "#negative_prompt")).to_be_visible()
    # Gradio shows a field a moment before it puts in its value: nobody types as quickly as a test.
    await page.evaluate("new Promise((go) => setTimeout(() => requestAnimationFrame(go), 100))")


async def small(page: Page) -> None:
    for side in ("width", "height"):
        await page.locator(f"#{side} input").fill(str(SMALL))


async def told_the_deal(page: Page, words: str = "image") -> None:
    """Wait until Generate says what it makes and costs."""
    await expect(page.locator("#generate .makes")).to_contain_text(words)
    await expect(page.locator("#generate .costs")).to_contain_text(re.compile("free|listed|[$]"))


async def count_of(page: Page, count: int) -> None:
    await page.locator("#count label").get_by_text(str(count), exact=True).click()
    await told_the_deal(page, f"Generate {count} image")


async def generate(page: Page, prompt: str) -> Locator:
    """Type a prompt, press Enter, and return the batch that it starts."""
    before = await page.locator(".batch").count()
    await page.locator("#prompt textarea").fill(prompt)
    await page.locator("#prompt textarea").press("Enter")
    await expect(page.locator(".batch")).to_have_count(before + 1)
    return page.locator(".batch").first


async def landed(batch: Locator, count: int = 1) -> None:
    await expect(batch.locator('.card[data-state="saved"] img')).to_have_count(count)


async def source_of(batch: Locator, index: int = 0) -> str:
    return str(await batch.locator(".card img").nth(index).get_attribute("src"))


async def facts(batch: Locator, index: int = 0) -> str:
    return await batch.locator(".card").nth(index).locator(".facts").inner_text()


async def seed_of(batch: Locator, index: int = 0) -> int:
    found = re.search(r"Seed (\d+)", await facts(batch, index))
    assert found
    return int(found.group(1))
