"""Which ideas the desk is told of: crowds and marked ones last, of very many the first."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from backend.sessions.blocked import Blocked
from backend.sessions.crowds import Crowd
from backend.sessions.reducer import after, begun
from backend.sessions.state import Event, Plan, Session
from ui.present.line import FEW, LINE_MAX
from ui.present.sessions import desk_json


def asked(*texts: str, **more: Any) -> Session:
    found = begun("f" * 32, Event("plan", asdict(Plan("", "m", images=9)), 1))
    for n, text in enumerate(texts):
        data = {"id": f"w{n}", "visitor": f"v{n}", "text": text, **more}
        found = after(found, Event("wish", data, 1))
    return found


def desk(found: Session, **more: Any) -> dict[str, Any]:
    return desk_json(found, code="", addresses=(), here=0, **more)


def ids(told: dict[str, Any]) -> list[str]:
    return [wish["id"] for wish in told["wishes"]]


def test_marked_ideas_stand_last_behind_those_of_a_crowd() -> None:
    found = asked("a bad idea", "one", "two", "of a crowd", "four")
    told = desk(found, blocked=Blocked("bad"), crowds=[Crowd(7, ("w3",))])
    assert ids(told) == ["w1", "w2", "w4", "w3", "w0"]
    by_id = {wish["id"]: wish for wish in told["wishes"]}
    assert [by_id[f"w{n}"]["marked"] for n in range(5)] == [True, False, False, False, False]
    assert [by_id[f"w{n}"]["group"] for n in range(5)] == [None, None, None, 7, None]
    assert told["groups"] == [{"group": 7, "wishes": 1}]


def test_a_mark_decides_nothing_about_the_order_of_making() -> None:
    found = asked("a bad idea", "one", approved=True)
    told = desk(found, blocked=Blocked("bad"))
    assert ids(told) == ["w0", "w1"]
    assert [wish["place"] for wish in told["wishes"]] == [1, 2]


def test_of_very_many_the_first_are_told_and_the_marked_ones_last_of_all() -> None:
    found = asked("a bad idea", *["x"] * (LINE_MAX + 10))
    told = desk(found, blocked=Blocked("bad"))
    assert ids(told) == [f"w{n}" for n in range(1, LINE_MAX + 1)]
    assert told["untold"] == 11
    crowd = Crowd(1, tuple(f"w{n}" for n in range(1, LINE_MAX + 11)))
    told = desk(found, crowds=[crowd])
    assert ids(told) == ["w0", *(f"w{n}" for n in range(1, FEW + 1))]
    assert told["untold"] == 0 and told["groups"] == [{"group": 1, "wishes": LINE_MAX + 10}]


def test_the_newest_of_very_many_that_failed_are_told() -> None:
    found = asked(*["x"] * (LINE_MAX + 5))
    for n in range(LINE_MAX + 5):
        found = after(found, Event("failed", {"id": f"w{n}", "why": "no"}, 1))
    assert ids(desk(found))[0] == "w5" and len(ids(desk(found))) == LINE_MAX


def test_a_flood_makes_no_state_that_a_desk_cannot_read() -> None:
    found = asked(*["a fox in a house of cards, watercolour"] * 5_000)
    assert len(json.dumps(desk(found))) < 200_000
