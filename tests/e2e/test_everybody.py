"""What is done with an image, by keyboard, on a phone, with a screen reader."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import page_alone
from tests.e2e.create_page import (
    SMALL,
    choose,
    count_of,
    generate,
    landed,
    opened,
    seed_of,
    small,
    source_of,
)
from tests.e2e.looks import SIZES, clean
from tests.ui.fake_studio import FLUX, SDXL
from ui import static

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.wide]


# --- an image's buttons --------------------------------------------------------------------------


@page_alone
async def test_image_can_be_downloaded_and_its_prompt_copied(page: Page, address: str) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    batch = await generate(page, "A prompt to copy")
    await landed(batch)
    await batch.get_by_role("button", name="Copy prompt").click()
    assert await page.evaluate("navigator.clipboard.readText()") == "A prompt to copy"
    async with page.expect_download() as waiting:
        await batch.get_by_role("link", name=re.compile("Download")).click()
    download = await waiting.value
    seed = await seed_of(batch)
    assert re.fullmatch(rf"[\d-]{{10}}-flux-1-schnell-{seed}\.png", download.suggested_filename)
    with urlopen(address + await source_of(batch)) as answer:
        assert Path(await download.path()).read_bytes() == answer.read()


@page_alone
async def test_reuse_all_brings_model_and_values_back(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    batch = await generate(page, "A vase to reuse")
    await landed(batch)
    seed = await seed_of(batch)
    await choose(page, SDXL)
    await page.locator("#prompt textarea").fill("something else")
    await batch.get_by_role("button", name=re.compile("Reuse all")).click()
    await expect(page.locator("#prompt textarea")).to_have_value("A vase to reuse")
    await expect(page.locator(f'#model input[value="{FLUX}"]')).to_be_checked()
    await expect(page.locator("#seed input")).to_have_value(str(seed))
    await expect(page.locator("#width input")).to_have_value(str(SMALL))


# --- the gallery ---------------------------------------------------------------------------------


@page_alone
async def test_gallery_shows_details_and_leads_back_into_the_form(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    await count_of(page, 2)
    batch = await generate(page, "Two images for the gallery")
    await landed(batch, 2)
    await page.locator('.bar a[href$="/gallery"]').click()
    cells = page.locator("#gallery button.open")
    await expect(cells.first).to_contain_text("Two images for the gallery")
    await cells.first.focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator("dl")).to_contain_text("FLUX.1 schnell")
    first = await dialog.locator("dl div", has_text="Seed").inner_text()
    await page.keyboard.press("ArrowRight")
    await expect(dialog.locator(".position")).to_have_text(re.compile("Image 2 of"))
    await expect(dialog.locator("dl")).to_contain_text("Seed")
    assert await dialog.locator("dl div", has_text="Seed").inner_text() != first
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(cells.first).to_be_focused()
    await page.keyboard.press("Enter")
    await dialog.get_by_role("link", name="Reuse all settings").click()
    await expect(page.locator("#prompt textarea")).to_have_value("Two images for the gallery")
    await expect(page).to_have_url(re.compile(r"/$"))


# --- for everybody -------------------------------------------------------------------------------


@page_alone
@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/", "#prompt textarea"),
        ("/gallery", "#gallery-search"),
        ("/statistics", '#statistics input[name="days"]:checked'),
        ("/settings", "#setup textarea"),
    ],
)
async def test_skip_link_leads_to_the_content_of_its_own_page(
    page: Page, path: str, first: str
) -> None:
    await page.goto(path)
    await expect(page.locator('link[rel="icon"][href$="logo.svg"]')).to_be_attached()
    await expect(page.locator(first)).to_be_visible()
    if path == "/":  # where the cursor is in the prompt
        await expect(page.locator(first)).to_be_focused()
        await page.locator(".brand").focus()
        await page.keyboard.press("Shift+Tab")
    else:
        await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.locator(first)).to_be_focused()
    await expect(page.locator('.bar [aria-current="page"]')).to_have_attribute(
        "href", re.compile(rf"^\.?{path}$")
    )


@page_alone
async def test_everything_is_reached_by_keyboard_alone(page: Page) -> None:
    wanted = ["prompt", "tools", "examples", "count", "generate", "model", "aspect", "swap"]
    wanted += ["width", "height", "num_steps", "guidance_scale", "seed", "random-seed"]
    wanted += ["last-seed", "snippet"]
    await opened(page)
    await expect(page.locator("#prompt textarea")).to_be_focused()
    reached = ["prompt"]
    for _ in range(80):
        await page.keyboard.press("Tab")
        here = await page.evaluate(
            "(ids) => ids.find((id) => document.activeElement.closest('#' + id))", wanted
        )
        if here:
            reached.append(here)
        if here == "snippet":
            break
    assert list(dict.fromkeys(reached)) == wanted
    assert reached.count("model") == reached.count("count") == 1, (
        "a group of radio buttons is one stop, arrows move in it"
    )

    await page.locator("#prompt textarea").focus()
    await page.keyboard.type("A keyboard")
    await page.locator("#model input:checked").focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("#negative_prompt")).to_be_visible()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("#seed")).to_be_visible()
    await small(page)
    await page.locator("#prompt textarea").focus()
    await page.keyboard.press("Enter")
    batch = page.locator(".batch").first
    await landed(batch)
    button = batch.get_by_role("button", name=re.compile("Reuse seed"))
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#random-seed input")).not_to_be_checked()


@page_alone
@SIZES
async def test_axe_finds_no_violation(page: Page, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await opened(page, "/?__theme=light")
    await clean(page, "empty page")
    if size[0] < 900:
        await page.locator("#toggle-settings").click()
    await choose(page, FLUX)
    await small(page)
    await landed(await generate(page, "An accessible house"))
    await page.locator("#snippet summary").click()
    await page.locator("#width input").fill("1000")
    await page.locator("#generate").click()
    await expect(page.locator("#width .field-error")).to_be_visible()
    await clean(page, "results, code and an error")
    await page.goto("/gallery?__theme=light")
    await expect(page.locator("#gallery .cell").first).to_be_visible()
    await clean(page, "gallery")
    await page.locator("#gallery button.open").first.click()
    await expect(page.locator(".viewer dl div").first).to_be_visible()
    await clean(page, "details")


@page_alone
async def test_phone_has_one_column_with_prompt_and_generate_first(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await opened(page)
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "the page scrolls sideways"
    box = await page.locator("#generate").bounding_box()
    assert box and box["y"] + box["height"] < 844
    await expect(page.locator("#model")).to_be_hidden()
    await page.locator("#toggle-settings").click()
    await expect(page.locator("#model")).to_be_visible()


@page_alone
async def test_settings_unfold_also_where_the_button_comes_after_the_scripts(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.add_init_script(f"import(location.origin + '{static.url(static.script('create'))}')")
    await opened(page)
    toggle = page.locator("#toggle-settings")
    await expect(toggle).to_have_attribute("aria-expanded", "false")
    await toggle.click()
    await expect(toggle).to_have_attribute("aria-expanded", "true")
    await expect(page.locator("#model")).to_be_in_viewport(ratio=1)


async def test_notice_or_host_says_where_images_come_from(page: Page, address: str) -> None:
    await opened(page)
    with urlopen(f"{address}/healthz") as answer:
        offline = json.load(answer)["provider"] == "offline"
    notice = page.locator(".notice")
    await (expect(notice).to_be_visible() if offline else expect(notice).to_be_hidden())
    await expect(page.locator(".mode")).to_have_text("Sample engine" if offline else "127.0.0.1")
    if not offline:
        await expect(page.locator("#balance")).to_contain_text("Balance $")
