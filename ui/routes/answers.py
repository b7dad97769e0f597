"""What our own routes read from requests and answer with, and how that is described."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from backend.errors import InvalidInput, PlaygroundError, TokenUsed
from backend.said import joined, listed, msg
from backend.storage.image_files.trouble import StoreTrouble
from backend.types import ID, ImageRecord
from ui.door.press import clock
from ui.language.chosen import tell
from ui.present import records
from ui.present.facts import CLOCK_HEADER
from ui.routes.models.base import AN_ID, Detail, Refusal
from ui.routes.partial import Part, part_of

log = logging.getLogger(__name__)

PRIVATE_FOR_EVER = "private, max-age=31536000, immutable"

T = TypeVar("T")
Responses = dict[int | str, dict[str, Any]]

_PARTS: Responses = {
    206: {"description": "The part that `Range` asks for"},
    304: {"description": "Nothing new: `If-None-Match` has its `ETag`"},
    416: {"description": "There is no such part"},
}

REFUSED: Responses = {422: {"model": Refusal, "description": "It was refused: why, and what to do"}}
CONFLICT: Responses = {409: {"model": Refusal, "description": "The token is another request's"}}
MISSING: Responses = {404: {"model": Detail, "description": "There is no such thing"}}
AWAY: Responses = {503: {"model": Detail, "description": "The image store cannot be reached now"}}

BEAT_S = 15.0
"""A stream that says nothing for longer is dead: its page then asks anew."""

AWAY_S = 5
"""Who asks for what cannot be had now may ask again after so long."""

BEAT = "event: beat\ndata: {}\n\n"
"""What a stream says where there is nothing to say."""

ImageId = Annotated[str, AN_ID, Path(description="The image's id.")]
"""An id in the path; what cannot be one is 404 like one that is not there."""


def content(*media_types: str, description: str = "The file") -> Responses:
    """Describe a 200 that holds a file."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    kinds = dict.fromkeys(media_types, binary)
    return {200: {"description": description, "content": kinds}}


def file_content(*media_types: str) -> Responses:
    """Describe what `file_answer` gives."""
    whole = content(*media_types)
    parts: Responses = {206: {**_PARTS[206], "content": whole[200]["content"]}}
    return _PARTS | parts | whole


def takes(
    model: type[BaseModel], media_type: str = "application/json", *, required: bool = True
) -> dict[str, Any]:
    """Describe a body that is read by hand, as an addition to the operation.

    What is not `required` may be left out: then it counts as empty.
    """
    schema = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    return {"requestBody": {"required": required, "content": {media_type: schema}}}


async def named_image(gallery: Any, image_id: str) -> ImageRecord | None:
    """Return the image with this id, None where there is none."""
    return await gallery.image(image_id) if ID.fullmatch(image_id) else None


async def json_body(request: Request) -> dict[str, Any]:
    """Return the body's JSON object, empty where it is none."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


_PACKED_FROM = 4_000  # bytes; what is shorter fits into three packets as it is

JsonBody = Annotated[dict[str, Any], Depends(json_body)]


def whole(text: str) -> int:
    """Return the number in `text`; 0, which the backend refuses in words, where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def json_answer(content: object) -> Response:
    """Return what no browser may keep."""
    return JSONResponse(content, headers={"Cache-Control": "no-store", CLOCK_HEADER: clock()})


def list_answer(request: Request, content: object) -> Response:
    """Return what no browser may keep and can be long; packed where the other end unpacks it.

    60 images are 43 kB, and 6 kB packed, which takes 0.1 ms.
    """
    answer = json_answer(content)
    answer.headers["Vary"] = "Accept-Encoding"
    if len(answer.body) >= _PACKED_FROM and "gzip" in request.headers.get("accept-encoding", ""):
        answer.body = gzip.compress(answer.body, compresslevel=1, mtime=0)
        answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Content-Length"] = str(len(answer.body))
    return answer


def stream_answer(events: AsyncIterator[str]) -> Response:
    """Return events as they come, which no browser may keep and no proxy hold back."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def file_answer(request: Request, content: bytes, media_type: str, cache: str) -> Response:
    """Return a file under a Cache-Control of `cache`, or the part of it that is asked for."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    part = part_of(request.headers, len(content), etag)
    return part_answer(part, content[part.start : part.end], media_type, cache)


def part_answer(part: Part, content: bytes, media_type: str, cache: str) -> Response:
    """Return a part of a file, whose bytes are `content`."""
    headers = {"Cache-Control": cache, "X-Content-Type-Options": "nosniff", **part.headers}
    if part.status in (304, 416):
        return Response(status_code=part.status, headers=headers)
    return Response(content, part.status, headers, media_type)


def download(content: Iterator[bytes], name: str, media_type: str) -> Response:
    """Return a file to be kept, made as it is sent; `name` is safe on every system."""
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(content, media_type=media_type, headers=headers)


def refused(error: PlaygroundError, status: int = 422) -> Response:
    """Return an error in the page's own words; 409 for a token of another request."""
    body = {"error": records.error_json(error)}
    status = 409 if isinstance(error, TokenUsed) else status
    return JSONResponse(body, status, {"Cache-Control": "no-store", CLOCK_HEADER: clock()})


def chosen(name: object, deeds: Mapping[str, T]) -> T:
    """Return the deed of that name. Raises: InvalidInput that lists them, naming `do`."""
    if isinstance(name, str) and name in deeds:
        return deeds[name]
    raise InvalidInput(
        msg("{name} has no such choice.", name="do"),
        msg("Choose {choices}.", choices=listed(deeds)),
        field="do",
    )


def missing() -> Response:
    """Return the answer for what is not there."""
    return JSONResponse({"detail": tell(msg("There is no such thing here."))}, 404)


def away(trouble: StoreTrouble) -> Response:
    """Return the answer for what is stored where nobody can get it now."""
    headers = {"Cache-Control": "no-store", "Retry-After": str(AWAY_S)}
    return JSONResponse({"detail": tell(trouble.sentence)}, 503, headers)


async def nowhere(request: Request, error: Exception) -> Response:
    """Answer an address that no route takes, as one with a line break in it."""
    return missing()


async def unwell(request: Request, error: Exception) -> Response:
    """Answer where the database fails: what is wrong with it, the notices say."""
    log.warning("%s was not answered: %s", request.url.path, type(error).__name__)
    told = PlaygroundError(
        msg("The database cannot be read just now."), msg("Try again in a moment.")
    )
    return refused(told, 503)


async def unfit(request: Request, error: Exception) -> Response:
    """Answer what FastAPI itself refuses as everything else is refused: about its first field."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()[0]
    hint: str
    name, bounds = str(found["loc"][-1]), found.get("ctx", {})
    if found["type"] == "missing":
        said, hint = msg("{name} is missing.", name=name), msg("Give it.")
    elif found["type"].startswith(("int_", "greater_", "less_")):
        said = msg("{name} is no whole number in its range.", name=name)
        least, most = bounds.get("ge"), bounds.get("le")
        hint = msg("Give a whole number.")
        hint = hint if least is None else msg("At least {least}.", least=least)
        hint = hint if most is None else msg("At most {most}.", most=most)
    else:
        said, hint = msg("{name} is not what this takes.", name=name), ""
    more = msg("See {address}.", address="/docs")
    return refused(InvalidInput(said, joined(hint, more), field=name))
