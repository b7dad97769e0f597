"""Writes files so that a power cut leaves them whole: as they were, or as they are to be."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path


def write_durably(path: Path, data: bytes, check: Callable[[], object] | None = None) -> None:
    """Replace `path` with `data`: temporary file, fsync, rename, fsync of the folder. Mode 0600.

    `check` is called before the rename, which what it raises prevents.
    """
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if check is not None:
            check()
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have what was renamed in a folder outlive a power cut. Raises: OSError."""
    if os.name == "nt":  # Windows cannot open folders; NTFS journals the rename
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
