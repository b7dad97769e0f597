"""How a page is looked at: by size, in both themes, by axe for all who do not see it."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

SIZES = pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desktop", "phone"])


async def clean(page: Page, where: str) -> None:
    """Check that axe finds no violation on the page as it stands, in light and in dark.

    A theme is a class of the body: the page need not be opened anew for it.
    """
    for theme in ("light", "dark"):
        dark = theme == "dark"
        await page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
        assert await violations(page) == [], f"{where}, {theme}"
    await page.evaluate("document.body.classList.remove('dark')")


async def violations(page: Page) -> list[str]:
    """Return what axe finds on the page as it stands."""
    found = (await Axe().run(page)).response["violations"]
    return [f"{v['id']}: {[n['html'][:160] for n in v['nodes'][:3]]}" for v in found]
