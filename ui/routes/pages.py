"""The pages in the frame: those that our own scripts draw over our own routes, and the examples."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from backend.studio import Studio
from ui import static
from ui.frame.frame import mode_of, page
from ui.present.facts import PAGES
from ui.routes.recipes import recipe_list
from ui.routes.schema import new_router

_DRAWN = {
    "gallery": "gallery",
    "experiments": "experiments",
    "statistics": "statistics",
    "settings": "setup",
}
"""The pages' names, and the ids of the elements that they are drawn into."""


def page_routes(studio: Studio) -> APIRouter:
    """Return the routes of these pages, with and without a slash at the end."""
    router = new_router("Program")
    for name, element in _DRAWN.items():
        for end in ("", "/"):
            show = _shown(studio, name, element)
            router.get(PAGES[name][0] + end, include_in_schema=False)(show)
    for end in ("", "/"):
        router.get(PAGES["examples"][0] + end, include_in_schema=False)(_examples(studio))
    return router


def _shown(studio: Studio, name: str, element: str) -> Callable[[Request], Awaitable[Response]]:
    path, title = PAGES[name]

    async def show(request: Request) -> Response:
        theme, mode = request.query_params.get("__theme", ""), mode_of(studio.account)
        return page(
            title, mode, here=path, script=static.script(name), element=element, theme=theme
        )

    return show


def _examples(studio: Studio) -> Callable[[Request], Awaitable[Response]]:
    path, title = PAGES["examples"]

    async def show(request: Request) -> Response:
        return page(
            title,
            mode_of(studio.account),
            here=path,
            script=static.script("examples"),
            content=recipe_list(studio.account.models),
            theme=request.query_params.get("__theme", ""),
        )

    return show
