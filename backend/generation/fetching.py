"""An image that an answer points to: fetched until it is here, or can never come.

What an image costs is paid by now, and to fetch it is free: a network that is away, a disk that is
full and a platform in trouble are waited for.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from backend.errors import CHECK, BadAnswer, NoAnswer, NotStored, PlaygroundError, RateLimited
from backend.generation.asked import RATE_WAIT_MAX_S, Noted
from backend.providers.answers import image_file
from backend.said import Said, joined, msg
from backend.types import Answered, ImageRecord, Link, RawImage, Ticket
from backend.wire.answer import Answer
from backend.wire.connection import Connection

FETCH_MAX_S = 1800.0
"""So long it is tried; then it is in doubt."""

WAIT_S, WAIT_GROWS, WAIT_MAX_S = 1.0, 3, 30.0
REFUSALS_MAX = 4
"""So often it may be refused, arrive cut or be no image: some stores need a moment to have it."""

_PASSING = frozenset({408, 425, 429})

Read = Callable[[bytes], Answered]
Keep = Callable[[Answer, Read], Awaitable[ImageRecord | Ticket | Link]]
"""Stores what `Read` finds in an answer; the way to the image is given back as it is."""

Say = Callable[[Said, float], Awaitable[None]]
"""Tells what a run waits for, and how many seconds; ("", 0) that it waits no more."""

Pause = Callable[[float], Awaitable[float]]
"""Waits; returns how many seconds. Raises: Left once the program ends."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """Why a try brought nothing. `refused`: it will not be better for ever being tried."""

    why: PlaygroundError
    refused: bool = False
    at_least_s: float = 0.0


async def fetch(
    connection: Connection, link: Link, noted: Noted, keep: Keep, say: Say, pause: Pause
) -> ImageRecord:
    """Return the image that a link leads to, once it is stored.

    Raises: what `pause` does; BadAnswer where it may not be opened or is no image; NotStored,
    where it is kept for the next start; NoAnswer where it cannot be had.
    """
    waited_s, wait_s, began, refusals = 0.0, WAIT_S, time.monotonic(), 0
    while True:
        found = await _once(connection, link, noted, keep, last=refusals == REFUSALS_MAX - 1)
        if isinstance(found, ImageRecord):
            return found
        refusals += found.refused
        message = joined(msg("The image was made, but could not be fetched."), found.why.message)
        late = max(waited_s, time.monotonic() - began) > FETCH_MAX_S
        if late or refusals == REFUSALS_MAX or isinstance(found.why, BadAnswer):
            raise NoAnswer(message, CHECK)
        next_s = max(wait_s, found.at_least_s)
        await say(message, next_s)
        waited_s += await pause(next_s)
        await say(joined(), 0)
        await noted.again()
        wait_s = min(wait_s * WAIT_GROWS, WAIT_MAX_S)


async def _once(
    connection: Connection, link: Link, noted: Noted, keep: Keep, *, last: bool
) -> ImageRecord | _Failed:
    try:
        hosts = connection.provider.platform.link_hosts
        answer = await connection.api.fetch(link, hosts, noted.spool)
    except BadAnswer:  # it may not be opened: that stays so
        raise
    except PlaygroundError as error:
        return _Failed(connection.api.keyless(error))
    if not answer.ok:
        return _refused(connection, answer)
    try:
        image_file(answer.body)
    except BadAnswer as error:  # a page in its place, or half of it
        if not last:  # else it is set aside, where a person finds it
            await answer.discard()
            return _Failed(NoAnswer(error.message, CHECK), refused=True)
    try:
        found = await keep(answer, lambda body: RawImage(body, link.seconds, link.seed))
    except NotStored as error:
        if answer.spooled:
            raise
        return _Failed(error)
    assert isinstance(found, ImageRecord)
    return found


def _refused(connection: Connection, answer: Answer) -> _Failed:
    error = connection.provider.explain(answer.status, answer.headers, answer.body)
    why = connection.api.keyless(error)
    passing = answer.status in _PASSING or answer.status >= 500
    wait_s = (why.retry_after_s if isinstance(why, RateLimited) else None) or 0.0
    return _Failed(why, not passing, min(wait_s, RATE_WAIT_MAX_S))
