"""Wrong codes are answered late, so that trying them all takes hours; right ones never are.

And nobody sends much faster than a hand does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

LATE_S = 1.0
HELD_MAX = 20
"""Wrong codes that are held open at once; further ones are turned away."""


DEEDS_AT_ONCE = 5.0
DEEDS_A_SECOND = 1.0
"""What a visitor may send: more than a hand does, less than fills a session."""


class Deeds:
    """Counts what each visitor sends. `clock` only goes forward, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def may(self, visitor_id: str) -> bool:
        """Whether somebody may do one more thing now: some at once, then one a second."""
        now = self._clock()
        left, at = self._left.get(visitor_id, (DEEDS_AT_ONCE, now))
        left = min(DEEDS_AT_ONCE, left + (now - at) * DEEDS_A_SECOND)
        self._left[visitor_id] = (left - 1 if left >= 1 else left), now
        return left >= 1


class Knocks:
    """Counts who stands before the door with a wrong code."""

    def __init__(self, late_s: float = LATE_S, held_max: int = HELD_MAX) -> None:
        self._late_s, self._most, self._held = late_s, held_max, 0

    async def wrong(self) -> bool:
        """Let a wrong code wait; False at once where too many wait already."""
        if self._held >= self._most:
            return False
        self._held += 1
        try:
            await asyncio.sleep(self._late_s)
        finally:
            self._held -= 1
        return True
