"""The gallery in a real browser, over a library of thousands: the grid, its keys, sorting out."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.e2e.calls import ask, make_images
from tests.e2e.gallery_page import cell, focused_index, library_of, opened, shown, total, unwatched
from tests.e2e.until import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("gallery")]

TOP = "document.querySelector('.wall').scrollTop"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The program over a library of its own; tests leave in it what they changed."""
    with library_of(3000, tmp_path_factory) as url:
        yield url


# --- any number of images ------------------------------------------------------------------------


async def test_thousands_are_a_few_cells_and_any_place_is_soon_there(page: Page) -> None:
    await opened(page)
    await shown(page, 0)
    assert 20 < await page.locator(".cell").count() <= 200
    await page.evaluate("document.querySelector('.wall').scrollTop = 60_000")
    visible = """() => { const wall = document.querySelector('.wall')?.getBoundingClientRect();
      const seen = [...document.querySelectorAll('.cell')].filter((cell) => {
        const { top, bottom } = cell.getBoundingClientRect();
        return bottom > wall.top && top < wall.bottom; });
      return seen.length > 10 && seen.every((cell) => cell.dataset.state === 'shown')
        && seen.map((cell) => Number(cell.dataset.index)); }"""
    seen = await until(page, visible)
    assert min(seen) > 1000
    assert await page.locator(".cell").count() <= 200
    there = ask(page.url.removesuffix("/gallery"), f"/api/images?limit=1&offset={seen[5]}")
    source = await cell(page, seen[5]).locator("img").get_attribute("src")
    assert source == there["images"][0]["thumb_url"]
    await until(page, "() => history.state?.at > 1000")
    await page.reload()  # the place in the list is kept with the step of the history
    await until(page, visible)
    assert abs(await page.evaluate(TOP) - 60_000) < 400


async def test_whole_grid_obeys_the_keyboard(page: Page) -> None:
    await opened(page)
    await shown(page, 0)
    columns = int(str(await page.locator('[role="grid"]').get_attribute("aria-colcount")))
    await cell(page, 0).locator(".open").focus()
    for key, place in [
        ("ArrowRight", 1),
        ("ArrowDown", 1 + columns),
        ("ArrowLeft", columns),
        ("ArrowUp", 0),
        ("End", await total(page) - 1),
        ("ArrowDown", await total(page) - 1),
        ("Home", 0),
    ]:
        await page.keyboard.press(key)
        assert await focused_index(page) == place, key
    await page.keyboard.press("PageDown")
    down = await focused_index(page)
    assert down >= 2 * columns and down % columns == 0
    await shown(page, down)
    await page.keyboard.press("x")
    await page.keyboard.press("Shift+ArrowRight")
    await expect(page.locator(".bulk strong")).to_have_text("2 selected")
    await page.keyboard.press("Shift+ArrowLeft")
    await expect(page.locator(".bulk strong")).to_have_text("1 selected")
    await page.keyboard.press("Escape")
    await expect(page.locator(".bulk")).to_be_hidden()
    await page.keyboard.press("Enter")
    dialog = page.locator("dialog.viewer")
    await expect(dialog.locator(".position")).to_contain_text(str(down + 1))
    await page.keyboard.press("ArrowRight")
    await expect(dialog.locator(".position")).to_contain_text(str(down + 2))
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(cell(page, down + 1).locator(".open")).to_be_focused()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Ctrl + A")
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await expect(page.locator("#gallery-search")).to_be_focused()
    starred = await page.locator('.starring[aria-pressed="true"]').count()
    await page.keyboard.type("xs5")
    await expect(page.locator("#gallery .empty")).to_contain_text("Nothing matches")
    await page.locator("#gallery-search").fill("")
    await shown(page, 0)
    await expect(page.locator(".bulk")).to_be_hidden()
    assert starred == 0 or await page.locator('.starring[aria-pressed="true"]').count() > 0


