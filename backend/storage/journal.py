"""Files that grow by a line of JSON a time: what people did and no image's file can tell."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from backend.errors import InvalidInput
from backend.storage.reading import open_plain
from backend.storage.writing import sync_folder

log = logging.getLogger(__name__)

LINE_MAX_BYTES = 64_000_000
"""A line about a million images has 35 MB."""

T = TypeVar("T")

_SENSELESS = (
    *(ValueError, TypeError, LookupError, OverflowError, RecursionError, AttributeError),
    InvalidInput,
)


def append(path: Path, line: Mapping[str, Any]) -> None:
    """Add a line. One that cannot be written is logged: it is in the database all the same."""
    try:
        add(path, [line])
    except OSError as error:
        log.warning("%s was not written: %s", path.name, error.strerror)


def add(path: Path, lines: Iterable[Any], *, durably: bool = False) -> None:
    """Add lines in one go; `durably` once they are on the disk. Raises: OSError."""
    text = b"".join(map(line_of, lines))
    with open_plain(path, append=True) as file:
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
            # Else a crash or a full disk has cut the last line short.
            text = text if file.read(1) == b"\n" else b"\n" + text
        file.write(text)
        if durably:
            file.flush()
            os.fsync(file.fileno())


def line_of(content: Any) -> bytes:
    """Return a line as it stands in such a file."""
    return json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def entries(path: Path, read: Callable[[Any], T]) -> Iterator[T]:
    """Yield what `read` makes of each line, oldest first; one without sense is passed over.

    Raises: OSError for a file that cannot be read, or is none. One that is not there is empty.
    """
    try:
        lines = open_plain(path)
    except FileNotFoundError:
        if path.is_symlink():
            raise
        return
    with lines:
        while line := lines.readline(LINE_MAX_BYTES):
            try:
                if len(line) == LINE_MAX_BYTES and not line.endswith(b"\n"):
                    _pass_over(lines)
                    raise ValueError("too long")
                found = read(json.loads(line.decode("utf-8", "replace")))
            except _SENSELESS:
                log.warning("a line of %s makes no sense", path.name)
                continue
            yield found


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Put in place of each line what `change` makes of it, b"" for none.

    The file is whole at any moment: one beside it, fsync, rename. One that is not there stays so.
    Raises: OSError.
    """
    path = path.resolve()  # a link stays one
    beside = path.with_name(f"{path.name}.part")
    try:
        lines = open_plain(path)
    except FileNotFoundError:
        return
    try:
        with lines, open(beside, "wb", opener=_private) as file:
            while line := lines.readline(LINE_MAX_BYTES):
                file.write(change(line))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _pass_over(lines: BinaryIO) -> None:
    while (more := lines.readline(LINE_MAX_BYTES)) and not more.endswith(b"\n"):
        pass
