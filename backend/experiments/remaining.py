"""What an experiment has still to send, and what that costs: as an offer, of its cells alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from backend.experiments.axis_types import Axis
from backend.experiments.experiments import Experiments
from backend.experiments.found import NEVER_SENT
from backend.experiments.offers import Offer
from backend.experiments.plan import Cell, Plan, request_key
from backend.experiments.spec import Spec
from backend.types import RunState

_NO_DRAW = "0" * 16
_NONE = Axis("", ())


async def remaining(
    experiments: Experiments, experiment_id: str, again: Collection[RunState] = ()
) -> Offer:
    """Return what going on would send; with `again`, also the cells whose runs ended so.

    What is under way is none of it. Raises: InvalidInput where there is no such experiment.
    """
    one = await experiments.get(experiment_id)
    found = await experiments.cells(one.id)
    waiting = tuple(
        Cell(made.places, made.request, made.repeat, request_key(made.request, made.repeat))
        for made in found.made
        if made.position not in found.under_way
        and (made.run is None or made.again or made.run.state in {*NEVER_SENT, *again})
    )
    spec = Spec(one.title, one.spec.get("base", {}))
    offer = await experiments.pricer.priced(
        Plan(spec, (_NONE, _NONE, _NONE), waiting, len(waiting), ()), _NO_DRAW
    )
    return replace(offer, digest="")  # nothing can be started by it
