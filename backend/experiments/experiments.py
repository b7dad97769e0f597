"""Experiments: looked at with their price, started, followed, ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

from backend.background import Thread
from backend.catalogue.shapes import ASPECTS
from backend.errors import InvalidInput
from backend.experiments.blind_plan import plan_blind
from backend.experiments.book import Book
from backend.experiments.bounds import UNBOUND, Bounds
from backend.experiments.conductor import Conductor
from backend.experiments.experiment import Experiment
from backend.experiments.exports.exports import Exports, Form, no_picture
from backend.experiments.exports.table import Pictures
from backend.experiments.found import Made
from backend.experiments.offers import Offer, Pricer, read_digest
from backend.experiments.plan import plan
from backend.experiments.spec import read_spec
from backend.experiments.templates import Wildcards
from backend.experiments.words import plan_words
from backend.generation.jobs import RunView
from backend.generation.turns import Payer
from backend.said import msg
from backend.types import RunState

Do = Literal["pause", "resume", "stop", "retry"]

_PLANNERS = {"grid": plan, "words": plan_words, "blind": plan_blind}
"""How each kind becomes cells: as `plan` does."""


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
    """`thread` is the ledger's own; `pricer` says what a plan costs.

    `look` has images compared that were not yet, beside everything else. `exports` takes one of
    them out, with the images that `pictures` gives.
    """

    def __init__(
        self,
        payer: Payer,
        pricer: Pricer,
        book: Book,
        conductor: Conductor,
        thread: Thread,
        rng: Random,
        wildcards: Wildcards = lambda _: None,
        look: Callable[[str], None] = lambda _: None,
        pictures: Pictures = no_picture,
    ) -> None:
        self.exports = Exports(self, payer, pictures)
        self.pricer = pricer
        self._payer, self._book, self._conductor = payer, book, conductor
        self._thread, self._rng = thread, rng
        self._wildcards, self._look = wildcards, look

    async def begin(self) -> None:
        """Go on with what was under way at the last end of the program."""
        await self._conductor.begin()

    async def close(self) -> None:
        """End what was not sent; each experiment goes on at the next start."""
        await self._conductor.close()
        await self.exports.close()

    def is_ending(self, experiment_id: str) -> bool:
        """Whether it sends nothing more and waits for what is under way."""
        return self._conductor.is_ending(experiment_id)

    async def offer(self, document: object) -> Offer:
        """Return what an experiment would do and cost; nothing is sent. Raises: InvalidInput."""
        return await self._offer(document, f"{self._rng.getrandbits(64):016x}")

    async def start(
        self,
        document: Mapping[str, object],
        digest: object,
        *,
        owner: str,
        token: str,
        bounds: Bounds = UNBOUND,
    ) -> Experiment:
        """Start what was looked at, and return it; the same token again is the same experiment.

        Raises: InvalidInput, PlanChanged where it became dearer or another one.
        """
        seen = read_digest(digest)
        offer = await self._offer(document, seen.draw)
        seen.refuse_another(offer)
        standing = self._payer.of_all(cell.request.model for cell in offer.plan.cells)
        opened = await self._thread.run(
            self._book.open,
            offer.plan,
            {
                "asked": document,
                "draw": seen.draw,
                "base": dict(offer.plan.spec.base),
                "own": dict(offer.plan.spec.own),
                "axes": {n: a.plain() for n, a in zip("xyz", offer.plan.axes, strict=True)},
            },
            owner=owner,
            token=token,
            source=standing.connection.source,
            sends_at_once=bounds.at_once or standing.limits.experiment_sends,
            why=bounds.words,
        )
        one = await self.get(opened)
        if one.state == "running":
            self._conductor.start(one, bounds)
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

    async def of_token(self, owner: str, token: str) -> Experiment | None:
        """Return what was started with an owner's token, None where nothing was."""
        return await self._thread.run(self._book.of_token, owner, token)

    async def newest(self, most: int) -> list[Experiment]:
        """Return the newest experiments."""
        return await self._thread.run(self._book.newest, most)

    async def cells(self, experiment_id: str, since: str = "") -> Cells:
        """Return its cells with what became of them: all, or those that changed since a version."""
        version, changed = self._conductor.changed_since(experiment_id, since)
        if changed is None:  # somebody begins to look: what an end cut off is made up
            self._look(experiment_id)
        made = await self._thread.run(self._book.made, experiment_id, changed)
        counts = await self._thread.run(self._book.counts, experiment_id)
        under_way = self._conductor.under_way(experiment_id)
        return Cells(made, under_way, counts, version, changed is None)

    async def export(self, experiment_id: str, form: Form, path: Path) -> None:
        """Write it to a file, as it stands, in English: one page, one picture or a table.

        Raises: InvalidInput where there is none, or no sane picture of it; OSError.
        """
        await self.exports.save(experiment_id, form, path)

    async def do(
        self,
        experiment_id: str,
        what: Do,
        states: Sequence[RunState] = (),
        bounds: Bounds = UNBOUND,
    ) -> Experiment:
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
        source = self._payer.of(one.model).connection.source
        if source != one.source:
            raise InvalidInput(
                msg("This was asked of another platform."),
                msg("Choose it again in the settings, then go on."),
            )
        here = await self._thread.run(self._book.take, one.id, bounds.words)
        one = await self.get(experiment_id)
        if here:
            self._conductor.start(one, bounds)
        return one

    async def _offer(self, document: object, draw: str) -> Offer:
        spec = read_spec(document)
        rng = Random(int(draw, 16))  # the same plan twice has the same seeds
        models = self._payer.models
        planner = _PLANNERS[spec.kind]
        planned = await asyncio.to_thread(planner, spec, models, ASPECTS, rng, self._wildcards)
        return await self.pricer.priced(planned, draw)
