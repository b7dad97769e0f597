"""The pairs in an infotext's line: `Steps: 20, Model: "a, b", Sizes: [1, 2]`. Pure, linear."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

MAX_PAIRS = 128

_KEY = re.compile(r"\w[\w \-/().+]{0,80}")
_STRING = re.compile(r'"(?:\\.|[^"\\])*+"', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_BRACKETED_CHARS = 2_000
_DECODER = json.JSONDecoder()


def pairs_in(line: str) -> Iterator[tuple[str, str]]:
    """Yield (name, value) of a line's pairs, values without their quotes."""
    at = 0
    for _ in range(MAX_PAIRS):
        colon = line.find(":", at)
        if colon < 0:
            return
        # A piece without a colon, such as the rest of a value with a comma, is passed over.
        key = line[line.rfind(",", at, colon) + 1 or at : colon].rpartition("\n")[2].strip()
        start = colon + 1 + (line[colon + 1 : colon + 2] == " ")
        value, end = _value(line, start)
        if _KEY.fullmatch(key):
            yield key, value
        comma = line.find(",", end)
        if comma < 0:
            return
        at = comma + 1


def _value(line: str, start: int) -> tuple[str, int]:
    """Return the value at `start` and its end: a JSON string, list or object, or up to a comma."""
    if line.startswith('"', start) and (quoted := _STRING.match(line, start)):
        try:
            return str(json.loads(quoted[0], strict=False)), quoted.end()
        except ValueError:
            return quoted[0][1:-1], quoted.end()
    if line.startswith(("{", "["), start):
        try:
            _document, end = _DECODER.raw_decode(line, start)
            return line[start:end], end
        except (ValueError, RecursionError):  # stable-diffusion.cpp's `[7, 8, ]` for one
            if closed := _closed(line, start):
                return line[start:closed], closed
    comma = line.find(",", start)
    end = comma if comma >= 0 else len(line)
    return line[start:end].strip(), end


def _closed(line: str, start: int) -> int:
    """Return where the bracket at `start` is closed, 0 where it is not, or only far behind."""
    depth = 0
    for found in _BRACKET.finditer(line, start, start + _BRACKETED_CHARS):
        depth += 1 if found[0] in "[{" else -1
        if not depth:
            return found.end()
    return 0
