"""What a page plots along an axis, as figures: the mean at each of its values. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backend.experiments.exports.table import Sheet, Shown


@dataclass(frozen=True, slots=True)
class Means:
    """Over all places at one value: seconds, and difference from the reference."""

    seconds: float | None
    difference: float | None


def means(of: Sheet, axis: int) -> list[Means]:
    """Return the means along an axis (0: x, 1: y, 2: z); none where less than two have any."""
    count = len(of.sides[axis].labels)
    seconds = _along(of, axis, count, lambda cell: cell.seconds)
    apart = _along(of, axis, count, lambda c: c.made.difference if c.record else None)
    found = [Means(*pair) for pair in zip(seconds, apart, strict=True)]
    known = sum(mean != Means(None, None) for mean in found)
    return found if known > 1 else []


def _along(
    of: Sheet, axis: int, count: int, value_of: Callable[[Shown], float | None]
) -> list[float | None]:
    sums, numbers = [0.0] * count, [0] * count
    for place, cell in of.at.items():
        value = value_of(cell)
        if value is not None:
            sums[place[axis]] += value
            numbers[place[axis]] += 1
    return [total / n if n else None for total, n in zip(sums, numbers, strict=True)]
