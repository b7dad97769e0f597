"""What is used of the limits, and what is left of them, counted within a ledger's transaction.

The limits are the platform's: what the sample engine makes counts against none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from backend.errors import OverLimit, OverShare
from backend.generation.minute import MINUTE_S, SHORTEST_WAIT_S
from backend.said import dollars, joined, msg, msg_n
from backend.storage.rows import to_micro
from backend.storage.tables import runs
from backend.types import OFFLINE, Limits, RunState

DAY_S = 86_400

_OPENS = msg("The limit opens again at 00:00 UTC.")
_UNSENT = msg("Nothing was sent.")
_TO_PLATFORM = runs.c.provider != OFFLINE
_NOT_USED = (RunState.FAILED, RunState.CANCELLED)
_QUEUED = runs.c.state == RunState.QUEUED
_ALL = Limits()
_PLACE = (runs.c.created, runs.c.job_id, runs.c.position)


@dataclass(frozen=True, slots=True)
class Cap:
    """What the runs of one `group` (their `experiment`) may use, and of that each owner.

    `kept_back` requests of the day stay for others. What is in doubt counts as used. None is no
    limit.
    """

    group: str
    images: int
    each: int | None = None
    kept_back: int = 0


class Waiting(NamedTuple):
    """A run in the queue: its place in it, whom it goes to, what it costs."""

    created: float
    job_id: str
    position: int
    source: str
    cost_microusd: int


WAITING = sa.select(*_PLACE, runs.c.provider, runs.c.cost_microusd).where(
    runs.c.id == sa.bindparam("run"), _QUEUED
)
"""Selects one as `Waiting`."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What is sent or reserved for today (UTC)."""

    requests_today: int
    dollars_today: Decimal


def usage(db: sa.Connection, now: float, limits: Limits = _ALL) -> Usage:
    """Return what is used of today's limits; `now` is in seconds since 1970."""
    count, microusd = _today(db, limits, now)
    return Usage(count, Decimal(microusd) / 1_000_000)


def usage_of(db: sa.Connection, now: float, owner: str) -> Usage:
    """Return what one owner's runs have used of today; `now` is in seconds since 1970."""
    count, microusd = _today(db, _ALL, now, owner)
    return Usage(count, Decimal(microusd) / 1_000_000)


def sent_lately(db: sa.Connection, now: float) -> Iterator[tuple[float, str]]:
    """Yield how many seconds ago each send of the last minute was, and to whom it went.

    Below 0 it lies ahead.
    """
    lately = db.execute(
        sa.select(runs.c.sent, runs.c.attempts, runs.c.provider).where(
            runs.c.sent > now - MINUTE_S, _TO_PLATFORM
        )
    )
    for sent, attempts, source in lately:
        yield from [(now - sent, source)] * attempts


def check_day(db: sa.Connection, limits: Limits, now: float, more: int, cost_usd: Decimal) -> None:
    """Refuse `more` requests that cost `cost_usd` in all, where today's limits do not hold them.

    Raises: OverLimit.
    """
    if limits.requests_per_day is None and limits.dollars_per_day is None:
        return
    count, spent = _today(db, limits, now)
    _refuse_beyond(limits, count, spent, more, to_micro(cost_usd))


def check_part(
    db: sa.Connection, part: Limits, now: float, owner: str, more: int, cost_usd: Decimal
) -> None:
    """Refuse `more` requests of an owner whose own `part` of the day does not hold them.

    Raises: OverShare.
    """
    count, spent = _today(db, _ALL, now, owner)
    try:
        _refuse_beyond(part, count, spent, more, to_micro(cost_usd))
    except OverLimit as error:
        own = msg("That is the limit of this program's key.")
        raise OverShare(error.message, joined(own, error.hint)) from error


def check_cap(
    db: sa.Connection, cap: Cap, limits: Limits, now: float, owner: str, more: int
) -> None:
    """Refuse `more` requests of an owner that the cap of its group does not hold.

    Raises: OverLimit, OverShare.
    """
    mine = (runs.c.experiment == cap.group) & runs.c.state.not_in(_NOT_USED) & ~runs.c.cached
    count = sa.func.count(), sa.func.sum(sa.case((runs.c.owner == owner, 1), else_=0))
    used, own = db.execute(sa.select(*count).where(mine)).one()
    if used + more > cap.images:
        raise OverLimit(
            msg_n(
                "The 1 image of this session is used.",
                "The {n} images of this session are used.",
                cap.images,
            ),
            joined(_UNSENT, msg("Raise their number to go on.")),
        )
    if cap.each is not None and (own or 0) + more > cap.each:
        raise OverShare(
            msg_n("One image for each is made.", "{n} images for each are made.", cap.each),
            _UNSENT,
        )
    if cap.kept_back and limits.requests_per_day is not None:
        today, _ = _today(db, limits, now)
        if today + more > limits.requests_per_day - cap.kept_back:
            raise OverLimit(
                msg(
                    "The last {kept} images of today's limit are kept for yourself.",
                    kept=cap.kept_back,
                ),
                joined(_UNSENT, _OPENS),
            )


