"""The pairs of a blind test: each two settings on each prompt, sides and order at random. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Any


@dataclass(frozen=True, slots=True)
class Pair:
    """Which settings stand left and right, and on which prompt; all counted from 0."""

    prompt: int
    left: int
    right: int


def pairs_of(settings: int, prompts: int, seed: int) -> list[Pair]:
    """Return the pairs in the order in which they are shown.

    The same seed makes the same ones in every version of Python: of a source of chance, only
    `random()` is promised to stay.
    """
    rng = Random(seed)
    drawn = [
        (rng.random(), prompt, (one, other) if rng.random() < 0.5 else (other, one))
        for prompt in range(prompts)
        for one, other in combinations(range(settings), 2)
    ]
    return [Pair(prompt, left, right) for _, prompt, (left, right) in sorted(drawn)]


def seed_of(spec: Mapping[str, Any]) -> int:
    """Return the seed of the sides, of what the book keeps of a blind test: given, or drawn."""
    given = spec["asked"]["blind"].get("seed")
    return int(spec["draw"], 16) if given is None else int(given)
