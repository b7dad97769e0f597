"""Whether what the program stands on answers: the database, and a store where there is one.

A balancer asks often, and asks without a login: however many ask, each thing is looked at once a
second at most.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

import sqlalchemy as sa

log = logging.getLogger(__name__)

LOOKED_AT_S = 5.0
"""What has not answered by then does not answer."""

KEPT_S = 1.0


class Readiness:
    """Looks at things by their name; a look blocks, and raises where the thing does not answer."""

    def __init__(self, looks: Mapping[str, Callable[[], object]]) -> None:
        self._looks = dict(looks)
        self._found: dict[str, bool] = {}
        self._looked, self._looking = 0.0, asyncio.Lock()

    def add(self, name: str, look: Callable[[], object]) -> None:
        """Look at one thing more."""
        self._looks[name] = look

    async def found(self) -> Mapping[str, bool]:
        """Return whether each of them answers."""
        async with self._looking:
            if not self._found or time.monotonic() - self._looked > KEPT_S:
                answers = await asyncio.gather(*(self._look(name) for name in self._looks))
                self._found = dict(zip(self._looks, answers, strict=True))
                self._looked = time.monotonic()
            return self._found

    async def _look(self, name: str) -> bool:
        try:
            await asyncio.wait_for(asyncio.to_thread(self._looks[name]), LOOKED_AT_S)
        except Exception as error:  # whatever it is, it does not answer
            log.info("%s does not answer: %s", name, type(error).__name__)
            return False
        return True


def answers(engine: sa.Engine) -> Callable[[], object]:
    """Return the look at a database."""

    def look() -> None:
        with engine.connect() as db:
            db.execute(sa.select(1))

    return look
