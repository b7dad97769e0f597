"""What the tests of the gallery share: the page opened, a cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.conftest import program
from tests.library import make


@contextmanager
def library_of(images: int, folders: pytest.TempPathFactory, with_files: int = 30) -> Iterator[str]:
    """Yield the address of a program over a library of its own; so many have an image file."""
    data = folders.mktemp("library") / "data"
    make(images, data, with_files=with_files)
    with program(data) as url:
        yield url


async def opened(page: Page, query: str = "") -> None:
    await page.goto(f"/gallery{query}")
    await expect(page.locator("#gallery .total")).to_have_text(re.compile(r"\d image"))


async def unwatched(page: Page) -> None:
    """Stop the page from looking for news, which in time would mend what it shows."""
    await page.evaluate(
        "Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})"
    )


def cell(page: Page, index: int) -> Locator:
    return page.locator(f'.cell[data-index="{index}"]')


async def shown(page: Page, index: int) -> None:
    await expect(cell(page, index)).to_have_attribute("data-state", "shown")


async def total(page: Page) -> int:
    text = await page.locator("#gallery .total").inner_text()
    return int(text.split()[0].replace(",", ""))


async def focused_index(page: Page) -> int:
    return int(await page.evaluate("document.activeElement.closest('.cell')?.dataset.index ?? -1"))
