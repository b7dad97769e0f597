"""The first minutes: an image by one press, three hints, the examples, what is said but once."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import page_alone
from tests.e2e.create_page import choose, landed, opened, small
from tests.e2e.looks import clean
from tests.ui.fake_studio import FLUX, SDXL
from ui import static
from ui.present.recipes import recipes

pytestmark = [pytest.mark.wide, pytest.mark.asyncio(loop_scope="session")]

EXAMPLE = static.examples()[0][1]


async def test_first_image_is_one_press_away_and_nothing_is_sent_before(page: Page) -> None:
    await opened(page)
    prompt, hint = page.locator("#prompt textarea"), page.locator(".hint")
    await expect(prompt).to_have_value(EXAMPLE)
    await expect(page.locator("#results .empty")).to_contain_text("Press Generate")
    await expect(page.locator(".batch")).to_have_count(0)
    await expect(hint).to_be_hidden()
    asked = await page.request.get("/api/jobs")
    assert (await asked.json())["jobs"] == []
    await small(page)
    await page.locator("#generate").click()
    await landed(page.locator(".batch"))
    await expect(page.locator(".batch h3")).to_have_text(EXAMPLE)
    await expect(hint).to_contain_text("seed")
    await expect(hint).to_be_in_viewport()

    another = await page.context.new_page()  # with no draft of its own
    await opened(another)
    await expect(another.locator("#prompt textarea")).to_have_value("")
    await another.close()


@page_alone
async def test_hints_are_three_at_most_walked_and_put_away_for_good_by_the_keyboard(
    page: Page,
) -> None:
    await opened(page)
    await small(page)
    await page.locator("#generate").click()
    await landed(page.locator(".batch"))
    hint = page.get_by_role("region", name="Hints")
    await expect(hint).to_contain_text("1 of 3")
    await clean(page, "a hint")
    seen = {await hint.locator("p").first.inner_text()}
    await hint.get_by_role("button", name="Next").focus()
    for place in ("2 of 3", "3 of 3"):
        await page.keyboard.press("Enter")
        await expect(hint).to_contain_text(place)
        told = await hint.locator("p").first.inner_text()
        await expect(page.locator(".announcer")).to_contain_text(told)
        seen.add(told)
    assert len(seen) == 3
    await page.reload()  # a hint that was not put away is still there
    await expect(hint).to_contain_text("3 of 3")
    other = await page.context.new_page()
    await opened(other)
    await expect(other.locator(".hint")).to_be_visible()
    await hint.get_by_role("button", name="Done").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".hint")).to_be_hidden()
    await expect(page.locator("#results h2")).to_be_focused()
    await expect(other.locator(".hint")).to_be_hidden()
    await opened(other)
    await expect(other.locator(".batch")).to_have_count(1)
    await expect(other.locator(".hint")).to_be_hidden()
    await other.close()


@page_alone
async def test_hints_wait_for_an_image_that_has_a_seed(page: Page) -> None:
    await opened(page)
    await choose(page, SDXL)
    await small(page)
    await page.locator("#generate").click()
    await landed(page.locator(".batch"))
    await expect(page.locator(".hint")).to_be_hidden()
    await choose(page, FLUX)
    await page.locator("#generate").click()
    await expect(page.locator(".hint")).to_contain_text("1 of 3")


@page_alone
async def test_hint_covers_nothing_and_goes_at_one_press(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await opened(page)
    await page.locator("#generate").click()
    await landed(page.locator(".batch"))
    hint, batch = page.locator(".hint"), page.locator(".batch")
    box, below = await hint.bounding_box(), await batch.bounding_box()
    assert box and below
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert box["y"] + box["height"] <= below["y"]
    await hint.get_by_role("button", name="No more hints").click()
    await expect(hint).to_be_hidden()
    await page.reload()
    await landed(page.locator(".batch"))
    await expect(hint).to_be_hidden()


@page_alone
async def test_example_of_the_examples_page_fills_the_form_and_puts_a_typed_text_aside(
    page: Page,
) -> None:
    await opened(page)
    await page.locator("#prompt textarea").fill("A text that is not lost")
    await page.wait_for_timeout(400)  # until it is kept
    await page.locator("#results .empty a").click()
    await expect(page.locator("#recipes li")).to_have_count(len(recipes()))
    for picture in await page.locator("#recipes img").all():
        await picture.scroll_into_view_if_needed()
        assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)")
    await clean(page, "examples")
    seeds = recipes()[-1]
    await page.get_by_role("link", name=f"Use this: {seeds.title}").click()
    await expect(page.locator("#prompt textarea")).to_have_value(str(seeds.values["prompt"]))
    await expect(page.locator("#seed input")).to_have_value(str(seeds.values["seed"]))
    await expect(page.locator("#random-seed input")).not_to_be_checked()
    await expect(page.locator(".basis")).to_contain_text("Press Generate to make it.")
    await expect(page).to_have_url(re.compile(r"/$"))
    await expect(page.locator(".batch")).to_have_count(0)
    await page.get_by_role("button", name="Put it back").click()
    await expect(page.locator("#prompt textarea")).to_have_value("A text that is not lost")


@page_alone
async def test_example_in_the_prompt_is_no_text_that_is_missed(page: Page) -> None:
    await opened(page)
    await expect(page.locator("#prompt textarea")).to_have_value(EXAMPLE)
    await page.wait_for_timeout(400)  # until it is kept
    await page.goto(f"/?recipe={recipes()[0].link}")
    await expect(page.locator(".basis")).to_contain_text("Press Generate to make it.")
    await expect(page.locator("#prompt textarea")).to_have_value(str(recipes()[0].values["prompt"]))
    await page.wait_for_timeout(300)  # the offer would stand there by now
    await expect(page.locator(".put-back")).to_have_count(0)


@page_alone
async def test_picture_of_the_empty_results_fills_the_form_with_its_example(page: Page) -> None:
    await opened(page)
    negative = recipes()[4]
    await page.locator(".starts").get_by_role("button", name=negative.title).click()
    await expect(page.locator("#prompt textarea")).to_have_value(str(negative.values["prompt"]))
    taken = page.locator("#negative_prompt textarea")
    await expect(taken).to_have_value(str(negative.values["negative_prompt"]))
    await expect(page.locator(".put-back")).to_have_count(0)  # nobody had typed what was there


@page_alone
async def test_sample_engine_is_explained_once_then_the_chip_in_the_header_tells(
    page: Page,
) -> None:
    notice = page.locator("#sample-notice")
    chip = page.locator(".mode").get_by_role("button", name="Sample engine")
    await page.goto("/statistics")
    await expect(notice).to_be_visible()
    await expect(chip).to_have_attribute("aria-expanded", "true")
    await notice.get_by_role("button", name="Got it").click()
    await expect(notice).to_be_hidden()
    await expect(chip).to_be_focused()
    for path in ("/statistics", "/gallery", "/"):
        await page.goto(path)
        await expect(chip).to_have_attribute("aria-expanded", "false")
        await expect(notice).to_be_hidden()
    await chip.focus()
    await page.keyboard.press("Enter")
    await expect(notice).to_contain_text("built-in sample engine")
    await page.keyboard.press("Enter")
    await expect(notice).to_be_hidden()


@page_alone
async def test_sample_engine_is_not_said_again_where_it_was_not_put_away(page: Page) -> None:
    await page.goto("/statistics")
    await expect(page.locator("#sample-notice")).to_be_visible()
    await page.goto("/settings")
    await expect(page.locator(".mode button")).to_be_visible()
    await expect(page.locator("#sample-notice")).to_be_hidden()
