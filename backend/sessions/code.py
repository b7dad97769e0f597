"""The four signs that open the audience's page: new every ten minutes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

SIGNS = "BCDFGHJKMNPQRSTVWXYZ23456789"
"""Consonants without L, and digits without 0 and 1: no words, nothing that looks alike."""

LENGTH = 4
ROTATES_S = 600.0
GOOD_FOR_S = 120.0
"""How long the code before is good after a change."""


class Codes:
    """The code of now, and the one before it. `clock` only goes forward."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[str], str] = secrets.choice,
    ) -> None:
        self._clock, self._draw = clock, draw
        self._code = ""
        self._code, self._since = self._new(), clock()
        self._before, self._good_until = "", 0.0

    @property
    def now(self) -> str:
        """The code to show; another one where its time is over."""
        if self._clock() - self._since >= ROTATES_S:
            self.rotate()
        return self._code

    @property
    def seconds_left(self) -> float:
        """How long the code of now stands yet."""
        return max(0.0, self._since + ROTATES_S - self._clock())

    def rotate(self) -> str:
        """Change the code at once; the one before is good for two more minutes."""
        self._before, self._good_until = self._code, self._clock() + GOOD_FOR_S
        self._code, self._since = self._new(), self._clock()
        return self._code

    def fits(self, given: str) -> bool:
        """Whether this opens the door, in any case and with blanks around."""
        typed = given.strip().upper()
        good = [self.now] + ([self._before] if self._clock() < self._good_until else [])
        return any(secrets.compare_digest(typed.encode(), code.encode()) for code in good if code)

    def _new(self) -> str:
        while (code := "".join(self._draw(SIGNS) for _ in range(LENGTH))) == self._code:
            pass
        return code
