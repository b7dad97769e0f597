"""DATA/.address: where the playground that has a data folder is reached, for commands of its user.

Whoever takes the folder's lock removes what it finds there: while the folder is in use, the file is
that of the program which uses it.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path

from backend.storage.reading import read_plain

ADDRESS = ".address"
_MAX_BYTES = 10_000


def written(url: str) -> bytes:
    """Return the file's content for a playground of this computer."""
    return json.dumps({"url": url, "host": socket.gethostname()}).encode()


def address_of(root: Path) -> tuple[str, str]:
    """Return the address of a folder's playground, and the other computer that it is on, else "".

    The address is empty where none is known.
    """
    try:
        told = json.loads(read_plain(root / ADDRESS, _MAX_BYTES))
        url, host = str(told["url"]), str(told["host"])
    except (OSError, ValueError, TypeError, LookupError):
        return "", ""
    return url, "" if host == socket.gethostname() else host
