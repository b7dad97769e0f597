"""Copies of stored files on this computer's disk, of a bounded size: those used last stay."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

MAX_BYTES: Final = 2_000_000_000
"""So much is kept: some thousand images."""

FREE_BYTES: Final = 500_000_000
"""So much of the disk stays free for all else: answers to paid requests first of all."""


class DiskCache:
    """Files below `folder`, which is its own. Any thread may call it; no method raises.

    A name is a path in it. A copy can go at any moment: who opens it first has it.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._lock = threading.Lock()
        self._sizes: OrderedDict[str, int] = OrderedDict()  # the one used last stands last
        self._bytes = 0
        self._look()

    def path(self, name: str) -> Path | None:
        """Return the copy's path, None where there is none."""
        with self._lock:
            if name not in self._sizes:
                return None
            self._sizes.move_to_end(name)
        path = self._folder / name
        try:
            found = path.stat()
            os.utime(path, ns=(time.time_ns(), found.st_mtime_ns))
        except OSError:  # somebody has cleared it
            self.drop([name])
            return None
        return path

    def keep(self, name: str, data: bytes, made: datetime) -> Path | None:
        """Keep a copy whose time is `made`; return its path, None where the disk cannot take it."""
        path = self._folder / name
        temporary = self._folder / f"{uuid.uuid4().hex}.tmp"
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(len(data))
            temporary.write_bytes(data)
            os.utime(temporary, (time.time(), made.timestamp()))
            temporary.replace(path)
        except OSError as error:
            log.debug("%s is not kept: %s", name, error.strerror)
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            return None
        with self._lock:
            self._bytes += len(data) - self._sizes.pop(name, 0)
            self._sizes[name] = len(data)
        return path

    def drop(self, names: Iterable[str]) -> None:
        """Remove copies; what is not there is fine."""
        for name in names:
            with self._lock:
                self._bytes -= self._sizes.pop(name, 0)
            with suppress(OSError):
                (self._folder / name).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """Return the names of all copies."""
        with self._lock:
            return list(self._sizes)

    def _make_room(self, size: int) -> None:
        free = shutil.disk_usage(self._folder).free - size
        while True:
            with self._lock:
                full = self._bytes + size > self._max_bytes or free < FREE_BYTES
                if not full or not self._sizes:
                    return
                name = next(iter(self._sizes))
                free += self._sizes[name]
            self.drop([name])

    def _look(self) -> None:
        """Take up what an earlier start has left."""
        found: list[tuple[int, str, int]] = []
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder, _, names in os.walk(self._folder):
            for path in (Path(folder, name) for name in names):
                with suppress(OSError):
                    if path.suffix == ".tmp":
                        path.unlink()
                        continue
                    state = path.stat()
                    name = path.relative_to(self._folder).as_posix()
                    found.append((state.st_atime_ns, name, state.st_size))
        for _, name, size in sorted(found):
            self._sizes[name] = size
            self._bytes += size
