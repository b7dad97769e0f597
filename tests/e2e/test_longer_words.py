"""The Create page in a language of longer words: nothing is cut, nothing lies upon another."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.e2e.conftest import page_alone
from tests.e2e.create_page import count_of, generate, landed, opened, small
from tests.e2e.looks import SIZES

pytestmark = [pytest.mark.wide, pytest.mark.asyncio(loop_scope="session"), page_alone]

LONGER = """globalThis.playgroundTexts = {
  plurals: {},
  texts: new Proxy({}, {
    getOwnPropertyDescriptor: () => ({ configurable: true }),
    get: (_, text) => text.replaceAll(/[aeo](?![^{]*})/g, "$&$&$&"),
  }),
};"""
"""A table that has every text, with each a, e and o three times."""

FAULTS = """() => {
  const found = [], name = (e) => e.outerHTML.slice(0, 120);
  const seen = (e) => e.checkVisibility({visibilityProperty: true}) && e.clientWidth > 1;
  const pressed = '#controls button, #outcome :is(button, a, summary)';
  for (const e of [...document.querySelectorAll(pressed)].filter(seen)) {
    if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
      found.push(`cut: ${name(e)}`);
  }
  const [head, code] = ['#results .to-stage', '#snippet summary']
    .map((selector) => document.querySelector(selector).getBoundingClientRect());
  if (head.right > code.left && head.top < code.bottom) found.push('the code lies upon the head');
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} px wide`);
  return found;
}"""


@SIZES
async def test_longer_words_are_not_cut(page: Page, size: tuple[int, int]) -> None:
    width, height = size
    await page.set_viewport_size({"width": width, "height": height})
    await page.add_init_script(LONGER)
    await opened(page)
    assert await page.locator("#results h2").inner_text() == "Reeesults"
    assert await page.evaluate(FAULTS) == [], "empty"
    if width < 500:
        await page.locator("#toggle-settings").click()
    await small(page)
    await count_of(page, 4)
    await landed(await generate(page, "a fox in snow"), 4)
    assert await page.evaluate(FAULTS) == [], "four images"
