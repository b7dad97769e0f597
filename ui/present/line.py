"""Which of a session's wishes the desk is told of, in which order. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice

from backend.sessions.blocked import Blocked
from backend.sessions.crowds import Crowd
from backend.sessions.reducer import line
from backend.sessions.state import IN_LINE, Session, Wish, WishState

LINE_MAX = 200
"""Ideas that wait, that are approved, that failed, at most: each state holds them all."""

FEW = 20
"""So many ideas of a crowd can be looked through."""

_AWAY = (WishState.GONE, WishState.REFUSED)
_WRONG = (WishState.FAILED, WishState.DOUBT)


@dataclass(frozen=True, slots=True)
class Told:
    """What the desk is told: `wishes` in their order, and of those by id the rest.

    `places` in the line count from 1. `untold` is how many more wait for words outside of crowds.
    """

    wishes: Sequence[Wish]
    places: Mapping[str, int]
    groups: Mapping[str, int]
    marked: AbstractSet[str]
    untold: int


def told_to_desk(session: Session, blocked: Blocked, crowds: Sequence[Crowd]) -> Told:
    """Return what is told of a session: as it came.

    But of what waits stand crowds last, and at the very end what is marked.
    """
    in_line = line(session)
    groups = {one: crowd.number for crowd in crowds for one in crowd.wishes}
    own = [wish for wish in in_line if wish.id not in groups]
    marked = {wish.id for wish in own if blocked.marks(wish.text)}
    few = {one for crowd in crowds for one in islice(crowd.wishes, FEW)}
    waiting, approved = (
        sorted((w for w in own if w.state is state), key=lambda w: w.id in marked)
        for state in (WishState.WAITING, WishState.APPROVED)
    )
    kept = {wish.id for wish in (*waiting[:LINE_MAX], *approved[:LINE_MAX])} | few
    wrong = [wish.id for wish in session.wishes.values() if wish.state in _WRONG]
    dropped = set(wrong[:-LINE_MAX])
    there = [
        wish
        for wish in session.wishes.values()
        if (wish.id in kept if wish.state in IN_LINE else wish.state not in _AWAY)
        and wish.id not in dropped
    ]
    marked |= {wish.id for wish in there if wish.state in IN_LINE and blocked.marks(wish.text)}
    return Told(
        sorted(there, key=lambda wish: _place(wish, groups, marked)),
        {wish.id: place for place, wish in enumerate(in_line, start=1)},
        groups,
        marked,
        max(0, len(waiting) - LINE_MAX),
    )


def _place(wish: Wish, groups: Mapping[str, int], marked: AbstractSet[str]) -> int:
    if wish.state is not WishState.WAITING:
        return 0
    if wish.id in groups:
        return 2
    return 3 if wish.id in marked else 0
