"""A demo session as one phone may see it. Pure: what is not in here no phone can show.

Its own wishes, and the pictures that the room may see; never others' texts before that.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Callable
from functools import cached_property
from typing import Any

from backend.said import Said, joined, msg, msg_n
from backend.sessions.names import name_of
from backend.sessions.reducer import line
from backend.sessions.room import hindrance
from backend.sessions.sender import AT_ONCE
from backend.sessions.state import IN_LINE, Door, Session, Wish, WishState
from backend.sessions.text import parts_of
from ui.language.chosen import language, tell
from ui.present.sessions import (
    WALL_MAX,
    letter,
    may_see,
    options_of,
    picture_mark,
    session_mark,
    shown_wishes,
    visitor_name,
)

Json = dict[str, Any]
Ticket = Callable[[str], str]
"""Gives the ticket by which the room fetches the image of a wish."""

STAYS_S = 600
"""How long after the end the own images can still be saved."""

_PACE_OF = 5
"""So many of the newest pictures tell how long one takes."""

NOT_OPEN = msg("Not open yet. This page goes on by itself.")
_SHUT = msg("Nobody else can come in just now. This page goes on by itself.")
ENDED = msg("This session has ended.")
_REPLACES = msg("Another idea takes the place of the one that waits.")
_SAVE = msg("Your images stay here for 10 minutes. Save what you would like to keep.")


class PhoneView:
    """A session as it stands, for all phones: what they share is made once.

    `over`: it ended more than `STAYS_S` ago, so nothing of it is left to see.
    """

    def __init__(self, session: Session, ticket: Ticket, *, over: bool = False) -> None:
        self.session, self.over, self._ticket = session, over, ticket
        self._shared: dict[str, str] = {}
        self._own: dict[str, list[Wish]] = {}
        for wish in session.wishes.values():
            self._own.setdefault(wish.visitor, []).append(wish)

    def text(self, visitor_id: str) -> str:
        """Return what a visitor may see as one line of JSON, in the language of who asks.

        Who is none of the room yet is told to wait.
        """
        tag = language().tag
        if (shared := self._shared.get(tag)) is None:
            shared = self._shared[tag] = json.dumps(self._room())
        return f"{shared[:-1]}, {json.dumps(self._of(visitor_id))[1:]}"

    @cached_property
    def _left(self) -> int:
        return self.session.left

    @cached_property
    def _places(self) -> dict[str, int]:
        return {wish.id: place for place, wish in enumerate(line(self.session), start=1)}

    @cached_property
    def _pace_s(self) -> float | None:
        """The seconds that a picture takes of late, None where none was made."""
        wishes = self.session.wishes.values()
        took = [wish.picture.seconds for wish in wishes if wish.picture and wish.picture.seconds]
        return statistics.median(took[-_PACE_OF:]) if took else None

    def _room(self) -> Json:
        """Return what all phones are told."""
        session, ended = self.session, self.session.door is Door.ENDED
        return {
            "title": session.plan.title,
            "state": session.door,
            "menu": [list(p) if isinstance(p, tuple) else p for p in parts_of(session.plan.menu)],
            "recorded": session_mark(session),
            "wall": []
            if ended
            else [
                {
                    "id": wish.id,
                    "image": self._ticket(wish.id),
                    "text": wish.text,
                    "name": visitor_name(session, wish),
                    "recorded": picture_mark(wish),
                }
                for wish in shown_wishes(session)[-WALL_MAX:]
            ],
            "round": None if ended else self._round(),
        }

    def _round(self) -> Json | None:
        """Return the vote; of one that is closed its result, until something else is shown."""
        now, scene = self.session.round, self.session.scene
        if now is None or (now.open and self.session.played):
            return None
        if not now.open and (scene.wish is not None or scene.wall):
            return None
        seen = options_of(self.session, now)
        totals = now.totals
        won_by = max(totals) if now.winner in [now.options[n] for n in seen] else None
        return {
            "id": now.id,
            "open": now.open,
            "options": [
                {
                    "number": number,
                    "letter": letter(number),
                    "image": self._ticket(now.options[number]),
                    "text": self.session.wishes[now.options[number]].text,
                    "votes": "" if now.open else tell(msg_n("1 vote", "{n} votes", totals[number])),
                    "won": totals[number] == won_by,
                }
                for number in seen
            ],
        }

    def _of(self, visitor_id: str) -> Json:
        """Return what one phone alone is told."""
        session, now = self.session, self.session.round
        visitor, own = session.visitors.get(visitor_id), self._own.get(visitor_id, [])
        if visitor is None or self.over:
            was_open = bool(session.visitors)
            shut = _SHUT if session.door is Door.CLOSED and was_open else NOT_OPEN
            notice = ENDED if session.door is Door.ENDED else shut
            return {
                "name": "",
                "notice": tell(notice),
                "hint": "",
                "may_send": False,
                "own": [],
                "mine": None,
            }
        may_send = hindrance(session, own, left=self._left) is None
        replaces = may_send and any(wish.state in IN_LINE for wish in own)
        return {
            "name": tell(name_of(visitor.number)),
            "notice": tell(self._notice(own)),
            "hint": tell(_REPLACES) if replaces else "",
            "may_send": may_send,
            "own": [
                self._own_wish(visitor_id, wish, may_send)
                for wish in own
                if wish.state is not WishState.GONE
            ],
            "mine": None if now is None else now.votes.get(visitor_id),
        }

    def _notice(self, own: list[Wish]) -> str:
        """Return why nothing can be sent now, "" where something can."""
        session = self.session
        if session.door is Door.ENDED:
            has_images = any(may_see(session, wish.visitor, wish) for wish in own)
            return joined(ENDED, _SAVE if has_images else "")
        if session.door is Door.CHECKING:
            return NOT_OPEN
        if refused := hindrance(session, own, left=self._left):
            return joined(refused.message, refused.hint)
        return ""

    def _own_wish(self, visitor_id: str, wish: Wish, may_send: bool) -> Json:
        seen = may_see(self.session, visitor_id, wish)
        return {
            "id": wish.id,
            "text": wish.text,
            "state": WishState.FAILED if wish.state is WishState.DOUBT else wish.state,
            "told": tell(self._told(wish, seen=seen, may_send=may_send)),
            "image": self._ticket(wish.id) if seen else None,
            "recorded": picture_mark(wish),
        }

    def _told(self, wish: Wish, *, seen: bool, may_send: bool) -> str:
        """Return where an own wish stands; whatever the reason, a refusal is one sentence."""
        hidden = wish.state is WishState.MADE and not seen
        if self.session.ended and (hidden or wish.state in IN_LINE):
            return msg("Not chosen this time.")
        if wish.state in IN_LINE:
            return self._in_line(wish)
        if wish.state is WishState.MADE and seen and wish.shown:
            return msg("Shown in the room")
        if hidden:
            return msg("It is made. You see it once it is shown.")
        if wish.state is WishState.REFUSED and not may_send:
            return msg("Not chosen this time.")
        return _TOLD.get(wish.state, "")

    def _in_line(self, wish: Wish) -> Said:
        place = self._places[wish.id]
        stands = self.session.paused or self.session.rehearsed or self._left <= 0
        if self._pace_s is None or stands:
            return msg("Number {place} in line", place=place)
        seconds = math.ceil(self._pace_s * math.ceil(place / AT_ONCE) / 5) * 5
        return msg("Number {place} in line, about {seconds} s", place=place, seconds=seconds)


_TOLD = {
    WishState.SENT: msg("It is being made"),
    WishState.FAILED: msg("It did not work. Your turn is not used up."),
    WishState.DOUBT: msg("It did not work."),
    WishState.REFUSED: msg("Not chosen this time. You may send another one."),
}
