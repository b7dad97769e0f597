"""Images made again, reused and compared, in a real browser; and the dialogs keep nobody out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.e2e.calls import make_images
from tests.e2e.conftest import program
from tests.e2e.looks import SIZES, clean
from tests.e2e.test_viewer import key, look
from tests.ui.fake_studio import SDXL

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("viewer"),
]

POSTS = """{
  window.posts = [];
  const ask = window.fetch;
  window.fetch = (path, options) => {
    if (options?.method === 'POST' && String(path).startsWith('/api/')) {
      window.posts.push([path, JSON.parse(options.body)]);
    }
    return ask(path, options);
  };
}"""
"""Keeps what the page sends to our own routes in `window.posts`."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("compare") / "data") as url:
        yield url


# --- reusing and making again --------------------------------------------------------------------


async def test_making_it_again_asks_first_and_proves_the_pixels(page: Page, address: str) -> None:
    record = make_images(address, "made again", seed=11)[0]
    await page.add_init_script(POSTS)
    dialog = await look(page, record)
    again = dialog.get_by_role("button", name="Make it again and compare")
    await again.click()
    panel = dialog.get_by_role("region", name="Make it again and compare")
    await expect(panel).to_contain_text("Cost: free")
    await key(page, "Tab", "Tab", "Enter")
    await expect(panel).to_have_count(0)
    await expect(again).to_be_focused()
    assert await page.evaluate("window.posts") == []
    await key(page, "Enter")
    await panel.get_by_role("button", name="Make it again", exact=True).dblclick()
    proof = dialog.locator(".proof")
    await expect(proof).to_contain_text("identical, pixel for pixel")
    await expect(proof).to_be_focused()
    sent = await page.evaluate("window.posts")
    assert [path for path, _ in sent] == [f"/api/images/{record['id']}/reproduce"]
    assert re.fullmatch("[0-9a-f]{32}", sent[0][1]["token"])
    await dialog.get_by_role("button", name=re.compile("Open: Made again")).click()
    await expect(dialog.locator(".lineage")).to_contain_text("Made again from this image")
    await dialog.get_by_role("button", name="Back to image").click()
    await expect(dialog.locator(".position")).to_have_text(re.compile(r"Image 1 of \d+"))


async def test_neighbouring_seeds_are_one_job_and_lead_to_create(page: Page, address: str) -> None:
    record = make_images(address, "in between", seed=500)[0]
    await page.add_init_script(POSTS)
    dialog = await look(page, record)
    await dialog.get_by_role("button", name="Neighbouring seeds").click()
    panel = dialog.get_by_role("region", name="Neighbouring seeds")
    await expect(panel).to_contain_text(re.compile("seeds 496 to 504.*Cost"))
    yes = panel.get_by_role("button", name="Make them")
    await yes.evaluate("(button) => (button.click(), button.click())")
    await expect(panel).to_contain_text("on their way")
    assert len(await page.evaluate("window.posts")) == 1
    await panel.get_by_role("link", name="Go to Create").click()
    await expect(page.locator('.batch .card[data-state="saved"]')).not_to_have_count(0)


async def test_without_a_seed_the_program_says_why_not(page: Page, address: str) -> None:
    dialog = await look(page, make_images(address, "never again", model=SDXL)[0])
    await expect(dialog.locator(".prompt")).to_have_text(["never again", "fog"])
    await dialog.get_by_role("button", name="Make it again and compare").click()
    panel = dialog.get_by_role("region", name="Make it again and compare")
    await expect(panel).to_contain_text("seed")
    await expect(panel.get_by_role("button")).to_have_text(["Close"])


async def test_a_refusal_stands_at_the_question_and_is_asked_anew(
    browser: Browser, address: str
) -> None:
    record = make_images(address, "refused", seed=3)[0]
    page = await browser.new_page(base_url=address)
    told = {"error": {"message": "The budget is used up.", "hint": "Wait a day.", "field": None}}
    tokens: list[str] = []

    async def refuse(route: Any) -> None:
        tokens.append(route.request.post_data_json["token"])
        await route.fulfill(status=422, json=told)

    await page.route("**/reproduce", refuse)
    dialog = await look(page, record)
    again = dialog.get_by_role("button", name="Make it again and compare")
    yes = dialog.get_by_role("button", name="Make it again", exact=True)
    await again.click()
    await yes.click()
    alert = dialog.locator(".panel .field-error")
    await expect(alert).to_have_text("The budget is used up. Wait a day.")
    async with page.expect_response("**/reproduce"):
        await yes.click()
    assert len(tokens) == 2
    assert len(set(tokens)) == 1, "the same question is the same job, however often it is sent"
    await page.close()


