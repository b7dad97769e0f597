"""A rehearsal as it is read: lines that make no sense are passed over, all others made safe. Pure.

The first line is the header, `{"demo": 1, "title", "recorded", "model", "provider", "program"}`,
each other is `[milliseconds since the line before, kind, data]`; recording.py writes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Any

from backend.errors import InvalidInput
from backend.sessions.desk import OPTIONS_MAX, SCENES, TRUSTED_MAX
from backend.sessions.recording import OPTIONS_MIN
from backend.sessions.reducer import after, begun
from backend.sessions.state import HOST, IMAGES_MAX, TITLE_MAX_CHARS, Door, Event, Session, Wish
from backend.sessions.text import clean_wish
from backend.text import shortened
from backend.types import FOREIGN_SEED_MAX, Value

Data = dict[str, Any]

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
"""What a rehearsal's name looks like: safe in every file system and address."""

SHA256 = re.compile(r"[0-9a-f]{64}")

NO_IMAGE = "0" * 64
"""Stands in an address for the digest of an image that was missing already."""

WAIT_MAX_MS = 24 * 3_600_000
TEXT_MAX_CHARS = 2_000
OVER_MAX = 50
PRICE_MAX = 10_000
LINES_MAX = 20_000

_IMAGE = re.compile(rf"demo:({NAME.pattern}):({SHA256.pattern})?")


@dataclass(frozen=True, slots=True)
class Demo:
    """A rehearsal: `recorded_on` is its day, YYYY-MM-DD, `session` what it was made of.

    `timed` are its events, the plan first, with the milliseconds from the beginning to each;
    `wishes` are what they make in the end.
    """

    name: str
    title: str
    recorded_on: str
    model: str
    session: str
    timed: tuple[tuple[int, Event], ...]
    wishes: tuple[Wish, ...]

    @property
    def seconds(self) -> float:
        """How long it takes with its own waits."""
        return self.timed[-1][0] / 1000

    @property
    def digests(self) -> set[str]:
        """The digests of the images that it names, "" among them where one has none."""
        images = (wish.picture.image for wish in self.wishes if wish.picture)
        return {sha256_of(image)[1] for image in images}


def image_of(name: str, sha256: str) -> str:
    """Return what stands for a rehearsal's image in a Picture."""
    return f"demo:{name}:{sha256}"


def sha256_of(image: str) -> tuple[str, str]:
    """Return (name, SHA-256) of a rehearsal's image, ("", "") for one of the gallery."""
    found = _IMAGE.fullmatch(image)
    return (found[1], found[2] or "") if found else ("", "")


def demo_of(name: str, lines: Iterable[Any]) -> Demo:
    """Return the rehearsal of a file's JSON lines. Raises: ValueError where they are none."""
    header: dict[str, Any] | None = None
    reader: _Reader | None = None
    for number, line in enumerate(lines):
        if header is None:
            header = _header(line)
            reader = _Reader(name, header["recorded"])
        elif reader is not None and number < LINES_MAX:
            reader.take(line)
    if header is None or reader is None or reader.session is None:
        raise ValueError("This is no rehearsal.")
    return Demo(
        name,
        header["title"],
        header["recorded"],
        header["model"],
        header["session"],
        tuple(reader.timed),
        tuple(reader.session.wishes.values()),
    )


def _header(line: Any) -> Data:
    """Return what counts of a header. Raises: ValueError."""
    if not isinstance(line, dict) or line.get("demo") != 1:
        raise ValueError("This is no rehearsal of ours.")
    return {
        "title": shortened(str(line.get("title") or ""), TITLE_MAX_CHARS),
        "recorded": _day(line.get("recorded")),  # nothing is played without its mark
        "model": str(line.get("model") or "")[:TEXT_MAX_CHARS],
        "session": str(line.get("session") or "")[:TEXT_MAX_CHARS],
    }


