"""The pages that our own scripts draw over our own routes, in the frame."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.studio import Studio
from ui.frame.frame import mode_of, page
from ui.present.facts import PAGES

DRAWN = {"gallery": "gallery", "statistics": "statistics", "settings": "setup"}
"""The pages' names, and the ids of the elements that they are drawn into."""


def page_routes(studio: Studio) -> list[Route]:
    """Return the routes of these pages, with and without a slash at the end."""

    def route(name: str, path: str) -> Route:
        async def show(request: Request) -> Response:
            theme = request.query_params.get("__theme", "")
            return page(name, mode_of(studio.account), element=DRAWN[name], theme=theme)

        return Route(path, show, name=name)

    return [route(name, PAGES[name][0] + end) for name in DRAWN for end in ("", "/")]
