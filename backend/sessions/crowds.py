"""Many ideas from one address: they are told apart from the others, nobody is refused for it.

Addresses stay in memory, as long as the session does: no file and no page has any.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from backend.sessions.state import IN_LINE, Session, Wish, WishState

CROWD = 5
"""So many ideas of one address may wait before they are a crowd."""

HERE_S = 60.0
STAYS_S = 10.0
"""Who is seen again so long after coming stays: a program that throws its cookies away does not."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Waiting wishes from one address, which `number` stands for: their ids, oldest first."""

    number: int
    wishes: tuple[str, ...]


class Crowds:
    """Who came from where. `clock` only goes forward, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._addresses: dict[str, str] = {}
        self._came: dict[str, float] = {}
        self._seen: dict[str, float] = {}
        self._numbers: dict[str, int] = {}

    def note(self, visitor: str, address: str) -> None:
        """Somebody of the room asked for something from this address."""
        self._addresses[visitor] = address

    def note_seen(self, visitor: str) -> None:
        """Somebody is still there."""
        now = self._clock()
        self._came.setdefault(visitor, now)
        self._seen[visitor] = now

    @property
    def here(self) -> int:
        """How many were seen in the last minute: a phone that sleeps holds no stream."""
        since = self._clock() - HERE_S
        return sum(at > since for at in self._seen.values())

    def of(self, session: Session) -> list[Crowd]:
        """Return the crowds of a session, none for an address that most of the room shares."""
        found: dict[str, list[str]] = {}
        for wish in session.wishes.values():
            address = self._addresses.get(wish.visitor)
            if address is not None and _waits(session, wish):
                found.setdefault(address, []).append(wish.id)
        large = {address: ids for address, ids in found.items() if len(ids) > CROWD}
        shared = self._shared() if large else None
        return [
            Crowd(self._number(address), tuple(ids))
            for address, ids in large.items()
            if address != shared
        ]

    def joins(self, session: Session, visitor: str) -> bool:
        """Whether one more wish of this visitor would be part of a crowd."""
        address = self._addresses.get(visitor)
        if address is None:
            return False
        waiting = sum(
            self._addresses.get(wish.visitor) == address and _waits(session, wish)
            for wish in session.wishes.values()
        )
        return waiting >= CROWD and address != self._shared()

    def _shared(self) -> str | None:
        """Return the address that most of the room comes from, where there is one.

        Those who stay count, and each address for one at least.
        """
        since = self._clock() - HERE_S
        people = Counter(set(self._addresses.values()))
        for visitor, address in self._addresses.items():
            seen, came = self._seen.get(visitor, 0.0), self._came.get(visitor, 0.0)
            people[address] += seen > since and seen - came >= STAYS_S
        if not people:
            return None
        address, most = people.most_common(1)[0]
        return address if 2 * most > people.total() else None

    def _number(self, address: str) -> int:
        return self._numbers.setdefault(address, len(self._numbers) + 1)


def _waits(session: Session, wish: Wish) -> bool:
    """Whether it waits; what the presenter has approved is none of a crowd."""
    by_hand = session.plan.approve and not session.plan.menu
    return wish.state is WishState.WAITING if by_hand else wish.state in IN_LINE
