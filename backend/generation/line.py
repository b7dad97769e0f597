"""First come, first served: runs that a limit holds back leave in the order of their clicks."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, insort
from collections.abc import Iterator
from contextlib import contextmanager

Order = tuple[int, int]
"""A job's number since the start, and the run's index in it."""


class Spot:
    """A run's place in the line, for as long as it stands there."""

    def __init__(self, line: Line, order: Order) -> None:
        self._line, self._order = line, order
        self.called = asyncio.Event()

    @property
    def ahead(self) -> int:
        """How many stand before it."""
        return self._line.before(self._order)

    async def first(self) -> None:
        """Return once nobody stands before it."""
        while self.ahead:
            self.called.clear()
            await self.called.wait()


class Line:
    """Those who wait. Who comes late with an earlier order still stands before the others."""

    def __init__(self) -> None:
        self._orders: list[Order] = []
        self._spots: dict[Order, Spot] = {}

    @contextmanager
    def spot(self, order: Order) -> Iterator[Spot]:
        """Stand in line; at the end whoever is first then is called."""
        insort(self._orders, order)
        self._spots[order] = spot = Spot(self, order)
        try:
            yield spot
        finally:
            del self._spots[order], self._orders[self.before(order)]
            if self._orders:
                self._spots[self._orders[0]].called.set()

    def before(self, order: Order) -> int:
        """Return how many stand before this order."""
        return bisect_left(self._orders, order)
