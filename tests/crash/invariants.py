"""What must hold after every start, read from the folder, the database and the platform's log.

Also says, of a folder whose program was just killed, which steps the kill has hit.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from backend.errors import BadAnswer
from backend.images import metadata, pictures
from backend.sessions.book import read_session
from backend.sessions.state import WishState
from backend.storage.rows import RECORD, to_record
from backend.wire.spool import PART_SUFFIX
from tests.crash.platform import Key, Platform

Violation = tuple[str, str]
"""A kind, such as "duplicate charge", and the case."""

Row = Mapping[str, Any] | sqlite3.Row

SUFFIXES = {"png": "png", "jpeg": "jpg", "webp": "webp"}


class Auditor:
    """Checks one data folder against one platform's log. A file is decoded once unless `anew`."""

    def __init__(self, data: Path, platform: Platform) -> None:
        self._data, self._platform = data, platform
        self._seen: set[str] = set()

    def check(self, *, anew: bool = False) -> list[Violation]:
        """Return what does not hold. Call it after a start, before anything is asked for."""
        if anew:
            self._seen.clear()
        with closing(_open(self._data / "playground.db")) as db:
            runs = db.execute("SELECT * FROM runs").fetchall()
            stored = {row["id"]: row for row in db.execute("SELECT * FROM images")}
            planned = [row["id"] for row in db.execute("SELECT id FROM experiments")]
            cells = db.execute("SELECT experiment, run_id FROM cells").fetchall()
        return [
            *self._cells(planned, cells, runs),
            *self._charges(runs),
            *self._states(runs, stored),
            *self._files(runs, stored),
            *forgotten_wishes(self._data / "sessions", runs),
            *(v for row in stored.values() for v in self._image(row, planned)),
        ]

    def states(self) -> Counter[str]:
        """Return how many runs are in each state."""
        with closing(_open(self._data / "playground.db")) as db:
            return Counter(dict(db.execute("SELECT state, count(*) FROM runs GROUP BY state")))

    def _charges(self, runs: list[Row]) -> list[Violation]:
        by_key: dict[Key, list[sqlite3.Row]] = {}
        for run in runs:
            by_key.setdefault(key_of(run), []).append(run)
        found: list[Violation] = []
        for key, times in list(self._platform.charges.items()):
            if times > 1:
                found.append(("duplicate charge", f"{key} was sent {times} times"))
            states = [run["state"] for run in by_key.get(key, [])]
            if not any(state in ("saved", "unknown") for state in states):
                found.append(("charge without a row", f"{key}: rows {states}"))
        return found

    def _cells(self, planned: list[str], cells: list[Row], runs: list[Row]) -> list[Violation]:
        """Return what is wrong with experiments."""
        found = forgotten_cells(planned, cells, runs)
        for own in planned:
            if not any(cell["experiment"] == own for cell in cells):
                found.append(("experiment without cells", own))
            if not (self._data / "experiments" / f"{own}.json").is_file():
                found.append(("experiment without its file", own))
        return found

    def _states(self, runs: list[Row], stored: dict[str, sqlite3.Row]) -> list[Violation]:
        found: list[Violation] = []
        for run in runs:
            if run["state"] in ("sent", "queued"):
                found.append(("left open", f"run {run['id']} is {run['state']} after a start"))
            if run["state"] == "saved" and run["image_id"] not in stored:
                found.append(("saved without image", f"run {run['id']} has no image row"))
        saved = {run["id"] for run in runs if run["state"] == "saved"}
        lost = [row["id"] for row in stored.values() if row["run_id"] not in saved]
        return found + [("image of an unsaved run", image_id) for image_id in lost]

    def _files(self, runs: list[Row], stored: dict[str, sqlite3.Row]) -> list[Violation]:
        unknown = {run["id"] for run in runs if run["state"] == "unknown"}
        found = [("spool not empty", path.name) for path in (self._data / "spool").iterdir()]
        found += [("temporary file", path.name) for path in self._data.rglob("*.tmp")]
        for path in (self._data / "unfinished").iterdir():
            if path.name.removesuffix(PART_SUFFIX) not in unknown:
                found.append(("orphan", f"unfinished/{path.name}"))
        for path in (self._data / "images").rglob("*"):
            if path.is_file() and path.suffix != ".tmp" and path.stem not in stored:
                found.append(("orphan", f"images/{path.name}"))
        return found

    def _image(self, row: sqlite3.Row, planned: list[str]) -> list[Violation]:
        record = replace(to_record([row[name] for name in RECORD]), starred=False)
        day = record.created.strftime("%Y-%m-%d")
        path = self._data / "images" / day / f"{record.id}.{SUFFIXES[record.format]}"
        if not path.is_file():
            return [("saved without file", str(path.name))]
        if record.id in self._seen:
            return []
        self._seen.add(record.id)
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != record.sha256:
            return [("wrong hash", path.name)]
        try:
            pictures.verify(data)
        except BadAnswer as error:
            return [("damaged file", f"{path.name}: {error}")]
        said = metadata.read(data)
        if said is None or replace(said.record, making=None) != record:
            return [("metadata unlike the row", path.name)]
        making = said.record.making  # in the file alone
        if record.experiment in planned and not (making and making.place):
            return [("a cell's image without its place", path.name)]
        return []


