"""Waiting for what only a script can tell.

Playwright's own `wait_for_function` evaluates a string in the page each time it looks again, which
a page's content security policy refuses: it works where the first look finds it true, and fails in
the moment where it has to wait.
"""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import Error, Page

WAIT_S = 20.0
"""As for what `expect` waits for: slow is no failure."""


async def until(page: Page, script: str, arg: object = None) -> Any:
    """Return what `script` gives as soon as that is true; TimeoutError after `WAIT_S` seconds."""
    async with asyncio.timeout(WAIT_S):
        while not (found := await _told(page, script, arg)):
            await asyncio.sleep(0.02)
    return found


async def _told(page: Page, script: str, arg: object) -> Any:
    try:
        return await page.evaluate(script, arg)
    except Error as error:
        if "Execution context was destroyed" in error.message:  # the page goes to another one
            return None
        raise
