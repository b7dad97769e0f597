"""The stored images as a library: found by a query, marked, put into the trash and out again.

Every method is one transaction and blocks. Reads have a connection of their own, which never waits
for a write; their cost does not grow with what they do not return, but for counting.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import inf, nextafter
from typing import Any

import sqlalchemy as sa

from backend.library import pace
from backend.library.acts import MARKED, Act, Step, ids_of, keep, parts, steps_of, undone
from backend.library.cache import count_cached
from backend.library.counting import Totals, touched
from backend.library.finding import Wanted, numbers
from backend.library.gone import remove_rows
from backend.library.kept_looks import KeptLooks
from backend.library.marks import Changes, spelled
from backend.library.matching import matching, place
from backend.library.pace import Usual
from backend.library.paging import cursor_of, order, parse_cursor
from backend.library.query import ImageQuery
from backend.library.spelling import Spelling
from backend.storage.rows import STORED, insert_image, numbered, read_records
from backend.storage.tables import acts, image_tags, images, makers
from backend.storage.tags import spell, spellings
from backend.types import ImageRecord

PAGE_MAX = 200
_LATE = 2_000  # images whose sizes the filters offer
_ACTS = 200
_NEWEST = sa.select(
    sa.func.max(images.c.seq), sa.select(sa.func.max(acts.c.made)).scalar_subquery()
)
"""The newest image, and when images were marked last, on whichever machine."""

Target = Sequence[str] | ImageQuery
"""Which images: by their ids, or all that a query finds."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of what a query finds, in its order.

    `next` is the cursor of what follows, None at the end. `as_of` names the newest image there
    was: with it in the query, later ones are left out, so that offsets stay where they are.
    Where `total_is_least`, there are `total` images or more.
    """

    images: list[ImageRecord]
    next: str | None
    total: int
    as_of: int
    total_is_least: bool = False


class Library:
    """Finds and changes images. `engine` writes, `reader` reads the same database."""

    def __init__(
        self, engine: sa.Engine, reader: sa.Engine, clock: Callable[[], float] = time.time
    ) -> None:
        self._engine, self._reader, self._clock = engine, reader, clock
        self._dialect = engine.dialect.name
        self._totals, self._touched = Totals(engine), touched(engine)
        self._spelling, self.looks = Spelling(), KeptLooks(engine, reader)
        self._acts = deque[float](maxlen=_ACTS)  # when this machine marked images
        self._last_act: float | None = None  # when any did, as it was seen last

    def close(self) -> None:
        self._reader.dispose()

    # --- finding ----------------------------------------------------------------------------

    def find(
        self,
        query: ImageQuery,
        *,
        limit: int,
        cursor: str | None = None,
        offset: int = 0,
        fast: bool = False,
    ) -> Page:
        """Return `limit` (1 to 200) images from the `cursor` on, else from the `offset` on.

        `fast` counts what takes no time to count; see `Page.total_is_least`.
        Raises: InvalidInput for a cursor that is none.
        """
        after = None if not cursor else parse_cursor(cursor, query)
        began = time.monotonic()  # before the transaction: what it sees is at least as new
        with self._reader.begin() as db:
            query, as_of = self._as_of(db, query, began)
            wanted = Wanted(query, began, limit + 1, after, offset)
            found = numbers(db, wanted, self._totals)
            page = self._records(db, found[:limit])
            more = len(found) > limit
            following = cursor_of(query, page[-1], found[limit - 1]) if more else None
            if not more and after is None and (found or not offset):
                return Page(page, None, offset + len(found), as_of)
            total, whole = self._totals.count(db, query, as_of, began, fast=fast)
            if not whole:
                total = max(total, offset + len(found))
        return Page(page, following, total, as_of, not whole)

    def total(self, query: ImageQuery) -> int:
        """Return how many images there are; that takes a second where they are a million."""
        began = time.monotonic()
        with self._reader.begin() as db:
            return self._totals.count(db, *self._as_of(db, query, began), began)[0]

    def ids(self, target: Target) -> list[str]:
        """Return the ids of all that the target names and that are there, in order."""
        with self._reader.begin() as db:
            if isinstance(target, ImageQuery):
                query = self.looks.resolved(db, target)
                keys = order(query, place(query, self._dialect))
                found = matching(query, self._dialect, images.c.id, images.c.seq).order_by(*keys)
                rows = db.execute(found).all()
                if query.like is not None and query.sort == "newest":
                    rows = sorted(rows, key=lambda row: query.near.index(row.seq))
                return [row.id for row in rows]
            there = {row.id for part in parts(target) for row in db.execute(_named(part))}
            return [image_id for image_id in dict.fromkeys(target) if image_id in there]

    def image(self, image_id: str) -> ImageRecord | None:
        """Return one image, also one in the trash."""
        return next(iter(self.records([image_id])), None)

    def records(self, ids: Sequence[str]) -> list[ImageRecord]:
        """Return the images with these ids that there are, in the same order."""
        with self._reader.begin() as db:
            rows = [row for part in parts(ids) for row in db.execute(_named(part)).all()]
            found = {record.id: record for record in read_records(db, rows)}
        return [found[image_id] for image_id in ids if image_id in found]

    def each(self, batch: int = 500) -> Iterator[list[ImageRecord]]:
        """Yield all images, oldest first, the trash included; a batch is a transaction."""
        last = 0
        while True:
            with self._reader.begin() as db:
                wanted = STORED.where(images.c.seq > last).order_by(images.c.seq)
                rows = db.execute(wanted.limit(batch)).all()
                found = read_records(db, rows)
            if not rows:
                return
            last = rows[-1].seq
            yield found

    def known(self, ids: Sequence[str], sha256s: Sequence[str]) -> set[str]:
        """Return which of these ids and file hashes are recorded."""
        found: set[str] = set()
        with self._reader.begin() as db:
            for column, values in ((images.c.id, ids), (images.c.sha256, sha256s)):
                for part in parts(values):
                    found |= set(db.scalars(sa.select(column).where(column.in_(part))))
        return found

    def children(self, image_id: str, limit: int) -> tuple[list[ImageRecord], int]:
        """Return the newest images made from this one, and how many there are; not the trash."""
        made = (images.c.origin_id == image_id) & images.c.deleted.is_(None)
        with self._reader.begin() as db:
            count = db.scalar(sa.select(sa.func.count()).where(made)) or 0
            newest = STORED.where(made).order_by(images.c.seq.desc()).limit(limit)
            return read_records(db, db.execute(newest).all()), count

    def facets(self) -> dict[str, Any]:
        """Return what filters offer: models, providers, sizes, tags; and the trash's size."""
        tagged = (
            sa.select(image_tags.c.tag, sa.func.count())
            .group_by(image_tags.c.tag)
            .order_by(sa.func.count().desc(), image_tags.c.tag)
            .limit(200)
        )
        # Those of late: to count through all of them would cost more with each image.
        late = sa.select(images.c.width_px, images.c.height_px).order_by(images.c.seq.desc())
        size = late.limit(_LATE).subquery().c
        sizes = sa.select(size.width_px, size.height_px).group_by(size.width_px, size.height_px)
        gone = sa.select(sa.func.count()).where(images.c.deleted.is_not(None))
        with self._reader.begin() as db:
            return {
                "models": list(db.scalars(sa.select(makers.c.model).distinct())),
                "providers": list(db.scalars(sa.select(makers.c.provider).distinct())),
                "tags": [(tag, count) for tag, count in db.execute(tagged)],
                "sizes": list(db.execute(sizes.order_by(sa.func.count().desc()).limit(50))),
                "trash": db.scalar(gone) or 0,
            }

    def count_cached(
        self, keys: Sequence[str | None], on_disk: Callable[[ImageRecord], bool]
    ) -> int:
        """Return how many of these fingerprints are answered from disk."""
        with self._reader.begin() as db:
            return count_cached(db, keys, on_disk)

    def usual(self, model: str, provider: str) -> Usual:
        """Return how long the model's images take of late."""
        with self._reader.begin() as db:
            return pace.usual(db, model, provider)

    # --- changing ---------------------------------------------------------------------------

    def add(self, record: ImageRecord, cache_key: str | None) -> None:
        """Record an image that no run of ours made. Doing it again changes nothing."""
        with self._engine.begin() as db:
            insert_image(db, record, cache_key)

    def change(self, target: Target, changes: Changes, moment: float | None = None) -> Act:
        """Mark images. With the `moment` of marks that were made earlier, they cannot be undone.

        Raises: InvalidInput for too many tags; then nothing has changed.
        """
        with self._engine.begin() as db:
            now = self._unused(db, self._clock()) if moment is None else moment
            given, taken = spell(db, changes.given()), spellings(db, changes.remove_tags)
            rows = self._marked(db, target)
            steps = steps_of(db, rows, spelled(changes, given, taken), now)
            for step in steps:
                step.take(db)
            ids = ids_of(db, steps)
            act = keep(db, steps, now) if steps and moment is None else None
        self._note(steps, now)
        named = list(ids.values())
        return Act(named, now, act, [(now, named, changes)])

    def undo(self, act: str) -> Act:
        """Take back what an act changed, of what is still as it left it; that is an act, too.

        Raises: InvalidInput where it cannot be undone any more; then nothing has changed.
        """
        with self._engine.begin() as db:
            now = self._clock()
            steps = undone(db, act)
            ids = ids_of(db, steps)
            again = keep(db, steps, now) if steps else None
        self._note(steps, now)
        noted = [
            (
                step.now if step.what == "deleted" and step.now is not None else now,
                [ids[seq] for seq in step.seqs],
                step.as_changes(),
            )
            for step in steps
        ]
        return Act(list(ids.values()), now, again, noted)

    def trashed_at(self, moment: float) -> list[str]:
        """Return what went to the trash at that very moment, for an undo."""
        with self._reader.begin() as db:
            return list(db.scalars(sa.select(images.c.id).where(images.c.deleted == moment)))

    def doomed(self, ids: Sequence[str]) -> list[ImageRecord]:
        """Return those in the trash. From now on they answer no request: their files are to go."""
        with self._engine.begin() as db:
            gone = images.c.id.in_(ids) & images.c.deleted.is_not(None)
            db.execute(images.update().where(gone).values(cache_key=None))
            return read_records(db, db.execute(STORED.where(gone)).all())

    def forget(self, ids: Sequence[str]) -> None:
        """Remove the rows of images in the trash, whose files are gone; runs and sums stay."""
        with self._engine.begin() as db:
            every = remove_rows(db, ids)
        self._touched.note(["deleted"], every)

    def forget_words(self) -> None:
        """Have no words in memory that images had which are gone."""
        self._spelling, self._totals = Spelling(), Totals(self._engine)

    # --- inside -----------------------------------------------------------------------------

    def _as_of(self, db: sa.Connection, query: ImageQuery, began: float) -> tuple[ImageQuery, int]:
        """Return the query with what its words and looks mean, and the last image that counts."""
        if self._dialect == "sqlite":
            newest = db.scalar(sa.select(sa.func.max(images.c.seq))) or 0
        else:
            newest, act = db.execute(_NEWEST).one()
            newest = newest or 0
            if act != self._last_act:
                self._last_act = act
                if act not in self._acts:
                    self._touched.note_others(began)
        as_of = newest if query.as_of is None else min(query.as_of, newest)
        query = self._spelling.spelled(db, replace(query, as_of=as_of), newest)
        return self.looks.resolved(db, query), as_of

    def _records(self, db: sa.Connection, seqs: Sequence[int]) -> list[ImageRecord]:
        rows = {row[0]: row for row in db.execute(_stored(self._dialect), {"seqs": seqs}).all()}
        return read_records(db, [rows[seq] for seq in seqs])

    def _marked(self, db: sa.Connection, target: Target) -> Iterator[Sequence[Any]]:
        """Yield what the target names with its marks, in parts."""
        if isinstance(target, ImageQuery):
            query = self.looks.resolved(db, target)
            yield from parts(db.execute(matching(query, self._dialect, *MARKED)).all())
        else:
            named = sa.select(*MARKED)
            for part in parts(list(dict.fromkeys(target))):
                yield db.execute(named.where(images.c.id.in_(part))).all()

    def _unused(self, db: sa.Connection, moment: float) -> float:
        """Return the moment, or the next one at which nothing went to the trash yet."""
        while db.scalar(sa.select(images.c.seq).where(images.c.deleted == moment).limit(1)):
            moment = nextafter(moment, inf)
        return moment

    def _note(self, steps: Sequence[Step], moment: float) -> None:
        self._acts.append(moment)
        for step in steps:
            self._touched.note([step.mark], step.seqs)


@cache
def _stored(dialect: str) -> sa.Select[Any]:
    return STORED.where(numbered(dialect, images.c.seq))


def _named(ids: Sequence[str]) -> sa.Select[Any]:
    return STORED.where(images.c.id.in_(ids))
