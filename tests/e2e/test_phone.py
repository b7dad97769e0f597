"""The page in the hands of somebody in the room, in a phone's browser."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Playwright, expect

from tests.e2e.conftest import program, watched
from tests.e2e.looks import violations

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("phone"),
    pytest.mark.wide,
]

FLUX = "black-forest-labs/FLUX.1-schnell"
PLAN = {
    "title": "Open day",
    "model": FLUX,
    "host": "127.0.0.1",
    "port": 0,
    "values": {"width": 256, "height": 256},
}


class Desk:
    """The presenter's side, by its API; it blocks, as one question takes no time."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str = "", body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        head = {"Content-Type": "application/json"}
        with urlopen(Request(f"{self.url}/api/session{path}", data, head), timeout=20) as answer:
            return json.load(answer)

    def start(self, **changes: Any) -> Any:
        self.ask("", PLAN | changes)
        return self.ask("/do", {"do": "open"})

    def wish(self, wish_id: str, do: str) -> Any:
        return self.ask(f"/wishes/{wish_id}", {"do": do})

    async def made(self, wish_id: str) -> None:
        async with asyncio.timeout(30):
            while not any(w["id"] == wish_id and w["picture"] for w in self.ask()["wishes"]):
                await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with program(tmp_path_factory.mktemp("room") / "data") as url:
        yield Desk(url)


@asynccontextmanager
async def phone(
    browser: Browser, driver: Playwright, **more: Any
) -> AsyncIterator[tuple[Page, BrowserContext]]:
    """Yield a phone's page, which may log no error and call nobody else."""
    context = await browser.new_context(**driver.devices["Pixel 7"], **more)
    try:
        page = await context.new_page()
        yield page, context
    finally:
        await context.close()


USABLE = """() => new Promise(resolve => {
  const look = () => document.querySelector('#form:not([hidden])')
    ? resolve(performance.now()) : requestAnimationFrame(look);
  look();
})"""
"""Milliseconds since the tap on the code, by the browser's own clock."""


async def voting(desk: Desk) -> str:
    """Have the room vote on two pictures; return the phones' address."""
    desk.start(approve=False, gate=False)
    ids = [desk.ask("/wishes", {"text": text})["wishes"][-1]["id"] for text in ("one", "two")]
    for wish in ids:
        await desk.made(wish)
    return str(desk.ask("/do", {"do": "round", "options": ids})["url"])


async def test_two_taps_send_a_wish(browser: Browser, driver: Playwright, desk: Desk) -> None:
    url = desk.start()["url"]
    room = url.rpartition("/")[0]
    took = []
    for number in range(3):  # the least of three: other tests take these cores, too
        async with phone(browser, driver) as (page, context):
            strangers, errors = watched(page, room)
            cdp = await context.new_cdp_session(page)
            await cdp.send("Network.enable")
            await cdp.send("Emulation.setCPUThrottlingRate", {"rate": 4})
            asked: list[str] = []
            sizes: list[float] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            cdp.on(
                "Network.loadingFinished",
                lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]),
            )
            await page.goto(url, wait_until="commit")
            took.append(await page.evaluate(USABLE))
            assert len(asked) <= 3 and 5_000 < sum(sizes) <= 20_000
            assert page.url == f"{room}/"
            text = f"otter number {number}"
            await page.get_by_label("What would you like to see?").fill(text)
            await page.get_by_role("button", name="Send").tap()
            started = time.monotonic()
            while not any(one["text"] == text for one in desk.ask()["wishes"]):
                assert time.monotonic() - started < 1, "the wish is on the desk within a second"
                await asyncio.sleep(0.02)
            await expect(page.get_by_text(f"Number {number + 1} in line")).to_be_visible()
            assert strangers == [] and errors == []
    assert min(took) < 1000


