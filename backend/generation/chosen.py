"""What was chosen for a click whose texts are templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from backend.generation.jobs import RunView
from backend.types import GenerationRequest, Making


@dataclass(frozen=True, slots=True)
class Chosen:
    """How each request of a click came to be, and the first of them as it was typed.

    `drawn`: the choice was by a seed that nobody gave, so the same press may choose anew.
    """

    makings: Sequence[Making]
    typed: GenerationRequest
    drawn: bool


def chosen_before(runs: Sequence[RunView]) -> Chosen | None:
    """Return what was chosen for runs that are tried again, None where nothing is known of it."""
    makings = [run.making or Making() for run in runs]
    templates = [making.template for making in makings if making.template]
    if not any(run.making for run in runs):
        return None
    first = runs[0].request
    typed = replace(first, prompt=templates[0].text) if templates else first
    return Chosen(makings, typed, drawn=False)
