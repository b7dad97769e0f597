"""What a person types on the Create page is taken as it was meant, and not lost."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import page_alone
from tests.e2e.create_page import choose, generate, landed, opened, small
from tests.e2e.until import until
from tests.ui.fake_studio import FLUX, SDXL

pytestmark = [pytest.mark.wide, pytest.mark.asyncio(loop_scope="session"), page_alone]


def number(page: Page, name: str) -> Locator:
    return page.locator(f'#{name} input[type="text"]')


def prompt(page: Page) -> Locator:
    return page.locator("#prompt textarea")


# --- numbers -------------------------------------------------------------------------------------


async def sent(page: Page) -> str:
    """Return the request as code: what would be sent."""
    if not await page.locator("#code-curl").is_visible():
        await page.locator("#snippet summary").click()
    return await page.locator("#code-curl code").inner_text()


async def test_a_number_is_sent_as_it_was_typed(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    for typed, said in (("2,5", '"guidance_scale": 2.5'), ("7.25", "7.25"), (" 3 ", ": 3")):
        await number(page, "guidance_scale").fill(typed)
        await page.locator("#snippet summary").focus()
        await sent(page)
        await expect(page.locator("#code-curl code")).to_contain_text(said)
        await expect(number(page, "guidance_scale")).to_have_value(typed)
    await number(page, "seed").press_sequentially("1e3")
    await number(page, "seed").fill("1e3")
    await expect(page.locator("#code-curl code")).to_contain_text('"seed": 1000')


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("guidance_scale", "25", "from 0 to 20"),
        ("guidance_scale", "2,5,0", "must be a number"),
        ("guidance_scale", "1,234", "two ways"),
        ("guidance_scale", "", "is empty"),
        ("num_steps", "99", "from 1 to 50"),
        ("num_steps", "2,5", "whole number"),
        ("seed", "seven", "must be a number"),
        ("seed", "4294967296", "out of range"),
        ("width", "1 024", "must be a number"),
    ],
)
async def test_what_is_no_such_number_is_refused_at_its_field_and_stays(
    page: Page, name: str, typed: str, says: str
) -> None:
    await opened(page)
    await prompt(page).fill("A number")
    await number(page, name).fill(typed)
    await page.keyboard.press("Tab")
    await page.locator("#generate").click()
    await expect(page.locator(f"#{name} .field-error")).to_contain_text(says)
    await expect(number(page, name)).to_be_focused()
    await expect(number(page, name)).to_have_value(typed)
    await expect(page.locator(".batch")).to_have_count(0)


async def test_the_wheel_over_a_number_scrolls_and_changes_nothing(page: Page) -> None:
    await page.set_viewport_size({"width": 500, "height": 500})
    await opened(page)
    await page.locator("#toggle-settings").click()
    await number(page, "seed").fill("777")
    before = await page.evaluate("scrollY")
    await number(page, "seed").hover()
    await page.mouse.wheel(0, -200)
    await until(page, f"scrollY < {before}")
    await expect(number(page, "seed")).to_have_value("777")


async def test_arrow_keys_and_the_slider_move_a_number_by_its_step(page: Page) -> None:
    await opened(page)
    await number(page, "width").fill("1000")
    await number(page, "width").press("ArrowUp")
    await expect(number(page, "width")).to_have_value("1008")
    await number(page, "num_steps").fill("50")
    await number(page, "num_steps").press("ArrowUp")
    await expect(number(page, "num_steps")).to_have_value("50")
    await page.get_by_label("Steps, by sliding").press("ArrowLeft")
    await expect(number(page, "num_steps")).to_have_value("49")


# --- the prompt ----------------------------------------------------------------------------------


async def test_a_prompt_that_shows_nothing_is_empty(page: Page) -> None:
    await opened(page)
    await prompt(page).fill("\u200b\ufeff \u3164\u2060")
    await prompt(page).press("Enter")
    await expect(page.locator("#prompt .field-error")).to_contain_text("The prompt is empty.")
    await expect(page.locator(".batch")).to_have_count(0)


COMPOSITION_ENDS = """(field) => {
    const key = (more) => new KeyboardEvent("keydown",
        { key: "Enter", bubbles: true, cancelable: true, ...more });
    field.dispatchEvent(key({ isComposing: true }));
    field.dispatchEvent(new CompositionEvent("compositionend", { data: "\u732b", bubbles: true }));
    field.dispatchEvent(key({ keyCode: 229 })); // Safari
    field.dispatchEvent(key({ repeat: true })); // held down
}"""


async def test_enter_that_ends_a_composition_or_is_held_generates_nothing(page: Page) -> None:
    await opened(page)
    await small(page)
    await prompt(page).fill("\u732b")
    await prompt(page).evaluate(COMPOSITION_ENDS)
    await page.wait_for_timeout(700)
    await expect(page.locator(".batch")).to_have_count(0)
    await prompt(page).press("Enter")
    await expect(page.locator(".batch")).to_have_count(1)


async def test_a_prompt_that_an_example_replaced_is_put_back(page: Page) -> None:
    await opened(page)
    await prompt(page).fill("Written with care")
    await page.get_by_role("button", name="Lighthouse").click()
    offer = page.locator("#prompt .put-back")
    await expect(offer).to_contain_text("Your text was replaced.")
    await offer.get_by_role("button", name="Put it back").click()
    await expect(prompt(page)).to_have_value("Written with care")
    await expect(offer).to_have_count(0)
    await page.get_by_role("button", name="Forest").click()
    await expect(offer).to_have_count(1)
    await prompt(page).press("ControlOrMeta+z")
    await expect(prompt(page)).to_have_value("Written with care")


async def test_texts_that_reuse_replaced_are_put_back_and_what_was_sent_is_not_offered(
    page: Page,
) -> None:
    await opened(page)
    await choose(page, SDXL)
    await small(page)
    await page.locator("#negative_prompt textarea").fill("dogs")
    batch = await generate(page, "Sent before")
    await landed(batch)
    await page.get_by_role("button", name="Reuse all").first.click()
    await expect(page.locator(".basis")).to_have_count(1)
    await expect(page.locator(".put-back")).to_have_count(0)
    await prompt(page).fill("Not sent")
    await page.locator("#negative_prompt textarea").fill("cats")
    await page.wait_for_timeout(700)  # a double click of the card's is one click
    await page.get_by_role("button", name="Reuse all").first.click()
    await expect(prompt(page)).to_have_value("Sent before")
    await page.get_by_role("button", name="Put it back").click()
    await expect(prompt(page)).to_have_value("Not sent")
    await expect(page.locator("#negative_prompt textarea")).to_have_value("cats")


async def test_a_draft_that_a_link_replaced_is_put_back(page: Page) -> None:
    await opened(page)
    await choose(page, FLUX)
    await small(page)
    batch = await generate(page, "From a link")
    await landed(batch)
    image = (await batch.locator(".card img").get_attribute("src") or "").rsplit("/", 1)[1]
    await prompt(page).fill("My draft")
    await page.wait_for_timeout(500)  # it is stored once typing pauses
    await opened(page, f"/?image={image}")
    await expect(prompt(page)).to_have_value("From a link")
    await page.get_by_role("button", name="Put it back").click()
    await expect(prompt(page)).to_have_value("My draft")


async def test_prompts_read_from_the_side_that_their_script_begins_on(page: Page) -> None:
    await opened(page)
    await small(page)
    batch = await generate(page, "\u05d7\u05ea\u05d5\u05dc \u05e2\u05dc \u05d2\u05d2")
    await landed(batch)
    right = "(element) => getComputedStyle(element).direction"
    assert await prompt(page).evaluate(right) == "rtl"
    assert await batch.locator("h3").evaluate(right) == "rtl"
    await page.get_by_role("button", name="History").click()
    await page.wait_for_selector(".prompts li .what")
    assert await page.locator(".prompts .what").first.evaluate(right) == "rtl"


# --- what is dropped -----------------------------------------------------------------------------

DROP = """([where, type, text]) => {
    const data = new DataTransfer();
    data.setData("text/uri-list", text);
    if (type) data.setData("text/html", type);
    const target = document.querySelector(where);
    const tell = (name) => target.dispatchEvent(
        new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true }));
    return [!tell("dragover"), !tell("drop")];
}"""


@pytest.mark.parametrize(
    ("where", "html", "link", "taken", "says"),
    [
        ("body", "<img src='https://x.example/a'>", "https://x.example/a", True, "address came"),
        ("body", "", "https://x.example/cat.png?w=1", True, "address came"),
        ("body", "", "data:image/png;base64,AAAA", True, "address came"),
        ("#prompt textarea", "<IMG src='/a'>", "https://x.example/a", True, "address came"),
        ("body", "", "https://x.example/page", True, "A link cannot be used"),
        ("#prompt textarea", "", "https://x.example/page", False, ""),
    ],
)
async def test_an_image_that_comes_as_an_address_is_refused_in_words(
    page: Page, where: str, html: str, link: str, taken: bool, says: str
) -> None:
    await opened(page)
    _, dropped = await page.evaluate(DROP, [where, html, link])
    assert dropped is taken
    if says:
        await expect(page.locator(".toast")).to_contain_text(says)
    else:
        await expect(page.locator(".toast")).to_have_count(0)
