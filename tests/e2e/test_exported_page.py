"""An experiment's page opened from disk: without any script, by keys, in both themes, by axe."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from backend.settings.load import Settings
from backend.studio import Studio
from tests.e2e.looks import violations

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("reuse"),
    pytest.mark.wide,
]

FLUX = "black-forest-labs/FLUX.1-schnell"
GRID = {
    "title": "<mystyle> & steps",
    "base": {
        "model": FLUX,
        "prompt": "a lighthouse at sea",
        "width": 256,
        "height": 256,
        "seed": 7,
    },
    "axes": {
        "x": {"num_steps": "1-8"},
        "y": {"replace": "lighthouse, <img src=x onerror=alert(1)>, a word that wraps over lines"},
        "z": {"guidance_scale": "2, 5"},
    },
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("exported")

    async def made() -> None:
        async with Studio(Settings(folder / "data", folder / ".env")) as studio:
            offer = await studio.experiments.offer(GRID)
            one = await studio.experiments.start(GRID, offer.digest, owner="", token="e" * 32)
            async with asyncio.timeout(60):
                while (await studio.experiments.get(one.id)).state == "running":
                    await asyncio.sleep(0.05)
            await studio.experiments.export(one.id, "html", folder / "grid.html")

    asyncio.run(made())
    yield folder / "grid.html"


async def test_it_is_read_without_a_script(browser: Browser, file: Path) -> None:
    page = await browser.new_page(
        java_script_enabled=False, viewport={"width": 1000, "height": 600}
    )
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.goto(file.as_uri())
    await expect(page.get_by_role("heading", level=1)).to_have_text("<mystyle> & steps")
    await page.get_by_role("link", name="5", exact=True).click()
    table = page.get_by_role("region", name="Guidance scale 5")
    await expect(table).to_be_in_viewport()
    cell = table.get_by_role("cell").nth(9)
    await cell.locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(cell.locator("details")).to_contain_text("a <img src=x onerror=alert(1)> at sea")
    await expect(cell.locator("b", has_text="Guidance scale: 5")).to_be_visible()
    head = table.get_by_role("columnheader").first
    await table.focus()
    await page.keyboard.press("End")
    await expect(table.get_by_role("rowheader").last).to_be_in_viewport()
    await expect(head).to_be_in_viewport()  # it stays while the rows go by
    assert said == []
    await page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_axe_finds_no_violation_in_it(browser: Browser, file: Path, theme: str) -> None:
    page = await browser.new_page(color_scheme=theme, bypass_csp=True)  # type: ignore[arg-type]
    await page.goto(file.as_uri())
    await page.locator("summary").first.click()
    assert await violations(page) == []
    await page.close()
