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
from typing import Any

from backend.errors import InvalidInput
from backend.library.history import Proof
from backend.library.marks import Changes, read_changes

log = logging.getLogger(__name__)

_SENSELESS = (ValueError, TypeError, LookupError, OverflowError, RecursionError, OSError)

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

    def entries(self) -> Iterator[Entry]:
        """Yield what was noted, oldest first; a line that makes no sense is passed over.

        Raises: OSError for a file that cannot be read.
        """
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    yield _entry(json.loads(line))
                except (*_SENSELESS, InvalidInput):
                    log.warning("a line of %s makes no sense", self._path.name)

    def _append(self, line: dict[str, Any]) -> None:
        text = json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
        try:
            with self._path.open("ab+") as file:
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


def _entry(line: dict[str, Any]) -> Entry:
    if "proof" in line:
        found, mean = line["proof"], line["proof"]["mean_difference"]
        return Proof(
            *(str(found["image_id"]), str(found["again_id"]), str(found["verdict"])),
            None if mean is None else float(mean),
            datetime.fromtimestamp(found["created"], UTC),
        )
    marks, ids = dict(line["marks"]), [str(image_id) for image_id in line["ids"]]
    tags = marks.pop("tags", None)
    moment = float(line["at"])
    datetime.fromtimestamp(moment, UTC)  # raises for what no later reader could take for a time
    if tags is not None:
        return moment, ids, read_changes({**marks, "tags": tags}, many=False)
    return moment, ids, read_changes(marks, many=True)
