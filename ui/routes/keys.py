"""Keys of other programs, as the Settings page makes, lists and removes them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from backend.errors import InvalidInput
from backend.studio import Studio
from backend.types import ID
from ui.present.keys import key_json
from ui.routes.answers import (
    MISSING,
    REFUSED,
    ImageId,
    JsonBody,
    chosen,
    json_answer,
    missing,
    refused,
    takes,
)
from ui.routes.models import keys
from ui.routes.schema import new_router


def key_routes(studio: Studio) -> APIRouter:
    """Return the routes of the panel of other programs."""
    own, router = _Keys(studio), new_router("Program")
    router.get("/api/keys", summary="Other programs' keys", response_model=keys.ProgramKeys)(
        own.all
    )
    router.post(
        "/api/keys",
        summary="Make a key",
        response_model=keys.MadeKey,
        responses=REFUSED,
        openapi_extra=takes(keys.NewKey),
    )(own.make)
    router.post(
        "/api/keys/{id}",
        summary="Remove a key",
        response_model=keys.ProgramKeys,
        responses=REFUSED | MISSING,
        openapi_extra=takes(keys.KeyDeed),
    )(own.change)
    return router


class _Keys:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def all(self, request: Request) -> Response:
        """Return all keys, without themselves, and where programs find the interface."""
        return json_answer(await self._listed(request))

    async def make(self, request: Request, body: JsonBody) -> Response:
        """Make a key. Only a hash of it is kept: this answer alone tells it."""
        try:
            key, text = await self.studio.keys.make(body)
        except InvalidInput as error:
            return refused(error)
        return json_answer(await self._listed(request) | {"key": text, "id": key.id})

    async def change(self, request: Request, id: ImageId, body: JsonBody) -> Response:
        """Remove a key: what its program has asked for and was not sent yet is not sent."""
        try:
            chosen(body.get("do"), {"remove": None})
        except InvalidInput as error:
            return refused(error)
        if not ID.fullmatch(id) or not await self.studio.keys.remove(id):
            return missing()
        for job in await self.studio.jobs.live(id):
            job.stop()
        return json_answer(await self._listed(request))

    async def _listed(self, request: Request) -> dict[str, Any]:
        base = str(request.base_url).rstrip("/")
        return {
            "base_url": f"{base}/v1",
            "mcp_url": f"{base}/mcp",
            "a1111_url": base,
            "keys": [key_json(use) for use in await self.studio.keys.all()],
        }
