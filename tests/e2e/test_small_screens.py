"""Every page on a phone, at 320 px and at 200 % zoom: nothing cut, room for fingers, and Return."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e import create_page, gallery_page
from tests.e2e.calls import ask, make_images
from tests.e2e.conftest import program
from ui.language.chosen import COOKIE

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("keys"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A program with two images, one of them marked."""
    with program(tmp_path_factory.mktemp("small") / "data") as url:
        ids = [make_images(url, f"a fox {n}", seed=n)[0]["id"] for n in range(2)]
        tags = ["sea", "W" * 64]
        ask(url, "/api/images", {"ids": ids[:1], "starred": True, "rating": 3, "add_tags": tags})
        yield url


FAULTS = r"""(fingers) => {
  const width = document.documentElement.clientWidth, found = [];
  const style = (e) => getComputedStyle(e);
  const seen = (e) => {
    const box = e.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && e.checkVisibility({visibilityProperty: true}) &&
      !e.closest('.off-screen') && style(e).clipPath === 'none';
  };
  const open = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.body;
  const all = (selector) => [...open.querySelectorAll(selector)].filter(seen);
  const name = (e) => e.outerHTML.slice(0, 120);
  const scrolled = (e) => {
    for (let up = e.parentElement; up; up = up.parentElement)
      if (style(up).overflowX !== 'visible') return true;
    return false;
  };
  const wide = document.documentElement.scrollWidth;
  if (wide > width) found.push(`the page is ${wide} px wide`);
  for (const e of all('*')) {
    const box = e.getBoundingClientRect();
    if ((box.right > width + 1 || box.left < -1) && !scrolled(e)) found.push(`cut: ${name(e)}`);
  }
  const texts = all('input, textarea').filter(
    (e) => !['checkbox', 'radio', 'range', 'file'].includes(e.type));
  for (const e of texts)
    if (!e.enterKeyHint && e.type !== 'date') found.push(`Return does what? ${name(e)}`);
  if (!fingers) return found;
  for (const e of [...texts, ...all('select')])
    if (parseFloat(style(e).fontSize) < 16) found.push(`iOS zooms: ${name(e)}`);
  const pressed = 'button, summary, select, input, textarea, nav a, .actions a, [role="option"]';
  for (const e of all(pressed)) {
    if (e.closest('.reference')) continue; // links in a text
    const label = ['checkbox', 'radio'].includes(e.type) ? e.closest('label') : null;
    const { width, height } = (label ?? e).getBoundingClientRect();
    const least = label ? 32 : 43.5; // choices stand in a row, as wide as there is room
    if (height < 43.5 || width < least)
      found.push(`${width.toFixed()} x ${height.toFixed()}: ${name(e)}`);
  }
  return found;
}"""


async def well(page: Page, where: str, *, fingers: bool) -> None:
    """Check that nothing is cut; where `fingers` press it, that they have room."""
    found = await page.evaluate(FAULTS, fingers)
    assert found == [], where


async def pages_are_well(page: Page, address: str, *, fingers: bool) -> None:
    await create_page.opened(page)
    await page.locator("#toggle-settings").click()
    await page.locator("#snippet summary").click()
    await expect(page.locator("#snippet pre").first).to_be_visible()
    await well(page, "Create", fingers=fingers)
    await page.get_by_role("button", name="History").click()
    await expect(page.locator(".prompts li").first).to_be_visible()
    await well(page, "earlier prompts", fingers=fingers)
    await gallery_page.opened(page)
    await gallery_page.shown(page, 1)
    await well(page, "gallery", fingers=fingers)
    await page.locator(".filter-button").click()
    await well(page, "filters", fingers=fingers)
    await page.goto("/gallery")
    await gallery_page.shown(page, 0)
    await page.locator(".cell .pick").first.click()
    await page.locator(".bulk .doings button", has_text="Tag").click()
    await well(page, "selected images", fingers=fingers)
    await gallery_page.opened(page)
    await gallery_page.cell(page, 1).locator(".open").click()
    await expect(page.locator(".viewer dl div").first).to_be_visible()
    await well(page, "viewer", fingers=fingers)
    ids = [image["id"] for image in ask(address, "/api/images")["images"]]
    for path, there in (
        (f"/gallery?compare={','.join(ids)}", ".compare tbody th"),
        ("/desk", "#desk .sum:not(:empty)"),
        ("/statistics", "#statistics td"),
        ("/settings", "#setup option"),
        ("/docs", ".reference h1"),
        ("/help", "#help-search"),
    ):
        await page.goto(path)
        await expect(page.locator(there).first).to_be_attached()
        await well(page, path, fingers=fingers)
    await page.locator(".bar .find").click()
    await expect(page.locator(".palette .name", has_text="a fox 0")).to_be_attached()
    await well(page, "palette", fingers=fingers)
    await page.keyboard.type("keys")
    await page.keyboard.press("Enter")
    await expect(page.locator("dialog.key-list")).to_be_visible()
    await well(page, "keys", fingers=fingers)


