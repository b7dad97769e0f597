"""Draws the icons of the installed page from assets/logo.svg: `make icons`.

    python -m tests.icons [FOLDER]

They are part of the repository; test_installed_page.py holds them to what this draws.
"""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright

from tests.browser import CHROMIUM_OPTIONS, find_chromium
from ui import static
from ui.frame.manifest import ICONS

_ROUND = '<rect x="1" y="1" width="30" height="30" rx="8"'
_FILLED = '<rect width="32" height="32"'
"""The logo's ground: a maskable icon has none of its corners, for it is cut by whoever shows it."""

_COLOURS = 64
"""Of a palette: enough for three colours and the edges between them."""


def source(purpose: str) -> str:
    """Return the picture of a purpose as SVG."""
    logo = static.text("logo.svg")
    assert _ROUND in logo
    return logo.replace(_ROUND, _FILLED) if purpose == "maskable" else logo


async def drawn(browser: Browser) -> dict[str, bytes]:
    """Return all icons by their names, as PNGs of many colours."""
    made = {}
    for name, (sizes, purpose) in ICONS.items():
        side = int(sizes.partition("x")[0])
        page = await browser.new_page(viewport={"width": side, "height": side})
        style = "<style>*{margin:0}svg{display:block;width:100vw;height:100vh}</style>"
        await page.set_content(style + source(purpose))
        made[name] = await page.screenshot(omit_background=True)
        await page.close()
    return made


def packed(png: bytes) -> bytes:
    """Return a picture in a palette, a third as large."""
    with Image.open(io.BytesIO(png)) as picture:
        few = picture.convert("RGBA").quantize(_COLOURS, Image.Quantize.FASTOCTREE)
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


async def main(folder: Path) -> None:
    """Write all icons below `folder`."""
    chromium = find_chromium()
    assert chromium, "no Chromium on this machine"
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium, args=[*CHROMIUM_OPTIONS])
        for name, png in (await drawn(browser)).items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(packed(png))
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else static.FOLDER))