async def test_new_images_wait_until_they_are_asked_for(page: Page, address: str) -> None:
    far = ask(address, "/api/images?limit=1&offset=1400")["images"][0]["thumb_url"]
    await opened(page)
    await page.evaluate("document.querySelector('.wall').scrollTop = 3000")
    await shown(page, 90)
    source = await cell(page, 90).locator("img").get_attribute("src")
    place = await page.evaluate(TOP)
    make_images(address, "A newcomer")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(page.locator(".pill")).to_have_text("1 new image")
    assert await cell(page, 90).locator("img").get_attribute("src") == source
    assert await page.evaluate(TOP) == place
    share = 1400 / await total(page)
    await page.evaluate(f"{TOP} = document.querySelector('.inner').offsetHeight * {share}")
    await expect(cell(page, 1400).locator("img")).to_have_attribute("src", far)
    await page.locator(".pill").click()
    await expect(cell(page, 0)).to_contain_text("A newcomer")
    assert await page.evaluate(TOP) == 0
    await page.locator("#gallery h2").click()  # nothing has the focus, and this is the top
    make_images(address, "A second newcomer")
    await expect(cell(page, 0)).to_contain_text("A second newcomer")


# --- sorting out ---------------------------------------------------------------------------------


async def test_star_and_rating_keep_place_and_focus(page: Page) -> None:
    await opened(page)
    await page.evaluate("document.querySelector('.wall').scrollTop = 2000")
    await shown(page, 60)
    place = await page.evaluate(TOP)
    star = cell(page, 60).locator(".starring")
    before = await star.get_attribute("aria-pressed")
    await cell(page, 60).locator(".open").focus()
    await page.keyboard.press("s")
    await expect(star).not_to_have_attribute("aria-pressed", str(before))
    await page.keyboard.press("4")
    await expect(cell(page, 60).locator(".rating")).to_have_text("★" * 4)
    await expect(cell(page, 60).locator(".open")).to_be_focused()
    assert await page.evaluate(TOP) == place
    await page.keyboard.press("0")
    await expect(cell(page, 60).locator(".rating")).to_have_text("")
    await opened(page, "?starred=1")
    await unwatched(page)
    await shown(page, 20)
    count, second = await total(page), await cell(page, 21).locator("img").get_attribute("src")
    await cell(page, 20).hover()
    await cell(page, 20).locator(".starring").click()
    await expect(cell(page, 20).locator("img")).to_have_attribute("src", str(second))
    assert await total(page) == count - 1


async def test_marks_of_another_tab_and_of_another_device_reach_an_open_gallery(
    page: Page, address: str
) -> None:
    await opened(page)
    other = await page.context.new_page()
    await opened(other)
    star, rating = cell(page, 5).locator(".starring"), cell(page, 5).locator(".rating")
    before = str(await star.get_attribute("aria-pressed"))
    await cell(other, 5).locator(".open").focus()
    await other.keyboard.press("s")
    await expect(star).not_to_have_attribute("aria-pressed", before)
    image = str(await cell(page, 5).locator("img").get_attribute("src")).split("/")[-1][:32]
    await unwatched(page)
    ask(address, f"/api/images/{image}", {"rating": 3})
    await page.evaluate("delete document.hidden")
    await expect(rating).to_have_text("")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(rating).to_have_text("★" * 3)
    ask(address, f"/api/images/{image}", {"rating": 0, "starred": before == "true"})
    await other.close()


async def test_deleting_can_be_undone_and_the_focus_stays(page: Page) -> None:
    await opened(page, "?q=castle*")
    await unwatched(page)
    await shown(page, 3)
    count = await total(page)
    sources = [await cell(page, n).locator("img").get_attribute("src") for n in (3, 4, 5)]
    await cell(page, 3).locator(".open").focus()
    await page.keyboard.press("Delete")
    await expect(page.locator(".toast")).to_contain_text("1 image moved to the trash")
    await expect(cell(page, 3).locator("img")).to_have_attribute("src", str(sources[1]))
    assert await cell(page, 4).locator("img").get_attribute("src") == sources[2]
    await expect(cell(page, 3).locator(".open")).to_be_focused()
    await expect(page.locator("#gallery .total")).to_contain_text(re.compile(rf"^{count - 1:,} "))
    await page.keyboard.press("Control+z")
    await expect(cell(page, 3).locator("img")).to_have_attribute("src", str(sources[0]))
    await expect(page.locator("#gallery .total")).to_contain_text(re.compile(rf"^{count:,} "))
    await cell(page, 3).locator(".open").click(modifiers=["Control"])
    await cell(page, 5).locator(".open").click(modifiers=["Shift"])
    await expect(page.locator(".bulk strong")).to_have_text("3 selected")
    await page.locator(".bulk").get_by_role("button", name="Delete").click()
    await expect(page.locator(".toast").last).to_contain_text("3 images moved to the trash")
    await expect(page.locator(".bulk")).to_be_hidden()
    await page.locator(".toast").last.get_by_role("button", name="Undo").click()
    await expect(cell(page, 5).locator("img")).to_have_attribute("src", str(sources[2]))
    await expect(page.locator("#gallery .total")).to_contain_text(re.compile(rf"^{count:,} "))


