"""What people noted on images, a line a time in a file: from it a rebuilt database has it again.

Image files are never written again, so stars, ratings, tags, trash and verdicts are not in them.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, get_args

from backend.errors import InvalidInput
from backend.library.history import Proof
from backend.library.marks import Changes, read_changes
from backend.storage.reading import open_plain
from backend.types import ID, Verdict

log = logging.getLogger(__name__)

_SENSELESS = (ValueError, TypeError, LookupError, OverflowError, RecursionError, AttributeError)

LINE_MAX_BYTES = 64_000_000
"""A line about a million images has 35 MB."""

Entry = tuple[float, list[str], Changes] | Proof
"""Marks with their moment (seconds since 1970) and the images' ids; or a verdict."""


class MarksFile:
    """A file that only grows. What cannot be written is in the database all the same."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def note(self, moment: float, ids: Sequence[str], changes: Changes) -> None:
        """Append marks that were just made."""
        if ids:
            asked = {name: value for name, value in asdict(changes).items() if _asked(name, value)}
            self._append({"at": moment, "ids": list(ids), "marks": asked})

    def note_proof(self, proof: Proof) -> None:
        """Append a verdict."""
        self._append({"proof": asdict(proof) | {"created": proof.created.timestamp()}})

    @property
    def name(self) -> str:
        return self._path.name

    def entries(self) -> Iterator[Entry]:
        """Yield what was noted, oldest first; a line that makes no sense is passed over.

        Raises: OSError for a file that cannot be read, or is none.
        """
        try:
            lines = open_plain(self._path)
        except FileNotFoundError:
            if self._path.is_symlink():
                raise
            return
        with lines:
            while line := lines.readline(LINE_MAX_BYTES):
                try:
                    if len(line) == LINE_MAX_BYTES and not line.endswith(b"\n"):
                        _pass_over(lines)
                        raise ValueError("too long")
                    yield _entry(json.loads(line.decode("utf-8", "replace")))
                except (*_SENSELESS, InvalidInput):
                    log.warning("a line of %s makes no sense", self.name)

    def _append(self, line: dict[str, Any]) -> None:
        text = json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        try:
            with open_plain(self._path, append=True) as file:
                file.seek(0, os.SEEK_END)
                if file.tell():
                    file.seek(-1, os.SEEK_END)
                    # Else a crash or a full disk has cut the last line short.
                    text = text if file.read(1) == b"\n" else b"\n" + text
                file.write(text)
        except OSError as error:
            log.warning("%s was not written: %s", self._path.name, error.strerror)


def _asked(name: str, value: object) -> bool:
    """Whether a mark was asked for: False, 0 and no tags at all are marks, too."""
    return bool(value) if name in ("add_tags", "remove_tags") else value is not None


def _pass_over(lines: BinaryIO) -> None:
    while (more := lines.readline(LINE_MAX_BYTES)) and not more.endswith(b"\n"):
        pass


def _entry(line: dict[str, Any]) -> Entry:
    if "proof" in line:
        found, mean = line["proof"], line["proof"]["mean_difference"]
        mean = None if mean is None else float(mean)
        if found["verdict"] not in get_args(Verdict):
            raise ValueError("no verdict")
        if not (found["verdict"] == "different" if mean is None else 0 <= mean <= 255):
            raise ValueError("no difference")
        ids = _id(found["image_id"]), _id(found["again_id"])
        return Proof(*ids, found["verdict"], mean, _time(found["created"]))
    marks, ids_ = dict(line["marks"]), [_id(image_id) for image_id in line["ids"]]
    tags = marks.pop("tags", None)
    moment = float(line["at"])
    _time(moment)
    if tags is not None:
        return moment, ids_, read_changes({**marks, "tags": tags}, many=False)
    return moment, ids_, read_changes(marks, many=True)


def _id(value: object) -> str:
    """Return an image's id. Raises: ValueError, TypeError for anything else."""
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise ValueError("no id")
    return value


def _time(seconds: float) -> datetime:
    """Raises: ValueError for what no later reader could take for a time."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except OSError as error:
        raise ValueError("no time") from error
