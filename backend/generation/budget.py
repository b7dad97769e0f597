"""What is used of the limits, and what is left of them, counted within a ledger's transaction.

The limits are the platform's: what the sample engine makes counts against none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from backend.errors import OverLimit
from backend.generation.minute import MINUTE_S, SHORTEST_WAIT_S
from backend.said import dollars, joined, msg, msg_n
from backend.storage.rows import to_micro
from backend.storage.tables import runs
from backend.types import OFFLINE, Limits, RunState

DAY_S = 86_400

_OPENS = msg("The limit opens again at 00:00 UTC.")
_UNSENT = msg("Nothing was sent.")
_TO_PLATFORM = runs.c.provider != OFFLINE
_QUEUED = runs.c.state == RunState.QUEUED
_PLACE = (runs.c.created, runs.c.job_id, runs.c.position)


@dataclass(frozen=True, slots=True)
class Usage:
    """What is sent or reserved for today (UTC)."""

    requests_today: int
    dollars_today: Decimal


def usage(db: sa.Connection, now: float) -> Usage:
    """Return what is used of today's limits; `now` is in seconds since 1970."""
    count, microusd = _today(db, now, _QUEUED)
    return Usage(count, Decimal(microusd) / 1_000_000)


def sent_lately(db: sa.Connection, now: float) -> Iterator[float]:
    """Yield how many seconds ago each send of the last minute was; below 0 it lies ahead."""
    lately = db.execute(
        sa.select(runs.c.sent, runs.c.attempts).where(runs.c.sent > now - MINUTE_S, _TO_PLATFORM)
    )
    for sent, attempts in lately:
        yield from [now - sent] * attempts


def minute_wait_s(db: sa.Connection, limits: Limits, now: float) -> float:
    """Return the seconds until the minute's limit lets another request pass, 0 for now.

    By the computer's clock, for all programs on this database; see minute.py for this one's own.
    """
    if limits.requests_per_minute is None:
        return 0.0
    recent = (runs.c.sent > now - MINUTE_S) & (runs.c.sent <= now) & _TO_PLATFORM
    sent, first = db.execute(
        sa.select(sa.func.sum(runs.c.attempts), sa.func.min(runs.c.sent)).where(recent)
    ).one()
    if (sent or 0) < max(1, limits.requests_per_minute):
        return 0.0
    return max(SHORTEST_WAIT_S, float(first) + MINUTE_S - now)


def check_day(db: sa.Connection, limits: Limits, now: float, more: int, cost_usd: Decimal) -> None:
    """Refuse `more` requests that cost `cost_usd` in all, where today's limits do not hold them.

    Raises: OverLimit.
    """
    if limits.requests_per_day is None and limits.dollars_per_day is None:
        return
    count, spent = _today(db, now, _QUEUED)
    _refuse_beyond(limits, count, spent, more, to_micro(cost_usd))


def check_own(db: sa.Connection, limits: Limits, now: float, run_id: str) -> None:
    """Refuse a queued run that today's limits do not hold any more: they were lowered meanwhile.

    Those that were asked for before it keep their part; those after it do not count.
    Raises: OverLimit.
    """
    if limits.requests_per_day is None and limits.dollars_per_day is None:
        return
    mine = db.execute(sa.select(*_PLACE, runs.c.cost_microusd).where(runs.c.id == run_id)).one()
    before = sa.tuple_(*_PLACE) < sa.tuple_(*map(sa.literal, mine[:3]))
    count, spent = _today(db, now, _QUEUED & before)
    _refuse_beyond(limits, count, spent, 1, mine.cost_microusd)


def _refuse_beyond(limits: Limits, count: int, spent: int, more: int, cost: int) -> None:
    """Raise OverLimit where `more` requests of `cost` micro-dollars in all are too many."""
    allowed = limits.requests_per_day
    if allowed is not None and count + more > allowed:
        raise OverLimit(
            joined(
                msg_n(
                    "The limit of 1 request a day leaves {left}, and this needs {more}.",
                    "The limit of {n} requests a day leaves {left}, and this needs {more}.",
                    allowed,
                    left=max(0, allowed - count),
                    more=more,
                ),
                _UNSENT,
            ),
            _OPENS,
        )
    limit = limits.dollars_per_day
    if limit is not None and spent + cost > to_micro(limit):
        left = Decimal(max(0, to_micro(limit) - spent)) / 1_000_000
        raise OverLimit(
            joined(
                msg(
                    "The limit of {limit} a day leaves {left}, and this needs about {price}.",
                    limit=dollars(limit),
                    left=dollars(left),
                    price=dollars(Decimal(cost) / 1_000_000),
                ),
                _UNSENT,
            ),
            _OPENS,
        )


def _today(db: sa.Connection, now: float, reserved: sa.ColumnElement[bool]) -> tuple[int, int]:
    """Return today's requests and micro-dollars: those sent, and the queued runs in `reserved`.

    A queued run that was turned away and waits for another try has been sent before: that counts.
    """
    # ">=" without an upper end: setting the clock back a day does not give the budget anew.
    today = runs.c.sent >= now // DAY_S * DAY_S
    count = sa.func.sum(runs.c.attempts + sa.case((reserved, 1), else_=0))
    cost = sa.func.sum(sa.case((_QUEUED & ~reserved, 0), else_=runs.c.cost_microusd))
    row = db.execute(sa.select(count, cost).where(sa.or_(today, reserved), _TO_PLATFORM)).one()
    return int(row[0] or 0), int(row[1] or 0)
