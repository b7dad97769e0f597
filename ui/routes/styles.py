"""Styles and presets over HTTP: looked at, changed, brought in, taken along."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from backend.catalogue.params import coerce, entered, shows_nothing
from backend.errors import InvalidInput, PlaygroundError
from backend.said import msg
from backend.studio import Studio
from backend.styles.book import Book, book_text, entries_of, preset_json
from backend.styles.compose import dressed, left_out
from backend.styles.found import Found
from backend.styles.kinds import Preset, Style, read_names, read_preset, read_style
from backend.styles.reading import FILE_MAX_BYTES, read_file
from backend.styles.tables import write_table
from backend.styles.taking import Taken, take
from ui.language.chosen import tell
from ui.routes.answers import (
    REFUSED,
    JsonBody,
    Responses,
    content,
    json_answer,
    list_answer,
    refused,
    takes,
)
from ui.routes.models import styles as models
from ui.routes.models.base import one_of
from ui.routes.schema import new_router
from ui.routes.upload import only_file, read_upload

LEFT_OUT_MAX = 200

T = TypeVar("T")

Kind = Annotated[str, one_of("csv", "json"), Query(description="`csv`: styles alone, for others.")]


def style_routes(studio: Studio) -> APIRouter:
    """Return the routes of styles and presets."""
    own, router = _Styles(studio), new_router("Styles")
    router.get("/api/styles", summary="All styles and presets", response_model=models.Styles)(
        own.all
    )
    router.get(
        "/api/styles/export",
        summary="Take styles along",
        responses=_exported() | REFUSED,
        response_class=Response,
    )(own.export)

    def post(
        path: str,
        handler: Callable[..., Awaitable[Response]],
        asked: type[BaseModel],
        answered: type[BaseModel],
        *,
        summary: str,
    ) -> None:
        router.post(
            path,
            summary=summary,
            response_model=answered,
            responses=REFUSED,
            openapi_extra=takes(asked),
        )(handler)

    post("/api/styles", own.keep_style, models.SaveStyle, models.StyleOf, summary="Keep a style")
    post(
        "/api/presets", own.keep_preset, models.SavePreset, models.PresetOf, summary="Keep a preset"
    )
    names, entries, both = models.StyleNames, models.StyleEntries, models.Styles
    post("/api/styles/remove", own.remove, names, both, summary="Delete styles")
    post("/api/styles/restore", own.restore, entries, both, summary="Bring styles back")
    compose, composed = models.ToCompose, models.Composed
    post("/api/styles/compose", own.compose, compose, composed, summary="A prompt with its styles")
    router.post(
        "/api/styles/import",
        summary="Styles out of a file",
        response_model=models.TakenFile,
        responses=REFUSED,
        openapi_extra=takes(models.StyleUpload, "multipart/form-data"),
    )(own.bring)
    return router


class _Styles:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def all(self, request: Request) -> Response:
        """Return them in the order in which they came."""
        try:
            book = await asyncio.to_thread(self.studio.styles.book)
        except PlaygroundError as error:
            return refused(error)
        return list_answer(request, _book_json(book))

    async def keep_style(self, body: JsonBody) -> Response:
        """Keep a new style, or change one; presets follow a new name."""

        def keep(book: Book) -> tuple[Book, Style]:
            style, was = read_style(body), _seen(body, read_style)
            return book.with_style(style, former=_former(body), was=was), style

        return await self._changed(keep, asdict)

    async def keep_preset(self, body: JsonBody) -> Response:
        """Keep a form under a name, or change one."""

        def keep(book: Book) -> tuple[Book, Preset]:
            preset = read_preset(body | {"values": self._values(body)})
            changed = book.with_preset(
                preset,
                former=_former(body),
                was=_seen(body, read_preset),
                instead=body.get("instead") is True,
            )
            return changed, preset

        return await self._changed(keep, preset_json)

    async def remove(self, body: JsonBody) -> Response:
        """Delete them, and return them: `restore` brings them back."""

        def remove(book: Book) -> tuple[Book, Book]:
            return book.without(_listed(body, "styles"), _listed(body, "presets"))

        return await self._changed(remove, _book_json)

    async def restore(self, body: JsonBody) -> Response:
        """Bring back what was deleted; return what came back.

        Where there is another one of a name by now, both are kept.
        """

        def restore(book: Book) -> tuple[Book, Book]:
            styles, _ = entries_of(body.get("styles"), read_style)
            presets, _ = entries_of(body.get("presets"), read_preset)
            after, taken = take(book, Found(styles, presets))
            return after, Book(
                tuple(one for one in after.styles if one.name in taken.styles),
                tuple(one for one in after.presets if one.name in taken.presets),
            )

        return await self._changed(restore, _book_json)

    async def bring(self, request: Request) -> Response:
        """Take the styles and presets of an uploaded `file`, known by what is in it.

        Nothing that is there is written over: of two with one name the later one gets a number.
        """
        try:
            form = await read_upload(request)
        except InvalidInput as error:
            return refused(error)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to be answered
        try:
            file = only_file(form, FILE_MAX_BYTES, msg("Choose one, or drop one here."))
            data, name = await file.read(), file.filename or ""
        except InvalidInput as error:
            return refused(error)
        finally:
            await form.close()
        return await self._changed(lambda book: take(book, read_file(data, name)), _taken_json)

    async def export(self, format: Kind = "json") -> Response:
        """Return a file: all of it as JSON, which comes back without loss, or styles as CSV."""
        try:
            book = await asyncio.to_thread(self.studio.styles.book)
            if format not in ("csv", "json"):
                raise InvalidInput(
                    msg("{name} has no such choice.", name="format"),
                    msg("Choose {choices}.", choices="csv, json"),
                    field="format",
                )
        except PlaygroundError as error:
            return refused(error)
        if format == "csv":
            text, kind = write_table([asdict(style) for style in book.styles]), "text/csv"
        else:
            text, kind = book_text(book), "application/json"
        name = f"styles-{datetime.now(UTC):%Y-%m-%d}.{format}"
        headers = {
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        }
        return Response(text, media_type=kind, headers=headers)

    async def compose(self, body: JsonBody) -> Response:
        """Say what a prompt becomes with styles. Nothing is sent.

        An empty one stands there as an ellipsis: it would be refused.
        """
        try:
            names = read_names(body.get("styles"))
            book = await asyncio.to_thread(self.studio.styles.book)
            worn, model = book.worn(names), self.studio.account.models.get(str(body.get("model")))
            raw = {name: body.get(name) or "" for name in ("prompt", "negative_prompt")}
            if isinstance(raw["prompt"], str) and shows_nothing(raw["prompt"]):
                raw["prompt"] = "\u2026"
            made = dressed(raw, worn)
        except PlaygroundError as error:
            return refused(error)
        takes_negative = model is None or model.param("negative_prompt") is not None
        note = left_out(worn, model)
        return json_answer(
            {
                "prompt": str(made["prompt"]),
                "negative_prompt": str(made["negative_prompt"]) if takes_negative else None,
                "notes": [tell(note)] if note else [],
            }
        )

    def _values(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return a preset's values as numbers and texts; where its model is known, those it takes.

        Raises: InvalidInput for what the model would refuse.
        """
        given, models = body.get("values"), self.studio.account.models
        if not isinstance(given, dict):
            return {}
        values: dict[str, Any] = dict(entered(models.values(), given))
        model = models.get(str(body.get("model")))
        if model is None or body.get("former"):  # what is there already need not fit any more
            return values
        for spec in model.params:
            if spec.name in values:
                coerce(spec, values[spec.name])
        return {spec.name: values[spec.name] for spec in model.params if spec.name in values}

    async def _changed(
        self, do: Callable[[Book], tuple[Book, T]], answer: Callable[[T], dict[str, Any]]
    ) -> Response:
        try:
            return json_answer(answer(await asyncio.to_thread(self.studio.styles.change, do)))
        except PlaygroundError as error:
            return refused(error)


def _exported() -> Responses:
    described = content("text/csv")
    document = {"$ref": f"#/components/schemas/{models.StyleDocument.__name__}"}
    described[200]["content"]["application/json"] = {"schema": document}
    return described


def _book_json(book: Book) -> dict[str, Any]:
    return {
        "styles": [asdict(style) for style in book.styles],
        "presets": [preset_json(preset) for preset in book.presets],
    }


def _taken_json(taken: Taken) -> dict[str, Any]:
    return {
        "text": tell(taken.text),
        "styles": list(taken.styles),
        "presets": list(taken.presets),
        "left_out": [
            {"name": tell(name), "why": tell(why)} for name, why in taken.left_out[:LEFT_OUT_MAX]
        ],
    }


def _former(body: dict[str, Any]) -> str | None:
    former = body.get("former")
    return former if isinstance(former, str) and former else None


def _seen(body: dict[str, Any], read: Callable[[Any], T]) -> T | None:
    was = body.get("was")
    return read(was) if isinstance(was, dict) else None


def _listed(body: dict[str, Any], name: str) -> list[str]:
    given = body.get(name)
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []
