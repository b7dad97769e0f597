"""What a template can become: counted by formula, number i without the others, drawn at random.

Pure. `count` counts all texts; `alive` those that can be drawn: an option of weight 0 never is. A
text is known by its number from 0 among all of them, whichever way it was found.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import factorial, prod
from random import Random

TRIES = 20
"""Draws for each text that is wanted; heavy weights bring the same ones again and again."""

_Picks = list[tuple[int, int]]
"""Options by their place, each with the number of one of its texts."""


@dataclass(frozen=True)
class Text:
    """A piece that does not vary."""

    text: str
    count = alive = 1

    def number(self, _: int) -> str:
        return self.text

    def living(self, _: int) -> int:
        return 0

    def draw(self, _: Random) -> int:
        return 0


@dataclass(frozen=True)
class Sequel:
    """Pieces one after the other; the last varies fastest."""

    parts: tuple[Node, ...]

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:  # once: a file's lines may all name another file
        return hash(self.parts)

    @cached_property
    def count(self) -> int:
        return prod(part.count for part in self.parts)

    @cached_property
    def alive(self) -> int:
        return prod(part.alive for part in self.parts)

    def number(self, index: int) -> str:
        """Return text `index` of all."""
        own = self.numbers(index)
        return "".join(part.number(n) for part, n in zip(self.parts, own, strict=True))

    def numbers(self, index: int) -> list[int]:
        """Return which text of each piece stands in text `index`."""
        own = []
        for part in reversed(self.parts):
            index, one = divmod(index, part.count)
            own.append(one)
        return own[::-1]

    def living(self, index: int) -> int:
        """Return the number of text `index` of those that can be drawn."""
        own = []
        for part in reversed(self.parts):
            index, one = divmod(index, part.alive)
            own.append(part.living(one))
        return self._joined(own[::-1])

    def draw(self, rng: Random) -> int:
        """Return the number of a text by its weight."""
        return self._joined([part.draw(rng) for part in self.parts])

    def _joined(self, own: Sequence[int]) -> int:
        index = 0
        for part, one in zip(self.parts, own, strict=True):
            index = index * part.count + one
        return index


@dataclass(frozen=True)
class Choice:
    """From `low` to `high` of the options, in any order, with `between` between them.

    Where there are `weights`, one for each option, they say how often it is drawn, and 0 that it
    never is; without them all texts are drawn alike. What is listed is listed whatever its weight.
    """

    options: tuple[Node, ...]
    low: int = 1
    high: int = 1
    between: str = ","
    weights: tuple[float, ...] = ()

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.options, self.low, self.high, self.between))

    @cached_property
    def count(self) -> int:
        return sum(self._rows.sizes)

    @cached_property
    def alive(self) -> int:
        return sum(self._living.sizes)

    def number(self, index: int) -> str:
        """Return text `index` of all."""
        picks = self._rows.picks(index)
        return self.between.join(self.options[at].number(own) for at, own in picks)

    def which(self, index: int) -> tuple[int, int]:
        """Return which option text `index` is of, and its number there; one is chosen here."""
        return self._rows.picks(index)[0]

    def living(self, index: int) -> int:
        """Return the number of text `index` of those that can be drawn."""
        picks = self._living.picks(index)
        return self._rows.index([(at, self.options[at].living(own)) for at, own in picks])

    def draw(self, rng: Random) -> int:
        """Return the number of a text, by the weights."""
        if self.weights:
            chosen = self._weighed(rng)
        else:
            chosen = [at for at, _ in self._living.picks(rng.randrange(self.alive))]
        return self._rows.index([(at, self.options[at].draw(rng)) for at in chosen])

    def _weighed(self, rng: Random) -> list[int]:
        left = {at: weight for at, weight in enumerate(self.weights) if self._living.counts[at]}
        chosen = []
        size = rng.randint(self.low, min(self.high, len(left)))
        for _ in range(size):
            (at,) = rng.choices(list(left), list(left.values()))
            del left[at]
            chosen.append(at)
        return chosen

    @cached_property
    def _rows(self) -> _Rows:
        return _Rows([option.count for option in self.options], self.low, self.high)

    @cached_property
    def _living(self) -> _Rows:
        weights = self.weights or [1.0] * len(self.options)
        pairs = zip(self.options, weights, strict=True)
        counts = [option.alive if weight else 0 for option, weight in pairs]
        return _Rows(counts, self.low, self.high)


Node = Text | Sequel | Choice


class _Rows:
    """From `low` to `high` options in a row, in any order; each has so many texts.

    `sizes` counts the rows of each length.
    """

    def __init__(self, counts: Sequence[int], low: int, high: int) -> None:
        self.counts, self._low = counts, low
        self.sizes = [_orders(counts, size) for size in range(low, high + 1)]

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(self.counts))

    def picks(self, index: int) -> _Picks:
        """Return row `index`."""
        for size, here in enumerate(self.sizes, start=self._low):
            if index < here:
                return self._picks(size, index)
            index -= here
        raise IndexError(index)

    def index(self, picks: _Picks) -> int:
        """Return which row this is."""
        before = sum(self.sizes[: len(picks) - self._low])
        if len(picks) == 1:  # without a look at all of them: a file has 10,000 lines
            at, own = picks[0]
            return before + self._ends[at] - self.counts[at] + own
        left = dict(enumerate(self.counts))
        for missing, (at, own) in zip(range(len(picks) - 1, -1, -1), picks, strict=True):
            follow = _follow(left.values(), missing)
            before += sum(n * follow[n] for other, n in left.items() if other < at)
            before += own * follow[left.pop(at)]
        return before

    def _picks(self, size: int, index: int) -> _Picks:
        if size == 1:
            at = bisect_right(self._ends, index)
            return [(at, index - self._ends[at] + self.counts[at])]
        left = dict(enumerate(self.counts))
        found: _Picks = []
        for missing in range(size - 1, -1, -1):
            follow = _follow(left.values(), missing)
            for at, count in left.items():
                here = count * follow[count]
                if index < here:
                    own, index = divmod(index, follow[count])
                    found.append((at, own))
                    break
                index -= here
            del left[found[-1][0]]
        return found


def taken(node: Node, most: int, seed: int) -> list[int]:
    """Return the numbers of `most` different texts, drawn by their weights; the same for a seed.

    Fewer where fewer can be drawn, none where nothing can: then all of those, in their order. Where
    weights bring the same ones again and again, the rest is drawn without them.
    """
    if most >= node.alive:
        return [node.living(index) for index in range(node.alive)]
    rng = Random(seed)
    found: dict[int, None] = {}
    for _ in range(TRIES * most):
        found[node.draw(rng)] = None
        if len(found) == most:
            return list(found)
    while len(found) < most:
        found[node.living(rng.randrange(node.alive))] = None
    return list(found)


def _orders(counts: Sequence[int], size: int) -> int:
    """Return how many ways there are to put `size` of the options, each of so many, in a row."""
    if size == 1:
        return sum(counts)
    sums = [1] + [0] * size  # the elementary symmetric polynomials, up to the size
    for own in counts:
        for n in range(size, 0, -1):
            sums[n] += sums[n - 1] * own
    return factorial(size) * sums[size]


def _follow(counts: Collection[int], missing: int) -> dict[int, int]:
    """Return how many rows of `missing` further options follow one of each count."""
    found = {}
    for own in set(counts):
        rest = list(counts)
        rest.remove(own)
        found[own] = _orders(rest, missing) if missing else 1
    return found
