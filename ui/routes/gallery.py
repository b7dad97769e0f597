"""The gallery's routes: find, mark, trash, filters, earlier prompts, statistics."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from backend.errors import InvalidInput
from backend.library.acts import Act
from backend.library.kept_looks import LIKE_MAX
from backend.library.library import Target
from backend.library.marks import Changes, read_changes
from backend.library.query import parse_address, parse_query
from backend.library.zones import zone_of
from backend.said import listed, msg
from backend.studio import Studio
from backend.text import cut
from backend.types import ID
from ui.present import gallery, records, words
from ui.present.facts import PROMPTS_MAX
from ui.routes.answers import (
    MISSING,
    REFUSED,
    ImageId,
    JsonBody,
    json_answer,
    list_answer,
    missing,
    named_image,
    refused,
    takes,
    whole,
)
from ui.routes.models import asked, base, images
from ui.routes.schema import new_router

DAYS_MAX = 3660

_IDS_MAX = 100_000
_IDS_TOLD = 2_000
_TARGETS = ("ids", "query", "trashed_at", "undo")


def gallery_routes(studio: Studio) -> APIRouter:
    """Return the routes that the gallery, the prompts' history and the statistics need."""
    own, router = _Gallery(studio), new_router("Images")
    router.get(
        "/api/images", summary="Find images", response_model=images.Found, responses=REFUSED
    )(own.find)
    router.get(
        "/api/images/{id}/like",
        summary="More like an image",
        response_model=images.Alike,
        responses=REFUSED | MISSING,
    )(own.like)
    router.post(
        "/api/images",
        summary="Change many images",
        response_model=images.Changed,
        responses=REFUSED,
        openapi_extra=takes(asked.ManyMarks),
    )(own.change_many)
    router.post(
        "/api/images/{id}",
        summary="Change one image",
        response_model=images.Marked,
        responses=REFUSED | MISSING,
        openapi_extra=takes(asked.Marks),
    )(own.change)
    router.post(
        "/api/trash/empty",
        summary="Empty the trash",
        response_model=images.Removed,
        responses=REFUSED,
        openapi_extra=takes(asked.Nothing, required=False),
    )(own.empty_trash)
    router.post(
        "/api/trash/forget",
        summary="Forget images of the trash for good",
        response_model=images.Forgotten,
        responses=REFUSED,
        openapi_extra=takes(asked.Chosen),
    )(own.forget)
    router.get("/api/facets", summary="What to filter by", response_model=images.Facets)(own.facets)
    router.get(
        "/api/prompts", summary="Earlier prompts", response_model=images.Prompts, responses=REFUSED
    )(own.prompts)
    router.get(
        "/api/statistics", summary="Statistics", response_model=images.Statistics, responses=REFUSED
    )(own.statistics)
    return router


