"""What may be sent again, and when: decided by what may have been paid. Pure.

Only two things are ever sent again by themselves: what never left, and what the platform turned
away with 429. Everything else is None, for a person to decide.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from backend.errors import PlaygroundError, RateLimited, Unreachable

CONNECT_WAITS_S = (1.0, 3.0)
"""Waits after the first and the second failure to connect; after the third, stop."""

RATE_WAITS_S = (5.0, 20.0)
"""Waits after the first and the second 429 that names no time; after the third, stop."""

RETRY_AFTER_MAX_S = 120.0
"""The longest Retry-After that is waited out; a longer one is told to the user instead."""

_A_YEAR_S = 366 * 86_400.0


def next_step(error: PlaygroundError, attempt: int) -> float | None:
    """Return the seconds to wait before sending again, or None for never.

    `attempt` is how many times this request has been tried so far; the first failure is 1.
    """
    waits: tuple[float, ...] = ()
    if isinstance(error, Unreachable):
        waits = CONNECT_WAITS_S
    elif isinstance(error, RateLimited):
        waits = RATE_WAITS_S
    if error.maybe_charged or not 1 <= attempt <= len(waits):
        return None
    asked = error.retry_after_s if isinstance(error, RateLimited) else None
    if asked is None or math.isnan(asked):
        return waits[attempt - 1]
    return max(asked, 0.0) if asked <= RETRY_AFTER_MAX_S else None


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header: seconds, or an HTTP date counted from `now` (aware).

    Returns seconds from 0 to a year, or None where there is no header or no sense in it.
    """
    text = (value or "").strip()
    if not text or len(text) > 64 or not text.isascii():
        return None
    try:
        seconds = float(text) if "_" not in text else math.nan
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        if when.tzinfo is None:  # "-0000": a date without a zone is UTC in HTTP
            when = when.replace(tzinfo=UTC)
        seconds = (when - now).total_seconds()
    if math.isnan(seconds) or seconds == math.inf:
        return None
    return min(max(seconds, 0.0), _A_YEAR_S)
