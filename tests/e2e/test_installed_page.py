"""The page installed by a browser: nothing keeps Chromium from it, wherever the page stands."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.async_api import Browser, BrowserContext, Page, Playwright

from tests import icons
from tests.browser import CHROMIUM_OPTIONS
from tests.e2e.conftest import program
from ui import static
from ui.present.facts import PAGES, SESSIONS, STYLES

pytestmark = [pytest.mark.wide, pytest.mark.asyncio(loop_scope="session")]

USER, PASSWORD = "ada", "correct horse battery"
EVERY_PAGE = [*(path for path, _ in (*PAGES.values(), STYLES, SESSIONS)), "/stage", "/docs"]


@asynccontextmanager
async def regular(driver: Playwright, executable: str, home: Path) -> AsyncIterator[BrowserContext]:
    """A browser that keeps what its visitor does: who only passes by can install nothing."""
    context = await driver.chromium.launch_persistent_context(
        home, executable_path=executable, args=[*CHROMIUM_OPTIONS]
    )
    try:
        yield context
    finally:
        await context.close()


async def installable(page: Page) -> dict[str, Any]:
    """Return what Chromium found of the manifest: it has no errors, and nothing is missing."""
    session = await page.context.new_cdp_session(page)
    found = await session.send("Page.getAppManifest")
    assert found["errors"] == [] and found["data"], (page.url, found)
    told = await session.send("Page.getInstallabilityErrors")
    assert told["installabilityErrors"] == [], page.url
    await session.detach()
    return found


async def test_every_page_can_be_installed_also_below_a_path_and_behind_a_login(
    driver: Playwright, executable: str, tmp_path: Path
) -> None:
    more = {"PLAYGROUND_AUTH": f"{USER}:{PASSWORD}"}
    with program(tmp_path / "data", more=more, arguments=["--root-path", "/pg"]) as address:
        async with regular(driver, executable, tmp_path / "browser") as context:
            page = context.pages[0]
            refused: list[str] = []
            page.on("console", lambda m: refused.append(m.text) if "anifest" in m.text else None)
            await page.goto(f"{address}/gallery")
            await page.get_by_label("User name").fill(USER)
            await page.get_by_label("Password").fill(PASSWORD)
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"{address}/gallery")
            for path in EVERY_PAGE:
                await page.goto(address + path)
                found = await installable(page)
                assert found["url"] == f"{address}/manifest.json"
                assert json.loads(found["data"])["display"] == "standalone"
            assert refused == []


async def test_the_icons_are_the_logo(browser: Browser) -> None:
    for name, png in (await icons.drawn(browser)).items():
        kept = static.files()[name].content
        drawn, there = (Image.open(io.BytesIO(data)).convert("RGBA") for data in (png, kept))
        assert drawn.size == there.size
        differences = ImageChops.difference(drawn, there).getextrema()
        assert max(most for _, most in differences) < 40, f"{name}: run `make icons`"
