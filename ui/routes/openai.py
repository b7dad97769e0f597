"""OpenAI's interface to images, for programs that know no other: `/v1`, with a key of ours.

A program that hangs up loses nothing: what was sent arrives, is stored, and is what its retry gets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container, Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from backend.catalogue.named import meant
from backend.errors import PlaygroundError
from backend.once import generate_once
from backend.programs.key import Key
from backend.studio import Studio
from backend.types import ID
from ui.door.key_gate import IMAGES, SHOWN, openai_error
from ui.door.signed import is_right, signed
from ui.present import openai_told
from ui.present.openai_asked import FORMATS, PARAMS, read_wish
from ui.present.openai_told import Told, model_object, told
from ui.routes.answers import MISSING, Responses, content, json_body, missing, takes
from ui.routes.models import openai
from ui.routes.openai_files import Handed, handed, read_file
from ui.routes.schema import Route, new_router

WAITING_MAX = 256
"""Calls answered at the same time. Further ones would only wait longer, and hold memory."""

NAME_MAX_CHARS = 255

_ERRORS: Responses = {
    status: {"model": openai.OpenAIError, "description": text}
    for status, text in openai.ERRORS.items()
}
_LISTS: Responses = {401: _ERRORS[401]}


class OpenAIRoute(Route):
    """A route whose refusals have OpenAI's shape."""

    def refusal(self, error: PlaygroundError) -> Response:
        return _answer(told(error, {}))


def openai_routes(studio: Studio) -> APIRouter:
    """Return the routes below /v1; whatever else is asked for there is not Gradio's to answer."""
    own, router = _OpenAI(studio), new_router("OpenAI's interface", OpenAIRoute)
    router.post(
        "/v1/images/generations",
        summary="Generate images as OpenAI does",
        response_model=openai.OpenAIImages,
        responses=_ERRORS,
        openapi_extra=takes(openai.ImagesWanted),
    )(own.generate)
    router.get(
        "/v1/models",
        summary="The models as OpenAI lists them",
        response_model=openai.OpenAIModels,
        responses=_LISTS,
    )(own.models)
    router.get(
        "/v1/models/{name:path}",
        summary="A model as OpenAI tells it",
        response_model=openai.OpenAIModel,
        responses=_LISTS | {404: _ERRORS[404]},
    )(own.model)
    router.get(
        IMAGES + "{file}",
        summary="An image's file, for programs",
        response_class=Response,
        responses=content("image/png", "image/jpeg", "image/webp") | MISSING | _LISTS,
    )(own.image)
    router.api_route("/v1/{rest:path}", methods=["GET", "POST"], include_in_schema=False)(nowhere)
    return router


class _OpenAI:
    def __init__(self, studio: Studio) -> None:
        self.studio, self.waiting = studio, 0

    async def generate(self, request: Request) -> Response:
        """Make the images and return them once all have landed.

        The same request of the same key is one, paid once: while it is under way and for five
        minutes after it, or, with an `Idempotency-Key`, for ever. To get other images sooner, send
        another seed or another `Idempotency-Key`. Every field is carried out or refused.
        `x-should-retry` says of each error whether sending it again helps.
        """
        if self.waiting >= WAITING_MAX:
            return _answer(openai_told.crowded())
        self.waiting += 1
        names: Mapping[str, str] = PARAMS
        try:
            body = await json_body(request)
            if not body:
                return _answer(openai_told.unreadable())
            names = {ours: name for ours, name in PARAMS.items() if ours not in body}
            await self.studio.account.ask_for(body.get("model"))
            wish = read_wish(body, self.studio.account.models, await self._styles(body))
            names = {**names, "num_steps": wish.steps}
            key: Key = request.scope[SHOWN]
            records = await generate_once(
                self.studio, key, wish.asked, said=body, name=_name(request)
            )
            base = f"{str(request.base_url).rstrip('/')}{IMAGES}"
            found = []
            for record in records:
                url = None
                if wish.url:
                    file = f"{record.id}.{wish.format or record.format}"
                    url = base + signed(file, key.id, key.secret, wish.compression)
                found.append(Handed(record, url))
            answer = await handed(self.studio.gallery, found, wish)
        except PlaygroundError as error:
            return _answer(told(error, names))
        finally:
            self.waiting -= 1
        return Response(answer, 200, {"Cache-Control": "no-store"}, "application/json")

    async def _styles(self, body: Mapping[str, object]) -> Container[str]:
        """Return the names of the user's styles where the body names one."""
        if not body.get("style"):
            return ()
        book = await asyncio.to_thread(self.studio.styles.book)
        return {style.name for style in book.styles}

    async def models(self) -> Response:
        """Return the models that images can be made with now, in the order of the form."""
        await self.studio.account.looked()
        models = self.studio.account.models.values()
        return _json({"object": "list", "data": [model_object(model) for model in models]})

    async def model(self, name: str) -> Response:
        """Return one model; its name is its id, or its label."""
        await self.studio.account.ask_for(name)
        models = self.studio.account.models
        found = models.get(str(meant(models, name)))
        if found is None:
            return _answer(told(openai_told.no_model(models), {}))
        return _json(model_object(found))

    async def image(
        self,
        request: Request,
        file: Annotated[str, Path(description="The image's id, and `.png`, `.jpeg` or `.webp`.")],
        key: Annotated[str, Query(description="Whose address it is.")] = "",
        until: Annotated[str, Query(description="When it ends, in seconds since 1970.")] = "",
        compression: Annotated[str, Query(description="Of a JPEG or WebP, 0 to 100.")] = "",
        sign: Annotated[str, Query(description="Proves that it was made here.")] = "",
    ) -> Response:
        """Serve an image's file in the format of its name: to a key, or by an answer's address."""
        image_id, _, format = file.partition(".")
        if SHOWN not in request.scope:
            secret = await self.studio.keys.secret_of(key) if ID.fullmatch(key) else None
            if secret is None or not is_right(file, key, until, compression, secret, sign):
                return missing()
        fits = compression == "" or (compression.isascii() and compression.isdigit())
        if not ID.fullmatch(image_id) or format not in FORMATS or not fits:
            return missing()
        quality = int(compression) if compression and len(compression) < 4 else None
        data = await read_file(self.studio.gallery, image_id, format, quality)
        if data is None:
            return missing()
        headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(data, 200, headers, f"image/{format}")


async def nowhere(rest: str) -> Response:
    """Answer what is asked for below /v1 and is not there."""
    return _answer(openai_told.nowhere())


def _name(request: Request) -> str | None:
    """Return what the program calls this request. Raises: InvalidInput."""
    name = request.headers.get("idempotency-key")
    if name is not None and (not name.strip() or len(name) > NAME_MAX_CHARS):
        raise openai_told.bad_name(NAME_MAX_CHARS)
    return name


def _answer(error: Told) -> Response:
    body = openai_error(error.message, error.kind, param=error.param, code=error.code)
    return JSONResponse(body, error.status, {"Cache-Control": "no-store", **error.headers})


def _json(body: object) -> Response:
    return JSONResponse(body, headers={"Cache-Control": "no-store"})
