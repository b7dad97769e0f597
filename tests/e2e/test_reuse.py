"""An image's settings back in the form: by button, address, drop, paste and file chooser; what the
form is based on; earlier prompts; the draft. In a real browser."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.async_api import Page, expect

from tests.e2e.calls import stored_image
from tests.e2e.conftest import program
from tests.e2e.create_page import (
    choose,
    count_of,
    generate,
    landed,
    opened,
    seed_of,
    small,
    source_of,
    told_the_deal,
)
from tests.e2e.looks import SIZES, clean
from tests.ui.fake_studio import FLUX, SDXL

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("reuse"),
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("reuse") / "data") as url:
        yield url


INFOTEXT = (
    "a castle on a hill\nNegative prompt: blurry\n"
    "Steps: 30, Sampler: Euler a, CFG scale: 7.5, Seed: 123456, Size: 832x1216, "
    "Model: sd_xl_base_1.0"
)

FIRE = """([files, where, phase]) => {
  const data = new DataTransfer();
  for (const [name, type, base64] of files) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    data.items.add(new File([bytes], name, { type }));
  }
  const target = document.querySelector(where);
  const options = { bubbles: true, cancelable: true };
  if (phase === "paste") {
    target.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: data }));
    return;
  }
  for (const name of ["dragenter", "dragover", ...(phase === "drop" ? ["drop"] : [])]) {
    target.dispatchEvent(new DragEvent(name, { ...options, dataTransfer: data }));
  }
}"""

File = tuple[str, str, bytes]


def picture(infotext: str | None = INFOTEXT, name: str = "castle.png") -> File:
    """Return a small PNG as another program writes it."""
    told = PngInfo()
    if infotext is not None:
        told.add_text("parameters", infotext)
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(buffer, "PNG", pnginfo=told)
    return name, "image/png", buffer.getvalue()


async def fire(page: Page, phase: str, *files: File, where: str = "body") -> None:
    """Drag files over the page, drop them on it, or paste them into it."""
    told = [(name, kind, base64.b64encode(data).decode()) for name, kind, data in files]
    await page.evaluate(FIRE, [told, where, phase])


async def image(page: Page, prompt: str, model: str = FLUX) -> str:
    """Make one small image and return its id."""
    await choose(page, model)
    await small(page)
    batch = await generate(page, prompt)
    await landed(batch)
    return (await source_of(batch)).rsplit("/", 1)[-1]


def prompt(page: Page) -> Any:
    return page.locator("#prompt textarea")


def toast(page: Page, words: str) -> Any:
    return page.locator(".toast", has_text=words)


# --- a stored image ------------------------------------------------------------------------------


async def test_what_is_made_after_reuse_remembers_its_image_until_forgotten(
    page: Page, address: str
) -> None:
    await opened(page)
    first = await image(page, "A parent")
    batch = page.locator(".batch").first
    await batch.get_by_role("button", name=re.compile("Reuse all")).click()
    chip = page.locator(".basis")
    await expect(chip).to_contain_text("Based on this image")
    await expect(chip.locator("img")).to_have_attribute("src", f"/thumbs/{first}")
    await page.locator("#seed input").fill("5")  # lineage is a help: edits keep it
    child = (await source_of(await landed_batch(page, "A changed child"))).rsplit("/", 1)[-1]
    assert stored_image(address, child)["parent"] == {"id": first, "kind": "reused"}
    await chip.get_by_role("button", name="Forget").click()
    await expect(chip).to_have_count(0)
    await expect(prompt(page)).to_have_value("A changed child")
    await expect(prompt(page)).to_be_focused()
    other = (await source_of(await landed_batch(page, "No child"))).rsplit("/", 1)[-1]
    assert stored_image(address, other)["parent"] is None
    await batch.get_by_role("button", name=re.compile("Reuse seed")).first.click()
    await expect(chip).to_contain_text(re.compile(r"Seed \d+ was taken"))
    await page.get_by_role("button", name="Forest").click()
    await expect(chip).to_have_count(0)


async def landed_batch(page: Page, text: str) -> Any:
    batch = await generate(page, text)
    await landed(batch)
    return batch


async def test_address_asks_once_and_keeps_what_was_typed(page: Page) -> None:
    await opened(page)
    stored = await image(page, "A seed to take")
    seed = await seed_of(page.locator(".batch").first)
    await prompt(page).fill("Typed with care")
    await page.goto("/gallery")
    await opened(page, f"/?image={stored}&what=seed")
    await expect(page.locator("#seed input")).to_have_value(str(seed))
    await expect(prompt(page)).to_have_value("Typed with care")
    await expect(page).to_have_url(re.compile(r"/$"))
    await opened(page, f"/?image={stored}&what=prompt")
    await expect(prompt(page)).to_have_value("A seed to take")
    await opened(page, f"/?image={stored}&what=model&model={SDXL}")
    await expect(page.locator(f'#model input[value="{SDXL}"]')).to_be_checked()
    await expect(page.locator(".basis")).to_contain_text(f"seed {seed} (SDXL 1.0 takes none)")
    await prompt(page).fill("Changed since")
    await page.wait_for_timeout(500)
    await page.reload()
    await expect(prompt(page)).to_have_value("Changed since")
    await expect(page.locator(".basis img")).to_have_attribute("src", f"/thumbs/{stored}")


async def test_address_with_rubbish_says_so_and_fills_nothing(page: Page) -> None:
    for query, words in (
        (f"image={'0' * 32}", "This image is no longer stored."),
        ("recipe=rubbish", "The recipe in this link is damaged."),
    ):
        await opened(page, f"/?{query}")
        await expect(page.locator(".basis")).to_contain_text(words)
        await expect(prompt(page)).to_have_value("")
        await page.locator(".basis").get_by_role("button", name="Close").click()
        await expect(page.locator(".basis")).to_have_count(0)


# --- files ---------------------------------------------------------------------------------------


async def test_image_dropped_anywhere_fills_the_form_and_says_what_it_left_out(page: Page) -> None:
    await opened(page)
    await fire(page, "over", picture())
    overlay = page.locator(".intake")
    await expect(overlay).to_have_text("Drop an image to use its settings")
    await expect(overlay).to_be_hidden()  # the drag has left the page
    await fire(page, "drop", picture(), where="#prompt textarea")
    await expect(prompt(page)).to_have_value("a castle on a hill")
    await expect(page.locator(f'#model input[value="{SDXL}"]')).to_be_checked()
    await expect(page.locator("#negative_prompt textarea")).to_have_value("blurry")
    await expect(page.locator("#width input")).to_have_value("832")
    await expect(page.locator('#num_steps input[type="text"]')).to_have_value("30")
    chip = page.locator(".basis")
    await expect(chip).to_contain_text("Settings of another image")
    await expect(chip).to_contain_text("seed 123456 (SDXL 1.0 takes none)")
    await chip.locator("summary").click()
    for line in ("Seed123456", "Guidance scale7.5"):
        await expect(chip.locator("dl div", has_text=re.compile(f"^{line}$"))).to_be_visible()
    await expect(chip.locator("dl div", has_text="Euler a")).to_be_visible()
    await expect(page.locator(".batch")).to_have_count(0)


async def test_own_file_comes_back_exactly(page: Page, address: str) -> None:
    await opened(page)
    stored = await image(page, 'A round trip, "quoted": 100 %')
    with urlopen(f"{address}/images/{stored}") as answer:
        data = answer.read()
    made = stored_image(address, stored)
    await page.get_by_role("button", name="Reef").click()
    await choose(page, SDXL)
    await fire(page, "drop", ("a.png", "image/png", data), where="#results")
    await expect(prompt(page)).to_have_value(made["prompt"])
    await expect(page.locator("#seed input")).to_have_value(str(made["seed"]))
    await expect(page.locator("#random-seed input")).not_to_be_checked()
    again = await landed_batch(page, made["prompt"])
    assert (await source_of(again)).endswith(stored), "the very same request, from the cache"


@pytest.mark.parametrize("path", ["/gallery", "/settings"])  # from statistics: the next test
async def test_drop_on_another_page_leads_to_the_form(page: Page, path: str) -> None:
    await page.goto(path)
    await expect(page.locator(".intake")).to_have_count(1)
    await fire(page, "drop", picture())
    await expect(prompt(page)).to_have_value("a castle on a hill")
    await expect(page).to_have_url(re.compile(r"/$"))
    await expect(page.locator(".basis")).to_contain_text("Settings of another image")


async def test_settings_too_long_for_an_address_arrive_as_well(page: Page) -> None:
    long = " ".join(base64.b64encode(bytes([i, i * 7 % 256])).decode() for i in range(250)) * 5
    await page.goto("/statistics")
    await expect(page.locator(".intake")).to_have_count(1)
    await fire(page, "drop", picture(INFOTEXT.replace("a castle on a hill", long)))
    await expect(prompt(page)).to_have_value(long)


OF_NO_USE = (
    (picture(None), "No settings were found"),
    (("a.png", "image/png", b"no image at all"), "Choose an image"),
    (("a.png", "image/png", picture()[2][:60]), "No settings were found"),
    (("a.txt", "text/plain", b"Steps: 20"), "Choose an image"),
    (("a.png", "image/png", b""), "The file is empty."),
)


async def test_file_of_no_use_changes_nothing_and_says_why(page: Page) -> None:
    page = await page.context.new_page()  # Chromium logs each refusal as an error of its page
    await opened(page)
    for number, (file, words) in enumerate(OF_NO_USE):
        await prompt(page).fill(f"Typed with care, {number}")
        await fire(page, "drop", file)
        await expect(toast(page, words).first).to_be_visible()
        await expect(prompt(page)).to_have_value(f"Typed with care, {number}")
        await expect(page.locator(".basis")).to_have_count(1 if number else 0)
        await fire(page, "drop", picture())
        await expect(prompt(page)).to_have_value("a castle on a hill")
        await expect(page.locator(".toast[data-urgent=true]")).to_have_count(0)


async def test_of_several_files_the_first_is_used_and_said(page: Page) -> None:
    await opened(page)
    other = picture(INFOTEXT.replace("castle", "bridge"), "bridge.png")
    await fire(page, "drop", picture(), other)
    await expect(toast(page, "2 files: only the first one, castle.png, is used.")).to_be_visible()
    await expect(prompt(page)).to_have_value("a castle on a hill")


async def test_a_dropped_image_offers_the_model_that_takes_its_words(page: Page) -> None:
    await opened(page)
    words = "a pier <lora:foo:0.7>\nNegative prompt: gulls\nSteps: 4, Model: flux1-schnell"
    await fire(page, "drop", picture(words))
    chip = page.locator(".basis")
    await expect(chip).to_contain_text("they are plain words: <lora:foo:0.7>")
    await expect(page.locator("#negative_prompt")).to_be_hidden()
    await chip.get_by_role("button", name="SDXL 1.0 takes it: switch").click()
    await expect(page.locator("#negative_prompt textarea")).to_have_value("gulls")
    await expect(page.locator(f'#model input[value="{SDXL}"]')).to_be_checked()
    await expect(prompt(page)).to_have_value("a pier <lora:foo:0.7>")
    await expect(chip.get_by_role("button", name="switch")).to_have_count(0)


async def test_pasted_files_fill_the_form_and_pasted_text_stays_text(page: Page) -> None:
    await opened(page)
    await page.evaluate("navigator.clipboard.writeText('words, not settings')")
    await prompt(page).focus()
    await page.keyboard.press("Control+v")
    await expect(prompt(page)).to_have_value("words, not settings")
    await fire(page, "paste", picture(), where="#prompt textarea")
    await expect(prompt(page)).to_have_value("a castle on a hill")


async def test_dropped_text_goes_into_the_field(page: Page) -> None:
    await opened(page)
    taken = await page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text/plain", "dropped words");
          const options = { bubbles: true, cancelable: true, dataTransfer: data };
          const field = document.querySelector("#prompt textarea");
          return field.dispatchEvent(new DragEvent("drop", options));
        }"""
    )
    assert taken is True, "the browser's own handling was prevented"
    await expect(page.locator(".intake")).to_be_hidden()


