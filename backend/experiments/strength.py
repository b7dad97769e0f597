"""How much each phrase changed, as a share of what another seed changes. Pure.

It sees pixels, not meaning. All differences are mean CIELAB distances, see images.colours_apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from backend.experiments.question import SEEDS, TRIED_SEEDS, Phrase, Question
from backend.experiments.words import ANEW
from backend.images.colours_apart import JUST_VISIBLE

Verdict = Literal["open", "changed", "nothing", "unclear"]

APART_TIMES = 2.0
"""Two seeds disagree where one shows more than so many times what the other shows."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One phrase changed with one seed, which is number `x` of the question's.

    `difference` is from the prompt as written with the same seed; `share` is that in units of what
    another seed changes. None while it is not known, and where the sizes differ.
    """

    x: int
    difference: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Strength:
    """What a phrase did; `row` is its row in the table, and `share` the mean over its seeds.

    The verdict is `open` until two seeds are known; `unclear`: they disagree, see `_verdict`.
    """

    phrase: Phrase
    row: int
    tried: tuple[Tried, ...]
    share: float | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Strengths:
    """`floor` is how far the same request is from itself, sent twice; None while not known.

    `scale` is how far another seed is from the first one, the mean over `of_seeds` of them. `least`
    is what a difference has to exceed to be one.
    """

    floor: float | None
    scale: float | None
    of_seeds: int
    least: float
    phrases: tuple[Strength, ...]


def strengths(question: Question, differences: Mapping[tuple[int, int], float | None]) -> Strengths:
    """Return how much each changed phrase did.

    `differences` has those that are known by column and row of the table.
    """
    floor = differences.get(ANEW[:2])
    others = [differences.get((x, 0)) for x in range(1, SEEDS)]
    known = [value for value in others if value is not None]
    scale = sum(known) / len(known) if known else None
    least = max(JUST_VISIBLE, APART_TIMES * (floor or 0))
    unit = scale if scale is not None and scale > least else None
    phrases = []
    for row, phrase in enumerate(question.changed, start=1):
        found = [differences.get((x, row)) for x in range(TRIED_SEEDS)]
        tried = tuple(Tried(x, value, _share(value, unit)) for x, value in enumerate(found))
        shares = [one.share for one in tried if one.share is not None]
        share = sum(shares) / len(shares) if shares else None
        phrases.append(Strength(phrase, row, tried, share, _verdict(found, least)))
    return Strengths(floor, scale, len(known), least, tuple(phrases))


def _share(difference: float | None, unit: float | None) -> float | None:
    return None if difference is None or unit is None else difference / unit


def _verdict(found: list[float | None], least: float) -> Verdict:
    """Return what two seeds say together.

    They disagree where one shows more than twice what the other does, and can be seen at all.
    """
    known = [value for value in found if value is not None]
    if len(known) < TRIED_SEEDS:
        return "open"
    if max(known) > least and max(known) > APART_TIMES * min(known):
        return "unclear"
    return "changed" if sum(known) / len(known) > least else "nothing"
