"""Each page while the program is away, broken or wants a login: few questions, true words, and on
its return it catches up. What runs holds its clock and names what may have been charged."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.async_api import Page, Request, Route, expect

from tests.e2e.conftest import program
from tests.e2e.create_page import told_the_deal
from tests.e2e.visits import Visits
from tests.http import faults as f
from tests.library import make

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("away"),
]

WATCHED_S = 10
MOST = 8
OURS = re.compile(r"/(api|gradio_api|images|thumbs)/")
POKES = {
    "create": "document.querySelector('#prompt textarea').focus()",
    "gallery": "document.querySelector('.wall').scrollTop = 9_000",
    "viewer": "document.querySelector('dialog.viewer .arrow.next').click()",
    "statistics": "document.querySelector('input[name=days][value=\"365\"]').click()",
    "settings": "document.getElementById('setup-test').click()",
}
"""What a person does on a page that makes it ask."""


async def everywhere(first: Page, url: str) -> Mapping[str, Page]:
    """Return one page of each kind, opened side by side."""
    pages = {"create": first}
    for name in list(POKES)[1:]:
        pages[name] = await first.context.new_page()
    await pages["create"].goto(url)
    await told_the_deal(pages["create"])
    for name in ("gallery", "viewer"):
        await pages[name].goto(f"{url}/gallery")
        await expect(pages[name].locator("#gallery .total")).to_have_text("300 images")
    await pages["viewer"].locator("#gallery .cell .open").first.click()
    await expect(pages["viewer"].locator("dialog.viewer .position")).to_contain_text("of 300")
    await pages["statistics"].goto(f"{url}/statistics")
    await expect(pages["statistics"].locator(".tiles strong").first).to_have_text(re.compile(r"\d"))
    await pages["settings"].goto(f"{url}/settings")
    await expect(pages["settings"].locator("#setup-tier option")).to_have_count(5)
    return pages


async def counted(pages: Mapping[str, Page]) -> dict[str, list[str]]:
    """Let a person do something on each page; return what each asks for within 10 s of that."""
    asked: dict[str, list[str]] = {name: [] for name in pages}
    for name, page in pages.items():
        await page.evaluate(POKES[name])
    await asyncio.sleep(0.3)  # what that asks for at once, such as thumbnails, is not counted

    def listener(urls: list[str]) -> Callable[[Request], None]:
        return lambda request: urls.append(request.url) if OURS.search(request.url) else None

    listeners = {name: listener(urls) for name, urls in asked.items()}
    for name, page in pages.items():
        page.on("request", listeners[name])
    await asyncio.sleep(WATCHED_S)
    for name, page in pages.items():
        page.remove_listener("request", listeners[name])
    return asked


async def test_each_page_asks_at_most_8_times_in_10_s_of_a_stopped_program_and_goes_on(
    visits: Visits, tmp_path: Path
) -> None:
    make(300, tmp_path / "data", with_files=0)
    with ExitStack() as first:
        url = first.enter_context(program(tmp_path / "data"))
        async with visits.page(url) as create:
            pages = await everywhere(create, url)
            first.close()  # as when its terminal is closed
            asked = await counted(pages)
            assert all(len(urls) <= MOST for urls in asked.values()), asked
            for page in pages.values():
                await page.keyboard.press("Shift")  # somebody is there
                bar = page.locator(".connection")
                await expect(bar).to_contain_text("The program has not answered since")
            # Beneath an open dialog nothing could be pressed.
            viewer = pages["viewer"].locator("dialog.viewer")
            await viewer.get_by_role("button", name="Try now").click()
            await pages["viewer"].keyboard.press("Escape")
            await pages["viewer"].get_by_role("button", name="Try now").click()
            with program(tmp_path / "data", arguments=("--port", url.rsplit(":", 1)[1])):
                for page in pages.values():
                    await expect(page.locator(".connection")).to_be_hidden()
                await expect(pages["gallery"].locator("#gallery .total")).to_have_text("300 images")
                for page in pages.values():
                    await page.goto("about:blank")  # else its streams are cut


@pytest.mark.wide
async def test_each_page_asks_at_most_8_times_in_10_s_of_one_that_refuses_and_goes_on(
    visits: Visits, tmp_path: Path
) -> None:
    make(300, tmp_path / "data", with_files=0)

    async def broken(route: Route) -> None:
        await route.fulfill(status=500, json={"detail": "It broke."})

    async def logged_out(route: Route) -> None:
        await route.fulfill(status=401, json={"detail": "Log in first."})

    with program(tmp_path / "data") as url:
        async with visits.page(url) as create:
            pages = await everywhere(create, url)
            for answer in (broken, logged_out):
                for page in pages.values():
                    await page.route(OURS, answer)
                asked = await counted(pages)
                assert all(len(urls) <= MOST for urls in asked.values()), (answer, asked)
                if answer is logged_out:
                    for page in pages.values():
                        bar = page.locator(".connection")
                        await expect(bar).to_contain_text("You are logged out.")
                        await expect(bar.get_by_role("link", name="Log in again")).to_be_visible()
                    lost = pages["gallery"].locator("#gallery")
                    await expect(lost).not_to_contain_text("tries again by itself")
                for page in pages.values():
                    await page.unroute(OURS)
                for page in pages.values():
                    await expect(page.locator(".connection")).to_be_hidden()
            for page in pages.values():
                await page.goto("about:blank")


async def test_a_running_card_holds_its_clock_and_names_what_may_have_been_charged(
    visits: Visits, tmp_path: Path
) -> None:
    with f.FaultServer.in_thread() as platform, ExitStack() as first:
        platform.script(f.held(f.good()), f.held(f.good()))
        limit = {"PLAYGROUND_REQUESTS_PER_MINUTE": "1"}
        run = program(tmp_path / "data", platform=platform.base_url, more=limit, kill=True)
        url = first.enter_context(run)
        async with visits.page(url) as page:
            await page.goto(url)
            await told_the_deal(page)
            for prompt in ("A bridge", "A boat"):
                await page.locator("#prompt textarea").fill(prompt)
                await page.locator("#prompt textarea").press("Enter")
            sent = page.locator('.card[data-state="sent"]')
            await expect(sent).to_have_count(1)
            waits = page.locator('.card[data-state="queued"]')
            await expect(waits).to_contain_text("Goes on in")
            first.close()
            await expect(page.locator(".connection")).to_contain_text("has not answered since")
            await expect(sent).to_contain_text("it may have been charged")
            await expect(waits).to_contain_text("In line when the program was last heard of.")
            clocks = page.locator(".batch.running .elapsed")
            held = await clocks.all_inner_texts()
            await asyncio.sleep(2.2)
            assert await clocks.all_inner_texts() == held, "the clock stands"
            again = ("--port", url.rsplit(":", 1)[1])
            with program(tmp_path / "data", platform=platform.base_url, arguments=again):
                # Not by a reload of ours: the page catches up by itself.
                await expect(page.locator('.card[data-state="unknown"] h4')).to_have_text(
                    "May have been charged"
                )
                await expect(page.locator(".connection")).to_be_hidden()
                await page.goto("about:blank")
