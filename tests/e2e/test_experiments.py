"""The experiments page: planned, priced, started, looked at by keys, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import program
from tests.e2e.looks import SIZES, clean
from ui.language.chosen import COOKIE

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("reuse")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("experiments") / "data") as url:
        yield url


async def planned(page: Page, address: str, prompt: str = "a lighthouse at sea") -> None:
    """Fill the form with two steps across and two words down."""
    await page.goto(f"{address}/experiments")
    await page.locator("#base-prompt").fill(prompt)
    for side in ("width", "height"):
        await page.locator(f"#base-{side}").fill("256")
    await page.locator("#base-seed").fill("7")
    await page.locator("#axis-x-kind").select_option("num_steps")
    await page.locator("#axis-x-values").fill("1, 4")
    await page.locator("#axis-y-kind").select_option("replace")
    await page.locator("#axis-y-values").fill("lighthouse, castle")


async def test_an_experiment_is_priced_started_and_looked_at(page: Page, address: str) -> None:
    await planned(page, address)
    await expect(page.locator("#axis-y-said")).to_have_text("2 values: lighthouse, castle.")
    await expect(page.locator(".deal")).to_contain_text("4 places, 4 to send, free")
    await page.get_by_role("button", name="Make 4 images").click()
    await expect(page.locator(".state-line")).to_have_text("Done · 4 of 4 cells")
    await expect(page.get_by_role("heading", level=2).first).to_be_focused()
    table = page.get_by_role("table")
    await expect(table.get_by_role("columnheader")).to_have_text(["1", "4"])
    await expect(table.get_by_role("rowheader")).to_have_text(["lighthouse", "castle"])
    first = table.get_by_role("button", name="Steps: 1, Search and replace: lighthouse")
    await first.focus()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowDown")
    await expect(
        table.get_by_role("button", name="Steps: 4, Search and replace: castle")
    ).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog.viewer")).to_contain_text("a castle at sea")
    await page.keyboard.press("Escape")
    await expect(
        table.get_by_role("button", name="Steps: 4, Search and replace: castle")
    ).to_be_focused()

    await page.get_by_text("Download", exact=True).press("Enter")
    await expect(page.locator(".exports li")).to_contain_text(["in one file", "pixels", "4 rows"])
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Table (CSV)").press("Enter")
    assert (await download.value).suggested_filename.endswith(".csv")

    await page.get_by_role("button", name="Plan it again").click()
    await expect(page.locator("#base-prompt")).to_have_value("a lighthouse at sea")
    await expect(page.locator(".deal")).to_contain_text("4 already made, 0 to send, free")
    await expect(page.locator(".experiment-list li")).to_have_count(1)


async def test_an_experiment_is_named_as_its_language_writes(page: Page, address: str) -> None:
    await page.context.add_cookies([{"name": COOKIE, "value": "fr", "url": address}])
    await planned(page, address)
    await expect(page.locator("#experiment-title")).to_have_attribute(
        "placeholder",
        "Étapes \N{MULTIPLICATION SIGN} Rechercher et remplacer\N{NARROW NO-BREAK SPACE}"
        ": a lighthouse at sea",
    )


async def test_what_is_wrong_is_said_at_its_field_and_nothing_can_be_started(
    browser: Browser, address: str
) -> None:
    page = await browser.new_page()  # a refusal is a line in the browser's console
    await planned(page, address)
    await page.locator("#axis-y-values").fill("whale, castle")
    await expect(page.locator("#axis-y-said")).to_contain_text("is not in the prompt")
    await expect(page.locator("#axis-y-values")).to_have_attribute("aria-invalid", "")
    await expect(page.locator(".foot button.main")).to_be_disabled()
    await expect(page.locator(".budget")).to_have_text("First change what is marked above.")
    await page.locator("#axis-y-values").fill("lighthouse, castle")
    await expect(page.locator(".foot button.main")).to_be_enabled()
    await page.close()


async def test_what_was_deleted_is_said_beside_the_button_and_the_last_one_leads_to_the_list(
    page: Page, address: str
) -> None:
    await planned(page, address, "a lighthouse at dusk")
    await page.get_by_role("button", name="Make 4 images").click()
    await expect(page.locator(".state-line")).to_contain_text("Done")
    await page.get_by_role("link", name="All experiments").click()
    rows = page.locator(".experiment-list li")
    await expect(rows.first).to_be_visible()
    for left in reversed(range(await rows.count())):
        await rows.first.get_by_role("button", name="Delete").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Delete the").click()
        await expect(rows).to_have_count(left)
    await expect(page.get_by_role("heading", name="Earlier ones")).to_be_focused()
    await page.set_viewport_size({"width": 390, "height": 700})
    await page.evaluate("scrollTo(0, 0)")
    note = await page.locator(".toast").last.bounding_box()
    start = await page.locator(".foot button.main").bounding_box()
    assert note and start and note["y"] + note["height"] <= start["y"]


@pytest.mark.wide
@SIZES
async def test_axe_finds_no_violation(page: Page, address: str, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await planned(page, address, f"a lighthouse, {size[0]}")
    await expect(page.locator(".deal")).to_contain_text("4 places")
    await clean(page, "the plan")
    await page.locator(".foot button.main").click()
    await expect(page.locator(".state-line")).to_contain_text("4 of 4 cells")
    await expect(page.locator(".plot").first).to_be_visible()
    await clean(page, "the cells")
