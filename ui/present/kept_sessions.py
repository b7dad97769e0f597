"""Sessions that were kept, as lists and ways of pictures; nobody who was there is named. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend.sessions import way_words
from backend.sessions.lineage import Step, newest_way, way_of
from backend.sessions.state import Session
from backend.types import ModelSpec
from ui.language.chosen import tell
from ui.present.sessions import Json, letter
from ui.present.words import number


def listed_json(session: Session) -> Json:
    """Return a session as the list has it."""
    return {
        "id": session.id,
        "title": session.plan.title,
        "model": session.plan.model,
        "started": session.started,
        "ended": session.ended or None,
        "images": len(_made(session)),
        "spent_usd": number(session.spent_usd),
        "visitors": len(session.visitors),
    }


def whole_json(session: Session) -> Json:
    """Return a session with its pictures and the votes that are over."""
    return listed_json(session) | {
        "pictures": [_picture_json(step) for step in _made(session)],
        "rounds": [
            {"options": list(one.options), "totals": one.totals, "winner": one.winner}
            for one in session.rounds
            if not one.open
        ],
        "leads_to": newest_way(session),
    }


def way_json(
    session: Session, wish_id: str, steps: Sequence[Step], models: Mapping[str, ModelSpec]
) -> Json:
    """Return a picture's way through a session, from the first words on."""
    return {
        "session": session.id,
        "title": session.plan.title,
        "wish": wish_id,
        "steps": [
            _picture_json(step)
            | {
                "changed": [tell(one) for one in way_words.changed(step, models)],
                "vote": _vote_json(step),
            }
            for step in steps
        ],
    }


def _made(session: Session) -> list[Step]:
    """Return all pictures, each as the end of its way."""
    return [way[-1] for wish in session.wishes.values() if (way := way_of(session, wish.id))]


def _vote_json(step: Step) -> Json | None:
    if step.round is None:
        return None
    return {
        "letter": letter(step.option),
        "votes": step.votes,
        "of": len(step.round.votes),
        "won": step.won,
    }


def _picture_json(step: Step) -> Json:
    wish, picture = step.wish, step.picture
    return {
        "wish": wish.id,
        "image": picture.image,
        "text": wish.text,
        "seed": picture.seed,
        "model": picture.model,
        "seconds": picture.seconds,
        "price_usd": number(picture.price_usd),
        "parent": wish.parent,
    }
