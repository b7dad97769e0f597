"""A platform that answers with tickets and links, as a provider and as a server of the test's."""

from __future__ import annotations

import base64
import json
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any

from backend.errors import CHECK, FREE, BadAnswer, Refused
from backend.generation.jobs import Job, RunView
from backend.providers.answers import decode_base64, dig, try_json
from backend.providers.sentry_block import PLATFORM, SentryBlock
from backend.studio import Studio
from backend.types import Answered, GenerationRequest, Link, RawImage, Ticket, WireCall
from tests.http.faults import Fault, FaultServer, Received, png, raw, status

WAITS = raw('{"status": "waiting"}')
FAILED = raw('{"status": "failed"}')


def done(image: bytes | None = None, **more: Any) -> Fault:
    return raw(json.dumps({"image": base64.b64encode(image or png()).decode(), **more}))


def link_to(url: str, **more: Any) -> Fault:
    return raw(json.dumps({"url": url, **more}))


async def gone_on(studio: Studio, job: Job) -> RunView:
    """Return the one run of a job of an earlier start, once this one has brought it to its end."""
    taken_up = studio.jobs.job(job.id)
    assert taken_up is not None
    (run,) = await taken_up.wait()
    return run


class Queued(SentryBlock):
    """POST answers {"id"}; GET /jobs/ID tells what became of it."""

    platform = replace(
        PLATFORM, image_at=(), answer='{"id": "1"}', polled=('{"status": "waiting"}',)
    )

    def build(self, request: GenerationRequest, run_id: str = "") -> WireCall:
        return WireCall("POST", "/make", {"prompt": request.prompt, "ours": run_id})

    def parse(self, body: bytes) -> Answered:
        document = try_json(body)
        if isinstance(job := dig(document, "id"), str):
            cancel = WireCall("POST", f"/jobs/{job}/cancel")
            return Ticket(WireCall("GET", f"/jobs/{job}"), cancel, wait_s=1.0)
        return self._image(document)

    def follow(self, ticket: Ticket, body: bytes) -> Answered:
        document = try_json(body)
        if dig(document, "status") == "waiting":
            return ticket
        if dig(document, "status") == "failed":
            raise Refused("The platform failed.", FREE)
        return self._image(document)

    def _image(self, document: Any) -> Answered:
        seed = dig(document, "seed")
        if isinstance(url := dig(document, "url"), str):
            return Link(url, 2.5, seed)
        if isinstance(encoded := dig(document, "image"), str):
            return RawImage(decode_base64(encoded.encode()), 2.5, seed)
        raise BadAnswer("The answer holds no image.", CHECK)


class Ours(Queued):
    """The same, by ids of ours."""

    def lost(self, run_id: str) -> Ticket | None:
        return Ticket(WireCall("GET", f"/jobs/{run_id}"))


@dataclass
class QueueServer(FaultServer):
    """Answers POSTs with a ticket, and what is scripted about jobs, files and ends of jobs; then
    with WAITS. A job that is ended has failed.
    """

    about: deque[Fault] = field(default_factory=deque)
    files: deque[Fault] = field(default_factory=deque)
    ends: deque[Fault] = field(default_factory=deque)
    cancelled: int = 0

    def choose(self, request: Received) -> Fault:
        if request.path.endswith("/cancel"):
            self.cancelled += 1
            if self.ends:
                return self.ends.popleft()
            self.about.append(FAILED)
            return raw("{}")
        if "/jobs/" in request.path:
            return self.about.popleft() if self.about else WAITS
        if "/files/" in request.path:
            return self.files.popleft() if self.files else status(404)
        if request.method == "POST" and not self._script:
            return raw('{"id": "1"}')
        return super().choose(request)

    @property
    def makes(self) -> int:
        return sum(request.path.endswith("/make") for request in self.requests)

    @property
    def questions(self) -> int:
        return sum("/jobs/" in r.path and r.method == "GET" for r in self.requests)
