"""Our scripts and styles, images and thumbnails.

A thumbnail costs a fifth of what Gradio's file route takes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from backend.exchange.archive import file_name
from backend.storage.image_files.trouble import StoreTrouble
from backend.studio import Studio
from backend.types import ID
from ui import static
from ui.frame import manifest
from ui.routes.answers import (
    AWAY,
    MISSING,
    PRIVATE_FOR_EVER,
    ImageId,
    away,
    file_answer,
    file_content,
    missing,
    part_answer,
)
from ui.routes.partial import Part, part_of
from ui.routes.schema import new_router

_IMAGES = ("image/png", "image/jpeg", "image/webp")
_OURS = (
    *("text/javascript", "text/css", "application/json"),
    *("image/svg+xml", "image/webp", "image/png"),
)


def file_routes(studio: Studio) -> APIRouter:
    """Return the routes of files."""
    own, router = _Files(studio), new_router("Files")
    router.get("/favicon.ico", include_in_schema=False)(own.favicon)
    router.get(manifest.PATH, include_in_schema=False)(own.manifest)
    router.get(
        "/page/{digest}/{name:path}",
        summary="A script, style or picture of the page",
        response_class=Response,
        responses=file_content(*_OURS) | MISSING,
    )(own.page_file)
    router.get(
        "/images/{id}",
        summary="An image's file",
        response_class=Response,
        responses=file_content(*_IMAGES) | MISSING | AWAY,
    )(own.image)
    router.get(
        "/thumbs/{id}",
        summary="An image's thumbnail",
        response_class=Response,
        responses=file_content("image/webp") | MISSING | AWAY,
    )(own.thumbnail)
    return router


class _Files:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def page_file(
        self,
        request: Request,
        digest: Annotated[str, Path(description="Names the state of all scripts and styles.")],
        name: str,
    ) -> Response:
        """Serve a script, style or picture; under an older digest it is not kept by the browser."""
        found = static.found(name)
        if found is None:
            return missing()
        current = digest == static.digest()
        cache = "public, max-age=31536000, immutable" if current else "no-store"
        packed = found.compressed if "gzip" in request.headers.get("accept-encoding", "") else None
        if packed is None:
            answer = file_answer(request, found.content, found.media_type, cache)
        else:
            answer = file_answer(request, packed, found.media_type, cache)
            if answer.status_code != 304:
                answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Vary"] = "Accept-Encoding"
        return answer

    async def favicon(self, request: Request) -> Response:
        logo = static.files()["logo.svg"]
        return file_answer(request, logo.content, logo.media_type, "public, max-age=86400")

    async def manifest(self, request: Request) -> Response:
        return file_answer(request, manifest.manifest(), manifest.MEDIA_TYPE, "no-cache")

    async def image(
        self,
        request: Request,
        id: ImageId,
        download: Annotated[str, Query(description="1 gives it a name to be saved under.")] = "",
    ) -> Response:
        """Serve the stored file as it is. It can be cached for ever."""
        try:
            found = await self.studio.gallery.image_file(id) if ID.fullmatch(id) else None
            if found is None:
                return missing()
            path, media_type = found
            # In one piece: FileResponse's 28 hops to a thread cost 10 ms for 1.8 MB.
            part, data = await asyncio.to_thread(_read, path, request.headers, id)
        except StoreTrouble as trouble:
            return away(trouble)
        except OSError:
            return missing()
        answer = part_answer(part, data, media_type, PRIVATE_FOR_EVER)
        if download:
            record = await self.studio.gallery.image(id)
            if record is not None:
                name = quote(file_name(record))
                answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    async def thumbnail(self, request: Request, id: ImageId) -> Response:
        """Serve a WebP of at most 384 pixels a side. It can be cached for ever."""
        try:
            found = await self.studio.gallery.thumbnail(id) if ID.fullmatch(id) else None
        except StoreTrouble as trouble:
            return away(trouble)
        if found is None:
            return missing()
        return file_answer(request, found, "image/webp", PRIVATE_FOR_EVER)


def _read(path: FilePath, headers: Mapping[str, str], image_id: str) -> tuple[Part, bytes]:
    """Return the part of an image's file that is asked for. Raises: OSError."""
    with path.open("rb") as file:
        state = os.fstat(file.fileno())
        etag = f'"{image_id}-{state.st_size:x}-{state.st_mtime_ns:x}"'
        part = part_of(headers, state.st_size, etag)
        file.seek(part.start)
        return part, file.read(part.end - part.start)
