"""A session as a rehearsal, line by line: what was seen, and nothing that is anybody's. Pure.

Ids, tokens and visitors become numbers; refused and taken-back words, words that nobody approved
and reasons of failures are left out. The format is read by demo.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from backend.sessions.desk import SCENES
from backend.sessions.reducer import played
from backend.sessions.state import HOST, Event, Session, WishState

Data = Mapping[str, Any]

UNKEPT = frozenset({WishState.WAITING, WishState.REFUSED, WishState.GONE})
"""Words that nobody approved, that were refused, or that are their sender's alone again."""

OPTIONS_MIN = 2
"""A vote among fewer pictures is none."""


def day_of(started_ms: int) -> str:
    """Return the day of a moment in milliseconds since 1970, YYYY-MM-DD in UTC."""
    return f"{datetime.fromtimestamp(started_ms / 1000, UTC):%Y-%m-%d}"


def pictures_of(events: Sequence[Event]) -> list[str]:
    """Return the images that a rehearsal of these events holds. Raises: ValueError, no session."""
    session = played("", events)
    return [
        wish.picture.image
        for wish in session.wishes.values()
        if wish.picture is not None and wish.state not in UNKEPT
    ]


def lines_of(events: Sequence[Event], digests: Mapping[str, str]) -> list[list[Any]]:
    """Return `[milliseconds since the line before, kind, data]` for all that is kept.

    `digests` gives the SHA-256 of the kept file of each image; one without is a grey field later.
    Raises: ValueError where the events are no session.
    """
    recorder = _Recorder(played("", events), digests)
    lines: list[list[Any]] = []
    before = events[0].at
    for event in events:
        data = recorder.kept(event)
        if data is None:
            continue
        lines.append([max(0, event.at - before), event.kind, data])
        before = max(before, event.at)
    return lines


def text_of(header: Data, lines: Iterable[Sequence[Any]]) -> str:
    """Return the file: the header, then a line for each event."""
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in (header, *lines))


class _Recorder:
    """Turns one event after the other into what is kept of it."""

    def __init__(self, session: Session, digests: Mapping[str, str]) -> None:
        self._digests = digests
        wishes = (wish for wish in session.wishes.values() if wish.state not in UNKEPT)
        self._wishes = {wish.id: f"w{n}" for n, wish in enumerate(wishes, 1)}
        visitors = session.visitors.values()
        self._visitors = {HOST: HOST} | {one.id: f"v{one.number + 1}" for one in visitors}
        self._pictured = {wish.id for wish in session.wishes.values() if wish.picture}
        self._rounds: dict[str, str] = {}
        self._options: dict[str, list[str]] = {}
        self._whole = {one.id: one.options for one in session.rounds}
        self._kinds: Mapping[str, Callable[[Data], Data | None]] = {
            "plan": lambda data: data,
            "door": lambda data: {"state": data["state"]},
            "raised": lambda data: {"images": data["images"]},
            "trusted": lambda data: {"next": data["next"]},
            "joined": lambda data: {"visitor": self._visitors[data["visitor"]]},
            "wish": self._wish,
            "approved": lambda data: self._of(data) | _some(data, "again"),
            "held": self._of,
            "sent": self._of,
            "landed": self._landed,
            "failed": lambda data: self._of(data) | _some(data, "doubt"),
            "shown": self._of,
            "hidden": self._of,
            "scene": lambda data: _some(data, *SCENES),
            "round": self._round,
            "vote": self._vote,
            "closed": lambda data: {"round": self._rounds[data["round"]]},
            "ended": lambda data: {},
        }

    def kept(self, event: Event) -> Data | None:
        """Return what is kept of an event, None for nothing."""
        try:
            make = self._kinds.get(event.kind)
            return None if make is None else make(event.data)
        except (LookupError, TypeError):  # of a wish that is left out, or changed by hand
            return None

    def _of(self, data: Data) -> dict[str, Any]:
        return {"id": self._wishes[data["id"]]}

    def _wish(self, data: Data) -> Data:
        parent = self._wishes.get(data.get("parent") or "")
        more = {"over": dict(data["over"])} if data.get("over") else {}
        return (
            self._of(data)
            | {"visitor": self._visitors[data["visitor"]], "text": data["text"]}
            | _some(data, "approved", "trusted")
            | more
            | ({"parent": parent} if parent else {})
        )

    def _landed(self, data: Data) -> Data:
        return (
            self._of(data)
            | {"sha256": self._digests.get(data["image"], "")}
            | {name: data[name] for name in ("seconds", "price", "seed", "model")}
            | _some(data, "recorded")
        )

    def _round(self, data: Data) -> Data | None:
        options = [one for one in data["options"] if one in self._wishes and one in self._pictured]
        if len(options) < OPTIONS_MIN:
            return None
        own = self._rounds[data["id"]] = f"r{len(self._rounds) + 1}"
        self._options[data["id"]] = options
        return {"id": own, "options": [self._wishes[one] for one in options]}

    def _vote(self, data: Data) -> Data:
        option = self._whole[data["round"]][data["option"]]
        return {
            "round": self._rounds[data["round"]],
            "visitor": self._visitors[data["visitor"]],
            "option": _place(self._options[data["round"]], option),
        }


def _some(data: Data, *names: str) -> dict[str, Any]:
    return {name: data[name] for name in names if data.get(name) is not None}


def _place(options: Sequence[str], one: str) -> int:
    """Return where an option stands. Raises: LookupError where it was left out."""
    try:
        return options.index(one)
    except ValueError as error:
        raise LookupError(one) from error
