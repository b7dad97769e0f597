"""What our own routes read from requests and answer with."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from backend.errors import PlaygroundError
from backend.types import ID, ImageRecord
from ui.present import records

PRIVATE_FOR_EVER = "private, max-age=31536000, immutable"


async def named_image(gallery: Any, request: Request) -> ImageRecord | None:
    """Return the image whose id is in the path, None where there is none."""
    image_id = request.path_params["id"]
    return await gallery.image(image_id) if ID.fullmatch(image_id) else None


async def json_body(request: Request) -> dict[str, Any]:
    """Return the body's JSON object, empty where it is none."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def whole(text: str) -> int:
    """Return the number in `text`; 0, which the backend refuses in words, where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def json_answer(content: records.Json) -> Response:
    """Return what no browser may keep."""
    return JSONResponse(content, headers={"Cache-Control": "no-store"})


def file_answer(content: bytes, media_type: str, cache: str) -> Response:
    """Return a file under a Cache-Control of `cache`."""
    headers = {"Cache-Control": cache, "X-Content-Type-Options": "nosniff"}
    return Response(content, media_type=media_type, headers=headers)


def refused(error: PlaygroundError) -> Response:
    """Return an error in the page's own words."""
    return JSONResponse({"error": records.error_json(error)}, 422, {"Cache-Control": "no-store"})


def missing() -> Response:
    """Return the answer for what is not there."""
    return JSONResponse({"detail": "There is no such thing here."}, 404)
