"""The statistics page: what it counts, its switches, its table, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.calls import make_images
from tests.e2e.conftest import program
from tests.e2e.create_page import choose, count_of, generate, landed, opened, small
from tests.e2e.looks import SIZES, clean
from tests.ui.fake_studio import FLUX, SDXL

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("reuse"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("statistics") / "data") as url:
        yield url


TODAY = date(2026, 3, 5)  # the server's, whatever the browser's clock says
LABELS = {FLUX: "FLUX.1 schnell", SDXL: "<b>SDXL</b>"}


def row(days_ago: int, model: str, images: int) -> dict[str, Any]:
    return {
        "day": (TODAY - timedelta(days=days_ago)).isoformat(),
        "model": model,
        "label": LABELS[model],
        "images": images,
        "price_usd": images * 0.009,
        "seconds": images * 1.5,
    }


ROWS = [row(0, FLUX, 10), row(0, SDXL, 30), row(3, SDXL, 5), row(20, FLUX, 100), row(200, FLUX, 7)]


async def told(page: Page, rows: list[dict[str, Any]], asked: list[str]) -> None:
    """Answer the page's question with those of `rows` that its days hold."""

    async def answer(route: Any) -> None:
        days = int(re.search(r"days=(\d+)", route.request.url)[1])  # type: ignore[index]
        asked.append(str(days))
        first = (TODAY - timedelta(days=days - 1)).isoformat()
        found = [r for r in rows if r["day"] >= first]
        names = ("images", "price_usd", "seconds")
        total = {name: sum(r[name] for r in found) for name in names}
        await route.fulfill(json={"rows": found, "total": total, "until": TODAY.isoformat()})

    await page.route("**/api/statistics*", answer)


async def test_what_was_made_is_counted(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    await count_of(page, 2)
    await landed(await generate(page, "Two images to count"), 2)
    await page.locator('.bar a[href$="/statistics"]').click()
    first = page.locator("#statistics tbody tr").first
    await expect(first).to_contain_text("FLUX.1 schnell")
    counted = int((await first.locator("td").nth(1).inner_text()).replace(",", ""))
    assert counted >= 2
    await expect(page.locator(".bars .part").first).to_be_visible()


async def test_range_and_metric_change_bars_totals_and_the_address(page: Page) -> None:
    asked: list[str] = []
    await told(page, ROWS, asked)
    await page.goto("/statistics")
    tiles = page.locator("#statistics .tiles strong")
    await expect(tiles).to_have_text(["145", "$1.305", "218 s"])
    await expect(page.locator(".bars .band")).to_have_count(30)
    await expect(page.locator(".bars .part")).to_have_count(4)
    await expect(page.locator("#statistics tbody tr")).to_have_count(4)
    await page.get_by_text("7 days").click()
    await expect(tiles.first).to_have_text("45")
    await expect(page.locator(".bars .band")).to_have_count(7)
    await page.locator("#statistics label", has_text="Money").click()
    await expect(page.locator("#statistics h3").first).to_have_text("Money by day")
    await expect(page.locator(".bars .tick").first).to_have_text("$0.00")
    await expect(page).to_have_url(re.compile(r"\?days=7&show=money$"))
    await page.reload()
    await expect(page.locator("#statistics h3").first).to_have_text("Money by day")
    await expect(page.locator(".bars .band")).to_have_count(7)
    await page.get_by_text("1 year").click()
    await expect(page.locator("#statistics h3").first).to_have_text("Money by week")
    await expect(page.locator(".bars .band")).to_have_count(53)
    await expect(page.locator("#statistics tbody tr")).to_have_count(5)
    assert asked == ["30", "7", "7", "365"]


async def test_real_and_sample_images_of_one_model_are_told_apart(page: Page) -> None:
    sample = row(0, FLUX, 4) | {"label": "FLUX.1 schnell (sample)"}
    await told(page, [row(0, FLUX, 10), sample], [])
    await page.goto("/statistics?days=7")
    legend = page.locator("#statistics .legend li")
    await expect(legend).to_have_text(["FLUX.1 schnell10", "FLUX.1 schnell (sample)4"])
    await expect(page.locator(".bars .part")).to_have_count(2)


async def test_switches_work_by_keyboard_and_labels_stay_text(page: Page) -> None:
    await told(page, ROWS, [])
    await page.goto("/statistics")
    await expect(page.locator(".legend li", has_text="<b>SDXL</b>")).to_have_count(1)
    assert await page.locator("#statistics td b, .legend b b").count() == 0
    await page.locator('#statistics input[name="days"]:checked').focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.locator(".bars .band")).to_have_count(90)
    await page.locator('#statistics input[name="show"]:checked').focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator("#statistics h3").first).to_have_text("Seconds by day")
    picture = page.get_by_role("img", name=re.compile("Seconds by day: 218 s in all"))
    await expect(picture).to_be_visible()


