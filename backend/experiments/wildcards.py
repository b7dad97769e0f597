"""Wildcard files, DATA/wildcards/**.txt: each line a text that a template or an axis can choose.

Read anew for each plan: what a planned cell says is kept with the cell.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.errors import InvalidInput
from backend.said import msg
from backend.storage.reading import read_plain

LINES_MAX = 10_000
FILE_MAX_BYTES = 2_000_000
FILES_MAX = 2_000

_NAME = re.compile(r"[\w][\w .-]*(/[\w][\w .-]*)*")


@dataclass(frozen=True, slots=True)
class WildcardFile:
    """One file: its name without .txt, with / between folders, and how many lines it has.

    `trouble` says why it cannot be used; then `lines` is 0.
    """

    name: str
    lines: int
    trouble: str = ""


class WildcardFiles:
    """The files below `folder`, which need not be there. Every method blocks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str) -> list[str] | None:
        """Return the lines of the file of that name, or of all that match where it has a `*`.

        None where there is none. Raises: InvalidInput for one that cannot be used.
        """
        if "*" in name:
            names = sorted(fnmatch.filter(self._names(), name))
            return [line for one in names for line in self._lines(one)] if names else None
        if not _NAME.fullmatch(name) or not self._path(name).is_file():
            return None
        return self._lines(name)

    def listed(self) -> list[WildcardFile]:
        """Return all files by name."""
        found = []
        for name in sorted(self._names()):
            try:
                found.append(WildcardFile(name, len(self._lines(name))))
            except InvalidInput as error:
                found.append(WildcardFile(name, 0, str(error)))
        return found

    def read(self, name: str) -> str:
        """Return a file's text as it is. Raises: InvalidInput."""
        _check_name(name)
        return self._text(name)

    def write(self, name: str, text: str) -> WildcardFile:
        """Keep a file, in place of an earlier one. Raises: InvalidInput, OSError."""
        _check_name(name)
        if len(_lines_of(text)) > LINES_MAX or len(text.encode()) > FILE_MAX_BYTES:
            raise _too_long(name)
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        beside.write_text(text.replace("\r\n", "\n"), encoding="utf-8", newline="\n")
        os.replace(beside, path)
        return WildcardFile(name, len(_lines_of(text)))

    def remove(self, name: str) -> None:
        """Take a file away. Raises: InvalidInput, OSError."""
        _check_name(name)
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.txt"

    def _names(self) -> list[str]:
        return list(_found(self._folder))[:FILES_MAX]

    def _lines(self, name: str) -> list[str]:
        lines = _lines_of(self._text(name))
        if len(lines) > LINES_MAX:
            raise _too_long(name)
        return lines

    def _text(self, name: str) -> str:
        try:
            return read_plain(self._path(name), FILE_MAX_BYTES).decode("utf-8-sig")
        except FileNotFoundError as error:
            raise InvalidInput(msg("There is no wildcard file {name}.", name=name)) from error
        except UnicodeDecodeError as error:
            raise InvalidInput(
                msg("The wildcard file {name} is not in UTF-8.", name=name),
                msg("Save it as UTF-8 in your editor."),
            ) from error
        except OSError as error:
            raise InvalidInput(
                msg(
                    "The wildcard file {name} cannot be read: {reason}.",
                    name=name,
                    reason=error.strerror or "",
                ),
                msg("Check that it is a text file of at most 2 MB."),
            ) from error


def _found(folder: Path) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            name = (Path(root) / file).relative_to(folder).with_suffix("").as_posix()
            if file.endswith(".txt") and _NAME.fullmatch(name):
                yield name


def _lines_of(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or "__" in name or len(name) > 200:
        raise InvalidInput(
            msg("A wildcard file cannot have this name."),
            msg("Use letters, digits, blanks, - and single _, and / between folders."),
            field="name",
        )


def _too_long(name: str) -> InvalidInput:
    return InvalidInput(
        msg("The wildcard file {name} has more than {most} lines.", name=name, most=LINES_MAX),
        msg("Take some away."),
    )
