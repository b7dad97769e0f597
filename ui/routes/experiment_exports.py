"""An experiment taken out over HTTP: how large each file would be, and the files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

from fastapi import APIRouter, Query
from pydantic import WithJsonSchema
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from backend.errors import InvalidInput, PlaygroundError
from backend.experiments.blind import KIND
from backend.experiments.experiment import Experiment
from backend.experiments.exports.exports import FORMS, Form, Sizes
from backend.said import Said, joined, listed, msg
from backend.studio import Studio
from backend.text import cut
from ui.door.guard import is_navigation
from ui.language.chosen import language, tell
from ui.present.blind import blind_says
from ui.present.phrases import question_of, words_says
from ui.routes.answers import (
    MISSING,
    REFUSED,
    Responses,
    content,
    download,
    json_answer,
    missing,
    refused,
)
from ui.routes.experiments import ExperimentId, found_experiment
from ui.routes.models import exports as models
from ui.routes.schema import new_router

_TO_A_PERSON: Responses = {422: {"content": {"text/plain": {"schema": {"type": "string"}}}}}
_MEDIA = [media.partition(";")[0] for media in FORMS.values()]

_Form = Annotated[
    str,
    WithJsonSchema({"type": "string", "enum": list(FORMS)}),
    Query(description="`html`: one self-contained page; `png`: one picture; `csv`: all cells."),
]


def experiment_export_routes(studio: Studio) -> APIRouter:
    """Return the routes of an experiment's exports."""
    own, router = _Exports(studio), new_router("Experiments")
    router.get(
        "/api/experiments/{id}/export",
        summary="Download an experiment",
        response_class=Response,
        responses={
            **content(*_MEDIA, description="The download"),
            422: REFUSED[422] | _TO_A_PERSON[422],
            **MISSING,
        },
    )(own.export)
    router.get(
        "/api/experiments/{id}/exports",
        summary="How large the downloads are",
        response_model=models.Exports,
        responses=MISSING,
    )(own.sizes)
    return router


class _Exports:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def export(self, request: Request, id: ExperimentId, form: _Form = "html") -> Response:
        """Answer with the experiment as it stands, or say why not.

        What is not made yet is marked; images in the trash are left out.
        """
        one = await found_experiment(self.studio, id)
        if one is None:
            return missing()
        try:
            if form not in FORMS:
                raise InvalidInput(
                    msg("There is no export as {what}.", what=repr(cut(form, 40))),
                    msg("Choose {choices}.", choices=listed(FORMS)),
                    field="form",
                )
            await self._refuse_hidden(one)
            exports = self.studio.experiments.exports
            answer = await self._answer(one) if form == "html" else []
            file = await exports.file(id, cast(Form, form), language(), answer)
        except PlaygroundError as error:
            if is_navigation(request.scope):
                words = tell(joined(error.message, error.hint))
                words += "\n\n" + tell(msg("Go back to return to the experiment."))
                return PlainTextResponse(words, 422, {"Cache-Control": "no-store"})
            return refused(error)
        return download(file.content, file.name, file.media_type)

    async def sizes(self, id: ExperimentId) -> Response:
        """Return how large the files would be just now, before any of them is made."""
        if await found_experiment(self.studio, id) is None:
            return missing()
        found: Sizes = await self.studio.experiments.exports.sizes(id, language())
        size, refusal = found.png, found.png_refusal
        return json_answer(
            {
                "html": {"about_bytes": found.html_bytes},
                "png": {
                    "width_px": size and size[0],
                    "height_px": size and size[1],
                    "image_px": found.png_image_px,
                    "smaller": found.png_smaller,
                    "refused": refusal and tell(joined(refusal.message, refusal.hint)),
                },
                "csv": {"rows": found.rows},
            }
        )

    async def _answer(self, one: Experiment) -> Sequence[Said]:
        """Return what an experiment showed that asks a question, in sentences."""
        if question := question_of(one):
            return words_says(question, (await self.studio.experiments.cells(one.id)).made)
        return blind_says(await self.studio.blind.standing(one.id)) if one.kind == KIND else []

    async def _refuse_hidden(self, one: Experiment) -> None:
        """Raise InvalidInput while an export would tell what a blind test hides."""
        if await self.studio.blind.hides(one):
            raise InvalidInput(
                msg("The voting is not over, and this would tell which setting made which image."),
                msg("Vote to the end, or end the voting."),
            )
