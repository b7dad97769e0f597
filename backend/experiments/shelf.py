"""What is done with experiments besides running them: they are listed, they grow, they go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError

from backend.background import Thread
from backend.errors import InvalidInput
from backend.experiments.conductor import Conductor
from backend.experiments.experiment import Experiment
from backend.experiments.experiments import Experiments
from backend.experiments.growth import Growth, between
from backend.experiments.offers import Offer, PlanChanged, read_digest
from backend.experiments.pace import together_s
from backend.experiments.plan import Plan
from backend.experiments.shelved import Shelved, Tally
from backend.experiments.spec import AXES, Spec
from backend.generation.ledger import no_record
from backend.generation.turns import Payer
from backend.library.acts import Act
from backend.library.marks import Changes
from backend.library.pace import Usual
from backend.said import msg

_UNDRAWN = "0" * 16
"""The draw in the digest of what draws nothing."""


class Marker(Protocol):
    """The library, as far as it is needed here."""

    async def change(self, target: Sequence[str], changes: Changes) -> Act: ...
    async def usual(self, model: str, provider: str) -> Usual: ...


class Shelf:
    """`thread` is the ledger's own."""

    def __init__(
        self,
        experiments: Experiments,
        conductor: Conductor,
        shelved: Shelved,
        thread: Thread,
        payer: Payer,
        library: Marker,
    ) -> None:
        self._experiments, self._conductor, self._shelved = experiments, conductor, shelved
        self._thread, self._payer, self._library = thread, payer, library

    async def tallies(self, listed: Sequence[Experiment]) -> Mapping[str, Tally]:
        """Return how these experiments stand."""
        return await self._thread.run(self._shelved.tallies, [one.id for one in listed])

    async def seconds_left(self, one: Experiment) -> float | None:
        """Return the seconds until all is there: by its own pace once it has one, until then by the
        images of late. None where none is known or it does not run."""
        if one.state != "running":
            return None
        left = await self._thread.run(self._shelved.left, one.id)
        if (pace := self._conductor.pace_s(one.id)) is not None:
            return pace * sum(left.values())
        base = one.spec.get("base") or {}
        usual_s = {
            model: (await self._library.usual(model, one.source)).seconds(base) for model in left
        }
        limits = self._payer.of(one.model).limits
        return together_s(left, usual_s, one.sends_at_once, limits.requests_per_minute)

    # --- growing ----------------------------------------------------------------------------

    async def offer_between(self, experiment_id: str, axis: object) -> Offer:
        """Return what the values between those of an axis would cost; nothing is sent.

        Raises: InvalidInput.
        """
        _, _, planned = await self._grown(experiment_id, axis)
        return await self._experiments.pricer.priced(planned, _UNDRAWN)

    async def grow_between(self, experiment_id: str, axis: object, digest: object) -> Experiment:
        """Let a finished experiment grow by what was looked at; the same press twice is one.

        Raises: InvalidInput, PlanChanged where it became dearer or another one, NoRecord.
        """
        seen = read_digest(digest)
        one = await self._experiments.get(experiment_id)
        if seen.content in one.spec.get("grown_by", ()):
            return one
        try:
            one, growth, planned = await self._grown(experiment_id, axis)
            seen.refuse_another(await self._experiments.pricer.priced(planned, _UNDRAWN))
        except InvalidInput:  # the same press may have come before: then it has grown
            one = await self._experiments.get(experiment_id)
            if seen.content not in one.spec.get("grown_by", ()):
                raise
            return one
        spec = _spec_of(one.spec, str(axis), growth, seen.content)
        await self._conductor.ended(one.id)
        try:
            grew = await self._thread.run(self._shelved.grow, one.id, one.spec, spec, growth)
        except (SQLAlchemyError, OSError) as error:
            raise no_record() from error
        one = await self._experiments.get(experiment_id)
        if not grew and seen.content not in one.spec.get("grown_by", ()):
            raise PlanChanged(msg("This is another plan than the one that was looked at."))
        if grew:
            self._conductor.start(one)
        return one

    async def _grown(self, experiment_id: str, axis: object) -> tuple[Experiment, Growth, Plan]:
        cells = await self._thread.run(self._shelved.cells, experiment_id)
        # Read after its cells: one that has just grown runs, and none of these is misplaced.
        one = await self._experiments.get(experiment_id)
        if one.kind != "grid":
            raise InvalidInput(msg("Only a grid has values between."), field="axis")
        if one.state != "done":
            raise InvalidInput(
                msg("This experiment is not done."), msg("Let it end first."), field="axis"
            )
        if self._payer.of(one.model).connection.source != one.source:
            raise InvalidInput(
                msg("This was asked of another platform."),
                msg("Choose it again in the settings, then go on."),
            )
        growth = between(axis, one.spec["axes"], cells, self._payer.models)
        spec = Spec(one.title, one.spec.get("base", {}), kind=one.kind)
        places = sum(len(cell.places) for cell in growth.new)
        return one, growth, Plan(spec, growth.axes, growth.new, places, ())

    # --- going ------------------------------------------------------------------------------

    async def own_images(self, experiment_id: str) -> list[str]:
        """Return the ids of the images that go to the trash with it, if that is asked for."""
        return await self._thread.run(self._shelved.own_images, experiment_id)

    async def remove(self, experiment_id: str, *, images: bool) -> Act | None:
        """Remove an experiment; with `images`, first put its own into the trash, which is undone
        by the act. Raises: InvalidInput; then the experiment is there.
        """
        one = await self._experiments.get(experiment_id)
        if one.state == "running":
            raise InvalidInput(
                msg("This experiment is running."), msg("Stop it first, then delete it.")
            )
        act = None
        if images and (ids := await self.own_images(experiment_id)):
            act = await self._library.change(ids, Changes(deleted=True))
        try:
            await self._thread.run(self._shelved.remove, experiment_id)
        except (SQLAlchemyError, OSError) as error:
            raise InvalidInput(
                msg("The data folder cannot be written, so the experiment is still there."),
                msg("Check that it has room and may be written to. Then try again."),
            ) from error
        return act


def _spec_of(former: Mapping[str, Any], axis: str, growth: Growth, content: str) -> dict[str, Any]:
    """Return a spec with a grown axis. What was asked for stays: its token stands for it."""
    axes = {name: one.plain() for name, one in zip(AXES, growth.axes, strict=True)}
    values = ", ".join(axes[axis]["labels"])  # type: ignore[arg-type]
    return {
        **former,
        "axes": axes | {axis: axes[axis] | {"notes": former["axes"][axis]["notes"]}},
        "grown": {**former.get("grown", {}), axis: values},
        "grown_by": [*former.get("grown_by", ()), content],
    }
