"""The door of the room, as a session opens and closes it; who serves it stands above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from backend.sessions.live import Live

PORT = 7861
"""Where the room's door is, unless something else is asked for: beside the presenter's."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address of this computer under which phones may reach the door.

    `url` ends without a slash; `network` is the interface's own name. `reached`: a phone came in by
    it.
    """

    url: str
    network: str = ""
    reached: bool = False


class Doorway(Protocol):
    """Serves a session to the room, at most one at a time."""

    async def open(self, live: Live, host: str, port: int) -> int:
        """Serve this session and return the port; `host` "" is every address, `port` 0 any.

        Raises: InvalidInput naming `host` or `port` where it cannot be had; then it serves
        what it served before, where it did.
        """

    async def forget(self, session_id: str) -> None:
        """Show nothing more of a session that is not the one of now to who was in it."""

    async def leave(self) -> None:
        """Show nothing more of the session of now; stop serving once who was there was told so.

        Those who were in former ones keep their time.
        """

    async def close(self) -> None:
        """Stop serving. What is under way is cut."""

    @property
    def addresses(self) -> Sequence[Address]:
        """Where it is reached, the most likely first; empty while it is closed."""

    @property
    def news(self) -> str:
        """What has changed about that and the presenter should know, as a sentence, or ""."""
