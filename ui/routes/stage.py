"""The projector's window, /stage: a page with nothing around it, which our script draws."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from backend.said import msg
from backend.studio import Studio
from ui import static
from ui.frame.frame import bare_page
from ui.routes.schema import new_router

_NAME = msg("Stage")


def stage_routes(studio: Studio) -> APIRouter:
    """Return the route of the page, with and without a slash at the end."""
    router = new_router("Program")

    async def show() -> Response:
        return bare_page(_NAME, script=static.script("projector"), element="projector")

    for end in ("", "/"):
        router.get(f"/stage{end}", include_in_schema=False)(show)
    return router
