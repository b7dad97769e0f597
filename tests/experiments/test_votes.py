"""What votes show: the figures of the interval, of strengths, and when nothing is said."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest

from backend.experiments.pairs import pairs_of
from backend.experiments.votes import (
    Choice,
    Vote,
    least_to_show,
    outcome,
    shows,
    strengths,
    wilson,
)


def votes(**counts: int) -> list[Vote]:
    """Return votes on two settings, each on a prompt of its own, the first one always left."""
    choices: list[Choice] = [name for name, n in counts.items() for _ in range(n)]  # type: ignore[misc]
    return [Vote(prompt, 0, 1, choice) for prompt, choice in enumerate(choices)]


@pytest.mark.parametrize(
    ("least", "of"), [(9, 10), (10, 12), (15, 20), (21, 30), (32, 50), (60, 100), (6, 6)]
)
def test_a_difference_is_stated_from_so_many_votes_on(least: int, of: int) -> None:
    assert least_to_show(of) == least
    assert shows(least, of) and shows(of - least, of) and not shows(least - 1, of)


def test_below_six_votes_nothing_is_stated() -> None:
    assert [least_to_show(votes) for votes in range(6)] == [None] * 6
    assert not shows(5, 5)
    assert wilson(5, 5)[0] > 0.5  # the interval alone would have said so


def test_wilsons_interval_has_its_known_values() -> None:
    assert wilson(9, 10) == pytest.approx((0.5958, 0.9821), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)


def test_a_tie_is_half_a_win_for_each_and_both_bad_is_counted_by_itself() -> None:
    found = outcome(votes(left=5, right=1, equal=2, bad=2), 2, 1)
    (between,) = found.between
    assert (between.won, between.equal, between.bad, between.votes) == ((5, 1), 2, 2, 10)
    assert between.rate == 0.7 and found.bad == 2 and not between.shows
    assert [round(one.share, 9) for one in found.strengths if one] == [0.7, 0.3]


def test_the_side_does_not_matter_but_winning_often_on_one_is_said() -> None:
    turned = [Vote(n, 1, 0, "left" if n < 9 else "right") for n in range(10)]
    found = outcome(turned, 2, 1)
    assert found.between[0].won == (1, 9) and found.between[0].shows
    assert (found.left, found.sided, found.biased) == (9, 10, True)
    assert not outcome(votes(left=6, right=4), 2, 1).biased


def test_without_votes_nothing_is_said() -> None:
    for settings in (2, 3):
        found = outcome([], settings, 1)
        assert found.between == () and found.strengths == (None,) * settings and not found.biased


def test_strengths_of_two_are_their_wins() -> None:
    assert strengths([[0, 30], [10, 0]]) == pytest.approx([0.75, 0.25])


def test_strengths_expect_as_many_wins_as_there_were() -> None:
    wins = [[0, 7.5, 3, 9], [2.5, 0, 4, 6], [7, 6, 0, 2.5], [1, 4, 7.5, 0]]
    found = strengths(wins)
    assert sum(found) == pytest.approx(1)
    for i, row in enumerate(wins):  # what the most likely strengths fulfil, and no others do
        expected = sum(
            (wins[i][j] + wins[j][i]) * found[i] / (found[i] + found[j]) for j in range(4) if j != i
        )
        assert expected == pytest.approx(sum(row), rel=1e-4)


def judged(chance: list[list[float]], prompts: int, seed: int) -> list[Vote]:
    """Return votes on all pairs, where i is preferred to j with a chance of `chance[i][j]`."""
    rng = Random(seed)
    return [
        Vote(p, i, j, "left" if rng.random() < chance[i][j] else "right")
        for p in range(prompts)
        for i, j in combinations(range(len(chance)), 2)
    ]


def test_a_setting_that_never_lost_has_a_strength_all_the_same() -> None:
    found = outcome(judged([[0, 1, 1], [0, 0, 0.5], [0, 0.5, 0]], 12, 3), 3, 1)
    first, second, third = (one for one in found.strengths if one)
    assert 0.8 < first.share < 1 and first.interval[1] < 1
    assert second.share < 0.4 and third.share < 0.4
    shown = {(one.one, one.other): one.shows for one in found.between}
    assert shown[0, 1] and shown[0, 2] and not shown[1, 2]


def test_among_equals_no_difference_is_stated() -> None:
    even = [[0.5] * 4] * 4
    found = [outcome(judged(even, 20, seed), 4, 1) for seed in range(4)]
    stated = [sum(between.shows for between in one.between) for one in found]
    assert sum(map(bool, stated)) <= 1  # as six comparisons by themselves, three would


def test_prompts_are_drawn_anew_not_votes() -> None:
    """Six votes on one prompt are the word of one prompt: they do not narrow the interval."""
    once = [Vote(0, 0, 1, "left"), Vote(1, 0, 1, "right")]
    many = [vote for vote in once for _ in range(12)]
    both = [Vote(p, 0, 2, "equal") for p in (0, 1)] + [Vote(p, 1, 2, "equal") for p in (0, 1)]
    low, high = outcome(many + both, 3, 1).between[0].interval
    assert low < 0.1 and high > 0.9


def test_the_same_seed_draws_the_same() -> None:
    same = judged([[0, 0.7, 0.6], [0.3, 0, 0.5], [0.4, 0.5, 0]], 10, 2)
    assert outcome(same, 3, 5) == outcome(same, 3, 5) != outcome(same, 3, 6)


def test_pairs_are_all_there_with_sides_and_order_by_the_seed() -> None:
    pairs = pairs_of(3, 40, 7)
    assert pairs == pairs_of(3, 40, 7) != pairs_of(3, 40, 8)
    sides = {(pair.prompt, *sorted((pair.left, pair.right))) for pair in pairs}
    assert len(sides) == len(pairs) == 40 * 3
    assert 40 < sum(pair.left < pair.right for pair in pairs) < 80
    assert [pair.prompt for pair in pairs] != sorted(pair.prompt for pair in pairs)
