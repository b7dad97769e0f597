"""Variants of a picture, asked for at the desk, and the vote that begins by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import program
from tests.e2e.desk_page import let_in
from tests.e2e.looks import SIZES, clean

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("desk"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("desk-rounds") / "data") as url:
        yield url


async def varying(page: Page) -> None:
    """Have a picture made by hand, and open the dialog that varies it."""
    await let_in(page)
    await page.request.post("/api/session/wishes", data={"text": "a lighthouse at sea"})
    await page.get_by_role("button", name="Vary").first.click()
    await expect(page.get_by_role("dialog", name="Vary this picture")).to_be_visible()


async def test_four_seeds_are_made_and_the_room_votes_on_them(page: Page) -> None:
    await varying(page)
    await page.get_by_label("Let the room vote once all are made").check()
    await page.get_by_role("button", name="Make them").click()
    await expect(page.locator(".desk-round .options li")).to_have_count(4, timeout=20_000)
    await expect(page.locator(".desk-round")).to_contain_text("Open: 0 votes so far")
    await page.keyboard.press("v")
    await expect(page.locator(".desk-round")).to_contain_text("Closed: 0 votes")
    await expect(page.get_by_role("button", name="Go on from what won")).to_be_hidden()


async def test_values_that_make_no_variants_are_refused_in_the_dialog(
    browser: Browser, address: str
) -> None:
    page = await browser.new_page(base_url=address)  # a refusal is a line in the browser's console
    await varying(page)
    dialog = page.get_by_role("dialog", name="Vary this picture")
    await dialog.get_by_label("What differs").select_option("settings")
    await dialog.get_by_label("Setting").select_option("num_steps")
    await dialog.get_by_label("Two to four values").fill("4")
    await dialog.get_by_role("button", name="Make them").click()
    await expect(dialog.get_by_role("alert")).to_have_text("Choose two to four values.")
    await dialog.get_by_label("Two to four values").fill("1, 8")
    await dialog.get_by_label("Let the room vote once all are made").check()
    await dialog.get_by_role("button", name="Make them").click()
    await expect(page.locator(".desk-round .options li")).to_have_count(2, timeout=20_000)
    await page.close()


async def test_variants_that_nobody_looked_at_are_shown_by_hand_before_the_room_votes(
    page: Page,
) -> None:
    await varying(page)
    gate = page.locator(".desk-gate .rows > li")
    waiting = await gate.count()
    await page.get_by_role("button", name="Make them").click()
    await expect(gate).to_have_count(waiting + 4, timeout=20_000)
    state = await (await page.request.get("/api/session")).json()
    assert state["round"] is None


@SIZES
async def test_the_dialog_is_clean(page: Page, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await varying(page)
    for kind in ("seeds", "settings", "models"):
        await page.get_by_label("What differs").select_option(kind)
        await clean(page, f"varying {kind}")
