"""Failure cards: links that go where they say, the field that is named, the balance beside a doubt;
and all of it told to who does not see the page."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import program, watched
from tests.e2e.create_page import choose, told_the_deal
from tests.e2e.looks import clean
from tests.e2e.until import until
from tests.e2e.visits import Visits
from tests.http import faults as f
from tests.ui.fake_studio import FLUX, SDXL

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("failures-lead"),
]

NO_LIMIT = {"PLAYGROUND_REQUESTS_PER_MINUTE": "0", "PLAYGROUND_REQUESTS_PER_DAY": "0"}
HEAR = """globalThis.told = [];
new MutationObserver((changes) => {
  for (const change of changes)
    if (change.target.matches?.(".announcer"))
      for (const line of change.addedNodes) told.push(line.textContent);
}).observe(document, { childList: true, subtree: true });"""
"""Keeps what the page's one voice has said."""


@dataclass
class World:
    platform: f.FaultServer
    url: str


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("lead") / "data"
    with (
        f.FaultServer.in_thread() as platform,
        program(data, platform=platform.base_url, more=NO_LIMIT) as url,
    ):
        yield World(platform, url)


@pytest_asyncio.fixture(loop_scope="session")
async def page(visits: Visits, world: World) -> AsyncIterator[Page]:
    async with visits.page(world.url) as page:
        _, errors = watched(page, world.url)
        await page.add_init_script(HEAR)
        yield page
    assert errors == [], "the page logged errors"


async def opened(page: Page, url: str) -> None:
    await page.goto(url)
    await expect(page.locator("#balance")).to_contain_text("Balance")


async def failed(page: Page, prompt: str, model: str = FLUX) -> Locator:
    await page.locator(f'#model input[value="{model}"]').check()
    await page.locator("#prompt textarea").fill(prompt)
    await page.locator("#prompt textarea").press("Enter")
    title = page.get_by_role("heading", level=3, name=prompt, exact=True)
    return page.locator(".batch", has=title).locator(".card").first


async def heard(page: Page, words: str) -> None:
    await until(page, "words => told.some((text) => text.includes(words))", words)


def balance(amount: str) -> f.Fault:
    return f.raw(json.dumps({"data": {"available_balance": amount}, "status": "success"}))


async def test_a_refused_key_leads_to_its_field_and_too_little_credit_to_what_is_left(
    page: Page, world: World
) -> None:
    await opened(page, world.url)
    for code, link, field in (
        (401, "Enter the key again", "setup-api_key"),
        (402, "See what is left", "setup-test"),
        (404, "Check the API URL", "setup-api_url"),
    ):
        world.platform.script(f.status(code, "no"))
        card = await failed(page, f"A card of {code}")
        await heard(page, f"({code})")
        await card.get_by_role("link", name=link).click()
        await expect(page.locator(f"#{field}")).to_be_focused()
        await page.go_back()
        await told_the_deal(page)


async def test_the_value_that_was_refused_is_gone_to_also_where_another_model_hides_it(
    page: Page, world: World
) -> None:
    await opened(page, world.url)
    world.platform.script(f.status(422, "num_steps must be at most 3"))
    card = await failed(page, "Too many steps")
    for _ in range(2):
        await card.get_by_role("button", name="Change Steps").click()
        await expect(page.locator("#num_steps input[type=text]")).to_be_focused()
        await expect(page.locator("#num_steps .field-error")).to_have_count(1)
    await expect(page.locator("#num_steps .field-error")).to_contain_text("at most 3")
    await clean(page, "a card whose field is named")

    world.platform.script(f.status(422, "negative prompt is too long"))
    await choose(page, SDXL)
    await page.locator("#negative_prompt textarea").fill("dogs")
    other = await failed(page, "No dogs", SDXL)
    mend = other.get_by_role("button", name="Change Negative prompt")
    await expect(mend).to_be_visible()  # what was sent no longer changes with the form
    await page.locator(f'#model input[value="{FLUX}"]').check()
    await expect(page.locator("#negative_prompt")).to_be_hidden()
    await mend.click()
    await expect(page.locator("#results .note")).to_contain_text("Choose SDXL 1.0 first")


async def test_a_doubt_shows_what_it_did_to_the_balance(page: Page, world: World) -> None:
    await opened(page, world.url)
    world.platform.script(f.status(500, "oops"))
    world.platform.script_gets(balance("12.342"))  # until then it is 12.345
    card = await failed(page, "A doubt")
    await expect(card).to_have_attribute("data-state", "unknown")
    told = "Balance before $12.345, now $12.342: it was charged."
    await expect(card.locator(".balance")).to_have_text(told)
    await expect(card.get_by_role("link", name="See what is left")).to_have_count(0)
    await heard(page, "1 image is being made.")
    await heard(page, "May have been charged: ")


async def test_a_wait_is_told_once_and_all_is_told_by_one_voice(page: Page, world: World) -> None:
    await opened(page, world.url)
    world.platform.script(f.status(429, "slow down", retry_after="5"), f.good())
    card = await failed(page, "A queue")
    await expect(card).to_have_attribute("data-state", "saved")
    await heard(page, "The image is here.")
    told = await page.evaluate("told")
    assert len([text for text in told if "Goes on in" in text]) == 1, told
    polite = "[aria-live=polite], [role=status], [role=log], output"
    assert await page.locator(polite).and_(page.locator(":not(.sr-only)")).count() == 1  # Gradio's

    await card.locator("button.frame").click()
    dialog = page.locator("dialog.viewer")
    await expect(dialog.locator(".announcer")).to_have_count(1)
    await expect(page).to_have_title("A queue \u2013 Create \u2013 Sentry Block")
    await page.keyboard.press("s")
    await heard(page, "Starred.")
    await page.keyboard.press("4")
    await heard(page, "Rated 4 of 5.")
    await page.keyboard.press("Escape")
    await expect(page).to_have_title("Create \u2013 Sentry Block")
