"""The form: models, shapes, seeds, errors and the code of a request."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.conftest import page_alone
from tests.e2e.create_page import choose, generate, landed, opened, seed_of, small
from tests.ui.fake_studio import FLUX, SDXL

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
    await expect(page.locator('#num_steps input[type="text"]')).to_have_value("4")
    await choose(page, SDXL)
    await expect(page.locator("#negative_prompt textarea")).to_have_value("dogs")
    await expect(page.locator('#num_steps input[type="text"]')).to_have_value("25")
    await expect(page.locator("#model-note")).to_contain_text("stored image is the only copy")


@page_alone
async def test_the_form_is_the_last_chosen_models_however_quickly_they_follow(page: Page) -> None:
    async def slow(route: Route) -> None:
        await asyncio.sleep(0.5)
        await route.continue_()

    await opened(page)
    await page.route("**/gradio_api/run/**", slow)
    await page.locator(f'#model input[value="{SDXL}"]').check()
    await page.locator(f'#model input[value="{FLUX}"]').check()
    await expect(page.locator('#num_steps input[type="text"]')).to_have_value("25")
    await expect(page.locator('#num_steps input[type="text"]')).to_have_value("4")
    await expect(page.locator("#seed")).to_be_visible()
    await page.unroute_all(behavior="wait")


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
    await page.locator("#prompt textarea").fill("")
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
