"""What the room's door answers and is sent: states as JSON, and JSON objects."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from backend.errors import InvalidInput, PlaygroundError
from backend.said import joined, msg
from backend.sessions.state import Picture
from ui.audience.guests import number_of
from ui.audience.page import NO_STORE
from ui.language.chosen import tell

NOTHING = msg("There is no such thing here.")
CROWD = msg("Too many wrong codes just now. Try again in a moment.")

Small = Callable[[Picture, int], Awaitable[bytes | None]]
"""Returns a picture as WebP of at most so many pixels a side; None where it cannot be read."""


def state_answer(text: str, request: Request | None = None) -> Response:
    """Return a state; 204 where it is the one that a `request` says it has since."""
    number = str(number_of(text))
    if request is not None and request.query_params.get("since") == number:
        return Response(None, 204, NO_STORE)
    return Response(text, 200, NO_STORE | {"X-State": number}, "application/json")


async def refusal_of(deed: Awaitable[object]) -> Response | None:
    """Do what was asked; return why it cannot be done, None where it was."""
    try:
        await deed
    except PlaygroundError as error:
        return refusal(422, joined(error.message, error.hint))
    return None


def refusal(status: int, why: str) -> Response:
    """Return the sentence that says why something is not done."""
    return JSONResponse({"detail": tell(why)}, status, NO_STORE)


def text_in(body: dict[str, Any], name: str) -> str:
    """Return the text under a name, "" where there is none."""
    found = body.get(name)
    return found if isinstance(found, str) else ""


def json_object(body: bytes) -> dict[str, Any]:
    """Return a body's JSON object. Raises: InvalidInput."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidInput(msg("This is no JSON."), "")
    return found
