"""The page over a fake studio, called in process: no browser, no socket.

Pages are built inside a running loop: Gradio would otherwise open one and never close it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Self

import gradio as gr
import httpx
import pytest
from fastapi import FastAPI

from backend.catalogue.load import load_catalogue
from tests.ui.described import Described
from tests.ui.fake_studio import FakeStudio
from ui.page.form import Form, build_form
from ui.site import build_app


@pytest.fixture
async def studio(tmp_path: Path) -> FakeStudio:
    return FakeStudio(tmp_path)


@pytest.fixture(scope="session")
def form() -> Form:
    """The form of the program's own catalogue, which its handlers only read."""

    async def build() -> Form:
        with gr.Blocks(analytics_enabled=False):
            return build_form(load_catalogue())

    return asyncio.run(build())


class Standin:
    """Stands for whatever `find` returns at the moment."""

    def __init__(self, find: Callable[[], Any]) -> None:
        self._find = find

    def __getattr__(self, name: str) -> Any:
        return getattr(self._find(), name)


class Stage(Standin):
    """Stands for the studio of the test that runs: an app takes too long to build for each."""

    def __init__(self, studio: FakeStudio) -> None:
        super().__init__(lambda: self.studio)
        self.studio = studio
        self.account = Standin(lambda: self.studio.account)
        self.jobs = Standin(lambda: self.studio.jobs)
        self.gallery = Standin(lambda: self.studio.gallery)
        self.styles = Standin(lambda: self.studio.styles)

    async def __aenter__(self) -> Self:
        await self.studio.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.studio.__aexit__(*exc)


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> tuple[FastAPI, Stage]:
    """An app and its stage, for tests one after the other."""

    async def build() -> tuple[FastAPI, Stage]:
        stage = Stage(FakeStudio(tmp_path_factory.mktemp("stage")))
        return build_app(stage), stage  # type: ignore[arg-type]

    return asyncio.run(build())


@pytest.fixture
def app(staged: tuple[FastAPI, Stage], studio: FakeStudio) -> FastAPI:
    app, stage = staged
    stage.studio = studio
    return app


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
