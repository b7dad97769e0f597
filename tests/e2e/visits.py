"""Fresh visitors to a running program, whose browser knows its scripts already."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from playwright.async_api import BrowserContext, BrowserType, Error, Page

from tests.browser import CHROMIUM_OPTIONS

CLOSING_S = 20.0
"""How long a page may take to close: two busy cores included, it is a moment."""


class Visits:
    """Opens pages of one address after the other, in a browser with a profile on disk.

    Each visitor comes without cookies and storage, but fetching and compiling Gradio's scripts anew
    would be half of a test's time. One process shows all pages, and a small one keeps it running.

    A page that does not answer any more could hold up all tests for ever: its browser is killed,
    the test that left it so fails and is named, and the next one gets another browser.
    """

    def __init__(self, chromium: BrowserType, executable: str, *, closing_s: float = CLOSING_S):
        self._chromium, self._executable = chromium, executable
        self._closing_s = closing_s
        self._address, self._profile = "", ""
        self._context: BrowserContext | None = None

    @asynccontextmanager
    async def page(self, address: str) -> AsyncIterator[Page]:
        """Yield a page of 1440 x 900, not yet opened; paths are those of `address`."""
        context = await self._at(address)
        try:
            yield await context.new_page()
        finally:
            await self._leave(context)

    async def close(self) -> None:
        """End the browser, whatever state it is in."""
        context, self._context = self._context, None
        if context is None:
            return
        try:
            async with asyncio.timeout(self._closing_s):
                await context.close()
        except TimeoutError:
            kill(self._profile)
        shutil.rmtree(self._profile, ignore_errors=True)

    async def _leave(self, context: BrowserContext) -> None:
        """Close what a visitor has opened, and forget it. Raises: AssertionError, naming the page.

        A test that was stopped in its middle never gets here: the next one does this first.
        """
        kept, *opened = context.pages
        at = [page.url for page in opened]
        try:
            async with asyncio.timeout(self._closing_s):
                for page in opened:
                    await page.evaluate("0")  # whoever answers this can be closed
                    await page.close()
                await context.clear_cookies()
                session = await context.new_cdp_session(kept)
                kinds = "local_storage,indexeddb,cache_storage"
                what = {"origin": self._address, "storageTypes": kinds}
                await session.send("Storage.clearDataForOrigin", what)
                await session.detach()
        except (TimeoutError, Error) as error:
            self._context = None
            kill(self._profile)
            shutil.rmtree(self._profile, ignore_errors=True)
            test = os.environ.get("PYTEST_CURRENT_TEST", "a test").removesuffix(" (call)")
            raise AssertionError(
                f"The page {', '.join(at)} of {test} did not answer within {self._closing_s:g} s"
                " of its end, so its browser was killed."
            ) from error

    async def _at(self, address: str) -> BrowserContext:
        if self._context is not None and len(self._context.pages) > 1:
            with suppress(AssertionError):  # that test has failed already, and said so
                await self._leave(self._context)
        if self._context is None or self._address != address:
            await self.close()
            self._address = address
            self._profile = tempfile.mkdtemp(prefix="playground-browser-")
            self._context = await self._chromium.launch_persistent_context(
                self._profile,
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


def kill(profile: str) -> None:
    """End the browser that has this profile; its renderers end with it, however busy they are."""
    subprocess.run(["pkill", "-9", "-f", f"user-data-dir={profile}"], check=False)
