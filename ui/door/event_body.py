"""The body of one of Gradio's events, read and written anew before Gradio sees it. Pure.

Gradio takes any object that calls itself a file for one, wherever it stands, and reads the path it
names: a device that never ends, or somebody's key. The page sends no files that way, so nothing
with such a name goes through. What is passed on is what was read here, so that no second reader
can find something else in it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from backend.said import Said, msg

DEPTH_MAX = 24
"""How deep lists and objects may stand in each other; the page's own need five."""

DIGITS_MAX = 40
"""The longest whole number: what a number field can send has 22."""

_OF_FILES = frozenset(("path", "meta", "_type", "__type__", "is_stream", "is_file"))
"""The names by which Gradio knows files and updates of its own making, in small letters."""

_NAME = re.compile(r"[\w-]{1,64}", re.ASCII)
_INDEX_MAX = 1_000_000

Event = dict[str, Any]


class Unfit(ValueError):
    """The body is no event of this page; `sentence` is for whoever sent it."""

    def __init__(self, sentence: Said) -> None:
        self.sentence = sentence
        super().__init__(sentence)


def read_event(body: bytes) -> Event:
    """Return the fields that Gradio knows, checked; others are left out. Raises: Unfit."""
    found = _read(body)
    if not isinstance(found, dict):
        raise Unfit(msg("An event is an object, and this is none."))
    event: Event = {}
    for name in ("session_hash", "event_id"):
        if (value := found.get(name)) is not None:
            if not (isinstance(value, str) and _NAME.fullmatch(value)):
                raise Unfit(msg("{name} is a name of up to 64 letters, digits, _ or -.", name=name))
            event[name] = value
    for name in ("fn_index", "trigger_id"):
        if (value := found.get(name)) is not None:
            if type(value) is not int or not 0 <= value < _INDEX_MAX:
                raise Unfit(msg("{name} is a number, and this is none that can be.", name=name))
            event[name] = value
    if "data" in found:
        if not isinstance(found["data"], list):
            raise Unfit(msg("data is a list of the event's values."))
        event["data"] = found["data"]
        for value in found["data"]:
            if not isinstance(value, str):  # a form's text is checked where it is read, in words
                _check(value)
    if found.get("event_data") is not None:
        _check(found["event_data"])
        event["event_data"] = found["event_data"]
    return event


def write_event(event: Event) -> bytes:
    """Return an event as JSON in ASCII."""
    return json.dumps(event).encode()


def _read(body: bytes) -> object:
    try:
        return json.loads(
            body.decode("utf-8"),
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_of_some_digits,
        )
    except RecursionError:
        raise Unfit(msg("This is nested too deeply.")) from None
    except UnicodeDecodeError:
        raise Unfit(msg("This is no text in UTF-8.")) from None
    except json.JSONDecodeError:
        raise Unfit(msg("This is no JSON.")) from None


def _no_number(text: str) -> NoReturn:
    raise Unfit(msg("{text} is no number.", text=text))


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Unfit(msg("A number is too large."))
    return number


def _of_some_digits(text: str) -> int:
    if len(text) > DIGITS_MAX:
        raise Unfit(msg("A number is too large."))
    return int(text)


def _check(value: object, depth: int = 0) -> None:
    """Look through all of a value. Raises: Unfit."""
    if depth > DEPTH_MAX:
        raise Unfit(msg("This is nested too deeply."))
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            raise Unfit(msg("Half of a sign stands alone, which is no text."))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name.strip().lower() in _OF_FILES:
                raise Unfit(msg("No event of this page takes a file: /api/metadata does."))
            _check(name, depth + 1)
            _check(inner, depth + 1)
    elif isinstance(value, Sequence):
        for inner in value:
            _check(inner, depth + 1)
