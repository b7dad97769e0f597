"""Rehearsals: a session is kept as one, played again, or stands in for the platform.

Playing and standing in need no network, and send nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend import __version__
from backend.background import Thread
from backend.errors import InvalidInput, NotStored
from backend.generation.turns import Payer
from backend.images.own_record import APP
from backend.redact import redact
from backend.said import msg
from backend.sessions.asked import yes
from backend.sessions.demo import Demo, sha256_of
from backend.sessions.demos import Demos
from backend.sessions.pictures import KEPT_PX, Pictures, ReaderOf
from backend.sessions.player import LONGEST_MAX_S, LONGEST_MIN_S, SPEED_MAX, Pace, Playback, Player
from backend.sessions.recording import day_of, lines_of, pictures_of, text_of
from backend.sessions.rehearsal import rehearsed_of, waits
from backend.sessions.sender import Sender
from backend.sessions.sessions import Sessions
from backend.sessions.state import TITLE_MAX_CHARS, Event, Picture
from backend.text import shortened
from backend.types import OFFLINE


@dataclass(frozen=True, slots=True)
class Listed:
    """A rehearsal, and the digests of its images that are missing."""

    demo: Demo
    missing: tuple[str, ...]


class Rehearsals:
    """`folder` holds one of its own for each. `reader_of` gives what reads a stored image."""

    def __init__(
        self,
        folder: Path,
        sessions: Sessions,
        payer: Payer,
        reader_of: ReaderOf,
        keys: Callable[[], Iterable[str]],
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sessions, self._payer, self._keys = sessions, payer, keys
        self._clock, self._sleep = clock, sleep
        self._demos, self._thread = Demos(folder), Thread("rehearsals")
        self.pictures = Pictures(self._demos, reader_of)

    async def begin(self) -> None:
        """Put right what a crash left."""
        await self._thread.run(self._demos.sweep)

    def close(self) -> None:
        """End the threads. Blocks until what they do is done."""
        self._thread.close()
        self.pictures.close()

    async def all(self) -> list[Listed]:
        """Return all rehearsals, the newest first."""

        def read() -> list[Listed]:
            return [Listed(demo, tuple(self._demos.missing(demo))) for demo in self._demos.all()]

        return await self._thread.run(read)

    @property
    def playing(self) -> str:
        """The name of the rehearsal that is played now, "" where none is."""
        live = self._sessions.live
        book = live.book if live is not None else None
        return book.demo.name if isinstance(book, Playback) and not book.session.ended else ""

    @property
    def left_s(self) -> float | None:
        """How many seconds what is played still takes, None where nothing is."""
        sender = self._sessions.live and self._sessions.live.sender
        return sender.left_s if isinstance(sender, Player) else None

    async def keep(self, session_id: object = None, name: object = "") -> str:
        """Keep a session, that of now unless another is named, as a rehearsal; return its name.

        Raises: InvalidInput, NotStored; then nothing is kept.
        """
        if session_id is None:
            live = self._sessions.require()
            if isinstance(live.book, Playback):
                raise InvalidInput(msg("This is a recording already."), "")
            session_id = live.session.id
        events = await self._sessions.events(str(session_id))
        plan = events[0].data
        title = shortened(str(name or "").strip() or str(plan.get("title", "")), TITLE_MAX_CHARS)
        try:
            images = await self._images(pictures_of(events))
            lines = lines_of(events, {image: digest for image, (digest, _) in images.items()})
        except ValueError as error:
            raise InvalidInput(msg("This session cannot be read."), "") from error
        header = self._header(title, str(session_id), events[0])
        text = redact(text_of(header, lines), self._keys())
        try:
            return await self._thread.run(self._demos.write, title, text, dict(images.values()))
        except OSError as error:
            raise NotStored(
                msg("The disk cannot take the recording."), msg("Free some space, then try again.")
            ) from error

    async def play(self, name: str, asked: Mapping[str, Any]) -> None:
        """Play a rehearsal as the session of now; the one under way rests meanwhile.

        `asked` may hold `speed`, 1 to 20 times, and `longest_s`, the longest wait in seconds;
        `host` and `port` of the room's door. Raises: InvalidInput.
        """
        pace = Pace(
            _number(asked, "speed", 1.0, 1.0, SPEED_MAX) or 1.0,
            _number(asked, "longest_s", None, LONGEST_MIN_S, LONGEST_MAX_S),
        )
        demo, missing = await self._read(name)
        book = Playback(
            secrets.token_hex(16),
            demo,
            missing=missing,
            shortened=pace.shortens(demo),
            clock=self._clock,
        )
        player = Player(book, demo, pace, sleep=self._sleep)
        await self._sessions.put_on(book, player, asked.get("host"), asked.get("port"))

    async def stop(self) -> None:
        """Stop playing; the session that rests meanwhile is there again."""
        await self._sessions.take_off()

    async def rehearse(self, on: object = True, name: object = None) -> None:
        """Let a rehearsal, the newest unless one is named, stand in for the platform, or no longer.

        Raises: InvalidInput.
        """
        on = yes({} if on is None else {"on": on}, "on")
        sender = self._sessions.require().sender
        if not isinstance(sender, Sender):
            raise InvalidInput(msg("This is a recording."), msg("Stop it to go on live."))
        if not on:
            await sender.go_live()
            return
        demo, missing = await self._read(name)
        gone = frozenset(missing)

        def there(picture: Picture) -> bool:
            return sha256_of(picture.image)[1] not in gone

        rehearsed = rehearsed_of(demo.wishes, waits(demo.timed), there)
        await sender.rehearse(rehearsed, demo.recorded_on)

    async def delete(self, name: str) -> None:
        """Delete a rehearsal. Raises: InvalidInput."""
        if self.playing == name:
            await self.stop()
        try:
            found = await self._thread.run(self._demos.remove, name)
        except OSError as error:
            raise InvalidInput(
                msg("The recording cannot be deleted ({reason}).", reason=error.strerror or "?"),
                msg("Check the data folder."),
            ) from error
        self.pictures.forget()
        if not found:
            raise InvalidInput(_GONE, "")

    async def forget(self, session_id: str) -> None:
        """Delete all that were made of a session. Raises: OSError; then once more does the rest."""
        await self._thread.run(self._demos.forget, session_id)
        self.pictures.forget()

    async def _read(self, name: object) -> tuple[Demo, list[str]]:
        """Return a rehearsal, the newest for None, and what it misses. Raises: InvalidInput."""

        def read() -> tuple[Demo, list[str]] | None:
            if name is None:
                demo = next(iter(self._demos.all()), None)
            else:
                demo = self._demos.read(name) if isinstance(name, str) else None
            return None if demo is None else (demo, self._demos.missing(demo))

        found = await self._thread.run(read)
        if found is None:
            hint = msg("Keep a session as a rehearsal first.") if name is None else ""
            raise InvalidInput(_GONE if name is not None else _NONE, hint)
        return found

    async def _images(self, images: Iterable[str]) -> dict[str, tuple[str, bytes]]:
        """Return (SHA-256, WebP) of each image that can be read."""
        found = {}
        for image in dict.fromkeys(images):
            picture = Picture(image, None, None, None, "")
            data = await self.pictures.picture_bytes(picture, KEPT_PX, grey=False)
            if data is not None:
                found[image] = (hashlib.sha256(data).hexdigest(), data)
        return found

    def _header(self, title: str, session_id: str, plan: Event) -> dict[str, Any]:
        models, model = self._payer.models, str(plan.data.get("model", ""))
        offline = self._payer.of(model).connection.source == OFFLINE
        return {
            "demo": 1,
            "title": title,
            "recorded": day_of(plan.at),
            "model": model,
            "provider": OFFLINE if offline or model not in models else models[model].provider,
            "program": f"{APP} {__version__}",
            "session": session_id,
        }


_GONE = msg("This recording is not there any more.")
_NONE = msg("There is no recording yet.")


def _number(
    asked: Mapping[str, Any], name: str, default: float | None, least: float, most: float
) -> float | None:
    value = asked.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InvalidInput(
            msg(
                "{name} must be a number from {least} to {most}.",
                name=name,
                least=least,
                most=most,
            ),
            field=name,
        )
    return float(value)
