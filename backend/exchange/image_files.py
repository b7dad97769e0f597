"""The image files below folders, found by their names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LINK_TO_FILE: Final = "It is a link to another file."
LINK_TO_FOLDER: Final = "It is a link to a folder: to import that, name it in the command."

_TAKEN = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp")
_OTHER_KINDS = {
    ".apng": "APNG",
    ".avif": "AVIF",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".heic": "HEIC",
    ".heif": "HEIC",
    ".jp2": "JPEG 2000",
    ".jxl": "JPEG XL",
    ".psd": "PSD",
    ".svg": "SVG",
    ".tga": "TGA",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
_OURS = {"images", "thumbs", "spool"}  # the folders that tell a data folder of ours
_NOT_IMAGES = {"thumbs", "spool", "unfinished"}


@dataclass(frozen=True, slots=True)
class Found:
    """Image files of any kind, links and what cannot be opened; how many other files there are."""

    paths: list[Path]
    others: int


def find(folders: Sequence[Path]) -> Found:
    """Return what is in and below the folders, in order; links are not followed but named.

    Hidden files and folders are passed over, and so are the thumbnails of a data folder of ours.
    """
    found = {start: None for start in folders if start.is_file()}
    others = 0

    def closed(error: OSError) -> None:
        found[Path(error.filename)] = None  # reading it later tells the reason

    for start in folders:
        for folder, names, files in os.walk(start, onerror=closed):
            links = {name for name in names if os.path.islink(os.path.join(folder, name))}
            ours = names and _OURS.issubset(names)
            inside = [name for name in _shown(names) if not (ours and name in _NOT_IMAGES)]
            names[:] = [name for name in inside if name not in links]
            images = [name for name in _shown(files) if _is_image(name)]
            others += sum(1 for _ in _shown(files)) - len(images)
            found |= {Path(folder, name): None for name in inside if name in links}
            found |= {Path(folder, name): None for name in images}
    return Found(list(found), others)


def other_kind(path: Path) -> str | None:
    """Return what kind of image a file is by its name, None for one that may be taken."""
    return _OTHER_KINDS.get(path.suffix.lower())


def _shown(names: Sequence[str]) -> Iterator[str]:
    return (name for name in sorted(names) if not name.startswith("."))


def _is_image(name: str) -> bool:
    suffix = os.path.splitext(name)[1].lower()
    return suffix in _TAKEN or suffix in _OTHER_KINDS
