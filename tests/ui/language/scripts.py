"""Reads scripts as far as their literals: names, signs, texts; what is in a text is read, too."""

from __future__ import annotations

import re
from typing import NamedTuple

_PASSED = re.compile(r"\s+|//[^\n]*|/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r"""(["'])((?:\\.|(?!\1)[^\\\n])*)\1""")
_NAME = re.compile(r"[\w$]+")
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/\w*")
_ESCAPE = re.compile(r"\\(?:u\{?([0-9a-fA-F]+)\}?|(.))", re.DOTALL)


class Token(NamedTuple):
    """A name or sign; or a literal's text, with {} for each value in it."""

    text: str
    line: int
    literal: bool = False


def script_tokens(source: str) -> list[Token]:
    """Return what a script is made of, but for its comments and regular expressions."""
    found: list[Token] = []
    _read(source, 0, found)
    return found


def _read(source: str, at: int, found: list[Token]) -> int:
    """Read on to the } that closes what began before, or to the end; return where that is."""
    deep = 0
    while at < len(source):
        line, last = source.count("\n", 0, at) + 1, found[-1] if found else Token("", 0)
        if match := _PASSED.match(source, at):
            pass
        elif match := _STRING.match(source, at):
            found.append(Token(_plain(match[2]), line, True))
        elif match := _NAME.match(source, at):
            found.append(Token(match[0], line))
        elif not (last.literal or re.match(r"[\w$)\]]", last.text)) and (
            match := _REGEX.match(source, at)
        ):
            pass
        elif source[at] == "`":
            at = _template(source, at + 1, line, found)
            continue
        else:
            deep += {"{": 1, "}": -1}.get(source[at], 0)
            if deep < 0:
                return at
            found.append(Token(source[at], line))
            at += 1
            continue
        at = match.end()
    return at


def _template(source: str, at: int, line: int, found: list[Token]) -> int:
    """Read a text between `, whose values come after it; return where it ends."""
    text, values = "", [Token(";", line)]
    while source[at] != "`":
        if source.startswith("${", at):
            at = _read(source, at + 2, values) + 1
            text += "{}"
        else:
            step = 2 if source[at] == "\\" else 1
            text, at = text + source[at : at + step], at + step
    found += [Token(_plain(text), line, True), *values]
    return at + 1


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[2], text)
