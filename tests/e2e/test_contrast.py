"""High contrast: where the system chooses all colours, icons stay and states still differ."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import Locator, Page, expect

from tests.e2e import create_page
from tests.e2e.calls import ask, make_images
from tests.e2e.conftest import program
from tests.e2e.gallery_page import cell, opened, shown

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("gallery"),
]

SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A program with five images, the first of them starred, rated and tagged."""
    with program(tmp_path_factory.mktemp("contrast") / "data") as url:
        ids = [make_images(url, f"a fox {n}", seed=n)[0]["id"] for n in range(5)]
        marks = {"ids": ids[-1:], "starred": True, "rating": 3, "add_tags": ["sea", "night"]}
        ask(url, "/api/images", marks)
        yield url


async def contrasting(page: Page, scheme: Any) -> None:
    await page.emulate_media(forced_colors="active", color_scheme=scheme)


async def drawn(locator: Locator) -> bool:
    """Whether there is something to see in an element: light on dark or dark on light."""
    await expect(locator).to_be_visible()
    picture = Image.open(io.BytesIO(await locator.screenshot())).convert("L")
    low, high = picture.getextrema()
    return float(high) - float(low) > 100  # type: ignore[arg-type]


LOOKS = """e => { const s = getComputedStyle(e), b = getComputedStyle(e, '::before');
  return {border: `${s.borderTopWidth} ${s.borderTopStyle}`, fill: s.backgroundColor,
    text: s.color, line: s.textDecorationLine, shape: b.maskImage}; }"""


async def differ(chosen: Locator, other: Locator) -> bool:
    """Whether two states differ by border, underline or shape, and not by a colour alone."""
    one, two = await chosen.evaluate(LOOKS), await other.evaluate(LOOKS)
    if one["fill"] == one["text"]:
        return False  # nothing could be read
    return any(one[name] != two[name] for name in ("border", "line", "shape"))


@SCHEMES
async def test_in_the_gallery_icons_stay_and_chosen_images_differ(page: Page, scheme: str) -> None:
    await contrasting(page, scheme)
    await opened(page)
    await shown(page, 4)
    for icon in (".filter-button .glyph", ".search .glyph", ".to-trash .glyph"):
        assert await drawn(page.locator(icon)), icon
    for index in (0, 2):
        await cell(page, index).locator(".open").click(modifiers=["Control"])
    for icon in await page.locator(".bulk .doings button:visible .glyph").all():
        assert await drawn(icon)
    assert await differ(cell(page, 0).locator(".open"), cell(page, 1).locator(".open"))
    starred = await page.locator('.starring[aria-pressed="true"]').first.evaluate(LOOKS)
    plain = await page.locator('.starring[aria-pressed="false"]').first.evaluate(LOOKS)
    assert starred["shape"] != plain["shape"]
    assert await drawn(page.locator('.starring[aria-pressed="true"]').first)
    tag = page.locator(".bulk").get_by_role("button", name="Tag", exact=True)
    await tag.click()
    assert await differ(tag, page.locator(".bulk").get_by_role("button", name="Compare"))
    await page.keyboard.press("Escape")
    links = page.locator(".bar nav a")
    assert await differ(page.locator(".bar nav a[aria-current]"), links.first)


@SCHEMES
async def test_in_the_filters_what_is_on_differs(page: Page, scheme: str) -> None:
    await contrasting(page, scheme)
    await opened(page, "?tag=sea")
    await page.locator(".filter-button").click()
    choices = page.locator(".filter-panel .choice")
    on, off = choices.filter(has_text="sea"), choices.filter(has_text="night")
    assert await differ(on, off) and await drawn(on) and await drawn(off)
    assert await drawn(page.locator(".filter-chip .glyph").first)
    number = await page.locator(".filter-button .number").evaluate(LOOKS)
    button = await page.locator(".filter-button").evaluate(LOOKS)
    assert number["text"] == button["text"] != button["fill"]


