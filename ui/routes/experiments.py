"""Experiments over HTTP: looked at with their price, started, followed, ended."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import APIRouter, Path, Query
from pydantic import WithJsonSchema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from backend.errors import InvalidInput, PlaygroundError
from backend.experiments.book import Experiment
from backend.experiments.experiments import Do, PlanChanged
from backend.said import listed, msg
from backend.studio import Studio
from backend.types import ID, RunState
from ui.door.press import read_token, refuse_late
from ui.door.visitor import visitor
from ui.present.experiments import experiment_json, listed_json, offer_json, spec_json
from ui.present.records import error_json
from ui.routes.answers import (
    MISSING,
    REFUSED,
    JsonBody,
    Responses,
    json_answer,
    list_answer,
    missing,
    refused,
    takes,
)
from ui.routes.models import experiments as models
from ui.routes.models.base import EXAMPLE_ID, ID_PATTERN
from ui.routes.schema import new_router

LISTED_MAX = 100

_CHANGED: Responses = {
    409: {"model": models.PlanIsAnother, "description": "It is not what was looked at any more"}
}
_DEEDS: tuple[Do, ...] = ("pause", "resume", "stop", "retry")
_RETRIED = {"failed": RunState.FAILED, "unknown": RunState.UNKNOWN}

ExperimentId = Annotated[
    str,
    WithJsonSchema({"type": "string", "pattern": ID_PATTERN, "examples": [EXAMPLE_ID]}),
    Path(description="The experiment's id."),
]


def experiment_routes(studio: Studio) -> APIRouter:
    """Return the routes of experiments."""
    own, router = _Experiments(studio), new_router("Experiments")
    router.get(
        "/api/experiments",
        summary="The newest experiments",
        response_model=models.ListedExperiments,
    )(own.newest)
    router.post(
        "/api/experiments/plan",
        summary="What an experiment would do and cost",
        response_model=models.Planned,
        responses=REFUSED,
        openapi_extra=takes(models.ExperimentSpec),
    )(own.plan)
    router.post(
        "/api/experiments",
        summary="Start an experiment",
        response_model=models.Experiment,
        responses=REFUSED | _CHANGED,
        openapi_extra=takes(models.StartExperiment),
    )(own.start)
    router.get(
        "/api/experiments/{id}",
        summary="How an experiment stands",
        response_model=models.Experiment,
        responses=MISSING,
    )(own.one)
    router.post(
        "/api/experiments/{id}",
        summary="Pause, go on, stop or try again",
        response_model=models.Experiment,
        responses=REFUSED | MISSING,
        openapi_extra=takes(models.Deed),
    )(own.do)
    return router


class _Experiments:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def newest(self) -> Response:
        """Return the newest 100, whoever started them."""
        found = await self.studio.experiments.newest(LISTED_MAX)
        return json_answer({"experiments": [listed_json(one) for one in found]})

    async def plan(self, request: Request, body: JsonBody) -> Response:
        """Return places, cells, price and order; nothing is sent, nothing is kept.

        What is left open, a seed for example, is drawn here, and the digest remembers it.
        """
        try:
            return list_answer(request, offer_json(await self.studio.experiments.offer(body)))
        except PlaygroundError as error:
            return refused(error)

    async def start(self, request: Request, body: JsonBody) -> Response:
        """Start what was looked at. It goes on without the page, and after a restart.

        Refused with what it would be now where it became dearer since.
        """
        try:
            token = read_token(body.get("token"))
            refuse_late(body.get("made"))
            one = await self.studio.experiments.start(
                body.get("plan", {}),
                body.get("digest"),
                owner=visitor(request.cookies),
                token=token,
            )
        except PlanChanged as error:
            now = {"error": error_json(error), "plan": error.offer and offer_json(error.offer)}
            return JSONResponse(now, 409, {"Cache-Control": "no-store"})
        except PlaygroundError as error:
            return refused(error)
        return await self._answer(request, one.id)

    async def one(
        self,
        request: Request,
        id: ExperimentId,
        since: Annotated[str, Query(description="`version` of an earlier answer.")] = "",
    ) -> Response:
        """Return its state and its cells in the order of their making.

        With `since`, those alone that changed, unless `whole` says that it had to be all.
        """
        return await self._answer(request, id, since)

    async def do(self, request: Request, id: ExperimentId, body: JsonBody) -> Response:
        """Let it rest, go on, end, or try again what failed."""
        try:
            deed, of = body.get("do"), body.get("of", "failed")
            if deed not in _DEEDS or of not in _RETRIED:
                name, choices = ("do", _DEEDS) if deed not in _DEEDS else ("of", tuple(_RETRIED))
                raise InvalidInput(
                    msg("{name} has no such choice.", name=name),
                    msg("Choose {choices}.", choices=listed(choices)),
                    field=name,
                )
            if await self._found(id) is None:
                return missing()
            await self.studio.experiments.do(id, cast(Do, deed), [_RETRIED[of]])
        except PlaygroundError as error:
            return refused(error)
        return await self._answer(request, id)

    async def _found(self, experiment_id: str) -> Experiment | None:
        """Return the experiment, None where there is none or can be none."""
        if not ID.fullmatch(experiment_id):
            return None
        return await self.studio.experiments.find(experiment_id)

    async def _answer(self, request: Request, experiment_id: str, since: str = "") -> Response:
        one = await self._found(experiment_id)
        if one is None:
            return missing()
        found = await self.studio.experiments.cells(experiment_id, since)
        return list_answer(request, experiment_json(one, found) | spec_json(one))
