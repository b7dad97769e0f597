"""The offline server: the platform's documented API as a Starlette app, painting with the engine.

It needs no network and charges nothing. Its pictures come from a formula, not from the models
whose names they carry; what a model takes comes from its ModelSpec alone.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import math
import secrets
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from backend.providers.base import Provider
from backend.providers.offline.engine import render, to_png
from backend.providers.sentry_block import SentryBlock
from backend.text import shortened
from backend.types import SEED_MAX, ModelSpec, ParamSpec, Value

SPOKEN: Provider = SentryBlock()
"""Whose API this server speaks."""

_BODY_MAX_BYTES = 1_000_000
_NUMBER_MAX = 1e30
"""Beyond any use, and below where an integer no longer becomes a float."""
# What is painted where a model lacks a parameter, or the catalogue gives it no default.
_FALLBACK: Mapping[str, Value] = {
    "width": 1024,
    "height": 1024,
    "num_steps": 20,
    "guidance_scale": 7.0,
    "negative_prompt": None,
}


class Failure(Exception):
    """An answer with an HTTP status of 4xx and a message that names the field."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class _Backend:
    """What the routes share."""

    models: Mapping[str, ModelSpec]
    key: str | None
    pool: ThreadPoolExecutor


def create_app(
    models: Mapping[str, ModelSpec], *, key: str | None = None, render_threads: int = 2
) -> Starlette:
    """Return the app for `models` (by id); it works with and without its lifespan being run.

    `key` None accepts every caller, else only `Authorization: Bearer KEY`. At most
    `render_threads` pictures are painted at a time, off the event loop; others wait their turn.
    """
    pool = ThreadPoolExecutor(max_workers=render_threads, thread_name_prefix="offline-render")
    backend = _Backend(models, key, pool)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        pool.shutdown(wait=False, cancel_futures=True)

    app = Starlette(
        routes=[
            Route("/images/generation", _generate, methods=["POST"]),
            Route("/serverless/models", _models, methods=["GET"]),
            Route("/users/credits", _credits, methods=["GET"]),
        ],
        exception_handlers={Failure: _on_failure, HTTPException: _on_http_error},
        lifespan=lifespan,
    )
    app.state.backend = backend
    return app


def check(models: Mapping[str, ModelSpec], body: object) -> tuple[ModelSpec, dict[str, Value]]:
    """Return the model and its checked values, defaults filled in.

    Raises: Failure, with 400 for what is no object, 404 for an unknown model, 422 for a field.
    """
    if not isinstance(body, dict):
        raise Failure(400, "The body must be a JSON object.")
    name = body.get("model")
    if not isinstance(name, str) or not name:
        raise Failure(422, "model: a model's name is needed, as a string.")
    spec = models.get(name)
    if spec is None:
        raise Failure(404, f"model: {_quoted(name)} is not known here.")
    for field in body:
        if field != "model" and spec.param(field) is None:
            raise Failure(422, f"{_quoted(field)}: {spec.id} does not take this parameter.")
    values: dict[str, Value] = {}
    for param in spec.params:
        sent = param.name in body
        values[param.name] = _checked(param, body[param.name]) if sent else param.default
    prompt = values.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise Failure(422, "prompt: a prompt is needed and must not be empty.")
    return spec, values


def _checked(param: ParamSpec, value: Any) -> Value:
    name = param.name
    if param.kind == "text":
        # Where nothing is the default, null says so too: the documented "negative_prompt": null.
        if value is None and name != "prompt":
            return None
        if not isinstance(value, str):
            raise Failure(422, f"{name}: must be a string.")
        if any("\ud800" <= char <= "\udfff" for char in value):
            raise Failure(422, f"{name}: holds half of a surrogate pair, which is not text.")
        if param.maximum is not None and len(value) > param.maximum:
            raise Failure(422, f"{name}: at most {param.maximum:g} characters, not {len(value)}.")
        if param.choices and value not in param.choices:
            raise Failure(422, f"{name}: must be one of {', '.join(param.choices)}.")
        return value
    # True and False are integers to Python, but not to the API.
    whole = isinstance(value, int) and not isinstance(value, bool)
    if param.kind == "integer" and not whole:
        raise Failure(422, f"{name}: must be an integer.")
    if not whole and not (isinstance(value, float) and math.isfinite(value)):
        raise Failure(422, f"{name}: must be a number.")
    if abs(value) > _NUMBER_MAX:
        raise Failure(422, f"{name}: is too large.")
    if param.minimum is not None and value < param.minimum:
        raise Failure(422, f"{name}: must be at least {param.minimum:.12g}.")
    if param.maximum is not None and value > param.maximum:
        raise Failure(422, f"{name}: must be at most {param.maximum:.12g}.")
    if param.step and not _on_grid(value, param.step):
        raise Failure(422, f"{name}: must be a multiple of {param.step:g}.")
    number: int | float = value
    return number


