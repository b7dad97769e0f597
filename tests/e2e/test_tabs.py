"""Several tabs of one browser: all can be used, all see what runs, and one stream serves them."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from tests.e2e.conftest import program
from tests.e2e.create_page import count_of, landed, opened, small
from tests.http import faults as f

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("tabs"),
]

TABS = 8  # a browser has six connections to a host


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def serving() -> AsyncIterator[f.FaultServer]:
    async with f.FaultServer() as server:
        yield server


@pytest.fixture
def platform(serving: f.FaultServer) -> f.FaultServer:
    serving.hold()
    return serving


@pytest.fixture(scope="module")
def started(serving: f.FaultServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("tabs") / "data", platform=serving.base_url) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, started: str) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(base_url=started, viewport={"width": 1200, "height": 900})
    context.set_default_timeout(20_000)
    yield context
    await context.close()


async def tab(visitor: BrowserContext) -> Page:
    page = await visitor.new_page()
    await opened(page)
    return page


def is_press(route: Route, prompt: str) -> bool:
    """Whether this asks for an image: its first value is a press's token and moment."""
    body = route.request.post_data or ""
    return prompt in body and re.search(r'"[0-9a-f]{32} ', body) is not None


async def press(page: Page, prompt: str) -> None:
    await page.locator("#prompt textarea").fill(prompt)
    await page.locator("#prompt textarea").press("Enter")


async def test_every_tab_opens_can_be_used_and_sees_what_runs_in_the_others(
    visitor: BrowserContext, platform: f.FaultServer
) -> None:
    platform.script(f.held(f.good()))
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(request.url))
    pages = [await tab(visitor) for _ in range(TABS)]
    await press(pages[0], "In all tabs")
    for page in pages:  # while it runs
        await expect(page.locator(".batch.running h3").first).to_have_text("In all tabs")
    assert len([url for url in asked if "/api/events" in url]) == 1
    platform.release()
    for page in pages:
        await landed(page.locator(".batch").first)
        await expect(page.locator("#stop")).to_be_disabled()


async def test_another_tab_stops_what_one_has_begun(
    visitor: BrowserContext, platform: f.FaultServer
) -> None:
    platform.script(*[f.held(f.good())] * 2)
    before = platform.posts
    one, other = await tab(visitor), await tab(visitor)
    await count_of(one, 4)
    await press(one, "Stopped from elsewhere")
    await expect(other.locator(".batch.running .card")).to_have_count(4)
    await other.locator("#stop").click()
    batches = [page.locator(".batch", has_text="Stopped from elsewhere") for page in (one, other)]
    for batch in batches:
        await expect(batch.locator(".rest")).to_contain_text("2 were not sent. Make them")
    platform.release()
    for batch in batches:
        await landed(batch, 2)
    assert platform.posts - before == 2


async def test_the_tab_that_holds_the_stream_closes_and_another_goes_on(
    visitor: BrowserContext, platform: f.FaultServer
) -> None:
    platform.script(f.held(f.good()))
    first, second = await tab(visitor), await tab(visitor)
    await press(first, "Handed on")
    await expect(second.locator(".batch.running")).to_have_count(1)
    await first.close()
    platform.release()
    await landed(second.locator(".batch", has_text="Handed on"))


async def test_a_press_that_the_browser_held_back_is_said_and_never_sent(
    visitor: BrowserContext, platform: f.FaultServer
) -> None:
    page = await tab(visitor)
    before = platform.posts
    held: list[Route] = []

    async def hold(route: Route) -> None:
        if is_press(route, "Held back"):
            held.append(route)
        else:
            await route.continue_()

    await page.route("**/gradio_api/run/**", hold)
    await press(page, "Held back")
    await expect(page.locator("#results .alert")).to_contain_text("taken back")
    assert held
    with contextlib.suppress(Exception):  # what the browser has given up cannot go on
        await held[0].continue_()
    await page.unroute_all(behavior="ignoreErrors")
    await asyncio.sleep(0.5)
    assert platform.posts == before
    await press(page, "Held back")
    await landed(page.locator(".batch", has_text="Held back"))
    await expect(page.locator("#results .alert")).to_be_hidden()
    assert platform.posts == before + 1


async def test_a_press_whose_answer_was_lost_is_one_job_when_pressed_again(
    visitor: BrowserContext, platform: f.FaultServer
) -> None:
    page = await tab(visitor)
    before = platform.posts

    async def lose(route: Route) -> None:
        if is_press(route, "Answer lost"):
            await route.fetch()  # the program has it, the page never hears of it
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/gradio_api/run/**", lose)
    await press(page, "Answer lost")
    await landed(page.locator(".batch", has_text="Answer lost"))  # it is shown all the same
    await expect(page.locator("#results .alert")).to_be_hidden()
    await page.unroute_all(behavior="wait")
    await page.locator("#prompt textarea").press("Enter")
    await page.wait_for_timeout(1000)
    await expect(page.locator(".batch", has_text="Answer lost")).to_have_count(1)
    assert platform.posts == before + 1


async def test_a_stream_that_died_in_silence_does_not_leave_a_card_waiting(
    visitor: BrowserContext, platform: f.FaultServer
) -> None:
    """The network changed: nothing comes any more, and nobody says so."""
    page = await visitor.new_page()
    await page.add_init_script(
        "window.EventSource = class extends EventTarget { constructor(url) { super();"
        " this.url = url; } close() {} }"
    )
    platform.script(f.held(f.good()))
    await opened(page)
    await small(page)
    await press(page, "In silence")
    batch = page.locator(".batch", has_text="In silence")
    await expect(batch.locator(".card")).to_have_count(1)
    platform.release()
    await page.wait_for_timeout(500)
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await landed(batch)
