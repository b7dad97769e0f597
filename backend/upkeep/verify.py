"""Compares the stored files with what is recorded of them. Changes and deletes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from backend.errors import PlaygroundError
from backend.images import pictures
from backend.storage.image_files.base import ImageFiles
from backend.storage.image_files.names import name_of
from backend.types import ImageRecord

_WORKERS = min(4, os.cpu_count() or 1)  # each holds one image in memory


class Verdict(StrEnum):
    """What became of a file. `strange`: no record knows it. Only `whole` is as it should be."""

    WHOLE = "whole"
    MISSING = "missing"
    CHANGED = "changed"
    UNREADABLE = "unreadable"
    STRANGE = "strange"


@dataclass(frozen=True, slots=True)
class Checked:
    """One file and what it was found to be; `why` says more of an unreadable one."""

    path: str
    verdict: Verdict
    why: str = ""


def verify(files: ImageFiles, batches: Iterable[Sequence[ImageRecord]]) -> Iterator[Checked]:
    """Yield a verdict for each recorded image, then for each file that no record knows.

    Every file is read whole, hashed and decoded, several at a time. Blocks.
    """
    unknown = files.every_name()
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="verify") as pool:
        for batch in batches:
            expected = [(name_of(record), record.sha256) for record in batch]
            unknown.difference_update(name for name, _ in expected)
            # Ended early, as by Ctrl+C, `map` cancels what has not begun.
            yield from pool.map(lambda pair: examine(files, *pair), expected)
    for name in sorted(unknown):
        yield Checked(files.place(name), Verdict.STRANGE)


def examine(files: ImageFiles, name: str, expected_sha256: str) -> Checked:
    """Read and decode one file; return what it is. Never raises for what is wrong with it."""
    path = files.place(name)
    try:
        data = files.read_named(name)
    except (FileNotFoundError, NotADirectoryError):
        return Checked(path, Verdict.MISSING)
    except OSError as error:
        return Checked(path, Verdict.UNREADABLE, f"{error.strerror}.")
    try:
        pictures.verify(data)
    except PlaygroundError as error:
        return Checked(path, Verdict.UNREADABLE, str(error))
    same = sha256(data).hexdigest() == expected_sha256
    return Checked(path, Verdict.WHOLE if same else Verdict.CHANGED)
