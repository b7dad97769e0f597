"""A page that does not answer any more fails its own test, by name, and holds up no other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Playwright

from tests.e2e.visits import Visits
from tests.http.faults import FaultServer

pytestmark = [
    pytest.mark.wide,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("hung-page"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def visits(driver: Playwright, executable: str) -> AsyncIterator[Visits]:
    """A browser of its own: it will be killed."""
    visits = Visits(driver.chromium, executable, closing_s=2)
    yield visits
    await visits.close()


@pytest.fixture
def address() -> Iterator[str]:
    """A server without pages: a page that hangs needs no program."""
    with FaultServer.in_thread() as server:
        yield f"http://127.0.0.1:{server.port}"


async def test_a_page_that_does_not_answer_is_killed_and_named_and_the_next_one_works(
    visits: Visits, address: str
) -> None:
    started = time.monotonic()
    with pytest.raises(AssertionError, match=r"/healthz of .*test_hung_page.* did not answer"):
        async with visits.page(address) as page:
            await page.goto("/healthz")
            busy = asyncio.ensure_future(page.evaluate("() => { for (;;); }"))
            await asyncio.sleep(0.5)
    assert time.monotonic() - started < 30
    await asyncio.gather(busy, return_exceptions=True)
    async with visits.page(address) as page:
        await page.goto("/healthz")
        assert await page.evaluate("1 + 1") == 2


async def test_what_a_stopped_test_left_open_is_closed_before_the_next_one(
    visits: Visits, address: str
) -> None:
    left = visits.page(address)
    page = await left.__aenter__()  # as if the test had been stopped in its middle
    await page.goto("/healthz")
    async with visits.page(address) as page:
        await page.goto("/healthz")
        assert len(page.context.pages) == 2  # this one, and the one that keeps the browser
