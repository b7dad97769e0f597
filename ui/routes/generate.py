"""Images for other programs, in one call that needs no queue and no session."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from backend.errors import InvalidInput, NotSent, PlaygroundError
from backend.studio import Studio, generate
from backend.text import cut
from backend.types import ID
from ui.door.visitor import visitor
from ui.present.records import record_json
from ui.routes.answers import REFUSED, JsonBody, Responses, json_answer, refused, takes
from ui.routes.models.asked import Wanted
from ui.routes.models.base import Refusal
from ui.routes.models.images import Record
from ui.routes.schema import new_router

WAITING_MAX = 256
"""Calls answered at the same time. Further ones would only wait longer, and hold memory."""

RETRY_AFTER_S = 5

_BUSY: Responses = {503: {"model": Refusal, "description": "Too many calls wait already"}}


def generate_routes(studio: Studio) -> APIRouter:
    """Return the route that makes images."""
    router = new_router("Making images")
    router.post(
        "/api/generate",
        summary="Generate images",
        response_model=list[Record],
        responses=REFUSED | _BUSY,
        openapi_extra=takes(Wanted),
    )(_Generate(studio).generate)
    return router


class _Generate:
    def __init__(self, studio: Studio) -> None:
        self.studio, self.waiting = studio, 0

    async def generate(self, request: Request, body: JsonBody) -> Response:
        """Make the images and return their records once all have landed.

        What the model lacks is left out of the request and null in the record. When any image
        fails this is refused; the hint then says how many were stored, and those are in the
        gallery. Whoever stops waiting loses nothing: what was sent still arrives and is stored.
        """
        if self.waiting >= WAITING_MAX:
            answer = refused(
                NotSent(
                    "Too many calls are waiting already, so nothing was sent.",
                    "Try again in a few seconds.",
                ),
                503,
            )
            answer.headers["Retry-After"] = str(RETRY_AFTER_S)
            return answer
        self.waiting += 1
        try:
            asked, token = _read(body)
            owner = visitor(request.cookies)
            found = await generate(self.studio, asked, owner=owner, token=token)
        except PlaygroundError as error:
            return refused(error)
        finally:
            self.waiting -= 1
        return json_answer([record_json(record) for record in found])


def _read(body: dict[str, object]) -> tuple[dict[str, object], str | None]:
    """Return all that is asked for, with the defaults of what is left out, and the token.

    Raises: InvalidInput for a name that there is not: to pass it over would cost money.
    """
    fields = Wanted.model_fields
    if not body:
        raise InvalidInput("Nothing is asked for.", "Send a JSON object with a model and a prompt.")
    if unknown := body.keys() - fields.keys():
        name = min(unknown)
        raise InvalidInput(
            f"There is no field called {cut(name, 40)}.",
            f"There are {', '.join(fields)}.",
            field=name,
        )
    asked = {name: body.get(name, field.default) for name, field in fields.items()}
    token = asked.pop("token")
    if token is not None and not (isinstance(token, str) and ID.fullmatch(token)):
        raise InvalidInput(
            "The token has another form.",
            "Give 32 hex digits; the same ones are one job.",
            field="token",
        )
    return asked, token