class _Gallery:
    def __init__(self, studio: Studio) -> None:
        self.studio, self.gallery = studio, studio.gallery

    # --- finding ----------------------------------------------------------------------------

    async def find(self, request: Request, search: Annotated[asked.Search, Query()]) -> Response:
        """Return a part of what the search finds. The next part begins at `cursor`."""
        try:
            if not _is_number(search.offset):
                raise InvalidInput(
                    msg("This part of the gallery does not exist."), msg("Start at 0.")
                )
            page = await self.gallery.images(
                limit=whole(search.limit),
                cursor=search.cursor or None,
                query=parse_query({n: v if isinstance(v, list) else [v] for n, v in search}),
                offset=int(search.offset),
                fast=search.total == "fast",
            )
        except InvalidInput as error:
            return refused(error)
        return list_answer(
            request,
            {
                "images": [records.record_json(record) for record in page.images],
                "next": page.next,
                "total": page.total,
                "total_is_least": page.total_is_least,
                "as_of": page.as_of,
            },
        )

    async def like(
        self,
        id: ImageId,
        limit: Annotated[str, base.whole(1, LIKE_MAX), Query(description="How many.")] = "24",
    ) -> Response:
        """Return the images that look most like this one, by the layout of light and colours."""
        record = await named_image(self.gallery, id)
        if record is None:
            return missing()
        many = whole(limit)
        if not 1 <= many <= LIKE_MAX:
            return refused(_out_of_range(LIKE_MAX))
        found = await self.gallery.like(record.id, many)
        return json_answer({"images": [records.record_json(one) for one in found]})

    async def facets(self) -> Response:
        """Return what the filters offer: models, providers, tags, sizes, demo sessions, and the
        trash's size."""
        found, sessions = await self.gallery.facets(), await self.studio.sessions.kept()
        return json_answer(gallery.facets(found, self.studio.account.models, sessions))

    async def prompts(
        self,
        q: Annotated[str, Query(description="Somewhere in the prompt; 200 characters count.")] = "",
        limit: Annotated[str, base.whole(1, PROMPTS_MAX), Query(description="How many.")] = "50",
    ) -> Response:
        """Return the last prompts; they survive the deletion of their images, unless forgotten."""
        many = whole(limit)
        if not 1 <= many <= PROMPTS_MAX:
            return refused(_out_of_range(PROMPTS_MAX))
        found = await self.gallery.prompts(cut(q.strip(), 200), many)
        return json_answer(
            {"prompts": [{"prompt": p, "used": words.utc(t), "uses": n} for p, t, n in found]}
        )

    async def statistics(
        self,
        days: Annotated[str, base.whole(1, DAYS_MAX), Query(description="How many days.")] = "30",
        zone: Annotated[
            str,
            Query(
                description="Whose days: an IANA name. UTC where it is left out.",
                examples=["Europe/Berlin"],
            ),
        ] = "",
    ) -> Response:
        """Return images, money and seconds by day and model, up to today in that zone.

        What was removed for good by an earlier version is counted at noon (UTC) of its day.
        """
        many = whole(days)
        if not 1 <= many <= DAYS_MAX:
            return refused(
                InvalidInput(
                    msg("There are no such days."), msg("Ask for 1 to {most}.", most=str(DAYS_MAX))
                )
            )
        try:
            known = zone_of(zone)
        except InvalidInput as error:
            return refused(error)
        today = datetime.now(known).date()
        rows = await self.gallery.days(today - timedelta(days=many - 1), today, known)
        models = self.studio.account.models
        return json_answer(gallery.statistics(rows, today, zone or "UTC", models))

    # --- marking ----------------------------------------------------------------------------

    async def change(self, id: ImageId, body: JsonBody) -> Response:
        """Star, rate, tag, delete or restore one image; returns its record."""
        record = await named_image(self.gallery, id)
        if record is None:
            return missing()
        try:
            changes = read_changes(body, many=False)
            act = await self.gallery.change([record.id], changes)
        except InvalidInput as error:
            return refused(error)
        record = await named_image(self.gallery, id)
        if record is None:
            return missing()
        return json_answer({**records.record_json(record), "undo": act.undo})

    async def change_many(self, body: JsonBody) -> Response:
        """Change the images named, all that a query finds, or take an earlier change back.

        Each answer that changed something names it as `undo`: sent back alone, that takes back
        exactly what was changed, of what is still so. A deletion is also undone by its `trashed_at`
        with `"deleted": false`.
        """
        try:
            _refuse_two(body, _TARGETS)
            if "undo" in body:
                act, trashed = await self.gallery.undo(_act(body)), None
            else:
                changes = read_changes(body, many=True)
                act = await self._change(body, changes)
                trashed = repr(act.moment) if changes.deleted and act.ids else None
        except InvalidInput as error:
            return refused(error)
        return json_answer(
            {
                "changed": len(act.ids),
                "ids": act.ids if len(act.ids) <= _IDS_TOLD else None,
                "trashed_at": trashed,
                "undo": act.undo,
            }
        )

    async def _change(self, body: dict[str, Any], changes: Changes) -> Act:
        if "trashed_at" not in body:
            return await self.gallery.change(_target(body), changes)
        moment = _moment(body["trashed_at"])
        return await self.gallery.restore(moment) if changes.deleted is False else Act()

    async def empty_trash(self, body: JsonBody) -> Response:
        """Remove what is in the trash for good."""
        try:
            return json_answer({"removed": await self.gallery.empty_trash()})
        except InvalidInput as error:
            return refused(error)

    async def forget(self, body: JsonBody) -> Response:
        """Remove images of the trash for good with all that they were asked for with.

        Their files, marks and prompts go, here, in the history and in the list of requests, as far
        as no other image has them. What was sent and what it cost stays counted.
        """
        try:
            _refuse_two(body, _TARGETS[:2])
            done = await self.gallery.forget(_target(body), in_trash=True)
        except InvalidInput as error:
            return refused(error)
        return json_answer({"forgotten": done.images, "kept_in": list(done.kept_in)})


def _out_of_range(most: int) -> InvalidInput:
    return InvalidInput(
        msg("The limit is out of range."), msg("1 to {most}.", most=most), field="limit"
    )


def _refuse_two(body: dict[str, Any], targets: Sequence[str]) -> None:
    """Raises: InvalidInput where images are named twice: to guess would change what none meant."""
    if len(body.keys() & {*targets}) > 1:
        raise InvalidInput(
            msg("The images are named in two ways."),
            msg("Give one of {names}.", names=listed(targets)),
        )


def _target(body: dict[str, Any]) -> Target:
    """Return which images a body names, each once. Raises: InvalidInput."""
    if isinstance(body.get("query"), str):
        return parse_address(body["query"])
    ids = body.get("ids")
    if not isinstance(ids, list) or not ids:
        raise InvalidInput(
            msg("No images are chosen."), msg("Choose some, or give a query."), field="ids"
        )
    if len(ids) > _IDS_MAX:
        raise InvalidInput(
            msg("At most {most} images can be named at once.", most=_IDS_MAX),
            msg("Give a query."),
            field="ids",
        )
    return list(dict.fromkeys(i for i in ids if isinstance(i, str) and ID.fullmatch(i)))


def _act(body: dict[str, Any]) -> str:
    """Return which change is to be taken back. Raises: InvalidInput."""
    act = body["undo"]
    if len(body) > 1:
        raise InvalidInput(
            msg("An undo changes nothing else."), msg("Send it alone."), field="undo"
        )
    if not (isinstance(act, str) and ID.fullmatch(act)):
        raise InvalidInput(msg("There is nothing to undo."), field="undo")
    return act


def _moment(value: object) -> float:
    try:
        return float(str(value)[:40])
    except ValueError as error:
        raise InvalidInput(msg("There is nothing to undo."), field="trashed_at") from error


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16
