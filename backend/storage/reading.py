"""Reads files of which nothing is known yet: only plain ones, and none that fills the memory."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_plain(path: Path, max_bytes: int) -> bytes:
    """Return a plain file's content; a link to one is followed.

    Raises: OSError, with `errno.EFBIG` where it is larger than `max_bytes`.
    """
    # Opening a pipe would wait for whoever writes into it.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "It is no plain file", str(path))
        if found.st_size > max_bytes:
            raise OSError(errno.EFBIG, "It is far too large for an image", str(path))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)