def _on_grid(value: float, step: float) -> bool:
    if float(step).is_integer() and isinstance(value, int):
        return value % int(step) == 0
    return abs(value / step - round(value / step)) < 1e-6


def _quoted(text: str) -> str:
    """Return foreign text short, and safe to encode."""
    short = shortened(text, 83)
    return json.dumps(short)


def _paint(spec: ModelSpec, values: Mapping[str, Value]) -> bytes:
    """Return the documented answer as JSON bytes. Runs in a worker thread."""
    values = dict(values)
    for param in spec.params:
        # A field that the model accepts but that does nothing must do nothing here either.
        if not param.effect and param.name != "prompt":
            values[param.name] = param.default

    def pick(name: str) -> Any:
        value = values.get(name)
        return _FALLBACK[name] if value is None else value

    seed = values.get("seed")
    started = time.perf_counter()
    pixels = render(
        str(values["prompt"]),
        pick("negative_prompt"),
        int(pick("width")),
        int(pick("height")),
        int(pick("num_steps")),
        float(pick("guidance_scale")),
        secrets.randbelow(SEED_MAX + 1) if seed is None else int(seed),
        spec.id,
    )
    seconds = time.perf_counter() - started
    image = b64encode(to_png(pixels)).decode("ascii")
    return _json(
        {
            "model": spec.id,
            "object": "list",
            "data": [{"timings": {"inference": seconds}, "index": 0, "b64_json": image}],
            "message": "Image generated successfully",
            "status": "success",
        }
    )


async def _generate(request: Request) -> Response:
    backend = _authorised(request)
    loop = asyncio.get_running_loop()
    body = await _body(request)
    spec, values = check(backend.models, body)
    answer = await loop.run_in_executor(backend.pool, partial(_paint, spec, values))
    return Response(answer, media_type="application/json")


async def _body(request: Request) -> object:
    raw = bytearray()
    try:
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > _BODY_MAX_BYTES:
                raise Failure(413, f"The body is larger than {_BODY_MAX_BYTES} bytes.")
    except ClientDisconnect:
        raise Failure(400, "The connection was closed before the body was whole.") from None
    try:
        return json.loads(bytes(raw), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Failure(400, "The body is not valid JSON.") from error


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


async def _models(request: Request) -> Response:
    backend = _authorised(request)
    listed = [
        {
            "model_name": spec.id,
            "model_alias": spec.label,
            "model_type": "Image",
            "context_length": None,
            "max_completion_tokens": None,
            "description": spec.description,
            "price": None if spec.price_usd is None else float(spec.price_usd),
            "huggingface_url": None,
        }
        for spec in backend.models.values()
    ]
    return _success({"models": listed}, "Models listed successfully")


async def _credits(request: Request) -> Response:
    _authorised(request)
    # Nothing is charged here, so there is nothing to have; no balance is made up.
    return _success({"available_balance": "0.00000"}, "Offline: images are free")


def _authorised(request: Request) -> _Backend:
    backend: _Backend = request.app.state.backend
    if backend.key is not None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        right = hmac.compare_digest(given.strip().encode(), backend.key.encode())
        if scheme.lower() != "bearer" or not right:
            raise Failure(401, "The API key is missing or not valid.")
    return backend


def _json(content: Mapping[str, Any]) -> bytes:
    """Return ASCII JSON: whatever the text in it, encoding cannot fail."""
    return json.dumps(content, separators=(",", ":")).encode("ascii")


def _success(data: Mapping[str, Any], message: str) -> Response:
    body = _json({"data": data, "message": message, "status": "success"})
    return Response(body, media_type="application/json")


def _failed(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    body = _json({"status": "failed", "message": message})
    return Response(body, status, headers, media_type="application/json")


async def _on_failure(request: Request, error: Exception) -> Response:
    assert isinstance(error, Failure)
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return _failed(error.status, error.message, headers)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _failed(error.status_code, error.detail, error.headers)
