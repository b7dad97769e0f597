"""Keys on all pages: the list of them, going about, earlier prompts, everything by name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from playwright.async_api import Page, expect

from tests.e2e import create_page, gallery_page
from tests.e2e.calls import ask, make_images
from tests.e2e.conftest import program
from tests.e2e.looks import clean
from tests.ui.fake_studio import SDXL

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("keys"),
]

PROMPTS = ["a lighthouse at dusk", "静かな湖と山", "a fox\nin two lines"]
"""The oldest first."""

PAGES = ["/", "/gallery", "/desk", "/statistics", "/settings", "/docs"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A program with an image for each of PROMPTS, the first of them tagged."""
    with program(tmp_path_factory.mktemp("keys") / "data") as url:
        ids = [make_images(url, text, seed=n)[0]["id"] for n, text in enumerate(PROMPTS)]
        ask(url, "/api/images", {"ids": ids[:1], "add_tags": ["night sky"]})
        yield url


async def ready(page: Page, path: str) -> None:
    """Open a page and have nothing in focus."""
    if path == "/":
        await create_page.opened(page)
    elif path == "/gallery":
        await gallery_page.opened(page)
        await gallery_page.shown(page, 0)
    else:
        await page.goto(path)
        await page.wait_for_selector(".bar .find")
        if path == "/desk":
            await page.wait_for_selector("#session-title")
    await page.evaluate("document.activeElement.blur()")


def sent(address: str) -> int:
    """How many requests were made at all."""
    with urlopen(f"{address}/api/runs?limit=200") as answer:
        return len(json.load(answer)["runs"])


async def by_name(page: Page, text: str) -> None:
    """Find something in the palette and take it."""
    await page.keyboard.press("Control+k")
    option = page.locator('.palette [role="option"][aria-selected="true"]')
    await page.locator(".palette input").fill(text)
    await expect(option).to_contain_text(text)
    await page.keyboard.press("Enter")


async def test_the_list_of_keys_opens_on_every_page_and_leaves_the_focus_where_it_was(
    page: Page,
) -> None:
    listed = page.get_by_role("dialog", name="Keys")
    first = {"/": "Create", "/gallery": "Gallery", "/desk": "Demo session"}
    for path in PAGES:
        await ready(page, path)
        await page.locator(".brand").focus()
        await page.keyboard.press("?")
        await expect(listed.locator("h3").first).to_have_text(first.get(path, "On every page"))
        await page.keyboard.press("?")
        await expect(page.locator("dialog[open]")).to_have_count(1)
        if path == "/":
            await clean(page, "the list of keys")
        await page.keyboard.press("Escape")
        await expect(listed).to_have_count(0)
        await expect(page.locator(".brand")).to_be_focused()

    await ready(page, "/gallery")
    await gallery_page.cell(page, 0).locator(".open").click()
    await expect(page.locator(".viewer .position")).to_have_text("Image 1 of 3")
    await page.keyboard.press("?")
    await expect(listed.locator("h3").first).to_have_text("One image large")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Escape")
    await expect(listed).to_have_count(0)
    await expect(page.locator(".viewer .position")).to_have_text("Image 1 of 3")


async def test_slash_goes_to_where_one_writes_and_g_to_the_images(page: Page) -> None:
    written = {
        "/": "#prompt textarea",
        "/gallery": "#gallery-search",
        "/desk": "#session-title",
    }
    for path in PAGES:
        await ready(page, path)
        await page.keyboard.press("/")
        field = page.locator(written.get(path, ".palette input"))
        await expect(field).to_be_focused()
        await expect(field).not_to_have_value(re.compile("/"))
        await page.keyboard.type("g/?")
        await expect(field).to_have_value("g/?")
        await expect(page.locator("dialog.key-list")).to_have_count(0)
    await ready(page, "/gallery")
    await page.keyboard.press("g")
    await expect(gallery_page.cell(page, 0).locator(".open")).to_be_focused()
    await ready(page, "/settings")
    await page.keyboard.press("g")
    await expect(page).to_have_url(re.compile("/gallery$"))


@pytest.mark.wide
async def test_keys_without_ctrl_can_be_switched_off(page: Page) -> None:
    await ready(page, "/settings")
    await page.keyboard.press("?")
    await page.get_by_label("Keys without Ctrl").uncheck()
    await page.keyboard.press("Escape")
    await ready(page, "/gallery")
    await page.keyboard.press("?")
    await page.keyboard.press("/")
    await expect(page.locator("dialog.key-list")).to_have_count(0)
    await expect(page.locator("#gallery-search")).not_to_be_focused()
    await gallery_page.cell(page, 0).locator(".open").click()
    await expect(page.locator(".viewer .position")).to_have_text("Image 1 of 3")
    await page.keyboard.press("i")
    await page.keyboard.press("ArrowRight")
    await expect(page.locator(".viewer .position")).to_have_text("Image 2 of 3")
    await expect(page.locator(".viewer")).not_to_have_class(re.compile("folded"))
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("keys")
    await page.keyboard.press("Enter")
    await page.get_by_label("Keys without Ctrl").check()
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await expect(page.locator("#gallery-search")).to_be_focused()


