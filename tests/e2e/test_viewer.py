"""One image large and images compared, in a real browser: looking, sorting out, making again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from playwright.async_api import Browser, Error, Locator, Page, Route, expect

from tests.e2e.calls import make_images, stored_image, until_stored
from tests.e2e.conftest import program
from tests.e2e.create_page import told_the_deal
from tests.e2e.visits import Visits

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("viewer")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("viewer") / "data") as url:
        yield url


async def look(page: Page, record: Any) -> Locator:
    """Open one image by its address and return the dialog, once its details are there."""
    await page.goto(f"/gallery?image={record['id']}")
    dialog = page.get_by_role("dialog", name="Image details")
    await expect(dialog.locator("dl div")).not_to_have_count(0)
    return dialog


async def first_of(page: Page, word: str) -> Locator:
    """Open the first of the images with that word in their prompts, by keyboard."""
    await page.goto(f"/gallery?q={word}")
    await page.locator('.cell[data-index="0"][data-state="shown"] button.open').focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Image details")
    await expect(dialog.locator("dl div")).not_to_have_count(0)
    return dialog


async def key(page: Page, *keys: str) -> None:
    for name in keys:
        await page.keyboard.press(name)


async def scale(dialog: Locator) -> float:
    label = str(await dialog.locator(".zoom-bar .scale").first.get_attribute("aria-label"))
    found = re.search(r"(\d+) %", label)
    assert found
    return int(found[1]) / 100


# --- looking -------------------------------------------------------------------------------------


async def test_arrows_go_on_and_back_and_escape_gives_the_focus_back(
    page: Page, address: str
) -> None:
    make_images(address, "walking through", count=3)
    fetched: list[str] = []
    page.on("request", lambda r: fetched.append(r.url) if "/images/" in r.url else None)
    dialog = await first_of(page, "walking")
    before = page.url
    position, picture = dialog.locator(".position"), dialog.locator(".stage img")
    await expect(position).to_have_text("Image 1 of 3")
    await expect(dialog.locator("dl div")).not_to_have_count(0)
    assert len({url for url in fetched if "/api/" not in url}) == 2, "the next one is fetched ahead"
    seen = [await picture.get_attribute("src")]
    await key(page, "ArrowLeft", "ArrowRight", "ArrowRight", "ArrowRight")
    await expect(position).to_have_text("Image 3 of 3")
    seen.append(await picture.get_attribute("src"))
    await dialog.get_by_role("button", name="Previous image").click()
    await expect(position).to_have_text("Image 2 of 3")
    assert len({*seen, await picture.get_attribute("src")}) == 3
    assert page.url.partition("&image=")[0] == before.partition("&image=")[0]
    await key(page, "ArrowLeft", "Escape")
    await expect(dialog).to_have_count(0)
    await expect(page.locator(".cell button.open").first).to_be_focused()


async def test_zoom_goes_towards_the_pointer_and_shows_crisp_pixels(
    page: Page, address: str
) -> None:
    dialog = await look(page, make_images(address, "zoomed", side=1024)[0])
    stage, picture = dialog.locator(".stage"), dialog.locator(".stage img")
    fitted = await scale(dialog)
    assert 0.3 < fitted < 1
    await key(page, "z")
    assert await scale(dialog) == 1
    await key(page, "z")
    assert await scale(dialog) == fitted

    box = await picture.bounding_box()
    assert box
    point = (box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.25)
    await page.mouse.move(*point)
    await page.mouse.wheel(0, -900)
    assert await scale(dialog) > 2 * fitted
    await expect(picture).to_have_class(re.compile("crisp"))
    large = await picture.bounding_box()
    assert large
    assert abs((point[0] - large["x"]) / large["width"] - 0.75) < 0.01
    assert abs((point[1] - large["y"]) / large["height"] - 0.25) < 0.01

    await page.mouse.down()
    await page.mouse.move(point[0] - 90, point[1] + 40)
    await page.mouse.up()
    moved = await picture.bounding_box()
    assert moved
    assert round(moved["x"] - large["x"]) == -90
    assert round(moved["y"] - large["y"]) == 40
    await stage.dblclick(position={"x": 300, "y": 300})
    await expect(dialog.locator(".scale")).to_have_text("Fit")
    await stage.dblclick(position={"x": 300, "y": 300})
    assert await scale(dialog) == 1
    await key(page, "+", "-")
    assert await scale(dialog) == 1


async def test_a_stroke_on_a_phone_goes_on_and_two_fingers_zoom(
    browser: Browser, address: str
) -> None:
    make_images(address, "stroked", count=2)
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, base_url=address
    )
    page = await context.new_page()
    dialog = await first_of(page, "stroked")
    session = await context.new_cdp_session(page)

    async def touch(kind: str, *points: tuple[int, int]) -> None:
        at = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        await session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    await touch("touchStart", (300, 250))
    for x in (260, 200, 140):
        await touch("touchMove", (x, 252))
    await touch("touchEnd")
    await expect(dialog.locator(".position")).to_have_text("Image 2 of 2")
    before = await scale(dialog)
    await touch("touchStart", (180, 250), (210, 250))
    for step in (20, 40, 60):
        await touch("touchMove", (180 - step, 250), (210 + step, 250))
    await touch("touchEnd")
    assert await scale(dialog) > 2 * before
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await context.close()


# --- sorting out ---------------------------------------------------------------------------------


async def test_star_rating_and_tags_are_kept(page: Page, address: str) -> None:
    record = make_images(address, "sorted out")[0]
    dialog = await look(page, record)
    await key(page, "s", "4")
    await expect(dialog.get_by_role("button", name="Starred")).to_be_visible()
    await expect(dialog.get_by_role("radio", name="Rate 4 of 5")).to_be_checked()
    field = dialog.get_by_role("combobox", name="Add a tag")
    for tag in ("night", "0 s z"):
        await field.fill(tag)
        await field.press("Enter")
    await expect(dialog.locator(".tags li")).to_have_count(2)
    dialog = await look(page, record)
    await expect(dialog.get_by_role("radio", name="Rate 4 of 5")).to_be_checked()
    await expect(dialog.locator(".tags li")).to_have_text(
        [re.compile("0 s z"), re.compile("night")]
    )
    await dialog.get_by_role("button", name="Remove the tag night").click()
    await dialog.locator(".stage").click()
    await key(page, "0", "s")
    await expect(dialog.get_by_role("button", name="Remove the rating")).to_be_hidden()
    await expect(dialog.locator(".tags li")).to_have_count(1)
    await expect(dialog.locator(".star")).to_have_attribute("aria-pressed", "false")
    await page.wait_for_timeout(300)
    now = stored_image(address, record["id"])
    assert (now["starred"], now["rating"], now["tags"]) == (False, 0, ["0 s z"])


async def test_commas_stand_between_tags_and_what_is_refused_can_be_mended(
    visits: Visits, address: str
) -> None:
    record = make_images(address, "tagged with more than one word")[0]
    async with visits.page(address) as page:  # Chromium logs what is refused as an error
        dialog = await look(page, record)
        field = dialog.get_by_role("combobox", name="Add a tag")
        refusal = dialog.locator(".marks .field-error")
        await field.fill("night, sea")
        await field.press("Enter")
        await expect(dialog.locator(".tags li")).to_have_count(2)
        await expect(field).to_have_value("")
        await field.fill("un\u200bseen")
        await field.press("Enter")
        await expect(refusal).to_contain_text("Take them out.")
        await expect(field).to_have_value("un\u200bseen")
        await field.fill("seen")
        await field.press("Enter")
        await expect(dialog.locator(".tags li")).to_have_count(3)
        await expect(refusal).to_be_hidden()
        await expect(field).to_have_value("")
    tags = ["night", "sea", "seen"]
    await until_stored(address, record["id"], lambda stored: stored["tags"] == tags)


async def test_what_was_marked_is_kept_however_soon_the_page_is_left(
    page: Page, address: str
) -> None:
    record = make_images(address, "left in a hurry")[0]

    async def answered_late(route: Route) -> None:
        answer = await route.fetch()
        await asyncio.sleep(0.3)
        with suppress(Error):  # of the page that was left
            await route.fulfill(response=answer)

    dialog = await look(page, record)
    await page.route(f"**/api/images/{record['id']}", answered_late)
    field = dialog.get_by_role("combobox", name="Add a tag")
    for tag in ("one", "two", "three"):
        await field.fill(tag)
        await field.press("Enter")
    await dialog.locator(".stage").click()
    await key(page, "s", "5")
    await page.goto("about:blank")
    for _ in range(100):
        now = stored_image(address, record["id"])
        if now["rating"]:
            break
        await asyncio.sleep(0.05)
    assert (now["starred"], now["rating"], now["tags"]) == (True, 5, ["one", "three", "two"])


async def test_deleting_shows_the_next_and_can_be_undone(page: Page, address: str) -> None:
    records = make_images(address, "thrown away", count=2)
    dialog = await first_of(page, "thrown")
    shown = dialog.locator(".stage img")
    first = str(await shown.get_attribute("src"))
    await key(page, "Delete")
    await expect(dialog.locator(".position")).to_have_text("Image 1 of 1")
    await expect(shown).not_to_have_attribute("src", first)
    await page.get_by_role("button", name="Undo").click()
    await expect(dialog.locator(".position")).to_have_text("Image 1 of 2")
    await expect(shown).to_have_attribute("src", first)
    await key(page, "Delete")
    await expect(dialog.locator(".position")).to_have_text("Image 1 of 1")
    await key(page, "Escape")
    await expect(page).to_have_url(re.compile(r"\?q=thrown$"))  # a step back under way ends a goto
    gone = next(r for r in records if r["image_url"] == first)
    await until_stored(address, gone["id"], lambda stored: stored["deleted"] is not None)
    dialog = await look(page, gone)
    await expect(dialog.locator(".trashed")).to_contain_text("In the trash since")
    await dialog.get_by_role("button", name="Restore").click()
    await expect(page.locator(".toast", has_text="Restored from the trash")).to_be_visible()
    assert stored_image(address, gone["id"])["deleted"] is None


async def test_on_create_a_deleted_image_leaves_the_results_until_it_is_undone(page: Page) -> None:
    await page.goto("/")
    await told_the_deal(page)
    for side in ("width", "height"):
        await page.locator(f"#{side} input").fill("256")
    await page.locator("#prompt textarea").fill("Deleted on Create")
    await page.locator("#prompt textarea").press("Enter")
    card = page.locator('.card[data-state="saved"]')
    await card.locator("button.frame").click()
    dialog = page.get_by_role("dialog", name="Image details")
    await expect(dialog.locator("dl div")).not_to_have_count(0)
    await key(page, "Delete")
    await expect(dialog).to_have_count(0)
    await expect(card).to_be_hidden()
    await page.get_by_role("button", name="Undo").click()
    await expect(card).to_be_visible()
