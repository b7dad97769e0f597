"""The desk and a helper's device beside it: two browsers at the same two gates."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Playwright, expect

from tests.e2e.conftest import program, watched
from tests.e2e.desk_page import asked, let_in, rows, waiting
from tests.e2e.looks import clean, violations

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("desk"),
    pytest.mark.wide,
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("helper") / "data") as url:
        yield url


@asynccontextmanager
async def device(browser: Browser, driver: Playwright, **more: Any) -> AsyncIterator[Page]:
    """Yield a page of a second device."""
    context = await browser.new_context(**driver.devices["Pixel 7"], bypass_csp=True, **more)
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def test_a_helper_opens_the_link_of_the_desk_and_keeps_the_two_gates(
    page: Page, browser: Browser, driver: Playwright
) -> None:
    room = (await let_in(page, host="127.0.0.1", images=2))["addresses"][0]["url"]
    link, code = page.locator(".helper-url"), page.get_by_role("img", name="The helper\u2019s link")
    await expect(link).to_have_text("")
    await expect(code).to_have_count(0)
    await page.get_by_text("Helper\u2019s link", exact=True).click()
    await expect(code).to_be_visible()
    await expect(code).not_to_have_js_property("naturalWidth", 0)
    await clean(page, "the helper's link")
    await waiting(page, "a lighthouse", "a red fox", "<b>a castle</b>")
    async with device(browser, driver) as helper:
        strangers, errors = watched(helper, room)
        await helper.goto(f"http://{await link.inner_text()}")
        assert helper.url == f"{room}/h"
        words, pictures = helper.locator("#words li"), helper.locator("#pictures li")
        await expect(words).to_have_count(3)
        await expect(words.locator("bdi")).to_have_text(
            ["a lighthouse", "a red fox", "<b>a castle</b>"]
        )
        approve = words.nth(0).get_by_role("button", name="Approve")
        await approve.focus()
        await approve.press("Enter")
        await expect(words).to_have_count(2)
        await expect(words.nth(0).get_by_role("button", name="Approve")).to_be_focused()
        await expect(rows(page, "line")).to_have_count(2)
        await expect(pictures.locator("img")).not_to_have_js_property("naturalWidth", 0)
        await expect(helper.get_by_text("1 picture waits to be shown.")).to_be_visible()
        await pictures.get_by_role("button", name="Show").tap()
        await expect(pictures).to_have_count(0)
        await expect(rows(page, "wall")).to_contain_text(["a lighthouse"])
        await rows(page, "line").nth(1).get_by_role("button", name="Not this time").click()
        await expect(words).to_have_count(1)
        await expect(words).to_contain_text(["a red fox"])
        assert strangers == [] and errors == []
        await page.get_by_role("button", name="New link").click()
        await expect(helper.get_by_text("This link opens nothing any more.")).to_be_visible()
        await expect(words).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_it_is_small_and_axe_finds_nothing(
    page: Page, browser: Browser, driver: Playwright, theme: str
) -> None:
    started = await let_in(page, host="127.0.0.1", images=1)
    await waiting(page, "a lighthouse")
    await asked(page, "/wishes", text="a red fox")
    await expect(rows(page, "gate")).to_have_count(1)
    async with device(browser, driver, color_scheme=theme) as helper:
        cdp = await helper.context.new_cdp_session(helper)
        await cdp.send("Network.enable")
        sizes: dict[str, float] = {}
        kinds: dict[str, str] = {}
        cdp.on("Network.responseReceived", lambda e: kinds.update({e["requestId"]: e["type"]}))
        cdp.on(
            "Network.loadingFinished",
            lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}),
        )
        await helper.goto(started["helper_url"])
        await expect(helper.locator("#pictures img")).not_to_have_js_property("naturalWidth", 0)
        own = [size for one, size in sizes.items() if kinds.get(one) in ("Document", "Script")]
        assert 3_000 < sum(own) <= 20_000
        assert await violations(helper) == [], "both gates"
        await helper.get_by_role("button", name="Approve").tap()
        await expect(helper.get_by_role("alert")).to_contain_text("All images of this session")
        await expect(helper.locator("#words li")).to_have_count(1)
        assert await violations(helper) == [], "the budget"
        await helper.set_viewport_size({"width": 320, "height": 568})
        small = await helper.evaluate(
            """() => [...document.querySelectorAll('button')]
              .filter(e => e.getBoundingClientRect().height < 44).length"""
        )
        wide = await helper.evaluate("document.documentElement.scrollWidth")
        assert small == 0 and wide <= 320
        await asked(page, "/do", do="end")
        await expect(helper.get_by_text("This session has ended.")).to_be_visible()
        await expect(helper.get_by_text("No idea waits.")).to_be_visible()
        assert await violations(helper) == [], "after the end"
