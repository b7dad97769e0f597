"""A blind test in a real browser: asked for, voted on by keys alone, and its result."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.e2e.conftest import program
from tests.e2e.looks import SIZES, clean

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("reuse"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("blind") / "data") as url:
        yield url


async def asked(page: Page, address: str, prompts: int, word: str = "lighthouse") -> None:
    """Fill the form with two models and so many small prompts."""
    await page.goto(f"{address}/experiments")
    await page.get_by_role("radio", name="Blind test").check()
    for side in ("width", "height"):
        await page.locator(f"#base-{side}").fill("256")
    lines = [f"a {word} at sea, {number}" for number in range(prompts)]
    await page.locator("#blind-prompts").fill("\n".join(lines))
    await expect(page.locator(".deal")).to_contain_text(f"{2 * prompts} places")


async def test_it_is_voted_on_by_keys_alone(page: Page, address: str) -> None:
    await asked(page, address, 6)
    await expect(page.locator("#blind-prompts-said")).to_have_text(
        "6 prompts: only a clear favourite, 6 of 6, will be visible."
    )
    await page.locator("#experiment-title").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".state-line")).to_have_text("Done · 12 of 12 cells")
    progress, images = page.locator(".progress-text"), page.locator(".pair img")
    await expect(images).to_have_count(2)
    assert [await image.get_attribute("alt") for image in await images.all()] == ["Left", "Right"]
    await expect(page.get_by_role("table")).to_have_count(0)
    await expect(page.get_by_role("link", name="In the gallery")).to_have_count(0)
    # In words, no setting stands near the images.
    await expect(page.locator(".voting")).not_to_contain_text(re.compile("FLUX|SDXL"))

    first = await images.first.get_attribute("src")
    for done, key in enumerate(["ArrowLeft", "=", "b"], start=1):
        await page.keyboard.press(key)
        await expect(progress).to_have_text(f"{done} of 6 voted")
    for done in (2, 1, 0):
        await page.keyboard.press("Backspace")
        await expect(progress).to_have_text(f"{done} of 6 voted")
    await expect(images.first).to_have_attribute("src", first or "")
    for done, key in enumerate(["ArrowLeft"] * 3 + ["ArrowDown", "ArrowUp"], start=1):
        await page.keyboard.press(key)
        await expect(progress).to_have_text(f"{done} of 6 voted")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator(".says-first")).to_have_text("No difference was shown.")
    await expect(page.locator(".voting")).to_contain_text("the left side won 3 of 4")
    await expect(page.locator(".cells").get_by_role("columnheader")).to_have_text(
        ["FLUX.1 schnell", "SDXL 1.0"]
    )
    axis = page.locator(".cells .axis-name.onward bdi")
    await expect(axis).to_have_text("Compared setting")
    await page.reload()
    await expect(page.locator(".says-first")).to_have_text("No difference was shown.")


async def test_it_can_be_ended_early_and_what_is_wrong_is_said_at_its_setting(
    browser: Browser, address: str
) -> None:
    page = await browser.new_page()  # a refusal is a line in the browser's console
    await asked(page, address, 2, "castle")
    await page.get_by_label("Setting 2").get_by_label("Model").select_option("FLUX.1 schnell")
    row = page.get_by_role("group", name="Setting 2")
    await expect(row.get_by_role("alert")).to_contain_text("Settings 1 and 2 ask for the same.")
    await expect(page.locator(".foot button.main")).to_be_disabled()
    await page.get_by_role("group", name="What differs").get_by_label("Steps").check()
    await row.get_by_label("Steps").fill("2")
    await page.get_by_role("button", name="Make 4 images").click()
    await expect(page.locator(".pair img")).to_have_count(2)
    await page.get_by_role("button", name="Left one").click()
    await expect(page.locator(".progress-text")).to_have_text("1 of 2 voted")
    await page.get_by_role("button", name="End the voting").click()
    await page.get_by_role("button", name="End it and show the result").click()
    await expect(page.locator(".voting")).to_contain_text(
        "1 vote on the same two settings proves nothing: it takes at least 6."
    )
    await page.close()


async def test_no_image_appears_before_the_other_one_is_there(page: Page, address: str) -> None:
    held: list[Route] = []
    asked_for: list[str] = []

    async def hold_the_first(route: Route) -> None:
        asked_for.append(route.request.url)
        if held:
            await route.continue_()
        else:
            held.append(route)

    await asked(page, address, 1, "mill")
    await page.route("**/images/*", hold_the_first)
    async with page.expect_response(lambda answer: "/images/" in answer.url):
        await page.get_by_role("button", name="Make 2 images").click()
    assert len(set(asked_for)) == 2
    await expect(page.locator(".state-line")).to_contain_text("2 of 2 cells")
    await expect(page.locator(".pair img")).to_have_count(0)
    await page.keyboard.press("ArrowLeft")  # of what is not seen
    await held[0].continue_()
    await expect(page.locator(".pair img")).to_have_count(2)
    await expect(page.locator(".progress-text")).to_have_text("0 of 1 voted")


@pytest.mark.wide
@SIZES
async def test_axe_finds_no_violation(page: Page, address: str, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await asked(page, address, 2, f"whale {size[0]}")
    await clean(page, "the form")
    await page.locator(".foot button.main").click()
    await expect(page.locator(".state-line")).to_contain_text("4 of 4 cells")
    await expect(page.locator(".pair img")).to_have_count(2)
    await clean(page, "a pair")
    assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
    await page.get_by_role("button", name="End the voting").click()
    await clean(page, "the question")
    await page.get_by_role("button", name="End it and show the result").click()
    await expect(page.locator(".says-first")).to_have_text("Nobody voted.")
    await clean(page, "the result without votes")
    assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
