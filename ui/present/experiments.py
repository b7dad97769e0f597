"""Experiments as JSON: offers, how they stand, cells. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Any

from backend.errors import InvalidInput
from backend.experiments.experiment import Experiment
from backend.experiments.experiments import Cells
from backend.experiments.found import Made, state_of
from backend.experiments.offers import Offer
from backend.experiments.shelved import Tally
from backend.experiments.spec import AXES, read_spec
from backend.generation.jobs import RunView
from backend.said import joined
from backend.types import RunState
from ui.language.chosen import tell
from ui.present.words import number, utc

Json = dict[str, Any]

ORDER_SHOWN = 1000
WAITING = "waiting"

_OF_AXIS = ("values", "labels", "notes")
_LEFT = ("cells", "cached", "to_send", "price_usd", "seconds", "today", "notes")

_STATES = (WAITING, *(state.value for state in RunState if state is not RunState.CANCELLED))


def offer_json(offer: Offer) -> Json:
    """Return what an experiment would do and cost."""
    plan = offer.plan
    return {
        "digest": offer.digest,
        "axes": {name: axis.plain(tell) for name, axis in zip("xyz", plan.axes, strict=True)},
        "places": plan.places,
        "cells": len(plan.cells),
        "cached": offer.cached,
        "to_send": offer.to_send,
        "price_usd": number(offer.price_usd),
        "seconds": offer.seconds,
        "today": offer.today,
        "notes": [tell(note) for note in offer.notes],
        "order": [list(cell.places[0]) for cell in plan.cells[:ORDER_SHOWN]],
    }


def left_json(offer: Offer) -> Json:
    """Return what is left of an experiment, and what that costs."""
    whole = offer_json(offer)
    return {name: whole[name] for name in _LEFT}


def listed_json(one: Experiment) -> Json:
    """Return an experiment without its cells."""
    return {
        "id": one.id,
        "kind": one.kind,
        "title": one.title,
        "created": utc(one.created),
        "state": one.state,
        "why": tell(one.why),
        "goes_on": None if one.goes_on is None else utc(one.goes_on),
    }


def experiment_json(one: Experiment, found: Cells) -> Json:
    """Return an experiment with its cells, or with those of them that changed."""
    counts: Counter[str] = Counter()
    for (state, _), count in found.counts.items():
        counts[state.value if state else WAITING] += count
    return listed_json(one) | {
        "counts": {
            "cells": sum(found.counts.values()),
            **{state: counts[state] for state in _STATES},
            "cached": sum(count for (_, cached), count in found.counts.items() if cached),
        },
        "version": found.version,
        "whole": found.whole,
        "cells": [_cell(cell, found.under_way.get(cell.position)) for cell in found.made],
    }


def spec_json(one: Experiment) -> Json:
    """Return what varies in an experiment, as it was asked for, with the base that it drew.

    An axis that has grown since is asked for as it is now.
    """
    axes, base = _table(one.spec.get("axes")), _table(one.spec.get("base"))
    plan, grown = _table(one.spec.get("asked")), _table(one.spec.get("grown"))
    if grown:
        own = {name: {_axis(axes.get(name))["kind"]: text} for name, text in grown.items()}
        plan = plan | {"axes": _table(plan.get("axes")) | own}
    try:
        read_spec(plan)
    except InvalidInput:  # somebody changed it where it is kept
        plan = {"title": one.title, "base": base, "axes": {}}
    return {
        "plan": plan,
        "base": base,
        "axes": {name: _axis(axes.get(name)) for name in AXES},
    }


def _table(found: object) -> Json:
    """Return a table as it was kept, an empty one where somebody made something else of it."""
    return found if isinstance(found, dict) else {}


def _axis(found: object) -> Json:
    axis = _table(found)
    fits = isinstance(axis.get("kind"), str) and all(
        isinstance(axis.get(name), list) for name in _OF_AXIS
    )
    if not fits or not all(isinstance(text, str) for text in axis["labels"] + axis["notes"]):
        return {"kind": "", **{name: [] for name in _OF_AXIS}}
    return axis


def tally_json(tally: Tally) -> Json:
    """Return how the cells of a listed experiment stand, and what they cost."""
    counts: Counter[str] = Counter()
    for state, count in tally.counts.items():
        counts[state.value if state else WAITING] += count
    states = {state: counts[state] for state in ("saved", "failed", "unknown")}
    total = {"cells": counts.total(), **states}
    return {"counts": total, "spent_usd": tally.spent_micro / 1_000_000}


def _cell(cell: Made, live: RunView | None) -> Json:
    run = cell.run
    stands = state_of(cell, live.state if live else None)
    state = stands.value if stands else WAITING
    ended = state in (RunState.SAVED, RunState.FAILED, RunState.UNKNOWN)
    record = run.record if run and ended else None
    error = run.error if run and ended else None
    return {
        "place": list(cell.places[0]),
        "places": [list(place) for place in cell.places],
        "state": state,
        "image_id": record.id if record and record.deleted is None else None,
        "seconds": record.seconds if record else None,
        "price_usd": number(run.price_usd) if run and ended else None,
        "cached": bool(record and record.cached),
        "difference": cell.difference,
        "error": tell(joined(error.message, error.hint)) if error else None,
    }
