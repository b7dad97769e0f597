"""What a plan costs now, and the digest by which starting it takes what somebody looked at."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from backend.errors import NOTHING, InvalidInput
from backend.experiments.pace import together_s
from backend.experiments.part import part_text, parts
from backend.experiments.plan import Plan, cache_key
from backend.generation.turns import Payer
from backend.library.pace import Usual
from backend.said import Said, joined, msg, msg_n
from backend.storage.rows import to_micro
from backend.types import Limits

_DIGEST = re.compile(r"([0-9a-f]{16})\.(\d{1,18})\.(\d{1,6})\.([0-9a-f]{32})\.([0-9a-f]{8})")
"""What was drawn, the price in micro-dollars, how many are sent, all that is asked for, of whom."""


class Past(Protocol):
    """What the library knows."""

    async def count_cached(self, keys: Sequence[str | None]) -> int: ...
    async def usual(self, model_id: str, source: str) -> Usual: ...


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan with what it costs now. `digest` names both: starting takes it.

    `price_usd` is None where no model of it has a listed price; `seconds` where none was used yet.
    `today` is how many of those to be sent the day's limit still holds, None without one.
    """

    plan: Plan
    digest: str
    cached: int
    to_send: int
    price_usd: Decimal | None
    seconds: float | None
    today: int | None
    notes: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody looked at: the draw, the price in micro-dollars, the sends, what is asked.

    And a hash of who was to answer.
    """

    draw: str
    micro: int
    count: int
    content: str
    asked_of: str

    def refuse_another(self, offer: Offer) -> None:
        """Raise PlanChanged where the offer of now is another one, or dearer."""
        now = read_digest(offer.digest)
        if now.asked_of != self.asked_of:
            raise PlanChanged(msg("Who answers has changed since it was looked at."), offer)
        if now.content != self.content:
            raise PlanChanged(msg("This is another plan than the one that was looked at."), offer)
        if now.micro > self.micro or now.count > self.count:
            raise PlanChanged(msg("It became dearer since it was looked at."), offer)


def read_digest(digest: object) -> Seen:
    """Return what the digest of an offer says. Raises: InvalidInput where it is none."""
    found = _DIGEST.fullmatch(digest) if isinstance(digest, str) else None
    if found is None:
        raise InvalidInput(
            msg("The digest of the plan is missing."),
            msg("Look at the plan first, and send its digest along."),
            field="digest",
        )
    return Seen(found[1], int(found[2]), int(found[3]), found[4], found[5])


class Pricer:
    """`left_today` counts what the day's limit still holds."""

    def __init__(
        self,
        payer: Payer,
        past: Past,
        left_today: Callable[[Limits], Awaitable[int | None]],
    ) -> None:
        self._payer, self._past, self._left_today = payer, past, left_today

    async def priced(self, planned: Plan, draw: str) -> Offer:
        """Return what a plan costs now; `draw` is what its seeds were drawn by."""
        standing = self._payer.of_all(cell.request.model for cell in planned.cells)
        source = standing.connection.source
        keys = [cache_key(cell.request, cell.repeat, source) for cell in planned.cells]
        keys_of: dict[str, list[str | None]] = {}
        for cell, key in zip(planned.cells, keys, strict=True):
            keys_of.setdefault(cell.request.model, []).append(key)
        to_send_of = {
            model_id: len(own) - await self._past.count_cached(own)
            for model_id, own in keys_of.items()
        }
        to_send = sum(to_send_of.values())
        notes = list(planned.notes)
        prices: list[Decimal] = []
        usual_s = {one: await self._usual_s(planned, one, source) for one in to_send_of}
        for model_id, count in to_send_of.items():
            price = self._payer.estimate(model_id, 1)
            if price is not None:
                prices.append(price * count)
            elif count:
                label = self._payer.models[model_id].label
                notes.append(msg("{model} has no listed price.", model=label))
        total = sum(prices, Decimal(0)) if prices else None
        limits = standing.limits
        today = await self._left_today(limits)
        if today is not None and today < to_send:
            holds = msg_n(
                "Today's limit holds 1 of them; the rest goes on at 00:00 UTC.",
                "Today's limit holds {n} of them; the rest goes on at 00:00 UTC.",
                today,
            )
            notes.append(joined(holds, await self._part(planned, keys, today)))
        content = hashlib.sha256("".join(c.key for c in planned.cells).encode()).hexdigest()[:32]
        micro, asked_of = to_micro(total or Decimal(0)), hashlib.sha256(source.encode()).hexdigest()
        return Offer(
            planned,
            f"{draw}.{micro}.{to_send}.{content}.{asked_of[:8]}",
            len(planned.cells) - to_send,
            to_send,
            total,
            together_s(to_send_of, usual_s, limits.experiment_sends, limits.requests_per_minute),
            today,
            tuple(notes),
        )

    async def _usual_s(self, planned: Plan, model_id: str, source: str) -> float | None:
        """Return the seconds that an image of a plan's takes on the average."""
        usual = await self._past.usual(model_id, source)
        return usual.mean_seconds(
            cell.request.values for cell in planned.cells if cell.request.model == model_id
        )

    async def _part(self, planned: Plan, keys: Sequence[str | None], today: int) -> Said | str:
        """Return in words which part of a grid stands there once so many are sent."""
        if planned.spec.kind != "grid":
            return ""
        found = parts(planned)
        low, high = 0, len(found)
        while low < high:  # a part costs at least what the one before it does
            middle = (low + high) // 2
            cells = found[middle].cells
            if cells - await self._past.count_cached(keys[:cells]) <= today:
                low = middle + 1
            else:
                high = middle
        return part_text(planned, found[low - 1] if low else None, today)


class PlanChanged(InvalidInput):
    """What is to be started is not what was looked at; `offer` is what it would be now."""

    def __init__(self, message: str, offer: Offer | None = None) -> None:
        super().__init__(
            message, msg("Look at it once more. {nothing}", nothing=NOTHING), field="digest"
        )
        self.offer = offer
