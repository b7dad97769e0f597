"""Undo on the page: exactly what an act changed, also where acts come faster than answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.calls import ask, stored_image
from tests.e2e.gallery_page import cell, library_of, opened, shown, total, unwatched

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("gallery"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A program with 300 images."""
    with library_of(300, tmp_path_factory) as url:
        yield url


# In the page: the browser would log an answer of 422 as an error.
REFUSE = """
const error = {message: "The database cannot be written.", hint: ""};
window.fetch = async () => new Response(JSON.stringify({error}), {status: 422});
"""


async def held_back(page: Page, asked: list[Any], gate: asyncio.Event) -> None:
    """Hold back what is posted about images until `gate` is set; note what it was."""

    async def hold(route: Route) -> None:
        if route.request.method == "POST":
            asked.append(route.request.post_data_json)
            await gate.wait()
        await route.continue_()

    await page.route(re.compile(r"/api/images(/[0-9a-f]{32})?$"), hold)


def newest(address: str, count: int, **query: str) -> list[dict[str, Any]]:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    found: list[dict[str, Any]] = ask(address, f"/api/images?limit={count}{more}")["images"]
    return found


async def test_fast_deletes_are_of_one_image_after_the_other_and_each_is_undone_for_itself(
    page: Page, address: str
) -> None:
    before = newest(address, 8)
    await opened(page)
    await unwatched(page)
    await shown(page, 4)
    count = await total(page)
    asked: list[Any] = []
    gate = asyncio.Event()
    await held_back(page, asked, gate)
    await cell(page, 2).locator(".open").focus()
    for _ in range(3):
        await page.keyboard.press("Delete")
    await expect(page.locator("#gallery .total")).to_contain_text(f"{count - 3} ")
    gate.set()
    await expect(page.locator(".toast")).to_have_count(3)
    assert [body["ids"] for body in asked] == [[before[n]["id"]] for n in (2, 3, 4)]
    await expect(cell(page, 2).locator(".open")).to_be_focused()
    await page.keyboard.press("Control+z")
    await expect(page.locator(".toast").last).to_contain_text("1 image restored")
    assert [i["id"] for i in newest(address, 3)] == [before[n]["id"] for n in (0, 1, 4)]
    await page.keyboard.press("Control+z")
    await page.keyboard.press("Control+z")
    await expect(page.locator("#gallery .total")).to_contain_text(f"{count} ")
    assert newest(address, 8) == before
    for n in range(5):
        await expect(cell(page, n).locator("img")).to_have_attribute("src", before[n]["thumb_url"])


async def test_after_the_notes_undo_the_keys_go_on_where_they_were(
    page: Page, address: str
) -> None:
    before = newest(address, 2)
    await opened(page)
    await unwatched(page)
    await shown(page, 1)
    await cell(page, 1).locator(".open").focus()
    await page.keyboard.press("Delete")
    await page.locator(".toast .do").click()
    await expect(page.locator(".toast").last).to_contain_text("1 image restored")
    await expect(page.locator("#gallery .open:focus")).to_have_count(1)
    assert newest(address, 2) == before


async def test_a_delete_that_fails_puts_the_image_back(page: Page, address: str) -> None:
    before = newest(address, 4)
    await opened(page)
    await unwatched(page)
    await shown(page, 1)
    await cell(page, 1).locator(".open").focus()
    await page.evaluate(REFUSE)
    await page.keyboard.press("Delete")
    await expect(page.locator(".toast")).to_contain_text("The database cannot be written.")
    await expect(cell(page, 1).locator("img")).to_have_attribute("src", before[1]["thumb_url"])


async def test_stars_and_ratings_that_come_faster_than_their_answers_are_all_meant(
    page: Page, address: str
) -> None:
    ids = [newest(address, 1)[0]["id"]]
    ask(address, "/api/images", {"ids": ids, "starred": False, "rating": 1})
    image = newest(address, 1)[0]
    await opened(page)
    await unwatched(page)
    await shown(page, 0)
    asked: list[Any] = []
    gate = asyncio.Event()
    await held_back(page, asked, gate)
    await cell(page, 0).locator(".open").focus()
    for key in ("s", "s", "s", "3", "5"):
        await page.keyboard.press(key)
    gate.set()
    await expect(cell(page, 0).locator(".rating")).to_have_text("★★★★★")
    now = stored_image(address, image["id"])
    assert (now["starred"], now["rating"]) == (not image["starred"], 5)
    for _ in range(5):
        undone = page.locator(".toast").get_by_text("Undone: 1 image is as before").last
        await page.keyboard.press("Control+z")
        await expect(undone).to_be_visible()
    await expect(cell(page, 0).locator(".rating")).to_have_text("★" * image["rating"])
    async with asyncio.timeout(20):  # the note of the one before may still have been there
        while len(asked) < 10:
            await asyncio.sleep(0.02)
    await page.wait_for_load_state("networkidle")
    assert stored_image(address, image["id"]) == image


