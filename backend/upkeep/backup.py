"""Copies every image of an object store into a folder, those alone that are not there yet.

What it leaves is what a data folder has: DIR/images/2026-11-22/ID.png, with the files' own times.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from backend.storage.image_files.base import ImageFiles
from backend.storage.image_files.names import id_in
from backend.storage.writing import write_durably

AT_ONCE = 8
"""So many are fetched side by side, each held in memory."""

_NAME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}/[^/]+")


class Outcome(StrEnum):
    """What became of a file. `strange`: no name of ours, so it is left where it is."""

    COPIED = "copied"
    THERE = "there"
    GONE = "gone"
    STRANGE = "strange"


@dataclass(frozen=True, slots=True)
class Copied:
    """One file of the store, and how many bytes were copied of it."""

    name: str
    outcome: Outcome
    size_bytes: int = 0


def backup(files: ImageFiles, folder: Path) -> Iterator[Copied]:
    """Copy what is missing in `folder` and yield what became of each file, oldest day first.

    May be ended and begun again at any time: a copy has its name once it is whole. Blocks.
    Raises: OSError where folder or store fail.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="backup") as pool:
        left = (pool.submit(_copy, files, name, folder / "images") for name in files.names())
        yield from _in_order(left)


def _in_order(left: Iterable[Future[Copied]]) -> Iterator[Copied]:
    """Yield results in order, while no more are begun than there are threads."""
    more = iter(left)
    line = list(islice(more, AT_ONCE))
    try:
        while line:
            yield line.pop(0).result()
            line += islice(more, 1)
    finally:
        for one in line:
            one.cancel()


def _copy(files: ImageFiles, name: str, folder: Path) -> Copied:
    if not _NAME.fullmatch(name) or id_in(name) is None:
        return Copied(name, Outcome.STRANGE)
    path = folder / name
    if path.exists():
        return Copied(name, Outcome.THERE)
    try:
        data, moment = files.read_named(name), files.time_of(name)
    except FileNotFoundError:  # forgotten just now
        return Copied(name, Outcome.GONE)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(path, data)
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    return Copied(name, Outcome.COPIED, len(data))
