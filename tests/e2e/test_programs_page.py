"""Other programs on the settings page: a key made by hand, used by a program, removed again."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import program
from tests.e2e.looks import SIZES, clean
from tests.e2e.visits import Visits

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("programs-page"),
]

ASKED = {"prompt": "a cat", "size": "256x256"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with program(tmp_path_factory.mktemp("programs") / "data") as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def page(visits: Visits, url: str) -> AsyncIterator[Page]:
    errors: list[str] = []
    async with visits.page(url) as page:
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
    assert errors == []


async def opened(page: Page, url: str, theme: str = "light") -> Locator:
    await page.goto(f"{url}/settings?__theme={theme}")
    panel = page.locator("#programs")
    await expect(panel.get_by_role("button", name="Make a key")).to_be_visible()
    return panel


def row(panel: Locator, name: str) -> Locator:
    return panel.locator("li").filter(has=panel.page.get_by_text(name, exact=True))


async def made(panel: Locator, name: str) -> str:
    """Make a key by keyboard alone and return it."""
    await panel.get_by_label("Name of the program").fill(name)
    await panel.page.keyboard.press("Tab")
    await panel.page.keyboard.type("20")
    await panel.page.keyboard.press("Enter")
    key = panel.locator(".made code").nth(1)
    await expect(key).to_have_text(re.compile(r"^sbp_[\w-]{43}$"))
    return await key.inner_text()


async def test_a_key_is_made_shown_once_used_and_removed(page: Page, url: str) -> None:
    panel = await opened(page, url)
    key = await made(panel, "open-webui")
    await expect(panel.locator(".made code").first).to_have_text(f"{url}/v1")
    copy = panel.locator(".made").get_by_role("button", name="Copy: API key")
    await expect(copy).to_be_focused()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.keyboard.press("Enter")
    await expect(copy).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == key

    own = row(panel, "open-webui")
    await expect(own.locator(".hint")).to_have_text("0 of 20 requests today, $0.00")
    headers = {"Authorization": f"Bearer {key}"}
    answer = httpx.post(f"{url}/v1/images/generations", json=ASKED, headers=headers, timeout=60)
    assert answer.status_code == 200, answer.text

    await page.reload()
    await expect(own).to_be_visible()
    assert key not in await page.content() and await panel.locator(".made").is_hidden()

    await own.get_by_role("button", name="Remove the key of open-webui").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Remove the key").click()
    await expect(own).to_have_count(0)
    await expect(panel.locator(".answer")).to_have_text("The key of open-webui is removed.")
    assert httpx.get(f"{url}/v1/models", headers=headers).status_code == 401


async def test_what_makes_no_key_is_said_at_its_field(page: Page, url: str) -> None:
    panel = await opened(page, url)
    await panel.get_by_role("button", name="Make a key").click()
    name = panel.get_by_label("Name of the program")
    await expect(name).to_be_focused()
    await expect(name).to_have_attribute("aria-invalid", "true")
    await expect(panel.locator(".field-error")).to_contain_text("The key has no name.")
    await name.fill("narrow")
    await panel.get_by_label("US dollars a day").fill("nothing")
    await page.keyboard.press("Enter")
    await expect(panel.get_by_label("US dollars a day")).to_be_focused()
    await expect(panel.locator(".field-error")).to_have_count(1)
    await expect(panel.locator("li")).to_have_count(0)


@SIZES
async def test_axe_finds_nothing_before_and_after_a_key_is_made(
    page: Page, url: str, size: tuple[int, int]
) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    panel = await opened(page, url)
    await clean(page, "no key")
    await made(panel, f"LibreChat {size[0]} with a name that hardly fits into a line here")
    await clean(page, "a key is shown")
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert await page.evaluate(wide)
