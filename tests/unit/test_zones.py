"""Days of time zones as spans of seconds: as the clocks there showed them, through all changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.errors import InvalidInput
from backend.library.zones import spans, zone_of
from backend.storage.rows import QUARTER_S

pytestmark = pytest.mark.wide

ZONES = sorted(name for name in available_timezones() if name not in ("localtime", "Factory"))


def day_of(moment: int, zone: str, since: date, until: date) -> date | None:
    """Return the day that the spans put a moment into."""
    for span in spans(zone_of(zone), since, until):
        if span.begin <= moment < span.end:
            return span.first + timedelta(days=(moment - span.begin) // span.day_s)
    return None


@given(
    st.sampled_from(ZONES),
    st.integers(0, 2**31 - 1),
    st.integers(0, 40),
)
@example("Asia/Kathmandu", 1_700_000_000, 3)  # +5:45
@example("Australia/Lord_Howe", 1_712_415_600, 9)  # half an hour of summer time
@example("Pacific/Apia", 1_325_239_200, 9)  # a day left out
@example("America/Havana", 1_699_160_400, 9)  # midnight comes twice
@example("Africa/Cairo", 1_714_082_400, 9)  # there is no midnight
def test_a_moment_is_in_the_day_that_the_clocks_show(zone: str, moment: int, around: int) -> None:
    shown = datetime.fromtimestamp(moment, ZoneInfo(zone)).date()
    far = timedelta(days=around)
    assert day_of(moment, zone, shown - far, shown + far) == shown
    assert day_of(moment, zone, shown + timedelta(days=1), shown + far) is None


@given(st.sampled_from(ZONES), st.dates(date(1990, 1, 1), date(2035, 1, 1)), st.integers(0, 500))
def test_days_follow_each_other_without_a_gap_and_changes_of_clocks_alone_part_them(
    zone: str, since: date, count: int
) -> None:
    until = since + timedelta(days=count)
    found = list(spans(zone_of(zone), since, until))
    assert found and found[0].begin >= 0
    for one, following in pairwise(found):
        assert one.end == following.begin and one.day_s != following.day_s
    assert all((span.end - span.begin) % span.day_s == 0 for span in found)
    assert sum((s.end - s.begin) // s.day_s for s in found) in (count, count + 1)
    assert len(found) <= 2 + 8 * (1 + count // 365)


def test_no_zone_of_these_years_begins_a_day_within_a_quarter_of_an_hour() -> None:
    for name in ZONES:
        for year in range(2024, 2032):
            for span in spans(zone_of(name), date(year, 1, 1), date(year, 12, 31)):
                assert span.begin % QUARTER_S == span.end % QUARTER_S == 0, name


def test_a_zone_is_named_or_utc() -> None:
    assert zone_of("") is UTC
    for name in ("Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "UTC", "GB"):
        assert datetime(2026, 7, 1, tzinfo=zone_of(name)).utcoffset() is not None


NO_ZONES = "Nowhere/City|x| |Europe|America|America/|../../etc/passwd|/etc/localtime|Europe/Berlin/"
STRANGE = "Europe//Berlin|europe\0|Z\ud800|zone.tab|tzdata.zi|+05:30|right/Europe/Berlin|__init__"


@pytest.mark.parametrize("name", [*NO_ZONES.split("|"), *STRANGE.split("|"), "A/" * 3000, "Ευρώπη"])
def test_what_is_no_zone_is_refused_in_words(name: str) -> None:
    with pytest.raises(InvalidInput, match="time zone is not known") as caught:
        zone_of(name)
    assert caught.value.field == "zone" and "Europe/Berlin" in str(caught.value)
