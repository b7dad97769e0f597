"""Opens files of which nothing is known yet: only plain ones, and none that fills the memory."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from backend.said import msg

_NEVER_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_plain(path: Path, *, append: bool = False) -> BinaryIO:
    """Open a plain file for reading; `append` makes it where it is missing, and writes at its end.

    A link to one is followed. Raises: OSError.
    """
    # Opening a pipe would wait for whoever writes into it.
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND if append else os.O_RDONLY
    descriptor = os.open(path, flags | _NEVER_WAIT, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, msg("It is no plain file"), str(path))
        return os.fdopen(descriptor, "ab+" if append else "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_plain(path: Path, max_bytes: int) -> bytes:
    """Return a plain file's content; a link to one is followed.

    Raises: OSError, with `errno.EFBIG` where it is larger than `max_bytes`.
    """
    with open_plain(path) as file:
        if os.fstat(file.fileno()).st_size > max_bytes:
            raise OSError(errno.EFBIG, msg("It is far too large for an image"), str(path))
        return file.read()
