"""What is used of the limits, and what is left of them, counted within a ledger's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from backend.storage.tables import runs
from backend.types import RunState

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Usage:
    """What was sent in the last minute, and is sent or reserved for today (UTC)."""

    requests_this_minute: int
    requests_today: int
    dollars_today: Decimal


def today(db: sa.Connection, now: float) -> tuple[int, int]:
    # ">=" without an upper end: setting the clock back a day does not give the budget anew.
    today = runs.c.sent >= now // DAY_S * DAY_S
    reserved = runs.c.state == RunState.QUEUED
    count = sa.func.sum(sa.case((reserved, runs.c.attempts + 1), else_=runs.c.attempts))
    row = db.execute(
        sa.select(count, sa.func.sum(runs.c.cost_microusd)).where(sa.or_(today, reserved))
    ).one()
    return int(row[0] or 0), int(row[1] or 0)
