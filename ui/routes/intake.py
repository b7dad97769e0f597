"""Settings out of files that people bring in: images of any program, and our contact sheets.

A file only fills the form: nothing in it runs, sets the URL or the key, or is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import copy_context
from typing import Any, BinaryIO, TypeVar

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from backend.apart.pool import Pool, Process
from backend.errors import InvalidInput, PlaygroundError
from backend.exchange import brought_file
from backend.recipes import fitting, link, recipe
from backend.recipes.recipe import Brought
from backend.said import joined, listed, msg, msg_n
from backend.studio import Studio
from backend.text import shortened
from ui.language.chosen import tell
from ui.present import records
from ui.present.facts import FILE_MAX_BYTES
from ui.routes.answers import REFUSED, json_answer, refused, takes
from ui.routes.models.asked import Upload
from ui.routes.models.images import Metadata
from ui.routes.schema import new_router
from ui.routes.upload import only_file, read_upload, unfit_file

_AT_ONCE = 2
"""Files read at the same time, each in a process of its own, within bounds of time and memory."""

_SOON_S = 0.05
"""Most files are read by then: only for others it is watched whether somebody still waits."""

T = TypeVar("T")

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
        self.readers = Pool(brought_file.settings)

    async def read(self, request: Request) -> Response:
        """Say what the uploaded `file` tells about its making, and what a model takes of it."""
        try:
            form = await read_upload(request)
        except InvalidInput as error:
            return refused(error)
        except ClientDisconnect:
            return _unheard()
        answer = await self._answered(request, form)
        answer.background = BackgroundTask(form.close)  # in a thread: nobody needs to wait for it
        return answer

    async def _answered(self, request: Request, form: FormData) -> Response:
        try:
            return json_answer(
                await _while_there(
                    request,
                    self._told(
                        only_file(form, FILE_MAX_BYTES, msg("Choose an image, or drop one here."))
                    ),
                )
            )
        except InvalidInput as error:
            return refused(error)
        except PlaygroundError as error:
            return refused(unfit_file(error.message, error.hint or msg("Choose another one.")))
        except ClientDisconnect:
            return _unheard()

    async def _told(self, file: UploadFile) -> records.Json:
        async with self.room:  # until here it waits on disk
            with self.readers.lent() as reader:
                reading = asyncio.get_running_loop().run_in_executor(
                    None, copy_context().run, self._answer, reader, file.file, file.size or 0
                )
                try:
                    return await asyncio.shield(reading)
                except asyncio.CancelledError:  # nobody wants it any more: others wait
                    reader.kill()
                    await asyncio.gather(reading, return_exceptions=True)
                    raise

    def _answer(self, reader: Process[list[Brought]], file: BinaryIO, size: int) -> records.Json:
        own = brought_file.own(file.read(brought_file.HEAD_BYTES))
        file.seek(0)
        found = [own] if own else reader.run(file, size)
        if not found:
            return _nothing()
        answer = self._fitted(found[0])
        if len(found) > 1:
            answer["choices"] = [self._choice(brought) for brought in found]
            several = msg_n(
                "This contact sheet holds 1 image.",
                "This contact sheet holds {n} images.",
                len(found),
            )
            answer["text"] = tell(joined(several, answer["text"]))
        return answer

    def _fitted(self, brought: Brought) -> records.Json:
        taken = fitting.fit(brought, self.studio.account.models)
        return {
            "source": brought.source,
            "values": taken.values,
            "dropped": taken.dropped,
            "unknown": taken.unknown,
            "model": taken.model.id,
            "model_label": tell(taken.model.label),
            "text": tell(taken.text),
            "recipe": link.encode(brought) if taken.values else None,
            "choices": [],
        }

    def _choice(self, brought: Brought) -> records.Json:
        model = self.studio.account.models.get(brought.model)
        prompt = " ".join(str(brought.values.get("prompt", "")).split())
        prompt = shortened(prompt, _PROMPT_CHARS)
        made = [model.label if model else brought.model]
        if "seed" in brought.values:
            made.append(msg("seed {seed}", seed=str(brought.values["seed"])))
        text = msg(
            "{prompt} ({made})",
            prompt=prompt or msg("No prompt"),
            made=listed(filter(None, made)),
        )
        return {"text": recipe.plain_text(tell(text)), "recipe": link.encode(brought)}


async def _while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns; end it where the sender leaves. Raises: ClientDisconnect."""
    doing = asyncio.ensure_future(work)
    tasks: set[asyncio.Future[Any]] = {doing}
    try:
        await asyncio.wait(tasks, timeout=_SOON_S)
        if not doing.done():
            tasks.add(asyncio.ensure_future(_left(request)))
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise ClientDisconnect
        return doing.result()
    finally:
        if left := [task for task in tasks if task.cancel()]:
            await asyncio.wait(left)


async def _left(request: Request) -> None:
    """Wait until the sender of a whole request is gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _unheard() -> Response:
    return Response(status_code=400)  # nobody is there to be answered


def _nothing() -> records.Json:
    return {
        "source": "none",
        "values": {},
        "dropped": {},
        "unknown": {},
        "model": None,
        "model_label": None,
        "text": tell(
            msg(
                "No settings were found in this image. Many programs and websites remove them "
                "when an image is saved or shared: try the original file."
            )
        ),
        "recipe": None,
        "choices": [],
    }
