"""What votes on pairs show, and what they do not: intervals, strengths, doubts. Pure.

A tie, "equal" or "both bad", is half a win for each side. A difference is stated only where the
95 % interval leaves out one half.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from random import Random
from statistics import NormalDist
from typing import Literal

Choice = Literal["left", "right", "equal", "bad"]

CHOICES: tuple[Choice, ...] = ("left", "right", "equal", "bad")

VOTES_MIN = 6
"""Of five votes not even five alike prove anything: 2/32 is more than 5 % (exact sign test)."""

SAMPLES = 1000
"""Bootstraps over prompts; of their sorted values the 25th from each end bounds 95 %."""

PRIOR = 0.5
"""Votes that each side of each two has to begin with, so that no strength is 0 or endless."""

_Z = NormalDist().inv_cdf(0.975)
_ROUNDS_MAX = 500
_CLOSE = 1e-9
_CLOSE_ENOUGH = 1e-5  # of a sample, whose chance is a thousand times as large

Interval = tuple[float, float]
Wins = Sequence[Sequence[float]]
"""`wins[i][j]`: how often i was preferred to j."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote: on which prompt, which settings stood left and right, all counted from 0."""

    prompt: int
    left: int
    right: int
    choice: Choice

    @property
    def points(self) -> tuple[float, float]:
        """What the left and the right one get of it."""
        return {"left": (1.0, 0.0), "right": (0.0, 1.0)}.get(self.choice, (0.5, 0.5))


@dataclass(frozen=True, slots=True)
class Between:
    """What was said of two settings. `rate` is the part of `one`; ties are half of it.

    `chance` is that `one` is preferred, by all votes on all settings; of two alone it is the rate.
    Its interval holds for all comparisons of the test together.
    """

    one: int
    other: int
    won: tuple[int, int]
    equal: int
    bad: int
    rate: float
    chance: float
    interval: Interval
    shows: bool

    @property
    def votes(self) -> int:
        return sum(self.won) + self.equal + self.bad


@dataclass(frozen=True, slots=True)
class Strength:
    """How often a setting is preferred to another one: a part of 1, with its 95 % interval."""

    share: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Outcome:
    """What all votes show. `left` of `sided` votes were for the left side; a doubt: see `biased`.

    `strengths` are by setting, None for one without a vote.
    """

    votes: int
    strengths: tuple[Strength | None, ...]
    between: tuple[Between, ...]
    bad: int
    left: int
    sided: int

    @property
    def biased(self) -> bool:
        """Whether one side won so often that it hardly was for what was seen there."""
        return shows(self.left, self.sided)


def wilson(won: float, votes: int) -> Interval:
    """Return Wilson's 95 % interval of a rate: `won` of `votes`, which are at least one."""
    share, spread = won / votes, _Z * _Z / votes
    middle = share + spread / 2
    reach = _Z * sqrt(share * (1 - share) / votes + spread / (4 * votes))
    return (middle - reach) / (1 + spread), (middle + reach) / (1 + spread)


def shows(won: float, votes: int) -> bool:
    """Whether so many of the votes show a difference."""
    return votes >= VOTES_MIN and _leaves_out_half(wilson(won, votes))


