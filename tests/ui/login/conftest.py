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
from tests.ui.login.visitors import BASE, RIGHT, Clock, find_gate
from ui.door.throttle import Sessions, Throttle
from ui.site import build_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    folder = tmp_path_factory.mktemp("login")
    settings = Settings(data_dir=folder / "data", env_file=folder / ".env", mode="offline")

    async def build() -> Starlette:  # outside a loop Gradio opens one that it never closes
        return build_app(Studio(settings), RIGHT)

    return asyncio.run(build())


@pytest.fixture(scope="module")
def opened(app: Starlette) -> Iterator[TestClient]:
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(app: Starlette, opened: TestClient, clock: Clock) -> TestClient:
    """A browser without cookies, before a gate that remembers nobody and no wrong password."""
    gate = find_gate(app)
    gate.throttle, gate.sessions = Throttle(clock), Sessions(clock)
    opened.cookies.clear()
    return opened
