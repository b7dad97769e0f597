"""One experiment's page: its cells are told, compared, grown and deleted, by mouse, keys, touch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import program
from tests.e2e.looks import SIZES, clean

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("experiments"),
]

BASE = {
    "model": "black-forest-labs/FLUX.1-schnell",
    "prompt": "a lighthouse at sea",
    "width": 256,
    "height": 256,
    "seed": 7,
    "num_steps": 4,
}
AXES = {
    "x": {"num_steps": "1, 4"},
    "y": {"replace": "lighthouse, castle"},
    "z": {"guidance_scale": "3, 4"},
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("experiment") / "data") as url:
        yield url


async def shown(page: Page, address: str, token: str, **spec: Any) -> None:
    """Make an experiment, as another program would, and look at it once it is done."""
    document = {"title": f"Test {token}", "base": BASE, "axes": AXES, **spec}
    planned = await page.request.post(f"{address}/api/experiments/plan", data=document)
    asked = {
        "plan": document,
        "digest": (await planned.json())["digest"],
        "token": token * 32,
    }
    begun = await page.request.post(f"{address}/api/experiments", data=asked)
    await page.goto(f"{address}/experiments?id={(await begun.json())['id']}")
    await expect(page.locator(".state-line")).to_contain_text("Done")


async def test_heads_tabs_and_cells_are_walked_and_heard_by_name(page: Page, address: str) -> None:
    await shown(page, address, "1")
    table = page.get_by_role("table")
    for head in ("Steps: 1", "Steps: 4"):
        await expect(table.get_by_role("columnheader", name=head, exact=True)).to_be_visible()
    row = table.get_by_role("rowheader", name="Search and replace: castle")
    await expect(row).to_have_text("castle")
    tabs = page.get_by_role("tablist", name="Guidance scale")
    await tabs.get_by_role("tab", name="3").focus()
    await page.keyboard.press("ArrowRight")
    await expect(tabs.get_by_role("tab", name="4")).to_be_focused()
    await expect(page.get_by_role("tabpanel", name="4")).to_be_visible()
    name = "Steps: 4, Search and replace: castle, Guidance scale: 4"
    wide = (await page.locator(".shot").first.bounding_box() or {})["width"]
    await page.locator(".shot").first.focus()
    await page.keyboard.press("End")
    await page.keyboard.press("ArrowDown")
    await expect(table.get_by_role("button", name=name).first).to_be_focused()
    await page.keyboard.press("+")
    assert (await page.locator(".shot").first.bounding_box() or {})["width"] > wide


async def test_a_cell_that_lands_leaves_the_looks_of_all_others(
    browser: Browser, page: Page, address: str
) -> None:
    axes = {"x": {"num_steps": "1-4"}, "y": {"guidance_scale": "1-6"}}
    await shown(page, address, "b", axes=axes)
    await expect(page.locator(".shot")).to_have_count(24)
    await browser.start_tracing(page=page, categories=["devtools.timeline"])
    await page.evaluate(
        """async () => {
            const place = document.querySelector('.place');
            const parts = [...place.children];
            const drawn = () =>
                new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            place.replaceChildren();
            await drawn();
            place.replaceChildren(...parts);
            await drawn();
        }"""
    )
    events = json.loads(await browser.stop_tracing())["traceEvents"]
    counts = [each.get("args", {}).get("elementCount", 0) for each in events]
    assert 0 < max(counts) < 24, counts  # of six elements a cell


async def test_a_cell_tells_its_difference_and_its_whole_prompt(page: Page, address: str) -> None:
    await shown(page, address, "2")
    peek = page.get_by_role("tooltip")
    await page.locator(".shot").nth(1).focus()
    await page.keyboard.press("ArrowDown")
    await expect(peek).to_contain_text("a castle at sea")
    await expect(peek).to_contain_text("castleinstead of lighthouse")
    await page.keyboard.press("Escape")
    await expect(peek).to_be_hidden()
    await page.locator(".shot").first.hover()
    await expect(peek).to_contain_text("Steps1instead of 4")
    await expect(peek).to_contain_text("a lighthouse at sea")


async def test_by_touch_a_button_tells_of_a_cell(browser: Browser, address: str) -> None:
    context = await browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = await context.new_page()
    await shown(page, address, "2")
    button = page.locator(".cell-about").first
    assert (await button.bounding_box() or {})["height"] >= 44
    await button.tap()
    peek = page.get_by_role("tooltip")
    await expect(peek).to_contain_text("a lighthouse at sea")
    box = await peek.bounding_box() or {}
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    await page.locator(".state-line").tap()
    await expect(peek).to_be_hidden()
    await context.close()


async def test_g_goes_to_the_first_cell_and_the_viewer_goes_on_as_one_reads(
    page: Page, address: str
) -> None:
    axes = {"x": {"num_steps": "8, 4, 1"}, "y": {"replace": "lighthouse, castle"}}
    await shown(page, address, "8", axes=axes)
    await page.keyboard.press("g")
    await page.keyboard.press("Enter")
    viewer = page.get_by_role("dialog", name="Image details")
    for number, (steps, thing) in enumerate(
        [(8, "lighthouse"), (4, "lighthouse"), (1, "lighthouse"), (8, "castle")], 1
    ):
        await expect(viewer.locator(".position")).to_have_text(f"Image {number} of 6")
        await expect(viewer).to_contain_text(f"a {thing} at sea")
        row = viewer.locator("dt", has_text="Steps").locator("xpath=following-sibling::dd[1]")
        await expect(row).to_have_text(str(steps))
        await page.keyboard.press("ArrowRight")


async def test_two_cells_are_compared_by_keys_or_clicks(page: Page, address: str) -> None:
    await shown(page, address, "3")
    compare = page.get_by_role("dialog", name="Compare images")
    cells = page.locator(".shot")
    await cells.first.focus()
    await page.keyboard.press("c")
    await expect(page.locator(".picked-hint")).to_contain_text("now choose the other one")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await expect(page.locator(".picked-hint")).to_have_text("")
    await page.keyboard.press("c")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("c")
    await expect(compare.get_by_role("row", name="Steps")).to_be_visible()
    await page.go_back()
    await expect(compare).to_be_hidden()
    await expect(cells.nth(1)).to_be_focused()
    await page.get_by_role("button", name="Compare", exact=True).click()
    await cells.nth(0).click()
    await cells.nth(2).click()
    await expect(compare).to_be_visible()
    await page.reload()
    await compare.get_by_role("button", name="Close").click()
    await cells.nth(3).click()
    viewer = page.get_by_role("dialog", name="Image details")
    await expect(viewer).to_contain_text("a castle at sea")
    await page.go_back()
    await expect(viewer).to_be_hidden()
    await expect(page.locator(".state-line")).to_contain_text("Done")


async def test_the_values_between_are_made_once_their_price_was_clicked(
    page: Page, address: str
) -> None:
    await shown(page, address, "4", axes={"x": {"num_steps": "2, 6"}}, repeats=2)
    await page.get_by_role("button", name="Also the values between: Steps").click()
    between = page.get_by_role("region", name="Look closer")
    await expect(between).to_contain_text("New: 4.")
    await expect(between).to_contain_text("2 places, ")
    await expect(page.locator(".state-line")).to_contain_text("4 of 4 cells")
    await (
        between.get_by_role("button", name="Make ")
        .or_(between.get_by_role("button", name="Show it, free"))
        .click()
    )
    await expect(page.locator(".state-line")).to_contain_text("Done · 6 of 6 cells")
    await expect(page.get_by_role("columnheader")).to_have_text(["2", "4", "6"])
    await page.reload()
    await expect(page.locator(".state-line")).to_contain_text("6 of 6 cells")


async def test_deleting_asks_about_its_images_and_gives_them_back(page: Page, address: str) -> None:
    own = BASE | {"prompt": "a heron"}
    await shown(page, address, "5", base=own, axes={"x": {"num_steps": "1, 3"}})
    await page.get_by_role("button", name="Delete", exact=True).click()
    asked = page.get_by_role("alertdialog", name="Delete the experiment?")
    await asked.get_by_label("Also move 2 images to the trash that nothing else shows").check()
    await asked.get_by_role("button", name="Delete the experiment").click()
    rows = page.locator(".experiment-list li")
    await expect(rows.first).to_be_visible()
    await expect(rows.filter(has_text="Test 5")).to_have_count(0)
    await page.get_by_role("button", name="Restore the images").click()
    await expect(page.get_by_text("2 images restored").last).to_be_visible()


async def test_the_list_tells_how_far_each_is_and_an_image_leads_to_a_plan(
    page: Page, address: str
) -> None:
    await shown(page, address, "6", base=BASE | {"prompt": "a stork"}, axes={})
    await page.get_by_role("link", name="All experiments").click()
    row = page.locator(".experiment-list li").filter(has_text="Test 6")
    await expect(row).to_contain_text("Grid1 of 1")
    await row.get_by_role("link").click()
    await page.locator(".shot").click()
    await page.get_by_role("dialog").get_by_role("link", name="Vary this").click()
    await expect(page.locator("#base-prompt")).to_have_value("a stork")


@pytest.mark.wide
@SIZES
async def test_axe_finds_no_violation(page: Page, address: str, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await shown(page, address, "7")
    await page.locator(".shot").first.focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tooltip")).to_be_visible()
    await clean(page, "a cell that is told")
    await page.get_by_role("button", name="Delete", exact=True).click()
    await clean(page, "deleting")
