"""Who has to wait after wrong passwords, and who is logged in. In memory."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from ui.door.credentials import as_bytes

SESSION_S = 12 * 3600.0
SESSIONS_MAX = 1_000


class Throttle:
    """Who has to wait after wrong passwords: 10 s after the fifth, then twice as long each time.

    Per address (an IPv6 network counts as one) up to 15 minutes, and over all addresses up to one
    minute, from the thirtieth wrong password on. An hour without any is forgiven.
    """

    FREE, FREE_OF_ALL = 5, 30
    FIRST_S, LONGEST_S, LONGEST_OF_ALL_S = 10.0, 900.0, 60.0
    FORGIVEN_S = 3_600.0
    ADDRESSES_MAX = 10_000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._of_all = (0, 0.0)

    def __len__(self) -> int:
        """Return how many addresses are remembered."""
        return len(self._failures)

    def wait_s(self, address: str) -> float:
        """Return the seconds until `address` may try again, 0 for now."""
        mine = self._failures.get(_network(address), (0, 0.0))
        return max(
            self._left_s(mine, self.FREE, self.LONGEST_S),
            self._left_s(self._of_all, self.FREE_OF_ALL, self.LONGEST_OF_ALL_S),
        )

    def failed(self, address: str) -> None:
        network = _network(address)
        self._failures[network] = self._one_more(self._failures.pop(network, (0, 0.0)))
        self._of_all = self._one_more(self._of_all)
        if len(self._failures) > self.ADDRESSES_MAX:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        self._failures.pop(_network(address), None)

    def _one_more(self, before: tuple[int, float]) -> tuple[int, float]:
        now = self._clock()
        forgiven = now - before[1] > self.FORGIVEN_S
        return (1 if forgiven else before[0] + 1), now

    def _left_s(self, failures: tuple[int, float], free: int, longest_s: float) -> float:
        count, last = failures
        if count < free:
            return 0.0
        wait_s = min(longest_s, self.FIRST_S * 2.0 ** min(count - free, 20))
        return max(0.0, last + wait_s - self._clock())


class Sessions:
    """Who is logged in, in memory: a restart logs everybody out. Tokens are kept as hashes only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._ends)

    def open(self) -> str:
        """Return a new token (256 random bits), good for 12 hours."""
        token = secrets.token_urlsafe(32)
        self._ends[_digest(token)] = self._clock() + SESSION_S
        while len(self._ends) > SESSIONS_MAX:
            self._ends.popitem(last=False)
        return token

    def is_open(self, token: str) -> bool:
        return self._ends.get(_digest(token), -math.inf) > self._clock()

    def close(self, token: str) -> None:
        self._ends.pop(_digest(token), None)


def _network(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or an IPv6 network of one household."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))


def _digest(token: str) -> bytes:
    return hashlib.sha256(as_bytes(token)).digest()
