"""A1111's interface to images, for programs that know no other: `/sdapi`, with a key of ours.

SillyTavern and others ask a Stable Diffusion web UI. Behind the form of question and answer this
is what `/v1` does: the same limits, cache and gallery, and a repeated request is one run.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pybase64
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from backend.catalogue.named import meant
from backend.errors import PlaygroundError
from backend.once import generate_once
from backend.programs.key import Key
from backend.studio import Studio
from backend.types import ImageRecord, ModelSpec
from ui.door.key_gate import SDAPI, SHOWN
from ui.present import a1111_told, openai_told
from ui.present.a1111_asked import SECRET, Wish, named_in, read_wish
from ui.present.program_asked import named_model
from ui.routes.a1111_answers import A1111Route, answer, fault, refused
from ui.routes.a1111_lists import add_lists
from ui.routes.answers import Responses, json_body, takes
from ui.routes.models import a1111, openai
from ui.routes.openai import WAITING_MAX
from ui.routes.openai_files import file_of
from ui.routes.png_info import add_png_info
from ui.routes.schema import new_router

_ERRORS: Responses = {
    status: {"model": a1111.A1111Error, "description": text}
    for status, text in openai.ERRORS.items()
    if status != 422
}
_LISTS: Responses = {401: _ERRORS[401]}

ANOTHER_AFTER = timedelta(seconds=5)
"""How soon after its images came the same request is a wish for others: by the button that makes a
picture anew, which A1111's programs have, and who presses it has seen the last one."""


def a1111_routes(studio: Studio) -> APIRouter:
    """Return the routes below /sdapi; what else is asked for there is not Gradio's to answer."""
    own, router = _A1111(studio), new_router("A1111's interface", A1111Route)
    router.post(
        "/sdapi/v1/txt2img",
        summary="Generate images as A1111 does",
        response_model=a1111.Txt2ImgMade,
        responses=_ERRORS,
        openapi_extra=takes(a1111.Txt2ImgWanted),
    )(own.txt2img)
    router.post(
        "/sdapi/v1/options",
        summary="Choose a model as in A1111",
        response_model=a1111.Done,
        responses=_LISTS | {404: _ERRORS[404]},
        openapi_extra=takes(a1111.OptionsWanted),
    )(own.choose)
    router.post(
        "/sdapi/v1/interrupt",
        summary="Stop as A1111 does",
        response_model=a1111.Done,
        responses=_LISTS,
    )(own.interrupt)

    def get(name: str, told: Callable[..., Any], model: Any, *, summary: str) -> None:
        router.get(f"/sdapi/v1/{name}", summary=summary, response_model=model, responses=_LISTS)(
            told
        )

    get("options", own.options, a1111.A1111Options, summary="The chosen model as A1111 tells it")
    get("sd-models", own.models, list[a1111.Checkpoint], summary="The models as A1111 lists them")
    get("samplers", own.samplers, list[a1111.Sampler], summary="The model's samplers")
    get("schedulers", own.schedulers, list[a1111.Scheduler], summary="The model's schedulers")
    get("progress", own.progress, a1111.A1111Progress, summary="How far A1111's requests are")
    add_lists(router, studio, _LISTS)
    add_png_info(router, _ERRORS)
    router.get(SDAPI, include_in_schema=False)(_here)
    router.api_route("/sdapi/{rest:path}", methods=["GET", "POST"], include_in_schema=False)(
        nowhere
    )
    return router


