"""`python tests/with_address.py …` starts the program with a room's address that never changes.

A machine that tests may have none, and pictures of the projector shall not depend on it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from backend.sessions.doorway import Address  # noqa: E402

URL = "http://192.168.178.120:7861"


def room_url(addresses: Sequence[Address], code: str) -> str:
    """Return what is scanned, wherever the door is."""
    return f"{URL}/{code}"


if __name__ == "__main__":
    from app import main
    from ui.present import sessions

    sessions.room_url = room_url
    sys.exit(main())
