"""The running program asked as another program would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

from tests.ui.fake_studio import FLUX


def ask(address: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Return the JSON at `path`; with a `body` it is posted."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(address + path, data, headers)) as answer:
        return json.load(answer)


def make_images(
    address: str,
    prompt: str,
    *,
    model: str = FLUX,
    side: int = 256,
    seed: int | None = None,
    count: int = 1,
) -> list[Any]:
    """Make images and return their records, newest first."""
    values = [model, prompt, "fog", side, side, None, None, seed, count]
    made = ask(address, "/gradio_api/run/generate", {"data": values})["data"][0]
    return list(reversed(made))


async def until_stored(address: str, image_id: str, holds: Callable[[Any], bool]) -> None:
    """Return once it `holds` of an image's record: a page shows a mark before it is stored."""
    async with asyncio.timeout(20):
        while not holds(stored_image(address, image_id)):
            await asyncio.sleep(0.05)


def stored_image(address: str, image_id: str) -> Any:
    """Return one stored image's record."""
    return ask(address, f"/api/images/{image_id}")["record"]
