"""Kept demo sessions over HTTP: the list, one of them, a picture's way through it, and their end.

The session of now: session.py.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from backend.errors import PlaygroundError
from backend.sessions.lineage import Step, way_of
from backend.sessions.sessions import Sessions
from backend.sessions.state import Session
from backend.sessions.way_sheet import way_sheet
from backend.studio import Studio
from backend.types import ImageRecord
from ui.language.chosen import language
from ui.present.kept_sessions import listed_json, way_json, whole_json
from ui.routes.answers import (
    MISSING,
    REFUSED,
    JsonBody,
    chosen,
    content,
    download,
    json_answer,
    list_answer,
    missing,
    refused,
    takes,
)
from ui.routes.models import sessions as models
from ui.routes.models.base import AN_ID
from ui.routes.schema import new_router

SessionId = Annotated[str, AN_ID, Path(description="The session's id.")]
WishId = Annotated[str, AN_ID, Path(description="The id of the wish that the way leads to.")]


def kept_session_routes(studio: Studio) -> APIRouter:
    """Return the routes of the sessions that are in the data folder, the one of now among them."""
    own, router = _Kept(studio), new_router("Demo sessions")
    router.get("/api/sessions", summary="All sessions", response_model=models.KeptSessions)(
        own.every
    )
    router.get(
        "/api/sessions/{id}",
        summary="A session with its pictures",
        response_model=models.WholeSession,
        responses=MISSING,
    )(own.one)
    router.post(
        "/api/sessions/{id}",
        summary="Delete or forget a session",
        response_model=models.KeptSessions,
        responses=REFUSED | MISSING,
        openapi_extra=takes(models.KeptDeed),
    )(own.do)
    router.get(
        "/api/sessions/{id}/lineage/{wish}",
        summary="A picture's way through a session",
        response_model=models.SessionLineage,
        responses=MISSING,
    )(own.way)
    router.get(
        "/api/sessions/{id}/lineage/{wish}/picture",
        summary="Download a picture's way",
        response_class=Response,
        responses=content("image/png", description="The download") | MISSING,
    )(own.picture)
    return router


class _Kept:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    @property
    def sessions(self) -> Sessions:
        """All sessions of the studio."""
        return self.studio.sessions

    async def every(self, request: Request) -> Response:
        """Return all sessions of the data folder, newest first, without who was there."""
        found = [listed_json(session) for session in await self.sessions.kept()]
        return list_answer(request, {"sessions": found})

    async def one(self, request: Request, id: SessionId) -> Response:
        """Return a session with its pictures and the votes that are over."""
        session = await self.sessions.find(id)
        return missing() if session is None else list_answer(request, whole_json(session))

    async def do(self, request: Request, id: SessionId, body: JsonBody) -> Response:
        """Take a session that has ended away, alone or with all that belongs to it."""
        if await self.sessions.find(id) is None:
            return missing()
        try:
            deeds = {"delete": self.sessions.delete, "forget": self.sessions.forget}
            await chosen(body.get("do"), deeds)(id)
        except PlaygroundError as error:
            return refused(error)
        return await self.every(request)

    async def way(self, id: SessionId, wish: WishId) -> Response:
        """Return the pictures from the first words to this one, with the votes on them."""
        session, steps = await self._found(id, wish)
        if session is None:
            return missing()
        return json_answer(way_json(session, wish, steps, self.studio.account.models))

    async def picture(self, id: SessionId, wish: WishId) -> Response:
        """Return the way as one picture to put on a slide."""
        session, steps = await self._found(id, wish)
        if session is None:
            return missing()
        ids = [step.picture.image for step in steps]
        records = {one.id: one for one in await self.studio.gallery.records(ids)}
        reader, known = language(), self.studio.account.models
        title = session.plan.title
        png = await to_thread.run_sync(
            lambda: way_sheet(title, steps, records, self._file, models=known, reader=reader)
        )
        name = f"session-{datetime.now(UTC):%Y-%m-%d}.png"
        return download(iter([png]), name, "image/png")

    async def _found(self, session_id: str, wish: str) -> tuple[Session | None, list[Step]]:
        session = await self.sessions.find(session_id)
        steps = way_of(session, wish) if session else []
        return (session, steps) if steps else (None, [])

    def _file(self, record: ImageRecord) -> bytes | None:
        try:
            return self.studio.gallery.image_bytes(record)
        except OSError:
            return None
