"""Wildcard files, DATA/wildcards/**.txt: each line a text that a template or an axis can choose.

Read anew for each plan: what a planned cell says is kept with the cell. Who writes a file says what
stood there before, so that nobody's lines are lost to another tab's.
"""

from __future__ import annotations

import fnmatch
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from backend.errors import InvalidInput
from backend.said import msg
from backend.storage.reading import read_plain
from backend.storage.shared_folder import digest_of

FOLDER = "wildcards"
"""Below the data folder, and among the texts that several machines share."""

LINES_MAX = 10_000
NAME_MAX_CHARS = 200
FILE_MAX_BYTES = 2_000_000
FILES_MAX = 2_000

_NAME = re.compile(r"[\w][\w .-]*(/[\w][\w .-]*)*")
_EDGES = re.compile(r"(?:^|/)_|[ ._-](?:/|$)")  # lost between the signs around it, or on Windows
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)  # on Windows


@dataclass(frozen=True, slots=True)
class WildcardFile:
    """One file: its name without .txt, with / between folders, and how many lines it has.

    `trouble` says why it cannot be used; then `lines` is 0.
    """

    name: str
    lines: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class WildcardText:
    """A file with its text; `digest` is of that, "" where there is no such file."""

    file: WildcardFile
    text: str
    digest: str


class ChangedSince(InvalidInput):
    """Another one stands there than the one that was looked at."""


class WildcardFiles:
    """The files below `folder`, which need not be there. Every method blocks."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._writing = folder, threading.Lock()

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

    def read(self, name: str) -> WildcardText | None:
        """Return a file with its text as it is, None where there is none. Raises: InvalidInput."""
        _check_name(name)
        if not self._path(name).is_file():
            return None
        text = self._text(name)
        lines = len(_lines_of(text))
        return WildcardText(WildcardFile(name, lines), text, digest_of(text))

    def write(self, name: str, text: str, was: str = "") -> WildcardText:
        """Keep a file in place of the one whose digest `was`, "" where there was none.

        Raises: InvalidInput, ChangedSince where another one stands there; OSError.
        """
        _check_name(name)
        text = _checked(name, text)
        self._keep(name, text, was)
        return WildcardText(WildcardFile(name, len(_lines_of(text))), text, digest_of(text))

    def remove(self, name: str, was: str) -> None:
        """Take away the file whose digest `was`. Raises: InvalidInput, ChangedSince, OSError."""
        _check_name(name)
        self._keep(name, None, was)

    def _keep(self, name: str, text: str | None, was: str) -> None:
        with self._writing:
            now = self.read(name)
            refuse_changed(name, was, now.digest if now else "")
            path = self._path(name)
            if text is None:
                path.unlink(missing_ok=True)
                return
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(".part")
            with open(beside, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.txt"

    def _names(self) -> list[str]:
        return names_in(self._folder)

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


def names_in(folder: Path) -> list[str]:
    """Return the names of the files below a folder, at most FILES_MAX."""
    return list(islice(_found(folder), FILES_MAX))


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


def refuse_changed(name: str, was: str, now: str) -> None:
    """Refuse to write over a file of another digest than it `was`, and new names with traps."""
    if was == now:
        if not was:
            _check_new(name)
        return
    if not was:
        raise ChangedSince(
            msg("There is a wildcard file {name} already.", name=name),
            msg("Choose another name, or edit that one."),
            field="name",
        )
    raise ChangedSince(
        msg("The wildcard file {name} was changed elsewhere meanwhile.", name=name),
        msg("Look at what stands there now, or overwrite it."),
        field="text",
    )


def _checked(name: str, text: str) -> str:
    """Return the text with \\n at its lines' ends. Raises: InvalidInput where it cannot be kept."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _unstorable(error.start) from error
    if "\0" in text:
        raise _unstorable(text.index("\0"))
    if len(content) > FILE_MAX_BYTES:
        raise InvalidInput(
            msg("The wildcard file {name} is larger than 2 MB.", name=name),
            msg("Take some lines away."),
            field="text",
        )
    if len(_lines_of(text)) > LINES_MAX:
        raise _too_long(name)
    return text


def _unstorable(position: int) -> InvalidInput:
    return InvalidInput(
        msg("This text holds a character that cannot be stored."),
        msg("Delete the one at position {position}.", position=str(position + 1)),
        field="text",
    )


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or "__" in name or len(name) > NAME_MAX_CHARS:
        raise _misnamed()


def _check_new(name: str) -> None:
    if _EDGES.search(name) or any(_RESERVED.fullmatch(part) for part in name.split("/")):
        raise _misnamed()


def _misnamed() -> InvalidInput:
    return InvalidInput(
        msg("A wildcard file cannot have this name."),
        msg("Use letters, digits, and between them blanks, - and single _, / between folders."),
        field="name",
    )


def _too_long(name: str) -> InvalidInput:
    return InvalidInput(
        msg("The wildcard file {name} has more than {most} lines.", name=name, most=LINES_MAX),
        msg("Take some away."),
    )
