"""A folder of small text files that several machines share: in their database, with copies here.

One of the shared texts lists the files by their digests; each file's text stands beside it. What
the copies here are of is noted in FOLDER/.shared: so what a person has put into the folder, changed
or taken away by hand is told from what another machine did.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from threading import RLock

from sqlalchemy.exc import SQLAlchemyError

from backend.errors import PlaygroundError
from backend.said import msg_n
from backend.storage.reading import read_plain
from backend.storage.shared_texts import SharedTexts
from backend.storage.writing import write_durably

log = logging.getLogger(__name__)

FILE_MAX_BYTES = 2_000_000
AWAY_S = 5.0
"""So long a database that did not answer is not asked again."""

_NOTE = ".shared"
_NOTE_MAX_BYTES = 4_000_000


@dataclass(slots=True)
class _Listed:
    """Files by name with their digests; `id` is of the list, not of a version of it."""

    id: str
    files: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> _Listed:
        """Raises: ValueError, KeyError, TypeError for what is none."""
        found = json.loads(text)
        return cls(found["id"], dict(found["files"]))

    @property
    def text(self) -> str:
        return json.dumps({"id": self.id, "files": self.files}, sort_keys=True)


class SharedFolder:
    """The files NAME + `suffix` that `names_in` finds in `folder`, the same on all machines.

    The folder's name, at most 9 letters, is its name among the shared texts. A file that was
    changed here and elsewhere is moved to `aside` before the others' comes here, and `tell` hears
    of it. Every method blocks, any thread may call.
    """

    def __init__(
        self,
        folder: Path,
        suffix: str,
        names_in: Callable[[Path], Iterable[str]],
        texts: SharedTexts,
        aside: Path,
        tell: Callable[[str], object],
    ) -> None:
        self._folder, self._suffix, self._names_in = folder, suffix, names_in
        self._kind = folder.name
        self._texts, self._aside, self._tell = texts, aside, tell
        self._lock = RLock()
        self._version, self._looked, self._away_until = 0, float("-inf"), 0.0
        self._here = self._noted()
        self._digests: dict[str, tuple[tuple[int, ...], str]] = {}

    def share(self) -> None:
        """Share what was changed here by hand, and take over what was changed elsewhere.

        What fails is tried again the next time.
        """
        with self._lock:
            self._take_in(self._names_in(self._folder))
            self.look()

    def look(self, kept_s: float = 0.0) -> None:
        """Take over what was changed elsewhere, unless that was done `kept_s` seconds ago."""
        with self._lock:
            now = time.monotonic()
            if now < max(self._looked + kept_s, self._away_until):
                return
            try:
                newer = self._texts.newer({self._kind: self._version}, [self._kind])
                if (kept := newer.get(self._kind)) and self._have(_Listed.of(kept.text)):
                    self._version = kept.version
            except SQLAlchemyError as error:
                log.warning("%s: not shared just now: %s", self._kind, type(error).__name__)
                self._away_until = time.monotonic() + AWAY_S
            self._looked = time.monotonic()

    def change(self, name: str, text: str | None, check: Callable[[str], object]) -> None:
        """Keep a file on all machines, None for none, if `check` has nothing against it.

        It is told the digest of what is there, "" where there is none. Raises: what that does;
        PlaygroundError where the database does not answer. Then nothing is changed.
        """
        with self._lock:
            self._take_in([name])

            def changed(listed: str | None) -> Mapping[str, str | None]:
                found = self._listed(listed)
                check(found.files.get(name, ""))
                return self._changes(found, {name: text})

            self._texts.change_several(self._kind, changed)
            self.look()

    def _take_in(self, names: Iterable[str]) -> None:
        """Share those of these files that were changed by hand, or are not there any more."""
        try:
            self._check_note()
            names = set(names)
            new = {name: text for name in names if (text := self._by_hand(name)) is not None}
            here = self._here
            gone = [n for n in here.files if self._digest(n) is None] if here else []
            if new or gone:
                self._texts.change_several(self._kind, partial(self._merged, new, gone))
        except (PlaygroundError, SQLAlchemyError) as error:
            log.warning("%s: not shared just now: %s", self._kind, type(error).__name__)

    def _check_note(self) -> None:
        """Forget what is noted here where it is of another database."""
        if self._here and not self._version:
            kept = self._texts.get(self._kind)
            if kept is None or _Listed.of(kept.text).id != self._here.id:
                self._here = None

    def _merged(
        self, new: Mapping[str, str], gone: Iterable[str], listed: str | None
    ) -> Mapping[str, str | None]:
        """Return what is changed by that: only what nobody has changed elsewhere meanwhile."""
        found = self._listed(listed)
        was = self._here.files if self._here and self._here.id == found.id else {}
        mine: dict[str, str | None] = {**new, **{name: None for name in gone if name in was}}
        return self._changes(
            found, {n: text for n, text in mine.items() if found.files.get(n) == was.get(n)}
        )

    def _changes(
        self, listed: _Listed, texts: Mapping[str, str | None]
    ) -> Mapping[str, str | None]:
        """Return what changes among the shared texts, the list itself first."""
        for name, text in texts.items():
            if text is None:
                listed.files.pop(name, None)
            else:
                listed.files[name] = digest_of(text)
        if not texts:
            return {}
        return {self._kind: listed.text} | {self._key(name): text for name, text in texts.items()}

    def _listed(self, text: str | None) -> _Listed:
        return _Listed(secrets.token_hex(8)) if text is None else _Listed.of(text)

    def _have(self, listed: _Listed) -> bool:
        """Have these files here; False where one was changed again meanwhile."""
        before = self._here.files if self._here and self._here.id == listed.id else {}
        here, whole, differed = dict(before), True, 0
        for name in before.keys() - listed.files.keys():
            if self._digest(name) == here.pop(name):  # else a person has changed it: it is new
                with suppress(OSError):
                    self._path(name).unlink(missing_ok=True)
        for name, digest in listed.files.items():
            if before.get(name) == digest or not _usable(name):
                continue
            now = self._digest(name)
            try:
                if now != digest:
                    kept = self._texts.get(self._key(name))
                    if kept is None or digest_of(kept.text) != digest:
                        whole = False
                        continue
                    if now is not None and now != before.get(name):
                        self._put_aside(name)
                        differed += 1
                    self._path(name).parent.mkdir(parents=True, exist_ok=True)
                    write_durably(self._path(name), kept.text.encode())
                here[name] = digest
            except OSError as error:  # the next change tries again
                log.warning("%s was not written: %s", self._path(name), error.strerror)
        self._note(_Listed(listed.id, here))
        if differed:
            self._tell(_moved(differed, self._folder, self._aside))
        return whole

    def _by_hand(self, name: str) -> str | None:
        """Return a file's text where it is not what was copied here, or could not be shared."""
        if not _usable(name) or not (digest := self._digest(name)):
            return None
        if self._here and self._here.files.get(name) == digest:
            return None
        return self._text(name)

    def _digest(self, name: str) -> str | None:
        """Return the digest of a file's text, "" where it is not of use, None where none is."""
        try:
            found = os.stat(self._path(name))
        except OSError:
            return None
        state = (found.st_mtime_ns, found.st_size, found.st_ino)
        if (known := self._digests.get(name)) is None or known[0] != state:
            text = self._text(name)
            known = self._digests[name] = state, "" if text is None else digest_of(text)
        return known[1]

    def _text(self, name: str) -> str | None:
        """Return a file's text, None where it cannot be had or no database can keep it."""
        try:
            text = read_plain(self._path(name), FILE_MAX_BYTES).decode("utf-8-sig")
        except (OSError, ValueError):
            return None
        return None if "\0" in text else text

    def _put_aside(self, name: str) -> None:
        flat = f"{self._kind}-{Path(name).name}-{secrets.token_hex(4)}{self._suffix}"
        os.replace(self._path(name), self._aside / flat)
        log.warning("%s is another one elsewhere; it is kept as %s", self._path(name), flat)

    def _noted(self) -> _Listed | None:
        try:
            return _Listed.of(read_plain(self._folder / _NOTE, _NOTE_MAX_BYTES).decode())
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _note(self, here: _Listed) -> None:
        if here == self._here:
            return
        self._here = here
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_durably(self._folder / _NOTE, here.text.encode())
        except OSError as error:
            log.warning("%s was not written: %s", self._folder / _NOTE, error.strerror)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{self._suffix}"

    def _key(self, name: str) -> str:
        return f"{self._kind}/{digest_of(name)[:22]}"


def digest_of(text: str) -> str:
    """Return 32 hex digits that change with the text."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _usable(name: str) -> bool:
    """Whether a file of this name stays in its folder on any machine, and is not hidden."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not any(
        part.startswith((".", "/")) or set(part) & set('\\:*?"<>|\0') for part in parts
    )


def _moved(count: int, folder: Path, aside: Path) -> str:
    return msg_n(
        "1 file in {folder} was not as the other machines have it. It is kept in {aside}.",
        "{n} files in {folder} were not as the other machines have them. They are kept in {aside}.",
        count,
        folder=str(folder),
        aside=str(aside),
    )
