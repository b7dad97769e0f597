"""A call of another program carried out once, however often it is sent: retries are free.

Programs send a request again when a connection breaks or a wait is long, without asking anybody.
The same call of the same key finds the job that it has opened: it waits for that one, or has its
images. What failed for nothing begins anew; what may have been paid for never does by itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from backend.calls import Call, landed, read
from backend.errors import InvalidInput, Stopped
from backend.generation.jobs import Job
from backend.generation.token import asked_for
from backend.programs.key import Key
from backend.said import msg
from backend.studio import Studio
from backend.types import GenerationRequest, ImageRecord

SAME_FOR = timedelta(minutes=5)
"""How long after its end the same call without a name of its own is a retry, no wish for more."""


async def generate_once(
    studio: Studio,
    key: Key,
    asked: Mapping[str, object],
    *,
    said: object,
    name: str | None = None,
    resumes: bool = False,
    landed_for: timedelta | None = None,
) -> list[ImageRecord]:
    """Return the images that are `asked` for (see `calls.read`), within the key's own limits.

    `said` is the call as it came (JSON): the same one is a retry. Where the program gives each of
    its calls a `name` (an Idempotency-Key), that alone tells them apart, for ever. `resumes`: what
    was stopped before it was sent begins anew too, since it is the program that stops its own.
    `landed_for` is SAME_FOR where all images have landed, for programs that seldom try again by
    themselves: whose second call soon after is a wish for other images. So it is where they stopped
    it and what landed cannot be found again, having no seed.
    Raises: PlaygroundError as `calls.generate`; TokenUsed where the name is another call's.
    """
    call = await read(studio, asked)
    call_id = _digest([key.id, "name", name] if name is not None else [key.id, said, _asked(call)])

    async def submit(requests: list[GenerationRequest], token: str) -> Job:
        return await studio.submit(
            requests,
            owner=key.id,
            token=token,
            seeds_drawn=call.seeds_drawn,
            chosen=call.chosen,
            typed=call.typed,
            part=key.limits,
        )

    token = await studio.keys.token(call_id)
    job = await submit(call.requests, token)
    if job.ended is None:
        return await landed(job)
    whole = all(run.record is not None for run in job.runs)
    let_go = resumes and _was_stopped(job) and not _found_again(job)
    same_for = landed_for if (whole or let_go) and landed_for is not None else SAME_FOR
    aged = name is None and datetime.now(UTC) - job.ended > same_for
    gone = await _is_gone(studio, job)
    if gone and name is not None:
        raise InvalidInput(
            msg("This was generated before, and its images were deleted since."),
            msg("Make a new Idempotency-Key to have them made again."),
        )
    if aged or gone or _failed_for_nothing(job, resumes):
        # With the seeds of before what is stored of it is found again; what is old is made anew.
        requests = call.requests if aged else [run.request for run in job.runs]
        for_good = name is not None
        token = await studio.keys.begin_anew(call_id, token, for_good=for_good)
        job = await submit(requests, token)
    return await landed(job)


async def _is_gone(studio: Studio, job: Job) -> bool:
    """Whether images of a job that has ended were removed since; those in the trash are not."""
    stored = {run.record.id for run in job.runs if run.record is not None}
    there = {record.id for record in await studio.gallery.records([*stored])}
    return there < stored or any(run.record is None and run.error is None for run in job.runs)


def _failed_for_nothing(job: Job, resumes: bool) -> bool:
    """Whether a job has ended without all its images, and trying it again can pay nothing twice."""
    errors = [run.error for run in job.runs if run.error is not None]
    stopped = any(type(error) is Stopped for error in errors) and not resumes
    final = stopped or any(error.maybe_charged for error in errors)
    return bool(errors) and not final and _found_again(job)


def _was_stopped(job: Job) -> bool:
    """Whether images of a job are missing for no other reason."""
    errors = [run.error for run in job.runs if run.error is not None]
    return bool(errors) and all(type(error) is Stopped for error in errors)


def _found_again(job: Job) -> bool:
    """Whether the same requests find what is stored of a job."""
    return all(run.request.seed is not None for run in job.runs if run.record is not None)


def _asked(call: Call) -> str:
    return asked_for(
        call.requests, seeds_drawn=call.seeds_drawn, anew=False, origin=None, chosen=call.chosen
    )


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]
