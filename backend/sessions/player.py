"""Plays a rehearsal through the same reducer as a session under way. Nothing is sent, ever.

What marks it as recorded is put on every state here: no file and no page can leave it out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backend.errors import InvalidInput
from backend.said import listed, msg, msg_n
from backend.sessions.book import Followed
from backend.sessions.demo import Demo, sha256_of
from backend.sessions.reducer import after, begun
from backend.sessions.state import Event, Session
from backend.text import shortened

SPEED_MAX = 20.0
LONGEST_MIN_S = 0.1
LONGEST_MAX_S = 3_600.0

_TOLD_CHARS = 60
_OWN = frozenset({"scene", "paused", "joined", "ended"})
"""What presenter and room may change of what is played: how it is shown, and who looks on."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How the waits are played: `speed` times as fast, none longer than `longest_s`."""

    speed: float = 1.0
    longest_s: float | None = None

    def waits(self, demo: Demo) -> list[float]:
        """Return the seconds before each event."""
        before, found = 0, []
        for at, _ in demo.timed:
            wait_s = (at - before) / 1000 / self.speed
            found.append(wait_s if self.longest_s is None else min(wait_s, self.longest_s))
            before = at
        return found

    def shortens(self, demo: Demo) -> bool:
        """Whether the waits are not the real ones."""
        return self.waits(demo) != Pace().waits(demo)


class Playback(Followed):
    """A rehearsal as a session: `play` lets its events happen, nobody else may add any."""

    def __init__(
        self,
        session_id: str,
        demo: Demo,
        *,
        missing: Sequence[str] = (),
        shortened: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.demo, self._shortened, self._clock = demo, shortened, clock
        (_, plan), *rest = demo.timed
        session = begun(session_id, replace(plan, at=self._now()))
        for _, event in rest:  # so that whoever looks on now takes nobody's name
            if event.kind == "joined":
                session = after(session, event)
        super().__init__(self._marked(session))
        self.trouble = _missing(demo, missing)

    def play(self, event: Event) -> None:
        """Let something recorded happen now."""
        if event.kind not in ("plan", "joined"):
            self._take(event.kind, event.data)

    async def note(self, kind: str, **data: Any) -> None:
        """Let presenter or room change what is theirs. Raises: InvalidInput for all else."""
        if kind not in _OWN:
            raise InvalidInput(msg("This is a recording."), msg("Stop it to go on live."))
        self._take(kind, data)

    async def close(self) -> None:
        """A recording writes nothing: there is nothing to wait for."""

    def _take(self, kind: str, data: Any) -> None:
        self.session = self.told = self._marked(after(self.session, Event(kind, data, self._now())))
        self.touch()

    def _marked(self, session: Session) -> Session:
        return replace(session, recorded_on=self.demo.recorded_on, shortened=self._shortened)

    def _now(self) -> int:
        return int(self._clock() * 1000)


class Player:
    """Lets a rehearsal's events happen in their time; `clock` only goes forward."""

    def __init__(
        self,
        book: Playback,
        demo: Demo,
        pace: Pace,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._book, self._clock, self._sleep = book, clock, sleep
        self._events = [event for _, event in demo.timed]
        self._waits = pace.waits(demo)
        self._due, self._then_s = clock(), sum(self._waits)
        self._stood: float | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def left_s(self) -> float:
        """How many seconds it still takes, to the millisecond. A pause stands still."""
        since = self._clock() if self._stood is None else self._stood
        return round(max(0.0, self._due - since) + self._then_s, 3)

    def begin(self) -> None:
        """Start; needs a running loop."""
        self._task = asyncio.create_task(self._run())

    async def restore(self) -> None:
        """Nothing was sent."""

    async def close(self) -> None:
        """Stop where it stands."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        self._due = self._clock()
        for wait_s, event in zip(self._waits, self._events, strict=True):
            self._due += wait_s
            self._then_s -= wait_s
            await self._pass()
            if self._book.session.ended:
                return
            self._book.play(event)

    async def _pass(self) -> None:
        """Return once what comes next is due; a pause puts that off."""
        while True:
            since = self._clock()
            if self._book.session.paused:
                self._stood = since
                await self._book.changed()
                self._due += self._clock() - since
                self._stood = None
            elif since >= self._due or await self._slept(self._due - since):
                return

    async def _slept(self, seconds: float) -> bool:
        """Sleep until the end, or until something happens: then return False."""
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        changing = asyncio.ensure_future(self._book.changed())
        try:
            await asyncio.wait({sleeping, changing}, return_when=asyncio.FIRST_COMPLETED)
            return sleeping.done()
        finally:
            sleeping.cancel()
            changing.cancel()


def _missing(demo: Demo, digests: Sequence[str]) -> str:
    """Say which pictures are missing, by their words."""
    gone = set(digests)
    texts = [
        msg("“{text}”", text=shortened(wish.text, _TOLD_CHARS))
        for wish in demo.wishes
        if wish.picture is not None and sha256_of(wish.picture.image)[1] in gone
    ]
    if not texts:
        return ""
    return msg_n(
        "1 picture of this recording is missing and stays grey: {texts}",
        "{n} pictures of this recording are missing and stay grey: {texts}",
        len(texts),
        texts=listed(texts),
    )
