"""Taking images out: one form post that is answered with a download.

Nothing is gathered first: a ZIP of ten thousand images begins at once and is made as it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Literal
from urllib.parse import parse_qs

from anyio import from_thread, to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from backend.errors import InvalidInput, PlaygroundError
from backend.exchange.archive import Entry, zip_stream
from backend.exchange.html_sheet import html_sheet
from backend.exchange.picture_sheet import png_sheet
from backend.exchange.sheets import check_count
from backend.said import joined, msg
from backend.studio import Studio
from backend.text import cut
from backend.types import ID, ImageRecord
from ui.door.guard import is_navigation
from ui.language.chosen import language, tell
from ui.routes.answers import REFUSED, Responses, content, download, refused, takes
from ui.routes.models.asked import Export
from ui.routes.schema import new_router

BATCH = 200
"""Records that are asked for at a time."""

Kind = Literal["zip", "html", "png"]
_KINDS: dict[str, Kind] = {"zip": "zip", "html": "html", "png": "png"}


_TO_A_PERSON: Responses = {422: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


def export_routes(studio: Studio) -> APIRouter:
    """Return the route of the gallery's exports."""
    router = new_router("Files")
    router.post(
        "/api/export",
        summary="Download images",
        response_class=Response,
        responses={
            **content("application/zip", "text/html", "image/png", description="The download"),
            422: REFUSED[422] | _TO_A_PERSON[422],
        },
        openapi_extra=takes(Export, "application/x-www-form-urlencoded"),
    )(_Export(studio).export)
    return router


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the form asks for: images by `ids`, else all that `query` finds."""

    ids: list[str] | None
    query: str | None
    what: Kind
    with_metadata: bool


class _Export:
    def __init__(self, studio: Studio) -> None:
        self.studio, self.gallery = studio, studio.gallery

    async def export(self, request: Request) -> Response:
        """Answer with the download, or say why not: to a person as text, to a program as JSON."""
        try:
            wanted = _read(await request.body())
            ids = await self.gallery.selected(ids=wanted.ids, query=wanted.query)
            check_count(len(ids), wanted.what)
            return await self._answer(wanted, ids)
        except PlaygroundError as error:
            if is_navigation(request.scope):
                words = tell(joined(error.message, error.hint))
                words += "\n\n" + tell(msg("Go back to return to the gallery."))
                return PlainTextResponse(words, 422, {"Cache-Control": "no-store"})
            return refused(error)

    async def _answer(self, wanted: _Wanted, ids: list[str]) -> Response:
        reader = language()  # what is made while it is sent would not know who asked
        if wanted.what == "zip":
            entries = (Entry(r, partial(self.gallery.image_bytes, r)) for r in self._records(ids))
            content = zip_stream(entries, with_metadata=wanted.with_metadata, tell=reader.tell)
            return _download(content, "images", "zip", "application/zip")
        records = await to_thread.run_sync(list, self._records(ids))
        models = self.studio.account.models
        if wanted.what == "html":
            page = html_sheet(records, self._thumb, models=models, reader=reader)
            return _download(page, "contact-sheet", "html", "text/html; charset=utf-8")
        picture = await to_thread.run_sync(
            lambda: png_sheet(records, self._file, models=models, reader=reader)
        )
        return _download(iter([picture]), "contact-sheet", "png", "image/png")

    # These run in a worker thread, which waits there for the studio's answers.

    def _records(self, ids: list[str]) -> Iterator[ImageRecord]:
        for start in range(0, len(ids), BATCH):
            yield from from_thread.run(self.gallery.records, ids[start : start + BATCH])

    def _file(self, record: ImageRecord) -> bytes | None:
        try:
            return self.gallery.image_bytes(record)
        except OSError:
            return None

    def _thumb(self, image_id: str) -> bytes | None:
        try:
            return from_thread.run(self.gallery.thumbnail, image_id)
        except OSError:  # it cannot be had now: the rest is sent all the same
            return None


def _read(body: bytes) -> _Wanted:
    """Return what the form asks for. Raises: InvalidInput."""
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError as error:  # no text, or no form
        raise InvalidInput(
            msg("This is not a form that can be read."), msg("Send it urlencoded.")
        ) from error
    form = {name: values[-1] for name, values in fields.items()}
    what, keep = form.get("what") or "zip", form.get("metadata") or "1"
    if what not in _KINDS:
        raise InvalidInput(
            msg("There is no export as {what}.", what=repr(cut(what, 40))),
            msg("Choose zip, html or png."),
            field="what",
        )
    if keep not in ("0", "1"):
        raise InvalidInput(
            msg("{name} must be 1 or 0.", name="metadata"),
            msg("1 keeps it, 0 leaves it out."),
            field="metadata",
        )
    ids = [part.strip() for part in form.get("ids", "").split(",") if part.strip()]
    if any(not ID.fullmatch(image_id) for image_id in ids):
        raise InvalidInput(
            msg("One of the images has no usable id."),
            msg("Ids are 32 hex digits each."),
            field="ids",
        )
    query = form.get("query")
    if not ids and (query is None or (not query and "ids" in form)):
        raise InvalidInput(
            msg("Nothing is selected."), msg("Choose at least one image."), field="ids"
        )
    return _Wanted(ids or None, None if ids else query, _KINDS[what], keep == "1")


def _download(content: Iterator[bytes], stem: str, ending: str, media_type: str) -> Response:
    name = f"{stem}-{datetime.now(UTC):%Y-%m-%d}.{ending}"
    return download(content, name, media_type)
