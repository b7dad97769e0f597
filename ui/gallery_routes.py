"""The gallery's routes: find, mark, trash, compare, lineage, make again, prompts, statistics."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.errors import InvalidInput, PlaygroundError
from backend.jobs import Job
from backend.library import Target
from backend.lineage import compare
from backend.marks import read_changes
from backend.recipe import encode, fit, of_record
from backend.search import parse_address, parse_query
from backend.types import ImageRecord
from ui import present, present_gallery
from ui.routes import PRIVATE_FOR_EVER, file_answer, json_answer, missing, refused, whole
from ui.visitor import visitor

COMPARED_MAX = 4
DAYS_MAX = 3660
PROMPTS_MAX = 200

_ID = re.compile(r"[0-9a-f]{32}")
_IDS_MAX = 100_000


def gallery_routes(studio: Any) -> list[Route]:
    """Return the routes that the gallery and the viewer need beside the images' own."""
    own = _Gallery(studio)
    return [
        Route("/api/images", own.find),
        Route("/api/images", own.change_many, methods=["POST"]),
        Route("/api/images/{id}", own.details),
        Route("/api/images/{id}", own.change, methods=["POST"]),
        Route("/api/images/{id}/reproduce", own.reproduce, methods=["POST"]),
        Route("/api/images/{id}/neighbours", own.neighbours, methods=["POST"]),
        Route("/api/trash/empty", own.empty_trash, methods=["POST"]),
        Route("/api/facets", own.facets),
        Route("/api/compare", own.compare),
        Route("/diffs/{one}/{other}", own.difference_map),
        Route("/api/prompts", own.prompts),
        Route("/api/statistics", own.statistics),
    ]