async def test_an_idea_on_its_way_through_the_evening(
    browser: Browser, driver: Playwright, desk: Desk
) -> None:
    url = desk.start(gate=True)["url"]
    async with phone(browser, driver) as (page, _), phone(browser, driver) as (other, _):
        _, errors = watched(page, url.rpartition("/")[0])
        await page.goto(url)
        await other.goto(url)
        await page.get_by_role("button", name="An otter reading the newspaper").tap()
        await page.get_by_role("button", name="Send").tap()
        own = page.locator("#own li")
        await expect(own).to_contain_text("Number 1 in line")
        await expect(page.get_by_text("takes the place of the one that waits")).to_be_visible()
        wish = desk.ask()["wishes"][0]["id"]
        desk.wish(wish, "approve")
        await desk.made(wish)
        await expect(own).to_contain_text("You see it once it is shown.")
        await expect(other.locator("#wall")).to_be_hidden()
        desk.wish(wish, "show")
        await expect(own.locator("img")).to_be_visible()
        await expect(own.get_by_role("link", name="Save")).to_be_visible()
        shown = other.locator("#wall img")
        await expect(shown).to_have_js_property("complete", True)
        await expect(shown).not_to_have_js_property("naturalWidth", 0)
        async with page.expect_download() as download:
            await own.get_by_role("link", name="Save").tap()
        assert (await download.value).suggested_filename.endswith(".webp")
        second = desk.ask("/wishes", {"text": "a second one"})["wishes"][-1]["id"]
        await desk.made(second)
        desk.ask("/do", {"do": "round", "options": [wish, second]})
        for letter in ("A", "B"):
            await page.get_by_role("button", name=f"Picture {letter}").tap()
            await expect(page.get_by_role("button", name=f"Picture {letter}")).to_have_attribute(
                "aria-pressed", "true"
            )
        await expect(page.locator("[aria-pressed=true]")).to_have_count(1)
        await expect(page.get_by_text("1 vote")).to_be_hidden()
        desk.ask("/do", {"do": "closed"})
        await expect(other.get_by_role("button", name="Picture B")).to_contain_text("1 vote")
        await own.get_by_role("button", name="Take back").tap()
        await own.get_by_role("button", name="Take it back?").tap()
        await expect(own).to_have_count(0)
        await expect(page.get_by_role("button", name="Picture A")).to_have_count(0)
        chosen = page.get_by_role("button", name="Picture B")
        await expect(chosen).to_contain_text("Your vote")
        await expect(chosen).to_contain_text("1 vote")
        await expect(other.locator("#wall")).not_to_contain_text("newspaper")
        desk.ask("/do", {"do": "end"})
        await expect(page.get_by_text("This session has ended.")).to_be_visible()
        assert errors == []


async def test_a_phone_that_slept_is_right_at_once_and_shows_nothing_twice(
    browser: Browser, driver: Playwright, desk: Desk
) -> None:
    url = desk.start(approve=True, gate=False)["url"]
    async with phone(browser, driver) as (page, context):
        await page.goto(url)
        await page.get_by_label("What would you like to see?").fill("a sleeping cat")
        await page.get_by_role("button", name="Send").tap()
        await expect(page.locator("#own li")).to_have_count(1)
        name = await page.locator("#name").inner_text()
        cdp = await context.new_cdp_session(page)
        await cdp.send("Page.setWebLifecycleState", {"state": "frozen"})
        wish = desk.ask()["wishes"][0]["id"]
        desk.wish(wish, "approve")
        await desk.made(wish)
        added = desk.ask("/wishes", {"text": "by hand"})["wishes"][-1]["id"]
        await desk.made(added)
        desk.ask("/do", {"do": "pause"})
        await cdp.send("Page.setWebLifecycleState", {"state": "active"})
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(page.locator("#wall li")).to_have_count(1, timeout=1000)
        await expect(page.get_by_text("No images are made just now.")).to_be_visible(timeout=1000)
        await expect(page.locator("#own li")).to_have_count(1)
        await expect(page.locator("#own img")).to_be_visible()
        assert await page.locator("#name").inner_text() == name


