"""The names of image files, the same wherever they are kept: DAY/ID.png, ab/ID.webp. Pure."""

from __future__ import annotations

import posixpath
from typing import Final

from backend.types import ID, ImageRecord

SUFFIX: Final = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}

FILE_MAX_BYTES: Final = 100_000_000
"""Larger ones are not read: those that the program stores stop at about 40 MB."""


def name_of(record: ImageRecord) -> str:
    """Return the name of a record's file."""
    return f"{record.created:%Y-%m-%d}/{record.id}{SUFFIX[record.format]}"


def thumb_name_of(image_id: str) -> str:
    """Return the name of an image's thumbnail."""
    return f"{image_id[:2]}/{image_id}.webp"


def is_image(name: str) -> bool:
    """Whether it is named as an image file."""
    return posixpath.splitext(name)[1] in SUFFIX.values()


def id_in(name: str) -> str | None:
    """Return the id that a file is named after, None where it is named otherwise."""
    stem, suffix = posixpath.splitext(posixpath.basename(name))
    return stem if suffix in SUFFIX.values() and ID.fullmatch(stem) else None
