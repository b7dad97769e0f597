"""A flood of ideas on the desk: one row behind the others, that goes with one press."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.e2e.conftest import program
from tests.e2e.desk_page import let_in, rows
from tests.e2e.looks import clean

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("desk"),
    pytest.mark.wide,
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("floods") / "data"


@pytest.fixture(scope="module")
def address(data: Path) -> Iterator[str]:
    with program(data) as url:
        yield url


@asynccontextmanager
async def phone(url: str, address: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.AsyncHTTPTransport(local_address=address)
    async with httpx.AsyncClient(base_url=url, timeout=20, transport=transport) as client:
        yield client


async def send(client: httpx.AsyncClient, code: str, text: str) -> None:
    """Send an idea as somebody new."""
    client.cookies.clear()
    assert (await client.get(f"/{code}")).status_code == 303
    token = secrets.token_hex(16)
    assert (await client.post("/wish", json={"token": token, "text": text})).status_code == 200


async def test_many_ideas_from_one_address_are_one_row_that_goes_with_one_press(
    page: Page, data: Path
) -> None:
    (data / "blocked.txt").write_text("# not tonight\nbad\n")
    state = await let_in(page, host="127.0.0.1")
    url, code = state["addresses"][0]["url"], state["code"]
    async with phone(url, "127.0.0.2") as one, phone(url, "127.0.0.3") as other:
        await send(one, code, "a bad idea")
        await send(other, code, "a fox")
    async with phone(url, "127.0.0.9") as flood:
        for n in range(25):
            await send(flood, code, f"spam {n}")
    crowd = page.locator(".crowds > .crowd")
    await expect(crowd).to_contain_text("25 ideas came from one address")
    texts = page.locator(".desk-line > .rows > li .text")
    await expect(texts).to_have_text(["a fox", "a bad idea"])
    await expect(
        rows(page, "line").filter(has_text="Holds a word of your list").first
    ).to_be_visible()
    await crowd.get_by_text("Look through them").click()
    await expect(crowd.locator("li")).to_have_count(20)
    await expect(crowd).to_contain_text("5 more wait.")
    await clean(page, "a crowd")
    await crowd.locator("li").first.get_by_role("button", name="Approve").click()
    await expect(crowd).to_contain_text("24 ideas came from one address")
    await page.get_by_role("button", name="Refuse all 24 from there").click()
    await expect(crowd).to_have_count(0)
    await expect(texts).to_have_text(["a fox", "a bad idea"])
