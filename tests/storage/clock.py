"""A studio whose clock is the test's: who waits for a limit or for midnight waits no time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from backend.studio import Studio

NOON = 1_800_014_400.0
"""Noon of a day in UTC, in seconds since 1970."""


class Clock:
    """A clock of the test's own: who sleeps moves it on, unless it stands; `asleep` counts them."""

    def __init__(self) -> None:
        self.now, self.stands = NOON, False
        self.asleep = 0

    def __call__(self) -> float:
        self.now += 0.001  # no two clicks at the same moment
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.asleep += 1
        try:
            await asyncio.sleep(0)
            while self.stands:
                await asyncio.sleep(0.01)
            self.now += seconds
        finally:
            self.asleep -= 1


OpenTimed = Callable[..., AbstractAsyncContextManager[Studio]]
"""Opens a studio by the fields of its `Limits`."""


async def until(condition: Callable[[], object]) -> None:
    """Return once it holds, what it gives awaited where that can be."""
    async with asyncio.timeout(30):
        while True:
            found = condition()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.01)