async def test_up_in_an_empty_prompt_walks_through_the_earlier_ones(page: Page) -> None:
    await ready(page, "/")
    field = page.locator("#prompt textarea")
    await field.fill("")  # an example stands there
    newest, middle, oldest = reversed(PROMPTS)
    for key, text in [
        ("ArrowDown", ""),
        ("ArrowUp", newest),
        ("ArrowUp", middle),
        ("ArrowUp", oldest),
        ("ArrowUp", oldest),
        ("ArrowDown", middle),
        ("ArrowDown", newest),
        ("ArrowDown", ""),
        ("ArrowUp", newest),
    ]:
        await page.keyboard.press(key)
        await expect(field).to_have_value(text)
    await expect(page.locator(".announcer")).to_contain_text("1 of 3: a fox")
    await page.keyboard.press("ArrowLeft")  # from here on the arrows are the text's own
    await page.keyboard.press("ArrowUp")
    await page.keyboard.type("!")
    await page.keyboard.press("ArrowUp")
    await expect(field).to_have_value(re.compile("^a fo?x?!"))
    await expect(page.locator(".batch")).to_have_count(0)


async def test_the_palette_is_a_combobox_and_goes_by_keys_alone(page: Page) -> None:
    await ready(page, "/")
    await page.locator("#prompt textarea").focus()
    await page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Find by name")
    await expect(box).to_be_focused()
    chosen = page.locator('.palette [role="option"][aria-selected="true"]')
    await expect(chosen).to_have_count(1)
    await expect(page.locator(".palette .name", has_text="a lighthouse")).to_be_visible()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "PageDown"):
        await page.keyboard.press(key)
        marked = await box.get_attribute("aria-activedescendant")
        assert marked == await chosen.get_attribute("id")
    await clean(page, "the palette")
    await page.keyboard.type("no such thing")
    await expect(page.locator(".palette .none")).to_be_visible()
    await expect(page.locator(".palette .none")).to_have_text("Nothing has these words.")
    await clean(page, "the palette without an item")
    await page.keyboard.press("Enter")
    await expect(box).to_be_focused()
    await page.keyboard.press("Control+k")
    await expect(page.locator(".palette")).to_have_count(0)
    await expect(page.locator("#prompt textarea")).to_be_focused()


@pytest.mark.wide
async def test_in_high_contrast_what_enter_takes_is_filled_and_the_others_have_no_edge(
    page: Page,
) -> None:
    await page.emulate_media(forced_colors="active")
    await ready(page, "/settings")
    await page.keyboard.press("Control+k")
    await expect(page.locator(".palette .name", has_text="a lighthouse")).to_be_attached()
    options = page.locator('.palette [role="option"]')
    await expect(options.first).to_have_css("text-decoration-line", "underline")
    colours = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).borderTopColor]"
    chosen, other = [await options.nth(n).evaluate(colours) for n in (0, 1)]
    ground = (await page.locator(".palette").evaluate(colours))[0]
    assert chosen[0] not in (other[0], ground)
    assert other[1] == ground
    await expect(page.locator(".bar .find .glyph")).not_to_have_css("background-color", ground)


async def test_the_palette_goes_to_generate_and_never_presses_it(page: Page, address: str) -> None:
    before = sent(address)
    await ready(page, "/")
    await page.locator("#prompt textarea").fill("not to be sent")
    await page.keyboard.press("Control+k")
    await page.locator(".palette input").fill("generate")
    await expect(page.locator('.palette [aria-selected="true"]')).to_have_text("Go to Generate")
    await page.keyboard.down("Enter")
    await expect(page.locator("#generate")).to_be_focused()
    for _ in range(5):
        await page.keyboard.down("Enter")  # it is held
    await page.keyboard.up("Enter")
    await by_name(page, "a lighthouse at dusk")
    await expect(page.locator("#prompt textarea")).to_have_value("a lighthouse at dusk")
    await by_name(page, "SDXL 1.0")
    await expect(page.locator(f'#model input[value="{SDXL}"]')).to_be_checked()
    await expect(page.locator(".batch")).to_have_count(0)
    assert sent(address) == before


async def test_what_another_page_finds_by_name_is_there_once_one_comes(page: Page) -> None:
    await ready(page, "/")
    await page.locator("#prompt textarea").fill("typed and not sent")
    await expect(page.locator("#prompt textarea")).to_have_value("typed and not sent")
    await by_name(page, "Gallery")
    await expect(page).to_have_url(re.compile("/gallery$"))
    await gallery_page.shown(page, 0)
    await by_name(page, "night sky")
    await expect(page.locator("#gallery .total")).to_have_text("1 of 3 images")
    await by_name(page, "静かな湖")
    await expect(page.locator("#prompt textarea")).to_have_value("静かな湖と山")
    await expect(page).to_have_url(re.compile("/$"))
    await page.get_by_role("button", name="Put it back").click()
    await expect(page.locator("#prompt textarea")).to_have_value("typed and not sent")
    await page.goto("/statistics")
    await page.wait_for_selector(".bar .find")
    await by_name(page, "SDXL 1.0")
    await expect(page.locator(f'#model input[value="{SDXL}"]')).to_be_checked()
    await expect(page.locator("#prompt textarea")).to_have_value("typed and not sent")
