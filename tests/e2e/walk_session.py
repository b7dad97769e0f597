"""Walks through a demo session: the desk before, in and after it, the stage, earlier sessions.

As tests/e2e/walk.py: whatever the language, and what is typed is in Cyrillic.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from playwright.async_api import Page, expect

from tests.e2e.desk_page import SMALL, asked, waiting
from tests.e2e.walk import PROMPT, World
from tests.http import faults as f
from tests.ui.fake_studio import FLUX


async def desk(page: Page, world: World) -> AsyncIterator[str]:
    await page.request.post("/api/session/do", data={"do": "end"})
    await page.goto("/desk")
    for closed in await page.locator(".session-form summary").all():
        await closed.click()
    await expect(page.locator(".session-form .foot button")).to_be_enabled()
    yield "a new session"
    await page.locator("#session-images").fill("0")
    await expect(page.locator(".session-form .field-error")).to_be_visible()
    yield "a plan that is refused"
    await asked(page, "", title=PROMPT, model=FLUX, port=0, values=SMALL)
    await page.goto("/desk")
    await expect(page.locator(".desk-body")).to_have_attribute("data-shows", "check")
    yield "its check"
    await asked(page, "/do", do="open")
    await expect(page.locator(".desk-body")).to_have_attribute("data-shows", "running")
    yield "an empty room"
    await waiting(page, *(f"{PROMPT} {number}" for number in range(3)))
    await expect(page.locator(".desk-line .rows > li")).to_have_count(3)
    yield "ideas that wait"
    await page.keyboard.press("?")
    await expect(page.locator("dialog[open]")).to_be_visible()
    yield "its keys"
    await page.keyboard.press("Escape")
    world.platform.script(f.good(f.png(256, 256)), f.status(422, "нет"), f.status(500, "нет"))
    for number in range(3):
        await asked(page, "/wishes", text=f"{PROMPT}, {number + 3}")
    await expect(page.locator(".desk-wrong .rows > li")).to_have_count(2)
    yield "an image, a refusal and a doubt"
    await page.locator(".shot .actions button").last.click()
    await expect(page.locator("dialog.varying")).to_be_visible()
    for kind in ("seeds", "settings", "models"):
        await page.locator("dialog.varying select").first.select_option(kind)
        yield f"varying it: {kind}"
    await page.keyboard.press("Escape")
    await asked(page, "/do", do="pause")
    yield "a pause"
    await page.request.post("/api/session/do", data={"do": "end"})
    await expect(page.locator(".desk-body")).to_have_attribute("data-shows", "ended")
    yield "its end"


async def projector(page: Page, world: World) -> AsyncIterator[str]:
    await page.request.post("/api/session/do", data={"do": "end"})
    await asked(page, "", title=PROMPT, model=FLUX, port=0, values=SMALL)
    await page.goto("/stage")
    await _scene(page, "soon")
    yield "before the door opens"
    await asked(page, "/do", do="open")
    await _scene(page, "lobby")
    yield "the lobby"
    world.platform.script(f.good(f.png(256, 256)))
    wish = (await asked(page, "/wishes", text=f"{PROMPT}, 8"))["wishes"][-1]["id"]
    await _made(page, wish)
    await asked(page, f"/wishes/{wish}", do="show")
    await _scene(page, "image")
    yield "a picture"
    await page.request.post("/api/session/do", data={"do": "end"})
    await _scene(page, "ended")
    yield "the end"


async def sessions(page: Page, world: World) -> AsyncIterator[str]:
    await asked(page, "", title=PROMPT, model=FLUX, port=0, values=SMALL)
    await page.request.post("/api/session/do", data={"do": "end"})
    await page.goto("/desk/sessions")
    await expect(page.locator("main li, main article").first).to_be_visible()
    yield "as it opens"


async def _scene(page: Page, name: str) -> None:
    await expect(page.locator("#projector")).to_have_attribute("data-scene", name)


async def _made(page: Page, wish: str) -> None:
    """Return once a wish has its picture; a test that waits for ever is ended by its time."""
    while True:
        wishes = (await (await page.request.get("/api/session")).json())["wishes"]
        if any(one["id"] == wish and one["picture"] for one in wishes):
            return
        await page.wait_for_timeout(50)
