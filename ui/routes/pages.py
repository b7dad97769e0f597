"""The pages in the frame: those that our own scripts draw over our own routes, and those that come
as they are read: the examples and the help."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from backend.said import msg
from backend.studio import Studio
from ui import static
from ui.frame.frame import mode_of, page
from ui.language.chosen import tell
from ui.present.facts import PAGES, SESSIONS, STYLES
from ui.present.place import at
from ui.routes.help import topic_list
from ui.routes.recipes import recipe_list
from ui.routes.schema import new_router

_DRAWN = {
    "gallery": "gallery",
    "experiments": "experiments",
    "desk": "desk",
    "statistics": "statistics",
    "settings": "setup",
    "styles": "styles",
    "sessions": "sessions",
}
"""The pages' names, and the ids of the elements that they are drawn into."""

_OF_PAGES = {**PAGES, "styles": STYLES, "sessions": SESSIONS}


def page_routes(studio: Studio) -> APIRouter:
    """Return the routes of these pages, with and without a slash at the end."""
    router = new_router("Program")
    shown = {name: _shown(studio, name, element) for name, element in _DRAWN.items()}
    shown["examples"] = _shown(
        studio, "examples", content=lambda: recipe_list(studio.account.models)
    )
    shown["help"] = _shown(studio, "help", content=topic_list)
    for name, show in shown.items():
        for end in ("", "/"):
            router.get(_OF_PAGES[name][0] + end, include_in_schema=False)(show)
    return router


_LOST = Markup(
    '<section class="lost"><h1>{title}</h1><p>{why}</p><p><a href="{back}">{said}</a></p></section>'
)


def lost_page(studio: Studio) -> Response:
    """Return the page of an address that leads nowhere, with a way on."""
    title = msg("There is no such page.")
    content = _LOST.format(
        title=tell(title),
        why=tell(msg("The address is old, or mistyped.")),
        back=at("/"),
        said=tell(msg("Back to Create")),
    )
    shown = page(title, mode_of(studio.account), content=content)
    shown.status_code = 404
    return shown


def _shown(
    studio: Studio,
    name: str,
    element: str = "",
    content: Callable[[], Markup] = Markup,
) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers with a page: drawn into an element by its script, or with a content."""
    path, title = _OF_PAGES[name]

    async def show(request: Request) -> Response:
        return page(
            title,
            mode_of(studio.account),
            here=path,
            script=static.script(name),
            element=element,
            content=content(),
            theme=request.query_params.get("__theme", ""),
        )

    return show
