"""A session as its phones use it: who they are, what each sees, when there is something new."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import time
import zlib
from contextlib import suppress

from backend.errors import InvalidInput
from backend.said import msg
from backend.sessions.live import Live
from backend.sessions.room import VISITORS_MAX
from backend.sessions.state import Door
from ui.audience.knocks import Deeds
from ui.present.phone import STAYS_S, PhoneView

COOKIE_S = 12 * 3600
_VALUE = re.compile(r"[0-9a-f]{32}", re.ASCII)

PACE_S = 0.1
"""Phones are told of what happens within such a time in one go."""

LOOK_S = 5.0
"""How often they look again though nothing happened."""


def number_of(text: str) -> int:
    """Return the number by which a phone names the state that it was told last."""
    return zlib.crc32(text.encode())


def new_key() -> str:
    """Return what a phone keeps in its cookie: 128 random bits as hex digits."""
    return secrets.token_hex(16)


def _id_of(key: str) -> str:
    """Return the id of who has this cookie: the session's file holds no key."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


class Tickets:
    """Names of the session's images that mean nothing elsewhere, and die with the session."""

    def __init__(self) -> None:
        self._tickets: dict[str, str] = {}
        self._wishes: dict[str, str] = {}

    def of(self, wish_id: str) -> str:
        """Return the ticket of a wish's image."""
        if wish_id not in self._tickets:
            ticket = self._tickets[wish_id] = secrets.token_hex(12)
            self._wishes[ticket] = wish_id
        return self._tickets[wish_id]

    def wish(self, ticket: str) -> str:
        """Return the wish of a ticket, "" where it is none of ours."""
        return self._wishes.get(ticket, "")


class Guests:
    """`begin` before use; `close` ends all streams."""

    def __init__(self, live: Live) -> None:
        self.live, self.tickets, self.closed = live, Tickets(), False
        self.forgotten = False
        """Whether nobody is to see anything of it any more."""
        self.cookie = f"room_{live.session.id[:12]}"
        self._early: set[str] = set()
        self.deeds = Deeds()
        self._waiting: set[asyncio.Future[None]] = set()
        self._view = self._look()
        self._following: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Follow the session, also once more after `close`; needs a running loop."""
        if self.forgotten:
            return
        self.closed = False
        if self._following is None:
            self._following = asyncio.create_task(self._follow())

    async def forget(self) -> None:
        """Know nobody any more, and end all streams."""
        self.forgotten = True
        await self.close()

    async def close(self) -> None:
        """End all streams."""
        self.closed = True
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following
            self._following = None
        self._wake()

    @property
    def ended(self) -> bool:
        """Whether the session has ended."""
        return self.live.book.session.door is Door.ENDED

    @property
    def over(self) -> bool:
        """Whether it ended so long ago that nothing of it is left to see."""
        session = self.live.session
        return session.door is Door.ENDED and time.time() - session.ended / 1000 > STAYS_S

    def visitor(self, key: str) -> str:
        """Return the id of the visitor with this cookie, "" where it is nobody's here."""
        if self.forgotten or not _VALUE.fullmatch(key):
            return ""
        visitor_id = _id_of(key)
        known = visitor_id in self.live.book.session.visitors or visitor_id in self._early
        return visitor_id if known else ""

    async def enter(self, key: str) -> None:
        """Let somebody in who knows the code: now, or once the door opens.

        Raises: InvalidInput where the room is full.
        """
        visitor_id = _id_of(key)
        if self.live.book.session.door is Door.OPEN:
            await self.live.room.join(visitor_id)
        elif len(self._early) >= VISITORS_MAX:
            raise InvalidInput(msg("The room is full."), "")
        else:
            self._early.add(visitor_id)

    def came(self, visitor_id: str, address: str) -> None:
        """Somebody asked for something from this address, which is remembered for crowds alone."""
        self.live.room.crowds.note(visitor_id, address)

    async def text(self, visitor_id: str) -> str:
        """Return what a visitor sees now, as JSON; who came early joins as the door opens."""
        if visitor_id in self._early and self.live.book.session.door is Door.OPEN:
            with suppress(InvalidInput):  # full: it waits on
                await self.live.room.join(visitor_id)
                self._early.discard(visitor_id)
        if visitor_id not in self._early:
            self.live.room.note_seen(visitor_id)
        if self._view.session is not self.live.session or self._view.over != self.over:
            self._view = self._look()
        return self._view.text(visitor_id)

    def news(self) -> asyncio.Future[None]:
        """Return what is done once phones should look again, be it that all is as it was."""
        waits: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waits)
        waits.add_done_callback(self._waiting.discard)
        if self.closed:
            waits.set_result(None)
        return waits

    def _look(self) -> PhoneView:
        return PhoneView(self.live.session, self.tickets.of, over=self.over)

    async def _follow(self) -> None:
        while True:
            seen = self.live.session.version
            self._wake()
            await asyncio.sleep(PACE_S)
            with suppress(TimeoutError):  # wait_for can lose that it is to end
                async with asyncio.timeout(LOOK_S):
                    await self.live.book.later_than(seen)

    def _wake(self) -> None:
        for waits in list(self._waiting):
            if not waits.done():
                waits.set_result(None)
