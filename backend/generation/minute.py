"""What left within the last minute, by a clock that only goes forward.

The database notes sends by the computer's clock, which a person or a time server may set back:
then those of the last minute would lie in the future, or be counted on the wrong side of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

MINUTE_S = 62.0
"""A minute and two seconds: a request arrives some time after it is noted, and the platform counts
it then. Noted a minute apart, the first could arrive late and the last at once."""

SHORTEST_WAIT_S = 0.05


class Minute:
    """Remembers this program's own sends. `reading` counts seconds; where it goes back, it stands.

    Not for several threads at once: it is the ledger's.
    """

    def __init__(self, reading: Callable[[], float]) -> None:
        self._reading, self._last, self._now = reading, reading(), 0.0
        self._left: list[tuple[float, str, str]] = []  # when, which run, to whom; the oldest first

    def remember(self, before: Iterable[tuple[float, str]]) -> None:
        """Count sends of before this start, by their age in seconds and to whom they went.

        One that seems to lie ahead was sent just now.
        """
        now = self._tick()
        self._left += [(now - max(0.0, age_s), "", source) for age_s, source in before]
        self._left.sort()

    def note(self, run_id: str, source: str = "") -> None:
        """Count a send that leaves now, to `source`."""
        self._left.append((self._tick(), run_id, source))

    def take_back(self, run_id: str) -> None:
        """Forget the last send of a run: it never left."""
        for index in reversed(range(len(self._left))):
            if self._left[index][1] == run_id:
                del self._left[index]
                return

    def wait_s(
        self, limit: int, ahead: int = 0, counts: Callable[[str], bool] | None = None
    ) -> float:
        """Return the seconds until one more may leave, 0 for now, if `ahead` others leave before.

        `limit` is how many may leave in any minute, at least 1; `counts` says whether one to a
        source does, where not all do.
        """
        now = self._tick()
        left = self._left if counts is None else [one for one in self._left if counts(one[2])]
        times = [at for at, _, _ in left[-limit:]]
        for _ in range(ahead + 1):
            opens = times[-limit] + MINUTE_S if len(times) >= limit else now
            times.append(max(now, opens))
        return max(SHORTEST_WAIT_S, times[-1] - now) if times[-1] > now else 0.0

    def _tick(self) -> float:
        reading = self._reading()
        self._now += max(0.0, reading - self._last)
        self._last = reading
        while self._left and self._left[0][0] <= self._now - MINUTE_S:
            del self._left[0]
        return self._now
