"""The gallery's routes: find, mark, trash, filters, earlier prompts, statistics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.errors import InvalidInput
from backend.library.library import Target
from backend.library.marks import read_changes
from backend.library.query import parse_address, parse_query
from backend.studio import Studio
from backend.types import ID
from ui.present import gallery, records, words
from ui.present.facts import PROMPTS_MAX
from ui.routes.answers import json_answer, json_body, missing, named_image, refused, whole

DAYS_MAX = 3660

_IDS_MAX = 100_000
_TARGETS = ("ids", "query", "trashed_at")


def gallery_routes(studio: Studio) -> list[Route]:
    """Return the routes that the gallery, the prompts' history and the statistics need."""
    own = _Gallery(studio)
    return [
        Route("/api/images", own.find),
        Route("/api/images", own.change_many, methods=["POST"]),
        Route("/api/images/{id}", own.change, methods=["POST"]),
        Route("/api/trash/empty", own.empty_trash, methods=["POST"]),
        Route("/api/facets", own.facets),
        Route("/api/prompts", own.prompts),
        Route("/api/statistics", own.statistics),
    ]


class _Gallery:
    def __init__(self, studio: Studio) -> None:
        self.studio, self.gallery = studio, studio.gallery

    # --- finding ----------------------------------------------------------------------------

    async def find(self, request: Request) -> Response:
        """Return a part of what the address asks for; see the README."""
        found = request.query_params
        try:
            if not _is_number(offset := found.get("offset", "0")):
                raise InvalidInput("This part of the gallery does not exist.", "Start at 0.")
            page = await self.gallery.images(
                limit=whole(found.get("limit", "50")),
                cursor=found.get("cursor") or None,
                query=parse_query({name: found.getlist(name) for name in found}),
                offset=int(offset),
                fast=found.get("total") == "fast",
            )
        except InvalidInput as error:
            return refused(error)
        return json_answer(
            {
                "images": [records.record_json(record) for record in page.images],
                "next": page.next,
                "total": page.total,
                "total_is_least": page.total_is_least,
                "as_of": page.as_of,
            }
        )

    async def facets(self, request: Request) -> Response:
        """Return what the filters offer."""
        found = await self.gallery.facets()
        return json_answer(gallery.facets(found, self.studio.account.models))

    async def prompts(self, request: Request) -> Response:
        """Return the last prompts; they survive the deletion of their images."""
        limit = whole(request.query_params.get("limit", "50"))
        text = request.query_params.get("q", "").strip()[:200]
        if not 1 <= limit <= PROMPTS_MAX:
            return refused(InvalidInput("The limit is out of range.", f"1 to {PROMPTS_MAX}."))
        found = await self.gallery.prompts(text, limit)
        return json_answer(
            {"prompts": [{"prompt": p, "used": words.utc(t), "uses": n} for p, t, n in found]}
        )

    async def statistics(self, request: Request) -> Response:
        """Return images, money and seconds by day and model, up to today (UTC)."""
        days = whole(request.query_params.get("days", "30"))
        if not 1 <= days <= DAYS_MAX:
            return refused(InvalidInput("There are no such days.", f"Ask for 1 to {DAYS_MAX}."))
        today = datetime.now(UTC).date()
        rows = await self.gallery.days(today - timedelta(days=days - 1))
        return json_answer(gallery.statistics(rows, today, self.studio.account.models))

    # --- marking ----------------------------------------------------------------------------

    async def change(self, request: Request) -> Response:
        """Star, rate, tag, delete or restore one image; returns its record."""
        record = await named_image(self.gallery, request)
        if record is None:
            return missing()
        try:
            changes = read_changes(await json_body(request), many=False)
            await self.gallery.change([record.id], changes)
        except InvalidInput as error:
            return refused(error)
        record = await named_image(self.gallery, request)
        return missing() if record is None else json_answer(records.record_json(record))

    async def change_many(self, request: Request) -> Response:
        """Change the images named, all that a query finds, or what was just put into the trash."""
        body = await json_body(request)
        try:
            changes = read_changes(body, many=True)
            if len(body.keys() & _TARGETS) > 1:  # to guess would change what nobody meant
                raise InvalidInput(
                    "The images are named in two ways.", f"Give one of {', '.join(_TARGETS)}."
                )
            if "trashed_at" in body:
                moment = _moment(body["trashed_at"])
                changed = await self.gallery.restore(moment) if changes.deleted is False else 0
                return json_answer({"changed": changed, "trashed_at": None})
            changed, trashed = await self.gallery.change(_target(body), changes)
        except InvalidInput as error:
            return refused(error)
        return json_answer(
            {"changed": changed, "trashed_at": None if trashed is None else repr(trashed)}
        )

    async def empty_trash(self, request: Request) -> Response:
        """Remove what is in the trash for good."""
        await json_body(request)
        try:
            return json_answer({"removed": await self.gallery.empty_trash()})
        except InvalidInput as error:
            return refused(error)


def _target(body: dict[str, Any]) -> Target:
    """Return which images a body names, each once. Raises: InvalidInput."""
    if isinstance(body.get("query"), str):
        return parse_address(body["query"])
    ids = body.get("ids")
    if not isinstance(ids, list) or not ids:
        raise InvalidInput("No images are chosen.", "Choose some, or give a query.", field="ids")
    if len(ids) > _IDS_MAX:
        raise InvalidInput(
            f"At most {_IDS_MAX:,} images can be named at once.", "Give a query.", field="ids"
        )
    return list(dict.fromkeys(i for i in ids if isinstance(i, str) and ID.fullmatch(i)))


def _moment(value: object) -> float:
    try:
        return float(str(value)[:40])
    except ValueError as error:
        raise InvalidInput("There is nothing to undo.", "", field="trashed_at") from error


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16
