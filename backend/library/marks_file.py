"""What people noted on images, a line a time in a file: from it a rebuilt database has it again.

Image files are never written again, so stars, ratings, tags, trash and verdicts are not in them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from backend.library.history import Proof
from backend.library.marks import Changes, read_changes
from backend.storage import journal
from backend.types import ID, Verdict

Entry = tuple[float, list[str], Changes] | Proof
"""Marks with their moment (seconds since 1970) and the images' ids; or a verdict."""

_IDS = re.compile(ID.pattern.encode())


class MarksFile:
    """A file that only grows, until images are forgotten.

    What cannot be written is in the database all the same. One that is not `kept` grows no more:
    several machines have backups of their database instead.
    """

    def __init__(self, path: Path, *, kept: bool = True) -> None:
        self._path, self._kept = path, kept

    def note(self, moment: float, ids: Sequence[str], changes: Changes) -> None:
        """Append marks that were just made."""
        if ids:
            asked = {name: value for name, value in asdict(changes).items() if _asked(name, value)}
            self._append({"at": moment, "ids": list(ids), "marks": asked})

    def note_proof(self, proof: Proof) -> None:
        """Append a verdict."""
        self._append({"proof": asdict(proof) | {"created": proof.created.timestamp()}})

    def forget(self, ids: Collection[str]) -> None:
        """Take images out of all that was noted; what is about others stays. Raises: OSError."""
        gone = {image_id.encode() for image_id in ids}
        journal.rewrite(self._path, lambda line: _without(line, gone))

    @property
    def name(self) -> str:
        return self._path.name

    def entries(self) -> Iterator[Entry]:
        """Return what was noted, oldest first; a line that makes no sense is passed over.

        Raises: OSError for a file that cannot be read, or is none.
        """
        return journal.entries(self._path, _entry)

    def _append(self, line: dict[str, Any]) -> None:
        if self._kept:
            journal.append(self._path, line)


def _without(line: bytes, gone: Set[bytes]) -> bytes:
    named = [image_id.decode() for image_id in gone & {*_IDS.findall(line)}]
    if not named:
        return line
    try:
        found = json.loads(line)
        left = [image_id for image_id in found["ids"] if image_id not in named]
    except (ValueError, TypeError, LookupError, RecursionError):  # a verdict, or cut short
        return b""
    return journal.line_of(found | {"ids": left}) if left else b""


def _asked(name: str, value: object) -> bool:
    """Whether a mark was asked for: False, 0 and no tags at all are marks, too."""
    return bool(value) if name in ("add_tags", "remove_tags") else value is not None


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
