"""What is used of the limits, and what is left of them, counted within a ledger's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from backend.errors import OverLimit
from backend.storage.rows import to_micro
from backend.storage.tables import runs
from backend.types import Limits, RunState

DAY_S = 86_400
_MINUTE_S = 60
_SHORTEST_WAIT_S = 0.05


@dataclass(frozen=True, slots=True)
class Usage:
    """What is sent or reserved for today (UTC)."""

    requests_today: int
    dollars_today: Decimal


def usage(db: sa.Connection, now: float) -> Usage:
    """Return what is used of today's limits; `now` is in seconds since 1970."""
    count, microusd = _today(db, now)
    return Usage(count, Decimal(microusd) / 1_000_000)


def minute_wait_s(db: sa.Connection, limits: Limits, now: float) -> float:
    """Return the seconds until the minute's limit lets another request pass, 0 for now."""
    if limits.requests_per_minute is None:
        return 0.0
    recent = (runs.c.sent > now - _MINUTE_S) & (runs.c.sent <= now)
    sent, first = db.execute(
        sa.select(sa.func.sum(runs.c.attempts), sa.func.min(runs.c.sent)).where(recent)
    ).one()
    if (sent or 0) < max(1, limits.requests_per_minute):
        return 0.0
    return max(_SHORTEST_WAIT_S, float(first) + _MINUTE_S - now)


def check_day(
    db: sa.Connection, limits: Limits, now: float, more: int = 0, cost_usd: Decimal = Decimal(0)
) -> None:
    """Refuse `more` requests that cost `cost_usd` in all, where today's limits do not hold them.

    Raises: OverLimit.
    """
    if limits.requests_per_day is None and limits.dollars_per_day is None:
        return
    count, spent = _today(db, now)
    opens = "The limit opens again at 00:00 UTC."
    allowed = limits.requests_per_day
    if allowed is not None and count + more > allowed:
        raise OverLimit(
            f"The limit of {allowed:,} requests a day leaves {max(0, allowed - count):,},"
            f" and this needs {more:,}. Nothing was sent.",
            opens,
        )
    dollars, cost = limits.dollars_per_day, to_micro(cost_usd)
    if dollars is not None and spent + cost > to_micro(dollars):
        left = Decimal(max(0, to_micro(dollars) - spent)) / 1_000_000
        raise OverLimit(
            f"The limit of ${dollars} a day leaves ${left:.3f},"
            f" and this needs about ${Decimal(cost) / 1_000_000:.3f}. Nothing was sent.",
            opens,
        )


def _today(db: sa.Connection, now: float) -> tuple[int, int]:
    """Return today's requests and micro-dollars, sent or reserved."""
    # ">=" without an upper end: setting the clock back a day does not give the budget anew.
    today = runs.c.sent >= now // DAY_S * DAY_S
    reserved = runs.c.state == RunState.QUEUED
    count = sa.func.sum(sa.case((reserved, runs.c.attempts + 1), else_=runs.c.attempts))
    row = db.execute(
        sa.select(count, sa.func.sum(runs.c.cost_microusd)).where(sa.or_(today, reserved))
    ).one()
    return int(row[0] or 0), int(row[1] or 0)
