"""The whole application as one FastAPI app: our routes, the door before them, the Gradio page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware

from backend.studio import Studio
from ui import gradio_private, static
from ui.door.credentials import Credentials
from ui.door.gradio_door import close_gradio
from ui.door.login import closed_door
from ui.door.visitor import VisitorCookie
from ui.language.chosen import LanguageOfVisitor, other_language
from ui.page.page import build_page
from ui.page.theme import build_theme
from ui.routes.docs import docs_routes
from ui.routes.experiments import experiment_routes
from ui.routes.export import export_routes
from ui.routes.files import file_routes
from ui.routes.gallery import gallery_routes
from ui.routes.generate import generate_routes
from ui.routes.image import image_routes
from ui.routes.intake import intake_routes
from ui.routes.jobs import job_routes
from ui.routes.pages import page_routes
from ui.routes.schema import DescribedApp
from ui.routes.settings import settings_routes

_PARTS = (
    page_routes,
    docs_routes,
    file_routes,
    generate_routes,
    job_routes,
    gallery_routes,
    image_routes,
    intake_routes,
    export_routes,
    experiment_routes,
    settings_routes,
)


def build_app(studio: Studio, credentials: Credentials | None = None) -> FastAPI:
    """Return the whole application. Its lifespan starts the studio and closes it.

    `credentials` puts a login before it.
    """
    settings = studio.account.settings

    gradio_private.private_folder(settings.data_dir)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with studio:
            yield

    app = DescribedApp(
        login=credentials is not None,
        routes=[route for part in _PARTS for route in part(studio).routes],
        middleware=[
            Middleware(LanguageOfVisitor),
            *closed_door(credentials, settings.network),
            Middleware(VisitorCookie),
        ],
        lifespan=lifespan,
    )
    demo = build_page(studio)
    gradio_private.mount(
        gr,
        app,
        demo,
        theme=build_theme(),
        head=static.links("."),  # its only page stands at the root
        run_history=False,
        footer_links=[],
        show_error=False,
        enable_monitoring=False,
        allowed_paths=[],
    )
    gradio_private.in_languages(demo, other_language, lambda: build_page(studio))
    close_gradio(app)
    return app
