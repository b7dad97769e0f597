"""Answers of A1111's interface: JSON that nobody keeps, and refusals in A1111's shape."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from backend.errors import PlaygroundError
from ui.present import a1111_told
from ui.present.openai_told import Told, told
from ui.routes.schema import Route


class A1111Route(Route):
    """A route whose refusals have A1111's shape."""

    def refusal(self, error: PlaygroundError) -> Response:
        return refused(error)


def refused(error: PlaygroundError) -> Response:
    """Return an error as A1111's programs are told it."""
    return fault(told(error, {}))


def fault(error: Told) -> Response:
    """Return what OpenAI's interface would tell in its own way."""
    body = a1111_told.fault_of(error)
    return JSONResponse(body, error.status, {"Cache-Control": "no-store", **error.headers})


def answer(body: object, status: int = 200) -> Response:
    """Return what was asked for."""
    return JSONResponse(body, status, {"Cache-Control": "no-store"})
