"""What is asked of whoever keeps image files: the one seam between records and their bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from backend.types import ImageRecord


class ImageFiles(Protocol):
    """Every method blocks, and any thread may call it. Names are those of `names.py`.

    A file that is not there is a FileNotFoundError; what cannot be had or kept now an OSError, with
    a reason for people as its `strerror`.
    """

    @property
    def shared(self) -> bool:
        """Whether they are kept elsewhere, for many: then each look at them takes a while."""

    def place(self, name: str) -> str:
        """Return where a person finds the file of this name."""

    def folders(self) -> Sequence[Path]:
        """Return the folders of this computer that must have room for another image."""

    def has(self, record: ImageRecord) -> bool:
        """Whether the record's file is there, and is more than a name. Never raises."""

    def at_once(self, record: ImageRecord) -> Path | None:
        """Return the record's file on this computer without waiting, None where it must be had."""

    def at_hand(self, record: ImageRecord) -> Path:
        """Return a file on this computer with the record's bytes, to be read now."""

    def read(self, record: ImageRecord) -> bytes:
        """Return the record's bytes; EFBIG where they are too many for an image."""

    def put(
        self, record: ImageRecord, data: bytes, check: Callable[[], object] | None = None
    ) -> None:
        """Store a file so that it outlives whatever happens after this.

        `check` is asked before it has its name: what it raises comes back, and nothing is stored.
        """

    def put_dated(self, record: ImageRecord, data: bytes) -> ImageRecord:
        """Store another program's file with the record's date as its time; return the record.

        Its date is then the file's time as it is kept, which may be coarser.
        """

    def remove(self, records: Sequence[ImageRecord]) -> None:
        """Delete files and thumbnails; what is not there is fine."""

    def thumb(self, image_id: str) -> bytes | None:
        """Return the image's thumbnail, None where none can be had."""

    def put_thumb(self, image_id: str, data: bytes) -> None:
        """Keep a thumbnail: whole, but not durably, for it can be made again."""

    def drop_thumbs(self, ids: Iterable[str]) -> None:
        """Delete thumbnails; what is not there is fine."""

    def check_takes(self) -> None:
        """Make sure that files can be kept, before anything is sent. Raises: StoreTrouble."""

    def check_answers(self) -> None:
        """Make sure that files can be had; cheaper than the other. Raises: StoreTrouble."""

    def copies(self) -> set[str]:
        """Return the ids of the images of which this computer has copies besides."""

    def drop_copies(self, ids: Iterable[str]) -> None:
        """Remove what this computer has of images that are gone."""

    def close(self) -> None:
        """End what is done beside. Blocks until it is done."""

    # What is stored, whatever the database says

    def days(self) -> list[str]:
        """Return the days (YYYY-MM-DD) with images, oldest first."""

    def names_of(self, day: str) -> list[str]:
        """Return what looks like image files of a day, in order; nothing where none can be seen."""

    def ids_of(self, day: str) -> dict[str, str]:
        """Return the names of a day's images by their ids."""

    def names(self) -> Iterator[str]:
        """Yield the name of every stored image file, oldest day first."""

    def every_name(self) -> set[str]:
        """Return whatever is kept among the images, but for hidden files and a desktop's own."""

    def read_named(self, name: str) -> bytes:
        """Return the bytes of the file of this name; EFBIG where they are too many for an image."""

    def time_of(self, name: str) -> datetime:
        """Return the time of the file of this name: its date, where another program made it."""

    def sweep(self, *, every_day: bool = False) -> None:
        """Remove what a crash left half written and nobody can miss, of the last days or of all."""
