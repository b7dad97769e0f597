"""Walks through all pages, whatever their language: each walk yields the name of what is in sight.

What a visitor types, and what tests store, is in Cyrillic: no word of it is taken for English.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from random import random

from playwright.async_api import Page, expect

from tests.e2e.calls import ask
from tests.http import faults as f
from tests.ui.fake_studio import FLUX

PROMPT = "лиса в снегу"
TAG = "море"


@dataclass(frozen=True)
class World:
    """A program with some images, in which the made-up language can be chosen."""

    url: str
    platform: f.FaultServer
    images: list[str]


def furnished(url: str, platform: f.FaultServer) -> World:
    """Return a program with three images: one is marked, one in the trash."""
    ids = []
    for number in range(3):
        platform.script(f.good(f.png(256, 256, colour=0xCC3333 + number)))
        body = {"model": FLUX, "prompt": PROMPT, "width": 256, "height": 256}
        ids += [made["id"] for made in ask(url, "/api/generate", {**body, "seed": number})]
    marks = {"starred": True, "rating": 4, "add_tags": [TAG]}
    ask(url, "/api/images", {"ids": ids[:1], **marks})
    ask(url, "/api/images", {"ids": ids[2:], "deleted": True})
    return World(url, platform, ids)


Walk = Callable[[Page, World], AsyncIterator[str]]


async def create(page: Page, world: World) -> AsyncIterator[str]:
    await page.goto("/")
    await expect(page.locator("#generate .costs")).not_to_be_empty()
    yield "as it opens"
    if await page.locator("#toggle-settings").is_visible():
        await page.locator("#toggle-settings").click()
    for model in await page.locator("#model input").all():
        await model.check()
        await expect(page.locator("#generate .costs")).not_to_be_empty()
        await page.wait_for_timeout(500)  # the form follows
        yield f"the form of {await model.input_value()}"
    await page.locator("#model input").first.check()
    await page.locator("#snippet summary").click()
    yield "the code"
    await page.locator("#snippet summary").click()
    await page.locator("#tools button").first.click()
    await expect(page.locator("dialog[open]")).to_be_visible()
    yield "earlier prompts"
    await page.keyboard.press("Escape")
    for side in ("width", "height"):
        await page.locator(f"#{side} input").first.fill("1000")
    await page.locator("#prompt textarea").fill(PROMPT)
    await page.locator("#generate").click()
    await expect(page.locator(".field-error").first).to_be_visible()
    yield "fields that are refused"
    for side in ("width", "height"):
        await page.locator(f"#{side} input").first.fill("256")
    async for where in _runs(page, world):
        yield where


ENDS = {
    "saved": [f.good(f.png(256, 256))],
    "a key that is refused": [f.status(401, "нет")],
    "too little credit": [f.status(402, "нет")],
    "a value that is refused": [f.status(422, "num_steps 3")],
    "a doubt": [f.status(500, "нет")],
    "no image": [f.good(b"no image")],
    "a page of somebody else's": [f.html(502)],
}


async def _runs(page: Page, world: World) -> AsyncIterator[str]:
    for number, (name, answers) in enumerate(ENDS.items(), 1):
        world.platform.script(*answers)
        before = await page.locator(".batch").count()  # what is in doubt is there for everybody
        await page.locator("#prompt textarea").fill(f"{PROMPT} {number}")
        await page.locator("#prompt textarea").press("Enter")
        card = page.locator(".batch").first.locator(".card")
        await expect(page.locator(".batch")).to_have_count(before + 1)
        done = '.batch:first-child .card:is([data-state="saved"], [data-state="failed"])'
        done += ', .batch:first-child .card[data-state="unknown"]'
        await expect(page.locator(done).first).to_be_visible()
        await card.hover()
        yield f"a run: {name}"


async def gallery(page: Page, world: World) -> AsyncIterator[str]:
    await page.goto("/gallery")
    await _cells(page)
    yield "as it opens"
    await page.locator("#gallery-search").focus()
    yield "what can be searched by"
    await page.locator("#gallery-search").fill('"лиса')
    await page.wait_for_timeout(800)
    yield "a search of one quotation mark"
    await page.locator("#gallery-search").fill("")
    await page.locator(".filter-button").click()
    yield "the filters"
    await page.goto(f"/gallery?starred=1&rated=1&tag={TAG}&color=red&since=2020-01-01&size=256x256")
    await page.wait_for_timeout(800)
    yield "filters that are on"
    await page.goto("/gallery?trash=1")
    await page.wait_for_timeout(800)
    yield "the trash"
    await page.locator("#gallery .danger:visible").click()
    await expect(page.locator(".small-dialog")).to_be_visible()
    yield "emptying it"


async def selection(page: Page, world: World) -> AsyncIterator[str]:
    await page.goto("/gallery")
    await _cells(page)
    for index in range(2):
        await page.locator(".cell .pick").nth(index).click(force=True)
    yield "two images"
    opening = page.locator(".bulk [aria-expanded]:visible")
    for index in range(await opening.count()):
        await opening.nth(index).click()
        yield f"menu {index + 1}"
        await page.keyboard.press("Escape")
    await page.locator(".bulk .doings > button:visible").first.click()
    await expect(page.locator(".toast").first).to_be_visible()
    yield "a note of what was done"


async def viewer(page: Page, world: World) -> AsyncIterator[str]:
    for number, image in enumerate(world.images[:2], 1):
        await page.goto(f"/gallery?image={image}")
        await expect(page.locator(".viewer dl div").first).to_be_visible()
        yield f"image {number}"
    await page.goto(f"/gallery?trash=1&image={world.images[2]}")
    await expect(page.locator(".viewer .trashed")).to_be_visible()
    yield "an image in the trash"
    await page.goto(f"/gallery?image={world.images[0]}")
    await expect(page.locator(".viewer dl div").first).to_be_visible()
    opening = page.locator(".viewer .side [aria-expanded]:visible")
    for index in range(await opening.count()):
        await opening.nth(index).click()
        yield f"panel {index + 1}"
    await page.keyboard.press("i")
    yield "folded"


async def compare(page: Page, world: World) -> AsyncIterator[str]:
    await page.goto(f"/gallery?compare={','.join(world.images[:2])}")
    await expect(page.locator(".compare table")).to_be_visible()
    modes = page.locator(".modes input")
    for index in range(await modes.count()):
        await modes.nth(index).check()
        await page.wait_for_timeout(500)
        yield f"view {index + 1}"


async def stage(page: Page, world: World) -> AsyncIterator[str]:
    await page.goto(f"/gallery?image={world.images[0]}")
    await expect(page.locator(".viewer dl div").first).to_be_visible()
    await page.keyboard.press("f")
    await expect(page.locator(".theatre")).to_be_visible()
    yield "an image"
    await page.keyboard.press("p")
    yield "its prompt"


async def experiments(page: Page, world: World) -> AsyncIterator[str]:
    await page.goto("/experiments")
    await expect(page.locator(".experiment-form")).to_be_visible()
    await page.wait_for_timeout(800)
    yield "the form"
    await page.locator("#base-prompt").fill(f"{PROMPT}, {random()}")
    for side in ("width", "height"):
        await page.locator(f"#base-{side}").fill("256")
    await page.locator("#axis-x-kind").select_option("num_steps")
    await page.locator("#axis-x-values").fill("1, 4")
    await page.locator("#axis-y-kind").select_option("replace")
    await page.locator("#axis-y-values").fill("волк, лиса")
    await expect(page.locator("#axis-y-values")).to_have_attribute("aria-invalid", "")
    yield "a plan that is refused"
    await page.locator("#axis-y-values").fill("лиса, волк")
    await expect(page.locator(".foot button.main")).to_be_enabled()
    yield "a plan"
    world.platform.script(f.good(), f.status(422, "нет"), f.status(500, "нет"))
    await page.locator(".foot button.main").click()
    await expect(page.locator(".state-line")).to_be_visible()
    await page.wait_for_timeout(3000)
    yield "its cells"


async def styles(page: Page, world: World) -> AsyncIterator[str]:
    await page.goto("/styles")
    await expect(page.locator("#styles .sheet").first).to_be_visible()
    await page.wait_for_timeout(500)
    yield "as it opens"
    await page.locator("#styles button.main").first.click()
    await page.locator("#style-name").fill(f"{TAG}, {random()}")
    await page.locator("#style-prompt").fill("{prompt}, " + PROMPT)
    yield "a style that is written"
    await page.locator(".editor button.main").click()
    await expect(page.locator("#styles .rows li").first).to_be_visible()
    yield "a style"
    file = {"name": "a.csv", "mimeType": "text/csv", "buffer": b"name,prompt\n1,\n"}
    await page.locator("#styles input[type=file]").set_input_files([file])
    await expect(page.locator(".told-file")).to_be_visible()
    yield "a file of which nothing is taken"
    await page.locator("#styles-search").fill("щщщ")
    yield "nothing is found"
    await page.goto("/")
    await page.locator("#choose-styles").click()
    await page.locator(".picker li button").first.click()
    yield "the choice of styles"
    await page.keyboard.press("Escape")
    await expect(page.locator(".becomes")).to_be_visible()
    yield "what is sent"
    await page.locator("#choose-presets").click()
    await page.locator("#preset-name").fill(f"{TAG}, {random()}")
    yield "presets"


async def statistics(page: Page, world: World) -> AsyncIterator[str]:
    await page.goto("/statistics")
    await expect(page.locator(".bars svg")).to_be_visible()
    yield "the bars"
    await page.locator(".bars .band").last.hover(force=True)
    yield "the last day"


async def settings(page: Page, world: World) -> AsyncIterator[str]:
    await page.goto("/settings")
    await expect(page.locator("#setup-test")).to_be_visible()
    yield "as it opens"
    await page.locator("#setup-test").click()
    await expect(page.locator("#setup .said")).not_to_be_empty()
    await page.wait_for_timeout(800)
    yield "tested"
    await page.locator("#setup-api_url").fill("нет")
    await page.locator("#setup .actions .main").first.click()
    await expect(page.locator("#setup .field-error")).to_be_visible()
    yield "a field that is refused"


async def examples(page: Page, world: World) -> AsyncIterator[str]:
    await page.goto("/examples")
    await expect(page.locator("#recipes li").first).to_be_visible()
    yield "as it opens"


async def docs(page: Page, world: World) -> AsyncIterator[str]:
    await page.goto("/docs")
    await expect(page.locator(".reference")).to_be_visible()
    yield "as it opens"


async def help_page(page: Page, world: World) -> AsyncIterator[str]:
    await page.goto("/help")
    await expect(page.locator("#help-search")).to_be_visible()
    yield "as it opens"
    await page.locator("#help-search").fill("щщщ")
    yield "nothing is found"


async def keys(page: Page, world: World) -> AsyncIterator[str]:
    await page.goto("/gallery")
    await _cells(page)
    await page.keyboard.press("?")
    await expect(page.locator("dialog[open]")).to_be_visible()
    yield "the list of keys"
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+k")
    await expect(page.locator(".palette input")).to_be_visible()
    yield "the palette"
    await page.locator(".palette input").fill("щщщ")
    yield "the palette, in which nothing is found"


async def login(page: Page, url: str) -> AsyncIterator[str]:
    """Of a program with a login, at `url`."""
    await page.goto(f"{url}/login")
    yield "as it opens"
    await page.locator("#user").fill("лиса")
    await page.locator("#password").fill("снег")
    await page.locator("button").click()
    await expect(page.locator("#error")).to_be_visible()
    yield "a wrong password"


async def _cells(page: Page) -> None:
    await expect(page.locator('#gallery .cell[data-state="shown"]').first).to_be_visible()
    await page.evaluate("document.activeElement.blur()")
