"""Logins that several machines share by their database; each asks it at most once a second."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError

from backend.storage.logins import Logins
from ui.door.credentials import Credentials, as_bytes
from ui.door.throttle import SESSION_S, Throttle, network_of

log = logging.getLogger(__name__)

ASKED_S = 1.0
"""So long an answer of the database's counts."""

KEPT_S = 600.0
"""So long who was in stays in while the database does not answer."""

_KEPT = 1_000


class SharedLogins:
    """Who is logged in on any machine. The tokens are nowhere, and no hash tells the password.

    A login counts for the user and password alone that it was made with.
    """

    def __init__(
        self,
        logins: Logins,
        credentials: Credentials,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._logins, self._clock = logins, clock
        self._made_with = as_bytes(f"\0{credentials.user}:{credentials.password}")
        self._open: OrderedDict[str, float] = OrderedDict()  # when the database said so

    async def open(self) -> str:
        """Return a new token (256 random bits), good for 12 hours. Raises: SQLAlchemyError."""
        token = secrets.token_urlsafe(32)
        digest = self._digest(token)
        await asyncio.to_thread(self._logins.open, digest, SESSION_S)
        self._keep(digest)
        return token

    async def are_open(self, tokens: Sequence[str]) -> list[str]:
        """Return those of the tokens that are good."""
        by = {self._digest(token): token for token in tokens}
        now = self._clock()
        if fresh := [d for d in by if now - self._open.get(d, -KEPT_S) < ASKED_S]:
            return [by[digest] for digest in fresh]
        if not by:
            return []
        try:
            found = await asyncio.to_thread(self._logins.are_open, list(by))
        except SQLAlchemyError:
            found = {d for d in by if now - self._open.get(d, -KEPT_S) < KEPT_S}
        else:
            for digest in by:
                self._open.pop(digest, None)
            for digest in found:
                self._keep(digest)
        return [by[digest] for digest in found]

    async def close(self, token: str) -> None:
        """Raises: SQLAlchemyError."""
        self._open.pop(self._digest(token), None)
        await asyncio.to_thread(self._logins.close, self._digest(token))

    # --- wrong passwords --------------------------------------------------------------------

    async def told(self, throttle: Throttle, address: str) -> None:
        """Let the throttle know what other machines saw of this address, where that can be had."""
        try:
            heard = await asyncio.to_thread(self._logins.times, network_of(address))
        except SQLAlchemyError:
            return
        throttle.heard(address, *heard)

    async def wrong(self, address: str) -> None:
        await self._noted(self._logins.wrong, address)

    async def right(self, address: str) -> None:
        await self._noted(self._logins.forgive, address)

    async def _noted(self, note: Callable[[str], None], address: str) -> None:
        try:
            await asyncio.to_thread(note, network_of(address))
        except SQLAlchemyError as error:  # this machine knows it all the same
            log.warning("other machines were not told of a log-in: %s", type(error).__name__)

    def _keep(self, digest: str) -> None:
        self._open[digest] = self._clock()
        while len(self._open) > _KEPT:
            self._open.popitem(last=False)

    def _digest(self, token: str) -> str:
        return hashlib.sha256(as_bytes(token) + self._made_with).hexdigest()
