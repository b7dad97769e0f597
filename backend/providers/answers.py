"""What any provider reads answers with: base64, JSON and words of strangers, bounded. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import pybase64

from backend.errors import CHECK, BadAnswer
from backend.said import msg
from backend.text import shortened

QUOTE_MAX_CHARS = 300
"""How much of the platform's own words a message repeats."""

PARTS_MAX = 100_000
"""More lists, objects and commas than that has no answer; base64 has none of them."""

_NUMBER_MAX_CHARS = 64
_AMOUNT_DIGITS = 9

_SECRET = re.compile(r"\bak_[\w-]+|(?<=Bearer )\S+", re.IGNORECASE)


def decode_base64(encoded: bytes) -> bytes:
    """Decode base64 strictly: junk dropped in silence makes a broken image that looks whole."""
    if encoded.startswith(b"data:"):
        head, _, encoded = encoded.partition(b",")
        if not head.endswith(b";base64"):
            raise BadAnswer(msg("The image arrived in a form that cannot be read."), CHECK)
    try:
        data: bytes = pybase64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise BadAnswer(msg("The image arrived damaged: it is not clean base64."), CHECK) from error
    if not data:
        raise BadAnswer(msg("The image arrived damaged: it is not clean base64."), CHECK)
    return data


def is_cut(data: bytes) -> bool:
    """Whether a file of a known format lacks its end: base64 cut between two groups looks whole.

    Only a quick look, so that a cut file is named as what it is; images.verify decodes it all.
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data.rfind(b"IEND\xaeB`\x82") < 0
    if data.startswith(b"\xff\xd8\xff"):
        return data.rfind(b"\xff\xd9") < 0
    if data.startswith(b"RIFF"):
        return int.from_bytes(data[4:8], "little") > len(data) - 8
    return len(data) < 12  # too short to tell its format by: no image is


def try_json(body: bytes, numbers: Callable[[str], Any] = float) -> Any:
    """Parse JSON; None where it is none, or nothing that an answer would be: too deep, too much.

    40 MB of "[]," would hold all of Python for ten seconds, and a gigabyte.
    """
    if sum(map(body.count, b",[{")) > PARTS_MAX:
        return None
    try:
        return json.loads(body, parse_float=lambda text: _number(text, numbers))
    except (ValueError, RecursionError):
        return None


def _number(text: str, numbers: Callable[[str], Any]) -> Any:
    return numbers(text) if len(text) <= _NUMBER_MAX_CHARS else None


def dig(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def decimal_of(value: Any) -> Decimal | None:
    """Return an amount of money; None where it is none, or none that there is: below a billion.

    So its digits can be written out, and whole micro-dollars fit into 64 bits a thousandfold.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    if isinstance(value, str) and len(value) > _NUMBER_MAX_CHARS:
        return None
    try:
        number = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):  # Python writes no whole number of 4,300 digits
        return None
    if not number.is_finite() or number.adjusted() >= _AMOUNT_DIGITS:
        return None
    return number if number.adjusted() > -_AMOUNT_DIGITS else Decimal(0)


def one_line(words: Any) -> str:
    """Return foreign text as one short line: no control or invisible characters, no keys."""
    if not isinstance(words, str):
        return ""
    text = _SECRET.sub("[key]", words[: QUOTE_MAX_CHARS * 10])
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    line = " ".join(shown.split())
    return shortened(line, QUOTE_MAX_CHARS)
