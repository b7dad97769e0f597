"""The file that describes an experiment: TOML, with names as in the API. Faults name line and key.

    title = "Steps against subject"
    base = { model = "black-forest-labs/FLUX.1-schnell", prompt = "a lighthouse at sea", seed = 7 }
    axes.x = { num_steps = "1-4" }
    axes.y = { replace = "lighthouse, windmill" }

`rows = "list.csv"` names a file beside it, which is read here: the document has its text.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.errors import InvalidInput, PlaygroundError
from backend.storage.reading import read_plain
from ui.terminal.toml_text import Path as Key
from ui.terminal.toml_text import line_of, lines_of_keys

FILE_MAX_BYTES = 1_000_000
ROWS_MAX_BYTES = 4_000_000

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TEXTS = {"title", "model", "prompt", "negative_prompt"}
_ABOVE_BASE = {"title", "repeats"}

Json = dict[str, Any]


class FileFault(PlaygroundError):
    """The file, or how the command was called, cannot be used: exit status 2."""


@dataclass(frozen=True, slots=True)
class SpecFile:
    """What a file says: the document as the API takes it, and where its keys stand.

    `overridden` are the keys that the command line set.
    """

    path: Path
    document: Json
    lines: Mapping[Key, int]
    overridden: frozenset[str]

    def fault(self, error: InvalidInput) -> FileFault:
        """Return a refusal of the document as a fault of the file, with line and key."""
        names = [name for name in (error.field, f"base.{error.field}") if name]
        for name in names:
            if name in self.overridden:
                return FileFault(f"--set {name.removeprefix('base.')}: {error.message}", error.hint)
        known = next((name for name in names if tuple(name.split(".")) in self.lines), error.field)
        return FileFault(f"{self._at(known)}: {error.message}", error.hint)

    def token(self, provider: str, number: int) -> str:
        """Return the token of this content's experiment: the same one finds it again.

        Each that is begun anew has the next number; the sample engine's are others.
        """
        content = json.dumps([provider, number, self.document], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:32]

    def _at(self, key: str | None) -> str:
        line = line_of(self.lines, key) if key else None
        parts = [str(self.path), "" if line is None else f"line {line}", key or ""]
        return ", ".join(part for part in parts if part)


def read_spec_file(path: Path, settings: Sequence[str] = ()) -> SpecFile:
    """Return what the file says, with `NAME=VALUE` of the command line over it.

    Raises: FileFault.
    """
    text = _read(path, FILE_MAX_BYTES, str(path))
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, text, error) from error
    lines = lines_of_keys(text)
    file = SpecFile(path, document, lines, frozenset(_override(document, settings)))
    for key, value in _leaves(document):
        if not isinstance(value, str | int | float) or not math.isfinite(_number(value)):
            raise file.fault(
                InvalidInput(
                    "This is neither a text nor a number.", "Write it in quotes.", field=key
                )
            )
    _take_rows(file)
    return file


def _read(path: Path, max_bytes: int, name: str) -> str:
    try:
        return read_plain(path, max_bytes).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFault(f"{name} is not in UTF-8.", "Save it as plain text in UTF-8.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        if getattr(error, "errno", None) == errno.EFBIG:
            reason = f"it is larger than {max_bytes / 1e6:g} MB"
        raise FileFault(f"{name} cannot be read ({reason}).", "Check its name.") from error


def _unreadable(path: Path, text: str, error: Exception) -> FileFault:
    said = str(error) or type(error).__name__
    place = _AT.search(said)
    if place is None:
        return FileFault(f"{path}: {said}.", "Correct it.")
    line = place[1] or str(len(text.splitlines()) or 1)
    column = f", column {place[2]}" if place[2] else ""
    return FileFault(f"{path}, line {line}{column}: {said[: place.start()]}.", "Correct it.")


def _override(document: Json, settings: Sequence[str]) -> list[str]:
    """Put `NAME=VALUE` over the document; return the keys that were set. Raises: FileFault."""
    keys = []
    for setting in settings:
        name, equals, value = setting.partition("=")
        name = name.strip()
        if not equals or not re.fullmatch(r"\w+", name):
            raise FileFault(
                f"--set {setting}: this is not of the form NAME=VALUE.",
                "Give title, repeats, model, or a parameter, like --set num_steps=8.",
            )
        if name in _ABOVE_BASE:
            document[name] = _typed(name, value)
            keys.append(name)
        else:
            base = document.setdefault("base", {})
            if isinstance(base, dict):
                base[name] = _typed(name, value)
            keys.append(f"base.{name}")
    return keys


def _typed(name: str, text: str) -> object:
    """Return a value of the command line: a number where it is one, and not of a text's."""
    if name not in _TEXTS:
        for kind in (int, float):
            try:
                number = kind(text)
            except ValueError:
                continue
            return number if math.isfinite(number) else text
    return text


def _leaves(value: object, key: str = "") -> list[tuple[str, object]]:
    """Return what stands in tables and lists, with the key that it stands under."""
    if isinstance(value, dict):
        return [
            leaf
            for name, inner in value.items()
            for leaf in _leaves(inner, f"{key}.{name}" if key else name)
        ]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in _leaves(inner, key)]
    return [(key, value)]


def _number(value: object) -> float:
    return value if isinstance(value, float) else 0.0


def _take_rows(file: SpecFile) -> None:
    """Put the text of CSV files into the document in place of their names."""
    axes = file.document.get("axes")
    for name, axis in axes.items() if isinstance(axes, dict) else ():
        rows = axis.get("rows") if isinstance(axis, dict) else None
        if isinstance(rows, str) and rows.strip() and "\n" not in rows.strip():
            try:
                axis["rows"] = _read(file.path.parent / rows, ROWS_MAX_BYTES, rows)
            except FileFault as fault:
                found = InvalidInput(fault.message, fault.hint, field=f"axes.{name}")
                raise file.fault(found) from fault
