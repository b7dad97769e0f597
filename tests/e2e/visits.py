"""Fresh visitors to running programs, whose browser knows their scripts already."""

from __future__ import annotations

import asyncio
import os
import subprocess
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from playwright.async_api import Browser, BrowserContext, BrowserType, Error, Page

from tests.browser import CHROMIUM_OPTIONS

CLOSING_S = 20.0
"""How long a page may take to close: two busy cores included, it is a moment."""


class _Where(NamedTuple):
    address: str
    locale: str | None
    """The language of the visitors' browser; None for English."""


class Visits:
    """Opens pages of running programs, one after the other, in one browser.

    Each visitor comes without cookies and storage, but fetching and compiling Gradio's scripts anew
    would be half of a test's time: what is kept of an address, such as these, stays for the next
    visitor to it. One process shows all pages, and a small one of each address keeps it running.

    A page that does not answer any more could hold up all tests for ever: the browser is killed,
    the test that left it so fails and is named, and the next one gets another browser.
    """

    def __init__(self, chromium: BrowserType, executable: str, *, closing_s: float = CLOSING_S):
        self._chromium, self._executable = chromium, executable
        self._closing_s = closing_s
        self._mark = ""
        self._browser: Browser | None = None
        self._contexts: dict[_Where, BrowserContext] = {}

    @asynccontextmanager
    async def page(self, address: str, locale: str | None = None) -> AsyncIterator[Page]:
        """Yield a page of 1440 x 900, not yet opened; paths are those of `address`."""
        where = _Where(address, locale)
        context = await self._at(where)
        try:
            yield await context.new_page()
        finally:
            await self._leave(where)

    async def browser(self) -> Browser:
        """Return the browser, for a visitor who is to have a context of its own."""
        if self._browser is None:
            self._mark = f"--visits={uuid.uuid4().hex}"
            self._browser = await self._chromium.launch(
                executable_path=self._executable,
                args=[*CHROMIUM_OPTIONS, "--renderer-process-limit=1", self._mark],
            )
        return self._browser

    async def close(self) -> None:
        """End the browser, whatever state it is in."""
        if self._browser is None:
            return
        try:
            async with asyncio.timeout(self._closing_s):
                await self._browser.close()
        except TimeoutError:
            pass
        self._kill()

    def _kill(self) -> None:
        """End the browser; its renderers end with it, however busy they are."""
        subprocess.run(["pkill", "-9", "-f", "--", self._mark], check=False)
        self._browser, self._contexts = None, {}

    async def _leave(self, where: _Where) -> None:
        """Close what a visitor has opened, and forget it. Raises: AssertionError, naming the page.

        A test that was stopped in its middle never gets here: the next one does this first.
        """
        context = self._contexts[where]
        kept, *opened = context.pages
        at = [page.url for page in opened]
        try:
            async with asyncio.timeout(self._closing_s):
                clocks = False
                for page in opened:
                    # Whoever answers this can be closed.
                    clocks |= await page.evaluate("'__pwClock' in globalThis")
                    await page.close()
                if clocks:  # what the test set for one page would hold for all later visitors
                    del self._contexts[where]
                    return await context.close()
                await context.clear_cookies()
                session = await context.new_cdp_session(kept)
                kinds = "local_storage,indexeddb,cache_storage"
                what = {"origin": where.address, "storageTypes": kinds}
                await session.send("Storage.clearDataForOrigin", what)
                await session.detach()
        except (TimeoutError, Error) as error:
            self._kill()
            test = os.environ.get("PYTEST_CURRENT_TEST", "a test").removesuffix(" (call)")
            raise AssertionError(
                f"The page {', '.join(at)} of {test} did not answer within {self._closing_s:g} s"
                " of its end, so its browser was killed."
            ) from error

    async def _at(self, where: _Where) -> BrowserContext:
        for other in [one for one, context in self._contexts.items() if context.pages[1:]]:
            with suppress(AssertionError):  # that test has failed already, and said so
                await self._leave(other)
        if where not in self._contexts:
            context = await (await self.browser()).new_context(
                viewport={"width": 1440, "height": 900},
                base_url=where.address,
                locale=where.locale,
                permissions=["clipboard-read", "clipboard-write"],
                reduced_motion="reduce",  # animations are drawn by the very cores that test
            )
            context.set_default_timeout(20_000)
            self._contexts[where] = context
            await (await context.new_page()).goto("/healthz")
        return self._contexts[where]
