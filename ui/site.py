"""The whole application as one Starlette app: our routes, the door before them, the Gradio page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import gradio as gr
from starlette.applications import Starlette
from starlette.middleware import Middleware

from backend.studio import Studio
from ui import gradio_private, static
from ui.door.credentials import Credentials
from ui.door.guard import close_gradio
from ui.door.login import closed_door
from ui.door.visitor import VisitorCookie
from ui.page.page import build_page
from ui.page.theme import build_theme
from ui.routes.export import export_routes
from ui.routes.files import file_routes
from ui.routes.gallery import gallery_routes
from ui.routes.image import image_routes
from ui.routes.intake import intake_routes
from ui.routes.jobs import job_routes
from ui.routes.pages import page_routes
from ui.routes.settings import settings_routes


def build_app(studio: Studio, credentials: Credentials | None = None) -> Starlette:
    """Return the whole application. Its lifespan starts the studio and closes it.

    `credentials` puts a login before it.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with studio:
            yield

    app = Starlette(
        routes=[
            *page_routes(studio),
            *file_routes(studio),
            *job_routes(studio),
            *gallery_routes(studio),
            *image_routes(studio),
            *intake_routes(studio),
            *export_routes(studio),
            *settings_routes(studio),
        ],
        middleware=[
            *closed_door(credentials),
            Middleware(VisitorCookie),
        ],
        lifespan=lifespan,
    )
    gradio_private.mount(
        gr,
        app,
        build_page(studio),
        theme=build_theme(),
        head=static.links(),
        run_history=False,
        footer_links=[],
        show_error=False,
        enable_monitoring=False,
        allowed_paths=[],
    )
    close_gradio(app)
    return app
