"""A visitor's jobs, the stream of what changes in them, and all requests ever made."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from backend.errors import InvalidInput
from backend.generation.jobs import Job
from backend.generation.runs import RUNS_MAX
from backend.said import msg
from backend.studio import Studio
from backend.types import ID, RunState
from ui.door.visitor import visitor
from ui.present import records
from ui.present.words import utc
from ui.routes.answers import (
    BEAT,
    BEAT_S,
    MISSING,
    REFUSED,
    JsonBody,
    json_answer,
    missing,
    refused,
    stream_answer,
    takes,
)
from ui.routes.models import jobs
from ui.routes.models.asked import Seen
from ui.routes.models.base import ID_PATTERN, one_of
from ui.routes.schema import new_router

_JOBS_PER_STREAM = 64

_IDS = {
    "type": "array",
    "items": {"type": "string", "pattern": ID_PATTERN},
    "maxItems": _JOBS_PER_STREAM,
}
_STREAM = {
    "schema": {
        "type": "string",
        "description": "Events with one line of data each, a JSON object; `event: beat` where "
        "nothing was said for 15 s; last `event: end`.",
        "contentMediaType": "application/json",
        "contentSchema": {"$ref": "#/components/schemas/Event"},
    }
}


def job_routes(studio: Studio, *, beat_s: float = BEAT_S) -> APIRouter:
    """Return the routes that the results need; a silent stream beats every `beat_s` seconds."""
    own, router = _Jobs(studio, beat_s), new_router("Making images")
    router.get("/api/jobs", summary="Your jobs", response_model=jobs.Jobs, responses=REFUSED)(
        own.jobs
    )
    router.post(
        "/api/jobs/seen",
        summary="Put away what is in doubt",
        response_model=jobs.PutAway,
        responses=REFUSED,
        openapi_extra=takes(Seen),
    )(own.put_away)
    router.get(
        "/api/events",
        summary="Follow your jobs",
        response_class=Response,
        responses={
            200: {"description": "The stream", "content": {"text/event-stream": _STREAM}},
            **MISSING,
        },
    )(own.events)
    router.get("/api/runs", summary="All requests", response_model=jobs.Runs, responses=REFUSED)(
        own.runs
    )
    return router


class _Jobs:
    def __init__(self, studio: Studio, beat_s: float) -> None:
        self.studio, self._beat_s = studio, beat_s

    async def jobs(
        self,
        request: Request,
        doubts: Annotated[str, Query(description="`earlier` of another answer.")] = "",
    ) -> Response:
        """Return this visitor's running jobs and last results, oldest first.

        A visitor is told by the cookie that the first answer of the page sets. What may have been
        charged is shown to everybody until it is put away: the newest 50 at first, those before
        them by `doubts`.
        """
        now, owner, own = datetime.now(UTC), visitor(request.cookies), self.studio.jobs
        try:
            part = await own.doubts(doubts)
        except InvalidInput as error:
            return refused(error)
        recent = await own.recent(owner) if owner and not doubts else []
        found = part.jobs if doubts else recent
        return json_answer(
            {
                "jobs": [records.job_json(job, self.studio.account.models, now) for job in found],
                "in_doubt": part.total,
                "earlier": part.next,
                "as_of": utc(now),
            }
        )

    async def put_away(self, body: JsonBody) -> Response:
        """Put away all that may have been charged up to a moment. Its records stay."""
        try:
            until = datetime.fromisoformat(str(body.get("until")))
        except ValueError:
            until = None
        if until is None or until.tzinfo is None:
            return refused(
                InvalidInput(
                    msg("This is no moment."),
                    msg(
                        "Give `{name}` of an answer of {address}.",
                        name="as_of",
                        address="/api/jobs",
                    ),
                    field="until",
                )
            )
        return json_answer({"count": await self.studio.jobs.put_away(until)})

    async def events(
        self,
        request: Request,
        job: Annotated[list[str], WithJsonSchema(_IDS), Query(description="Ids of jobs.")] = [],  # noqa: B006
    ) -> Response:
        """Stream the named jobs' runs as they change; the stream ends when all of them have ended.

        One stream for all jobs of a page: a browser opens at most six connections to a host.
        """
        owner = visitor(request.cookies)
        ids = [i for i in job[:_JOBS_PER_STREAM] if ID.fullmatch(i)]
        named = [await self.studio.jobs.find(i, owner) for i in ids] if owner else []
        own = [one for one in named if one is not None]
        if not own:
            return missing()
        return stream_answer(self._stream(own))

    async def runs(
        self,
        state: Annotated[str, one_of(*RunState), Query(description="These alone.")] = "",
        limit: Annotated[int, Query(ge=1, le=RUNS_MAX, description="How many.")] = 50,
        cursor: Annotated[str, Query(description="`next` of an earlier answer.")] = "",
    ) -> Response:
        """Return what was ever asked for, by whomever, the newest first."""
        try:
            page = await self.studio.runs.page(state, limit, cursor)
        except InvalidInput as error:
            return refused(error)
        return json_answer(
            {
                "runs": [records.listed_json(run) for run in page.runs],
                "next": page.next,
                "total": page.total,
            }
        )

    async def _stream(self, jobs: list[Job]) -> AsyncIterator[str]:
        """Merge the jobs' events. A full queue holds the followers back, never the jobs."""
        queue: asyncio.Queue[tuple[str, records.Json] | None] = asyncio.Queue(maxsize=100)

        async def follow(job: Job) -> None:
            async for run in job.events():
                await queue.put((job.id, records.run_json(run, datetime.now(UTC))))
            await queue.put(None)

        tasks = [asyncio.create_task(follow(job)) for job in jobs]
        try:
            running = len(tasks)
            while running:
                try:
                    item = await asyncio.wait_for(queue.get(), self._beat_s)
                except TimeoutError:
                    yield BEAT
                    continue
                if item is None:
                    running -= 1
                    continue
                yield f"data: {json.dumps({'job': item[0], 'run': item[1]})}\n\n"
            yield "event: end\ndata: {}\n\n"
        finally:
            for task in tasks:
                task.cancel()
