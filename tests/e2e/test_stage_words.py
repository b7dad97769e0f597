"""What the stage says in words is there to the last letter."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.e2e.conftest import program
from tests.e2e.stage_page import SIZES, WITH_ADDRESS, do, made, scene, show, start
from tests.e2e.visits import Visits

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("projector"),
]

FEET = "a joyful pig jumping in fog"


async def _cut_nowhere(page: Page, words: str) -> None:
    """Check that all of the words is painted: it is the same where nothing holds them back."""
    place = page.locator(words)
    clamped = await place.bounding_box()
    assert clamped
    below: float = await page.evaluate("innerHeight * 0.01")
    clip = clamped | {"height": clamped["height"] + below}
    await page.wait_for_timeout(300)  # a picture may fade in
    held = await page.screenshot(clip=clip, animations="disabled")  # type: ignore[arg-type]
    await place.evaluate("place => { place.style.overflow = 'visible'; }")
    free = await page.screenshot(clip=clip, animations="disabled")  # type: ignore[arg-type]
    await place.evaluate("place => { place.style.overflow = ''; }")
    assert held == free, f"{words} is cut"


async def test_no_letter_on_the_stage_is_cut_at_its_foot(visits: Visits, tmp_path: Path) -> None:
    with program(tmp_path / "data", script=WITH_ADDRESS) as url:
        start(url, title=FEET)
        ids = made(url, FEET, FEET)
        async with visits.page(url) as page:
            await page.goto("/stage")
            await scene(page, "lobby")
            for width, height in SIZES[:2]:
                await page.set_viewport_size({"width": width, "height": height})
                await _cut_nowhere(page, ".invite .title")
            show(url, ids[0])
            await scene(page, "image")
            await _cut_nowhere(page, ".caption .prompt")
            do(url, "round", options=ids)
            await scene(page, "round")
            await _cut_nowhere(page, ".vote .prompt")
            await page.goto("about:blank")
