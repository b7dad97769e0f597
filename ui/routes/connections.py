"""Further connections, as the Settings page lists, tests, adds, changes and removes them.

A key comes in here and never goes out.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from backend.errors import PlaygroundError
from backend.studio import Studio
from ui.language.chosen import tell
from ui.present.connections import connections_json, tested_text
from ui.routes.answers import REFUSED, JsonBody, chosen, json_answer, refused, takes
from ui.routes.models import connections, state
from ui.routes.schema import new_router

_TEXT_MAX_CHARS = 10_000

Name = Annotated[str, Path(description="The connection's name.")]


def connection_routes(studio: Studio) -> APIRouter:
    """Return the routes of the panel of further connections."""
    own, router = _Connections(studio), new_router("Program")
    router.get(
        "/api/connections",
        summary="Further connections",
        response_model=connections.Connections,
    )(own.all)
    router.post(
        "/api/connections",
        summary="Add or test a connection",
        response_model=connections.Connections | state.Tested,
        responses=REFUSED,
        openapi_extra=takes(connections.ConnectionWish),
    )(own.add)
    router.post(
        "/api/connections/{name}",
        summary="Change, test or remove a connection",
        response_model=connections.Connections | state.Tested,
        responses=REFUSED,
        openapi_extra=takes(connections.ConnectionDeed),
    )(own.change)
    return router


class _Connections:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def all(self) -> Response:
        """Return the connections beside the first one, and the kinds there are. No key is told."""
        self.studio.account.look()
        return self._listed()

    async def add(self, body: JsonBody) -> Response:
        """Add a connection and use it from now on, or only test it; a test is free of charge."""
        try:
            do = chosen(body.get("do", "add"), {"add": False, "test": True})
            if do:
                return await self._tested(body, None)
            await self.studio.account.further.keep(_texts(body), None)
        except PlaygroundError as error:
            return refused(error)
        return self._listed()

    async def change(self, name: Name, body: JsonBody) -> Response:
        """Change a connection, test it with what was changed, or remove it with its key."""
        account = self.studio.account
        try:
            do = chosen(body.get("do"), _DEEDS)
            if do == "test":
                return await self._tested(body, name)
            if do == "change":
                await account.further.keep(_texts(body), name)
            else:
                await account.further.remove(name)
        except PlaygroundError as error:
            return refused(error)
        return self._listed()

    async def _tested(self, body: JsonBody, former: str | None) -> Response:
        account = self.studio.account
        kind, models, balance = await account.further.test(_texts(body), former)
        return json_answer({"text": tell(tested_text(kind, models, balance))})

    def _listed(self) -> Response:
        account = self.studio.account
        return json_answer(connections_json(account.branches))


_DEEDS = {name: name for name in ("change", "test", "remove")}


def _texts(body: JsonBody) -> dict[str, Any]:
    """Return what the body holds, with texts of a sane length."""
    return {
        name: value[:_TEXT_MAX_CHARS] if isinstance(value, str) else value
        for name, value in body.items()
        if isinstance(value, str | int | float | bool)
    }
