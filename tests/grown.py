"""Makes a library of many images out of one of a few: the same ones again and again, ever earlier.

A million takes a minute, since no row passes through Python. Words, marks and tags are spread as in
the few. Those copied have no file; a thumbnail have the ones around the places that are asked for.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from backend.storage.folder import LocalStore
from backend.storage.image_files.local import LocalFiles
from tests.library import make

AROUND = 400
"""So many images before and after each place have a thumbnail."""

_ID = "printf('%08x', :copy) || substr({}, 9)"
_RANDOM = "lower(hex(randomblob(32)))"
_OF_RUNS = {
    "id": "run_id",
    "job_id": "run_id",
    "position": "0",
    "owner": "''",
    "state": "'saved'",
    "sent": "created",
    "ended": "created",
    "attempts": "1",
    "cost_microusd": "9000",
    "cached": "0",
    "image_id": "id",
    "dismissed": "0",
}
_QUARTERS = """INSERT INTO quarters SELECT CAST(created / 900 AS INTEGER) * 900, provider, model,
    count(*), 9000 * count(*), sum(coalesce(seconds, 0)) FROM images GROUP BY 1, 2, 3"""


def grown_database(folder: Path, few: int, times: int) -> Path:
    """Return the database of a library of `few` images made `times` as large, in a new `folder`."""
    make(few, folder / "few", with_files=3)
    grow(folder / "few", folder / "many", times)
    return folder / "many" / "playground.db"


def grow(few: Path, folder: Path, times: int, places: Sequence[float] = ()) -> None:
    """Make a data folder with `times` the images of the folder `few`; `places` are shares of it."""
    own = shutil.ignore_patterns("playground.db*", ".lock")
    shutil.copytree(few, folder, copy_function=os.link, ignore=own)
    path = folder / "playground.db"
    shutil.copy(few / path.name, path)
    db = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=MEMORY"):
            db.execute(f"PRAGMA {pragma}")
        made = "SELECT name, type, sql FROM sqlite_master WHERE type IN ('index', 'trigger')"
        later = db.execute(f"{made} AND sql IS NOT NULL").fetchall()
        for name, kind, _ in later:
            db.execute(f"DROP {kind} {name}")
        db.execute("BEGIN")
        _copy(db, times)
        db.execute("COMMIT")
        # Made at the end, sorted: one by one they would take ten times as long.
        db.execute("INSERT INTO images_fts(images_fts) VALUES ('rebuild')")
        for *_, sql in later:
            db.execute(sql)
        for statement in (
            "DELETE FROM quarters",
            _QUARTERS,
            "PRAGMA analysis_limit=400",
            "ANALYZE",
        ):
            db.execute(statement)
        _link_thumbnails(db, folder, places)
    finally:
        db.close()


def _copy(db: sqlite3.Connection, times: int) -> None:
    count, span = db.execute(
        "SELECT max(seq), max(created) - min(created) + 300 FROM images"
    ).fetchone()
    above = (times - 1) * count
    for table in ("images", "image_tags", "image_looks"):  # the few stay the newest
        db.execute(f"UPDATE {table} SET seq = -seq - {above}")
        db.execute(f"UPDATE {table} SET seq = -seq")
    names = _columns(db, "images")
    changed = {
        "seq": "seq - :back",
        "id": _ID.format("id"),
        "run_id": _ID.format("run_id"),
        "created": f"created - :back / {count} * {span}",
        "sha256": _RANDOM,
        "cache_key": _RANDOM,
        "seed": "CASE WHEN seed IS NOT NULL THEN abs(random()) % 4294967296 END",
    }
    values = ", ".join(changed.get(name, name) for name in names)
    for copy in range(times - 1):  # from the first on, so that they lie in order in the file
        back = {"back": above - copy * count, "copy": copy + 1}
        db.execute(
            f"INSERT INTO images ({', '.join(names)}) SELECT {values} FROM images"
            f" WHERE seq > {above} ORDER BY seq",
            back,
        )
        for table, columns in (("image_tags", "tag"), ("image_looks", "colours, layout")):
            db.execute(
                f"INSERT INTO {table} SELECT seq - :back, {columns} FROM {table}"
                f" WHERE seq > {above}",
                {"back": back["back"]},
            )
    db.execute("UPDATE colour_sets SET images = images * ?", (times,))
    have = {name for name in _columns(db, "runs") if name in names or name in _OF_RUNS}
    values = ", ".join(_OF_RUNS.get(name, name) for name in have)
    db.execute(
        f"INSERT INTO runs ({', '.join(have)}) SELECT {values} FROM images WHERE seq <= {above}"
    )


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]


def _link_thumbnails(db: sqlite3.Connection, folder: Path, places: Sequence[float]) -> None:
    count = db.execute("SELECT max(seq) FROM images").fetchone()[0]
    store = LocalStore(folder)
    files = LocalFiles(folder)
    try:
        like = next(files.thumbs.glob("*/*"))
        for place in places:
            middle = round(count * (1 - place))  # the newest come first
            around = middle - AROUND, middle + AROUND
            for (image_id,) in db.execute(
                "SELECT id FROM images WHERE seq BETWEEN ? AND ?", around
            ):
                thumb = files.thumb_path(image_id)
                thumb.parent.mkdir(exist_ok=True)
                if not thumb.exists():
                    os.link(like, thumb)
    finally:
        store.close()
