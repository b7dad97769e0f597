"""The page over a fake studio, called in process: no browser, no socket.

Pages are built inside a running loop: Gradio would otherwise open one and never close it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from tests.ui.described import Described
from tests.ui.fake_studio import FakeStudio
from ui.site import build_app


@pytest.fixture
async def studio(tmp_path: Path) -> FakeStudio:
    return FakeStudio(tmp_path)


@pytest.fixture
async def app(studio: FakeStudio) -> FastAPI:
    return build_app(studio)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", event_hooks=Described(app).hooks
        ) as client,
    ):
        yield client
