"""Which words mattered, in a real browser: phrases cut by keys, the price, and the answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import program
from tests.e2e.looks import SIZES, clean

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("reuse"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("words") / "data") as url:
        yield url


async def planned(page: Page, address: str, prompt: str = "a lighthouse at sea, at sunset") -> None:
    await page.goto(f"{address}/experiments")
    await page.get_by_role("radio", name="Which words mattered").check()
    for name, value in {"prompt": prompt, "width": "256", "height": "256", "seed": "7"}.items():
        await page.locator(f"#base-{name}").fill(value)


async def test_phrases_are_cut_priced_tried_and_weighed(page: Page, address: str) -> None:
    await planned(page, address)
    phrases = page.locator(".phrase .chip")
    await expect(phrases).to_have_text(["a lighthouse at sea", "at sunset"])
    await page.get_by_role("button", name="Split “a lighthouse at sea”").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Begin a phrase at “at”")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(phrases).to_have_text(["a lighthouse", "at sea", "at sunset"])
    await page.get_by_label("What becomes of “at sunset”").select_option("keep")
    await page.get_by_label("What becomes of “at sea”").select_option("instead")
    await page.keyboard.type("in a storm")
    await expect(page.locator(".deal")).to_contain_text("9 places, 9 to send, free")
    await page.get_by_role("button", name="Make 9 images").click()

    answer = page.locator(".words-answer")
    await expect(answer.locator(".strengths li")).to_have_count(2)
    await expect(answer.get_by_role("heading")).to_contain_text("mattered most: ")
    await expect(answer).to_contain_text("The same request gave the same image again")
    await expect(answer.locator(".weighed small")).to_have_count(2)
    await expect(answer.locator(".what").last).to_have_text("in a storm instead of: at sea")
    pair = answer.locator("button.pair").last
    await pair.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog[open]")).to_contain_text("a lighthouse in a storm")
    await page.keyboard.press("Escape")
    await expect(pair).to_be_focused()

    await page.get_by_role("button", name="Plan it again").click()
    await expect(page.get_by_label("Instead of “at sea”")).to_have_value("in a storm")
    await expect(page.get_by_label("What becomes of “at sunset”")).to_have_value("keep")
    await expect(page.locator(".deal")).to_contain_text("8 already made, 1 to send")


async def test_what_cannot_be_tried_is_said_where_it_stands(browser: Browser, address: str) -> None:
    page = await browser.new_page()  # a refusal is a line in the browser's console
    await planned(page, address, "a fox, in snow")
    await page.get_by_label("What becomes of “in snow”").select_option("instead")
    await page.get_by_label("Instead of “in snow”").fill("in snow")
    await expect(page.locator(".phrase .said").last).to_contain_text("the words that stand there")
    await expect(page.get_by_label("Instead of “in snow”")).to_have_attribute("aria-invalid", "")
    await expect(page.locator(".foot button.main")).to_be_disabled()
    await page.get_by_label("Instead of “in snow”").fill("in rain")
    await expect(page.locator(".foot button.main")).to_be_enabled()
    await page.locator("#base-model").select_option(label="SDXL 1.0")
    await expect(page.locator(".field-error")).to_contain_text("takes no seed")
    await expect(page.locator(".phrase .chip")).to_have_text(["a fox", "in snow"])
    await page.close()


@pytest.mark.wide
@SIZES
async def test_axe_finds_no_violation(page: Page, address: str, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await planned(page, address, f"a lighthouse at sea, at {size[0]}")
    await page.locator(".phrase .split").first.click()
    await expect(page.locator(".deal")).to_contain_text("places")
    await clean(page, "the plan")
    await page.locator(".foot button.main").click()
    await expect(page.locator(".words-answer .headline")).to_contain_text("most")
    await clean(page, "the answer")
