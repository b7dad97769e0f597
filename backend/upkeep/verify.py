"""Compares the stored files with what is recorded of them. Changes and deletes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Final

from backend.errors import PlaygroundError
from backend.images import pictures
from backend.storage.folder import LocalStore
from backend.storage.reading import read_plain
from backend.types import ImageRecord

FILE_MAX_BYTES: Final = 100_000_000
"""Larger ones are not read: those that the program stores stop at about 40 MB."""

_WORKERS = min(4, os.cpu_count() or 1)  # each holds one image in memory
_DESKTOPS_OWN = frozenset({"thumbs.db", "desktop.ini"})


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

    path: Path
    verdict: Verdict
    why: str = ""


def verify(store: LocalStore, batches: Iterable[Sequence[ImageRecord]]) -> Iterator[Checked]:
    """Yield a verdict for each recorded image, then for each file that no record knows.

    Every file is read whole, hashed and decoded, several at a time. Blocks.
    """
    unknown = stored_files(store)
    with ThreadPoolExecutor(_WORKERS, thread_name_prefix="verify") as pool:
        for batch in batches:
            expected = [(store.path(record), record.sha256) for record in batch]
            unknown.difference_update(str(path) for path, _ in expected)
            # Ended early, as by Ctrl+C, `map` cancels what has not begun.
            yield from pool.map(lambda pair: examine(*pair), expected)
    for name in sorted(unknown):
        yield Checked(Path(name), Verdict.STRANGE)


def examine(path: Path, expected_sha256: str) -> Checked:
    """Read and decode one file; return what it is. Never raises for what is wrong with it."""
    try:
        data = read_plain(path, FILE_MAX_BYTES)
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


def stored_files(store: LocalStore) -> set[str]:
    """Return every file below the images' folder, but for hidden ones and those of a desktop."""
    return {
        os.path.join(folder, name)
        for folder, _, names in os.walk(store.images)
        for name in names
        if not name.startswith(".") and name.lower() not in _DESKTOPS_OWN
    }