def least_to_show(votes: int) -> int | None:
    """Return how many of the votes at least have to be alike to show a difference, if any can."""
    return next((won for won in range(votes // 2, votes + 1) if shows(won, votes)), None)


def strengths(wins: Wins, close: float = _CLOSE) -> list[float]:
    """Return the strengths by Bradley and Terry, which sum to 1, by MM iteration.

    i is preferred to j with a chance of `s[i] / (s[i] + s[j])`. Each of `wins` is above 0.
    D. R. Hunter, MM algorithms for generalized Bradley-Terry models (2004).
    """
    every = range(len(wins))
    won = [sum(row[j] for j in every if j != i) for i, row in enumerate(wins)]
    now = [1 / len(wins)] * len(wins)
    for _ in range(_ROUNDS_MAX):
        raw = [
            won[i] / sum((wins[i][j] + wins[j][i]) / (now[i] + now[j]) for j in every if j != i)
            for i in every
        ]
        total = sum(raw)
        before, now = now, [one / total for one in raw]
        if max(abs(a - b) for a, b in zip(before, now, strict=True)) < close:
            break
    return now


def outcome(votes: Sequence[Vote], settings: int, seed: int) -> Outcome:
    """Return what the votes on so many settings show.

    Two are compared by Wilson's interval; three and more by their strengths, with a bootstrap over
    prompts from `seed`: votes on one prompt belong together. It takes a third of a second.
    """
    sided = [vote for vote in votes if vote.choice in ("left", "right")]
    pairs = list(combinations(range(settings), 2))
    if settings == 2:
        between, parts = _of_two(votes)
    else:
        between, parts = _of_many(votes, settings, pairs, seed)
    return Outcome(
        votes=len(votes),
        strengths=parts,
        between=between,
        bad=sum(vote.choice == "bad" for vote in votes),
        left=sum(vote.choice == "left" for vote in sided),
        sided=len(sided),
    )


def _of_two(votes: Sequence[Vote]) -> tuple[tuple[Between, ...], tuple[Strength | None, ...]]:
    if not votes:
        return (), (None, None)
    rate = _points(votes, 0) / len(votes)
    low, high = wilson(_points(votes, 0), len(votes))
    found = _between(votes, 0, 1, rate, (low, high), shows(rate * len(votes), len(votes)))
    return (found,), (Strength(rate, (low, high)), Strength(1 - rate, (1 - high, 1 - low)))


def _of_many(
    votes: Sequence[Vote], settings: int, pairs: Sequence[tuple[int, int]], seed: int
) -> tuple[tuple[Between, ...], tuple[Strength | None, ...]]:
    by_prompt: dict[int, list[Vote]] = defaultdict(list)
    for vote in votes:
        by_prompt[vote.prompt].append(vote)
    counted = [_flat(of_it, settings) for of_it in by_prompt.values()]
    if not counted:
        return (), (None,) * settings
    rng = Random(seed)
    whole = strengths(_matrix(counted, settings))
    samples = [
        strengths(_matrix(rng.choices(counted, k=len(counted)), settings), _CLOSE_ENOUGH)
        for _ in range(SAMPLES)
    ]
    between = []
    for one, other in pairs:
        mine = [vote for vote in votes if {vote.left, vote.right} == {one, other}]
        if not mine:
            continue
        interval = _bounds((_chance(of, one, other) for of in samples), len(pairs))
        known = len(mine) >= VOTES_MIN and _leaves_out_half(interval)
        between.append(
            _between(mine, one, other, _chance(whole, one, other), interval, shows=known)
        )
    seen = {setting for vote in votes for setting in (vote.left, vote.right)}
    parts = tuple(
        Strength(_share(whole, one), _bounds(_share(of, one) for of in samples))
        if one in seen
        else None
        for one in range(settings)
    )
    return tuple(between), parts


def _between(
    votes: Sequence[Vote], one: int, other: int, chance: float, interval: Interval, shows: bool
) -> Between:
    won = [vote.left if vote.choice == "left" else vote.right for vote in votes
           if vote.choice in ("left", "right")]  # fmt: skip
    return Between(
        one,
        other,
        (won.count(one), won.count(other)),
        equal=sum(vote.choice == "equal" for vote in votes),
        bad=sum(vote.choice == "bad" for vote in votes),
        rate=_points(votes, one) / len(votes),
        chance=chance,
        interval=interval,
        shows=shows,
    )


def _points(votes: Iterable[Vote], setting: int) -> float:
    return sum(
        points
        for vote in votes
        for of, points in zip((vote.left, vote.right), vote.points, strict=True)
        if of == setting
    )


def _flat(votes: Iterable[Vote], settings: int) -> list[float]:
    """Return the wins of one prompt's votes, row after row."""
    found = [0.0] * (settings * settings)
    for vote in votes:
        left, right = vote.points
        found[vote.left * settings + vote.right] += left
        found[vote.right * settings + vote.left] += right
    return found


def _matrix(counted: Iterable[Sequence[float]], settings: int) -> list[list[float]]:
    sums = [PRIOR + sum(column) for column in zip(*counted, strict=True)]
    return [sums[row * settings : (row + 1) * settings] for row in range(settings)]


def _chance(of: Sequence[float], one: int, other: int) -> float:
    return of[one] / (of[one] + of[other])


def _share(of: Sequence[float], one: int) -> float:
    """Return how often one is preferred to the others, as the mean over them."""
    others = [other for other in range(len(of)) if other != one]
    return sum(_chance(of, one, other) for other in others) / len(others)


def _bounds(values: Iterable[float], among: int = 1) -> Interval:
    """Return what holds 95 % of the values, or more as one `among` so many comparisons.

    Of six comparisons of equals, each by itself, one in four tests would state some difference.
    """
    found = sorted(values)
    beyond = len(found) * 25 // (1000 * among)
    return found[beyond], found[-1 - beyond]


def _leaves_out_half(interval: Interval) -> bool:
    low, high = interval
    return not low <= 0.5 <= high
