"""Coarse to fine: in which order the cells of a grid are made, so that its first ones tell most.

Pure and deterministic. A day's limit that holds nine cells gives the best nine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Place = tuple[int, int, int, int]
"""x, y, z and the repeat, each from 0."""


def levels(count: int) -> list[int]:
    """Return the level of each of `count` values in a row: the ends 0, then the middle of each gap.

    Each finished level is an evenly spaced part of the row.
    """
    found = [0] * count
    gaps, level = [(0, count - 1)], 1
    while gaps:
        halves = []
        for low, high in gaps:
            if high - low > 1:
                middle = (low + high) // 2
                found[middle] = level
                halves += [(low, middle), (middle, high)]
        gaps, level = halves, level + 1
    return found


def coarse_to_fine(
    places: Iterable[Place], lengths: Sequence[int], of_numbers: Sequence[bool]
) -> list[Place]:
    """Return the places in the order in which they are made.

    `lengths` are those of the axes x, y, z; `of_numbers` whether their values have a middle.
    Categories are all of one level; among equals each row and column gets its turn.
    """
    rank = [
        levels(n) if numbers else [0] * n for n, numbers in zip(lengths, of_numbers, strict=True)
    ]
    longest = max(lengths)
    turn = [_mirrored(n) for n in range(longest)]

    def key(place: Place) -> tuple[int, int, float, Place]:
        x, y, z, repeat = place
        level = max(rank[0][x], rank[1][y], rank[2][z])
        return repeat, level, turn[(x - y + z) % longest], place

    return sorted(places, key=key)


def _mirrored(number: int) -> float:
    """Return the bits of a number mirrored behind the point: van der Corput's sequence."""
    value, half = 0.0, 0.5
    while number:
        value += half * (number & 1)
        number >>= 1
        half /= 2
    return value
