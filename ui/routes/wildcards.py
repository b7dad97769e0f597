"""Wildcard files over HTTP: listed, read, written, taken away."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from backend.errors import InvalidInput, PlaygroundError
from backend.experiments.wildcards import ChangedSince, WildcardText
from backend.said import msg
from backend.studio import Studio
from ui.language.chosen import tell
from ui.routes.answers import (
    MISSING,
    REFUSED,
    JsonBody,
    Responses,
    json_answer,
    missing,
    refused,
    takes,
)
from ui.routes.models import wildcards as models
from ui.routes.models.base import Refusal
from ui.routes.schema import new_router

FileName = Annotated[str, Path(description="The file's name, with / between folders.")]

_CHANGED: Responses = {409: {"model": Refusal, "description": "It is not what was read any more"}}


def wildcard_routes(studio: Studio) -> APIRouter:
    """Return the routes of wildcard files."""
    own, router = _Wildcards(studio), new_router("Experiments")
    router.get("/api/wildcards", summary="The wildcard files", response_model=models.WildcardFiles)(
        own.listed
    )
    router.get(
        "/api/wildcards/{name:path}",
        summary="A wildcard file",
        response_model=models.WildcardFile,
        responses=REFUSED | MISSING,
    )(own.read)
    router.post(
        "/api/wildcards/{name:path}",
        summary="Write a wildcard file, or take it away",
        response_model=models.WildcardFile,
        responses=REFUSED | MISSING | _CHANGED,
        openapi_extra=takes(models.WildcardChange),
    )(own.change)
    return router


class _Wildcards:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def listed(self) -> Response:
        """Return the files of the folder `wildcards`, with how many lines each has."""
        found = await asyncio.to_thread(self.studio.wildcards.listed)
        return json_answer(
            {
                "files": [
                    {"name": one.name, "lines": one.lines, "trouble": tell(one.trouble)}
                    for one in found
                ]
            }
        )

    async def read(self, name: FileName) -> Response:
        """Return a file with its text."""
        try:
            found = await asyncio.to_thread(self.studio.wildcards.read, name)
        except PlaygroundError as error:
            return refused(error)
        return missing() if found is None else json_answer(_json(found))

    async def change(self, name: FileName, body: JsonBody) -> Response:
        """Write a file where `text` is one, take it away where it is null.

        `digest` is that of the file as it was read: where another one stands there, it is refused.
        """
        text, was = body.get("text", ""), body.get("digest", "")
        try:
            if not isinstance(was, str) or "text" not in body or not isinstance(text, str | None):
                raise InvalidInput(
                    msg("text is a text or null, and digest that of the file as it was read."),
                    msg("Read the file first."),
                    field="text",
                )
            if text is None:
                await asyncio.to_thread(self.studio.wildcards.remove, name, was)
                return json_answer(_gone(name))
            return json_answer(
                _json(await asyncio.to_thread(self.studio.wildcards.write, name, text, was))
            )
        except ChangedSince as error:
            return refused(error, 409)
        except PlaygroundError as error:
            return refused(error)
        except OSError as error:
            return refused(
                InvalidInput(
                    msg(
                        "The wildcard file {name} cannot be written: {reason}.",
                        name=name,
                        reason=error.strerror or type(error).__name__,
                    ),
                    msg("Nothing was changed."),
                )
            )


def _json(found: WildcardText) -> dict[str, object]:
    return {
        "name": found.file.name,
        "lines": found.file.lines,
        "text": found.text,
        "digest": found.digest,
    }


def _gone(name: str) -> dict[str, object]:
    return {"name": name, "lines": 0, "text": "", "digest": ""}
