"""A demo session as each of its pages may see it. Pure: what is not in here no page can show.

The desk sees all; the stage what was let through both gates. The phones: phone.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from backend.said import Said, day, joined, msg
from backend.sessions.blocked import Blocked
from backend.sessions.crowds import Crowd
from backend.sessions.demo import NO_IMAGE, sha256_of
from backend.sessions.doorway import Address
from backend.sessions.elsewhere import Elsewhere
from backend.sessions.names import HOST_NAME, name_of
from backend.sessions.reducer import line
from backend.sessions.state import (
    HOST,
    Picture,
    Round,
    Session,
    Variants,
    Wish,
    WishState,
)
from ui.language.chosen import tell
from ui.present.line import told_to_desk
from ui.present.place import at
from ui.present.words import number

Json = dict[str, Any]
_NO_LIST = Blocked()

WALL_MAX = 24
"""Pictures that a phone or the stage is told of, the newest ones."""


def desk_json(
    session: Session,
    *,
    code: str,
    addresses: Sequence[Address],
    here: int,
    trouble: str = "",
    helper_token: str = "",
    blocked: Blocked = _NO_LIST,
    crowds: Sequence[Crowd] = (),
    image_price_usd: Decimal | None = None,
    plays_s: float | None = None,
) -> Json:
    """Return all of a session, for its presenter; `image_price_usd` is one image's by the list.

    `helper_token` opens the helper's page, "" where nobody may help. What is played goes on for
    `plays_s`; it is told in steps of five seconds, the pace at which a desk hears of it anyhow.
    Waiting ideas of `crowds` stand last, at the very end those that `blocked` marks. Of many that
    wait or failed the first `LINE_MAX` are told, and `FEW` of a crowd.
    """
    told = told_to_desk(session, blocked, crowds)
    return {
        "id": session.id,
        "title": session.plan.title,
        "model": session.plan.model,
        "state": session.door,
        "version": session.version,
        "paused": session.paused,
        "why": tell(session.why),
        "trouble": tell(trouble),
        "code": code,
        "url": room_url(addresses, code),
        "helper_url": helper_url(session, addresses, helper_token),
        "addresses": [
            {"url": one.url, "network": one.network, "reached": one.reached} for one in addresses
        ],
        "here": here,
        "visitors": len(session.visitors),
        "images": session.plan.images,
        "per_visitor": session.plan.each,
        "approve": session.plan.approve,
        "gate": session.plan.gate,
        "menu": session.plan.menu,
        "used": session.used,
        "left": session.left,
        "spent_usd": number(session.spent_usd),
        "image_price_usd": number(image_price_usd),
        "trusted": session.trusted,
        "rehearsed": session.rehearsed,
        "recorded": _is_recorded(session),
        "recorded_on": session_mark(session),
        "played": session.played,
        "plays_s": None if plays_s is None else 5 * math.ceil(plays_s / 5),
        "wishes": [
            _wish_json(session, wish, told.places.get(wish.id))
            | {"marked": wish.id in told.marked, "group": told.groups.get(wish.id)}
            for wish in told.wishes
        ],
        "untold": told.untold,
        "groups": [{"group": one.number, "wishes": len(one.wishes)} for one in crowds],
        "scene": _scene_json(session),
        "round": session.round and round_json(session, session.round, totals=True),
        "variants": session.variants and _variants_json(session.variants),
    }


def elsewhere_json(elsewhere: Elsewhere | None) -> Json | None:
    """Return where this machine's desk is, and another's that has a session; None of one alone."""
    if elsewhere is None or not elsewhere.several:
        return None
    place = elsewhere.place
    session = place and {
        "machine": place.machine,
        "url": f"{place.url}desk" if place.url else "",
        "title": place.title,
    }
    return {"here": f"{elsewhere.url}desk" if elsewhere.url else "", "session": session}


def emptied(desk: Json) -> Json:
    """Return what the desk is told of a session that was forgotten: that it has ended."""
    nothing = {"title": "", "menu": "", "helper_url": "", "visitors": 0, "wishes": []}
    nothing |= {"untold": 0, "groups": []}
    return desk | nothing | {"round": None, "variants": None}


def stage_json(session: Session, *, code: str, addresses: Sequence[Address], here: int) -> Json:
    """Return what the projector may show: no text that was not approved, no error."""
    shown = shown_wishes(session)
    making = [wish for wish in session.wishes.values() if wish.state is WishState.SENT]
    large = session.wishes.get(session.scene.wish or "")
    return {
        "title": session.plan.title,
        "state": session.door,
        "version": session.version,
        "resting": session.paused,
        "code": code,
        "url": room_url(addresses, code),
        "here": here,
        "left": session.left,
        "waiting": len(line(session)),
        "making": [
            {
                "id": wish.id,
                "prompt": wish.text,
                "name": visitor_name(session, wish),
                "since": wish.sent_at,
                "recorded": wish.recorded,
            }
            for wish in making
        ],
        "image": large and large.shown and _picture_json(session, large),
        "wall": [_picture_json(session, wish) for wish in shown[-WALL_MAX:]],
        "scene": _scene_json(session),
        "round": session.round and round_json(session, session.round),
        "recorded": _is_recorded(session),
        "recorded_on": session_mark(session),
        "played": session.played,
    }


def round_json(session: Session, now: Round, *, totals: bool = False) -> Json:
    """Return a round; `totals` of an open one are for the presenter alone.

    What was hidden since is no part of it any more; then it is closed.
    """
    seen = options_of(session, now)
    every = now.totals
    return {
        "id": now.id,
        "open": now.open,
        "options": [
            {"letter": letter(n), **_picture_json(session, session.wishes[now.options[n]])}
            for n in seen
        ],
        "votes": len(now.votes),
        "totals": [every[n] for n in seen] if totals or not now.open else None,
        "winner": now.winner if now.winner in [now.options[n] for n in seen] else None,
    }


def options_of(session: Session, now: Round) -> list[int]:
    """Return the numbers of a round's options that may be seen: all of them while it is open."""
    wishes = [session.wishes[one] for one in now.options]
    return [n for n, wish in enumerate(wishes) if wish.shown and wish.picture]


