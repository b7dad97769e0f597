"""What a demo session would cost and take is said before it starts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backend.sessions.state import Plan
from ui.present.session_plan import least_s, plan_json


def said(plan: Plan, price: str | None, seconds: float | None, today: int | None) -> str:
    usd = None if price is None else Decimal(price)
    return str(plan_json(plan, price_usd=usd, seconds=seconds, today=today)["text"])


@pytest.mark.parametrize(
    ("plan", "price", "seconds", "today", "text"),
    [
        (
            Plan("", "m"),
            "0.009",
            125.0,
            180,
            "40 images at most, about $0.36 in all. 2 for each person: enough for 20 people."
            " Today's limit still holds 180. They take at least 2 minutes.",
        ),
        (
            Plan("", "m", images=30),
            "0",
            0.0,
            None,
            "30 images at most, free. 2 for each person: enough for 15 people.",
        ),
        (
            Plan("", "m", images=1, each=1),
            None,
            0.4,
            None,
            "1 image at most, no price listed. 1 for each person: enough for 1 person."
            " They take at least 1 second.",
        ),
        (
            Plan("", "m", images=40),
            "0.01",
            None,
            30,
            "40 images at most, about $0.40 in all. 2 for each person: enough for 20 people."
            " Today's limit holds 20 of them for the room; the last 10 stay yours.",
        ),
        (
            Plan("", "m", images=1, each=2),
            "0.01",
            None,
            None,
            "1 image at most, about $0.01. 2 for each person, more than there are.",
        ),
    ],
)
def test_a_plan_is_told_in_one_line(
    plan: Plan, price: str | None, seconds: float | None, today: int | None, text: str
) -> None:
    assert said(plan, price, seconds, today) == text


def test_the_minutes_limit_can_take_longer_than_the_making() -> None:
    assert least_s(40, None, 3, None) is None
    assert least_s(40, 3.0, 3, None) == 40.0
    assert least_s(120, 1.0, 3, 54) == 120.0
    assert least_s(120, None, 3, 54) == 120.0
