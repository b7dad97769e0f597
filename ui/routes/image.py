"""One image's routes, and those of a few together: details, lineage, made again, compared."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from backend.errors import InvalidInput, PlaygroundError
from backend.generation.jobs import Job
from backend.images import metadata
from backend.library.differences import compare
from backend.recipes.fitting import fit
from backend.recipes.link import encode
from backend.recipes.recipe import of_record
from backend.said import joined, msg
from backend.studio import Studio
from backend.types import ID, ImageRecord, Making
from ui.door.press import read_token, refuse_late
from ui.door.visitor import visitor
from ui.language.chosen import tell
from ui.present import gallery, records
from ui.present.facts import COMPARED_MAX
from ui.routes.answers import (
    CONFLICT,
    MISSING,
    PRIVATE_FOR_EVER,
    REFUSED,
    ImageId,
    JsonBody,
    file_answer,
    file_content,
    json_answer,
    missing,
    named_image,
    refused,
    takes,
)
from ui.routes.models.asked import Token
from ui.routes.models.base import ID_PATTERN
from ui.routes.models.images import Compared, Details
from ui.routes.models.jobs import Started
from ui.routes.schema import new_router

_IDS = {
    "type": "array",
    "items": {"type": "string", "pattern": ID_PATTERN},
    "minItems": 2,
    "maxItems": COMPARED_MAX,
    "uniqueItems": True,
}


def image_routes(studio: Studio) -> APIRouter:
    """Return the routes that the viewer and the comparison need."""
    own, router = _Images(studio), new_router("Images")
    router.get(
        "/api/images/{id}",
        summary="One image with its details",
        response_model=Details,
        responses=MISSING,
    )(own.details)
    for path, summary, endpoint in (
        ("reproduce", "Make an image again", own.reproduce),
        ("neighbours", "Make the neighbouring seeds", own.neighbours),
    ):
        router.post(
            f"/api/images/{{id}}/{path}",
            summary=summary,
            response_model=Started,
            responses=REFUSED | CONFLICT | MISSING,
            openapi_extra=takes(Token),
        )(endpoint)
    router.get(
        "/api/compare",
        summary="Compare images",
        response_model=Compared,
        responses=REFUSED,
    )(own.compare)
    router.get(
        "/diffs/{one}/{other}",
        summary="Where two images differ",
        response_class=Response,
        responses=file_content("image/webp") | REFUSED | MISSING,
    )(own.difference_map)
    return router


class _Images:
    def __init__(self, studio: Studio) -> None:
        self.studio, self.gallery = studio, studio.gallery

    async def details(self, id: ImageId) -> Response:
        """Return a record with its details, lineage, verdicts, and what making it again costs."""
        record = await named_image(self.gallery, id)
        if record is None:
            return missing()
        models = self.studio.account.models
        looked = await self.gallery.looked_into(record, _look_into)
        size_bytes, making = looked or (None, None)
        record = replace(record, making=making)
        parent = await self.gallery.image(record.origin.image_id) if record.origin else None
        children, count = await self.gallery.children(record.id)
        brought = of_record(record)
        others = [model for model in models.values() if model.id != record.request.model]
        return json_answer(
            {
                **records.details(record, models.get(record.request.model), size_bytes),
                "lineage": gallery.lineage(record, parent, children, count, models),
                "proofs": [
                    gallery.proof(found, record) for found in await self.gallery.proofs(record)
                ],
                "reproduce": await self._offer(self._repeat_text(record)),
                "neighbours": await self._offer(self._neighbours_text(record)),
                "models": [
                    {
                        "id": model.id,
                        "label": tell(model.label),
                        "notes": [
                            tell(
                                fit(brought, models, model_id=model.id).left_out
                                or msg("All settings of this image are taken.")
                            )
                        ],
                    }
                    for model in others
                ],
                "recipe": encode(brought),
            }
        )

    async def reproduce(self, request: Request, id: ImageId, body: JsonBody) -> Response:
        """Send the recorded request anew; the verdict is in the details once it has landed."""
        return await self._start(request, id, body, self.studio.reproduce)

    async def neighbours(self, request: Request, id: ImageId, body: JsonBody) -> Response:
        """Make the images with the neighbouring seeds."""
        return await self._start(request, id, body, self.studio.make_neighbours)

    async def _start(
        self, request: Request, image_id: str, body: dict[str, Any], make: Any
    ) -> Response:
        record = await named_image(self.gallery, image_id)
        if record is None:
            return missing()
        try:
            if body.get("token") is None:
                raise InvalidInput(
                    msg("This request has no token."),
                    msg("Give 32 hex digits; the same ones are one job."),
                )
            token = read_token(body["token"])
            refuse_late(body.get("made"))
            job: Job = await make(record.id, owner=visitor(request.cookies), token=token)
        except PlaygroundError as error:
            return refused(error)
        now = datetime.now(UTC)
        return json_answer({"job": records.job_json(job, self.studio.account.models, now)})

    async def _repeat_text(self, record: ImageRecord) -> str:
        self.studio.refuse_repeat(record)
        return gallery.repeat_text(self.studio.account.estimate(record.request.model, 1))

    async def _neighbours_text(self, record: ImageRecord) -> str:
        requests, cached = await self.studio.neighbours(record)
        count = len(requests) - cached
        price = gallery.cost(self.studio.account.estimate(record.request.model, count), count)
        return gallery.neighbours_text(requests, cached, price)

    async def _offer(self, text: Any) -> records.Json:
        try:
            return {"possible": True, "text": tell(await text)}
        except InvalidInput as error:
            return {"possible": False, "text": tell(joined(error.message, error.hint))}

    # --- several images ---------------------------------------------------------------------

    async def compare(
        self,
        id: Annotated[list[str], WithJsonSchema(_IDS), Query(description="The images' ids.")] = [],  # noqa: B006
    ) -> Response:
        """Return 2 to 4 images with what differs; of two also how far the pixels are apart."""
        ids = [i for i in dict.fromkeys(id) if ID.fullmatch(i)]
        records = await self.gallery.records(ids[: COMPARED_MAX + 1])
        if not 2 <= len(records) <= COMPARED_MAX:
            return refused(
                InvalidInput(
                    msg("There are not two to four such images."),
                    msg("Choose two to four in the gallery."),
                )
            )
        rows = compare([record.request for record in records], self.studio.account.models)
        found = gallery.compared(records, rows) | {"pixels": None}
        if len(records) == 2:
            one, other = records
            try:
                difference = await self.gallery.difference(one, other)
                found["pixels"] = gallery.pixels(one, other, difference)
            except PlaygroundError as error:
                found["pixels"] = {
                    "verdict": None,
                    "mean_difference": None,
                    "text": tell(error.message),
                    "map_url": None,
                }
        return json_answer(found)

    async def difference_map(
        self,
        request: Request,
        one: Annotated[ImageId, Path(description="An image's id.")],
        other: Annotated[ImageId, Path(description="Another one's.")],
    ) -> Response:
        """Return a picture of where two images of one size differ."""
        records = await self.gallery.records([i for i in (one, other) if ID.fullmatch(i)])
        if len(records) != 2:
            return missing()
        try:
            found = await self.gallery.difference_map(*records)
        except PlaygroundError as error:
            return refused(error)
        if found is None:
            return missing()
        return file_answer(request, found, "image/webp", PRIVATE_FOR_EVER)


def _look_into(data: bytes) -> tuple[int, Making | None]:
    """Return how large an image's file is, and what it alone tells of its making."""
    stored = metadata.read(data)
    return len(data), stored.record.making if stored else None