def letter(option: int) -> str:
    """Return what an option is called, from A."""
    return chr(ord("A") + option)


def may_see(session: Session, visitor_id: str, wish: Wish) -> bool:
    """Whether a visitor may fetch a wish's picture: it is shown, or an own one without a gate."""
    if wish.picture is None or wish.state is not WishState.MADE:
        return False
    return wish.shown or (wish.visitor == visitor_id != HOST and not session.plan.gate)


def room_url(addresses: Sequence[Address], code: str) -> str:
    """Return the address to scan or type, "" while there is none."""
    return f"{addresses[0].url}/{code}" if addresses else ""


def helper_url(session: Session, addresses: Sequence[Address], token: str) -> str:
    """Return the link of the presenter's helper, "" while there is none."""
    there = addresses and token and not session.ended
    return f"{addresses[0].url}/h/{token}" if there else ""


def image_url(picture: Picture, *, small: bool = False) -> str:
    """Return where the presenter's door serves a picture, of the gallery or of a rehearsal."""
    name, sha256 = sha256_of(picture.image)
    if not name:
        return at(f"/{'thumbs' if small else 'images'}/{picture.image}")
    size = "?small=1" if small else ""
    return at(f"/api/demos/{name}/images/{sha256 or NO_IMAGE}{size}")


def session_mark(session: Session) -> str:
    """Return the mark that stands on all that is shown of a recording, "" on what is not one."""
    if not _is_recorded(session):
        return ""
    shortened = msg("waits shortened") if session.shortened else ""
    return tell(joined(_recorded_on(session.recorded_on), shortened, by=" · "))


def _is_recorded(session: Session) -> bool:
    return session.rehearsed or bool(session.recorded_on)


def picture_mark(wish: Wish) -> str:
    """Return the mark of a picture that is a rehearsal's, else ""."""
    if not wish.recorded:
        return ""
    return tell(_recorded_on(wish.picture.recorded_on if wish.picture else ""))


def _recorded_on(of: str) -> Said:
    try:
        return msg("Recorded {day}", day=day(date.fromisoformat(of)))
    except ValueError:  # marked all the same
        return msg("Recorded")


def _waits(session: Session, wish: Wish) -> str:
    """Say why an approved wish is not made while a rehearsal stands in."""
    if session.rehearsed and wish.state is WishState.APPROVED:
        return tell(msg("It is made when the network is back."))
    return ""


def _wish_json(session: Session, wish: Wish, place: int | None) -> Json:
    return {
        "id": wish.id,
        "number": wish.number,
        "name": visitor_name(session, wish),
        "own": wish.visitor == HOST,
        "text": wish.text,
        "state": wish.state,
        "place": place,
        "at": wish.at,
        "sent_at": wish.sent_at or None,
        "why": tell(wish.why) or _waits(session, wish),
        "shown": wish.shown,
        "parent": wish.parent,
        "recorded": wish.recorded,
        "picture": _picture_json(session, wish) if wish.picture else None,
    }


def _picture_json(session: Session, wish: Wish) -> Json:
    picture = wish.picture
    assert picture is not None
    return {
        "id": wish.id,
        "image": picture.image,
        "image_url": image_url(picture),
        "thumb_url": image_url(picture, small=True),
        "prompt": wish.text,
        "name": visitor_name(session, wish),
        "seconds": picture.seconds,
        "price_usd": 0.0 if wish.recorded else number(picture.price_usd),
        "was_usd": number(picture.price_usd) if wish.recorded else None,
        "seed": picture.seed,
        "model": picture.model,
        "recorded": wish.recorded,
        "recorded_on": picture_mark(wish),
    }


def _variants_json(made: Variants) -> Json:
    note = msg("This model takes no seed, so these are new draws.") if made.kind == "draws" else ""
    return {
        "of": made.of,
        "kind": made.kind,
        "wishes": list(made.wishes),
        "vote": made.vote,
        "note": tell(note),
    }


def _scene_json(session: Session) -> Json:
    scene = session.scene
    return {
        "wish": scene.wish,
        "wall": scene.wall,
        "black": scene.black,
        "frozen": scene.frozen,
        "code": scene.code,
    }


def shown_wishes(session: Session) -> list[Wish]:
    """Return the wishes whose pictures the room may see, oldest first."""
    return [wish for wish in session.wishes.values() if wish.shown and wish.picture]


def visitor_name(session: Session, wish: Wish) -> str:
    """Return who a wish is from, as the room knows them."""
    visitor = session.visitors.get(wish.visitor)
    return tell(name_of(visitor.number) if visitor else HOST_NAME)
