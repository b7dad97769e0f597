"""What a demo session would cost at most, and take at least, before it is started. Pure."""

from __future__ import annotations

from decimal import Decimal
from math import ceil
from typing import Any

from backend.experiments.pace import together_s
from backend.said import Said, dollars, joined, msg, msg_n
from backend.sessions.state import KEPT_BACK, Plan
from ui.language.chosen import tell
from ui.present.words import number


def least_s(
    images: int, usual_s: float | None, at_once: int, per_minute: int | None
) -> float | None:
    """Return the seconds that so many images take at least, 0 and more; None where nothing says.

    `usual_s` is how long one takes of late, `per_minute` how many may be sent.
    """
    if usual_s is None and per_minute is None:
        return None
    return together_s({"": images}, {"": usual_s or 0.0}, at_once, per_minute)


def plan_json(
    plan: Plan, *, price_usd: Decimal | None, seconds: float | None, today: int | None
) -> dict[str, Any]:
    """Return a plan's cost. `price_usd` is one image's; `today` what the day's limit still holds,
    None without one.
    """
    total = None if price_usd is None else price_usd * plan.images
    return {
        "images": plan.images,
        "per_visitor": plan.each,
        "price_usd": number(total),
        "seconds": seconds,
        "today": today,
        "text": tell(plan_text(plan, total, seconds, today)),
    }


def plan_text(plan: Plan, total: Decimal | None, seconds: float | None, today: int | None) -> Said:
    """Return all of it in words; `total` is the price of all images."""
    return joined(_images(plan.images, total), _each(plan), _today(plan, today), _time(seconds))


def _images(count: int, total: Decimal | None) -> Said:
    if total is None:
        return msg_n(
            "1 image at most, no price listed.", "{n} images at most, no price listed.", count
        )
    if not total:
        return msg_n("1 image at most, free.", "{n} images at most, free.", count)
    return msg_n(
        "1 image at most, about {price}.",
        "{n} images at most, about {price} in all.",
        count,
        price=dollars(total),
    )


def _each(plan: Plan) -> Said:
    people = plan.images // plan.each
    if not people:
        return msg("{each} for each person, more than there are.", each=plan.each)
    return msg_n(
        "{each} for each person: enough for 1 person.",
        "{each} for each person: enough for {n} people.",
        people,
        each=plan.each,
    )


def _today(plan: Plan, today: int | None) -> str:
    if today is None:
        return ""
    for_room = max(0, today - KEPT_BACK)
    if for_room >= plan.images:
        return msg("Today's limit still holds {today}.", today=today)
    return msg_n(
        "Today's limit holds 1 of them for the room; the last {kept} stay yours.",
        "Today's limit holds {n} of them for the room; the last {kept} stay yours.",
        for_room,
        kept=KEPT_BACK,
    )


def _time(seconds: float | None) -> str:
    if not seconds:
        return ""
    if seconds < 60:
        return msg_n(
            "They take at least 1 second.", "They take at least {n} seconds.", ceil(seconds)
        )
    return msg_n(
        "They take at least 1 minute.", "They take at least {n} minutes.", round(seconds / 60)
    )