@pytest.mark.parametrize("width", [390, pytest.param(320, marks=pytest.mark.wide)])
async def test_on_a_phone_nothing_is_cut_and_fingers_have_room(
    browser: Browser, address: str, width: int
) -> None:
    async with await browser.new_context(
        viewport={"width": width, "height": 740},
        base_url=address,
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
    ) as context:
        await pages_are_well(await context.new_page(), address, fingers=True)


async def test_a_menu_over_what_is_selected_is_in_its_place_from_its_first_moment(
    page: Page, address: str
) -> None:
    await page.set_viewport_size({"width": 320, "height": 740})
    await page.goto(f"{address}/gallery")
    await gallery_page.shown(page, 0)
    await page.locator(".cell .pick").first.click()
    tag = page.locator(".bulk .doings button", has_text="Tag")
    start, end = await tag.evaluate("""(button) => {
      button.click();
      const box = document.querySelector('.menu:popover-open').getBoundingClientRect();
      return [box.left, box.right];
    }""")
    assert 8 <= start < end <= 312


async def test_what_is_said_of_a_selection_is_whole_in_longer_words(
    page: Page, address: str
) -> None:
    await page.context.add_cookies([{"name": COOKIE, "value": "fr", "url": address}])
    await page.set_viewport_size({"width": 320, "height": 740})
    await page.goto(f"{address}/gallery")
    await gallery_page.shown(page, 0)
    await page.locator(".cell .pick").first.click()
    words = page.locator(".bulk .chosen .quiet:visible")
    await expect(words).to_have_count(2)
    over = "all => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent)"
    assert await words.evaluate_all(over) == []


ROWS = """(all) => {
  const rows = Object.groupBy(all, (e) => Math.round(e.getBoundingClientRect().bottom));
  return Object.values(rows).map((row) => row.map((e) => e.textContent));
}"""


@pytest.mark.parametrize("language", ["de", "es", "fr"])
async def test_delete_is_never_alone_in_its_row(page: Page, address: str, language: str) -> None:
    await page.context.add_cookies([{"name": COOKIE, "value": language, "url": address}])
    await page.set_viewport_size({"width": 390, "height": 740})
    await page.goto(f"{address}/gallery")
    await gallery_page.shown(page, 1)
    await page.locator(".cell .pick").last.click()  # it is starred
    rows = await page.locator(".bulk .doings button:visible").evaluate_all(ROWS)
    assert all(len(row) > 1 for row in rows), rows
    image = ask(address, "/api/images")["images"][0]["id"]
    await page.goto(f"{address}/gallery?image={image}")
    buttons = page.locator(".viewer .actions.last :is(a, button)")
    await expect(buttons).to_have_count(3)
    assert len((await buttons.evaluate_all(ROWS))[-1]) > 1


@pytest.mark.parametrize("language", ["ja", "zh-Hans"])
async def test_heads_of_two_signs_stand_in_one_line(
    page: Page, address: str, language: str
) -> None:
    await page.context.add_cookies([{"name": COOKIE, "value": language, "url": address}])
    await page.set_viewport_size({"width": 390, "height": 740})
    await page.goto(f"{address}/statistics")
    heads = page.locator("#statistics thead th")
    await expect(heads.first).to_be_attached()
    for head in await heads.all():
        assert await head.evaluate("(e) => e.clientHeight") < 40, await head.inner_text()


async def test_at_200_percent_nothing_is_cut(page: Page, address: str) -> None:
    await page.set_viewport_size({"width": 720, "height": 450})
    await pages_are_well(page, address, fingers=False)


async def test_return_on_a_keyboard_of_glass_is_a_new_line(browser: Browser, address: str) -> None:
    async with await browser.new_context(
        viewport={"width": 390, "height": 740}, base_url=address, has_touch=True, is_mobile=True
    ) as context:
        page = await context.new_page()
        await create_page.opened(page)
        prompt = page.locator("#prompt textarea")
        await expect(prompt).to_have_attribute("enterkeyhint", "enter")
        await expect(page.locator("#prompt .info-text")).not_to_have_text(
            "Enter", use_inner_text=True
        )
        await expect(page.locator(".by-keys")).to_be_hidden()
        await expect(page.locator(".empty")).to_contain_text("Press Generate")
        await prompt.tap()
        await page.keyboard.type("two")
        await page.keyboard.press("Enter")
        await page.keyboard.type("lines")
        await expect(prompt).to_have_value("two\nlines")
        await expect(page.locator(".batch")).to_have_count(0)
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".batch")).to_have_count(1)


async def test_return_with_keys_generates_and_says_so(page: Page) -> None:
    await create_page.opened(page)
    await expect(page.locator("#prompt textarea")).to_have_attribute("enterkeyhint", "send")
    await expect(page.locator(".by-keys")).to_contain_text("Enter generates")
