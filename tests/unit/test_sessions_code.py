"""The code of the room's page, and the names of those who come in by it."""

from __future__ import annotations

import pytest

from backend.sessions.code import GOOD_FOR_S, LENGTH, ROTATES_S, SIGNS, Codes
from backend.sessions.names import HOST_NAME, name_of


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_signs_make_no_words_and_none_looks_like_another() -> None:
    assert len(SIGNS) == 28 == len(set(SIGNS)) and not set("AEIOUL01") & set(SIGNS)
    for _ in range(50):
        code = Codes().now
        assert len(code) == LENGTH == 4 and set(code) <= set(SIGNS)


def test_a_code_stands_ten_minutes_and_the_one_before_it_two_more() -> None:
    clock = Clock()
    codes = Codes(clock)
    first = codes.now
    clock.now += ROTATES_S - 1
    assert codes.now == first and codes.seconds_left == 1
    clock.now += 1
    second = codes.now
    assert second != first and codes.fits(first) and codes.fits(second)
    clock.now += GOOD_FOR_S - 1
    assert codes.fits(first)
    clock.now += 1
    assert not codes.fits(first) and codes.fits(second)


def test_a_code_that_is_changed_by_hand_lets_nobody_in_by_the_one_before_the_last() -> None:
    clock = Clock()
    codes = Codes(clock)
    first, second, third = codes.now, codes.rotate(), codes.rotate()
    assert (codes.fits(first), codes.fits(second), codes.fits(third)) == (False, True, True)


def test_a_new_code_is_never_the_old_one() -> None:
    drawn = iter("BBBB" + "BBBB" + "CCCC")
    codes = Codes(Clock(), lambda _: next(drawn))
    assert (codes.now, codes.rotate()) == ("BBBB", "CCCC")


@pytest.mark.parametrize(
    "wrong", ["", " ", "BCD", "BCDFG", "ABCD", "bcdx", "\u00df\u00df", "B CDF"]
)
def test_the_code_fits_in_any_case_and_nothing_else_does(wrong: str) -> None:
    drawn = iter("BCDF")
    codes = Codes(Clock(), lambda _: next(drawn))
    assert codes.fits("bcdf") and codes.fits(" BcDf\n") and not codes.fits(wrong)


def test_everybody_has_a_name_of_their_own() -> None:
    names = [name_of(number) for number in range(2_000)]
    assert len({str(name) for name in names}) == 2_000 and HOST_NAME not in names
    assert [str(names[n]) for n in (0, 1, 30, 31, 60)] == [
        *("Otter", "Heron", "Otter 2", "Heron 2", "Otter 3"),
    ]