async def test_all_that_match_are_changed_and_brought_out(page: Page, tmp_path: Path) -> None:
    await opened(page, "?q=fox&rated=4")
    await shown(page, 0)
    count = await total(page)
    assert count > 20
    await cell(page, 0).locator(".open").focus()
    await page.keyboard.press("Control+a")
    await expect(page.locator(".bulk strong")).to_have_text(f"{count} selected")
    await page.locator(".bulk").get_by_role("button", name="Tag").click()
    await expect(page.locator(".menu input")).to_be_focused()
    await page.keyboard.type("quick, brown")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast")).to_contain_text(f"{count} images tagged quick, brown")
    await opened(page, "?tag=quick&tag=brown")
    assert await total(page) == count
    await opened(page)
    await shown(page, 0)
    for index in (0, 2):
        await cell(page, index).locator(".open").click(modifiers=["Control"])
    await page.locator(".bulk").get_by_role("button", name="Download").click()
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="ZIP without settings").click()
    await (await waiting.value).save_as(tmp_path / "images.zip")
    names = zipfile.ZipFile(tmp_path / "images.zip").namelist()
    assert sum(name.endswith((".png", ".webp", ".jpg")) for name in names) == 2
    await page.locator(".bulk").get_by_role("button", name="Compare").click()
    await expect(page.get_by_role("dialog", name="Compare")).to_be_visible()


async def test_trash_gives_back_and_is_emptied_after_a_question(page: Page, address: str) -> None:
    await opened(page, "?q=dragon")
    await shown(page, 1)
    for index in (0, 1):
        await cell(page, index).locator(".open").click(modifiers=["Control"])
    await page.keyboard.press("Delete")
    await expect(page.locator(".toast")).to_contain_text("2 images moved to the trash")
    await page.get_by_role("button", name=re.compile("^Trash")).click()
    await expect(page).to_have_url(re.compile("trash=1"))
    await expect(page.locator("#gallery h2")).to_have_text("Trash")
    await shown(page, 0)
    count = await total(page)
    await cell(page, 0).locator(".open").focus()
    await page.keyboard.press("x")
    await page.locator(".bulk").get_by_role("button", name="Restore").click()
    await expect(page.locator("#gallery .total")).to_contain_text(re.compile(rf"^{count - 1} "))
    await page.get_by_role("button", name="Empty the trash").click()
    question = page.get_by_role("alertdialog")
    await expect(question).to_contain_text(
        re.compile(rf"{count - 1} images? will be removed for good")
    )
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Empty the trash")).to_be_focused()
    await page.keyboard.press("Enter")
    await question.get_by_role("button", name="Remove").click()
    await expect(page.locator("#gallery .empty")).to_contain_text("The trash is empty")
    instead = page.locator("#gallery .empty").get_by_role("button", name="Back to the gallery")
    await expect(instead).to_be_focused()
    assert ask(address, "/api/facets")["trash"] == 0
    await page.keyboard.press("Enter")
    await shown(page, 0)
    await cell(page, 0).locator(".open").focus()
    await page.keyboard.press("Delete")
    await expect(page.locator(".toast").last).to_contain_text("1 image moved to the trash")
    await page.goto("/gallery?trash=1")
    await shown(page, 0)
    await cell(page, 0).locator(".open").focus()
    await page.keyboard.press("x")
    await page.locator(".bulk").get_by_role("button", name="Restore").click()
    await expect(instead).to_be_focused()  # there is no image to go to
    await page.keyboard.press("Enter")
    await shown(page, 0)