class _A1111:
    def __init__(self, studio: Studio) -> None:
        self.studio, self.waiting = studio, 0

    async def txt2img(self, request: Request) -> Response:
        """Make the images and return them once all have landed.

        The same request of the same key is one, paid once: while it is under way, for five seconds
        after its images came, and for five minutes after it failed. Then, without a seed, it makes
        other images.
        """
        if self.waiting >= WAITING_MAX:
            return fault(openai_told.crowded())
        self.waiting += 1
        try:
            body = await json_body(request)
            if not body:
                return fault(openai_told.unreadable())
            key: Key = request.scope[SHOWN]
            body = {name: value for name, value in body.items() if name not in SECRET}
            await self.studio.account.ask_for(named_in(body, key.model))
            wish = read_wish(body, self.studio.account.models, key.model)
            records = await generate_once(
                self.studio,
                key,
                wish.asked,
                said=body,
                resumes=True,
                landed_for=ANOTHER_AFTER,
            )
            made = await self._made(records, wish, body)
        except PlaygroundError as error:
            return refused(error)
        finally:
            self.waiting -= 1
        return Response(made, 200, {"Cache-Control": "no-store"}, "application/json")

    async def _made(
        self, records: Sequence[ImageRecord], wish: Wish, parameters: dict[str, Any]
    ) -> bytes:
        info = a1111_told.info(records, wish.model, wish.unused)
        rest = json.dumps({"parameters": parameters, "info": info}).encode()

        def body() -> bytes:
            # What is megabytes long need not be looked through for what JSON escapes.
            files = (file_of(self.studio.gallery, one, wish.format) for one in records)
            images = [b'"' + pybase64.b64encode(file) + b'"' for file in files]
            return b'{"images": [' + b", ".join(images) + b"], " + rest[1:]

        return await asyncio.to_thread(body) if wish.sends else b'{"images": [], ' + rest[1:]

    async def options(self, request: Request) -> Response:
        """Return the model that this key has chosen, and what else programs look at."""
        key: Key = request.scope[SHOWN]
        await self.studio.account.looked()
        models = self.studio.account.models
        chosen = str(meant(models, key.model)) if key.model else self._model(key).id
        return answer(
            {
                "sd_model_checkpoint": chosen,
                "sd_vae": a1111_told.AUTOMATIC,
                "CLIP_stop_at_last_layers": 1,
                "samples_format": "png",
            }
        )

    async def choose(self, request: Request) -> Response:
        """Keep which model this key's requests mean that name none, also after a restart."""
        key: Key = request.scope[SHOWN]
        named = (await json_body(request)).get("sd_model_checkpoint")
        if named is None or named == "":
            return answer({})
        try:
            await self.studio.account.ask_for(named)
            model = named_model(self.studio.account.models, named)
        except PlaygroundError as error:
            return refused(error)
        if model.id != key.model:
            await self.studio.keys.choose_model(key.id, model.id)
        return answer({})

    async def models(self) -> Response:
        """Return the models that images can be made with now, in the order of the form."""
        await self.studio.account.looked()
        models = self.studio.account.models.values()
        return answer([a1111_told.model_item(model) for model in models])

    async def samplers(self, request: Request) -> Response:
        """Return the choices of the model that this key has chosen."""
        return answer(a1111_told.samplers(await self._chosen(request)))

    async def schedulers(self, request: Request) -> Response:
        """Return the choices of the model that this key has chosen."""
        return answer(a1111_told.schedulers(await self._chosen(request)))

    async def progress(
        self,
        request: Request,
        skip_current_image: Annotated[bool, Query(description="There is none anyway.")] = False,
    ) -> Response:
        """Return how far this key's requests are that are under way."""
        jobs = await self.studio.jobs.live(request.scope[SHOWN].id)
        return answer(a1111_told.progress(jobs, datetime.now(UTC)))

    async def interrupt(self, request: Request) -> Response:
        """Send no more of this key's requests; what was sent arrives and is in the gallery."""
        for job in await self.studio.jobs.live(request.scope[SHOWN].id):
            job.stop()
        return answer({})

    async def _chosen(self, request: Request) -> ModelSpec:
        """Return the model that a call's key has chosen, once its server was asked for it."""
        key: Key = request.scope[SHOWN]
        await self.studio.account.ask_for(key.model)
        return self._model(key)

    def _model(self, key: Key) -> ModelSpec:
        """Return the model that the key has chosen, the first one where it is gone."""
        models = self.studio.account.models
        return models.get(str(meant(models, key.model or ""))) or next(iter(models.values()))


async def _here() -> Response:
    """Say to who has a key that there is something here."""
    return answer({})


async def nowhere(rest: str) -> Response:
    """Answer what is asked for below /sdapi and is not there."""
    return answer(a1111_told.nowhere(), 404)
