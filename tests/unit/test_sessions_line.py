"""Whose wish comes next: the presenter's own, then who was served least, then who came first."""

from __future__ import annotations

from dataclasses import asdict, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.sessions.reducer import after, begun, line, next_wish
from backend.sessions.state import COUNTED, HOST, Event, Plan, Session, WishState

START = begun("f" * 32, Event("plan", asdict(Plan("", "m", images=20, each=9)), 1))


def asked(found: Session, visitor: str, *, approved: bool = True) -> Session:
    name = f"{len(found.wishes):032x}"
    data = {"id": name, "visitor": visitor, "text": "x", "approved": approved}
    return after(found, Event("wish", data, found.version))


def served(found: Session) -> tuple[Session, str] | None:
    """Return the session after its next wish was made, and whose it was."""
    wish = next_wish(found)
    if wish is None:
        return None
    picture = {"image": "i", "seconds": 1.0, "price": None, "seed": 1, "model": "m"}
    found = after(found, Event("sent", {"id": wish.id, "token": "t"}, found.version))
    return after(found, Event("landed", {"id": wish.id, **picture}, found.version)), wish.visitor


def test_the_eager_wait_for_those_who_have_none_and_the_presenter_for_nobody() -> None:
    found = START
    for visitor in ("eager", "eager", "late", HOST):
        found = asked(found, visitor)
    order = []
    while (step := served(found)) is not None:
        found, visitor = step
        order.append(visitor)
    assert order == [HOST, "eager", "late", "eager"]


def test_the_line_holds_what_waits_for_words_too_in_the_order_of_making() -> None:
    found = START
    for visitor, approved in (("x", True), ("y", False), ("x", True), (HOST, True)):
        found = asked(found, visitor, approved=approved)
    assert [(one.visitor, one.number) for one in line(found)] == [
        (HOST, 4),
        ("x", 1),
        ("y", 2),
        ("x", 3),
    ]


def test_nothing_comes_next_while_the_session_rests_has_ended_or_is_used_up() -> None:
    found = asked(START, "x")
    assert next_wish(found) is not None
    assert next_wish(replace(found, paused=True)) is None
    assert next_wish(replace(found, ended=1)) is None
    assert next_wish(replace(found, plan=replace(found.plan, images=0))) is None
    assert next_wish(asked(START, "x", approved=False)) is None


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.sampled_from([HOST, "x", "y", "z"]), st.booleans()),
        st.tuples(st.just("serve"), st.just(""), st.just(True)),
    ),
    max_size=40,
)


@settings(max_examples=300)
@given(ACTS)
def test_nobody_has_a_second_image_while_somebody_who_waits_has_none(
    acts: list[tuple[str, str, bool]],
) -> None:
    found = START
    for act, visitor, approved in acts:
        if act == "ask":
            found = asked(found, visitor, approved=approved)
            continue
        had = {one.visitor: 0 for one in found.wishes.values()}
        for one in found.wishes.values():
            had[one.visitor] += one.state in COUNTED
        ready = [one for one in found.wishes.values() if one.state is WishState.APPROVED]
        step = served(found)
        if step is None:
            assert not ready or not found.left
            continue
        found, chosen = step
        if chosen == HOST:
            continue
        assert all(one.visitor != HOST for one in ready)
        assert had[chosen] == min(had[one.visitor] for one in ready)


@settings(max_examples=100)
@given(ACTS)
def test_the_line_names_each_waiting_wish_once_and_begins_with_what_comes_next(
    acts: list[tuple[str, str, bool]],
) -> None:
    found = START
    for act, visitor, approved in acts:
        found = asked(found, visitor, approved=approved) if act == "ask" else found
    waiting = line(found)
    assert {one.id for one in waiting} == set(found.wishes) and len(waiting) == len(found.wishes)
    ready = [one for one in waiting if one.state is WishState.APPROVED]
    assert next_wish(found) == (ready[0] if ready and found.left else None)