async def test_reuse_leads_into_the_form_with_what_was_chosen(page: Page, address: str) -> None:
    record = make_images(address, "a form filled from the viewer", seed=77)[0]
    dialog = await look(page, record)
    await dialog.get_by_role("button", name="Copy recipe link").click()
    link = str(await page.evaluate("navigator.clipboard.readText()"))
    assert link.startswith(f"{address}/?recipe=")
    ways = dialog.get_by_role("button", name="More ways")
    for inside in (True, False):  # Escape puts away what was opened last
        await ways.click()
        await expect(dialog.get_by_role("link", name="Only the prompt")).to_be_visible()
        if not inside:
            await ways.focus()
        await key(page, "Escape")
        await expect(dialog.get_by_role("link", name="Only the prompt")).to_have_count(0)
        await expect(ways).to_be_focused()
    await ways.click()
    other = dialog.get_by_role("link", name=re.compile("Same with SDXL"))
    await expect(other).to_contain_text("seed 77")
    await other.click()
    await expect(page.locator(f'#model input[value="{SDXL}"]')).to_be_checked()
    await expect(page.locator("#prompt textarea")).to_have_value(record["prompt"])
    await page.goto(link)
    await expect(page.locator("#seed input")).to_have_value("77")
    for side in ("width", "height"):
        await page.locator(f"#{side} input").fill("256")
    await page.locator("#generate").click()
    card = page.locator('.card[data-state="saved"]').first
    await expect(card).to_be_visible()
    await page.locator("#prompt textarea").fill("typed since")
    await card.locator("button.frame").click()
    dialog = page.get_by_role("dialog", name="Image details")
    await dialog.get_by_role("button", name="More ways").click()
    await dialog.get_by_role("button", name="Only the prompt").click()
    await expect(dialog).to_have_count(0)
    await expect(page.locator("#prompt textarea")).to_have_value(record["prompt"])


# --- comparing ------------------------------------------------------------------------------------


async def test_two_images_under_a_slider_by_keyboard(page: Page, address: str) -> None:
    ids = [make_images(address, "compared", seed=seed)[0]["id"] for seed in (1, 2)]
    await page.goto(f"/gallery?compare={','.join(ids)}")
    dialog = page.get_by_role("dialog", name="Compare images")
    slider = dialog.get_by_role("slider")
    await slider.focus()
    await key(page, "ArrowRight", "ArrowRight")
    await expect(slider).to_have_attribute("aria-valuetext", "52 % of A, 48 % of B")
    width = await dialog.locator(".slider .over").evaluate("(i) => getComputedStyle(i).clipPath")
    assert "48%" in width
    await expect(dialog.locator(".pixels")).to_contain_text("Different")
    await expect(dialog.locator("tr.differs")).to_have_count(1)
    await expect(dialog.locator("tr.differs")).to_contain_text(re.compile("Seed.*differs"))
    await dialog.get_by_role("switch").check()
    await expect(dialog.locator("tbody tr:visible")).to_have_count(1)
    await dialog.get_by_role("radio", name="Slider").focus()
    await key(page, "ArrowRight", "ArrowRight")
    await expect(dialog.get_by_role("img", name="Where A and B differ")).to_be_visible()
    assert ",".join(ids) in page.url
    await key(page, "Escape")
    await expect(dialog).to_have_count(0)
    await expect(page).to_have_url(re.compile("/gallery$"))


async def test_four_images_zoom_together_whatever_their_size(page: Page, address: str) -> None:
    ids = [make_images(address, "four", side=side)[0]["id"] for side in (256, 512, 768, 1024)]
    await page.goto(f"/gallery?compare={','.join(ids)}")
    dialog = page.get_by_role("dialog", name="Compare images")
    await expect(dialog.locator("tbody tr")).not_to_have_count(0)
    pictures = dialog.locator(".stage img")
    before = [(await pictures.nth(i).bounding_box() or {})["width"] for i in range(4)]
    await dialog.locator(".stage").nth(2).hover()
    await page.mouse.wheel(0, -500)
    after = [(await pictures.nth(i).bounding_box() or {})["width"] for i in range(4)]
    times = [b / a for a, b in zip(before, after, strict=True)]
    assert min(times) > 2
    assert max(times) - min(times) < 0.02
    await key(page, "z")
    await page.wait_for_timeout(300)  # it glides back
    assert [(await pictures.nth(i).bounding_box() or {})["width"] for i in range(4)] == before


# --- for everybody -------------------------------------------------------------------------------


@SIZES
async def test_axe_finds_no_violation(page: Page, address: str, size: tuple[int, int]) -> None:
    record = make_images(address, "accessible", seed=21)[0]
    other = make_images(address, "accessible too", side=512)[0]
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    dialog = await look(page, {"id": f"{record['id']}&__theme=dark"})
    await expect(page.locator("body.dark")).to_have_count(1)
    await key(page, "3")
    for button in ("More ways", "Make it again and compare"):
        await dialog.get_by_role("button", name=button).click()
        await clean(page, "viewer")
    await page.goto(f"/gallery?compare={record['id']},{other['id']}")
    compare = page.get_by_role("dialog", name="Compare images")
    await expect(compare.locator("tbody tr")).not_to_have_count(0)
    await clean(page, "comparison")
    await compare.get_by_role("radio", name="Slider").check()
    await clean(page, "slider")
