"""What of a session is kept as a rehearsal, line by line."""

from __future__ import annotations

from typing import Any

import pytest

from backend.sessions.demo import demo_of
from backend.sessions.demos import safe_name
from backend.sessions.recording import lines_of, pictures_of
from backend.sessions.state import Event

PLAN = {"title": "Open day", "model": "m", "images": 40, "each": 2}
HEADER = {"demo": 1, "title": "Open day", "recorded": "2026-11-26"}
ANNA = "a" * 32
ONE, TWO, THREE = "1" * 32, "2" * 32, "3" * 32


def event(kind: str, at: int = 0, **data: Any) -> Event:
    return Event(kind, data, at)


def made(wish: str, at: int = 0, **more: Any) -> list[Event]:
    return [
        event("wish", at, id=wish, visitor=ANNA, text=f"number {wish[0]}", approved=True, **more),
        event("sent", at, id=wish, token=wish),
        event("landed", at, id=wish, image=wish, seconds=1.5, price="0.009", seed=7, model="m"),
        event("shown", at, id=wish),
    ]


def session(*events: Event) -> list[Event]:
    return [Event("plan", PLAN, 0), event("joined", visitor=ANNA), *events]


def kinds(lines: list[list[Any]]) -> list[str]:
    return [kind for _, kind, _ in lines]


def test_a_vote_goes_on_without_the_picture_that_was_taken_back() -> None:
    events = session(
        *made(ONE),
        *made(TWO),
        *made(THREE),
        event("round", id="r", options=[ONE, TWO, THREE]),
        event("vote", round="r", visitor=ANNA, option=0),
        event("vote", round="r", visitor=ANNA, option=2),
        event("closed", round="r"),
        event("gone", id=ONE, how="taken_back"),
    )
    assert pictures_of(events) == [TWO, THREE]
    lines = lines_of(events, {})
    assert [data for _, kind, data in lines if kind == "round"] == [
        {"id": "r1", "options": ["w1", "w2"]}
    ]
    assert [data["option"] for _, kind, data in lines if kind == "vote"] == [1]
    two_gone = [*events, event("gone", id=TWO, how="refused")]
    assert not {"round", "vote", "closed"} & set(kinds(lines_of(two_gone, {})))


def test_what_goes_on_from_words_that_are_left_out_stands_alone() -> None:
    events = session(*made(ONE), *made(TWO, parent=ONE, over={"seed": 3}))
    assert lines_of(events, {})[6][2]["parent"] == "w1"
    lines = lines_of([*events, event("gone", id=ONE, how="refused")], {})
    (wish,) = (data for _, kind, data in lines if kind == "wish")
    assert wish == {
        "id": "w1", "visitor": "v1", "text": "number 2", "approved": True, "over": {"seed": 3}
    }  # fmt: skip


def test_time_never_goes_back() -> None:
    events = session(*made(ONE, at=9_000), event("ended", at=4_000), event("ended", at=9_500))
    assert [ms for ms, _, _ in lines_of(events, {})] == [0, 0, 9_000, 0, 0, 0, 0, 500]


def test_what_is_kept_is_read_again() -> None:
    events = session(*made(ONE), event("failed", id=ONE, why="words", doubt=True))
    lines = lines_of(events, {ONE: "e" * 64})
    assert "words" not in str(lines) and ONE not in str(lines) and ANNA not in str(lines)
    demo = demo_of("open-day", [HEADER, *lines])
    assert [event.kind for _, event in demo.timed] == kinds(lines)
    assert demo.digests == {"e" * 64} and demo.recorded_on == "2026-11-26"


@pytest.mark.parametrize(
    "header",
    [HEADER | {"demo": 2}, HEADER | {"recorded": "some day"}, HEADER | {"recorded": None}, [], 5],
)
def test_nothing_is_played_that_could_not_be_marked(header: Any) -> None:
    with pytest.raises(ValueError):
        demo_of("open-day", [header, *lines_of(session(*made(ONE)), {})])


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Open day, 2026!", "open-day-2026"),
        ("../../etc/passwd", "etc-passwd"),
        ("Zürich", "zurich"),
        ("NUL", "rehearsal-nul"),
        ("日本", "rehearsal"),
        ("", "rehearsal"),
        ("a" * 300, "a" * 50),
    ],
)
def test_a_name_is_safe_on_every_system(title: str, name: str) -> None:
    assert safe_name(title) == name
