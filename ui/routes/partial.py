"""What of a file is sent: all of it, a part, or nothing new. Pure, by RFC 9110, 13 and 14."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANGE = re.compile(r"bytes\s*=\s*([0-9]*)\s*-\s*([0-9]*)\s*", re.ASCII | re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?("[^"]*")')
_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class Part:
    """`status` is 200, 206, 304 or 416; bytes `start` to before `end` are sent."""

    status: int
    start: int
    end: int
    headers: Mapping[str, str]


def part_of(headers: Mapping[str, str], size: int, etag: str) -> Part:
    """Return what a GET or HEAD with these headers asks of a file of `size` bytes.

    `headers` are looked up in small letters; `etag` is a strong one, with its quotes. Of several
    ranges, and of those that nobody can read, all of the file is sent, as is allowed.
    """
    common = {"ETag": etag, "Accept-Ranges": "bytes"}
    if _matches(headers.get("if-none-match", ""), etag):
        return Part(304, 0, 0, common)
    wanted = _RANGE.fullmatch(headers.get("range", "").strip())
    condition = headers.get("if-range", "").strip()
    if wanted is None or (condition and condition != etag):
        return Part(200, 0, size, common)
    first, last = (digits.lstrip("0") or digits[:1] for digits in wanted.groups())
    if not (first or last) or max(len(first), len(last)) > _DIGITS_MAX:
        return Part(200, 0, size, common)
    if not first:  # the last so many bytes
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < int(first):
            return Part(200, 0, size, common)
    if start >= end:
        return Part(416, 0, 0, {**common, "Content-Range": f"bytes */{size}"})
    return Part(206, start, end, {**common, "Content-Range": f"bytes {start}-{end - 1}/{size}"})


def _matches(condition: str, etag: str) -> bool:
    return condition.strip() == "*" or etag in _TAG.findall(condition)
