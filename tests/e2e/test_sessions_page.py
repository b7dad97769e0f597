"""Sessions that were held: their list, a picture's way, their images in the gallery, the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import program
from tests.e2e.looks import SIZES, clean
from tests.ui.fake_studio import FLUX

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("reuse"),
]

PLAN = {"title": "Open day", "model": FLUX, "port": 0, "values": {"width": 256, "height": 256}}
WORDS = "a lighthouse at sea"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("sessions") / "data") as url:
        yield url


async def do(page: Page, path: str, **body: Any) -> dict[str, Any]:
    answer = await page.request.post(f"/api/session{path}", data=body)
    assert answer.ok, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def made(page: Page) -> dict[str, Any]:
    """Return the desk once all pictures are there."""
    while True:
        desk: dict[str, Any] = await (await page.request.get("/api/session")).json()
        if all(one["state"] == "made" for one in desk["wishes"]):
            return desk


async def held(page: Page) -> tuple[str, str]:
    """Hold a session in which a picture has a way; return its id and the picture's wish."""
    await do(page, "", **PLAN)
    await do(page, "/wishes", text=WORDS)
    first = (await made(page))["wishes"][0]["id"]
    await do(
        page, "/do", do="variants", wish=first, kind="settings", field="num_steps", values=[1, 8]
    )
    desk = await made(page)
    await do(page, "/do", do="round")
    await do(page, "/do", do="closed")
    await do(page, "/do", do="end")
    return desk["id"], desk["variants"]["wishes"][1]


async def test_a_session_that_was_held_leads_to_its_images_and_to_the_way_of_its_picture(
    page: Page,
) -> None:
    session, wish = await held(page)
    await page.goto("/desk/sessions")
    row = page.locator("#sessions .rows li", has_text="Open day").first
    await expect(row.locator(".what")).to_contain_text("3 images")
    await row.get_by_role("link", name="Its images").click()
    await expect(
        page.get_by_role("button", name="Remove filter: Session: Open day")
    ).to_be_visible()
    await expect(page.get_by_role("gridcell")).to_have_count(3)
    await page.goto(f"/desk/sessions?session={session}&wish={wish}")
    await expect(page.locator(".way li")).to_have_count(2)
    await expect(page.locator(".first-words")).to_have_text(WORDS)
    await expect(page.locator(".way li").last).to_contain_text("Steps: 8")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Save as a picture").click()
    assert (await download.value).suggested_filename.endswith(".png")
    await page.get_by_role("link", name=WORDS).first.click()
    await expect(page.locator(".way li")).to_have_count(1)


async def test_a_session_is_forgotten_after_a_question_alone(page: Page) -> None:
    session, _ = await held(page)
    await page.goto("/desk/sessions")
    rows = page.locator("#sessions .rows li")
    await expect(rows.first).to_be_visible()
    before = await rows.count()
    first = rows.first
    await first.get_by_role("button", name="Forget").click()
    asked = page.get_by_role("alertdialog")
    await asked.get_by_role("button", name="Cancel").click()
    await expect(rows).to_have_count(before)
    await first.get_by_role("button", name="Forget").click()
    await asked.get_by_role("button", name="Forget the session").click()
    await expect(rows).to_have_count(before - 1)
    assert (await page.request.get(f"/api/sessions/{session}")).status == 404
    found = await (await page.request.get(f"/api/images?session={session}")).json()
    assert found["total"] == 0
    await page.get_by_role("link", name="Back to the desk").click()
    await page.wait_for_url("**/desk")


@SIZES
async def test_the_list_and_the_way_are_clean(page: Page, size: tuple[int, int]) -> None:
    session, wish = await held(page)
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    for path, shown in (
        ("/desk/sessions", "#sessions .rows li"),
        (f"/desk/sessions?session={session}&wish={wish}", "#sessions .way li"),
    ):
        await page.goto(path)
        await expect(page.locator(shown).first).to_be_visible()
        await clean(page, path)


async def test_a_session_that_is_a_rehearsal_says_so_on_both_pages_until_that_is_deleted(
    page: Page,
) -> None:
    await held(page)
    await page.goto("/desk/sessions")
    row = page.locator("#sessions .rows li").first
    await row.get_by_role("button", name="Keep as a rehearsal").click()
    await expect(row.get_by_role("button", name="Kept as a rehearsal")).to_be_disabled()
    await page.reload()
    await expect(row.get_by_role("button", name="Kept as a rehearsal")).to_be_disabled()
    await page.goto("/desk")
    ended = page.locator("#desk .ended")
    await expect(ended.get_by_role("button", name="Kept as a rehearsal")).to_be_disabled()
    await page.locator("#desk .rehearsals").get_by_role("button", name="Delete").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    await expect(ended.get_by_role("button", name="Keep as a rehearsal")).to_be_enabled()