class _Reader:
    """Takes one line after the other, and keeps what makes sense where it stands."""

    def __init__(self, name: str, recorded_on: str) -> None:
        self._name, self._recorded_on = name, recorded_on
        self._at = 0
        self.timed: list[tuple[int, Event]] = []
        self.session: Session | None = None
        self._kinds: Mapping[str, Callable[[Data], Data]] = {
            "plan": _plan,
            "door": lambda data: {"state": Door(data["state"]).value},
            "raised": lambda data: {"images": _whole(data["images"], 1, IMAGES_MAX)},
            "trusted": lambda data: {"next": _whole(data["next"], 0, TRUSTED_MAX)},
            "joined": lambda data: {"visitor": _visitor(data["visitor"])},
            "wish": _wish,
            "approved": lambda data: {"id": _id(data["id"]), "again": data.get("again") is True},
            "held": lambda data: {"id": _id(data["id"])},
            "sent": lambda data: {"id": _id(data["id"]), "recorded": True},
            "landed": self._landed,
            "failed": lambda data: {
                "id": _id(data["id"]),
                "doubt": data.get("doubt") is True,
                "why": "",
                "recorded": True,
            },
            "shown": self._shown,
            "hidden": lambda data: {"id": _id(data["id"])},
            "scene": lambda data: {one: data[one] is True for one in SCENES if one in data},
            "round": self._round,
            "vote": lambda data: {
                "round": _round_id(data["round"]),
                "visitor": _visitor(data["visitor"]),
                "option": _whole(data["option"], 0, OPTIONS_MAX - 1),
            },
            "closed": lambda data: {"round": _round_id(data["round"])},
            "ended": lambda data: {},
        }

    def take(self, line: Any) -> None:
        """Take a line in. What makes no sense changes nothing."""
        try:
            ms, kind, data = line
            self._at += min(WAIT_MAX_MS, max(0, int(ms)))
            made = self._kinds[kind](dict(data))
            if (kind == "plan") != (self.session is None):
                return
            event = Event(kind, made, self._at)
            self.session = begun("", event) if self.session is None else after(self.session, event)
        except (LookupError, TypeError, ValueError, ArithmeticError, InvalidInput):
            return
        self.timed.append((self._at, event))

    def _landed(self, data: Data) -> Data:
        digest = data.get("sha256")
        known = isinstance(digest, str) and SHA256.fullmatch(digest)
        return {
            "id": _id(data["id"]),
            "image": image_of(self._name, digest if known and digest else ""),
            "seconds": _seconds(data.get("seconds")),
            "price": _price(data.get("price")),
            "seed": _seed(data.get("seed")),
            "model": _text(data["model"]),
            "recorded": _day(data["recorded"]) if data.get("recorded") else self._recorded_on,
        }

    def _shown(self, data: Data) -> Data:
        self._pictured(data["id"])
        return {"id": _id(data["id"])}

    def _round(self, data: Data) -> Data:
        options = [_id(one) for one in dict.fromkeys(data["options"]) if self._pictured(one)]
        if not OPTIONS_MIN <= len(options) <= OPTIONS_MAX:
            raise ValueError("no vote")
        return {"id": _round_id(data["id"]), "options": options}

    def _pictured(self, named: object) -> Wish:
        """Return the wish of a picture that is there. Raises: LookupError, ValueError."""
        if self.session is None:
            raise LookupError(named)
        wish = self.session.wishes[_id(named)]
        if wish.picture is None:
            raise ValueError("no picture")
        return wish


def _plan(data: Data) -> Data:
    return {
        "title": shortened(_text(data.get("title", "")), TITLE_MAX_CHARS),
        "model": _text(data["model"]),
        "images": _whole(data["images"], 1, IMAGES_MAX),
        "each": _whole(data["each"], 1, IMAGES_MAX),
        "approve": data.get("approve") is not False,
        "gate": data.get("gate") is not False,
        "menu": _text(data.get("menu", "")),
        "values": _values(data.get("values") or {}),
    }


def _wish(data: Data) -> Data:
    parent = data.get("parent")
    return {
        "id": _id(data["id"]),
        "visitor": HOST if data["visitor"] == HOST else _visitor(data["visitor"]),
        "text": clean_wish(data["text"]),
        "approved": data.get("approved") is True,
        "trusted": data.get("trusted") is True,
        "over": _values(data.get("over") or {}),
        "parent": None if parent is None else _id(parent),
    }


def _id(value: object) -> str:
    """Return the id of the wish with a number, w1: 32 hex digits as every other's."""
    return f"{int(_numbered('w', value)):032x}"


def _visitor(value: object) -> str:
    return "v" + _numbered("v", value)


def _round_id(value: object) -> str:
    return "r" + _numbered("r", value)


def _numbered(letter: str, value: object) -> str:
    found = re.fullmatch(rf"{letter}([0-9]{{1,6}})", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("no number")
    return found[1]


def _whole(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("no number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > TEXT_MAX_CHARS:
        raise ValueError("no text")
    return value


def _day(value: object) -> str:
    return date.fromisoformat(_text(value)).isoformat()


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        raise ValueError("no time")
    return float(value)


def _price(value: object) -> str | None:
    if value is None:
        return None
    price = Decimal(_text(value))
    if not price.is_finite() or not 0 <= price < PRICE_MAX:
        raise ValueError("no price")
    return str(price)


def _seed(value: object) -> int | None:
    return None if value is None else _whole(value, 0, FOREIGN_SEED_MAX)


def _values(value: object) -> dict[str, Value]:
    if not isinstance(value, dict) or len(value) > OVER_MAX:
        raise ValueError("no values")
    return {_text(name): _value(one) for name, one in value.items()}


def _value(value: object) -> Value:
    if value is None or type(value) is int:
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    return _text(value)
