"""The sessions of the folder, each read once for as long as its file stays as it is."""

from __future__ import annotations

import logging
from pathlib import Path

from backend.sessions.book import read_session
from backend.sessions.state import Session
from backend.types import ID

log = logging.getLogger(__name__)


class Kept:
    """DATA/sessions. Methods block; one thread calls them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, tuple[tuple[int, int], Session]] = {}

    def all(self) -> list[Session]:
        """Return all sessions, newest first; a file that makes no sense is passed over."""
        try:
            names = [path.stem for path in self._folder.glob("*.jsonl")]
        except OSError:
            return []
        self._read = {name: was for name, was in self._read.items() if name in names}
        found = [one for name in names if (one := self.find(name)) is not None]
        return sorted(found, key=lambda session: session.started, reverse=True)

    def find(self, session_id: str) -> Session | None:
        """Return one session, None where it is not there or makes no sense."""
        if not ID.fullmatch(session_id):
            return None
        path = self.path(session_id)
        try:
            state = path.stat()
            stands = state.st_mtime_ns, state.st_size
            known = self._read.get(session_id)
            if known is None or known[0] != stands:
                known = self._read[session_id] = stands, read_session(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.warning("%s cannot be read: %s", path.name, type(error).__name__)
            return None
        return known[1]

    def remove(self, session_id: str) -> None:
        """Forget a session's file. Raises: OSError."""
        self._read.pop(session_id, None)
        self.path(session_id).unlink(missing_ok=True)

    def path(self, session_id: str) -> Path:
        """Return where a session is written."""
        return self._folder / f"{session_id}.jsonl"
