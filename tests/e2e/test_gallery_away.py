"""The open gallery whose server is away, broken or wants a login: it asks now and then, goes on."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from tests.e2e.conftest import program
from tests.e2e.gallery_page import opened
from tests.e2e.visits import Visits
from tests.library import make

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("gallery-away")]

WATCHED_S = 10
MOST = 8
API = "**/api/**"
WAITING = ".cell[data-state='waiting']"
FUSE = """globalThis.asked = 0;
const send = globalThis.fetch;
globalThis.fetch = (...args) => {
  if (!String(args[0]).includes("/api/")) return send(...args);
  globalThis.asked += 1;
  return globalThis.asked > 100 ? new Promise(() => {}) : send(...args);
};"""
"""Counts questions. One that asks without end gets no answer any more, else the browser is lost."""


@pytest.mark.wide
async def test_gallery_without_answers_asks_at_most_8_times_in_10_s_and_goes_on_with_them(
    visits: Visits, tmp_path: Path
) -> None:
    make(1000, tmp_path / "data", with_files=0)

    async def logged_out(route: Route) -> None:
        await route.fulfill(status=401, json={"detail": "Log in."})

    with ExitStack() as first:
        url = first.enter_context(program(tmp_path / "data"))
        async with visits.page(url) as stopped:
            pages = {"stopped": stopped}
            for name in ("nothing found", "401"):
                pages[name] = await stopped.context.new_page()
            for name, page in pages.items():
                await page.add_init_script(FUSE)
                await opened(page)
                if name == "nothing found":
                    await page.goto("/gallery?q=nothingatall")
                    await expect(page.locator("#gallery .empty h3")).to_contain_text(
                        "Nothing matches"
                    )
                else:
                    await expect(page.locator(WAITING)).to_have_count(0)

            first.close()  # the program ends, as when its terminal is closed
            await pages["401"].route(API, logged_out)
            for name, page in pages.items():
                await page.evaluate("asked = 0")
                if name != "nothing found":
                    await page.evaluate("document.querySelector('.wall').scrollTop = 60_000")
            await asyncio.sleep(WATCHED_S)
            counts = {name: await page.evaluate("asked") for name, page in pages.items()}
            assert all(1 <= count <= MOST for count in counts.values()), counts
            for name, page in pages.items():
                logged_out = name == "401"
                reason = "You are logged out." if logged_out else "The program has not answered"
                await expect(page.locator(".connection")).to_contain_text(reason)

            port = url.rsplit(":", 1)[1]
            with program(tmp_path / "data", arguments=("--port", port)) as again:
                assert again == url
                for name, page in pages.items():
                    await page.unroute_all()
                    await expect(page.locator(".connection")).to_be_hidden()
                    if name != "nothing found":
                        await expect(page.locator(WAITING)).to_have_count(0)
