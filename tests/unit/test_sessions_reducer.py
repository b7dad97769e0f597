"""A session is what its events make of it; what makes no sense changes nothing but the version."""

from __future__ import annotations

from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.said import msg, to_json
from backend.sessions.reducer import after, begun, family, played
from backend.sessions.state import Door, Event, Plan, Scene, Session, Variants, WishState

PLAN = Plan("Open day", "a-model", images=5, each=2)
ID, A, B, C = "f" * 32, "a" * 32, "b" * 32, "c" * 32
PICTURE = {"seconds": 1.5, "price": "0.009", "seed": 7, "model": "a-model"}


def session(*events: tuple[str, dict[str, Any]]) -> Session:
    timed = [Event(kind, data, 1_000 + n) for n, (kind, data) in enumerate(events, start=1)]
    return played(ID, [Event("plan", asdict(PLAN), 1_000), *timed])


def wish(name: str, visitor: str = "v", **more: Any) -> tuple[str, dict[str, Any]]:
    return "wish", {"id": name, "visitor": visitor, "text": f"words of {name}", **more}


def landed(name: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "landed", {"id": name, "image": name[::-1], **PICTURE, **more}


def one(found: Session, name: str = A) -> Any:
    return found.wishes[name]


def test_a_session_begins_with_its_plan_and_its_door_closed() -> None:
    found = session()
    assert (found.plan, found.started, found.version) == (PLAN, 1_000, 1)
    assert found.door is Door.CLOSED and not found.paused and found.left == 5


@pytest.mark.parametrize(
    "event", [Event("door", {"state": "open"}, 1), Event("plan", {"no": 1}, 1)]
)
def test_without_a_plan_there_is_no_session(event: Event) -> None:
    with pytest.raises(ValueError):
        begun(ID, event)


def test_the_door_the_rest_and_the_budget_are_as_last_said() -> None:
    why = to_json(msg("The program was started anew."))
    found = session(
        ("door", {"state": "open"}),
        ("paused", {"paused": True, "why": why}),
        ("raised", {"images": 15}),
        ("trusted", {"next": 10}),
        ("rehearsed", {"on": True, "recorded": "2026-11-26"}),
    )
    assert (found.door, found.paused) == (Door.OPEN, True)
    assert found.why == "The program was started anew."
    assert (found.plan.images, found.trusted, found.rehearsed) == (15, 10, True)
    assert session(("paused", {"paused": True, "why": "as it is"})).why == "as it is"


def test_visitors_are_numbered_as_they_come_and_each_is_one() -> None:
    found = session(*(("joined", {"visitor": who}) for who in ("x", "y", "x")))
    assert {one.id: one.number for one in found.visitors.values()} == {"x": 0, "y": 1}


def test_a_wish_waits_or_is_approved_and_uses_up_trust() -> None:
    found = session(
        ("trusted", {"next": 2}),
        wish(A),
        wish(B, approved=True, trusted=True, over={"seed": 3}, parent=A),
    )
    assert (one(found).state, one(found).number) == (WishState.WAITING, 1)
    assert (one(found, B).state, one(found, B).parent) == (WishState.APPROVED, A)
    assert one(found, B).over == {"seed": 3} and found.trusted == 1
    assert one(session(wish(A), ("approved", {"id": A}))).state is WishState.APPROVED


def test_what_is_sent_lands_or_fails_and_counts_while_it_may_be_paid() -> None:
    sent = session(wish(A), ("approved", {"id": A}), ("sent", {"id": A, "token": "t"}))
    assert (one(sent).state, one(sent).token, one(sent).sent_at) == (WishState.SENT, "t", 1_003)
    assert (sent.used, sent.left, sent.turns_left("v")) == (1, 4, 1)
    made = after(sent, Event(*landed(A), 2_000))
    assert one(made).picture.seed == 7 and made.spent_usd == Decimal("0.009")
    failed = after(sent, Event("failed", {"id": A, "why": "no"}, 2_000))
    assert (one(failed).state, one(failed).why, failed.used) == (WishState.FAILED, "no", 0)
    doubt = after(sent, Event("failed", {"id": A, "why": "", "doubt": True}, 2_000))
    assert (one(doubt).state, doubt.used) == (WishState.DOUBT, 1)
    for before, kept in ((failed, WishState.APPROVED), (made, WishState.MADE)):
        assert one(after(before, Event("approved", {"id": A}, 3))).state is kept
    again = after(doubt, Event("approved", {"id": A, "again": True}, 3))
    assert one(again).state is WishState.APPROVED


def test_what_was_paid_stays_used_whatever_becomes_of_it() -> None:
    made = wish(A), ("approved", {"id": A}), ("sent", {"id": A, "token": "t"}), landed(A)
    back = session(*made, ("gone", {"id": A, "how": "taken_back"}))
    assert (back.used, back.left, back.turns_left("v")) == (1, 4, 1)
    refused = session(*made, ("gone", {"id": A, "how": "refused"}))
    assert (refused.used, refused.turns_left("v")) == (1, 2), "its sender may send another"
    again = session(
        *made[:3],
        ("failed", {"id": A, "why": "", "doubt": True}),
        ("approved", {"id": A, "again": True}),
        ("sent", {"id": A, "token": "u"}),
    )
    assert (again.used, again.turns_left("v")) == (2, 1)
    failed = after(again, Event("failed", {"id": A, "why": "no"}, 9))
    assert (failed.used, failed.turns_left("v")) == (1, 1), "its first try may have been paid"


def test_what_is_gone_is_not_shown_and_an_earlier_vote_is_over_once_another_begins() -> None:
    made = session(wish(A), landed(A), wish(B), landed(B), ("gone", {"id": A, "how": "taken_back"}))
    assert not one(after(made, Event("shown", {"id": A}, 2))).shown
    for name in ("r", "s"):
        made = after(made, Event("round", {"id": name, "options": [A, B]}, 3))
    assert [now.open for now in made.rounds] == [False, True]


def test_what_a_rehearsal_answered_uses_up_nothing() -> None:
    found = session(wish(A), landed(A, recorded=True))
    assert one(found).recorded and found.used == 0


@pytest.mark.parametrize(
    ("how", "state"),
    [
        ("refused", WishState.REFUSED),
        ("taken_back", WishState.GONE),
        ("replaced", WishState.GONE),
    ],
)
def test_what_is_gone_leaves_no_words_and_no_picture_on_the_stage(
    how: str, state: WishState
) -> None:
    found = session(wish(A), landed(A), ("shown", {"id": A}), ("gone", {"id": A, "how": how}))
    assert (one(found).state, one(found).text, one(found).shown) == (state, "", False)
    assert found.scene.wish is None


def test_words_that_are_taken_back_take_along_what_was_made_of_them_and_nothing_else() -> None:
    found = session(wish(A), wish(B, "", parent=A), wish(C, "", parent=B), wish("d" * 32))
    assert [kin.id for kin in family(found, A)] == [A, B, C]
    for how, gone in (("taken_back", {A, B, C}), ("refused", {A}), ("replaced", {A})):
        later = after(found, Event("gone", {"id": A, "how": how}, 2))
        assert {name for name, kin in later.wishes.items() if not kin.text} == gone


def test_the_stage_shows_what_was_shown_last_and_what_is_laid_over_it() -> None:
    shown = session(
        wish(A),
        wish(B),
        ("scene", {"wall": True, "black": True}),
        ("shown", {"id": A}),
        ("shown", {"id": B}),
    )
    assert shown.scene == Scene(wish=B, black=True) and one(shown, A).shown
    assert after(shown, Event("hidden", {"id": A}, 2)).scene.wish == B
    hidden = after(shown, Event("hidden", {"id": B}, 2))
    assert hidden.scene.wish is None and not one(hidden, B).shown
    ended = after(shown, Event("ended", {}, 9))
    assert (ended.door, ended.ended, ended.scene) == (Door.ENDED, 9, Scene())


ROUND = (wish(A), wish(B), ("round", {"id": "r", "options": [A, B]}))


def vote(visitor: str, option: int, of: str = "r") -> tuple[str, dict[str, Any]]:
    return "vote", {"round": of, "visitor": visitor, "option": option}


def test_the_last_vote_of_each_counts_and_none_after_the_end() -> None:
    closed = "closed", {"round": "r"}
    found = session(*ROUND, vote("x", 0), vote("y", 0), vote("x", 1), closed, vote("z", 1))
    assert found.round is not None
    assert (found.round.totals, found.round.open, found.round.winner) == ([1, 1], False, A)
    assert session(*ROUND, vote("x", 1), closed).round.winner == B  # type: ignore[union-attr]
    assert session(*ROUND, closed).round.winner is None  # type: ignore[union-attr]
    still = session(*ROUND, vote("x", 1)).round
    assert still is not None and still.winner is None


def test_a_vote_on_what_is_not_there_or_in_another_round_is_none() -> None:
    found = session(*ROUND, vote("x", 2), vote("y", 0, of="another"), vote("z", -3))
    assert found.round is not None and found.round.totals == [0, 0]


@pytest.mark.parametrize("event", [("hidden", {"id": A}), ("gone", {"id": B, "how": "refused"})])
def test_a_vote_is_over_once_one_of_its_pictures_is_taken_away(
    event: tuple[str, dict[str, Any]],
) -> None:
    found = session(*ROUND, event)
    assert found.round is not None and not found.round.open


def test_variants_are_told_apart_and_a_round_answers_the_wish_for_one() -> None:
    made = "variants", {"of": A, "by": "seeds", "wishes": [B, C], "vote": True}
    found = session(wish(A), wish(B), wish(C), made)
    assert found.variants == Variants(A, "seeds", (B, C), vote=True)
    begun_ = after(found, Event("round", {"id": "r", "options": [B, C]}, 2))
    assert begun_.variants == Variants(A, "seeds", (B, C), vote=False)
    lost = session(wish(A), ("variants", {"of": A, "by": "seeds", "wishes": [B]}))
    assert lost.variants is None


KINDS = (
    *("door", "paused", "raised", "joined", "wish", "gone", "approved", "trusted", "sent"),
    *("landed", "failed", "shown", "hidden", "scene", "round", "variants", "vote", "closed"),
    *("rehearsed", "ended", "plan", "of another program"),
)
FIELDS = (
    *("state", "paused", "why", "images", "visitor", "id", "text", "how", "next", "token"),
    *("image", "seconds", "price", "seed", "model", "wall", "options", "round", "option", "on"),
    *("of", "by", "wishes", "vote", "parent", "over", "doubt"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.sampled_from(["", A, B, "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(FIELDS), JSON)),
        max_size=6,
    )
)
def test_whatever_a_file_holds_makes_a_session(events: list[tuple[str, dict[str, Any]]]) -> None:
    found = session(*ROUND, *events)
    assert found.version == 1 + len(ROUND) + len(events)
    assert found.left >= 0 and found.used >= 0


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("another program's", {"id": A}),
        ("plan", asdict(PLAN)),
        ("door", {"state": "ajar"}),
        ("door", {}),
        ("raised", {"images": "many"}),
        ("raised", {"images": float("inf")}),
        ("approved", {"id": B}),
        ("landed", {"id": A, "image": "x"}),
        ("landed", {"id": A, "image": "x", **PICTURE, "price": "dear"}),
        ("shown", {"id": B}),
        ("scene", {"curtain": True}),
        ("round", {"id": "r", "options": [A, B]}),
        ("variants", {"of": A, "by": "seeds", "wishes": None}),
        ("closed", {"round": "r"}),
        ("wish", {"id": B}),
    ],
)
def test_senseless_data_changes_nothing_but_the_version(kind: str, data: dict[str, Any]) -> None:
    before = session(wish(A))
    assert after(before, Event(kind, data, 5)) == replace(before, version=before.version + 1)
