"""Looks at the stored images of which it is not known yet what they look like, beside the program.

From the newest backward, one at a time and for half of the time at most; not while images are made
nor while somebody looks at the gallery. It is kept in parts: a later start goes on from there.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from backend.library.kept_looks import KeptLooks
from backend.library.thumbnails import Thumbnails

log = logging.getLogger(__name__)

QUIET_S = 3.0
"""So long after the start the pages that are opened then have the computer to themselves."""

AGAIN_S = 60.0
"""So often it is seen whether there are others by now: imported ones, say."""

_BUSY_S = 0.5  # between two looks at whether there is time now
_STEP_S = 0.005  # after each look at some thousand numbers


class Looker:
    """Has a thread of its own from `begin` to `close`. While `busy()` it waits."""

    def __init__(self, looks: KeptLooks, thumbnails: Thumbnails, busy: Callable[[], bool]) -> None:
        self._looks, self._thumbnails, self._busy = looks, thumbnails, busy
        self._ends = threading.Event()
        self._done = 0  # up to this number all have been looked at, as far as they could be
        self._began = 0.0
        self._thread = threading.Thread(target=self._run, name="looking", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """End, soon: what is not done yet is for the next start. Blocks."""
        self._ends.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        wait_s = QUIET_S
        while not self._ends.wait(wait_s):
            wait_s = AGAIN_S
            try:
                self._look_through()
            except SQLAlchemyError as error:  # a damaged database, say: mending.py sees to that
                log.warning("images were not looked at: %s", type(error).__name__)

    def _look_through(self) -> None:
        if self._looks.forgotten >= self._began:  # another database: begin anew
            self._done = 0
        self._began = time.monotonic()
        newest = self._looks.newest()
        for records in self._looks.missing(self._done, newest):
            found = {}
            for record in records:
                if self._wait():
                    break
                started = time.monotonic()
                try:
                    found[record.id] = self._thumbnails.looks(record)
                except OSError as error:
                    log.debug("%s was not looked at: %s", record.id, error.strerror)
                self._ends.wait(time.monotonic() - started)
            if found:
                self._looks.keep(found)
            if self._ends.wait(_STEP_S):
                return
        self._done = newest

    def _wait(self) -> bool:
        """Wait for a quiet moment; return whether the program ends."""
        while self._busy() and not self._ends.wait(_BUSY_S):
            pass
        return self._ends.is_set()
