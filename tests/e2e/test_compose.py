"""The compose bar tells the deal, and what was asked for is in sight, on every window."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.conftest import page_alone
from tests.e2e.create_page import (
    choose,
    count_of,
    generate,
    landed,
    opened,
    seed_of,
    small,
    told_the_deal,
)
from tests.ui.fake_studio import FLUX, SDXL

pytestmark = [pytest.mark.wide, pytest.mark.asyncio(loop_scope="session"), page_alone]

INSIDE = """(nodes) => nodes.every((node) => {
  const { top, left, right, bottom } = node.getBoundingClientRect();
  return top >= 0 && left >= 0 && right <= innerWidth && bottom <= innerHeight;
})"""


async def all_in_the_window(found: Locator) -> bool:
    return bool(await found.evaluate_all(INSIDE))


async def test_at_the_start_the_cursor_is_in_the_prompt_and_the_deal_in_the_window(
    page: Page,
) -> None:
    await opened(page)
    await expect(page.locator("#prompt textarea")).to_be_focused()
    assert await all_in_the_window(page.locator("#count label, #generate, #stop, .seed-chip"))
    rows = await page.locator("#count label, #generate, #stop").evaluate_all(
        "(nodes) => nodes.map((node) => node.getBoundingClientRect().top)"
    )
    assert max(rows) - min(rows) < 2, "all in one row"
    await count_of(page, 8)
    await expect(page.locator("#generate")).to_have_text("Generate 8 images free")


async def test_another_model_tells_its_price_in_the_answer_that_shows_its_fields(
    page: Page,
) -> None:
    await opened(page)
    await count_of(page, 2)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "predict" in request.url else 0)
    for model in (SDXL, FLUX):
        await page.wait_for_timeout(400)  # what was asked for before is answered
        asked.clear()
        await choose(page, model)
        await told_the_deal(page, "Generate 2 images")
        await page.wait_for_timeout(400)  # whatever else would ask has asked by then
        assert len(asked) == 1, asked
    await page.locator("#random-seed input").uncheck()
    await page.locator("#seed input").fill("7")
    await told_the_deal(page)
    await page.wait_for_timeout(400)
    asked.clear()
    await choose(page, SDXL)
    await told_the_deal(page, "Generate 2 images")
    await page.wait_for_timeout(400)
    assert len(asked) == 2, "with a kept seed it may be stored already: that is asked for"


async def test_four_images_are_seen_at_once_as_thumbnails(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await count_of(page, 4)
    batch = await generate(page, "Four boats at once")
    await landed(batch, 4)
    assert await all_in_the_window(batch.locator(".frame"))
    for image in await batch.locator(".frame img").all():
        assert urlsplit(str(await image.get_attribute("src"))).path.startswith("/thumbs/")
    buttons = batch.locator(".card").first.locator(".actions:not(.more-actions) > *")
    await expect(buttons).to_have_text(["Reuse all", "Download"])
    more = batch.locator(".card").first.locator(".more-actions")
    await page.mouse.move(0, 0)
    await expect(more).to_have_css("opacity", "0")
    await batch.locator(".card").first.hover()
    await expect(more).to_have_css("opacity", "1")


@pytest.mark.parametrize("size", [(390, 844), (720, 450), (1440, 900)])
async def test_what_was_asked_for_is_brought_into_sight(
    page: Page, browser: Browser, size: tuple[int, int]
) -> None:
    await opened(page)
    context = await browser.new_context(
        base_url=page.url,
        viewport={"width": size[0], "height": size[1]},
        has_touch=size[0] == 390,
        is_mobile=size[0] == 390,
        reduced_motion="reduce",
    )
    visitor = await context.new_page()
    await opened(visitor)
    await small(visitor) if await visitor.locator("#width").is_visible() else None
    touch = size[0] == 390
    await visitor.locator("#prompt textarea").fill("A lighthouse to be seen")
    if touch:  # where Return is a new line
        await visitor.locator("#generate").tap()
    else:
        await visitor.locator("#prompt textarea").press("Enter")
    batch = visitor.locator(".batch").first
    await landed(batch)
    assert await all_in_the_window(batch.locator(".frame"))
    focused = await visitor.evaluate("document.activeElement.tagName")
    assert focused == ("BODY" if touch else "TEXTAREA"), "a keyboard would cover the image"
    assert await visitor.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    await context.close()


async def test_a_kept_seed_is_said_at_the_prompt_is_free_and_goes_with_its_prompt(
    page: Page,
) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    chip, prompt = page.locator(".seed-chip"), page.locator("#prompt textarea")
    await expect(chip).to_have_text("Seed: random")
    batch = await generate(page, "A lighthouse with a seed")
    await landed(batch)
    seed = await seed_of(batch)
    await batch.get_by_role("button", name=re.compile("Reuse seed")).click()
    await expect(chip).to_have_text(f"Seed {seed} keptrandom again")
    await expect(page.locator("#generate .costs")).to_have_text("free, already made")
    await prompt.fill("Two bears in a bakery")
    await expect(chip).to_contain_text(f"Seed: random, as the prompt is new. It was {seed}")
    await expect(page.locator("#random-seed input")).to_be_checked()
    other = await generate(page, "Two bears in a bakery")
    await landed(other)
    assert await seed_of(other) != seed
    await prompt.fill("A lighthouse with a seed, in fog")
    await expect(chip).to_contain_text(f"Seed {seed} kept")
    await chip.get_by_role("button", name="random again").click()
    await expect(chip).to_have_text("Seed: random")


async def test_a_new_prompt_that_is_sent_at_once_takes_no_seed_of_another(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    await page.locator("#prompt textarea").fill("A lighthouse at noon")
    await page.locator("#seed input").fill("4242")
    await expect(page.locator(".seed-chip")).to_contain_text("Seed 4242 kept")
    batch = await generate(page, "Bears in a bakery")  # no pause between typing and Enter
    await landed(batch)
    assert await seed_of(batch) != 4242
    await expect(page.locator("#random-seed input")).to_be_checked()


async def test_an_error_stands_below_the_bar_however_high_that_is(page: Page) -> None:
    await opened(page)
    await page.locator("#prompt textarea").fill("A cat")
    await page.evaluate("document.querySelector('#balance p').textContent = 'left '.repeat(120)")
    await page.evaluate("document.querySelector('#balance').style.display = 'block'")
    await page.locator("#width input").fill("1000")
    await page.locator("#controls").evaluate("(panel) => panel.scrollTo(0, panel.scrollHeight)")
    await page.locator("#generate").click()
    await expect(page.locator("#width .field-error")).to_be_visible()
    below = """() => document.querySelector("#width").getBoundingClientRect().top
      - document.querySelector("#compose").getBoundingClientRect().bottom"""
    assert await page.evaluate(below) >= 0


async def test_long_words_stay_in_their_place(page: Page) -> None:
    await opened(page)
    await page.evaluate(
        """() => {
          const long = "Eingabeaufforderungsverlaufsübersicht";
          for (const tool of document.querySelectorAll("#tools button")) tool.textContent = long;
          document.querySelector("#prompt [data-testid=block-info]").textContent = long.repeat(2);
          document.querySelector("#model label .name").textContent = long.repeat(3);
          document.querySelector("#generate .makes").textContent = long;
        }"""
    )
    wide = """(panel) => [...panel.querySelectorAll("#compose *, #model *")].filter((node) =>
      node.getBoundingClientRect().right > panel.getBoundingClientRect().right + 1).length"""
    assert await page.locator("#controls").evaluate(wide) == 0
    label = await page.locator("#prompt [data-testid=block-info]").bounding_box()
    tools = await page.locator("#tools").bounding_box()
    assert label and tools and tools["y"] >= label["y"] + label["height"]


async def test_an_idle_page_asks_for_no_frames(page: Page) -> None:
    await page.add_init_script(
        """const asked = window.requestAnimationFrame.bind(window); window.frames_asked = 0;
        window.requestAnimationFrame = (callback) => {
          window.frames_asked++;
          return asked(callback);
        };"""
    )
    await opened(page)
    await told_the_deal(page)
    asked = []
    for _ in range(20):  # Gradio's loading mark comes to rest: a number of frames, not of seconds
        before = await page.evaluate("window.frames_asked")
        await page.wait_for_timeout(1000)
        asked.append(await page.evaluate("window.frames_asked") - before)
        if asked[-2:] == [0, 0]:
            break
    assert asked[-2:] == [0, 0], f"it asks for ever: {asked} a second"
