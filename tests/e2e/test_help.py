"""The help in a browser: found by keyboard, readable for everybody, reached where one is stuck."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.e2e.conftest import page_alone, watched
from tests.e2e.looks import SIZES, clean
from ui.language.chosen import COOKIE
from ui.present.help.topics import TOPICS

pytestmark = [pytest.mark.wide, pytest.mark.asyncio(loop_scope="session"), page_alone]

SHOWN = "#help section:not([hidden])"

MOVED = """
  globalThis.moved = [];
  new PerformanceObserver((list) => {
    for (const one of list.getEntries())
      for (const { node } of one.sources)
        moved.push((node.parentElement ?? node).outerHTML.slice(0, 90));
  }).observe({type: "layout-shift", buffered: true})"""
"""What stood somewhere already, and moved."""


@pytest_asyncio.fixture(loop_scope="session")
async def reader(page: Page, address: str) -> AsyncIterator[Page]:
    await page.goto(f"{address}/help")
    await expect(page.locator("#help-search")).to_be_visible()
    yield page


async def test_topics_are_found_by_keyboard_and_what_was_found_is_marked(reader: Page) -> None:
    await reader.keyboard.press("/")
    await expect(reader.locator("#help-search")).to_be_focused()
    await reader.keyboard.type("PROJECTOR gues")
    await expect(reader.locator(SHOWN)).to_have_count(1)
    await expect(reader.locator(f"{SHOWN} h3")).to_have_text("A demo evening")
    marks = set(await reader.locator("#help mark").all_inner_texts())
    assert {mark.lower() for mark in marks} == {"projector", "gues"}
    await expect(reader.locator("#help nav li:visible")).to_have_text(["A demo evening"])
    await expect(reader.locator(".announcer")).to_have_text("1 topic")
    await reader.keyboard.press("Tab")
    await expect(reader.locator(":focus")).to_have_text("A demo evening")
    await reader.keyboard.press("Enter")
    await expect(reader).to_have_url(re.compile("#demo$"))
    await reader.locator("#help-search").press("Escape")
    await expect(reader.locator(SHOWN)).to_have_count(len(TOPICS))
    await expect(reader.locator("#help mark")).to_have_count(0)


async def test_who_finds_nothing_is_told_so_and_finds_a_way_out(reader: Page) -> None:
    await reader.keyboard.press("/")
    await reader.keyboard.type("zebra <b>")
    await expect(reader.locator("#help .empty h3")).to_have_text("Nothing found for “zebra <b>”")
    await expect(reader.locator(SHOWN)).to_have_count(0)
    await expect(reader.locator(".announcer")).to_have_text("Nothing found")
    await reader.keyboard.press("Tab")
    await expect(reader.locator(":focus")).to_have_text("Show all topics")
    await reader.keyboard.press("Enter")
    await expect(reader.locator(SHOWN)).to_have_count(len(TOPICS))
    await expect(reader.locator("#help-search")).to_be_focused()
    await expect(reader.locator("#help-search")).to_have_value("")


async def test_a_link_to_a_topic_shows_it_whatever_was_sought(reader: Page, address: str) -> None:
    await reader.locator("#help-search").fill("zebra")
    await reader.evaluate("location.hash = 'money'")
    await expect(reader.locator("#money h3")).to_be_in_viewport()
    await reader.keyboard.press("Control+k")
    await reader.locator(".palette input").fill("What the seed")
    await reader.keyboard.press("Enter")
    await expect(reader.locator("#seed h3")).to_be_in_viewport()


@SIZES
@pytest.mark.parametrize("tag", ["en", "ar"])
async def test_anybody_can_read_it(
    browser: Browser, address: str, tag: str, size: tuple[int, int]
) -> None:
    async with await browser.new_context(
        base_url=address,
        reduced_motion="reduce",
        viewport={"width": size[0], "height": size[1]},
    ) as context:
        await context.add_cookies([{"name": COOKIE, "value": tag, "url": address}])
        page = await context.new_page()
        strangers, errors = watched(page, address)
        await page.goto("/help?__theme=light")
        await expect(page.locator("html")).to_have_attribute("lang", tag)
        search = page.locator("#help-search")
        await search.fill("SDXL")
        await expect(page.locator("#help mark").first).to_be_visible()
        await clean(page, f"what is found in {tag}")
        await search.fill("")
        assert await page.evaluate("document.documentElement.scrollWidth") == size[0]
        await clean(page, f"the help in {tag}")
        assert strangers == [] and errors == []


async def test_without_scripts_every_topic_is_there(browser: Browser, address: str) -> None:
    async with await browser.new_context(base_url=address, java_script_enabled=False) as context:
        page = await context.new_page()
        await page.goto("/help")
        await expect(page.locator(SHOWN)).to_have_count(len(TOPICS))
        await expect(page.locator("#help input, #help button")).to_have_count(0)
        await page.get_by_role("link", name="What it costs").first.click()
        await expect(page.locator("#money h3")).to_be_in_viewport()


async def test_it_asks_for_little_and_nothing_moves_while_it_comes(
    browser: Browser, address: str
) -> None:
    async with await browser.new_context(
        base_url=address, viewport={"width": 1440, "height": 900}
    ) as context:
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Network.enable")
        asked: dict[str, str] = {}
        sizes: dict[str, float] = {}

        def sent(event: dict[str, Any]) -> None:
            asked[event["requestId"]] = event["request"]["url"]

        def came(event: dict[str, Any]) -> None:
            sizes[event["requestId"]] = event["encodedDataLength"]

        session.on("Network.requestWillBeSent", sent)
        session.on("Network.loadingFinished", came)
        await page.add_init_script("localStorage.setItem('playground:sample-said', '1')")
        await page.add_init_script(MOVED)
        await page.goto("/help")
        await expect(page.locator("#help-search")).to_be_visible()
        await page.evaluate("Promise.all([...document.images].slice(0, 2).map((i) => i.decode()))")
        others = {i: url for i, url in asked.items() if not url.endswith(".webp")}
        assert 3 < len(others) <= 12, sorted(others.values())
        assert 20_000 < sum(sizes.get(i, 0) for i in others) <= 120_000
        assert len(asked) - len(others) < len(TOPICS), "pictures far below are not fetched yet"
        assert await page.evaluate("moved") == []


async def _with_none(route: Route) -> None:
    """Answer that there are no images, whatever other tests have made."""
    answer = await route.fetch()
    await route.fulfill(response=answer, json={**await answer.json(), "images": [], "total": 0})


async def test_it_is_reached_from_every_page_and_from_where_people_are_stuck(
    page: Page, address: str
) -> None:
    await page.route(re.compile(r"/api/images\?"), _with_none)
    for path, topic in (
        ("/gallery", "first-image"),
        ("/settings", "real-models"),
        ("/settings", "own-gpu"),
        ("/desk", "demo"),
    ):
        await page.goto(f"{address}{path}")
        await expect(page.locator("#header").get_by_role("link", name="Help")).to_be_visible()
        link = page.locator(f'main a[href="/help#{topic}"]')
        await expect(link).to_contain_text("step by step")
    await page.keyboard.press("Escape")
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("?")
    await page.get_by_role("dialog", name="Keys").get_by_role("link", name="Help").click()
    await expect(page).to_have_url(f"{address}/help")
    await page.goto(f"{address}/statistics")
    await page.keyboard.press("Control+k")
    await page.locator(".palette input").fill("manual")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{address}/help")
