"""DATA/styles.json: all styles and presets, one small file that people may also write by hand.

Read anew whenever it has changed on the disk; written whole and durably, one change at a time, so
that two tabs lose nothing of each other's. What makes no sense in it is copied to DATA/unfinished
before the file is written anew without it; a file that cannot be read at all is left as it is.
"""

from __future__ import annotations

import errno
import logging
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import TypeVar

from backend.errors import InvalidInput, PlaygroundError
from backend.said import Said, msg, msg_n
from backend.storage.reading import read_plain
from backend.storage.writing import write_durably
from backend.styles.book import VERSION, Book, book_text, entries_of
from backend.styles.compose import dressed
from backend.styles.kinds import read_preset, read_style
from backend.styles.reading import FILE_MAX_BYTES, load

log = logging.getLogger(__name__)

_READ_MAX_BYTES = 10 * FILE_MAX_BYTES  # one that somebody has let grow by hand is still read

T = TypeVar("T")


class StyleFile:
    """The styles and presets of a data folder. Every method blocks; any thread may call it.

    `aside` is the folder for what cannot be used, `tell` hears what a person has to know of it.
    """

    def __init__(
        self, path: Path, aside: Path, tell: Callable[[str], object] = lambda _: None
    ) -> None:
        self._path, self._aside, self._tell = path, aside, tell
        self._lock = RLock()
        self._state: tuple[int, ...] | None = None  # of the file that `_book` was read from
        self._book = Book()

    def book(self) -> Book:
        """Return what is there now. Raises: PlaygroundError where the file cannot be read."""
        with self._lock:
            try:
                found = os.stat(self._path)
            except FileNotFoundError:
                self._state, self._book = None, Book()
                return self._book
            except OSError as error:
                raise self._unreadable(error) from error
            state = (found.st_mtime_ns, found.st_size, found.st_ino)
            if state != self._state:
                self._state = None
                book = self._read()
                if self._state is None:  # else it was mended, and is another file now
                    self._book, self._state = book, state
            return self._book

    def change(self, do: Callable[[Book], tuple[Book, T]]) -> T:
        """Keep the book that `do` makes of the one that is there, and return what else it says.

        Raises: what `do` does, then nothing is changed; PlaygroundError where it cannot be kept.
        """
        with self._lock:
            before = self.book()
            after, told = do(before)
            if after != before:
                fewer = len(after.styles) + len(after.presets) < (
                    len(before.styles) + len(before.presets)
                )
                self._write(after, whatever_size=fewer)
            return told

    def dress(self, raw: Mapping[str, object], names: Sequence[str]) -> dict[str, object]:
        """Return the raw values of a request with these styles on them. Raises: InvalidInput."""
        return dressed(raw, self.book().worn(names)) if names else dict(raw)

    def _read(self) -> Book:
        try:
            data = read_plain(self._path, _READ_MAX_BYTES)
        except OSError as error:
            raise self._unreadable(error) from error
        try:
            document = load(data.decode("utf-8-sig"))
        except (PlaygroundError, ValueError, RecursionError):
            document = None
        if isinstance(document, dict) and document.get("version", VERSION) != VERSION:
            raise InvalidInput(
                msg("The styles were kept by another version of this program."),
                msg("Use that one, or move {file} away.", file=str(self._path)),
                field="styles",
            )
        lists = document if isinstance(document, dict) else {}
        styles, bad_styles = entries_of(lists.get("styles", []), read_style)
        presets, bad_presets = entries_of(lists.get("presets", []), read_preset)
        book = Book(
            tuple({style.name: style for style in styles}.values()),
            tuple({preset.name: preset for preset in presets}.values()),
        )
        lost = len(bad_styles) + len(bad_presets)
        lost += len(styles) + len(presets) - len(book.styles) - len(book.presets)
        whole = isinstance(document, dict) and all(
            isinstance(lists.get(kind, []), list) for kind in ("styles", "presets")
        )
        if lost or not whole:
            self._mend(data, book, lost)
        return book

    def _mend(self, data: bytes, book: Book, lost: int) -> None:
        """Put the file as it is aside, then write what of it can be used."""
        copy = self._aside / f"styles-{uuid.uuid4().hex[:8]}.json"
        try:
            write_durably(copy, data)
        except OSError as error:
            raise self._unreadable(error) from error
        self._write(book, whatever_size=True)
        log.warning("%s was damaged; it is kept as %s", self._path, copy)
        self._tell(_mended(lost, len(book.styles) + len(book.presets), copy))

    def _write(self, book: Book, *, whatever_size: bool) -> None:
        data = book_text(book).encode()
        if len(data) > FILE_MAX_BYTES and not whatever_size:
            raise InvalidInput(
                msg("All styles together would take more than {most} MB.", most=2),
                msg("Delete some first. Nothing was changed."),
                field="file",
            )
        try:
            write_durably(self._path, data)
        except OSError as error:
            raise PlaygroundError(
                msg(
                    "{file} cannot be written: {reason}.",
                    file=str(self._path),
                    reason=error.strerror or "",
                ),
                msg("Nothing was changed. Make it writable, or free some space."),
            ) from error
        found = os.stat(self._path)
        self._book, self._state = book, (found.st_mtime_ns, found.st_size, found.st_ino)

    def _unreadable(self, error: OSError) -> InvalidInput:
        reason: str = error.strerror or ""
        if error.errno == errno.EFBIG:
            reason = msg("it is larger than {most} MB", most=_READ_MAX_BYTES / 1e6)
        return InvalidInput(
            msg("{file} cannot be read: {reason}.", file=str(self._path), reason=reason),
            msg("Mend that, or move the file away: it is left as it is."),
            field="styles",
        )


def _mended(lost: int, kept: int, copy: Path) -> Said:
    if not kept:
        return msg(
            "The file of styles was damaged, so it begins anew. As it was, it is kept as {file}.",
            file=str(copy),
        )
    return msg_n(
        "1 style or preset could not be read. The file as it was is kept as {file}.",
        "{n} styles or presets could not be read. The file as it was is kept as {file}.",
        lost,
        file=str(copy),
    )
