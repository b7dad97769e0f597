"""The presenter's desk in a browser: sessions to begin with, and what stands on the page."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.ui.fake_studio import FLUX

SMALL = {"width": 256, "height": 256}


async def asked(page: Page, path: str, **body: Any) -> dict[str, Any]:
    """Return what the program answers to a POST of the page's visitor, which it must take."""
    answer = await page.request.post(f"/api/session{path}", data=body)
    assert answer.ok, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def planning(page: Page) -> None:
    """Show the form for a new session, whatever went before."""
    await page.request.post("/api/session/do", data={"do": "end"})
    await page.goto("/desk")
    await expect(page.locator(".sum")).to_contain_text("images at most")


async def let_in(page: Page, **plan: Any) -> dict[str, Any]:
    """Start a session with an open door, and show the desk."""
    started = {"title": "Open day", "model": FLUX, "port": 0, "values": SMALL} | plan
    await asked(page, "", **started)
    state = await asked(page, "/do", do="open")
    await page.goto("/desk")
    await expect(page.get_by_role("heading", name="The room")).to_be_visible()
    return state


async def waiting(page: Page, *texts: str) -> list[str]:
    """Return the ids of new wishes that wait for approval."""
    await asked(page, "/do", do="pause")
    ids = []
    for text in texts:
        one = (await asked(page, "/wishes", text=text))["wishes"][-1]["id"]
        await asked(page, f"/wishes/{one}", do="hold")
        ids.append(one)
    await asked(page, "/do", do="resume")
    return ids


def rows(page: Page, part: str) -> Locator:
    """Return the rows of a part: line, under-way, wrong, gate or wall."""
    return page.locator(f".desk-{part} .rows > li")
