"""A demo session as a helper may see it: what stands at the two gates, and nothing else. Pure."""

from __future__ import annotations

from backend.said import msg, msg_n
from backend.sessions.helper import waits_for_approval, waits_to_be_shown
from backend.sessions.state import Door, Session, Wish
from ui.language.chosen import tell
from ui.present.phone import ENDED, Json, Ticket
from ui.present.sessions import picture_mark, session_mark, visitor_name

LISTED_MAX = 50
"""So many of each gate a helper is told of, the oldest: a full room's are a long list."""


def helper_json(session: Session, ticket: Ticket) -> Json:
    """Return the two gates as they stand; after the end there is nothing at them."""
    ended = session.door is Door.ENDED
    wishes = [] if ended else list(session.wishes.values())
    waiting = [wish for wish in wishes if waits_for_approval(wish)]
    pictures = [wish for wish in wishes if waits_to_be_shown(wish)]
    return {
        "title": session.plan.title,
        "recorded": session_mark(session),
        "notice": tell(ENDED) if ended else "",
        "words": [_wish_json(session, wish) for wish in waiting[:LISTED_MAX]],
        "words_told": tell(
            msg_n("1 idea waits.", "{n} ideas wait.", len(waiting))
            if waiting
            else msg("No idea waits.")
        ),
        "pictures": [
            _wish_json(session, wish) | {"image": ticket(wish.id), "recorded": picture_mark(wish)}
            for wish in pictures[:LISTED_MAX]
        ],
        "pictures_told": tell(
            msg_n(
                "1 picture waits to be shown.",
                "{n} pictures wait to be shown.",
                len(pictures),
            )
            if pictures
            else msg("No picture waits.")
        ),
    }


def _wish_json(session: Session, wish: Wish) -> Json:
    return {"id": wish.id, "name": visitor_name(session, wish), "text": wish.text}
