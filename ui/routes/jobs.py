"""A visitor's jobs, and the stream of what changes in them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from backend.generation.jobs import Job
from backend.studio import Studio
from backend.types import ID
from ui.door.visitor import visitor
from ui.present import records
from ui.routes.answers import json_answer, missing

_JOBS_PER_STREAM = 64


def job_routes(studio: Studio) -> list[Route]:
    """Return the routes that the results need."""
    own = _Jobs(studio)
    return [Route("/api/jobs", own.jobs), Route("/api/events", own.events)]


class _Jobs:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def jobs(self, request: Request) -> Response:
        """Return this visitor's running jobs and last results, oldest first."""
        owner = visitor(request.cookies)
        jobs = await self.studio.jobs.recent(owner) if owner else []
        now = datetime.now(UTC)
        return json_answer(
            {"jobs": [records.job_json(job, self.studio.account.models, now) for job in jobs]}
        )

    async def events(self, request: Request) -> Response:
        """Stream the named jobs' runs as they change; the stream ends when all of them have ended.

        One stream for all jobs of a page: a browser opens at most six connections to a host.
        """
        owner = visitor(request.cookies)
        wanted = request.query_params.getlist("job")[:_JOBS_PER_STREAM]
        found = [self.studio.jobs.job(job_id) for job_id in wanted if ID.fullmatch(job_id)]
        jobs = [job for job in found if job is not None and job.owner == owner]
        if not jobs or not owner:
            return missing()
        return StreamingResponse(
            self._stream(jobs),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def _stream(self, jobs: list[Job]) -> AsyncIterator[str]:
        """Merge the jobs' events. A full queue holds the followers back, never the jobs."""
        queue: asyncio.Queue[tuple[str, records.Json] | None] = asyncio.Queue(maxsize=100)

        async def follow(job: Job) -> None:
            async for run in job.events():
                await queue.put((job.id, records.run_json(run)))
            await queue.put(None)

        tasks = [asyncio.create_task(follow(job)) for job in jobs]
        try:
            running = len(tasks)
            while running:
                item = await queue.get()
                if item is None:
                    running -= 1
                    continue
                yield f"data: {json.dumps({'job': item[0], 'run': item[1]})}\n\n"
            yield "event: end\ndata: {}\n\n"
        finally:
            for task in tasks:
                task.cancel()
