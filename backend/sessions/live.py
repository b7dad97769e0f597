"""The session of now in one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from backend.sessions.book import Followed
from backend.sessions.desk import Desk
from backend.sessions.helper import Helper
from backend.sessions.room import Room
from backend.sessions.rounds import Rounds
from backend.sessions.state import Session


class Maker(Protocol):
    """Whoever makes pictures of wishes: the platform by way of us, or a recording."""

    def begin(self) -> None:
        """Start; needs a running loop."""

    async def restore(self) -> None:
        """Learn what became of what was under way when the program ended."""

    async def close(self) -> None:
        """Make nothing more."""


@dataclass(frozen=True, slots=True)
class Live:
    """The session of now, as the presenter, a helper, the room and the sender use it.

    Without `rounds` no variants can be made in it.
    """

    book: Followed
    desk: Desk
    helper: Helper
    room: Room
    sender: Maker
    rounds: Rounds | None = None

    @property
    def session(self) -> Session:
        """The session as it may be told."""
        return self.book.told

    async def close(self) -> None:
        """Send nothing more, and write down what came of what was sent."""
        if self.rounds is not None:
            self.rounds.close()
        await self.sender.close()
        await self.book.close()
