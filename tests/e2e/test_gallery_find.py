"""The gallery in a real browser: finding images, on a phone, for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.calls import ask
from tests.e2e.gallery_page import cell, library_of, opened, shown, total
from tests.e2e.looks import clean
from tests.e2e.until import until
from tests.ui.fake_studio import FLUX

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("gallery")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The program over a library of its own; tests leave in it what they changed."""
    with library_of(1500, tmp_path_factory) as url:
        yield url


# --- finding -------------------------------------------------------------------------------------


async def test_address_holds_what_is_looked_for(page: Page, address: str) -> None:
    await opened(page)
    everything = await total(page)
    await page.get_by_role("button", name="Filters").click()
    await page.locator(".filter-panel .choice", has_text="FLUX.1 schnell").click()
    await expect(page).to_have_url(re.compile("model="))
    await page.get_by_label("Rating").select_option("3")
    await page.get_by_label("From day").fill("2026-05-01")
    await expect(page.locator(".filter-chip")).to_have_count(3)
    await page.get_by_role("button", name="Filters").click()
    await page.locator("#gallery-search").press_sequentially("cat -dog", delay=30)
    await expect(page).to_have_url(re.compile("q=cat"))
    await expect(page).to_have_url(re.compile("-dog"))
    found = parse_qs(urlsplit(page.url).query)
    assert (found["model"], found["rated"], found["q"]) == ([FLUX], ["3"], ["cat -dog"])
    assert re.match(r"2026-0[45]-\d\dT", found["since"][0])
    count = ask(address, f"/api/images?limit=1&{urlsplit(page.url).query}")["total"]
    assert 0 < count < everything
    await expect(page.locator("#gallery .total")).to_have_text(f"{count} of {everything:,} images")
    await page.reload()
    await expect(page.locator(".filter-chip")).to_have_count(3)
    await expect(page.locator("#gallery-search")).to_have_value("cat -dog")
    await expect(page.locator("#gallery .total")).to_have_text(re.compile(rf"^{count} "))
    await page.locator(".filter-chip", has_text="Rated 3").click()
    await expect(page.locator(".filter-chip")).to_have_count(2)
    await page.go_back()
    await expect(page.locator(".filter-chip")).to_have_count(3)
    await expect(page.locator("#gallery .total")).to_have_text(re.compile(rf"^{count} "))
    await page.go_forward()
    await expect(page.locator(".filter-chip")).to_have_count(2)
    await page.get_by_role("button", name="Clear all").click()
    await expect(page.locator("#gallery .total")).to_have_text(f"{everything:,} images")
    assert urlsplit(page.url).query == ""


async def test_refusal_is_told_and_the_former_images_stay(browser: Browser, address: str) -> None:
    page = await (await browser.new_context(base_url=address)).new_page()
    await opened(page)
    await shown(page, 0)
    count = await total(page)
    await page.locator("#gallery-search").fill("*")
    await expect(page.locator("#gallery-refusal")).to_contain_text("nothing to look for")
    await expect(page.locator("#gallery-search")).to_have_attribute("aria-invalid", "true")
    assert await total(page) == count
    await expect(cell(page, 0)).to_be_visible()
    await page.locator("#gallery-search").fill('"barn"')
    await expect(page.locator("#gallery-refusal")).to_be_hidden()
    await page.context.close()


async def test_address_opens_one_image_also_outside_of_the_list(page: Page, address: str) -> None:
    record = ask(address, "/api/images?limit=1&offset=12")["images"][0]
    await opened(page, f"?sort=oldest&image={record['id']}")
    dialog = page.locator("dialog.viewer")
    await expect(dialog.locator(".prompt").first).to_have_text(record["prompt"])
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    assert "image=" not in page.url


# --- for everybody -------------------------------------------------------------------------------


