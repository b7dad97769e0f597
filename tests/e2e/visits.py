"""Fresh visitors to a running program, whose browser knows its scripts already."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import BrowserContext, BrowserType, Page

from tests.browser import CHROMIUM_OPTIONS


class Visits:
    """Opens pages of one address after the other, in a browser with a profile on disk.

    Each visitor comes without cookies and storage, but fetching and compiling Gradio's scripts anew
    would be half of a test's time. One process shows all pages, and a small one keeps it running.
    """

    def __init__(self, chromium: BrowserType, executable: str) -> None:
        self._chromium, self._executable = chromium, executable
        self._address = ""
        self._context: BrowserContext | None = None

    @asynccontextmanager
    async def page(self, address: str) -> AsyncIterator[Page]:
        """Yield a page of 1440 x 900, not yet opened; paths are those of `address`."""
        context = await self._at(address)
        (kept,) = context.pages
        try:
            yield await context.new_page()
        finally:
            for page in context.pages[1:]:
                await page.close()
            await context.clear_cookies()
            session = await context.new_cdp_session(kept)
            kinds = "local_storage,indexeddb,cache_storage"
            what = {"origin": address, "storageTypes": kinds}
            await session.send("Storage.clearDataForOrigin", what)
            await session.detach()

    async def close(self) -> None:
        if self._context is not None:
            await self._context.close()

    async def _at(self, address: str) -> BrowserContext:
        if self._context is None or self._address != address:
            await self.close()
            self._address = address
            self._context = await self._chromium.launch_persistent_context(
                "",  # a new profile, gone with the browser
                executable_path=self._executable,
                args=[*CHROMIUM_OPTIONS, "--renderer-process-limit=1"],
                viewport={"width": 1440, "height": 900},
                base_url=address,
                permissions=["clipboard-read", "clipboard-write"],
                reduced_motion="reduce",  # animations are drawn by the very cores that test
            )
            self._context.set_default_timeout(20_000)
            await self._context.pages[0].goto("/healthz")
        return self._context
