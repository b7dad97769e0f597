"""How a page is looked at: by size, by theme, and by axe for everybody who does not see it."""

from __future__ import annotations

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

LOOKS = pytest.mark.parametrize(
    ("theme", "size"),
    [(theme, size) for size in ((1440, 900), (390, 844)) for theme in ("light", "dark")],
    ids=["desktop-light", "desktop-dark", "phone-light", "phone-dark"],
)


async def clean(page: Page, where: str) -> None:
    """Check that axe finds no violation on the page as it stands."""
    found = (await Axe().run(page)).response["violations"]
    told = [f"{v['id']}: {[n['html'][:160] for n in v['nodes'][:3]]}" for v in found]
    assert told == [], where
