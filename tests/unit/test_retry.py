"""What is sent again and what is not, and every shape of Retry-After at a frozen time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from backend import errors
from backend.errors import PlaygroundError, RateLimited, Unreachable
from backend.providers.retry import next_step, parse_retry_after

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def all_errors(kind: type[PlaygroundError] = PlaygroundError) -> Iterator[type[PlaygroundError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from all_errors(child)


def waits(error: PlaygroundError) -> list[float | None]:
    return [next_step(error, attempt) for attempt in range(1, 6)]


def test_what_could_not_connect_is_tried_twice_more() -> None:
    assert waits(Unreachable("x")) == [1.0, 3.0, None, None, None]


@pytest.mark.parametrize(
    ("retry_after_s", "expected"),
    [
        (None, [5.0, 20.0, None, None, None]),
        (0.0, [0.0, 0.0, None, None, None]),
        (5.0, [5.0, 5.0, None, None, None]),
        (120.0, [120.0, 120.0, None, None, None]),
        (120.5, [None] * 5),
        (3600.0, [None] * 5),
        (float("inf"), [None] * 5),
        (float("nan"), [5.0, 20.0, None, None, None]),
        (-5.0, [0.0, 0.0, None, None, None]),
    ],
)
def test_429_is_tried_three_times_in_all_and_never_waits_over_two_minutes(
    retry_after_s: float | None, expected: list[float | None]
) -> None:
    assert waits(RateLimited("x", retry_after_s=retry_after_s)) == expected


OTHERS = [kind for kind in all_errors() if kind not in (Unreachable, RateLimited)]


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.__name__)
def test_nothing_else_is_ever_sent_again_by_itself(kind: type[PlaygroundError]) -> None:
    assert waits(kind("x")) == [None] * 5


def test_an_error_that_may_have_cost_is_not_sent_again_whatever_its_class() -> None:
    class Doubtful(Unreachable):
        maybe_charged = True

    assert waits(Doubtful("x")) == [None] * 5


@pytest.mark.parametrize("attempt", [0, -1, 3, 10**9])
def test_an_attempt_outside_the_table_is_never(attempt: int) -> None:
    assert next_step(Unreachable("x"), attempt) is None


def test_only_what_came_after_sending_may_have_been_charged() -> None:
    ours = {kind for kind in all_errors() if kind.__module__ == "backend.errors"}
    doubtful = {kind for kind in ours if kind.maybe_charged}
    assert doubtful == ours & set(all_errors(errors.MaybeCharged))
    assert {errors.NoAnswer, errors.ServerTrouble, errors.BadAnswer} < doubtful


A_YEAR_S = 366 * 86_400.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("", None),
        ("   ", None),
        ("0", 0.0),
        ("5", 5.0),
        (" 5 ", 5.0),
        ("1.5", 1.5),
        ("3600", 3600.0),
        ("-1", 0.0),
        ("-inf", 0.0),
        ("1e400", None),
        ("inf", None),
        ("nan", None),
        ("1_0", None),
        ("\uff19", None),
        ("9" * 63, A_YEAR_S),
        ("9" * 65, None),
        ("soon", None),
        ("5 seconds", None),
        ("0x10", None),
        ("\0", None),
        ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
        ("Sunday, 22-Nov-26 12:00:30 GMT", 30.0),
        ("Sun Nov 22 12:00:30 2026", 30.0),
        ("Sun, 22 Nov 2026 13:00:30 +0100", 30.0),
        ("Sun, 22 Nov 2026 12:00:30 -0000", 30.0),
        ("Sun, 22 Nov 2026 11:59:00 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", A_YEAR_S),
        ("Sun, 99 Nov 2026 12:00:30 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", A_YEAR_S),
        ("Mon, 01 Jan 0001 00:00:00 +2359", 0.0),
    ],
)
def test_retry_after_is_read_or_ignored(value: str | None, expected: float | None) -> None:
    assert parse_retry_after(value, NOW) == expected


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(timedelta(0), 60.0), (timedelta(days=1), 0.0), (timedelta(days=-1), 86_460.0)],
)
def test_a_date_counts_from_the_clock_that_is_given(ahead: timedelta, expected: float) -> None:
    date = format_datetime(NOW + timedelta(seconds=60), usegmt=True)
    assert parse_retry_after(date, NOW + ahead) == expected
    assert parse_retry_after("60", NOW + ahead) == 60.0


def test_a_date_counts_the_same_in_every_time_zone() -> None:
    date = format_datetime(NOW + timedelta(seconds=60), usegmt=True)
    assert parse_retry_after(date, NOW.astimezone(timezone(timedelta(hours=-8)))) == 60.0
