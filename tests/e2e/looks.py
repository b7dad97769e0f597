"""How a page is looked at: by size, in both themes, by axe for all who do not see it."""

from __future__ import annotations

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

DESKTOP, PHONE = (1440, 900), (390, 844)
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


_LOOK = "options => axe.run(options).then(found => [found.violations, found.incomplete])"
_SPARING = {
    "resultTypes": ["violations", "incomplete"],
    "selectors": False,
    "preload": False,  # of films and sounds, of which there are none
}


async def one_of_a_kind(page: Page) -> tuple[int, int]:
    """Take away of the articles those that are built of nothing but what earlier ones are built of.

    The documentation has 15,000 elements of a few kinds, which take axe a minute. Returns how many
    articles there were and are.
    """
    before, after = await page.evaluate(_ONE_OF_A_KIND)
    return before, after


_ONE_OF_A_KIND = """() => {
  const kind = (one) => `${one.parentNode.localName} ${one.localName}.${one.className} ${one.dir}`;
  const seen = new Set();
  const articles = [...document.querySelectorAll("article")];
  for (const article of articles) {
    const kinds = [...article.querySelectorAll("*")].map(kind);
    if (kinds.every((one) => seen.has(one))) article.remove();
    for (const one of kinds) seen.add(one);
  }
  return [articles.length, document.querySelectorAll("article").length];
}"""


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

    What passes is not told, and axe stays on the page: that took most of the time. A name on what
    may have none is a violation while that is empty, and a doubt when it is filled: here both
    count, or it would depend on the moment.
    """
    asked = {name.replace("_", "-"): {"enabled": enabled} for name, enabled in rules.items()}
    if await page.evaluate("!('axe' in globalThis)"):
        await page.evaluate(AXE_SCRIPT)
    wrong, doubtful = await page.evaluate(_LOOK, _SPARING | {"rules": asked})
    found = wrong + [v for v in doubtful if v["id"] == "aria-prohibited-attr"]
    return [f"{v['id']}: {[n['html'][:160] for n in v['nodes'][:3]]}" for v in found]
