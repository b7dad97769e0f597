"""Viewer, comparison, stage and statistics in longer words, and in rows from the right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.calls import ask, make_images
from tests.e2e.conftest import program
from tests.e2e.looks import SIZES, clean

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("stage"),
]

TODAY = date(2026, 3, 5)
LONGER = """globalThis.playgroundTexts = {
  plurals: {},
  texts: new Proxy({}, {
    getOwnPropertyDescriptor: () => ({ configurable: true }),
    get: (_, text) => text.replaceAll(/[aeo](?![^{]*})/g, "$&$&$&"),
  }),
};"""
"""A table that has every text, with each a, e and o three times."""

FROM_THE_RIGHT = """new MutationObserver(() => {
  if (document.documentElement && document.dir !== 'rtl') document.documentElement.dir = 'rtl';
}).observe(document, {childList: true, subtree: true});"""

FAULTS = """() => {
  const found = [], name = (e) => e.outerHTML.slice(0, 120);
  const shown = ':is(dialog, #statistics) :is(button, a, summary, label, h2, h3, th, dt, .tag)';
  for (const e of document.querySelectorAll(shown)) {
    if (!e.checkVisibility({visibilityProperty: true}) || e.clientWidth < 2) continue;
    const box = e.getBoundingClientRect();
    const cut = e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline';
    const held = e.closest('.scroll, .rows'); // those can be scrolled
    if (cut || (!held && (box.left < -1 || box.right > innerWidth + 1))) found.push(name(e));
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page is too wide');
  return found;
}"""

TICKS = """() => {
  const svg = document.querySelector('.bars svg').getBoundingClientRect(), found = [];
  const all = [...document.querySelectorAll('.bars .tick')].map((e) => e.getBoundingClientRect());
  for (const box of all) {
    if (box.left < svg.left || box.right > svg.right + 1) found.push('a name is cut');
    for (const other of all)
      if (other.left > box.left && other.left < box.right && other.top === box.top)
        found.push('names touch');
  }
  return found;
}"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """A program with four images, and their ids, the newest first."""
    with program(tmp_path_factory.mktemp("language") / "data") as url:
        make_images(url, "a red fox in snow", count=4)
        yield url, [image["id"] for image in ask(url, "/api/images?limit=4")["images"]]


@pytest.fixture
def address(made: tuple[str, list[str]]) -> str:
    return made[0]


async def looked_at(page: Page, size: tuple[int, int]) -> None:
    width, height = size
    await page.set_viewport_size({"width": width, "height": height})
    await page.add_init_script(LONGER + FROM_THE_RIGHT)


@SIZES
async def test_longer_words_from_the_right_are_not_cut(
    page: Page, made: tuple[str, list[str]], size: tuple[int, int]
) -> None:
    await looked_at(page, size)
    ids = made[1]
    await page.goto(f"/gallery?image={ids[1]}")
    viewer = page.locator("dialog.viewer")
    await expect(viewer.locator(".position")).to_have_text("Imaaageee 2 ooof 4")
    await viewer.locator("[data-keep=again]").click()
    await expect(viewer.locator(".panel .main")).to_have_text("Maaakeee it aaagaaain")
    assert await page.evaluate(FAULTS) == [], "viewer"
    for count in (2, 4):
        await page.goto(f"/gallery?compare={','.join(ids[:count])}")
        await expect(page.locator(".compare tbody tr").first).to_be_visible()
        assert await page.evaluate(FAULTS) == [], f"comparison of {count}"
    await page.goto("/statistics")
    await expect(page.locator("#statistics tbody tr")).to_have_count(1)
    assert await page.evaluate(FAULTS) == [], "statistics"
    await clean(page, "statistics")


async def test_where_lines_begin_at_the_right_a_row_goes_on_to_the_left(
    page: Page, made: tuple[str, list[str]]
) -> None:
    await looked_at(page, (1440, 900))
    await page.goto(f"/gallery?image={made[1][1]}")
    position = page.locator("dialog.viewer .position")
    await expect(position).to_have_text("Imaaageee 2 ooof 4")
    boxes = [
        await page.locator(f".picture .{name}").bounding_box() for name in ("next", "previous")
    ]
    assert boxes[0] and boxes[1] and boxes[0]["x"] < boxes[1]["x"]
    await page.keyboard.press("ArrowLeft")
    await expect(position).to_have_text("Imaaageee 3 ooof 4")
    await page.keyboard.press("f")
    on_stage = page.locator(".scene .position")
    await expect(on_stage).to_have_text("Imaaageee 3 ooof 4")
    await page.keyboard.press("ArrowRight")
    await expect(on_stage).to_have_text("Imaaageee 2 ooof 4")


@pytest.mark.parametrize("days", [7, 30, 90, 365])
@SIZES
async def test_names_at_the_axes_keep_apart(page: Page, size: tuple[int, int], days: int) -> None:
    rows = [
        {
            "day": (TODAY - timedelta(days=n)).isoformat(),
            "model": "m",
            "label": "m",
            "images": 9,
            "price_usd": 90_000.0,
            "seconds": 9.0,
        }
        for n in range(days)
    ]
    total = {"images": 9 * days, "price_usd": 90_000.0 * days, "seconds": 9.0 * days}

    async def answer(route: Any) -> None:
        await route.fulfill(json={"rows": rows, "total": total, "until": TODAY.isoformat()})

    width, height = size
    await page.set_viewport_size({"width": width, "height": height})
    await page.add_init_script(
        "const own = Date.prototype.toLocaleDateString;"
        "Date.prototype.toLocaleDateString = function (_, how) { return own.call(this, 'de', how) }"
    )
    await page.route("**/api/statistics*", answer)
    await page.goto(f"/statistics?days={days}&show=money")
    await expect(page.locator(".bars .part").first).to_be_visible()
    assert await page.evaluate(TICKS) == []
