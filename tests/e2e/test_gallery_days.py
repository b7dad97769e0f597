"""The gallery in a real browser: days and their names, sizes of thumbnails, tags on images."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from tests.e2e.calls import ask
from tests.e2e.gallery_page import cell, library_of, opened, shown, total
from tests.e2e.looks import clean

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("gallery"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The program over a library of its own; tests leave in it what they changed."""
    with library_of(1500, tmp_path_factory) as url:
        yield url


# What all drawn cells say of days, beside what is so by the clocks of this browser.
DAYS = """async ({offset, limit}) => {
  const found = await (await fetch(`/api/images?offset=${offset}&limit=${limit}`)).json();
  const day = (index) => new Date(found.images[index - offset].created).toDateString();
  const wall = document.querySelector('.wall').getBoundingClientRect();
  const cells = [...document.querySelectorAll('.cell')].filter((cell) => {
    const { bottom, top } = cell.getBoundingClientRect();
    return bottom > wall.top + 30 && top < wall.bottom; });
  return {
    above: document.querySelector('.day-in-sight').textContent,
    cells: cells.map((cell) => {
      const [index, name] = [Number(cell.dataset.index), cell.querySelector('.day')];
      const begins = index === 0 || day(index) !== day(index - 1);
      const text = new Date(found.images[index - offset].created).toLocaleDateString([],
        {weekday: 'short', day: 'numeric', month: 'short'});
      return {index, begins, text, name: name.checkVisibility() ? name.textContent : ''}; }),
  }; }"""


# Where a new day begins, by the clocks of this browser.
BEGINS = """async (total) => {
  const found = [];
  for (let offset = 0; offset < total; offset += 200)
    found.push(...(await (await fetch(`/api/images?offset=${offset}&limit=200`)).json()).images);
  const day = ({ created }) => new Date(created).toDateString();
  return found.map((_, index) => index)
    .filter((index) => index === 0 || day(found[index]) !== day(found[index - 1]));
}"""


async def days(page: Page, offset: int) -> list[str]:
    """Check what the page says of days in sight, from `offset` on at most; return the days."""
    seen = await page.evaluate(DAYS, {"offset": offset, "limit": 200})
    for one in seen["cells"]:
        assert bool(one["name"]) is one["begins"], one
        assert not one["begins"] or one["name"].startswith(one["text"]), one
    assert seen["above"].startswith(seen["cells"][0]["text"]), seen
    return [one["name"] for one in seen["cells"] if one["name"]]


async def test_days_have_names_wherever_one_looks_and_rows_stay_where_they_are(page: Page) -> None:
    await opened(page)
    await shown(page, 0)
    assert len(await days(page, 0)) >= 1
    columns = int(str(await page.locator('[role="grid"]').get_attribute("aria-colcount")))
    rows = -(-await total(page) // columns)
    await expect(page.locator('[role="grid"]')).to_have_attribute("aria-rowcount", str(rows))
    pitch = await page.evaluate("document.querySelector('.inner').offsetHeight") / rows
    begins = await page.evaluate(BEGINS, await total(page))
    assert len(begins) > 4, "1,500 images, one every five minutes"
    for index in (begins[3], begins[4], begins[2]):
        row = index // columns
        await page.evaluate(f"document.querySelector('.wall').scrollTop = {int(row * pitch)}")
        await shown(page, row * columns)
        await shown(page, (row + 1) * columns)
        assert len(await days(page, (row - 1) * columns)) > 0
    await cell(page, row * columns).locator(".open").focus()
    await page.keyboard.press("x")
    for _ in range(4):
        await page.keyboard.press("Shift+ArrowDown")
    await expect(page.locator(".bulk strong")).to_have_text(f"{4 * columns + 1} selected")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Filters").click()
    await page.get_by_label("Sort by").select_option("rating")
    await expect(page.locator(".filter-chip")).to_have_count(1)
    await shown(page, 0)
    await expect(page.locator(".day:visible, .day-in-sight:visible")).to_have_count(0)


async def test_size_of_thumbnails_is_kept_and_what_is_in_sight_stays(page: Page) -> None:
    await opened(page)
    await shown(page, 0)
    grid = page.locator('[role="grid"]')
    columns = int(str(await grid.get_attribute("aria-colcount")))
    await page.evaluate("document.querySelector('.wall').scrollTop = 9000")
    first = columns * 35
    await shown(page, first)
    await page.get_by_label("Size of thumbnails").select_option("small")
    await expect(grid).not_to_have_attribute("aria-colcount", str(columns))
    assert int(str(await grid.get_attribute("aria-colcount"))) > columns
    await shown(page, first)
    await expect(cell(page, first)).to_be_in_viewport()
    await clean(page, "small thumbnails")
    await page.reload()
    await expect(page.get_by_label("Size of thumbnails")).to_have_value("small")
    await shown(page, first)
    await page.keyboard.press("+")
    await page.keyboard.press("+")
    await page.keyboard.press("+")
    await expect(page.get_by_label("Size of thumbnails")).to_have_value("large")
    assert int(str(await grid.get_attribute("aria-colcount"))) < columns
    await page.keyboard.press("-")
    await expect(grid).to_have_attribute("aria-colcount", str(columns))


async def test_tags_stand_on_the_images_and_are_read_out(page: Page, address: str) -> None:
    record = ask(address, "/api/images?limit=1&offset=3")["images"][0]
    tags = ["sea", "night", "a tag of many letters that is cut", "keeper", "blue"]
    ask(address, f"/api/images/{record['id']}", {"tags": tags})
    await opened(page)
    await shown(page, 3)
    stored = ask(address, "/api/images?limit=1&offset=3")["images"][0]["tags"]
    shown_tags = cell(page, 3).locator(".tags > *")
    await expect(shown_tags).to_have_text([*stored[:2], "+3"])
    assert f"Tags: {', '.join(stored)}." in await cell(page, 3).locator(".open").inner_text()
    thumb = await cell(page, 3).locator(".thumb").bounding_box()
    for one in await shown_tags.all():
        box = await one.bounding_box()
        assert box and thumb and box["x"] + box["width"] <= thumb["x"] + thumb["width"]
