"""What the tests of this folder share."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import ui  # noqa: F401  # before gradio
from backend.settings.load import Settings
from backend.studio import Studio
from tests.ui.guard.asking import BASE
from ui.site import build_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    folder = tmp_path_factory.mktemp("guard")
    settings = Settings(data_dir=folder / "data", env_file=folder / ".env", mode="offline")

    async def build() -> Starlette:  # outside a loop Gradio opens one that it never closes
        return build_app(Studio(settings))

    return asyncio.run(build())


@pytest.fixture(scope="module")
def client(app: Starlette) -> Iterator[TestClient]:
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        yield client
