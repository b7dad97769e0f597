"""What any provider reads answers with: base64, JSON and words of strangers, bounded. Pure."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

import pybase64

from backend.errors import CHECK, BadAnswer
from backend.said import msg
from backend.text import shortened
from backend.types import FOREIGN_SEED_MAX, Link, RawImage, Tokens

QUOTE_MAX_CHARS = 300
"""How much of the platform's own words a message repeats."""

PARTS_MAX = 100_000
"""More lists, objects and commas than that has no answer; base64 has none of them."""

_NUMBER_MAX_CHARS = 64
_AMOUNT_DIGITS = 9
_TOKENS_MAX = 1_000_000_000

_IMAGE = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF.{4}WEBP", re.DOTALL)

_FULL_STOP = re.compile(r"(?<!\.)\.$")

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


def image_of(encoded: object, seconds: object = None, seed: object = None) -> RawImage:
    """Return the image that base64 holds, with what was told beside it where that makes sense.

    Raises: BadAnswer.
    """
    if not isinstance(encoded, str) or not encoded:
        raise BadAnswer(msg("The answer holds no image."), CHECK)
    # What is not ASCII is replaced by more of what is not base64: refused with the rest of it.
    return whole_image(decode_base64(encoded.encode("utf-8", "replace")), seconds, seed)


def whole_image(data: bytes, seconds: object = None, seed: object = None) -> RawImage:
    """Return an image file that is whole at first sight. Raises: BadAnswer."""
    if is_cut(data):
        raise BadAnswer(msg("The image arrived cut short."), CHECK)
    return RawImage(data, seconds_of(seconds), seed_of(seed))


def image_file(body: bytes) -> RawImage:
    """Return the image that an answer is, not one that it holds. Raises: BadAnswer."""
    if not _IMAGE.match(body):
        raise BadAnswer(msg("The answer is no image."), CHECK)
    return whole_image(body)


def image_or_link(url: object, seconds: object = None, seed: object = None) -> RawImage | Link:
    """Return where an image is, or the image itself where its URL holds it. Raises: BadAnswer."""
    if not isinstance(url, str) or not url:
        raise BadAnswer(msg("The answer holds no image."), CHECK)
    if url.startswith("data:"):
        return image_of(url, seconds, seed)
    return Link(url, seconds_of(seconds), seed_of(seed))


def tokens_of(usage: object) -> Tokens | None:
    """Return what an answer says that it used; None where that makes no sense."""
    counts = [dig(usage, f"{way}_tokens") for way in ("input", "output")]
    if any(type(count) is not int or not 0 <= count < _TOKENS_MAX for count in counts):
        return None
    return Tokens(*counts)


def seconds_of(told: object) -> float | None:
    """Return a time in seconds; None where it makes no sense."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    return float(told) if 0 <= told < 1e9 else None  # NaN fails both comparisons


def seed_of(told: object) -> int | None:
    """Return a seed as programs draw them; None where it is none."""
    if isinstance(told, bool) or not isinstance(told, int):
        return None
    return told if 0 <= told <= FOREIGN_SEED_MAX else None


def try_json(body: bytes, numbers: Callable[[str], Any] = float) -> Any:
    """Parse JSON; None where it is none, or nothing that an answer would be: too deep, too much.

    40 MB of "[]," would hold all of Python for ten seconds, and a gigabyte. A number of more than
    64 characters is None: nobody meant it, and a whole one divides into no float.
    """
    if sum(map(body.count, b",[{")) > PARTS_MAX:
        return None
    try:
        return json.loads(
            body,
            parse_float=lambda text: _number(text, numbers),
            parse_int=lambda text: _number(text, int),
        )
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


def names_of(told: Iterable[Any]) -> tuple[str, ...]:
    """Return the names in a list that somebody told, each once, without what is no name."""
    return tuple(dict.fromkeys(filter(None, map(one_line, told))))


def one_line(words: Any) -> str:
    """Return foreign text as one short line: no control or invisible characters, no keys."""
    if not isinstance(words, str):
        return ""
    text = _SECRET.sub("[key]", words[: QUOTE_MAX_CHARS * 10])
    shown = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    line = " ".join(shown.split())
    return shortened(line, QUOTE_MAX_CHARS)


def quoted(words: Any) -> str:
    """Return foreign text for between quotes: `one_line`, its full stop left to the sentence."""
    return _FULL_STOP.sub("", one_line(words))