async def test_a_stream_that_cannot_be_had_is_polled_for(
    browser: Browser, driver: Playwright, desk: Desk
) -> None:
    url = desk.start()["url"]
    async with phone(browser, driver) as (page, _):
        refused = 0

        async def crowded(route: Any) -> None:
            nonlocal refused
            refused += 1
            await route.fulfill(status=204)

        await page.route("**/s", crowded)
        await page.goto(url)
        await expect(page.get_by_label("What would you like to see?")).to_be_visible()
        desk.ask("/do", {"do": "pause"})
        await expect(page.get_by_text("No images are made just now.")).to_be_visible()
        assert refused == 1


async def test_a_vote_given_without_a_connection_counts_once_there_is_one(
    browser: Browser, driver: Playwright, desk: Desk
) -> None:
    url = await voting(desk)
    async with phone(browser, driver) as (page, context):
        await page.goto(url)
        chosen = page.get_by_role("button", name="Picture B")
        await expect(chosen).to_be_visible()
        await context.set_offline(True)
        await chosen.tap()
        await expect(page.get_by_text("It could not be sent.")).to_be_visible()
        await context.set_offline(False)
        async with asyncio.timeout(30):
            while desk.ask()["round"]["totals"] != [0, 1]:
                await asyncio.sleep(0.1)
        await expect(page.get_by_text("It could not be sent.")).to_be_hidden()
        await expect(chosen).to_contain_text("Your vote")


async def test_words_that_look_like_a_page_stay_words(
    browser: Browser, driver: Playwright, desk: Desk
) -> None:
    hostile = "</script><img src=x onerror=alert(1)><b>"
    url = desk.start(title=hostile)["url"]
    async with phone(browser, driver) as (page, _):
        _, errors = watched(page, url.rpartition("/")[0])
        await page.goto(url)
        await page.get_by_label("What would you like to see?").fill(hostile)
        await page.get_by_role("button", name="Send").tap()
        await expect(page.locator("#own bdi")).to_have_text(hostile)
        await page.reload()
        await expect(page.locator("#own bdi")).to_have_text(hostile)
        await expect(page.get_by_role("heading", name=hostile)).to_be_visible()
        assert await page.locator("b, img[src=x]").count() == 0 and errors == []


async def test_without_script_it_says_that_it_needs_one(
    browser: Browser, driver: Playwright, desk: Desk
) -> None:
    url = desk.start()["url"]
    async with phone(browser, driver, java_script_enabled=False) as (page, _):
        await page.goto(url.rpartition("/")[0])
        await page.get_by_label("The code on the screen").fill(url.rpartition("/")[2])
        await page.get_by_role("button", name="Go in").tap()
        await expect(page.locator("noscript p")).to_be_visible()
        await expect(page.locator("form")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_nothing(
    browser: Browser, driver: Playwright, desk: Desk, theme: str
) -> None:
    url = await voting(desk)
    async with phone(browser, driver, color_scheme=theme, bypass_csp=True) as (page, _):
        await page.goto(url.rpartition("/")[0])
        assert await violations(page) == [], "the code is asked for"
        await page.goto(url)
        await page.get_by_label("What would you like to see?").fill("a cat")
        await page.get_by_role("button", name="Send").tap()
        await expect(page.locator("#own img")).to_be_visible()
        await page.get_by_role("button", name="Picture A").tap()
        assert await violations(page) == [], "all there is"
        desk.ask("/do", {"do": "end"})
        await expect(page.get_by_text("This session has ended.")).to_be_visible()
        assert await violations(page) == [], "after the end"


async def test_targets_are_large_and_nothing_is_cut_on_a_small_phone(
    browser: Browser, driver: Playwright, desk: Desk
) -> None:
    url = desk.start(menu="a {cat|robot with a very long name indeed} as {comic|oil}")["url"]
    async with phone(browser, driver) as (page, _):
        await page.set_viewport_size({"width": 320, "height": 568})
        await page.goto(url)
        await expect(page.get_by_role("combobox")).to_have_count(2)
        small = await page.evaluate(
            """() => [...document.querySelectorAll('button, a, select, textarea, input')]
              .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44)
              .map(e => e.outerHTML)"""
        )
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert small == [] and wide <= 320
        await page.get_by_role("button", name="Send").tap()
        await expect(page.locator("#own bdi")).to_have_text("a cat as comic")
