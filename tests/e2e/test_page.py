"""What people do at the page, in a real browser, with both providers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.e2e.conftest import page_alone, program
from tests.e2e.looks import SIZES, clean
from tests.ui.fake_studio import FLUX, SDXL

pytestmark = pytest.mark.asyncio(loop_scope="session")

SMALL = 256  # a small picture is drawn quickly; these tests are about the page


async def opened(page: Page, path: str = "/") -> None:
    await page.goto(path)
    await page.wait_for_selector("#results h2")
    await expect(page.locator("#price p")).to_contain_text("Cost")


async def choose(page: Page, model: str) -> None:
    await page.locator(f'#model input[value="{model}"]').check()
    await expect(page.locator("#seed" if model == FLUX else "#negative_prompt")).to_be_visible()


async def small(page: Page) -> None:
    for side in ("width", "height"):
        await page.locator(f"#{side} input").fill(str(SMALL))


async def count_of(page: Page, count: int) -> None:
    await page.locator('#count input[type="number"]').fill(str(count))
    await page.keyboard.press("Tab")
    if count > 1:
        await expect(page.locator("#price p")).to_contain_text(re.compile(rf"free|listed|{count}"))


async def generate(page: Page, prompt: str) -> Locator:
    """Type a prompt, press Enter, and return the batch that it starts."""
    before = await page.locator(".batch").count()
    await page.locator("#prompt textarea").fill(prompt)
    await page.locator("#prompt textarea").press("Enter")
    await expect(page.locator(".batch")).to_have_count(before + 1)
    return page.locator(".batch").first


async def landed(batch: Locator, count: int = 1) -> None:
    await expect(batch.locator('.card[data-state="saved"] img')).to_have_count(count)


async def source_of(batch: Locator, index: int = 0) -> str:
    return str(await batch.locator(".card img").nth(index).get_attribute("src"))


async def facts(batch: Locator, index: int = 0) -> str:
    return await batch.locator(".card").nth(index).locator(".facts").inner_text()


async def seed_of(batch: Locator, index: int = 0) -> int:
    found = re.search(r"Seed (\d+)", await facts(batch, index))
    assert found
    return int(found.group(1))


# --- making images -------------------------------------------------------------------------------


async def test_enter_makes_an_image_that_can_be_seen_with_its_seed(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    batch = await generate(page, "A lighthouse at dusk")
    await landed(batch)
    loaded = "(image) => image.decode().then(() => image.naturalWidth)"
    assert await batch.locator("img").evaluate(loaded) == SMALL
    text = await facts(batch)
    assert "FLUX.1 schnell" in text
    assert re.search(r"Seed \d+", text)
    assert re.search(r"\d s\b", text)
    assert "cache" not in text


@page_alone
async def test_shift_enter_is_a_new_line(page: Page) -> None:
    await opened(page)
    prompt = page.locator("#prompt textarea")
    await prompt.fill("one")
    await prompt.press("Shift+Enter")
    await prompt.press_sequentially("two")
    assert await prompt.input_value() == "one\ntwo"
    await expect(page.locator(".batch")).to_have_count(0)


async def test_same_seed_gives_the_same_image_free_and_anew_makes_another(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    first = await generate(page, "A red barn")
    await landed(first)
    seed, source = await seed_of(first), await source_of(first)
    await first.get_by_role("button", name=re.compile("Reuse seed")).click()
    await expect(page.locator("#seed input")).to_have_value(str(seed))
    await expect(page.locator("#random-seed input")).not_to_be_checked()
    again = await generate(page, "A red barn")
    await landed(again)
    assert await source_of(again) == source
    assert "From the cache, free" in await facts(again)
    await again.get_by_role("button", name="Generate anew").click()
    await expect(page.locator(".batch")).to_have_count(3)
    anew = page.locator(".batch").first
    await landed(anew)
    assert await source_of(anew) != source
    assert await seed_of(anew) == seed
    assert "cache" not in await facts(anew)


@page_alone
async def test_four_images_land_with_consecutive_seeds_in_order(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    await count_of(page, 4)
    batch = await generate(page, "Four sailing boats")
    await expect(batch.locator(".card")).to_have_count(4)
    await landed(batch, 4)
    seeds = [await seed_of(batch, index) for index in range(4)]
    assert seeds == [(seeds[0] + index) % 2**32 for index in range(4)]


@page_alone
async def test_placeholder_has_the_shape_of_the_image_that_replaces_it(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await page.locator("#aspect label", has_text="16:9").click()
    batch = await generate(page, "A wide valley")
    size = """(batch) => {
      const { width, height } = batch.querySelector(".frame").getBoundingClientRect();
      return [width, height];
    }"""
    before = await batch.evaluate(size)
    await landed(batch)
    after = await batch.evaluate(size)
    assert before == pytest.approx(after, abs=1)
    assert after[0] / after[1] == pytest.approx(1360 / 768, rel=0.01)


async def test_double_click_is_one_job_and_a_later_click_queues_another(page: Page) -> None:
    await opened(page)
    await small(page)
    await page.locator("#prompt textarea").fill("A double door")
    await page.locator("#generate").dblclick()
    await landed(page.locator(".batch").first)
    await expect(page.locator(".batch")).to_have_count(1)
    await page.wait_for_timeout(450)  # past what counts as a double click
    await page.locator("#generate").click()
    await expect(page.locator(".batch")).to_have_count(2)


async def test_stop_ends_what_was_not_sent_and_says_what_was(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await count_of(page, 8)
    await page.locator('#num_steps input[type="number"]').fill("50")
    batch = await generate(page, "Eight slow towers")
    await expect(batch.locator('.card[data-state="sent"]').first).to_be_visible()
    await page.locator("#stop").click()
    note = page.locator("#results .note")
    await expect(note).to_contain_text(re.compile(r"already sent.*not sent|not sent"))
    await expect(page.locator("#stop")).to_be_disabled()
    await expect(batch.locator('.card[data-state="cancelled"]').first).to_contain_text("Not sent")
    saved = await batch.locator('.card[data-state="saved"]').count()
    cancelled = await batch.locator('.card[data-state="cancelled"]').count()
    assert saved + cancelled == 8
    assert cancelled >= 1


async def test_reload_in_the_middle_finds_the_running_job_again(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await count_of(page, 3)
    batch = await generate(page, "A tower that is reloaded")
    await expect(batch.locator('.card[data-state="sent"]').first).to_be_visible()
    await opened(page)
    again = page.locator(".batch").first
    await expect(again.locator("h3")).to_have_text("A tower that is reloaded")
    await landed(again, 3)


@page_alone
async def test_another_visitor_sees_nothing_of_it(page: Page, browser: Browser) -> None:
    await opened(page)
    await small(page)
    await landed(await generate(page, "My own images"))
    context = await browser.new_context(base_url=page.url)
    other = await context.new_page()
    await opened(other)
    await expect(other.locator(".empty")).to_be_visible()
    await context.close()


# --- the form ------------------------------------------------------------------------------------


@page_alone
async def test_switching_the_model_parks_and_brings_back(page: Page) -> None:
    await opened(page)
    await choose(page, SDXL)
    await expect(page.locator("#seed")).to_be_hidden()
    await page.locator("#negative_prompt textarea").fill("dogs")
    await choose(page, FLUX)
    await expect(page.locator("#negative_prompt")).to_be_hidden()
    await expect(page.locator("#model-note")).to_contain_text("Negative prompt kept for SDXL 1.0")
    await expect(page.locator('#num_steps input[type="number"]')).to_have_value("4")
    await choose(page, SDXL)
    await expect(page.locator("#negative_prompt textarea")).to_have_value("dogs")
    await expect(page.locator('#num_steps input[type="number"]')).to_have_value("25")
    await expect(page.locator("#model-note")).to_contain_text("stored image is the only copy")


@page_alone
async def test_shapes_set_the_sides_and_typed_sides_unset_the_shape(page: Page) -> None:
    await opened(page)
    sides = [page.locator("#width input"), page.locator("#height input")]
    await page.locator("#aspect label", has_text="3:2").click()
    await expect(sides[0]).to_have_value("1248")
    await expect(sides[1]).to_have_value("832")
    await page.locator("#swap").click()
    await expect(sides[0]).to_have_value("832")
    await expect(page.locator('#aspect input[value="2:3"]')).to_be_checked()
    await sides[0].fill("640")
    await expect(page.locator("#aspect input:checked")).to_have_count(0)


@page_alone
async def test_errors_stand_at_their_field_and_go_once_it_is_mended(page: Page) -> None:
    await opened(page)
    await page.locator("#generate").click()
    error = page.locator("#prompt .field-error")
    await expect(error).to_contain_text("The prompt is empty.")
    await expect(page.locator("#prompt textarea")).to_be_focused()
    await expect(page.locator("#prompt textarea")).to_have_attribute("aria-invalid", "true")
    await page.locator("#generate").click()
    await page.wait_for_timeout(500)  # the same refusal again is shown again
    await expect(error).to_have_count(1)
    await page.locator("#prompt textarea").fill("A cat")
    await expect(error).to_have_count(0)
    await page.locator("#width input").fill("1000")
    await page.locator("#prompt textarea").press("Enter")
    await expect(page.locator("#width .field-error")).to_contain_text("nearest are 992 and 1008")
    await expect(page.locator("#width input")).to_be_focused()
    await expect(page.locator(".batch")).to_have_count(0)


@page_alone
async def test_typing_a_seed_turns_random_off_and_the_last_seed_comes_back(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    await page.locator("#seed input").fill("41")
    await expect(page.locator("#random-seed input")).not_to_be_checked()
    first = await generate(page, "A seeded field")
    await landed(first)
    assert await seed_of(first) == 41
    await page.locator("#random-seed input").check()
    second = await generate(page, "A seeded field")
    await landed(second)
    drawn = await seed_of(second)
    await page.locator("#last-seed").click()
    await expect(page.locator("#seed input")).to_have_value(str(drawn))
    await expect(page.locator("#random-seed input")).not_to_be_checked()


@page_alone
async def test_example_fills_the_prompt(page: Page) -> None:
    await opened(page)
    await page.get_by_role("button", name="Lighthouse").click()
    await expect(page.locator("#prompt textarea")).to_have_value(re.compile("lighthouse"))


@page_alone
async def test_html_in_the_prompt_stays_text(page: Page) -> None:
    prompt = '<img src=x onerror="document.title=1"><b>bold</b>'
    await opened(page)
    await small(page)
    batch = await generate(page, prompt)
    await landed(batch)
    assert await batch.locator("h3").text_content() == prompt
    await batch.locator("button.frame").click()
    await expect(page.locator(".viewer .prompt").first).to_have_text(prompt)
    await page.goto("/gallery")
    await expect(page.locator("#gallery .what").first).to_contain_text("<b>bold</b>")
    assert await page.locator('img[src$="/x"], .batch b, #gallery b').count() == 0
    assert await page.title() != "1"


@page_alone
async def test_code_follows_the_form_and_is_what_was_typed(page: Page) -> None:
    await opened(page)
    await page.locator("#snippet summary").click()
    await choose(page, FLUX)
    await page.locator("#prompt textarea").fill('It\'s a "$(cat)"')
    await page.locator("#seed input").fill("77")
    code = page.locator("#code-curl code")
    await expect(code).to_contain_text('"seed": 77')
    await expect(code).to_contain_text("$(cat)")
    await expect(code).not_to_contain_text("negative_prompt")
    await page.get_by_role("tab", name="cURL").press("ArrowRight")
    await expect(page.locator("#code-python")).to_be_visible()
    await expect(page.locator("#code-python code")).to_contain_text("'seed': 77")
    await choose(page, SDXL)
    await page.locator("#negative_prompt textarea").fill("dogs")
    await expect(page.locator("#code-python code")).to_contain_text("'negative_prompt': 'dogs'")
    await expect(page.locator("#code-python code")).not_to_contain_text("seed")
    assert "ak_test" not in await page.content()


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
    await page.locator('.bar a[href="/gallery"]').click()
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


async def test_images_and_last_results_survive_a_restart(browser: Browser, tmp_path: Path) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    data = tmp_path / "data"
    with program(data) as url:
        await opened(page, url)
        await small(page)
        await landed(await generate(page, "An image that stays"))
        with urlopen(f"{url}/api/images") as answer:
            before = json.load(answer)["images"]
        await page.goto("about:blank")  # else it reloads by itself once the program is back
    with program(data) as url:
        await opened(page, url)
        await expect(page.locator(".batch h3").first).to_have_text("An image that stays")
        await landed(page.locator(".batch").first)
        await page.goto(f"{url}/gallery")
        await expect(page.locator("#gallery .cell")).to_have_count(1)
        with urlopen(f"{url}/api/images") as answer:
            assert json.load(answer)["images"] == before
    await context.close()


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
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.locator(first)).to_be_focused()
    await expect(page.locator('.bar [aria-current="page"]')).to_have_attribute("href", path)


@page_alone
async def test_everything_is_reached_by_keyboard_alone(page: Page) -> None:
    wanted = ["prompt", "examples", "generate", "model", "aspect", "swap", "width", "height"]
    wanted += ["num_steps", "guidance_scale", "seed", "random-seed", "last-seed"]
    wanted += ["count", "snippet"]
    await opened(page)
    reached: list[str] = []
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
    assert reached.count("model") == 1, "a group of radio buttons is one stop, arrows move in it"

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


async def test_notice_or_host_says_where_images_come_from(page: Page, address: str) -> None:
    await opened(page)
    with urlopen(f"{address}/healthz") as answer:
        offline = json.load(answer)["provider"] == "offline"
    notice = page.locator(".notice")
    await (expect(notice).to_be_visible() if offline else expect(notice).to_be_hidden())
    await expect(page.locator(".mode")).to_have_text("Sample engine" if offline else "127.0.0.1")
    if not offline:
        await expect(page.locator("#balance")).to_contain_text("Balance $")
