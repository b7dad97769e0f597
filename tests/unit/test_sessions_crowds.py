"""An address refuses nobody: many ideas from one that the room does not share stand together."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from backend.sessions.crowds import CROWD, HERE_S, STAYS_S, Crowds
from backend.sessions.reducer import after, begun
from backend.sessions.state import Event, Plan, Session


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def session(**plan: Any) -> Session:
    return begun("f" * 32, Event("plan", asdict(Plan("", "m", **plan)), 1))


def asked(found: Session, crowds: Crowds, visitor: str, address: str, **more: Any) -> Session:
    crowds.note(visitor, address)
    crowds.note_seen(visitor)
    data = {"id": f"of {visitor}", "visitor": visitor, "text": "x", **more}
    return after(found, Event("wish", data, 1))


def flooded(crowds: Crowds, many: int, found: Session | None = None, **more: Any) -> Session:
    """Return a session where three sit at addresses of their own, and one sends so many."""
    found = found or session()
    for n in range(3):
        found = asked(found, crowds, f"guest {n}", f"10.0.0.{n}")
    for n in range(many):
        found = asked(found, crowds, f"thrown away {n}", "10.0.0.66", **more)
    return found


def test_more_than_five_from_one_address_are_one_crowd() -> None:
    crowds = Crowds(Clock())
    assert crowds.of(flooded(crowds, CROWD)) == []
    (crowd,) = crowds.of(flooded(crowds, CROWD + 1))
    assert crowd.wishes == tuple(f"of thrown away {n}" for n in range(CROWD + 1))
    (again,) = crowds.of(flooded(crowds, 500))
    assert again.number == crowd.number and len(again.wishes) == 500


def test_an_address_that_most_of_the_room_shares_is_no_crowd() -> None:
    crowds, clock = Crowds(), Clock()
    crowds = Crowds(clock)
    found = session()
    for n in range(10):
        found = asked(found, crowds, f"guest {n}", "192.168.1.1")
    assert crowds.of(found) == [], "there is no other address"
    found = asked(found, crowds, "elsewhere", "10.0.0.5")
    clock.now += STAYS_S
    for n in range(10):
        crowds.note_seen(f"guest {n}")
    assert crowds.of(found) == [], "they have stayed, so they are people"
    clock.now += HERE_S + 1
    crowds.note_seen("elsewhere")
    assert len(crowds.of(found)) == 1, "they have gone, and the room is elsewhere"


def test_who_throws_cookies_away_is_not_most_of_the_room() -> None:
    clock = Clock()
    crowds = Crowds(clock)
    found = flooded(crowds, 500)
    clock.now += STAYS_S
    for n in range(3):
        crowds.note_seen(f"guest {n}")
    assert len(crowds.of(found)) == 1
    assert crowds.joins(found, "thrown away 1") and not crowds.joins(found, "guest 1")


def test_what_the_presenter_approved_is_none_of_a_crowd() -> None:
    crowds = Crowds(Clock())
    found = flooded(crowds, CROWD + 1)
    found = after(found, Event("approved", {"id": "of thrown away 0"}, 1))
    assert crowds.of(found) == []


def test_where_words_need_no_approval_what_waits_to_be_made_counts() -> None:
    crowds = Crowds(Clock())
    found = flooded(crowds, CROWD, session(approve=False), approved=True)
    assert crowds.of(found) == [] and crowds.joins(found, "thrown away 0")
    found = flooded(crowds, CROWD + 1, session(approve=False), approved=True)
    (crowd,) = crowds.of(found)
    assert len(crowd.wishes) == CROWD + 1


def test_wishes_of_nobody_that_came_by_the_door_are_no_crowd() -> None:
    crowds = Crowds(Clock())
    found = session()
    for n in range(20):
        data = {"id": f"{n}", "visitor": "", "text": "x"}
        found = after(found, Event("wish", data, 1))
    assert crowds.of(found) == [] and not crowds.joins(found, "")
