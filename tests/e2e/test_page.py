"""Images made on the Create page: by key and click, in batches, stopped, found again."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import page_alone
from tests.e2e.create_page import (
    SMALL,
    choose,
    count_of,
    facts,
    generate,
    landed,
    opened,
    seed_of,
    small,
    source_of,
)
from tests.ui.fake_studio import FLUX

pytestmark = pytest.mark.asyncio(loop_scope="session")


# --- making images -------------------------------------------------------------------------------


async def test_enter_makes_an_image_that_can_be_seen_with_its_seed(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    batch = await generate(page, "A lighthouse at dusk")
    await landed(batch)
    loaded = "(image) => image.decode().then(() => image.naturalWidth)"
    assert await batch.locator("img").evaluate(loaded) == SMALL
    text = await facts(batch)
    assert "FLUX.1 schnell" in text
    assert re.search(r"Seed \d+", text)
    assert re.search(r"\d s\b", text)
    assert "cache" not in text


@page_alone
async def test_shift_enter_is_a_new_line(page: Page) -> None:
    await opened(page)
    prompt = page.locator("#prompt textarea")
    await prompt.fill("one")
    await prompt.press("Shift+Enter")
    await prompt.press_sequentially("two")
    assert await prompt.input_value() == "one\ntwo"
    await expect(page.locator(".batch")).to_have_count(0)


async def test_same_seed_gives_the_same_image_free_and_anew_makes_another(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    first = await generate(page, "A red barn")
    await landed(first)
    seed, source = await seed_of(first), await source_of(first)
    await first.get_by_role("button", name=re.compile("Reuse seed")).click()
    await expect(page.locator("#seed input")).to_have_value(str(seed))
    await expect(page.locator("#random-seed input")).not_to_be_checked()
    again = await generate(page, "A red barn")
    await landed(again)
    assert await source_of(again) == source
    assert "From the cache, free" in await facts(again)
    await again.get_by_role("button", name="Generate anew").click()
    await expect(page.locator(".batch")).to_have_count(3)
    anew = page.locator(".batch").first
    await landed(anew)
    assert await source_of(anew) != source
    assert await seed_of(anew) == seed
    assert "cache" not in await facts(anew)


@page_alone
async def test_four_images_land_with_consecutive_seeds_in_order(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    await count_of(page, 4)
    batch = await generate(page, "Four sailing boats")
    await expect(batch.locator(".card")).to_have_count(4)
    await landed(batch, 4)
    seeds = [await seed_of(batch, index) for index in range(4)]
    assert seeds == [(seeds[0] + index) % 2**32 for index in range(4)]


@page_alone
async def test_placeholder_has_the_shape_of_the_image_that_replaces_it(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await page.locator("#aspect label", has_text="16:9").click()
    batch = await generate(page, "A wide valley")
    size = """(batch) => {
      const { width, height } = batch.querySelector(".frame").getBoundingClientRect();
      return [width, height];
    }"""
    before = await batch.evaluate(size)
    await landed(batch)
    after = await batch.evaluate(size)
    assert before == pytest.approx(after, abs=1)
    assert after[0] / after[1] == pytest.approx(1360 / 768, rel=0.01)


async def test_double_click_is_one_job_and_a_later_click_queues_another(page: Page) -> None:
    await opened(page)
    await small(page)
    await page.locator("#prompt textarea").fill("A double door")
    await page.locator("#generate").dblclick()
    await landed(page.locator(".batch").first)
    await expect(page.locator(".batch")).to_have_count(1)
    await page.wait_for_timeout(450)  # past what counts as a double click
    await page.locator("#generate").click()
    await expect(page.locator(".batch")).to_have_count(2)


async def test_stop_ends_what_was_not_sent_and_says_what_was(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await count_of(page, 8)
    await page.locator('#num_steps input[type="text"]').fill("50")
    batch = await generate(page, "Eight slow towers")
    await expect(batch.locator('.card[data-state="sent"]').first).to_be_visible()
    await page.locator("#stop").click()
    note = page.locator("#results .note")
    await expect(note).to_contain_text(re.compile(r"already sent.*not sent|not sent"))
    await expect(page.locator("#stop")).to_be_disabled()
    rest = batch.locator(".rest")
    await expect(rest).to_contain_text(re.compile(r"\d were not sent\. Make them"))
    await expect(batch.locator(".card:not([data-state=saved])")).to_have_count(0)
    made = await batch.locator(".card").count()
    await expect(rest).to_have_text(f"{8 - made} were not sent. Make them")
    await rest.get_by_role("button").click()
    await landed(page.locator(".batch").first, 8 - made)
    await expect(page.locator(".batch").last.locator(".rest")).to_contain_text("Asked for again at")


async def test_reload_in_the_middle_finds_the_running_job_again(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await count_of(page, 4)
    batch = await generate(page, "A tower that is reloaded")
    await expect(batch.locator('.card[data-state="sent"]').first).to_be_visible()
    await opened(page)
    again = page.locator(".batch").first
    await expect(again.locator("h3")).to_have_text("A tower that is reloaded")
    await landed(again, 4)


@page_alone
async def test_another_visitor_sees_nothing_of_it(page: Page, browser: Browser) -> None:
    await opened(page)
    await small(page)
    await landed(await generate(page, "My own images"))
    context = await browser.new_context(base_url=page.url)
    other = await context.new_page()
    await opened(other)
    await expect(other.locator(".empty")).to_be_visible()
    await context.close()
