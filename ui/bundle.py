"""Joins ES modules into one that does the same, at start: a page then asks for one script, not 35.

It knows just the forms in which our modules import and export (a test holds them to these):
`import { a, b as c } from "./x.js";` and `export` before function, async function or const. Each
module becomes a function of its own, so that names stay apart, in lines that a source map leads
back to its file. But for comments and indentation, a third of all, what the browser runs is what is
written; nothing is built beforehand.
"""

from __future__ import annotations

import json
import posixpath
import re
import string
from collections.abc import Iterable, Mapping

_IMPORT = re.compile(r'^import \{([^}]*)\} from "([^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|const) (\w+))", re.MULTILINE)
_UNKNOWN = re.compile(r"^(?:import|export)\b.*|\bimport(?:\.meta\b|\().*", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/)$", re.MULTILINE)
_END_COMMENT = re.compile(r"""(?<=[;,{}()\[\]]) // [^\n`"']*$""", re.MULTILINE)
"""A comment after code; with a quotation mark in it, it could be the end of a text."""
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
_ALIAS = re.compile(r"\bas\b")
_STYLE_COMMENT = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|/\*[\s\S]*?\*/""")
"""A text, kept as it is, or else a comment: a text may hold what looks like one."""
_STYLE_INDENT = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)
_DIGITS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"


class UnknownForm(ValueError):
    """A module imports or exports in a way that is not known here."""


def bundle(entry: str, sources: Mapping[str, str]) -> tuple[str, str]:
    """Return the module `entry` with all that it imports as one module, and its source map.

    `sources` are texts by path. Its exports are `entry`'s. Raises: UnknownForm, KeyError for a
    module that is not there.
    """
    order = _order(entry, sources)
    numbers = {path: number for number, path in enumerate(order)}
    parts = []
    for path, number in numbers.items():
        text, exports = _body(path, sources[path], numbers)
        parts.append(
            f"const $m{number} = (() => {{\n{text}return {{ {', '.join(exports)} }};\n}})();\n"
        )
    own = f"$m{numbers[entry]}"
    parts += [f"export const {n} = {own}.{n};\n" for n in _EXPORT.findall(sources[entry])]
    source_map = {
        "version": 3,
        "sources": [f"../{path}" for path in order],
        "names": [],
        "mappings": _mappings([sources[path].count("\n") for path in order]),
    }
    return "".join(parts), json.dumps(source_map)


def joined_sheets(texts: Iterable[str]) -> str:
    """Return stylesheets as one, in their order, without comments, indentation and empty lines."""
    joined = _STYLE_COMMENT.sub(lambda found: found[1] or "", "\n".join(texts))
    return _STYLE_INDENT.sub("", joined)


def _order(entry: str, sources: Mapping[str, str]) -> list[str]:
    """Return `entry` and all that it imports, each after what it imports itself."""
    order: dict[str, None] = {}

    def visit(path: str, above: tuple[str, ...]) -> None:
        if path in above:
            raise UnknownForm(f"{path} imports itself, by way of others.")
        if path not in order:
            for _, wanted in _IMPORT.findall(sources[path]):
                visit(_resolve(path, wanted), (*above, path))
            order[path] = None

    visit(entry, ())
    return list(order)


def _resolve(path: str, wanted: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), wanted))


def _body(path: str, text: str, numbers: Mapping[str, int]) -> tuple[str, list[str]]:
    """Return the module as a function's body, line by line, and the names that it exports."""

    def imported(found: re.Match[str]) -> str:
        names = _ALIAS.sub(":", found[1])
        return f"const {{{names}}} = $m{numbers[_resolve(path, found[2])]};"

    code = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    code = _INDENT.sub("", _END_COMMENT.sub("", code))
    if long := next((line for line in code.splitlines() if line.count("`") % 2), None):
        raise UnknownForm(
            f"{path} has a text of several lines: {long!r}. Its blanks would be lost."
        )
    body = _EXPORT.sub("", _IMPORT.sub(imported, code))
    if unknown := _UNKNOWN.search(body):
        raise UnknownForm(f"{path} has {unknown[0]!r}, which bundles do not know.")
    return body, _EXPORT.findall(text)


def _mappings(lengths: list[int]) -> str:
    """Return where each line of the bundle stands, for modules of so many lines.

    By the source map format: a segment is column, source, line and column there, each as the
    difference from the segment before.
    """
    lines: list[str] = []
    source = last = 0
    for number, length in enumerate(lengths):
        lines.append("")  # the function's first line
        for line in range(length):
            lines.append("A" + _vlq(number - source) + _vlq(line - last) + "A")
            source, last = number, line
        lines += ["", ""]
    return ";".join(lines)


def _vlq(value: int) -> str:
    """Return a number as source maps write it: its sign in the lowest bit, 5 bits a digit."""
    rest, digits = abs(value) << 1 | (value < 0), ""
    while True:
        digit, rest = rest & 31, rest >> 5
        digits += _DIGITS[digit | 32 if rest else digit]
        if not rest:
            return digits
