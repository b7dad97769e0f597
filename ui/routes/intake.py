"""Settings out of files that people bring in: images of any program, and our contact sheets.

A file only fills the form: nothing in it runs, sets the URL or the key, or is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response

from backend.errors import BadAnswer, InvalidInput
from backend.exchange.html_sheet import is_page, on_sheet
from backend.images import containers
from backend.recipes import fitting, foreign, link, recipe
from backend.recipes.recipe import Brought
from backend.studio import Studio
from backend.text import shortened
from ui.present import records
from ui.present.facts import FILE_MAX_BYTES
from ui.routes.answers import REFUSED, json_answer, refused, takes
from ui.routes.models.asked import Upload
from ui.routes.models.images import Metadata
from ui.routes.schema import new_router

_FILES_COUNTED = 20
_AT_ONCE = 2
"""Files read at the same time: each may take some hundred megabytes."""

_PROMPT_CHARS = 80


def intake_routes(studio: Studio) -> APIRouter:
    """Return the route that reads a file's settings."""
    router = new_router("Files")
    router.post(
        "/api/metadata",
        summary="Settings out of a file",
        response_model=Metadata,
        responses=REFUSED,
        openapi_extra=takes(Upload, "multipart/form-data"),
    )(_Intake(studio).read)
    return router


class _Intake:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.room = asyncio.Semaphore(_AT_ONCE)

    async def read(self, request: Request) -> Response:
        """Say what the uploaded `file` tells about its making, and what a model takes of it."""
        try:
            async with _form(request) as form:
                file = _only_file(form)
                async with self.room:  # until here it waits on disk
                    return json_answer(await asyncio.to_thread(self._told, await file.read()))
        except InvalidInput as error:
            return refused(error)

    def _told(self, data: bytes) -> records.Json:
        if is_page(data):
            return self._sheet(on_sheet(data))
        brought = foreign.read(data)
        if brought is not None:
            return self._fitted(brought)
        try:
            containers.header(data)
        except BadAnswer as error:
            raise InvalidInput(
                error.message, "Choose an image, or a contact sheet made here.", field="file"
            ) from error
        return _nothing()

    def _sheet(self, found: list[Brought]) -> records.Json:
        answer = self._fitted(found[0])
        if len(found) > 1:
            answer["choices"] = [self._choice(brought) for brought in found]
            answer["text"] = f"This contact sheet holds {len(found)} images. {answer['text']}"
        return answer

    def _fitted(self, brought: Brought) -> records.Json:
        taken = fitting.fit(brought, self.studio.account.models)
        return {
            "source": brought.source,
            "values": taken.values,
            "dropped": taken.dropped,
            "unknown": taken.unknown,
            "model": taken.model.id,
            "model_label": taken.model.label,
            "text": taken.text,
            "recipe": link.encode(brought) if taken.values else None,
            "choices": [],
        }

    def _choice(self, brought: Brought) -> records.Json:
        model = self.studio.account.models.get(brought.model)
        prompt = " ".join(str(brought.values.get("prompt", "")).split())
        prompt = shortened(prompt, _PROMPT_CHARS)
        made = [model.label if model else brought.model]
        if "seed" in brought.values:
            made.append(f"seed {brought.values['seed']}")
        text = f"{prompt or 'No prompt'} ({', '.join(filter(None, made))})"
        return {"text": recipe.plain_text(text), "recipe": link.encode(brought)}


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    """Yield the uploaded form, whose files are gone afterwards. Raises: InvalidInput."""
    try:
        form = await request.form(max_files=_FILES_COUNTED, max_fields=_FILES_COUNTED)
    except (HTTPException, MultiPartException) as error:
        raise _unfit("The upload cannot be read.", "Choose one file and try again.") from error
    try:
        yield form
    finally:
        await form.close()


def _only_file(form: FormData) -> UploadFile:
    """Return the one uploaded file. Raises: InvalidInput."""
    files = [part for part in form.getlist("file") if isinstance(part, UploadFile)]
    if len(files) > 1:
        raise _unfit("Those are several files.", "Choose one at a time.")
    if not files:
        raise _unfit("No file came with this.", "Choose an image, or drop one here.")
    size = files[0].size or 0
    if size > FILE_MAX_BYTES:
        fits = f"{FILE_MAX_BYTES / 1e6:g} MB"
        raise _unfit(
            f"The file is too large: {size / 1e6:.0f} MB, and {fits} fit.", "Choose a smaller one."
        )
    if not size:
        raise _unfit("The file is empty.", "Choose another one.")
    return files[0]


def _unfit(message: str, hint: str) -> InvalidInput:
    return InvalidInput(message, hint, field="file")


def _nothing() -> records.Json:
    return {
        "source": "none",
        "values": {},
        "dropped": {},
        "unknown": {},
        "model": None,
        "model_label": None,
        "text": "No settings were found in this image. Many programs and websites remove them "
        "when an image is saved or shared: try the original file.",
        "recipe": None,
        "choices": [],
    }
