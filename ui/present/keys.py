"""A key of another program as JSON and in words. Pure."""

from __future__ import annotations

from typing import Any

from backend.programs.keys import KeyUse
from backend.said import dollars, msg, msg_n
from ui.language.chosen import tell
from ui.present.words import number, utc


def key_json(use: KeyUse) -> dict[str, Any]:
    """Return a key and what it has used today, never the key itself."""
    key, limits = use.key, use.key.limits
    return {
        "id": key.id,
        "name": key.name,
        "created": utc(key.created),
        "last": use.last and utc(use.last),
        "requests_per_day": limits.requests_per_day,
        "dollars_per_day": number(limits.dollars_per_day),
        "requests_today": use.today.requests_today,
        "dollars_today": number(use.today.dollars_today),
        "text": tell(use_text(use)),
    }


def use_text(use: KeyUse) -> str:
    """Return what a key has used of today, and of how much."""
    count, limits = use.today.requests_today, use.key.limits
    requests: str = msg_n("1 request today", "{n} requests today", count)
    if (most := limits.requests_per_day) is not None:
        requests = msg("{count} of {most} requests today", count=count, most=most)
    money: str = dollars(use.today.dollars_today)
    if (limit := limits.dollars_per_day) is not None:
        money = msg("{amount} of {most}", amount=money, most=dollars(limit))
    return msg("{t0}, {t1}", t0=requests, t1=money)
