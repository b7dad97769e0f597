"""Paid once, whatever is clicked: tabs, visitors, restarts, presses that were held back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing
from uuid import UUID

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, Route, expect

from tests.e2e.conftest import watched
from tests.e2e.looks import clean
from tests.e2e.test_faults_page import AGAIN, World, asked, card_of, ends, opened
from tests.e2e.visits import Visits
from tests.http import faults as f

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("again-page"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("again") / "data"
    with f.FaultServer.in_thread() as platform, ExitStack() as running:
        world = World(platform, data, running)
        world.start()
        yield world


@pytest_asyncio.fixture(loop_scope="session")
async def page(visits: Visits, world: World) -> AsyncIterator[Page]:
    async with visits.page(world.url) as page:
        _, errors = watched(page, world.url)
        yield page
    assert errors == [], "the page logged errors"


async def doubtful(page: Page, world: World, prompt: str) -> Locator:
    world.platform.script(f.cut_mid_body())
    card = await asked(page, prompt)
    await ends(card, "unknown")
    return card


def note(card: Locator) -> Locator:
    return card.get_by_role("link", name="Tried again at")


async def test_three_clicks_pay_once_and_the_card_leads_to_what_came(
    page: Page, world: World
) -> None:
    await opened(page, world.url)
    card = await doubtful(page, world, "three clicks")
    before = world.platform.posts
    old = card.page.locator(f"#{await card.get_attribute('id')}")
    button = old.get_by_role("button", name=AGAIN)
    await button.evaluate("async b => { for (let i = 0; i < 3; i++) { b.click(); } }")
    await expect(note(old)).to_be_visible()
    new = card_of(page, "three clicks")
    await ends(new, "saved")
    assert world.platform.posts == before + 1
    await note(old).click()
    await expect(new).to_be_focused()
    await clean(page, "a card that was tried again")
    await page.reload()
    await expect(note(old)).to_be_visible()
    await expect(old.get_by_role("button", name=AGAIN)).to_have_count(0)


async def test_another_tab_and_another_visitor_pay_nothing_more_also_after_a_restart(
    page: Page, world: World
) -> None:
    await opened(page, world.url)
    card = await doubtful(page, world, "two tabs")
    old = f"#{await card.get_attribute('id')}"
    tab = await page.context.new_page()
    await opened(tab, world.url)
    browser = page.context.browser
    assert browser is not None
    stranger = await browser.new_context()
    others = await stranger.new_page()
    await opened(others, world.url)
    before = world.platform.posts
    await page.locator(old).get_by_role("button", name=AGAIN).click()
    await ends(card_of(page, "two tabs"), "saved")
    await expect(note(tab.locator(old))).to_be_visible()  # tabs of a browser tell each other
    await expect(tab.locator(old).get_by_role("button", name=AGAIN)).to_have_count(0)
    await expect(card_of(tab, "two tabs")).to_have_attribute("data-state", "saved")
    await others.locator(old).get_by_role("button", name=AGAIN).click()
    await expect(note(others.locator(old))).to_be_visible()
    await expect(others.locator("#results .note")).to_contain_text("tried again already")
    await note(others.locator(old)).click()  # not this visitor's job: the image, in the gallery
    await others.wait_for_url("**/gallery**")
    await expect(others.locator("dialog img").first).to_be_visible()
    await page.goto("about:blank")
    world.start()
    await opened(page, world.url)
    await expect(note(page.locator(old))).to_be_visible()
    assert world.platform.posts == before + 1
    await stranger.close()
    await tab.close()


async def test_a_card_that_comes_back_with_the_page_pays_nothing_more(
    page: Page, world: World
) -> None:
    await opened(page, world.url)
    card = await doubtful(page, world, "back and forward")
    old = f"#{await card.get_attribute('id')}"
    tab = await page.context.new_page()
    await opened(tab, world.url)
    await tab.goto(f"{world.url}/gallery")
    before = world.platform.posts
    await page.locator(old).get_by_role("button", name=AGAIN).click()
    await ends(card_of(page, "back and forward"), "saved")
    await tab.go_back()
    await expect(tab.locator(old)).to_be_visible()
    again = tab.locator(old).get_by_role("button", name=AGAIN)
    if await again.count():  # as it was left
        await again.click()
    await expect(note(tab.locator(old))).to_be_visible()
    assert world.platform.posts == before + 1
    await tab.close()


async def test_generate_anew_pays_once(page: Page, world: World) -> None:
    await opened(page, world.url)
    first = await asked(page, "anew")
    await ends(first, "saved")
    await first.get_by_role("button", name="Reuse seed").click()
    await expect(page.locator("#random-seed input")).not_to_be_checked()
    await page.locator("#prompt textarea").press("Enter")
    cached = page.locator(".card", has_text="From the cache").first
    await expect(cached).to_be_visible()
    old = page.locator(f"#{await cached.get_attribute('id')}")
    before = world.platform.posts
    await old.get_by_role("button", name="Generate anew").evaluate("b => { b.click(); b.click(); }")
    await expect(old.get_by_role("link", name="Generated anew at")).to_be_visible()
    await ends(card_of(page, "anew"), "saved")
    assert world.platform.posts == before + 1


async def test_a_retry_that_cost_nothing_gives_the_button_back(page: Page, world: World) -> None:
    await opened(page, world.url)
    card = await doubtful(page, world, "no credit")
    old = page.locator(f"#{await card.get_attribute('id')}")
    world.platform.script(f.status(402, "Top up"))
    await old.get_by_role("button", name=AGAIN).click()
    await ends(card_of(page, "no credit"), "failed")
    await expect(old.get_by_role("button", name=AGAIN)).to_be_visible()
    await old.get_by_role("button", name=AGAIN).click()
    await ends(card_of(page, "no credit"), "saved")
    await expect(note(old)).to_be_visible()


async def test_a_press_that_is_held_back_is_not_sent_later(page: Page, world: World) -> None:
    await opened(page, world.url)
    card = await doubtful(page, world, "held back")
    old = page.locator(f"#{await card.get_attribute('id')}")
    before = world.platform.posts
    release = asyncio.Event()

    async def hold(route: Route) -> None:
        if route.request.method == "POST":
            await release.wait()
        await route.continue_()

    await page.route("**/gradio_api/**", hold)
    await page.locator("#prompt textarea").press("Enter")
    await old.get_by_role("button", name=AGAIN).click()
    await asyncio.sleep(5.6)  # what is tried is the very wait
    release.set()
    await expect(page.locator("#results .alert")).to_contain_text("within 5 s and was taken back")
    await page.unroute("**/gradio_api/**")
    assert world.platform.posts == before
    await old.get_by_role("button", name=AGAIN).click()
    await ends(card_of(page, "held back"), "saved")
    assert world.platform.posts == before + 1


async def test_many_in_doubt_come_in_parts_and_are_put_away_at_once(
    page: Page, world: World
) -> None:
    world.running.close()
    with closing(sqlite3.connect(world.data / "playground.db")) as db:
        db.executemany(
            "INSERT INTO runs (id, job_id, position, owner, provider, model, prompt, values_json,"
            " state, created, sent, ended, attempts, cost_microusd, cached, dismissed) VALUES"
            " (?, ?, 0, '', 'host', 'm', 'long ago ' || ?, '{}', 'unknown', ?, 1, 1, 1, 0, 0, 0)",
            [(UUID(int=n).hex, UUID(int=n).hex, n, 1_790_000_000.0 + n) for n in range(2_000)],
        )
        db.commit()
    world.start()
    await opened(page, world.url)
    line = page.locator("#results .doubts")
    await expect(line).to_contain_text("requests may have been charged.")
    cards = page.locator('.card[data-state="unknown"]')
    shown = await cards.count()
    assert 40 <= shown <= 60
    await clean(page, "many in doubt")
    await line.get_by_role("button", name="Show more").click()
    await expect(cards).to_have_count(shown + 50)
    await page.set_viewport_size({"width": 390, "height": 844})
    await line.scroll_into_view_if_needed()
    await line.get_by_role("button", name="Mark all as seen").click()
    await expect(line).to_be_hidden()
    await expect(cards).to_have_count(0)
    await page.reload()
    await expect(page.locator("#results h2")).to_be_visible()
    await expect(cards).to_have_count(0)
