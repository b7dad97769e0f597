"""Visitors come one after the other to the same address, and know nothing of each other."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.e2e.conftest import page_alone
from tests.e2e.visits import Visits

pytestmark = [pytest.mark.asyncio(loop_scope="session"), page_alone]


async def test_a_clock_that_was_set_ahead_is_right_for_the_next_visitor(
    visits: Visits, address: str
) -> None:
    async def told(page: Page) -> float:
        await page.goto("/healthz")
        return float(await page.evaluate("Date.now()"))

    async with visits.page(address) as page:
        right = await told(page)
        await page.clock.install()
        await page.clock.fast_forward(600_000)
        assert await told(page) > right + 500_000
    async with visits.page(address) as page:
        assert await told(page) < right + 300_000
