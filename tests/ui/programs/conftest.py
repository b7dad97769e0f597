"""A playground behind a real socket, in front of a platform that does as told; keys to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.settings.load import Settings
from backend.studio import Studio
from tests.blank import blank
from tests.http.faults import FaultServer
from tests.ui.serving import served
from ui.door.credentials import Credentials
from ui.site import build_app

FLUX = "black-forest-labs/FLUX.1-schnell"
SDXL = "stabilityai/stable-diffusion-xl-base-1.0"


@dataclass
class Playground:
    """`key` is one of its keys, `url` its address without a slash at the end."""

    studio: Studio
    platform: FaultServer
    url: str
    key: str = ""

    @property
    def base_url(self) -> str:
        return f"{self.url}/v1"

    async def new_key(self, name: str = "a program", **limits: Any) -> str:
        return (await self.studio.keys.make({"name": name, **limits}))[1]

    def client(self, key: str | None = None) -> httpx.AsyncClient:
        """Return a plain client that shows a key."""
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30)


class Opening:
    """Opens playgrounds of one test, on one data folder, one after the other."""

    def __init__(self, folder: Path, platform: FaultServer, stack: AsyncExitStack) -> None:
        self.platform, self.stack, self.key_name = platform, stack, "a program"
        self.settings = Settings(
            blank(folder / "data"),
            folder / ".env",
            api_url=platform.base_url,
            api_key="ak_test-0123456789",
            timeout_s=10.0,
        )

    async def __call__(self, credentials: Credentials | None = None, **changes: Any) -> Playground:
        studio = Studio(replace(self.settings, **changes))
        url = await self.stack.enter_async_context(served(build_app(studio, credentials)))
        playground = Playground(studio, self.platform, url)
        playground.key = await playground.new_key(self.key_name)
        return playground


@pytest.fixture
async def opening(tmp_path: Path) -> AsyncIterator[Opening]:
    async with FaultServer() as platform, AsyncExitStack() as stack:
        yield Opening(tmp_path, platform, stack)


@pytest.fixture
async def playground(opening: Opening) -> Playground:
    return await opening()
