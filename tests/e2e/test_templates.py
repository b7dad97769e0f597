"""Braces that are choices, on Create; lists and wildcard files on the experiments page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.conftest import program
from tests.e2e.create_page import count_of, landed, opened, small
from tests.e2e.looks import SIZES, clean

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("templates"),
]

SIX = "a {red|green|blue} {fox|cat}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("templates") / "data"


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with program(folder) as url:
        yield url


async def typed(page: Page, address: str, prompt: str) -> None:
    await opened(page, address)
    await small(page)
    await page.locator("#prompt textarea").fill(prompt)


async def test_the_switch_is_offered_says_what_it_makes_and_makes_that(
    page: Page, address: str
) -> None:
    await typed(page, address, "a { of foxes")
    await expect(page.locator("#templates-on")).to_be_hidden()
    await page.locator("#prompt textarea").fill(SIX)
    switch, said = page.locator("#templates-on"), page.locator("#templates-said")
    await expect(said).to_have_text("They are sent as they stand.")
    await switch.check()
    await expect(said).to_have_text("1 of 6 prompts is made, chosen at random.")
    await page.locator("#count label").get_by_text("8", exact=True).click()
    await expect(said).to_have_text("6 prompts, each is made.")
    await expect(page.locator("#generate")).to_have_text("Generate 6 images free")
    await expect(page.locator("#template_seed")).to_be_hidden()

    await count_of(page, 2)
    await expect(said).to_have_text("2 of 6 prompts are made, chosen at random.")
    await page.locator("#generate").click()
    batch = page.locator(".batch").first
    await landed(batch, 2)
    await expect(batch.get_by_role("heading", level=3)).to_have_text(SIX)
    own = await batch.locator(".own-prompt").all_inner_texts()
    assert len(set(own)) == 2 and all(re.fullmatch("a (red|green|blue) (fox|cat)", t) for t in own)

    await page.get_by_role("button", name=re.compile("Keep .*, the last one")).click()
    await page.locator("#generate").click()
    await expect(page.locator(".batch")).to_have_count(2)
    await landed(page.locator(".batch").first, 2)
    assert await page.locator(".batch").first.locator(".own-prompt").all_inner_texts() == own

    await batch.locator("button.frame").first.click()
    details = page.locator("dialog.viewer dl")
    await expect(details).to_contain_text(SIX)
    await page.keyboard.press("Escape")
    await batch.get_by_role("button", name="Reuse all").first.click()
    await expect(page.locator("#prompt textarea")).to_have_value(own[0])
    await expect(switch).to_be_hidden()


async def test_what_cannot_be_read_is_said_at_once_and_refused_at_its_field(
    browser: Browser, address: str
) -> None:
    page = await browser.new_page()  # a refusal is a line in the browser's console
    await typed(page, address, SIX)
    await page.locator("#templates-on").check()
    await page.locator("#prompt textarea").fill("a {red|green cat")
    said = page.locator("#templates-said")
    await expect(said).to_contain_text("cannot be read from character 3 on")
    await page.locator("#generate").click()
    await expect(page.locator("#prompt-error")).to_contain_text("cannot be read from character 3")
    await expect(page.locator(".batch")).to_have_count(0)
    await page.locator("#prompt textarea").fill("a __light__")
    await expect(said).to_contain_text("There is no wildcard file light.")
    await expect(page.get_by_role("link", name="Wildcard files")).to_be_visible()
    await page.reload()
    await expect(page.locator("#templates-on")).to_be_checked()
    await page.locator("#templates-on").uncheck()
    await expect(page.locator("#generate")).to_contain_text("free")
    await page.close()


async def test_a_wildcard_file_is_written_by_keys_and_what_another_wrote_is_not_lost(
    browser: Browser, address: str, folder: Path
) -> None:
    page = await browser.new_page()
    await page.goto(f"{address}/experiments#wildcards")
    await page.get_by_role("button", name="New file").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.type("light")
    await page.keyboard.press("Tab")
    await page.keyboard.type("at dusk\nat dawn")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    row = page.locator('#wildcards li[data-name="light"]')
    await expect(row).to_contain_text("2 lines")
    await expect(row.get_by_role("button", name="Edit light")).to_be_focused()

    await page.keyboard.press("Enter")
    lines = row.get_by_label("Lines")
    await lines.fill("at noon")
    (folder / "wildcards" / "light.txt").write_text("by candle light")
    await row.get_by_role("button", name="Save").click()
    await expect(row.get_by_role("alert")).to_contain_text("was changed elsewhere meanwhile")
    await expect(lines).to_have_value("at noon")
    await row.get_by_role("button", name="Overwrite it").click()
    await expect(row).to_contain_text("1 line")
    assert (folder / "wildcards" / "light.txt").read_text() == "at noon"

    await row.get_by_role("button", name="Delete light").click()
    await expect(row).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(row).to_contain_text("1 line")
    await page.close()


async def test_a_list_is_what_stands_in_its_file(page: Page, address: str) -> None:
    await page.goto(f"{address}/experiments")
    await page.locator("#axis-x-kind").select_option("prompts")
    chooser = page.locator(".axis").first.locator("input[type=file]")

    async def read(content: str) -> None:
        file = {"name": "list.txt", "mimeType": "text/plain", "buffer": content.encode()}
        await chooser.set_input_files([file])  # type: ignore[list-item]

    await read('\ufeff--prompt "a cat, red" --seed 1 --steps 2\n--prompt "a dog" --seed 2\n')
    await expect(page.locator("#axis-x-kind")).to_have_value("rows")
    await expect(page.locator("#axis-x-said")).to_contain_text("prompt a cat, red, seed 1")
    await read("a cat, red\na dog")
    await expect(page.locator("#axis-x-kind")).to_have_value("prompts")
    await expect(page.locator("#axis-x-said")).to_have_text("2 values: a cat, red, a dog.")
    await read("prompt;seed\na cat;1\n")
    await expect(page.locator("#axis-x-kind")).to_have_value("rows")
    await page.locator("#axis-x-kind").select_option("prompts")
    await page.locator("#axis-x-values").fill(SIX)
    await page.locator("#axis-x-templates").check()
    await page.locator(".axis").first.get_by_label("Some at random").check()
    await page.locator("#axis-x-take-count").fill("2")
    await page.locator("#axis-x-take-seed").fill("5")
    taken = "2 of 6 were taken at random, by the seed 5."
    await expect(page.locator("#axis-x-said")).to_contain_text(taken)


async def test_a_list_is_dropped_or_pasted_where_it_is_to_vary(page: Page, address: str) -> None:
    await page.goto(f"{address}/experiments")
    kind, said = page.locator("#axis-y-kind"), page.locator("#axis-y-said")
    await (
        page.locator(".axis")
        .nth(1)
        .evaluate(
            """(axis) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(["prompt,seed\\na cat,1\\na dog,2"], "list.csv"));
          const how = { dataTransfer, bubbles: true, cancelable: true };
          axis.dispatchEvent(new DragEvent("drop", how));
        }"""
        )
    )
    await expect(kind).to_have_value("rows")
    await expect(said).to_contain_text("2 values: prompt a cat, seed 1")
    await kind.select_option("prompts")
    await page.locator("#axis-y-values").evaluate(
        """(field) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", '--prompt "a bird" --seed 3');
          const how = { clipboardData, bubbles: true, cancelable: true };
          field.dispatchEvent(new ClipboardEvent("paste", how));
        }"""
    )
    await expect(kind).to_have_value("rows")
    await expect(said).to_contain_text("1 value: prompt a bird, seed 3.")


@pytest.mark.wide
@SIZES
async def test_axe_finds_no_violation(page: Page, address: str, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await opened(page, address)
    await page.locator("#prompt textarea").fill(SIX + ", __nix__")
    await page.locator("#templates-on").check()
    await expect(page.locator("#templates-said")).to_contain_text("no wildcard file nix")
    await clean(page, "the switch")
    await page.goto(f"{address}/experiments")
    await page.get_by_role("button", name="New file").click()
    await clean(page, "a wildcard file")
