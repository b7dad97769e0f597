"""Who has to wait after wrong passwords, and who is logged in. In memory."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from ui.door.credentials import as_bytes

SESSION_S = 12 * 3600.0
SESSIONS_MAX = 1_000


class Throttle:
    """Who has to wait after wrong passwords, before the next one is looked at.

    From the fifth wrong one on, the tries of an address (an IPv6 network counts as one) take turns,
    one each EACH_S; after the thirtieth over all addresses, the tries of all that were wrong
    before take turns too, one each EACH_OF_ALL_S. So a guesser gets at most five looks a second,
    and a right password always enters: whoever waits is picked by lot, however many wait. An hour
    without a wrong one is forgiven. Of several machines each takes its part of the turns.
    """

    FREE, FREE_OF_ALL = 5, 30
    EACH_S, EACH_OF_ALL_S = 0.2, 0.1
    WAITING_MAX = 200
    FORGIVEN_S = 3_600.0
    ADDRESSES_MAX = 10_000

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._of_all = (0, 0.0)
        self._queues: dict[str, list[asyncio.Future[bool]]] = {}
        self._pumps: set[asyncio.Task[None]] = set()
        self._machines = 1

    def __len__(self) -> int:
        """Return how many addresses are remembered."""
        return len(self._failures)

    def slows(self, address: str) -> bool:
        """Whether the tries of `address` take turns now."""
        return self._count(self._failures.get(network_of(address))) >= self.FREE

    async def turn(self, address: str) -> bool:
        """Return when a try of `address` may be looked at; False where it had to make room.

        That happens to one by lot where more than WAITING_MAX wait: the newest never.
        """
        network = network_of(address)
        if self.slows(address) and not await self._queue(network, self.EACH_S):
            return False
        of_all = self._count(self._of_all) >= self.FREE_OF_ALL
        if of_all and network in self._failures:
            return await self._queue("", self.EACH_OF_ALL_S)
        return True

    def failed(self, address: str) -> None:
        network = network_of(address)
        self._failures[network] = self._one_more(self._failures.pop(network, None))
        self._of_all = self._one_more(self._of_all)
        if len(self._failures) > self.ADDRESSES_MAX:
            self._failures.popitem(last=False)

    def heard(self, address: str, times: int, of_all: int, machines: int) -> None:
        """Take over how many wrong ones other machines saw from there, and over all addresses.

        `machines` there are that look at passwords, this one among them.
        """
        network, now = network_of(address), self._clock()
        self._machines = max(1, machines)
        if times > self._count(self._failures.get(network)):
            self._failures[network] = times, now
        if of_all > self._count(self._of_all):
            self._of_all = of_all, now

    def succeeded(self, address: str) -> bool:
        """Forget the wrong ones of this address; whether there were any."""
        return self._failures.pop(network_of(address), None) is not None

    async def _queue(self, name: str, each_s: float) -> bool:
        waiting = self._queues.get(name)
        if waiting is None:
            waiting = self._queues[name] = []
            pump = asyncio.create_task(self._pump(name, each_s))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)
        elif len(waiting) >= self.WAITING_MAX:
            _picked(waiting).set_result(False)
        mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        waiting.append(mine)
        try:
            return await mine
        finally:
            if mine in waiting:
                waiting.remove(mine)

    async def _pump(self, name: str, each_s: float) -> None:
        """Let one go, wait, let the next one go, until none is left."""
        while waiting := self._queues[name]:
            _picked(waiting).set_result(True)
            await self._sleep(each_s * self._machines)
        del self._queues[name]

    def _count(self, failures: tuple[int, float] | None) -> int:
        if failures is None or self._clock() - failures[1] > self.FORGIVEN_S:
            return 0
        return failures[0]

    def _one_more(self, before: tuple[int, float] | None) -> tuple[int, float]:
        return self._count(before) + 1, self._clock()


def _picked(waiting: list[asyncio.Future[bool]]) -> asyncio.Future[bool]:
    return waiting.pop(secrets.randbelow(len(waiting)))


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


def network_of(address: str) -> str:
    """Return what counts as one caller: an IPv4 address, or an IPv6 network of one household."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(found if found.version == 4 else ipaddress.ip_network((found, 64), strict=False))


def _digest(token: str) -> bytes:
    return hashlib.sha256(as_bytes(token)).digest()
