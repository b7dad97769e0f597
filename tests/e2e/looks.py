"""How a page is looked at: by size, in both themes, by axe for all who do not see it."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

DESKTOP, PHONE = (1440, 900), (390, 844)
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


async def clean(page: Page, where: str) -> None:
    """Check that axe finds no violation on the page as it stands, in light and in dark.

    A theme is a class of the body: the page need not be opened anew for it.
    """
    for theme in ("light", "dark"):
        await in_the_dark(page, theme == "dark")
        found = await violations(page)
        assert not found, f"{where}, {theme}: {found}"
    await in_the_dark(page, False)


async def in_the_dark(page: Page, dark: bool) -> None:
    await page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)


async def violations(page: Page, **rules: bool) -> list[str]:
    """Return what axe finds on the page as it stands; `rules`, by name, come or go beside its own.

    What passes is not told: that took most of the time. A name on what may have none is a
    violation while that is empty, and a doubt when it is filled: here both count, or it would
    depend on the moment.
    """
    asked = {name.replace("_", "-"): {"enabled": enabled} for name, enabled in rules.items()}
    options = {"resultTypes": ["violations", "incomplete"], "rules": asked}
    answer = (await Axe().run(page, options=options)).response
    named = [v for v in answer["incomplete"] if v["id"] == "aria-prohibited-attr"]
    found = answer["violations"] + named
    return [f"{v['id']}: {[n['html'][:160] for n in v['nodes'][:3]]}" for v in found]