async def test_phone_has_two_columns_and_targets_for_thumbs(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await opened(page)
    await shown(page, 0)
    assert await page.locator('[role="grid"]').get_attribute("aria-colcount") == "2"
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    for target in (".pick", ".starring"):
        box = await cell(page, 0).locator(target).bounding_box()
        assert box and min(box["width"], box["height"]) >= 44
    await cell(page, 1).locator(".pick").click()
    box = await page.locator(".bulk").bounding_box()
    assert box and box["x"] >= 0 and box["y"] + box["height"] <= 844
    await page.get_by_role("button", name="Filters").click()
    await page.get_by_role("button", name=re.compile("^Show [0-9,]+ images")).click()
    await expect(page.locator(".filter-panel")).to_be_hidden()
    await page.evaluate("document.querySelector('.wall').scrollTop = 9000")
    await until(page, "() => document.querySelector('.wall').getBoundingClientRect().top < 200")


async def test_a_language_of_longer_words_has_room_in_the_bar_for_what_is_selected(
    page: Page,
) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await opened(page)
    await shown(page, 0)
    await cell(page, 1).locator(".pick").click()
    words = page.locator(".bulk .doings button:visible span:last-child")
    await words.evaluate_all("all => all.forEach((one) => { one.textContent += one.textContent })")
    boxes = [await word.bounding_box() for word in await words.all()]
    for one, other in pairwise(box for box in boxes if box):
        assert one["x"] + one["width"] <= other["x"] or one["y"] < other["y"]
    assert all(box and box["x"] >= 8 and box["x"] + box["width"] <= 382 for box in boxes)
    await cell(page, 1).locator(".open").focus()
    await page.keyboard.press("End")  # the last image stands above the bar
    below = """() => document.querySelector('.bulk').getBoundingClientRect().top
      - document.activeElement.closest('.cell').getBoundingClientRect().bottom"""
    await until(page, f"() => ({below})() >= 0")


async def test_axe_finds_no_violation(page: Page) -> None:
    await opened(page, "?__theme=light&rated=3")
    await shown(page, 0)
    await cell(page, 0).locator(".open").click(modifiers=["Control"])
    await page.get_by_role("button", name="Filters").click()
    await clean(page, "filters and a selection")
    await page.get_by_role("button", name="Filters").click()
    await page.locator(".bulk").get_by_role("button", name="Download").click()
    await clean(page, "menu")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Keys").click()
    await clean(page, "keys")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await page.locator("#gallery-search").fill("nothingatall")
    await expect(page.locator("#gallery .empty")).to_be_visible()
    await clean(page, "nothing matches")


# --- as people type ------------------------------------------------------------------------------

# Notes in the page whether the wall was ever gone.
WATCH = """() => { window.gone = 0;
  const seen = () => { window.gone += !document.querySelector('.wall').checkVisibility(); };
  new MutationObserver(seen).observe(document.querySelector('.wall-frame'),
    {attributes: true, childList: true, subtree: true}); }"""


# Timers of that length end when `rested()` is called.
REST = """() => { const wait = setTimeout; const held = [];
  window.setTimeout = (act, ms, ...more) => ms === 700 ? held.push(act) : wait(act, ms, ...more);
  window.rested = () => { for (const act of held.splice(0)) act(); }; }"""


async def test_each_letter_narrows_and_no_letter_takes_the_images_away(page: Page) -> None:
    await opened(page)
    await shown(page, 0)
    everything = await total(page)
    await page.evaluate(WATCH)
    await page.evaluate(REST)
    box = page.locator("#gallery-search")
    counts = [everything]
    for typed in ("light", "lighth", "lighthouse"):
        await box.press_sequentially(typed.removeprefix(await box.input_value()))
        await expect(page).to_have_url(re.compile(rf"q={typed}\*$"))
        await expect(page.locator("#gallery .total")).to_contain_text("of 1,500")
        counts.append(await total(page))
    assert everything > counts[1] >= counts[2] >= counts[3] > 0
    async with page.expect_response(re.compile(r"q=lighthouse\+zzz\*&")) as answered:
        await box.press_sequentially(" zzz", delay=30)
    await (await answered.value).finished()
    await page.wait_for_timeout(200)
    assert await page.evaluate("window.gone") == 0  # more letters may come
    await page.evaluate("rested()")
    empty = page.locator("#gallery .empty")
    await expect(empty.locator("h3")).to_have_text("Nothing matches “lighthouse zzz”")
    await expect(empty.locator(".syntax")).to_be_visible()
    await empty.get_by_role("button", name=f"Without zzz: {counts[3]} images").click()
    await shown(page, 0)
    await expect(box).to_have_value("lighthouse")
    await page.reload()
    await expect(box).to_have_value("lighthouse")
    await expect(page.locator("#gallery .total")).to_contain_text("of 1,500")
    assert await total(page) == counts[3]


async def test_enter_means_at_once_also_where_nothing_matches(page: Page) -> None:
    await opened(page, "?rated=5")
    await shown(page, 0)
    await page.evaluate(REST)
    await page.locator("#gallery-search").press_sequentially("zzz")
    await expect(page).to_have_url(re.compile(r"q=zzz\*"))
    await page.keyboard.press("Enter")
    empty = page.locator("#gallery .empty")
    await expect(empty.locator("h3")).to_have_text("Nothing matches “zzz”")
    await page.go_back()
    await shown(page, 0)
    await expect(page.locator("#gallery-search")).to_have_value("")


COMPOSED = """async () => {
  const box = document.querySelector('#gallery-search');
  box.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true}));
  box.value = 'ca';
  box.dispatchEvent(new InputEvent('input', {bubbles: true, isComposing: true}));
  await new Promise((done) => setTimeout(done, 400));
  const before = location.search;
  box.value = 'cat';
  box.dispatchEvent(new InputEvent('input', {bubbles: true, isComposing: true}));
  box.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true, data: 'cat'}));
  return before; }"""


async def test_what_an_input_method_puts_together_is_looked_for_once_it_is_whole(
    page: Page,
) -> None:
    await opened(page)
    assert await page.evaluate(COMPOSED) == ""
    await expect(page).to_have_url(re.compile(r"q=cat\*$"))


@pytest.mark.parametrize("query", ["", "?sort=rating"])
async def test_hint_covers_no_image_and_goes_with_the_first_letter(page: Page, query: str) -> None:
    await opened(page, query)
    await shown(page, 0)
    for size in ((1440, 900), (1024, 700), (390, 844)):
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await page.locator("#gallery-search").focus()
        hint = await page.locator(".gallery-top .syntax").bounding_box()
        image = await cell(page, 0).bounding_box()
        assert hint and image and hint["y"] + hint["height"] <= image["y"], size
        assert hint["x"] >= 0 and hint["x"] + hint["width"] <= size[0]
        await page.keyboard.type("c")
        await expect(page.locator(".gallery-top .syntax")).to_be_hidden()
        await page.locator("#gallery-search").fill("")
