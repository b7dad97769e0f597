"""The whole application as one FastAPI app: our routes, the door before them, the Gradio page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import gradio as gr
from fastapi import FastAPI
from starlette.middleware import Middleware

from backend.studio import Studio
from ui import gradio_private, static
from ui.assistant.door import Assistants
from ui.audience.serving import RoomDoor
from ui.door.credentials import Credentials
from ui.door.gradio_door import close_gradio
from ui.door.key_gate import KeyGate
from ui.door.login import closed_door
from ui.door.press import use_clock
from ui.door.visitor import VisitorCookie
from ui.language.chosen import LanguageOfVisitor, other_language
from ui.page.page import build_page
from ui.page.theme import build_theme
from ui.routes.a1111 import a1111_routes
from ui.routes.connections import connection_routes
from ui.routes.demos import demo_routes
from ui.routes.docs import docs_routes
from ui.routes.experiment_exports import experiment_export_routes
from ui.routes.experiments import experiment_routes
from ui.routes.export import export_routes
from ui.routes.files import file_routes
from ui.routes.gallery import gallery_routes
from ui.routes.generate import generate_routes
from ui.routes.image import image_routes
from ui.routes.intake import intake_routes
from ui.routes.jobs import job_routes
from ui.routes.kept_sessions import kept_session_routes
from ui.routes.keys import key_routes
from ui.routes.openai import openai_routes
from ui.routes.pages import lost_page, page_routes
from ui.routes.schema import DescribedApp
from ui.routes.session import session_routes
from ui.routes.settings import settings_routes
from ui.routes.stage import stage_routes
from ui.routes.styles import style_routes
from ui.routes.votes import vote_routes
from ui.routes.wildcards import wildcard_routes

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
    experiment_export_routes,
    vote_routes,
    wildcard_routes,
    style_routes,
    session_routes,
    kept_session_routes,
    stage_routes,
    demo_routes,
    settings_routes,
    key_routes,
    connection_routes,
    openai_routes,
    a1111_routes,
)


def build_app(studio: Studio, credentials: Credentials | None = None) -> FastAPI:
    """Return the whole application. Its lifespan starts the studio and closes it.

    `credentials` puts a login before it.
    """
    settings = studio.account.settings

    gradio_private.private_folder(settings.data_dir)
    use_clock(studio.shared_clock)
    assistants = Assistants(studio)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        studio.sessions.doorway = RoomDoor(studio.rehearsals.pictures.picture_bytes)
        async with studio:
            try:
                yield
            finally:
                await assistants.close()

    app = DescribedApp(
        login=credentials is not None,
        routes=[*assistants.routes, *(r for part in _PARTS for r in part(studio).routes)],
        middleware=[
            Middleware(LanguageOfVisitor),
            *closed_door(credentials, settings.network, studio.logins),
            Middleware(KeyGate, lambda text: studio.keys.find(text)),
            Middleware(VisitorCookie),
        ],
        lifespan=lifespan,
    )
    gradio_private.know_signatures(gr.blocks.Block)
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
    close_gradio(app, partial(lost_page, studio))
    return app
