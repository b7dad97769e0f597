"""DATA/sessions/ID.jsonl: what happened in a session, written before it is told.

The first line is `{"session": 1, "id": ID}`, each other is an event:
`[milliseconds since 1970, kind, data]`. The session of now is made of them by reducer.py alone,
after a restart too.
"""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from backend.background import Thread
from backend.said import msg
from backend.sessions.reducer import after, begun, played
from backend.sessions.state import Event, Session
from backend.storage import journal
from backend.types import ID

log = logging.getLogger(__name__)

AGAIN_S = 5.0
"""How long a disk that refused is left alone."""

_NO_ROOM = msg("The disk cannot take what happens here. Free some space, and nothing is lost.")


class Followed(ABC):
    """A session that others follow: rules are checked against `session`, pages show `told`."""

    def __init__(self, session: Session) -> None:
        self.session = self.told = session
        self.trouble = ""
        self._changed = asyncio.Event()

    @abstractmethod
    async def note(self, kind: str, **data: Any) -> None:
        """Let something happen, and return once it is told."""

    async def later_than(self, version: int) -> Session:
        """Return the session once more than `version` is told of it."""
        while self.told.version <= version:
            await self._changed.wait()
        return self.told

    async def changed(self) -> None:
        """Return once something happened after this call."""
        await self._changed.wait()

    def touch(self) -> None:
        """Let those who follow look again, though nothing happened."""
        waiting, self._changed = self._changed, asyncio.Event()
        waiting.set()

    @abstractmethod
    async def close(self) -> None:
        """Leave nothing undone."""


class Book(Followed):
    """A session under way. Events change `session` at once, and `told` once they are on the disk.

    What the disk refuses is told all the same, kept, and written later; meanwhile `trouble` says
    so.
    """

    def __init__(
        self,
        path: Path,
        session: Session,
        thread: Thread,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(session)
        self._path, self._thread, self._clock = path, thread, clock
        self._last_ms = _latest_ms(session)  # the clock may have been set back meanwhile
        self._unwritten: list[Any] = []
        self._writing = asyncio.Lock()
        self._again: asyncio.TimerHandle | None = None

    @classmethod
    async def begin(
        cls,
        folder: Path,
        session_id: str,
        plan: dict[str, Any],
        thread: Thread,
        clock: Callable[[], float] = time.time,
    ) -> Book:
        """Return a new session's book. Raises: OSError; then there is none."""
        event = Event("plan", plan, int(clock() * 1000))
        lines = [{"session": 1, "id": session_id}, _line(event)]
        path = folder / f"{session_id}.jsonl"

        def write() -> None:
            folder.mkdir(mode=0o700, exist_ok=True)
            journal.add(path, lines, durably=True)

        await thread.run(write)
        return cls(path, begun(session_id, event), thread, clock)

    def note(self, kind: str, **data: Any) -> Coroutine[Any, Any, None]:
        """Let something happen at once; what is returned ends once it is written down and told."""
        self._last_ms = max(self._last_ms, int(self._clock() * 1000))
        event = Event(kind, data, self._last_ms)
        self.session = after(self.session, event)
        self._unwritten.append(_line(event))
        return self._written(self.session.version)

    async def _written(self, version: int) -> None:
        # Who is cut off in between leaves the writing whole: else a line would be written twice.
        await asyncio.shield(self._write(version))

    async def close(self) -> None:
        """Write down what is not written yet, if the disk takes it."""
        if self._again is not None:
            self._again.cancel()
        await self._write(self.session.version)

    async def _write(self, version: int) -> None:
        """Write all that is unwritten in one go, for everybody who waits for it."""
        async with self._writing:
            if self.told.version >= version and not self._unwritten:
                return
            session, lines = self.session, list(self._unwritten)
            try:
                await self._thread.run(self._add, lines)
            except OSError as error:
                log.warning("%s was not written: %s", self._path.name, error.strerror)
                self.trouble = _NO_ROOM
                self._try_again()
            else:
                del self._unwritten[: len(lines)]
                self.trouble = ""
            self.told = session
            self.touch()

    def _add(self, lines: list[Any]) -> None:
        if self._path.exists():  # else the session was deleted or forgotten
            journal.add(self._path, lines, durably=True)

    def _try_again(self) -> None:
        loop = asyncio.get_running_loop()

        def write() -> None:
            self._again = None
            self._retry = loop.create_task(self._write(self.session.version))

        if self._again is None:
            self._again = loop.call_later(AGAIN_S, write)


def read_session(path: Path) -> Session:
    """Return the session of a file. Raises: OSError; ValueError where it is none."""
    return played(path.stem, read_events(path))


def read_events(path: Path) -> list[Event]:
    """Return what happened, in its order. Raises: OSError; ValueError for no session's name."""
    if not ID.fullmatch(path.stem):
        raise ValueError("not a session's name")
    return [event for event in journal.entries(path, _event) if event is not None]


def _latest_ms(session: Session) -> int:
    """Return the latest time that a session tells of."""
    times = (max(wish.at, wish.sent_at) for wish in session.wishes.values())
    return max(session.started, session.ended, *times)


def _event(line: Any) -> Event | None:
    """Return a line's event, None for the head. Raises: ValueError, TypeError."""
    if isinstance(line, dict):
        return None
    at, kind, data = line
    return Event(str(kind), dict(data), int(at))


def _line(event: Event) -> list[Any]:
    return [event.at, event.kind, event.data]
