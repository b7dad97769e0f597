"""What A1111's programs look up before they ask for an image, most of which there is none of here.

Many read every list as they connect and take one that is missing for a server that is none: the
Android app SDAI asks for `loras`, `hypernetworks` and `embeddings` (its DataPreLoaderUseCaseImpl),
webuiapi for `scripts`. The shapes are those of A1111's modules/api/models.py. Forge's `sd-modules`
is left out: by it programs tell Forge apart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from backend.studio import Studio
from ui.present import a1111_told
from ui.routes.a1111_answers import answer
from ui.routes.answers import Responses
from ui.routes.models import a1111

_NO_UPSCALER = {
    "name": "None",
    "model_name": None,
    "model_path": None,
    "model_url": None,
    "scale": 1.0,
}


def add_lists(router: APIRouter, studio: Studio, refusals: Responses) -> None:
    """Add the routes to those of A1111's interface; `refusals` are what each may answer else."""

    def add(method: str, name: str, told: Any, model: Any, *, summary: str) -> None:
        router.add_api_route(
            f"/sdapi/v1/{name}",
            told,
            methods=[method],
            summary=summary,
            response_model=model,
            responses=refusals,
        )

    def none(
        name: str, *, summary: str, body: object = (), model: Any = list[a1111.NoSuch]
    ) -> None:
        add("GET", name, _telling(body), model, summary=summary)

    def needless(name: str, *, summary: str) -> None:
        add("POST", name, _needless, a1111.Done, summary=summary)

    async def prompt_styles() -> Response:
        """Return the user's styles; `styles` of a request names them."""
        book = await asyncio.to_thread(studio.styles.book)
        return answer(a1111_told.prompt_styles(book.styles))

    styles = list[a1111.PromptStyle]
    add("GET", "prompt-styles", prompt_styles, styles, summary="The styles as A1111 lists them")
    none("upscalers", summary="No upscalers", body=[_NO_UPSCALER], model=list[a1111.Upscaler])
    none("latent-upscale-modes", summary="No latent upscalers")
    none("sd-vae", summary="No VAEs")
    none("loras", summary="No LoRAs")
    none("hypernetworks", summary="No hypernetworks")
    nothing: object = {"loaded": {}, "skipped": {}}
    none("embeddings", summary="No embeddings", body=nothing, model=a1111.Embeddings)
    none("face-restorers", summary="No face restorers")
    none("realesrgan-models", summary="No Real-ESRGAN models")
    nothing = {"txt2img": [], "img2img": []}
    none("scripts", summary="No scripts", body=nothing, model=a1111.Scripts)
    none("script-info", summary="Nothing about scripts")
    none("extensions", summary="No extensions")
    none("cmd-flags", summary="No flags", body={}, model=a1111.NoFlags)
    nothing = {"ram": {}, "cuda": {}}
    none("memory", summary="Nothing about the memory", body=nothing, model=a1111.Memory)
    needless("refresh-checkpoints", summary="Look for models, which each list does")
    needless("refresh-vae", summary="Look for VAEs, of which there are none")
    needless("refresh-loras", summary="Look for LoRAs, of which there are none")
    needless("refresh-embeddings", summary="Look for embeddings, of which there are none")
    needless("unload-checkpoint", summary="Make room on a graphics card that is not here")
    needless("reload-checkpoint", summary="Load a model, which is always at hand")


def _telling(body: object) -> Callable[[], Awaitable[Response]]:
    async def told() -> Response:
        """Say that there is none here."""
        return answer(body)

    return told


async def _needless() -> Response:
    """Do nothing: there is nothing to do."""
    return answer({})
