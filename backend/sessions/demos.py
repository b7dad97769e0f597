"""DATA/demos/NAME: rehearsals, each a folder with `session.jsonl` and `images/SHA256.webp`.

All that reads or writes them blocks.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import unicodedata
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from backend.sessions.demo import NAME, SHA256, Demo, demo_of
from backend.storage import journal
from backend.storage.reading import open_plain, read_plain
from backend.storage.writing import write_durably

log = logging.getLogger(__name__)

IMAGE_MAX_BYTES = 20_000_000
_HEAD_MAX_BYTES = 10_000

_FILE = "session.jsonl"
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])")
"""What Windows keeps for devices."""

_NAME_MAX_CHARS = 50


def safe_name(title: str) -> str:
    """Return a name for a folder: small letters and digits of ASCII with hyphens between."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain)[:_NAME_MAX_CHARS].strip("-")
    return f"rehearsal-{name}".strip("-") if not name or _RESERVED.fullmatch(name) else name


class Demos:
    """The rehearsals of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> list[Demo]:
        """Return all that can be read, the newest first."""
        found = []
        with suppress(OSError):
            for path in self._folder.iterdir():
                if NAME.fullmatch(path.name) and (demo := self.read(path.name)) is not None:
                    found.append(demo)
        return sorted(found, key=lambda demo: (demo.recorded_on, demo.name), reverse=True)

    def read(self, name: str) -> Demo | None:
        """Return one, None where it is not there or is none."""
        if not NAME.fullmatch(name):
            return None
        try:
            return demo_of(name, journal.entries(self._folder / name / _FILE, _any))
        except (OSError, ValueError) as error:
            log.warning("the rehearsal %s cannot be read: %s", name, type(error).__name__)
            return None

    def missing(self, demo: Demo) -> list[str]:
        """Return the digests of images that are not there, or are others than they were."""
        return sorted(one for one in demo.digests if self.image(demo.name, one) is None)

    def image(self, name: str, sha256: str) -> bytes | None:
        """Return an image's WebP; None where it is missing, or is not what was recorded."""
        if not NAME.fullmatch(name) or not SHA256.fullmatch(sha256):
            return None
        try:
            data = read_plain(self._folder / name / "images" / f"{sha256}.webp", IMAGE_MAX_BYTES)
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def write(self, wanted: str, text: str, images: Mapping[str, bytes]) -> str:
        """Keep a rehearsal, whole or not at all; return its name, which nobody else has.

        Raises: OSError.
        """
        self._folder.mkdir(mode=0o700, exist_ok=True)
        beside = self._beside()
        try:
            (beside / "images").mkdir(mode=0o700, parents=True)
            for sha256, data in images.items():
                write_durably(beside / "images" / f"{sha256}.webp", data)
            write_durably(beside / _FILE, text.encode())
            return self._named(beside, safe_name(wanted))
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise

    def remove(self, name: str) -> bool:
        """Delete one; return whether it was there. Raises: OSError."""
        if not NAME.fullmatch(name) or not (self._folder / name).is_dir():
            return False
        self._drop(self._folder / name)
        return True

    def forget(self, session_id: str) -> None:
        """Delete all that were made of this session, whatever else they hold. Raises: OSError."""
        for path in self._folder.glob(f"*/{_FILE}"):
            if _session_of(path) == session_id:
                self._drop(path.parent)

    def sweep(self) -> None:
        """Remove what a crash left half written."""
        with suppress(OSError):
            for path in self._folder.glob(".*.part"):
                shutil.rmtree(path, ignore_errors=True)

    def _drop(self, folder: Path) -> None:
        beside = self._beside()
        os.replace(folder, beside)  # gone in one go, whatever the rest takes
        shutil.rmtree(beside)

    def _beside(self) -> Path:
        return self._folder / f".{uuid.uuid4().hex}.part"

    def _named(self, beside: Path, name: str) -> str:
        for number in range(1, 1_000):
            one = name if number == 1 else f"{name}-{number}"
            if not os.path.lexists(self._folder / one):
                os.rename(beside, self._folder / one)
                return one
        raise FileExistsError(name)


def _session_of(path: Path) -> object:
    """Return the session that a file's first line names, None where that cannot be told."""
    try:
        with open_plain(path) as file:
            head = json.loads(file.readline(_HEAD_MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    return head.get("session") if isinstance(head, dict) else None


def _any(line: Any) -> Any:
    return line
