"""Experiments over HTTP: looked at with their price, started, followed, ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from backend.errors import InvalidInput, PlaygroundError
from backend.experiments.bounds import Bounds, read_bounds
from backend.experiments.experiment import Experiment
from backend.experiments.experiments import Do
from backend.experiments.offers import PlanChanged
from backend.experiments.remaining import remaining
from backend.said import listed, msg
from backend.studio import Studio
from backend.types import ID, RunState
from ui.door.press import read_token, refuse_late
from ui.door.visitor import visitor
from ui.present.blind import hidden_json
from ui.present.experiments import (
    experiment_json,
    left_json,
    listed_json,
    offer_json,
    spec_json,
    tally_json,
)
from ui.present.phrases import axes_json, question_of, words_json
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
from ui.routes.models.base import AN_ID
from ui.routes.schema import new_router

LISTED_MAX = 100

_CHANGED: Responses = {
    409: {"model": models.PlanIsAnother, "description": "It is not what was looked at any more"}
}
_DEEDS: tuple[Do, ...] = ("pause", "resume", "stop", "retry")
_LATER = ("between", "delete")
_RETRIED = {"failed": RunState.FAILED, "unknown": RunState.UNKNOWN}
_BOUNDS = ("at_once", "max_images", "max_usd")

ExperimentId = Annotated[str, AN_ID, Path(description="The experiment's id.")]


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
    router.get(
        "/api/experiments/{id}/left",
        summary="What going on would do and cost",
        response_model=models.Left,
        responses=MISSING,
    )(own.left)
    router.post(
        "/api/experiments/{id}",
        summary="Pause, go on, stop, try again, grow or delete",
        response_model=models.Experiment | models.DeletedExperiment,
        responses=REFUSED | MISSING | _CHANGED,
        openapi_extra=takes(models.Deed),
    )(own.do)
    router.post(
        "/api/experiments/{id}/plan",
        summary="What the values between those of an axis would cost",
        response_model=models.Planned,
        responses=REFUSED | MISSING,
        openapi_extra=takes(models.Growing),
    )(own.plan_between)
    router.get(
        "/api/experiments/{id}/images",
        summary="How many images are an experiment's own",
        response_model=models.OwnImages,
        responses=MISSING,
    )(own.own_images)
    return router


async def found_experiment(studio: Studio, experiment_id: str) -> Experiment | None:
    """Return the experiment, None where there is none or can be none."""
    if not ID.fullmatch(experiment_id):
        return None
    return await studio.experiments.find(experiment_id)


def choice_of(name: str, given: object, choices: Sequence[str]) -> str:
    """Return what was chosen. Raises: InvalidInput."""
    if isinstance(given, str) and given in choices:
        return given
    raise InvalidInput(
        msg("{name} has no such choice.", name=name),
        msg("Choose {choices}.", choices=listed(choices)),
        field=name,
    )


class _Experiments:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def newest(
        self,
        request: Request,
        token: Annotated[str, Query(description="Only what you started with this token.")] = "",
    ) -> Response:
        """Return the newest 100, whoever started them."""
        found = await self._newest(visitor(request.cookies), token)
        tallies = await self.studio.shelf.tallies(found)
        listed = [listed_json(one) | tally_json(tallies[one.id]) for one in found]
        return list_answer(request, {"experiments": listed})

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
                bounds=_bounds(body),
            )
        except PlanChanged as error:
            return _changed(error)
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

    async def left(
        self,
        id: ExperimentId,
        of: Annotated[
            str, Query(description="Also those that ended so: `failed` or `unknown`.")
        ] = "",
    ) -> Response:
        """Return what `resume` would send, or `retry` with `of`, without what is under way."""
        try:
            again = [_RETRIED[choice_of("of", of, tuple(_RETRIED))]] if of else []
            if await found_experiment(self.studio, id) is None:
                return missing()
            offer = await remaining(self.studio.experiments, id, again)
        except PlaygroundError as error:
            return refused(error)
        return json_answer(left_json(offer))

    async def do(self, request: Request, id: ExperimentId, body: JsonBody) -> Response:
        """Let it rest, go on, end, try again what failed, grow or go.

        `between` sends what `/api/experiments/{id}/plan` offered, and refuses what became dearer.
        """
        try:
            deed = choice_of("do", body.get("do"), (*_DEEDS, *_LATER))
            of = choice_of("of", body.get("of", "failed"), tuple(_RETRIED))
            bounds = _bounds(body)
            if await found_experiment(self.studio, id) is None:
                return missing()
            if deed == "delete":
                return await self._delete(id, body.get("images", False))
            if deed == "between":
                refuse_late(body.get("made"))
                await self.studio.shelf.grow_between(id, body.get("axis"), body.get("digest"))
            else:
                await self.studio.experiments.do(id, cast(Do, deed), [_RETRIED[of]], bounds)
        except PlanChanged as error:
            return _changed(error)
        except PlaygroundError as error:
            return refused(error)
        return await self._answer(request, id)

    async def plan_between(self, request: Request, id: ExperimentId, body: JsonBody) -> Response:
        """Return what the values between those of an axis would cost; nothing is sent.

        What is there is kept and costs nothing again, on a model without seed neither.
        """
        try:
            if await found_experiment(self.studio, id) is None:
                return missing()
            offer = await self.studio.shelf.offer_between(id, body.get("axis"))
            return list_answer(request, offer_json(offer))
        except PlaygroundError as error:
            return refused(error)

    async def own_images(self, id: ExperimentId) -> Response:
        """Return how many images would go to the trash with it: those that it made, that are not
        there yet, and that neither another experiment shows nor a click was answered with."""
        if await found_experiment(self.studio, id) is None:
            return missing()
        return json_answer({"images": len(await self.studio.shelf.own_images(id))})

    async def _delete(self, experiment_id: str, images: object) -> Response:
        if not isinstance(images, bool):
            raise InvalidInput(msg("{name} must be true or false.", name="images"), field="images")
        act = await self.studio.shelf.remove(experiment_id, images=images)
        trashed, undo = (len(act.ids), act.undo) if act else (0, None)
        return json_answer({"deleted": experiment_id, "trashed": trashed, "undo": undo})

    async def _newest(self, owner: str, token: str) -> list[Experiment]:
        if not token:
            return await self.studio.experiments.newest(LISTED_MAX)
        found = await self.studio.experiments.of_token(owner, token)
        return [found] if found else []

    async def _answer(self, request: Request, experiment_id: str, since: str = "") -> Response:
        one = await found_experiment(self.studio, experiment_id)
        if one is None:
            return missing()
        hidden = await self.studio.blind.hides(one)
        found = await self.studio.experiments.cells(experiment_id, since)
        told = hidden_json(one, found) if hidden else experiment_json(one, found)
        answer = told | spec_json(one) | {"hidden": hidden, "words": None}
        answer |= {
            "ending": self.studio.experiments.is_ending(one.id),
            "seconds_left": await self.studio.shelf.seconds_left(one),
        }
        if question := question_of(one):
            every = found if found.whole else await self.studio.experiments.cells(one.id)
            answer["axes"] = answer["axes"] | axes_json(question)
            answer["words"] = words_json(question, every.made)
        return list_answer(request, answer)


def _changed(error: PlanChanged) -> Response:
    now = {"error": error_json(error), "plan": error.offer and offer_json(error.offer)}
    return JSONResponse(now, 409, {"Cache-Control": "no-store"})


def _bounds(body: JsonBody) -> Bounds:
    return read_bounds(*(body.get(name) for name in _BOUNDS))
