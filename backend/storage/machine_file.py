"""Who this machine is among several on one database: an id that stays with its data folder.

A copied folder is another machine: its id would be the first one's, and so would its runs.
"""

from __future__ import annotations

import json
import logging
import socket
import uuid
from collections.abc import Mapping
from pathlib import Path

from backend.storage.reading import read_plain
from backend.storage.writing import write_durably
from backend.types import ID

log = logging.getLogger(__name__)

FILE = ".machine"
_MAX_BYTES = 10_000


def own_id(root: Path) -> str:
    """Return the id (32 hex digits) of the machine with this data folder, kept there.

    Another one where the folder is a copy, or says nothing that makes sense. Raises: OSError where
    it cannot be kept: at the next start nobody would know what was sent from here.
    """
    path, here = root / FILE, _place(root)
    kept = _read(path)
    known = str(kept.get("id", ""))
    if ID.fullmatch(known) and kept.get("place") == here:
        return known
    if known:
        log.warning("this data folder was copied or moved: it is another machine's from now on")
    fresh = uuid.uuid4().hex
    write_durably(path, json.dumps({"id": fresh, "place": here}).encode())
    return fresh


def own_name() -> str:
    """Return what people call this machine."""
    return socket.gethostname()[:200] or "?"


def _place(root: Path) -> str:
    """Return what a copy does not share: on which disk of which computer the folder is."""
    found = root.stat()
    return f"{socket.gethostname()} {found.st_dev} {found.st_ino}"


def _read(path: Path) -> Mapping[str, object]:
    try:
        found = json.loads(read_plain(path, _MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