def forgotten_cells(planned: list[str], cells: list[Row], runs: list[Row]) -> list[Violation]:
    """Return runs of experiments that their cells forgot: such a cell would be paid again."""
    known = {cell["run_id"] for cell in cells}
    found: list[Violation] = []
    for run in runs:
        asked = run["experiment"] in planned and run["state"] != "cancelled"
        if asked and run["id"] not in known:
            found.append(("run without a cell", f"run {run['id']} is {run['state']}"))
    return found


def forgotten_wishes(sessions: Path, runs: list[Row]) -> list[Violation]:
    """Return runs of sessions that their wishes forgot: such a wish would be paid again."""
    found: list[Violation] = []
    for path in sessions.glob("*.jsonl"):
        session = read_session(path)
        pictures = {w.picture.image for w in session.wishes.values() if w.picture}
        doubts = sum(w.state is WishState.DOUBT for w in session.wishes.values())
        mine = [run for run in runs if run["experiment"] == session.id]
        for run in mine:
            if run["state"] == "saved" and run["image_id"] not in pictures:
                found.append(("run without a wish", f"run {run['id']}"))
        if sum(run["state"] == "unknown" for run in mine) > doubts:
            found.append(("doubt without a wish", session.id))
    return found


def phases(data: Path, platform: Platform) -> set[str]:
    """Return which steps of the write path runs were in when the program died.

    Reads a copy of the database, so that the start to come finds it exactly as it was left.
    """
    with tempfile.TemporaryDirectory() as folder:
        for path in data.glob("playground.db*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, folder)
        copy = Path(folder) / "playground.db"
        if not copy.exists():
            return {"starting"}
        with closing(sqlite3.connect(copy)) as db:
            db.row_factory = sqlite3.Row
            try:
                runs = db.execute("SELECT * FROM runs WHERE ended IS NULL").fetchall()
                saved = {r[0] for r in db.execute("SELECT id FROM runs WHERE state = 'saved'")}
            except sqlite3.OperationalError:
                return {"starting"}
    hit = {_phase(run, data, platform) for run in runs}
    if any(path.name in saved for path in (data / "spool").iterdir()):
        hit.add("saved, spool not removed")
    if any((data / "images").rglob("*.tmp")):
        hit.add("image half written")
    return hit or {"idle"}


def _phase(run: sqlite3.Row, data: Path, platform: Platform) -> str:
    if run["state"] == "queued":
        return "queued"
    if any(path.suffix != ".tmp" for path in (data / "images").rglob(f"{run['id']}.*")):
        return "file stored, row not"
    if (data / "spool" / run["id"]).exists():
        return "spooled, image not"
    return {
        None: "noted, not sent",
        "waiting": "waiting for the answer",
        "answering": "mid-body",
        "answered": "last byte on its way",
    }[platform.reached.get(key_of(run))]


def key_of(run: Row) -> Key:
    """Return by what the platform knows this request."""
    return run["prompt"] if run["seed"] is None else int(run["seed"])


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    db.row_factory = sqlite3.Row
    return db