@SCHEMES
async def test_in_the_viewer_and_the_comparison_states_differ(
    page: Page, address: str, scheme: str
) -> None:
    await contrasting(page, scheme)
    images = ask(address, "/api/images?limit=5&sort=oldest")["images"]
    await page.goto(f"/gallery?image={images[4]['id']}")
    viewer = page.get_by_role("dialog", name="Image details")
    star = viewer.locator(".star")
    await expect(star).to_have_attribute("aria-pressed", "true")
    pressed = await star.evaluate(LOOKS)
    await star.click()
    await expect(star).to_have_attribute("aria-pressed", "false")
    async with asyncio.timeout(10):  # colours may pass over into each other
        while await star.evaluate(LOOKS) == pressed:
            await asyncio.sleep(0.02)
    # Kept before the next page opens, which would break it off: it is starred for whoever is next.
    async with page.expect_response(lambda answer: answer.request.method != "GET"):
        await star.click()
    for icon in await viewer.locator(".picture .arrow").all():
        assert await drawn(icon)
    await page.goto(f"/gallery?compare={images[0]['id']},{images[1]['id']}")
    modes = page.locator(".modes label")
    assert await differ(modes.nth(0), modes.nth(1))
    assert await drawn(page.locator(".only input"))
    off = await page.locator(".only input").screenshot()
    await page.get_by_role("switch").check()
    await page.mouse.move(0, 0)
    assert await drawn(page.locator(".only input"))
    assert await page.locator(".only input").screenshot() != off


@SCHEMES
async def test_in_the_statistics_what_is_chosen_differs(page: Page, scheme: str) -> None:
    await contrasting(page, scheme)
    await page.goto("/statistics")
    await expect(page.locator("#statistics tbody tr")).not_to_have_count(0)
    for group in (".page-head .choices", ".tiles"):
        labels = page.locator(f"#statistics {group} label")
        on, off = labels.filter(has=page.locator(":checked")), labels.last
        assert await differ(on.first, off), group
        assert await drawn(on.first) and await drawn(off)
    assert await drawn(page.locator(".bars svg"))


@SCHEMES
async def test_on_create_what_is_chosen_differs(page: Page, scheme: str) -> None:
    await contrasting(page, scheme)
    await create_page.opened(page)
    models = page.locator("#model label")
    assert await differ(models.nth(0), models.nth(1))
    shapes = page.locator("#aspect .wrap label")
    on = shapes.filter(has=page.locator(":checked"))
    await expect(on).to_have_count(1)
    off = shapes.filter(has_not=page.locator(":checked")).first
    assert await differ(on, off) and await drawn(on) and await drawn(off)
    assert await drawn(page.locator("#generate"))


@SCHEMES
@pytest.mark.parametrize("path", ["/settings", "/docs"])
async def test_buttons_and_fields_have_edges(page: Page, scheme: str, path: str) -> None:
    await contrasting(page, scheme)
    await page.goto(path)
    await expect(page.locator("main :is(form, article)").first).to_be_visible()
    # A check box is drawn by the system.
    drawn_by_us = "button, input:not([type=checkbox]), select, textarea"
    for part in await page.locator(f"main :is({drawn_by_us}):visible").all():
        width = await part.evaluate("e => parseFloat(getComputedStyle(e).borderTopWidth)")
        assert width >= 1, await part.evaluate("e => e.outerHTML")


@SCHEMES
async def test_a_note_at_the_foot_has_edges_and_its_icon(page: Page, scheme: str) -> None:
    await contrasting(page, scheme)
    await opened(page)
    await shown(page, 0)
    await cell(page, 0).locator(".open").focus()
    await page.keyboard.press("Delete")
    note = page.locator(".toast")
    await expect(note).to_contain_text("moved to the trash")
    assert "solid" in (await note.evaluate(LOOKS))["border"]
    assert await drawn(note.locator(".away"))
    await note.get_by_role("button", name="Undo").click()
    await expect(page.locator(".toast").get_by_text("1 image restored")).to_be_visible()


async def test_every_shape_cut_out_of_a_background_keeps_one(page: Page) -> None:
    """As its rules stand: the page's parts that show none of them now are held to it, too."""
    await opened(page)
    rules = await page.evaluate(
        """() => { const found = {cut: [], kept: []};
          const look = (rules, inside) => { for (const rule of rules) {
            if (rule.cssRules?.length) look(rule.cssRules, rule.conditionText?.includes('forced-'));
            else if (inside && rule.style?.forcedColorAdjust === 'none')
              found.kept.push(rule.selectorText);
            else if (rule.style?.maskImage || rule.style?.mask) found.cut.push(rule.selectorText);
          } };
          for (const sheet of document.styleSheets) look(sheet.cssRules, false);
          return found; }"""
    )
    kept = [one.strip() for text in rules["kept"] for one in text.split(",")]
    cut = [one.strip() for text in rules["cut"] for one in text.split(",")]
    assert len(cut) >= 3
    for selector in cut:
        assert any(selector.endswith(one) for one in kept), selector
