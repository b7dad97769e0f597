"""What stored images look like, in the database: kept once it is known, found by it.

Every method is one transaction and blocks, or is a part of the caller's.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from backend.images.looks import Looks
from backend.library.colours import are_rare
from backend.library.counting import BLOCK, touched
from backend.library.likeness import Layouts
from backend.library.query import ImageQuery
from backend.storage import postgres
from backend.storage.rows import STORED, adding, read_records
from backend.storage.tables import colour_sets, image_looks, images
from backend.types import ImageRecord

LIKE_MAX = 200
"""So many images at most are found to be like another one."""

_ALIKE = 4 * LIKE_MAX  # as many are looked up first: some are in the trash
_LOADED = 5_000  # layouts read at once
_OTHERS_S = 300.0  # after that, what other machines on the same database added is seen
_AT_ONCE = 100  # images whose looks are missing, in one part


class KeptLooks:
    """Keeps and finds looks. `engine` writes, `reader` reads the same database."""

    def __init__(self, engine: sa.Engine, reader: sa.Engine) -> None:
        self._engine, self._reader = engine, reader
        self._touched, self._layouts = touched(engine), Layouts()
        self._read = 0.0

    # --- kept -------------------------------------------------------------------------------

    def keep(self, found: Mapping[str, Looks | None]) -> None:
        """Keep images' looks by their ids; None is for one that cannot be read, now or ever.

        An image that is not recorded is passed over.
        """
        if not found:
            return
        with self._engine.begin() as db:
            named = sa.select(images.c.id, images.c.seq).where(images.c.id.in_([*found]))
            rows = [(row.seq, found[row.id]) for row in db.execute(named)]
            if not rows:
                return
            row = adding(db.dialect.name, image_looks, (), ("colours", "layout"))
            db.execute(
                row,
                [
                    {"seq": seq, "colours": of.colours, "layout": of.layout}
                    if of
                    else {"seq": seq, "colours": 0, "layout": None}
                    for seq, of in rows
                ],
            )
            sets = Counter(of.colours if of else 0 for _, of in rows)
            db.execute(
                adding(db.dialect.name, colour_sets, ("images",)),
                # In one order, lest two machines wait for each other.
                [{"colours": colours, "images": sets[colours]} for colours in sorted(sets)],
            )
        self._touched.note(["looks"], [seq for seq, _ in rows])
        self._layouts.add((seq, of.layout) for seq, of in rows if of)

    def has(self, image_id: str) -> bool:
        """Whether an image's looks are known, or that it cannot be read."""
        with self._reader.begin() as db:
            return db.scalar(_of(image_id, image_looks.c.seq)) is not None

    @property
    def forgotten(self) -> float:
        """When it was last noted, on the monotonic clock, that images may have other numbers."""
        return self._touched.forgotten

    def newest(self) -> int:
        """Return the number of the newest image, 0 where there is none."""
        with self._reader.begin() as db:
            return db.scalar(sa.select(sa.func.max(images.c.seq))) or 0

    def missing(self, above: int, up_to: int) -> Iterator[list[ImageRecord]]:
        """Yield the images in this range of numbers whose looks are unknown, the newest first.

        In parts of at most 100, which may be empty: after each comes a look at 4,096 numbers.
        """
        known = sa.exists().where(image_looks.c.seq == images.c.seq)
        seq = images.c.seq
        here = (seq > sa.bindparam("low")) & (seq <= sa.bindparam("high"))
        unknown = sa.select(seq).where(here, ~known)
        unknown = unknown.order_by(seq.desc())
        while up_to > above:
            start = max(above, up_to - BLOCK)
            with self._reader.begin() as db:
                seqs = list(db.scalars(unknown, {"low": start, "high": up_to}))
            yield []
            for at in range(0, len(seqs), _AT_ONCE):
                part = seqs[at : at + _AT_ONCE]
                with self._reader.begin() as db:
                    of = STORED.where(images.c.seq.in_(part))
                    records = read_records(db, db.execute(of.order_by(images.c.seq.desc())).all())
                yield records
            up_to = start

    # --- found ------------------------------------------------------------------------------

    def resolved(self, db: sa.Connection, query: ImageQuery) -> ImageQuery:
        """Return the query with what its colours and likeness come to."""
        if query.colours:
            query = replace(query, colours_are_rare=are_rare(db, query.colours))
        if query.like is not None:
            query = replace(query, near=self._near(db, query.like, query.as_of))
        return query

    def _near(self, db: sa.Connection, image_id: str, as_of: int | None) -> tuple[int, ...]:
        layout = db.scalar(_of(image_id, image_looks.c.layout))
        if layout is None:
            return ()
        self._load()
        there = sa.select(images.c.seq).where(images.c.deleted.is_(None))
        there = there if as_of is None else there.where(images.c.seq <= as_of)
        most: int | None = _ALIKE
        while True:
            alike = self._layouts.nearest(layout, most)
            found: list[int] = []
            for at in range(0, len(alike), _ALIKE):
                part = alike[at : at + _ALIKE]
                those = set(db.scalars(there.where(images.c.seq.in_(part))).all())
                found += [seq for seq in part if seq in those]
                if len(found) >= LIKE_MAX:
                    break
            if len(found) >= LIKE_MAX or most is None or len(alike) < most // 2:
                return tuple(found[:LIKE_MAX])
            most = None

    def _load(self) -> None:
        """Have all layouts in memory: read at the first question, and from a new database."""
        now = time.monotonic()
        late = self._reader.dialect.name != "sqlite" and now - self._read > _OTHERS_S
        if self._layouts.known and not late and self._touched.forgotten < self._read:
            return
        self._read = now
        self._layouts.begin()  # before the transaction: what is kept meanwhile is added by itself
        every = sa.select(image_looks.c.seq, image_looks.c.layout)
        every = every.where(image_looks.c.layout.is_not(None))
        with postgres.many_rows(self._reader) as db:
            found = db.execute(every.execution_options(yield_per=_LOADED))
            self._layouts.add((row.seq, row.layout) for row in found)


def _of(image_id: str, column: sa.ColumnElement[Any]) -> sa.Select[Any]:
    joined = image_looks.join(images, images.c.seq == image_looks.c.seq)
    return sa.select(column).select_from(joined).where(images.c.id == image_id)