async def test_file_chooser_is_reached_by_keyboard(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "castle.png"
    path.write_bytes(picture()[2])
    await opened(page)
    button = page.locator("#tools").get_by_role("button", name="Use an image's settings")
    async with page.expect_file_chooser() as waiting:
        await button.press("Enter")
    await (await waiting.value).set_files(path)
    await expect(prompt(page)).to_have_value("a castle on a hill")


async def test_contact_sheet_asks_which_of_its_images(page: Page) -> None:
    await opened(page)
    ids = [await image(page, f"Sheet {name}") for name in ("one", "two")]
    answer = await page.request.post(
        "/api/export", form={"ids": ",".join(ids), "what": "html", "metadata": "1"}
    )
    assert answer.ok
    await fire(page, "drop", ("sheet.html", "text/html", await answer.body()))
    dialog = page.get_by_role("dialog", name="Choose an image")
    await expect(dialog.locator("li")).to_have_count(2)
    await dialog.locator("button", has_text="Sheet one").focus()
    await page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(prompt(page)).to_have_value("Sheet one")


# --- earlier prompts -----------------------------------------------------------------------------


async def test_earlier_prompt_is_found_by_keyboard_alone_and_can_be_undone(page: Page) -> None:
    await opened(page)
    await image(page, "A zebra under the moon")
    await image(page, "An owl in the attic")
    await prompt(page).fill("Typed with care")
    await page.get_by_role("button", name="History").focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Earlier prompts")
    await expect(dialog.locator("li .what").first).to_have_text("An owl in the attic")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(dialog.locator("li button").nth(1)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.type("zebra")
    await expect(dialog.locator("li")).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(dialog).to_have_count(0)
    await expect(prompt(page)).to_have_value("A zebra under the moon")
    await expect(prompt(page)).to_be_focused()
    await page.keyboard.press("Control+z")
    await expect(prompt(page)).to_have_value("Typed with care")
    await page.get_by_role("button", name="History").click()
    await dialog.get_by_role("searchbox").fill("nothing like it")
    await expect(dialog.locator(".said")).to_have_text("No earlier prompt has these words.")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)


async def test_prompts_are_shown_as_text_and_an_empty_history_says_so(page: Page) -> None:
    hostile = {"prompt": "<img src=x onerror=alert(1)>", "used": "2026-01-01T00:00:00Z", "uses": 1}
    told: list[dict[str, object]] = [hostile]

    async def answer(route: Any) -> None:
        await route.fulfill(json={"prompts": told})

    await page.route("**/api/prompts*", answer)
    await opened(page)
    await page.get_by_role("button", name="History").click()
    await expect(page.locator(".prompts .what")).to_have_text(str(hostile["prompt"]))
    await page.keyboard.press("Escape")
    told.clear()
    await page.get_by_role("button", name="History").click()
    await expect(page.locator(".prompts .said")).to_contain_text("None yet")


# --- the draft -----------------------------------------------------------------------------------


async def test_form_survives_reload_and_a_visit_elsewhere(page: Page) -> None:
    await opened(page)
    await choose(page, SDXL)
    await page.locator("#negative_prompt textarea").fill("dogs")
    await choose(page, FLUX)
    await prompt(page).fill("A draft\nof two lines")
    await page.locator("#width input").fill("640")
    await page.locator("#seed input").fill("77")
    await count_of(page, 4)
    await page.wait_for_timeout(600)  # typing pauses before it is kept
    for path in ("/", "/gallery"):
        await page.goto(path)
        await opened(page)
        await expect(prompt(page)).to_have_value("A draft\nof two lines")
        await expect(page.locator("#width input")).to_have_value("640")
        await expect(page.locator("#seed input")).to_have_value("77")
        await expect(page.locator("#random-seed input")).not_to_be_checked()
        await expect(page.locator("#count input:checked")).to_have_value("4")
    await choose(page, SDXL)
    await expect(page.locator("#negative_prompt textarea")).to_have_value("dogs")


async def test_damaged_draft_is_left_out_in_silence(page: Page) -> None:
    draft = '{"model": 5, "values": {}}'  # other damage: draft.test.js and test_filling.py
    # Who has made an image before finds no example in the prompt.
    await page.add_init_script("localStorage.setItem('playground:hints', 'away')")
    await opened(page)
    await page.evaluate("(text) => sessionStorage.setItem('playground:draft', text)", draft)
    await page.reload()
    await told_the_deal(page)
    await expect(prompt(page)).to_have_value("")
    await expect(page.locator(".basis")).to_have_count(0)


# --- for everybody -------------------------------------------------------------------------------


async def test_sample_engines_images_are_marked(page: Page, address: str) -> None:
    await opened(page)
    stored = await image(page, "A sample or not")
    offline = stored_image(address, stored)["provider"] == "offline"
    badge = page.locator(".card .badge", has_text=re.compile("^Sample$"))
    await expect(badge).to_have_count(1 if offline else 0)


@SIZES
async def test_axe_finds_no_violation(page: Page, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await opened(page, "/?__theme=light")
    await fire(page, "drop", picture())
    await page.locator(".basis summary").click()
    await clean(page, "settings of another image")
    await page.get_by_role("button", name="History").click()
    await expect(page.locator(".prompts .said")).not_to_be_empty()
    await clean(page, "earlier prompts")
    assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
