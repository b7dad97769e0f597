"""Another model, as quickly as it can be: what the browser is spared when one is chosen."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.e2e.conftest import page_alone
from tests.e2e.create_page import choose, opened
from tests.ui.fake_studio import FLUX, SDXL

pytestmark = [pytest.mark.wide, pytest.mark.asyncio(loop_scope="session"), page_alone]

# Resolves with what stands there at the very moment when the seed's field is put into the page.
FIRST_SEEN = """(model) => new Promise((seen) => {
  const watch = new MutationObserver(() => {
    const seed = document.getElementById("seed");
    if (!seed) return;
    watch.disconnect();
    const chip = document.querySelector(".seed-chip");
    seen({ field: seed.querySelector("input") !== null, chip: !chip.hidden });
  });
  watch.observe(document.querySelector("#controls"), { subtree: true, childList: true });
  document.querySelector(`#model input[value="${model}"]`).click();
})"""

# Resolves with how often a tracker of Gradio's states changed, and plain values were copied.
COUNTED = """async (model) => {
  const counted = { trackers: 0, copies: 0 };
  const watch = new MutationObserver((all) => {
    const inTracker = ({ target }) => target.closest(".wrap.hide");
    counted.trackers += all.filter(inTracker).length;
  });
  watch.observe(document.querySelector("#controls"), { subtree: true, childList: true });
  const copy = window.structuredClone;
  window.structuredClone = (value, options) => {
    if (typeof value !== "object") counted.copies += 1;
    return copy(value, options);
  };
  document.querySelector(`#model input[value="${model}"]`).click();
  await new Promise((done) => setTimeout(done, 1500));
  window.structuredClone = copy;
  watch.disconnect();
  return counted;
}"""

COPIED = """() => {
  const text = (copying) => {
    try { return String(copying()); } catch (error) { return error.name; }
  };
  const given = { list: [1, { deep: true }], map: new Map([[1, 2]]) };
  given.itself = given;
  const copy = structuredClone(given);
  const buffer = new ArrayBuffer(8);
  structuredClone(buffer, { transfer: [buffer] });
  return {
    plain: ["a", 7, null, undefined, true, 7n].every((value) => structuredClone(value) === value),
    other: copy !== given && copy.list !== given.list && copy.list[1] !== given.list[1],
    same: JSON.stringify(copy.list) + copy.map.get(1) + (copy.itself === copy),
    given: buffer.byteLength,
    refused: [() => 1, Symbol("s"), { inside: () => 1 }].map((none) =>
      text(() => structuredClone(none))),
  };
}"""


async def test_a_field_that_comes_back_is_whole_and_the_chip_with_it(page: Page) -> None:
    await opened(page)
    await choose(page, SDXL)
    assert await page.locator(".seed-chip").is_hidden()
    assert await page.evaluate(FIRST_SEEN, FLUX) == {"field": True, "chip": True}


async def test_no_widget_hears_that_something_is_under_way_and_gradio_still_copies_so_much(
    page: Page,
) -> None:
    await opened(page)
    await choose(page, SDXL)
    counted = await page.evaluate(COUNTED, FLUX)
    assert counted["trackers"] == 0
    assert counted["copies"] > 500, "Gradio copies less by now: is copies.js still needed?"


async def test_copies_are_what_they_are_elsewhere(page: Page) -> None:
    await opened(page)
    assert await page.evaluate(COPIED) == {
        "plain": True,
        "other": True,
        "same": '[1,{"deep":true}]2true',
        "given": 0,
        "refused": ["DataCloneError"] * 3,
    }
