"""Styles and presets of several machines: in their database, each with its file as a copy of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from backend.storage.shared_texts import SharedTexts
from backend.storage.writing import write_durably
from backend.styles.book import Book, book_text
from backend.styles.store import StyleFile

log = logging.getLogger(__name__)

NAME = "styles"
"""Under which they stand among the texts that are shared."""

T = TypeVar("T")


class SharedStyles(StyleFile):
    """As StyleFile, one change at a time on all machines; `heard` takes over what others did."""

    def __init__(
        self,
        path: Path,
        aside: Path,
        texts: SharedTexts,
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:
        super().__init__(path, aside, tell)
        self._file, self._texts = path, texts

    def begin(self) -> None:
        """Share what this machine has, where none has shared anything yet. Raises: as `change`."""
        self._texts.change(
            NAME, lambda text: None if text is not None or not self._has() else self._text()
        )

    def change(self, do: Callable[[Book], tuple[Book, T]]) -> T:
        told: list[T] = []

        def changed(text: str | None) -> str:
            with self._lock:  # a text that was read before must not come between
                if text is not None:
                    self.heard(text)
                told.append(super(SharedStyles, self).change(do))
                return self._text()

        self._texts.change(NAME, changed)
        return told[0]

    def heard(self, text: str) -> None:
        """Have this in the file from now on. What cannot be written is tried at the next change."""
        with self._lock:
            try:
                if not self._file.exists() or self._file.read_bytes() != text.encode():
                    write_durably(self._file, text.encode())
            except OSError as error:
                log.warning("the styles of another machine were not written: %s", error.strerror)

    def _has(self) -> bool:
        book = self.book()
        return bool(book.styles or book.presets)

    def _text(self) -> str:
        return book_text(self.book())
