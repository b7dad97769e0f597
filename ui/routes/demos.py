"""Rehearsals of demo sessions over HTTP, for the presenter: kept, played, deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from backend.errors import PlaygroundError
from backend.images.pictures import THUMBNAIL_MAX_PX
from backend.sessions.demo import SHA256
from backend.sessions.pictures import KEPT_PX, grey_field
from backend.studio import Studio
from ui.present.demos import demos_json
from ui.routes.answers import (
    MISSING,
    PRIVATE_FOR_EVER,
    REFUSED,
    JsonBody,
    chosen,
    file_answer,
    file_content,
    list_answer,
    missing,
    refused,
    takes,
)
from ui.routes.models import demos as models
from ui.routes.schema import new_router

DemoName = Annotated[str, Path(description="The rehearsal's name.")]


def demo_routes(studio: Studio) -> APIRouter:
    """Return the routes of rehearsals."""
    own, router = _Demos(studio), new_router("Demo sessions")
    router.get("/api/demos", summary="List the rehearsals", response_model=models.Demos)(own.all)
    router.post(
        "/api/demos",
        summary="Keep a session as a rehearsal",
        response_model=models.Demos,
        responses=REFUSED,
        openapi_extra=takes(models.KeepDemo, required=False),
    )(own.keep)
    router.post(
        "/api/demos/{name}",
        summary="Play, stop or delete a rehearsal",
        response_model=models.Demos,
        responses=REFUSED,
        openapi_extra=takes(models.DemoDeed),
    )(own.do)
    router.get(
        "/api/demos/{name}/images/{sha256}",
        summary="A picture of a rehearsal",
        response_class=Response,
        responses=file_content("image/webp") | MISSING,
    )(own.image)
    return router


class _Demos:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def all(self, request: Request) -> Response:
        """Return all rehearsals, the newest first, and which of them is played."""
        return await self._listed(request)

    async def keep(self, request: Request, body: JsonBody) -> Response:
        """Keep a session as a rehearsal: no visitor, no refused word, no key is in it."""
        try:
            kept = await self.studio.rehearsals.keep(body.get("session"), body.get("name"))
        except PlaygroundError as error:
            return refused(error)
        return await self._listed(request, kept)

    async def do(self, request: Request, name: DemoName, body: JsonBody) -> Response:
        """Play a rehearsal as the session of now, without any network; stop or delete it."""
        own = self.studio.rehearsals
        deeds: dict[str, Callable[[], Awaitable[object]]] = {
            "play": lambda: own.play(name, body),
            "stop": own.stop,
            "delete": lambda: own.delete(name),
        }
        try:
            await chosen(body.get("do"), deeds)()
        except PlaygroundError as error:
            return refused(error)
        return await self._listed(request)

    async def image(
        self,
        request: Request,
        name: DemoName,
        sha256: Annotated[str, Path(description="The picture's SHA-256.")],
        small: Annotated[str, Query(description="1 is at most 384 pixels a side.")] = "",
    ) -> Response:
        """Serve a WebP of at most 1600 pixels a side; a grey field for one that is missing."""
        if not SHA256.fullmatch(sha256):
            return missing()
        px = THUMBNAIL_MAX_PX if small else KEPT_PX
        found = await self.studio.rehearsals.pictures.recorded(name, sha256, px)
        if found is None:  # it may be put back
            return file_answer(request, grey_field(), "image/webp", "no-store")
        return file_answer(request, found, "image/webp", PRIVATE_FOR_EVER)

    async def _listed(self, request: Request, kept: str | None = None) -> Response:
        own = self.studio.rehearsals
        return list_answer(request, demos_json(await own.all(), own.playing, kept))
