"""uvicorn's protocol with bounds: nobody can hold connections that others need.

Whoever opens connections and says nothing, half a request, or a body drop by drop, is cut off after
a while. Where there are as many connections as there is room for, a new one takes the place of one
that waits, of the address that holds the most: newcomers are always answered.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 20.0
"""How long a request's head may take, from the connection or the answer before it."""

BODY_S, BODY_BYTES_A_S = 30.0, 2_000
"""A body may take so long, and longer by what has come of it at this pace."""

STALL_S = 120.0
"""How long an answer may lie without one byte of it being taken."""

LOOK_S = 1.0

ROOM_FOR_FILES = 420
"""Files that the program itself opens (database, images, what it sends), and connections that are
accepted before others are closed. 1,024 in all is what most systems allow."""

CONNECTIONS_MAX = 600


def connections_max(files: int | None = None) -> int:
    """Return how many connections there is room for, with `files` that the program may open."""
    files = _raise_files(CONNECTIONS_MAX + ROOM_FOR_FILES) if files is None else files
    return max(16, min(CONNECTIONS_MAX, files - ROOM_FOR_FILES))


def further_connections_max(wanted: int, files: int | None = None) -> int:
    """Return how many of the connections `wanted` a second server has room for, beside ours.

    Where the system allows few files it gets a third of them: ours seldom has all of its own.
    """
    taken = CONNECTIONS_MAX + ROOM_FOR_FILES
    files = _raise_files(taken + wanted + backlog(wanted)) if files is None else files
    return max(16, min(wanted, max((files - taken) * 5 // 6, files // 3)))


def backlog(most: int) -> int:
    """Return how many may wait to be accepted where at most `most` connections are open.

    As many are accepted at once, before one of the others is closed: all of them need their file.
    """
    return max(8, most // 5)


def _raise_files(wanted: int) -> int:
    """Let the program open so many files, if the system allows it; return how many it may open."""
    if sys.platform == "win32":
        return wanted
    import resource  # noqa: PLC0415  # there is none on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    try:
        aim = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (aim, hard))
    except (OSError, ValueError):
        return soft
    return aim


def bounded(
    most: int, *, stall_s: float | None = None, unlogged: bool = False
) -> type[H11Protocol]:
    """Return the protocol for a server of at most `most` connections, for uvicorn's `http`.

    Who takes nothing of an answer for `stall_s` seconds (`STALL_S`) is cut off. `unlogged`: no log
    of requests holds its paths, which are secrets of those who ask.
    """
    own = {"most": most, "open": set(), "stall_s": stall_s, "unlogged": unlogged}
    return type("BoundedHere", (Bounded,), own)


class Bounded(H11Protocol):
    """One connection. `open` holds all of this server; `since` is when it began to wait."""

    most: int
    open: set[Bounded]
    stall_s: float | None
    unlogged: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.unlogged:
            self.access_log = False
        self.since = self.loop.time()
        self._look: asyncio.TimerHandle | None = None
        self._bytes, self._left = 0, 0
        self._taken_at = self.since

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.open) >= self.most:
            _least_needed(self.open).cut()
        self.open.add(self)
        self._look = self.loop.call_later(LOOK_S, self._look_after)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open.discard(self)
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._bytes += len(data)
        idle = self.waits
        super().data_received(data)
        if idle and not self.waits:  # a whole head has come, and its body's time begins
            self.since, self._bytes = self.loop.time(), 0

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.since, self._bytes = self.loop.time(), 0

    @property
    def waits(self) -> bool:
        """Whether there is no request under way."""
        return self.cycle is None or self.cycle.response_complete

    def cut(self) -> None:
        """End the connection at once, whatever is under way."""
        self.open.discard(self)
        self.transport.abort()

    def _look_after(self) -> None:
        now = self.loop.time()
        if self._is_late(now):
            self.cut()
            return
        self._look = self.loop.call_later(LOOK_S, self._look_after)

    def _is_late(self, now: float) -> bool:
        left = self.transport.get_write_buffer_size()
        if left == 0 or left != self._left:
            self._left, self._taken_at = left, now
        if now - self._taken_at > (self.stall_s or STALL_S):
            return True
        if self.waits:
            return now - self.since > HEAD_S
        if self.cycle.more_body and not self.flow.read_paused:
            return now - self.since > BODY_S + self._bytes / BODY_BYTES_A_S
        return False


def _least_needed(connections: Iterable[Bounded]) -> Bounded:
    """Return the one that has waited longest, of the address that holds the most.

    One without a request under way goes first, also another address's.
    """
    everybody = list(connections)
    many = Counter(_address(one) for one in everybody)
    return min(everybody, key=lambda one: (not one.waits, -many[_address(one)], one.since))


def _address(connection: Bounded) -> str:
    return connection.client[0] if connection.client else ""
