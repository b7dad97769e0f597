"""Days of a time zone as spans of seconds. Pure, but for the zones that the system knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from backend.errors import InvalidInput
from backend.said import msg

_NAME = re.compile(r"(?!posix/|right/)[A-Za-z][\w+-]*(/[A-Za-z0-9][\w+-]*){0,2}", re.ASCII)
_NAME_MAX_CHARS = 64
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a row, from `first` on, each of `day_s` seconds; in seconds since 1970."""

    first: date
    begin: int
    end: int
    day_s: int


def zone_of(name: str) -> tzinfo:
    """Return a zone by its IANA name, UTC for "". Raises: InvalidInput for an unknown one."""
    if not name:
        return UTC
    try:
        if len(name) > _NAME_MAX_CHARS or not _NAME.fullmatch(name):
            raise ValueError(name)
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:  # a folder of zones is an OSError
        raise InvalidInput(
            msg("This time zone is not known."),
            msg("Give an IANA name such as Europe/Berlin, or leave it out for UTC."),
            field="zone",
        ) from error


def spans(zone: tzinfo, since: date, until: date) -> Iterator[Span]:
    """Yield the zone's days from `since` to `until`, both included; changes of clocks part them.

    A day begins at its first moment, also where midnight comes twice or is left out.
    """
    first, begin = since, _begin(since, zone)
    end, day_s = begin, 0
    day = since
    while day <= until:
        day += timedelta(days=1)
        next_begin = _begin(day, zone)
        if next_begin - end != day_s:
            if day_s:
                yield Span(first, begin, end, day_s)
            first, begin = day - timedelta(days=1), end
            day_s = next_begin - end
        end = next_begin
    if day_s:
        yield Span(first, begin, end, day_s)


def _begin(day: date, zone: tzinfo) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
