"""Our own routes beside Gradio's: health, scripts, images and thumbnails, running jobs.

They are plain Starlette: a thumbnail costs a sixth of what Gradio's file route takes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from backend import __version__
from backend.exchange.archive import file_name
from backend.generation.jobs import Job
from backend.studio import Studio
from backend.types import ID
from ui import static
from ui.door.visitor import visitor
from ui.present import records
from ui.routes.answers import PRIVATE_FOR_EVER, file_answer, json_answer, missing

_JOBS_PER_STREAM = 64


def file_routes(studio: Studio) -> list[Route]:
    """Return the routes that the parent app has before Gradio's."""
    own = _Routes(studio)
    return [
        Route("/healthz", own.health),
        Route("/favicon.ico", own.favicon),
        Route("/page/{digest}/{name:path}", own.page_file),
        Route("/images/{id}", own.image),
        Route("/thumbs/{id}", own.thumbnail),
        Route("/api/jobs", own.jobs),
        Route("/api/events", own.events),
    ]


class _Routes:
    def __init__(self, studio: Studio) -> None:
        self.studio = studio

    async def health(self, request: Request) -> Response:
        if not self.studio.ready:
            return JSONResponse({"status": "starting"}, 503)
        return JSONResponse(
            {"status": "ok", "provider": self.studio.account.mode, "version": __version__}
        )

    async def page_file(self, request: Request) -> Response:
        """Serve a script or style; under an older digest it is not kept by the browser."""
        found = static.files().get(request.path_params["name"])
        if found is None:
            return missing()
        current = request.path_params["digest"] == static.digest()
        return file_answer(
            found[0], found[1], "public, max-age=31536000, immutable" if current else "no-store"
        )

    async def favicon(self, request: Request) -> Response:
        content, media_type = static.files()["logo.svg"]
        return file_answer(content, media_type, "public, max-age=86400")

    async def image(self, request: Request) -> Response:
        """Serve the stored file as it is; `?download=1` gives it a name to be saved under."""
        image_id = request.path_params["id"]
        found = await self.studio.gallery.image_file(image_id) if ID.fullmatch(image_id) else None
        if found is None:
            return missing()
        path, media_type = found
        headers = {"Cache-Control": PRIVATE_FOR_EVER, "X-Content-Type-Options": "nosniff"}
        if request.query_params.get("download"):
            record = await self.studio.gallery.image(image_id)
            if record is not None:
                name = quote(file_name(record))
                headers["Content-Disposition"] = f'attachment; filename="{name}"'
        try:
            # In one piece: FileResponse's 28 hops to a thread cost 10 ms for 1.8 MB.
            content = await asyncio.to_thread(path.read_bytes)
        except OSError:
            return missing()
        return Response(content, media_type=media_type, headers=headers)

    async def thumbnail(self, request: Request) -> Response:
        image_id = request.path_params["id"]
        found = await self.studio.gallery.thumbnail(image_id) if ID.fullmatch(image_id) else None
        return missing() if found is None else file_answer(found, "image/webp", PRIVATE_FOR_EVER)

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