def own_wait_s(db: sa.Connection, limits: Limits, now: float, run: Waiting) -> float:
    """Return the seconds until the minute's limit lets a queued run pass, 0 for now.

    By the computer's clock, for all programs on this database; see minute.py for this one's own.
    Raises: OverLimit where today's limits do not hold it any more: they were lowered meanwhile.
    Those that were asked for before it keep their part; those after it do not count.
    """
    minute = limits.requests_per_minute
    day = limits.requests_per_day is not None or limits.dollars_per_day is not None
    if minute is None and not day:
        return 0.0
    asked = {"now": now, "lately": now - MINUTE_S, "today": _midnight(now)}
    asked |= {name: getattr(run, name) for name in ("created", "job_id", "position")}
    used = db.execute(_used_before(day, minute is not None, limits.only, limits.besides), asked)
    found = used.mappings().one()
    if day:
        count, spent = int(found["count"] or 0), int(found["cost"] or 0)
        _refuse_beyond(limits, count, spent, 1, run.cost_microusd)
    if minute is None or (found["sent"] or 0) < max(1, minute):
        return 0.0
    return max(SHORTEST_WAIT_S, float(found["first"]) + MINUTE_S - now)


@cache
def _used_before(
    day: bool, minute: bool, only: tuple[str, ...], besides: tuple[str, ...]
) -> sa.Select[Any]:
    """Return what selects the day's and the last minute's sends in one row.

    Made once: to make it anew for each send takes longer than the database does.
    """
    counted = _counted(only, besides)
    place = (sa.bindparam(c.name, type_=c.type) for c in _PLACE)
    before = sa.tuple_(*_PLACE) < sa.tuple_(*place)
    lately = (runs.c.sent > sa.bindparam("lately")) & (runs.c.sent <= sa.bindparam("now"))
    sent = sa.func.sum(runs.c.attempts).label("sent"), sa.func.min(runs.c.sent).label("first")
    parts = [_day(_QUEUED & before).where(counted).subquery("day")] if day else []
    parts += [sa.select(*sent).where(lately, counted).subquery("minute")] if minute else []
    both = parts[0] if len(parts) == 1 else parts[0].join(parts[1], sa.true())
    return sa.select(*(column for part in parts for column in part.c)).select_from(both)


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


@cache
def _counted(only: tuple[str, ...], besides: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """Return the condition that a run was to go where limits count, see `Limits`."""
    if only:
        return runs.c.provider.in_(only)
    return _TO_PLATFORM & runs.c.provider.not_in(besides) if besides else _TO_PLATFORM


def _today(
    db: sa.Connection, limits: Limits, now: float, owner: str | None = None
) -> tuple[int, int]:
    """Return today's requests and micro-dollars, of an owner's or all: those sent, and the queued
    runs.
    """
    wanted = _used_today(limits.only, limits.besides, owner is not None)
    asked = {"today": _midnight(now)} | ({} if owner is None else {"owner": owner})
    row = db.execute(wanted, asked).one()
    return int(row[0] or 0), int(row[1] or 0)


@cache
def _used_today(only: tuple[str, ...], besides: tuple[str, ...], owned: bool) -> sa.Select[Any]:
    counted = _day(_QUEUED).where(_counted(only, besides), _TO_PLATFORM)
    return counted.where(runs.c.owner == sa.bindparam("owner")) if owned else counted


def _midnight(now: float) -> float:
    return now // DAY_S * DAY_S


def _day(reserved: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Return what selects a day's requests and micro-dollars: the queued runs in `reserved`, too.

    A queued run that was turned away and waits for another try has been sent before: that counts.
    """
    # ">=" without an upper end: setting the clock back a day does not give the budget anew.
    today = runs.c.sent >= sa.bindparam("today")
    count = sa.func.sum(runs.c.attempts + sa.case((reserved, 1), else_=0)).label("count")
    cost = sa.func.sum(sa.case((_QUEUED & ~reserved, 0), else_=runs.c.cost_microusd)).label("cost")
    return sa.select(count, cost).where(sa.or_(today, reserved))
