"""DATA/blocked.txt: words that mark an idea on the desk and put it last. They decide nothing.

One word or phrase a line, `#` begins a comment; NFKC and case make no difference.
"""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable
from pathlib import Path

from backend.background import Thread
from backend.said import joined, msg
from backend.sessions.text import folded
from backend.storage.reading import read_plain

MAX_BYTES = 100_000
LOOK_S = 2.0
"""How long a list is good before its file is looked at again."""

_REMEMBERED = 20_000
_WORDS = re.compile(r"\w+")


class Blocked:
    """The words of a list, in any form. `marks` is asked again and again of the same texts."""

    def __init__(self, lines: str = "") -> None:
        found = {" ".join(folded(line.partition("#")[0]).split()) for line in lines.splitlines()}
        self._words = frozenset(one for one in found if _WORDS.fullmatch(one))
        self._phrases = tuple(one for one in found - self._words if one)
        self._known: dict[str, bool] = {}

    def marks(self, text: str) -> bool:
        """Whether a text holds one of the words, or a phrase."""
        if not self._words and not self._phrases:
            return False
        if (known := self._known.get(text)) is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[text] = self._holds(folded(text))
        return known

    def _holds(self, text: str) -> bool:
        if not self._words.isdisjoint(_WORDS.findall(text)):
            return True
        return any(phrase in text for phrase in self._phrases)


class BlockedFile:
    """The list in the file at `path`, read in `thread` when it has changed."""

    def __init__(
        self,
        path: Path,
        thread: Thread,
        *,
        look_s: float = LOOK_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._thread, self._look_s, self._clock = path, thread, look_s, clock
        self._looked: float | None = None
        self._stands: tuple[int, int] | None = None
        self.now = Blocked()
        """The list as it was read last; the one before where it cannot be read."""
        self.trouble = ""
        """Why it cannot be read, as a sentence."""

    async def look(self) -> None:
        """Read the list anew where it has changed."""
        now = self._clock()
        if self._looked is not None and now - self._looked < self._look_s:
            return
        self._looked = now
        await self._thread.run(self._read)

    def _read(self) -> None:
        try:
            state = self._path.stat()
            stands = state.st_mtime_ns, state.st_size
            if stands == self._stands:
                return
            read = read_plain(self._path, MAX_BYTES).decode("utf-8-sig")
        except FileNotFoundError:
            self._stands, self.now, self.trouble = None, Blocked(), ""
        except UnicodeDecodeError:
            self.trouble = _told(msg("It is no plain text (UTF-8)."))
        except OSError as error:
            large = error.errno == errno.EFBIG
            self.trouble = _told(msg("It is larger than 100 kB.") if large else "")
        else:
            self._stands, self.now, self.trouble = stands, Blocked(read), ""


def _told(why: str) -> str:
    return joined(msg("The list blocked.txt cannot be read, so it marks nothing new."), why)
