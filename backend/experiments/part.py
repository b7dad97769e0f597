"""Which part of an experiment stands there once the first of its cells are made, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from backend.experiments.order import Place, levels
from backend.experiments.plan import Plan
from backend.said import Said, msg, msg_n

_ENDS, _MIDDLE = 0, 1


@dataclass(frozen=True, slots=True)
class Part:
    """A whole, evenly spaced part of a grid: it stands there with the first `cells` of the order.

    `sizes` counts its values on the axes x, y, z; `level` is the finest one in it, as order.py has
    them. With all of the values, `level` is None and `images` counts those of each place.
    """

    cells: int
    sizes: tuple[int, int, int]
    level: int | None
    images: int = 1


def parts(planned: Plan) -> list[Part]:
    """Return the parts of a grid, each with those before it, the whole of it last."""
    ranks = [
        levels(len(one.settings)) if one.of_numbers else [0] * len(one.settings)
        for one in planned.axes
    ]
    depth = max(max(rank) for rank in ranks)

    def group(place: Place) -> tuple[int, int]:
        x, y, z, repeat = place
        return repeat, max(ranks[0][x], ranks[1][y], ranks[2][z])

    ends: dict[tuple[int, int], int] = {}  # after which cell all of a group stands there
    for number, cell in enumerate(planned.cells, start=1):
        ends |= {group(place): number for place in cell.places}
    found, cells = [], 0
    for (repeat, level), end in sorted(ends.items()):
        cells = max(cells, end)
        x, y, z = (sum(one <= level for one in rank) for rank in ranks)
        if level == depth:
            found.append(Part(cells, (x, y, z), None, repeat + 1))
        elif not repeat:
            found.append(Part(cells, (x, y, z), level))
    return found


def part_text(planned: Plan, part: Part | None, count: int) -> Said | str:
    """Return what stands there once the first `count` cells do; `part` is the largest among it."""
    if part is None:
        places = [place for cell in planned.cells[:count] for place in cell.places]
        seen = [{place[n] for place in places} for n in range(3)]
        if all(len(own) == len(one.settings) for own, one in zip(seen, planned.axes, strict=True)):
            return msg("Today's part: each value of each axis at least once.")
        return msg("Today's part: places that are spread over the whole grid.") if count else ""
    if part.level is None:
        return msg_n(
            "Today's part: one image of each place.",
            "Today's part: {n} images of each place.",
            part.images,
        )
    varied = (n for n, one in zip(part.sizes, planned.axes, strict=True) if len(one.settings) > 1)
    size = " x ".join(map(str, varied))
    if part.level == _ENDS:
        return msg("Today's part: the ends of each axis of numbers, {size} places.", size=size)
    if part.level == _MIDDLE:
        return msg(
            "Today's part: the ends and the middle of each axis of numbers, {size} places.",
            size=size,
        )
    return msg("Today's part: evenly spaced values of each axis, {size} places.", size=size)
