"""Experiments as JSON: offers, how they stand, cells. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Any

from backend.experiments.book import Experiment
from backend.experiments.experiments import Cells, Offer
from backend.experiments.found import Made
from backend.generation.jobs import RunView
from backend.said import joined
from backend.types import RunState
from ui.language.chosen import tell
from ui.present.words import number, utc

Json = dict[str, Any]

ORDER_SHOWN = 1000
WAITING = "waiting"

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


def listed_json(one: Experiment) -> Json:
    """Return an experiment without its cells."""
    return {
        "id": one.id,
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
    """Return what varies in an experiment, as it was asked for, with the base that it drew."""
    asked = one.spec.get("asked", {})
    return {"plan": asked, "base": one.spec.get("base", {}), "axes": one.spec.get("axes", {})}


def _cell(cell: Made, live: RunView | None) -> Json:
    run = cell.run
    state: str = WAITING
    if live is not None:
        state = live.state.value
    elif run is not None and run.state is not RunState.CANCELLED and not cell.again:
        state = run.state.value
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