class _Gallery:
    def __init__(self, studio: Any) -> None:
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
            )
        except InvalidInput as error:
            return refused(error)
        return json_answer(
            {
                "images": [present.record_json(record) for record in page.images],
                "next": page.next,
                "total": page.total,
                "as_of": page.as_of,
            }
        )

    async def facets(self, request: Request) -> Response:
        """Return what the filters offer."""
        found = await self.gallery.facets()
        return json_answer(present_gallery.facets(found, self.studio.models))

    async def prompts(self, request: Request) -> Response:
        """Return the last prompts; they survive the deletion of their images."""
        limit = whole(request.query_params.get("limit", "50"))
        text = request.query_params.get("q", "").strip()[:200]
        if not 1 <= limit <= PROMPTS_MAX:
            return refused(InvalidInput("The limit is out of range.", f"1 to {PROMPTS_MAX}."))
        found = await self.gallery.prompts(text, limit)
        return json_answer(
            {"prompts": [{"prompt": p, "used": present.utc(t), "uses": n} for p, t, n in found]}
        )

    async def statistics(self, request: Request) -> Response:
        """Return images, money and seconds by day and model."""
        days = whole(request.query_params.get("days", "30"))
        if not 1 <= days <= DAYS_MAX:
            return refused(InvalidInput("There are no such days.", f"Ask for 1 to {DAYS_MAX}."))
        rows = await self.gallery.days(days)
        return json_answer(present_gallery.statistics(rows, self.studio.models))

    # --- marking ----------------------------------------------------------------------------

    async def change(self, request: Request) -> Response:
        """Star, rate, tag, delete or restore one image; returns its record."""
        record = await self._record(request)
        if record is None:
            return missing()
        try:
            changes = read_changes(await _body(request), many=False)
            await self.gallery.change([record.id], changes)
        except InvalidInput as error:
            return refused(error)
        record = await self._record(request)
        return missing() if record is None else json_answer(present.record_json(record))

    async def change_many(self, request: Request) -> Response:
        """Change the images named, all that a query finds, or what was just put into the trash."""
        body = await _body(request)
        try:
            changes = read_changes(body, many=True)
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
        await _body(request)
        try:
            return json_answer({"removed": await self.gallery.empty_trash()})
        except OSError as error:
            return refused(
                InvalidInput(
                    f"Some files could not be removed ({error.strerror}).",
                    "Check the data folder, then empty the trash again.",
                )
            )

    # --- one image --------------------------------------------------------------------------

    async def details(self, request: Request) -> Response:
        """Return one image's record with all that the viewer shows beside it."""
        record = await self._record(request)
        if record is None:
            return missing()
        models = self.studio.models
        file = await asyncio.to_thread(_size_of, self.gallery.image_path(record))
        parent = await self.gallery.image(record.origin.image_id) if record.origin else None
        children, count = await self.gallery.children(record.id)
        brought = of_record(record)
        others = [model for model in models.values() if model.id != record.request.model]
        return json_answer(
            {
                **present.details(record, models.get(record.request.model), file),
                "lineage": present_gallery.lineage(record, parent, children, count, models),
                "proofs": [
                    present_gallery.proof(found, record)
                    for found in await self.gallery.proofs(record)
                ],
                "reproduce": await self._offer(self._repeat_text(record)),
                "neighbours": await self._offer(self._neighbours_text(record)),
                "models": [
                    {
                        "id": model.id,
                        "label": model.label,
                        "notes": [
                            fit(brought, models, model_id=model.id).left_out
                            or "All settings of this image are taken."
                        ],
                    }
                    for model in others
                ],
                "recipe": encode(brought),
            }
        )

    async def reproduce(self, request: Request) -> Response:
        """Send the recorded request anew; the verdict is in the details once it has landed."""
        return await self._start(request, self.studio.reproduce)

    async def neighbours(self, request: Request) -> Response:
        """Make the images with the neighbouring seeds."""
        return await self._start(request, self.studio.make_neighbours)

    async def _start(self, request: Request, make: Any) -> Response:
        record = await self._record(request)
        if record is None:
            return missing()
        owner, token = visitor(request.cookies), (await _body(request)).get("token")
        try:
            if not (isinstance(token, str) and _ID.fullmatch(token)):
                raise InvalidInput(
                    "This request has no token.", "Give 32 hex digits; the same ones are one job."
                )
            job: Job = await make(record.id, owner=owner, token=token)
        except PlaygroundError as error:
            return refused(error)
        now = datetime.now(UTC)
        return json_answer({"job": present.job_json(job, self.studio.models, now)})

    async def _repeat_text(self, record: ImageRecord) -> str:
        await self.studio.refuse_repeat(record)
        return present_gallery.repeat_text(self.studio.estimate(record.request.model, 1))

    async def _neighbours_text(self, record: ImageRecord) -> str:
        requests, cached = await self.studio.neighbours(record.id)
        count = len(requests) - cached
        price = present_gallery.cost(self.studio.estimate(record.request.model, count), count)
        return present_gallery.neighbours_text(requests, cached, price)

    async def _offer(self, text: Any) -> present.Json:
        try:
            return {"possible": True, "text": await text}
        except InvalidInput as error:
            return {"possible": False, "text": str(error)}

    # --- several images ---------------------------------------------------------------------

    async def compare(self, request: Request) -> Response:
        """Return 2 to 4 images with what differs; of two also how far the pixels are apart."""
        ids = [i for i in dict.fromkeys(request.query_params.getlist("id")) if _ID.fullmatch(i)]
        records = await self.gallery.records(ids[: COMPARED_MAX + 1])
        if not 2 <= len(records) <= COMPARED_MAX:
            return refused(
                InvalidInput(
                    "There are not two to four such images.", "Choose two to four in the gallery."
                )
            )
        rows = compare([record.request for record in records], self.studio.models)
        found = present_gallery.compared(records, rows) | {"pixels": None}
        if len(records) == 2:
            try:
                difference = await self.gallery.difference(*records)
                found["pixels"] = present_gallery.pixels(*records, difference)
            except PlaygroundError as error:
                found["pixels"] = {
                    "verdict": None,
                    "mean_difference": None,
                    "text": error.message,
                    "map_url": None,
                }
        return json_answer(found)

    async def difference_map(self, request: Request) -> Response:
        """Return a picture of where two images differ."""
        ids = [request.path_params[name] for name in ("one", "other")]
        records = await self.gallery.records([i for i in ids if _ID.fullmatch(i)])
        if len(records) != 2:
            return missing()
        try:
            content = await self.gallery.difference_map(*records)
        except PlaygroundError as error:
            return refused(error)
        return (
            missing() if content is None else file_answer(content, "image/webp", PRIVATE_FOR_EVER)
        )

    # --- in common --------------------------------------------------------------------------

    async def _record(self, request: Request) -> ImageRecord | None:
        image_id = request.path_params["id"]
        return await self.gallery.image(image_id) if _ID.fullmatch(image_id) else None


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _target(body: dict[str, Any]) -> Target:
    """Return which images a body names. Raises: InvalidInput."""
    if isinstance(body.get("query"), str):
        return parse_address(body["query"])
    ids = body.get("ids")
    if not isinstance(ids, list) or not ids or len(ids) > _IDS_MAX:
        raise InvalidInput("No images are chosen.", "Choose some, or give a query.", field="ids")
    return [i for i in ids if isinstance(i, str) and _ID.fullmatch(i)]


def _moment(value: object) -> float:
    try:
        return float(str(value)[:40])
    except ValueError as error:
        raise InvalidInput("There is nothing to undo.", "", field="trashed_at") from error


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def _size_of(path: Any) -> int | None:
    try:
        return int(path.stat().st_size)
    except OSError:
        return None
