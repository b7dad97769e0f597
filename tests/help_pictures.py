"""Takes the pictures of the help page from the running program: `make help-pictures`.

    python -m tests.help_pictures [TOPIC ...]

They are part of the repository. tests/help_scenes.py brings the program to what a topic is about,
as a visitor would, and says which part of the window is shown.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright, expect

from tests.browser import CHROMIUM_OPTIONS, find_chromium
from tests.help_scenes import SCENES, Scene, Where
from ui import static
from ui.present.help.topic import SIZE

_DENSITY = 2
_QUALITY = 78


async def taken(browser: Browser, scene: Scene) -> bytes:
    """Return the picture of a scene, as a file."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        url = scene.start(Path(folder), opened)
        width, height = scene.window
        context = await browser.new_context(
            base_url=url,
            viewport={"width": width, "height": height},
            device_scale_factor=_DENSITY,
            locale="en-US",
            timezone_id="UTC",
            color_scheme="light",
            reduced_motion="reduce",
        )
        async with context:
            page = await context.new_page()
            await page.add_init_script("localStorage.setItem('playground:sample-said', '1')")
            where = await scene.play(page, url)
            await page.evaluate("document.activeElement?.blur()")
            shot = await page.screenshot(animations="disabled", caret="hide")
    return encoded(shot, where)


def encoded(shot: bytes, where: Where) -> bytes:
    """Return that part of a screenshot as a file of SIZE."""
    x, y, width = (round(_DENSITY * side) for side in where)
    height = round(width * SIZE[1] / SIZE[0])
    part = Image.open(BytesIO(shot)).convert("RGB")
    assert x + width <= part.width and y + height <= part.height, (where, part.size)
    small = part.crop((x, y, x + width, y + height)).resize(SIZE, Image.Resampling.LANCZOS)
    buffer = BytesIO()
    small.save(buffer, "WEBP", quality=_QUALITY, method=6)
    return buffer.getvalue()


async def main(names: list[str]) -> None:
    """Write the pictures of these topics, or of all."""
    expect.set_options(timeout=60_000)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=find_chromium(), args=[*CHROMIUM_OPTIONS]
        )
        for name in names or SCENES:
            (static.FOLDER / "help" / f"{name}.webp").write_bytes(
                await taken(browser, SCENES[name])
            )
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
