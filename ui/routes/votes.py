"""Blind tests over HTTP: the next pair, votes on it, and the result."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from backend.errors import PlaygroundError
from backend.studio import Studio
from ui.door.visitor import visitor
from ui.present.blind import standing_json
from ui.routes.answers import (
    MISSING,
    REFUSED,
    JsonBody,
    json_answer,
    missing,
    refused,
    takes,
)
from ui.routes.experiments import ExperimentId, choice_of, found_experiment
from ui.routes.models import votes as models
from ui.routes.schema import new_router

_DEEDS = ("vote", "undo", "end")


def vote_routes(studio: Studio) -> APIRouter:
    """Return the routes of blind tests."""
    own, router = _Votes(studio), new_router("Experiments")
    router.get(
        "/api/experiments/{id}/votes",
        summary="The next pair of a blind test, or its result",
        response_model=models.Voting,
        responses=REFUSED | MISSING,
    )(own.standing)
    router.post(
        "/api/experiments/{id}/votes",
        summary="Vote on a pair of a blind test",
        response_model=models.Voting,
        responses=REFUSED | MISSING,
        openapi_extra=takes(models.Ballot),
    )(own.vote)
    return router


class _Votes:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def standing(self, id: ExperimentId) -> Response:
        """Return the pairs to show next, with nothing that tells which setting made an image.

        Once all are voted on, or the voting was ended, the result instead.
        """
        return await self._answer(id)

    async def vote(self, request: Request, id: ExperimentId, body: JsonBody) -> Response:
        """Vote, take a vote back, or end the voting. A vote sent twice is one, the last counts."""
        owner = visitor(request.cookies)
        blind = self.studio.blind
        try:
            deed = choice_of("do", body.get("do"), _DEEDS)
            if await found_experiment(self.studio, id) is None:
                return missing()
            if deed == "vote":
                await blind.vote(id, body.get("pair"), body.get("choice"), owner=owner)
            elif deed == "undo":
                await blind.take_back(id, body.get("pair"), owner=owner)
            else:
                await blind.end(id, owner=owner)
        except PlaygroundError as error:
            return refused(error)
        return await self._answer(id)

    async def _answer(self, experiment_id: str) -> Response:
        if await found_experiment(self.studio, experiment_id) is None:
            return missing()
        try:
            return json_answer(standing_json(await self.studio.blind.standing(experiment_id)))
        except PlaygroundError as error:
            return refused(error)