async def test_pointing_at_a_day_tells_its_numbers(page: Page) -> None:
    await told(page, ROWS, [])
    await page.goto("/statistics?days=7")
    await page.locator(".bars .band").last.hover(force=True)
    tip = page.locator(".bars-tip")
    await expect(tip).to_contain_text(re.compile(r"FLUX\.1 schnell\s*10"))
    await expect(tip).to_contain_text(re.compile(r"Together\s*40"))
    await page.mouse.move(5, 5)
    await expect(tip).to_be_hidden()


async def test_no_images_and_no_answer_say_so(page: Page) -> None:
    page = await page.context.new_page()  # the fault is logged as an error of its page
    await told(page, [], [])
    await page.goto("/statistics")
    empty = page.locator("#statistics .empty")
    await expect(empty).to_contain_text("No images in these days")
    await expect(page.locator(".bars")).to_be_hidden()
    await page.get_by_text("1 year").click()
    await expect(empty).to_contain_text("No images in this year")
    await page.unroute("**/api/statistics*")
    await page.route("**/api/statistics*", lambda route: route.abort())
    await page.get_by_text("7 days").click()
    await expect(page.locator("#statistics .alert")).to_contain_text("could not be read")
    await page.unroute("**/api/statistics*")
    await told(page, ROWS, [])
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("#statistics .alert")).to_be_hidden()
    await expect(page.locator(".bars .band")).to_have_count(7)


@SIZES
async def test_axe_finds_no_violation(page: Page, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await told(page, ROWS, [])
    await page.goto("/statistics?__theme=light")
    await expect(page.locator(".bars .part").first).to_be_visible()
    await clean(page, "statistics")
    assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
    await page.unroute("**/api/statistics*")
    await told(page, [], [])
    await page.reload()
    await expect(page.locator("#statistics .empty")).to_be_visible()
    await clean(page, "empty statistics")


async def test_days_are_those_of_the_visitors_clocks_or_of_utc(
    browser: Browser, address: str
) -> None:
    asked: list[str] = []
    async with await browser.new_context(
        base_url=address, timezone_id="Pacific/Chatham"
    ) as visitor:
        page = await visitor.new_page()
        page.on("request", lambda r: asked.append(r.url) if "/api/statistics" in r.url else None)
        make_images(address, "counted by the clocks of the Chatham Islands")
        await page.goto("/statistics")
        hint = page.locator("#statistics .hint")
        await expect(hint).to_contain_text("Days begin at midnight in Pacific/Chatham.")
        await hint.get_by_role("button", name="Show days in UTC").click()
        await expect(hint).to_contain_text("Days are in UTC.")
        await expect(page).to_have_url(re.compile("&zone=UTC$"))
        await page.reload()
        await expect(hint).to_contain_text("Days are in UTC.")
        await hint.get_by_role("button", name="Show days as here").click()
        await expect(hint).to_contain_text("Pacific/Chatham")
        assert [url.split("zone=")[1] for url in asked] == [
            *("Pacific%2FChatham", "UTC", "UTC", "Pacific%2FChatham")
        ]


async def test_a_zone_that_the_server_does_not_know_is_utc(browser: Browser, address: str) -> None:
    async with await browser.new_context(base_url=address) as visitor:
        page = await visitor.new_page()
        await page.add_init_script(
            "Intl.DateTimeFormat.prototype.resolvedOptions = () => ({timeZone: 'Moon/Tycho'})"
        )
        await page.goto("/statistics")
        await expect(page.locator("#statistics .hint")).to_contain_text("Days are in UTC.")
        await expect(page.locator("#statistics .hint button")).to_be_hidden()