async def test_marks_of_many_are_undone_exactly(page: Page, address: str) -> None:
    ids = [image["id"] for image in newest(address, 6)]
    ask(address, "/api/images", {"ids": ids, "starred": False, "rating": 1})
    ask(address, "/api/images", {"ids": ids[:3], "starred": True, "rating": 2, "add_tags": ["sea"]})
    before = newest(address, 6)
    await opened(page)
    await unwatched(page)
    await shown(page, 5)
    await cell(page, 0).locator(".open").click(modifiers=["Control"])
    await cell(page, 5).locator(".open").click(modifiers=["Shift"])
    bar = page.locator(".bulk")
    await expect(bar.locator("strong")).to_have_text("6 selected")
    await page.keyboard.press("4")
    await expect(page.locator(".toast").last).to_contain_text("6 images rated 4 of 5")
    await bar.get_by_role("button", name="Tag").click()
    await page.keyboard.type("sea, new")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast").last).to_contain_text("6 images tagged sea, new")
    assert all(i["rating"] == 4 and "new" in i["tags"] for i in newest(address, 6))
    for _ in range(2):
        await page.locator(".toast").last.get_by_role("button", name="Undo").click()
        await expect(page.locator(".toast").last).to_contain_text("Undone")
        await page.locator(".toast").last.get_by_role("button", name="Dismiss").click()
    assert newest(address, 6) == before
    await expect(cell(page, 0).locator(".rating")).to_have_text("★★")


async def test_in_the_viewer_a_second_press_means_the_same_image_and_undo_shows_it_again(
    page: Page, address: str
) -> None:
    first, second = newest(address, 2)
    await opened(page)
    await unwatched(page)
    await shown(page, 0)
    await cell(page, 0).locator(".open").click()
    viewer = page.get_by_role("dialog", name="Image details")
    await expect(viewer.locator(".stage img")).to_have_attribute("src", first["image_url"])
    asked: list[Any] = []
    gate = asyncio.Event()
    await held_back(page, asked, gate)
    await page.keyboard.press("Delete")
    await page.keyboard.press("Delete")
    gate.set()
    await expect(viewer.locator(".stage img")).to_have_attribute("src", second["image_url"])
    await expect(page.locator(".toast")).to_have_count(1)
    assert len(asked) == 1
    await page.locator(".toast").get_by_role("button", name="Undo").click()
    await expect(viewer.locator(".stage img")).to_have_attribute("src", first["image_url"])
    await expect(viewer.get_by_role("radio", name="Rate 2 of 5")).to_be_checked()
    await page.keyboard.press("Control+z")
    await expect(viewer.get_by_role("radio", name="Rate 2 of 5")).to_be_checked(
        checked=first["rating"] == 2
    )
    assert newest(address, 2) == [first, second]


async def test_keys_work_on_a_cyrillic_keyboard(page: Page, address: str) -> None:
    image = newest(address, 1)[0]
    await opened(page)
    await unwatched(page)
    await shown(page, 0)
    await cell(page, 0).locator(".open").focus()

    async def press(key: str, code: str, **more: bool) -> None:
        await page.evaluate(
            "([key, code, more]) => document.activeElement.dispatchEvent("
            "new KeyboardEvent('keydown', {key, code, bubbles: true, cancelable: true, ...more}))",
            [key, code, more],
        )

    await press("ы", "KeyS")
    star = cell(page, 0).locator(".starring")
    await expect(star).to_have_attribute("aria-pressed", str(not image["starred"]).lower())
    await press("я", "KeyZ", ctrlKey=True)
    await expect(star).to_have_attribute("aria-pressed", str(image["starred"]).lower())
    await press("ч", "KeyX")
    await expect(page.locator(".bulk strong")).to_have_text("1 selected")
    await press("ф", "KeyA", ctrlKey=True)
    await expect(page.locator(".bulk strong")).to_have_text(re.compile("00 selected|99 selected"))
    await press("Escape", "Escape")
    await press(".", "Slash")
    await expect(page.locator("#gallery-search")).to_be_focused()


async def test_the_last_image_found_comes_back_with_the_focus(page: Page, address: str) -> None:
    alone = newest(address, 1)[0]["id"]
    ask(address, "/api/images", {"ids": [alone], "add_tags": ["alone"]})
    await page.goto("/gallery?tag=alone")
    await shown(page, 0)
    await cell(page, 0).locator(".open").focus()
    await page.keyboard.press("Delete")
    await expect(page.locator(".toast")).to_contain_text("1 image")
    await expect(page.get_by_role("button", name="Clear all").last).to_be_visible()
    await page.keyboard.press("Control+z")
    await expect(cell(page, 0).locator(".open")).to_be_focused()
