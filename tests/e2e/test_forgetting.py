"""Images of the trash forgotten for good: from the gallery's bar and from the viewer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.calls import ask, make_images
from tests.e2e.conftest import program
from tests.e2e.gallery_page import cell, opened, shown
from tests.e2e.looks import clean
from tests.e2e.test_viewer import look

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("forgetting"),
    pytest.mark.wide,
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("forgetting") / "data") as url:
        yield url


def prompts(address: str) -> set[str]:
    return {found["prompt"] for found in ask(address, "/api/prompts")["prompts"]}


async def test_what_is_selected_in_the_trash_is_forgotten_after_a_question(
    page: Page, address: str
) -> None:
    records = make_images(address, "a quiet axolotl", count=3)
    make_images(address, "a kept lighthouse", count=1)
    ids = [record["id"] for record in records]
    ask(address, "/api/images", {"ids": ids, "deleted": True})
    await opened(page, "?trash=1")
    await shown(page, 0)
    await cell(page, 0).locator(".open").focus()
    await page.keyboard.press("x")
    bar = page.locator(".bulk")
    forget = bar.get_by_role("button", name="Forget for good")
    await forget.focus()
    await page.keyboard.press("Enter")
    question = page.get_by_role("alertdialog", name="Forget this image for good?")
    await expect(question).to_contain_text("Other images with the same prompt keep it.")
    await expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    await clean(page, "the question")
    await page.keyboard.press("Escape")
    await expect(question).to_have_count(0)
    await expect(forget).to_be_focused()
    await page.keyboard.press("Enter")
    await question.get_by_role("button", name="Forget 1 image").click()
    await expect(page.locator(".toast")).to_contain_text("1 image was forgotten")
    await expect(page.locator("#gallery .total")).to_have_text(re.compile("^2 "))
    await expect(cell(page, 0).locator(".open")).to_be_focused()
    await expect(bar).to_be_hidden()
    assert prompts(address) == {"a quiet axolotl", "a kept lighthouse"}

    await page.keyboard.press("Control+a")
    await forget.click()
    question = page.get_by_role("alertdialog", name="Forget 2 images for good?")
    await question.get_by_role("button", name="Forget 2 images").click()
    await expect(page.locator("#gallery .empty")).to_contain_text("The trash is empty")
    assert prompts(address) == {"a kept lighthouse"}
    assert ask(address, "/api/facets")["trash"] == 0
    await page.get_by_role("button", name="Back to the gallery").first.click()
    await shown(page, 0)
    await expect(page.locator("#gallery .total")).to_have_text(re.compile("^1 image"))
    await expect(bar.get_by_role("button", name="Forget for good")).to_be_hidden()


async def test_the_viewer_forgets_what_it_shows_of_the_trash_and_goes_on(
    page: Page, address: str
) -> None:
    records = make_images(address, "a pale walrus", count=2)
    ids = [record["id"] for record in records]
    ask(address, "/api/images", {"ids": ids, "deleted": True})
    await opened(page, "?trash=1")
    await shown(page, 1)
    await cell(page, 0).locator(".open").focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Image details")
    await expect(dialog.locator(".position")).to_have_text("Image 1 of 2")
    await clean(page, "the viewer of the trash")
    await dialog.get_by_role("button", name="Forget for good").click()
    question = page.get_by_role("alertdialog")
    await page.keyboard.press("Escape")
    await expect(question).to_have_count(0)
    await expect(dialog.get_by_role("button", name="Forget for good")).to_be_focused()
    await page.keyboard.press("Enter")
    await question.get_by_role("button", name="Forget 1 image").click()
    await expect(dialog.locator(".position")).to_have_text("Image 1 of 1")
    # Its details are here: a page that asks for them later finds nothing, and Chromium logs that.
    await expect(dialog.get_by_text("Created", exact=True)).to_be_visible()
    await dialog.get_by_role("button", name="Forget for good").click()
    await question.get_by_role("button", name="Forget 1 image").click()
    await expect(dialog).to_have_count(0)
    await expect(page.locator("#gallery .empty")).to_contain_text("The trash is empty")
    assert "a pale walrus" not in prompts(address)


async def test_a_refusal_stands_in_the_question(browser: Browser, address: str) -> None:
    context = await browser.new_context(base_url=address)  # Chromium logs each 422 as an error
    page = await context.new_page()
    (record,) = make_images(address, "a restored heron", count=1)
    ask(address, "/api/images", {"ids": [record["id"]], "deleted": True})
    dialog = await look(page, record)
    await dialog.get_by_role("button", name="Forget for good").click()
    ask(address, "/api/images", {"ids": [record["id"]], "deleted": False})
    question = page.get_by_role("alertdialog")
    await question.get_by_role("button", name="Forget 1 image").click()
    await expect(question.get_by_role("alert")).to_contain_text("Only what is in the trash")
    await question.get_by_role("button", name="Cancel").click()
    await expect(dialog.get_by_role("button", name="Forget for good")).to_be_focused()
    await context.close()
