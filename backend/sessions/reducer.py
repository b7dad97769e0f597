"""A session is what its events make of it: live, after a restart, in a replay. Pure.

An event that makes no sense where it stands (a wish that is not there, of another program's kind)
changes nothing but the version: a file may have been changed by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

from backend.said import from_json
from backend.sessions.state import (
    IN_LINE,
    Door,
    Event,
    Picture,
    Plan,
    Round,
    Scene,
    Session,
    Variants,
    Visitor,
    Wish,
    WishState,
)

Data = Mapping[str, Any]

_SENSELESS = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


def begun(session_id: str, event: Event) -> Session:
    """Return the session that its first event begins. Raises: ValueError."""
    if event.kind != "plan":
        raise ValueError("A session begins with its plan.")
    try:
        plan = Plan(**event.data)
    except TypeError as error:
        raise ValueError("This is no plan.") from error
    return Session(session_id, plan, event.at, version=1)


def after(session: Session, event: Event) -> Session:
    """Return the session after an event."""
    change = _CHANGES.get(event.kind)
    if change is not None:
        with suppress(_SENSELESS):  # type: ignore[arg-type]
            session = change(session, event.data, event.at)
    return replace(session, version=session.version + 1)


def played(session_id: str, events: Iterable[Event]) -> Session:
    """Return what events make, the plan first. Raises: ValueError where there is none."""
    first, *more = events
    session = begun(session_id, first)
    for event in more:
        session = after(session, event)
    return session


def _door(session: Session, data: Data, at: int) -> Session:
    return replace(session, door=Door(data["state"]))


def _paused(session: Session, data: Data, at: int) -> Session:
    return replace(session, paused=bool(data["paused"]), why=_sentence(data.get("why")))


def _raised(session: Session, data: Data, at: int) -> Session:
    return replace(session, plan=replace(session.plan, images=int(data["images"])))


def _joined(session: Session, data: Data, at: int) -> Session:
    visitor = Visitor(data["visitor"], len(session.visitors))
    return replace(session, visitors={visitor.id: visitor, **session.visitors})


def _wish(session: Session, data: Data, at: int) -> Session:
    if data["id"] in session.wishes:
        return session
    for former in data.get("replaces") or ():
        if session.wishes[former].state in IN_LINE:
            session = _gone(session, {"id": former, "how": "replaced"}, at)
    approved = bool(data.get("approved"))
    trusted = max(0, session.trusted - 1) if data.get("trusted") else session.trusted
    wish = Wish(
        data["id"],
        len(session.wishes) + 1,
        data["visitor"],
        data["text"],
        WishState.APPROVED if approved else WishState.WAITING,
        at,
        over=dict(data.get("over") or {}),
        parent=data.get("parent"),
    )
    return replace(session, wishes={**session.wishes, wish.id: wish}, trusted=trusted)


def _gone(session: Session, data: Data, at: int) -> Session:
    """Taken back, replaced or refused: its words go with it.

    What was made of words that are taken back goes as well.
    """
    state = WishState.REFUSED if data["how"] == "refused" else WishState.GONE
    taken_back = data["how"] == "taken_back"
    for wish in family(session, data["id"]) if taken_back else [session.wishes[data["id"]]]:
        session = _changed(session, wish.id, state=state, text="", shown=False)
        session = _off_stage(session, wish.id)
    return session


def _approved(session: Session, data: Data, at: int) -> Session:
    wish = session.wishes[data["id"]]
    return _changed(session, wish.id, state=WishState.APPROVED, why="", recorded=False) if (
        wish.state in IN_LINE or wish.state is WishState.FAILED or data.get("again")
    ) else session  # fmt: skip


def _held(session: Session, data: Data, at: int) -> Session:
    wish = session.wishes[data["id"]]
    if wish.state is not WishState.APPROVED:
        return session
    return _changed(session, wish.id, state=WishState.WAITING)


def _trusted(session: Session, data: Data, at: int) -> Session:
    return replace(session, trusted=int(data["next"]))


def _sent(session: Session, data: Data, at: int) -> Session:
    token = data.get("token", session.wishes[data["id"]].token)
    recorded = bool(data.get("recorded"))
    return _changed(
        session,
        data["id"],
        state=WishState.SENT,
        sent_at=at,
        token=token,
        why="",
        recorded=recorded,
    )


def _landed(session: Session, data: Data, at: int) -> Session:
    price, recorded_on = data["price"], str(data.get("recorded") or "")
    picture = Picture(
        data["image"],
        data["seconds"],
        None if price is None else Decimal(price),
        data["seed"],
        data["model"],
        recorded_on,
    )
    recorded = bool(recorded_on)
    return _changed(
        session,
        data["id"],
        state=WishState.MADE,
        picture=picture,
        recorded=recorded,
        why="",
        used=session.wishes[data["id"]].used + (not recorded),
    )


def _failed(session: Session, data: Data, at: int) -> Session:
    state = WishState.DOUBT if data.get("doubt") else WishState.FAILED
    why = _sentence(data["why"])
    recorded, doubt = bool(data.get("recorded")), state is WishState.DOUBT
    used = session.wishes[data["id"]].used + (doubt and not recorded)
    return _changed(session, data["id"], state=state, why=why, recorded=recorded, used=used)


def _shown(session: Session, data: Data, at: int) -> Session:
    if session.wishes[data["id"]].state in (WishState.GONE, WishState.REFUSED):
        return session  # at that moment
    session = _changed(session, data["id"], shown=True)
    return replace(session, scene=replace(session.scene, wish=data["id"], wall=False))


def _hidden(session: Session, data: Data, at: int) -> Session:
    return _off_stage(_changed(session, data["id"], shown=False), data["id"])


def _scene(session: Session, data: Data, at: int) -> Session:
    shown: dict[str, Any] = {name: bool(value) for name, value in data.items()}
    return replace(session, scene=replace(session.scene, **shown))


def _round(session: Session, data: Data, at: int) -> Session:
    """What was large before makes room: once the vote is closed its result stays until a show."""
    options = tuple(session.wishes[one].id for one in data["options"])
    made = session.variants and replace(session.variants, vote=False)
    before = (replace(one, open=False) for one in session.rounds)
    rounds = (*before, Round(data["id"], options))
    scene = replace(session.scene, wish=None, wall=False)
    return replace(session, rounds=rounds, variants=made, scene=scene)


def _variants(session: Session, data: Data, at: int) -> Session:
    wishes = tuple(session.wishes[one].id for one in data["wishes"])
    of = session.wishes[data["of"]].id
    made = Variants(of, str(data["by"]), wishes, bool(data.get("vote")))
    return replace(session, variants=made)


def _vote(session: Session, data: Data, at: int) -> Session:
    now = session.round
    if now is None or now.id != data["round"] or not now.open:
        return session
    option = range(len(now.options))[int(data["option"])]
    return _with_round(session, replace(now, votes={**now.votes, data["visitor"]: option}))


def _closed(session: Session, data: Data, at: int) -> Session:
    now = session.round
    if now is None or now.id != data["round"]:
        return session
    return _with_round(session, replace(now, open=False))


def _rehearsed(session: Session, data: Data, at: int) -> Session:
    on = bool(data["on"])
    return replace(session, rehearsed=on, recorded_on=str(data["recorded"]) if on else "")


def _place(session: Session, data: Data, at: int) -> Session:
    return replace(session, place=(str(data["host"]), int(data["port"])))


def _ended(session: Session, data: Data, at: int) -> Session:
    return replace(session, door=Door.ENDED, paused=False, ended=at, scene=Scene())


_CHANGES: Mapping[str, Callable[[Session, Data, int], Session]] = {
    "door": _door,
    "paused": _paused,
    "raised": _raised,
    "joined": _joined,
    "wish": _wish,
    "gone": _gone,
    "approved": _approved,
    "held": _held,
    "trusted": _trusted,
    "sent": _sent,
    "landed": _landed,
    "failed": _failed,
    "shown": _shown,
    "hidden": _hidden,
    "scene": _scene,
    "round": _round,
    "variants": _variants,
    "vote": _vote,
    "closed": _closed,
    "rehearsed": _rehearsed,
    "place": _place,
    "ended": _ended,
}


def _changed(session: Session, wish_id: str, **values: Any) -> Session:
    wish = replace(session.wishes[wish_id], **values)
    return replace(session, wishes={**session.wishes, wish_id: wish})


def _off_stage(session: Session, wish_id: str) -> Session:
    """Take a picture from the projector; a vote that it is part of is over."""
    now = session.round
    if now is not None and now.open and wish_id in now.options:
        session = _with_round(session, replace(now, open=False))
    if session.scene.wish != wish_id:
        return session
    return replace(session, scene=replace(session.scene, wish=None))


def _with_round(session: Session, now: Round) -> Session:
    return replace(session, rounds=(*session.rounds[:-1], now))


def _sentence(stored: object) -> str:
    """Return a sentence as it is kept; a text that remembers nothing is one too."""
    if not stored:
        return ""
    try:
        return from_json(str(stored))
    except ValueError:
        return str(stored)


def family(session: Session, wish_id: str) -> list[Wish]:
    """Return a wish and all that was made of it, each after the one it was made of."""
    found = {wish_id: session.wishes[wish_id]}
    for wish in session.wishes.values():  # in the order of arrival
        if wish.parent in found:
            found[wish.id] = wish
    return list(found.values())


def next_wish(session: Session, fits: Callable[[Wish], bool] = lambda wish: True) -> Wish | None:
    """Return the wish whose turn it is: the presenter's own first, then by visitor in turns.

    Whoever was served least comes first, then who has waited longest. None while nothing may be
    sent, or nothing that `fits` is approved.
    """
    approved = (wish for wish in session.wishes.values() if wish.state is WishState.APPROVED)
    waiting = [wish for wish in approved if fits(wish)]
    if not waiting or session.paused or session.ended or not session.left:
        return None
    return _in_turns(session, waiting)[0]


def line(session: Session) -> list[Wish]:
    """Return what waits to be made or approved, in the order in which it would be made."""
    return _in_turns(session, (w for w in session.wishes.values() if w.state in IN_LINE))


def _in_turns(session: Session, wishes: Iterable[Wish]) -> list[Wish]:
    served: Counter[str] = Counter()
    for wish in session.wishes.values():
        served[wish.visitor] += wish.is_turn
    return sorted(wishes, key=lambda w: (bool(w.visitor), served[w.visitor], w.number))
