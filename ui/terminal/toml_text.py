"""TOML as text: written, and looked up where a key stands in it. Pure."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_MAY_END = re.compile(r"[\]}]|\"\"\"|'''")


def to_toml(document: Mapping[str, Any]) -> str:
    """Return plain tables, lists, texts, numbers and truths as TOML; what is None is left out."""
    rows = [f"{_key(k)} = {_value(v)}" for k, v in document.items() if _is_plain(v)]
    for name, table in document.items():
        if isinstance(table, Mapping):
            rows += ["", f"[{_key(name)}]"]
            rows += [f"{_key(k)} = {_value(v)}" for k, v in table.items() if v is not None]
    return "\n".join(rows) + "\n"


def lines_of_keys(text: str) -> dict[Path, int]:
    """Return where each key of a sound TOML document stands first, counted from 1.

    It is read statement by statement, by TOML's own parser: a key within a text is none.
    """
    found: dict[Path, int] = {}
    table: Path = ()
    lines = text.replace("\r\n", "\n").split("\n")
    start = 0
    while start < len(lines):
        end = start + 1
        while (statement := _parsed(lines[start:end])) is None and end < len(lines):
            end += 1
            while end < len(lines) and not _MAY_END.search(lines[end - 1]):
                end += 1
        if statement is None:
            return found
        paths = list(_paths(statement))
        if lines[start].lstrip().startswith("["):
            table = max(paths, key=len, default=())
            paths = [table[:n] for n in range(1, len(table) + 1)]
        else:
            paths = [table + path for path in paths]
        for path in paths:
            found.setdefault(path, start + 1)
        start = end
    return found


def line_of(lines: Mapping[Path, int], key: str) -> int | None:
    """Return the line of a key such as `axes.x`, or of the nearest table that it would be in."""
    path = tuple(key.split("."))
    known = (lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines)
    return next(known, None)


def _parsed(lines: list[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(lines))
    except (ValueError, RecursionError):
        return None


def _paths(table: Mapping[str, Any], above: Path = ()) -> Iterator[Path]:
    for name, value in table.items():
        yield (*above, name)
        if isinstance(value, Mapping):
            yield from _paths(value, (*above, name))


def _is_plain(value: object) -> bool:
    return value is not None and not isinstance(value, Mapping)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    # JSON's escapes are TOML's too; DEL alone has to be written as one here.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = [f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return _text(str(value))
