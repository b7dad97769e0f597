"""Styles and presets in a real browser: chosen, shown, sent, brought in, changed, undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import program
from tests.e2e.create_page import choose, generate, landed, opened, small
from tests.e2e.looks import SIZES, clean
from tests.ui.fake_studio import FLUX, SDXL

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("styles")]

STYLES = [
    {"name": "Cinema", "prompt": "film of {prompt}", "negative_prompt": "cartoon"},
    {"name": "Oil", "prompt": "oil painting", "negative_prompt": ""},
]
DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name));
  for (const kind of ["dragenter", "dragover", "drop"])
    document.body.dispatchEvent(
      new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }),
    );
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("styles") / "data") as url:
        yield url


@pytest.fixture(autouse=True)
def kept(address: str) -> None:
    """Have these two styles there, and nothing else."""
    with urlopen(f"{address}/api/styles", timeout=10) as answer:
        there = json.load(answer)
    names = {kind: [one["name"] for one in there[kind]] for kind in there}
    for path, body in (("remove", names), ("restore", {"styles": STYLES})):
        content = {"Content-Type": "application/json"}
        asked = Request(f"{address}/api/styles/{path}", json.dumps(body).encode(), content)
        urlopen(asked, timeout=10).close()


async def test_the_choice_is_as_high_as_its_list_and_stays_so_while_it_is_searched(
    page: Page,
) -> None:
    await opened(page)
    await page.locator("#choose-styles").click()
    dialog = page.locator(".picker")
    await expect(dialog.locator("li")).to_have_count(2)
    height = "(dialog) => dialog.offsetHeight"
    before = await dialog.evaluate(height)
    assert before < 400
    await page.get_by_role("searchbox", name="Search styles").fill("nothing of the kind")
    await expect(dialog.locator("li")).to_have_count(0)
    assert await dialog.evaluate(height) == before


async def wear(page: Page, *names: str) -> None:
    """Choose styles by keys alone."""
    await page.locator("#choose-styles").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".picker li")).not_to_have_count(0)
    for name in names:
        await page.get_by_role("searchbox", name="Search styles").fill(name)
        await page.keyboard.press("Enter")
        chosen = page.locator(".picker").get_by_role("button", name=name, pressed=True)
        await expect(chosen).to_be_visible()
    await page.keyboard.press("Escape")


async def test_styles_stack_are_shown_before_they_are_sent_and_leave_what_was_typed(
    page: Page,
) -> None:
    await opened(page)
    await small(page)
    await page.locator("#prompt textarea").fill("a cat")
    await wear(page, "Oil", "Cinema")
    await expect(page.locator(".becomes")).to_contain_text("Sent as: film of a cat, oil painting")
    await expect(page.locator(".becomes")).to_contain_text("takes no negative prompt")
    batch = await generate(page, "a fox")
    await expect(page.locator(".becomes")).to_contain_text("film of a fox, oil painting")
    await landed(batch)
    await expect(batch).to_contain_text("film of a fox, oil painting")
    await expect(page.locator("#prompt textarea")).to_have_value("a fox")
    await page.get_by_role("button", name="Take off the style Oil").press("Enter")
    await expect(page.locator(".becomes")).to_contain_text("film of a fox")
    await expect(page.locator(".becomes")).not_to_contain_text("oil")
    await page.reload()
    await expect(page.get_by_role("button", name="Take off the style Cinema")).to_be_visible()
    await page.get_by_role("button", name="History").click()
    await expect(page.locator(".prompts li .what").first).to_have_text("a fox")
    await page.goto("/experiments")  # which has no styles of its own
    await expect(page.locator("#base-prompt")).to_have_value("film of a fox")


async def test_a_form_is_kept_under_a_name_and_comes_back_with_what_was_typed_one_click_away(
    page: Page,
) -> None:
    await opened(page)
    await choose(page, SDXL)
    await small(page)
    await page.locator("#prompt textarea").fill("a castle")
    await wear(page, "Cinema")
    await page.locator("#choose-presets").click()
    await page.locator("#preset-name").fill("Castles")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast")).to_contain_text("kept as Castles")
    await choose(page, FLUX)
    await page.get_by_role("button", name="Take off the style Cinema").click()
    await page.locator("#prompt textarea").fill("my own words")
    await page.locator("#choose-presets").click()
    await page.locator(".picker").get_by_role("button", name="Castles").click()
    await expect(page.locator(f'#model input[value="{SDXL}"]')).to_be_checked()
    await expect(page.locator("#prompt textarea")).to_have_value("a castle")
    await expect(page.locator(".worn li bdi")).to_have_text("Cinema")
    await page.get_by_role("button", name="Put it back").click()
    await expect(page.locator("#prompt textarea")).to_have_value("my own words")


async def test_a_file_is_dropped_edited_deleted_and_undone(page: Page, address: str) -> None:
    await page.goto("/styles")
    await expect(page.locator("#styles .rows li")).to_have_count(2)
    table = 'name,prompt\nOil,"oil, thick"\nInk,ink\nEmpty,\n'
    await page.evaluate(DROP, ["styles.csv", table])
    told = page.locator(".told-file")
    await expect(told).to_contain_text("2 styles taken.")
    await expect(told).to_contain_text("Oil (2)")
    await expect(told).to_contain_text("Empty: It has no text.")
    await expect(page.locator("#styles .rows li")).to_have_count(4)
    await page.get_by_role("button", name="Edit the style Ink").click()
    await page.locator("#style-name").fill("Inks")
    await page.locator("#style-name").press("Enter")
    await expect(page.get_by_role("button", name="Edit the style Inks")).to_be_visible()
    await page.get_by_role("button", name="Delete the style Inks").click()
    await expect(page.locator("#styles .rows li")).to_have_count(3)
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("Control+z")
    await expect(page.get_by_role("button", name="Edit the style Inks")).to_be_visible()
    await page.locator("#styles-search").fill("oil")
    await page.get_by_role("button", name="Delete the 2 found").click()
    await expect(page.locator("#styles .rows li")).to_have_count(2)
    await page.get_by_role("link", name="Use the style Inks").click()
    await expect(page.get_by_role("button", name="Take off the style Inks")).to_be_visible()


@pytest.mark.wide
@SIZES
async def test_axe_finds_no_violation(page: Page, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.goto("/styles")
    await expect(page.locator("#styles .rows li")).to_have_count(2)
    await page.get_by_role("button", name="New style").click()
    await clean(page, "the page of styles")
    await opened(page)
    await wear(page, "Cinema")
    await expect(page.locator(".becomes")).to_be_visible()
    await clean(page, "the prompt with a style")
    for button in ("#choose-styles", "#choose-presets"):
        await page.locator(button).click()
        await expect(page.locator(".picker")).to_be_visible()
        await clean(page, f"the dialog of {button}")
        await page.keyboard.press("Escape")
