"""Pages of our own: little to ask for, any number of tabs, the page cache, a stopped program."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Playwright, expect

from tests.browser import CHROMIUM_OPTIONS, find_chromium
from tests.e2e.conftest import program
from tests.e2e.create_page import count_of, generate, landed, small, told_the_deal
from tests.e2e.gallery_page import cell, opened, shown
from tests.e2e.until import until
from tests.e2e.visits import Visits
from tests.library import make

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("opening"),
    pytest.mark.wide,
]

SIZE = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("opening") / "data"
    make(2000, data, with_files=0)
    return data


@pytest.fixture(scope="module")
def address(data: Path) -> Iterator[str]:
    with program(data) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def caching(driver: Playwright, executable: str) -> AsyncIterator[Browser]:
    """A browser that keeps left pages, as people's do; Playwright switches that off.

    The one without windows keeps none.
    """
    browser = await driver.chromium.launch(
        executable_path=find_chromium() or executable,
        args=[*CHROMIUM_OPTIONS, "--enable-features=BackForwardCache"],
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield browser
    await browser.close()


async def test_gallery_asks_for_at_most_12_things_and_120_kb_besides_its_thumbnails(
    caching: Browser, address: str
) -> None:
    context = await caching.new_context(viewport=SIZE)
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Network.enable")
    addresses: dict[str, str] = {}
    sizes: dict[str, float] = {}

    def asked(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["request"]["url"]

    def got(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", got)
    await page.goto(f"{address}/gallery")
    await shown(page, 0)
    counted = {i: a for i, a in addresses.items() if "/thumbs/" not in a and a.startswith("http")}
    assert 3 < len(counted) <= 12, sorted(counted.values())
    assert 30_000 < sum(sizes.get(i, 0) for i in counted) <= 120_000
    await context.close()


async def test_ten_tabs_work_at_once(visits: Visits, address: str) -> None:
    async with visits.page(address) as first:
        tabs = [first, *[await first.context.new_page() for _ in range(9)]]
        for tab in tabs:
            await opened(tab)
        for tab in tabs:
            await shown(tab, 0)
        await tabs[-1].locator("#gallery-search").fill("lighthouse")
        await expect(tabs[-1].locator("#gallery .total")).to_contain_text(" of ")
        for tab in tabs[1:]:
            await tab.close()


async def test_back_button_restores_scroll_and_selection_from_the_page_cache(
    caching: Browser, address: str
) -> None:
    context = await caching.new_context(viewport=SIZE)
    page = await context.new_page()
    await page.goto(f"{address}/gallery")
    await shown(page, 0)
    await cell(page, 1).locator(".pick").click()
    await expect(page.locator(".bulk")).to_contain_text("1 selected")
    await page.evaluate("document.querySelector('.wall').scrollTop = 9000")
    await until(page, "() => history.state?.at > 20")
    await page.evaluate(
        "addEventListener('pageshow', (event) => { window.restored = event.persisted; })"
    )
    await page.goto(f"{address}/statistics")
    await expect(page.locator("#statistics .tiles")).to_be_visible()
    await page.evaluate("history.back()")
    await until(page, "() => window.restored === true")
    assert abs(await page.evaluate("document.querySelector('.wall').scrollTop") - 9000) < 5
    await expect(page.locator(".bulk")).to_contain_text("1 selected")
    await context.close()


async def test_pages_tell_that_the_program_is_away_and_go_on_with_what_was_typed(
    visits: Visits, tmp_path: Path
) -> None:
    make(20, tmp_path / "data", with_files=0)
    with ExitStack() as first:
        url = first.enter_context(program(tmp_path / "data"))
        async with visits.page(url) as settings:
            await settings.goto(f"{url}/settings")
            await expect(settings.locator("#setup-tier option")).not_to_have_count(0)
            await settings.locator("#setup-requests_per_day").fill("7")
            statistics, gallery = [await settings.context.new_page() for _ in range(2)]
            await statistics.goto(f"{url}/statistics?days=365")  # some are older than a month
            images = statistics.locator("#statistics .tiles strong").first
            await expect(images).to_have_text("20")
            await opened(gallery)
            pages = (settings, statistics, gallery)

            first.close()
            await settings.locator("#setup-test").click()
            await statistics.locator('input[name="days"][value="365"]').check()
            await gallery.locator("#gallery-search").fill("lighthouse")
            for page in pages:
                bar = page.locator(".connection")
                await expect(bar).to_contain_text("The program has not answered since")
                await expect(bar).to_be_in_viewport()

            with program(tmp_path / "data", arguments=("--port", url.rsplit(":", 1)[1])):
                for page in pages:
                    await expect(page.locator(".connection")).to_be_hidden()
                await expect(settings.locator("#setup-requests_per_day")).to_have_value("7")
                await expect(statistics.locator("#statistics .alert")).to_be_hidden()
                await expect(images).to_have_text("20")
                await expect(gallery.locator("#gallery-search")).to_have_value("lighthouse")
                await expect(gallery.locator("#gallery .total")).to_contain_text("of 20 images")


async def test_quiet_page_notices_a_stopped_program_and_offers_to_try_at_once(
    visits: Visits, tmp_path: Path
) -> None:
    with ExitStack() as first:
        url = first.enter_context(program(tmp_path / "data"))
        async with visits.page(url) as page:
            await page.clock.install()
            await page.goto(f"{url}/statistics")
            await expect(page.locator("#statistics .tiles")).to_be_visible()
            first.close()
            await page.clock.run_for(16_000)
            bar = page.locator(".connection")
            await expect(bar).to_contain_text("has not answered")
            await bar.get_by_role("button", name="Try now").click()
            await expect(bar).to_be_visible()
            with program(tmp_path / "data", arguments=("--port", url.rsplit(":", 1)[1])):
                await expect(bar).to_be_hidden()


async def test_create_says_that_the_program_is_away_and_goes_on_with_what_was_typed(
    visits: Visits, tmp_path: Path
) -> None:
    with ExitStack() as first:
        url = first.enter_context(program(tmp_path / "data"))
        async with visits.page(url) as page:
            await page.goto(url)
            await told_the_deal(page)
            prompt = page.locator("#prompt textarea")
            await prompt.fill("A bridge in the fog")
            first.close()
            bar = page.locator(".connection")
            await expect(bar).to_contain_text("has not answered")
            await prompt.press("End")
            await page.keyboard.type(" at noon")
            # Its price is asked for, which shows Gradio that nobody answers.
            await page.locator("#count label").get_by_text("2", exact=True).click()
            await page.wait_for_timeout(500)
            with ExitStack() as again:
                async with page.expect_event("load"):  # Gradio opens its page anew
                    port = url.rsplit(":", 1)[1]
                    again.enter_context(program(tmp_path / "data", arguments=("--port", port)))
                await told_the_deal(page)
                await count_of(page, 1)
                await expect(bar).to_be_hidden()
                await expect(prompt).to_have_value("A bridge in the fog at noon")
                await small(page)
                await landed(await generate(page, "A bridge in the fog at noon"))
