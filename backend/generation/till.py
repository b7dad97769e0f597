"""What the account held before a send, and after one in doubt: no send ever waits to know it.

The balance before is one that somebody asked for anyway, while nothing was under way. Whether the
platform charges at once nobody knows (its document says nothing): "not charged" is so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from backend.generation.jobs import Balances
from backend.generation.turns import Standing
from backend.wire.connection import Connection


@dataclass(frozen=True, slots=True)
class _Before:
    amount: Decimal
    move: int
    connection: Connection


class Till:
    """Knows the balances of the sends of one program."""

    def __init__(self) -> None:
        self._moves = self._under_way = 0  # sends and ends of sends so far
        self._before: dict[str, _Before] = {}

    @contextmanager
    def send(self, run_id: str, standing: Standing) -> Iterator[None]:
        """Note what was known before the send that happens within; nothing is, afterwards."""
        amount = None if self._under_way else standing.known_balance()
        self._before.pop(run_id, None)
        if amount is not None:
            self._before[run_id] = _Before(amount, self._moves, standing.connection)
        self._move(1, standing)
        try:
            yield
        finally:
            self._move(-1, standing)

    def forget(self, run_id: str) -> None:
        """The run has ended without a doubt."""
        self._before.pop(run_id, None)

    async def after(self, run_id: str, standing: Standing) -> Balances | None:
        """Ask for the balance after a send in doubt, if the one before is known; free of charge."""
        before = self._before.pop(run_id, None)
        if before is None:
            return None
        amount = await standing.balance()
        if amount is None or standing.connection is not before.connection:
            return None
        return Balances(before.amount, amount, alone=self._moves == before.move + 2)

    def _move(self, by: int, standing: Standing) -> None:
        self._moves += 1
        self._under_way += by
        standing.forget_balance()
