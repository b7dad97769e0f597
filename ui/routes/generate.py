"""Images for other programs, in one call that needs no queue and no session; by which models."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from backend.calls import generate
from backend.catalogue.named import meant
from backend.errors import InvalidInput, NotSent, PlaygroundError
from backend.said import listed, msg
from backend.studio import Studio
from backend.text import cut
from ui.door.press import read_token
from ui.door.visitor import visitor
from ui.present.records import model_json, record_json
from ui.routes.answers import CONFLICT, REFUSED, JsonBody, Responses, json_answer, refused, takes
from ui.routes.models.asked import Wanted
from ui.routes.models.base import Refusal
from ui.routes.models.images import ModelName, Record
from ui.routes.schema import new_router

WAITING_MAX = 256
"""Calls answered at the same time. Further ones would only wait longer, and hold memory."""

RETRY_AFTER_S = 5

_BUSY: Responses = {503: {"model": Refusal, "description": "Too many calls wait already"}}


def generate_routes(studio: Studio) -> APIRouter:
    """Return the route that makes images, and the one that names the models."""
    router, own = new_router("Making images"), _Generate(studio)
    router.post(
        "/api/generate",
        summary="Generate images",
        response_model=list[Record],
        responses=REFUSED | CONFLICT | _BUSY,
        openapi_extra=takes(Wanted),
    )(own.generate)
    router.get("/api/models", summary="The models", response_model=list[ModelName])(own.models)
    return router


class _Generate:
    def __init__(self, studio: Studio) -> None:
        self.studio, self.waiting = studio, 0

    async def generate(self, request: Request, body: JsonBody) -> Response:
        """Make the images and return their records once all have landed.

        What the model lacks is left out of the request and null in the record. When any image
        fails this is refused; the hint then says how many were stored, and those are in the
        gallery. Whoever stops waiting loses nothing: what was sent still arrives and is stored, and
        the same call with its token waits for it again. A request with a seed that was made before
        is answered from disk, free; with `fresh` it is made anew, at the usual price.
        """
        if self.waiting >= WAITING_MAX:
            answer = refused(
                NotSent(
                    msg("Too many calls are waiting already, so nothing was sent."),
                    msg("Try again in a few seconds."),
                ),
                503,
            )
            answer.headers["Retry-After"] = str(RETRY_AFTER_S)
            return answer
        self.waiting += 1
        try:
            await self.studio.account.ask_for(body.get("model"))
            asked, token, fresh = _read(body, self._own_names(body.get("model")))
            owner = visitor(request.cookies)
            found = await generate(self.studio, asked, owner=owner, token=token, fresh=fresh)
        except PlaygroundError as error:
            return refused(error)
        finally:
            self.waiting -= 1
        return json_answer([record_json(record) for record in found])

    def _own_names(self, wanted: object) -> set[str]:
        """Return the names of what a model takes, also of what only its server tells."""
        models = self.studio.account.models
        found = models.get(str(meant(models, wanted)))
        return {param.name for param in found.params} if found else set()

    async def models(self) -> Response:
        """Return the models that images can be made with now, in the order of the form."""
        self.studio.account.look()  # our own pages ask here: none of them waits for a server
        models = self.studio.account.models.values()
        return json_answer([model_json(model) for model in models])


def _read(
    body: dict[str, object], own: Collection[str] = ()
) -> tuple[dict[str, object], str | None, bool]:
    """Return all that is asked for, with the defaults of what is left out; token; `fresh`.

    `own` are the names of what the model takes beside the usual fields. Raises: InvalidInput for a
    name that there is not: to pass it over would cost money.
    """
    fields = Wanted.model_fields
    if not body:
        raise InvalidInput(
            msg("Nothing is asked for."), msg("Send a JSON object with a model and a prompt.")
        )
    if unknown := body.keys() - fields.keys() - set(own):
        name = min(unknown)
        raise InvalidInput(
            msg("There is no field called {name}.", name=cut(name, 40)),
            msg("There are {names}.", names=listed(fields)),
            field=name,
        )
    asked = {name: body.get(name, field.default) for name, field in fields.items()}
    asked |= {name: body[name] for name in set(own) & body.keys()}
    token, fresh = asked.pop("token"), asked.pop("fresh")
    for name, value in (("fresh", fresh), ("templates", asked["templates"])):
        if not isinstance(value, bool):
            raise InvalidInput(
                msg("{name} is neither true nor false.", name=name),
                msg("Leave it out."),
                field=name,
            )
    return asked, None if token is None else read_token(token), fresh is True
