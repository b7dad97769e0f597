"""Experiments: looked at with their price, started, followed, ended."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Literal, Protocol

from backend.background import Thread
from backend.catalogue.params import fingerprint
from backend.catalogue.shapes import ASPECTS
from backend.errors import NOTHING, InvalidInput
from backend.experiments.book import Book, Experiment
from backend.experiments.conductor import SENDS_AT_ONCE, Conductor
from backend.experiments.found import Made
from backend.experiments.plan import Plan, plan
from backend.experiments.spec import read_spec
from backend.experiments.templates import Wildcards
from backend.generation.jobs import RunView
from backend.generation.turns import Standing
from backend.said import Said, msg, msg_n
from backend.storage.rows import to_micro
from backend.types import Limits, ModelSpec, RunState

Do = Literal["pause", "resume", "stop", "retry"]

_DIGEST = re.compile(r"([0-9a-f]{16})\.(\d{1,18})\.(\d{1,6})\.([0-9a-f]{32})")
"""What was drawn, the price in micro-dollars, how many are sent, and all that is asked for."""


class Payer(Standing, Protocol):
    """Who is asked, and what that costs."""

    @property
    def models(self) -> Mapping[str, ModelSpec]: ...
    def estimate(self, model_id: str, count: int) -> Decimal | None: ...


class Past(Protocol):
    """What the library knows."""

    async def count_cached(self, keys: Sequence[str | None]) -> int: ...
    async def usual_s(self, model_id: str, source: str) -> float | None: ...


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
class Cells:
    """Cells of an experiment, `whole`: all of them; and those that are under way just now.

    `counts` has all of it by state, None for what was never asked for; `version` names how it
    stands.
    """

    made: Sequence[Made]
    under_way: Mapping[int, RunView]
    counts: Mapping[tuple[RunState | None, bool], int]
    version: str
    whole: bool


class Experiments:
    """`thread` is the ledger's own; `left_today` counts what the day's limit still holds."""

    def __init__(
        self,
        payer: Payer,
        past: Past,
        book: Book,
        conductor: Conductor,
        thread: Thread,
        rng: Random,
        left_today: Callable[[Limits], Awaitable[int | None]],
        wildcards: Wildcards = lambda _: None,
    ) -> None:
        self._payer, self._past, self._book, self._conductor = payer, past, book, conductor
        self._thread, self._rng, self._left_today = thread, rng, left_today
        self._wildcards = wildcards

    async def begin(self) -> None:
        """Go on with what was under way at the last end of the program."""
        await self._conductor.begin()

    async def close(self) -> None:
        """End what was not sent; each experiment goes on at the next start."""
        await self._conductor.close()

    def is_ending(self, experiment_id: str) -> bool:
        """Whether it sends nothing more and waits for what is under way."""
        return self._conductor.is_ending(experiment_id)

    async def offer(self, document: object) -> Offer:
        """Return what an experiment would do and cost; nothing is sent. Raises: InvalidInput."""
        return await self._offer(document, f"{self._rng.getrandbits(64):016x}")

    async def start(
        self, document: Mapping[str, object], digest: object, *, owner: str, token: str
    ) -> Experiment:
        """Start what was looked at, and return it; the same token again is the same experiment.

        Raises: InvalidInput, PlanChanged where it became dearer or another one.
        """
        seen = _DIGEST.fullmatch(digest) if isinstance(digest, str) else None
        if seen is None:
            raise InvalidInput(
                msg("The digest of the plan is missing."),
                msg("Look at the plan first, and send its digest along."),
                field="digest",
            )
        offer = await self._offer(document, seen[1])
        _, micro, count, content = offer.digest.split(".")
        if content != seen[4]:
            raise PlanChanged(msg("This is another plan than the one that was looked at."), offer)
        if int(micro) > int(seen[2]) or int(count) > int(seen[3]):
            raise PlanChanged(msg("It became dearer since it was looked at."), offer)
        opened = await self._thread.run(
            self._book.open,
            offer.plan,
            {
                "asked": document,
                "draw": seen[1],
                "base": dict(offer.plan.spec.base),
                "axes": {n: a.plain() for n, a in zip("xyz", offer.plan.axes, strict=True)},
            },
            owner=owner,
            token=token,
            source=self._payer.connection.source,
            sends_at_once=SENDS_AT_ONCE,
        )
        one = await self.get(opened)
        if one.state == "running":
            self._conductor.start(one)
        return one

    async def get(self, experiment_id: str) -> Experiment:
        """Return an experiment. Raises: InvalidInput where there is none."""
        one = await self.find(experiment_id)
        if one is None:
            raise InvalidInput(msg("There is no such experiment."), field="id")
        return one

    async def find(self, experiment_id: str) -> Experiment | None:
        """Return an experiment, None where there is none."""
        return await self._thread.run(self._book.experiment, experiment_id)

    async def newest(self, most: int) -> list[Experiment]:
        """Return the newest experiments."""
        return await self._thread.run(self._book.newest, most)

    async def cells(self, experiment_id: str, since: str = "") -> Cells:
        """Return its cells with what became of them: all, or those that changed since a version."""
        version, changed = self._conductor.changed_since(experiment_id, since)
        made = await self._thread.run(self._book.made, experiment_id, changed)
        counts = await self._thread.run(self._book.counts, experiment_id)
        under_way = self._conductor.under_way(experiment_id)
        return Cells(made, under_way, counts, version, changed is None)

    async def do(self, experiment_id: str, what: Do, states: Sequence[RunState] = ()) -> Experiment:
        """Let it rest, go on, end, or try again what ended in `states` (failed, if not said).

        Raises: InvalidInput.
        """
        one = await self.get(experiment_id)
        if what in ("pause", "stop"):
            await self._conductor.rest(one.id, now=what == "stop")
            one = await self.get(experiment_id)
            if one.state != "done":
                state: Literal["paused", "stopped"] = "paused" if what == "pause" else "stopped"
                await self._thread.run(self._book.set_state, one.id, state)
            return await self.get(experiment_id)
        if what == "retry":
            await self._thread.run(self._book.try_again, one.id, states or [RunState.FAILED])
        source = self._payer.connection.source
        if source != one.source:
            raise InvalidInput(
                msg("This was asked of another platform."),
                msg("Choose it again in the settings, then go on."),
            )
        await self._thread.run(self._book.set_state, one.id, "running")
        one = await self.get(experiment_id)
        self._conductor.start(one)
        return one

    async def _offer(self, document: object, draw: str) -> Offer:
        spec = read_spec(document)
        rng = Random(int(draw, 16))  # the same plan twice has the same seeds
        models = self._payer.models
        planned = await asyncio.to_thread(plan, spec, models, ASPECTS, rng, self._wildcards)
        source = self._payer.connection.source
        keys: dict[str, list[str | None]] = {}
        for cell in planned.cells:
            keys.setdefault(cell.request.model, []).append(fingerprint(cell.request, source))
        to_send = {
            model_id: len(own) - await self._past.count_cached(own)
            for model_id, own in keys.items()
        }
        return await self._priced(planned, draw, to_send, source)

    async def _priced(
        self, planned: Plan, draw: str, to_send_of: Mapping[str, int], source: str
    ) -> Offer:
        """Return the offer; `to_send_of` counts by model what is not stored yet."""
        to_send = sum(to_send_of.values())
        notes = list(planned.notes)
        prices: list[Decimal] = []
        seconds: list[float] = []
        for model_id, count in to_send_of.items():
            price = self._payer.estimate(model_id, 1)
            if price is not None:
                prices.append(price * count)
            elif count:
                label = self._payer.models[model_id].label
                notes.append(msg("{model} has no listed price.", model=label))
            usual = await self._past.usual_s(model_id, source)
            if usual is not None:
                seconds.append(usual * count)
        total = sum(prices, Decimal(0)) if prices else None
        limits = self._payer.limits
        today = await self._left_today(limits)
        if today is not None and today < to_send:
            notes.append(
                msg_n(
                    "Today's limit holds 1 of them; the rest goes on at 00:00 UTC.",
                    "Today's limit holds {n} of them; the rest goes on at 00:00 UTC.",
                    today,
                )
            )
        content = hashlib.sha256("".join(c.key for c in planned.cells).encode()).hexdigest()[:32]
        micro = to_micro(total or Decimal(0))
        return Offer(
            planned,
            f"{draw}.{micro}.{to_send}.{content}",
            len(planned.cells) - to_send,
            to_send,
            total,
            sum(seconds) / min(SENDS_AT_ONCE, max(1, to_send)) if seconds else None,
            today,
            tuple(notes),
        )


class PlanChanged(InvalidInput):
    """What is to be started is not what was looked at; `offer` is what it would be now."""

    def __init__(self, message: str, offer: Offer | None = None) -> None:
        super().__init__(
            message, msg("Look at it once more. {nothing}", nothing=NOTHING), field="digest"
        )
        self.offer = offer
