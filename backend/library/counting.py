"""How many images a query finds, counted by blocks of their numbers, which are kept.

So a change costs the count of its blocks anew, an image more that of the last block, and a jump to
the n-th image skips what is before its block. Nothing else of a library's size matters to a page.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from math import nextafter
from threading import Lock
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from backend.library.marks import Mark
from backend.library.matching import matching
from backend.library.query import ImageQuery, is_narrow
from backend.storage.tables import images

BLOCK = 4_096
"""How many numbers are counted at once: less than a millisecond for most queries."""

MANY = 1_000
"""Beyond so many a page need not know how many there are."""

_QUERIES_KEPT = 64
_AT_A_PAGE = 2  # blocks that are counted for the sake of a page
_OTHERS_S = 5.0  # after that, what other machines changed is seen that is no act of theirs
_COMMIT_S = 5.0  # within that a transaction that has changed something is committed
_WHOLE = -1  # the number of the only block of a query that few images match


class Touched:
    """When which images were last marked, by their blocks; in seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._last: dict[Mark, dict[int, float]] = defaultdict(dict)
        self._all = self._elsewhere = 0.0

    def forget(self) -> None:
        """Note that any image may be another one, or gone."""
        self._all = time.monotonic()

    def note_others(self, before: float) -> None:
        """Note that another machine marked some, before this moment of the monotonic clock."""
        self._elsewhere = max(self._elsewhere, nextafter(before, 0))

    def note(self, marks: Iterable[Mark], seqs: Iterable[int], *, soon: bool = False) -> None:
        """Note that these images were marked; `soon` while the transaction is not committed yet."""
        moment = time.monotonic() + (_COMMIT_S if soon else 0)
        blocks = {_WHOLE, *(_block(seq) for seq in seqs)}
        for mark in marks:
            self._last[mark].update(dict.fromkeys(blocks, moment))

    @property
    def forgotten(self) -> float:
        """When it was last noted that any image may be another one."""
        return self._all

    def last(self, marks: Iterable[Mark], block: int) -> float:
        """Return when one of the block's images was last marked in one of these ways."""
        return max(
            self._all, self._elsewhere, *(self._last[mark].get(block, 0.0) for mark in marks)
        )


_touched: WeakKeyDictionary[sa.Engine, Touched] = WeakKeyDictionary()


def touched(engine: sa.Engine) -> Touched:
    """Return what is known of the marks that were written through this engine."""
    return _touched.setdefault(engine, Touched())


@dataclass(frozen=True, slots=True)
class _Kept:
    began: float  # before the transaction that counted
    high: int
    count: int


class Totals:
    """Counts what queries find. Every method is a part of the caller's transaction of reading.

    `began` is a moment of the monotonic clock before that transaction, `as_of` the last number that
    counts; in the queries it is passed over.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._dialect, self._touched = engine.dialect.name, touched(engine)
        self._kept: OrderedDict[ImageQuery, dict[int, _Kept]] = OrderedDict()
        self._many: dict[ImageQuery, float] = {}
        self._lock = Lock()

    def count(
        self, db: sa.Connection, query: ImageQuery, as_of: int, began: float, *, fast: bool = False
    ) -> tuple[int, bool]:
        """Return how many there are, and whether that is all of them.

        `fast` counts no more than two blocks, and none once there are more than 1,000. PostgreSQL
        counts up to 1,000 at once.
        """
        query, kept = self._of(query)
        total, missing = 0, []
        for block in blocks(query, as_of):
            known = self._known(query, kept, block, began)
            if known is None:
                missing.append(block)
            else:
                total += known
        if self._dialect != "sqlite" and len(missing) > _AT_A_PAGE:
            if fast and (total > MANY or self._few(db, query, kept, missing, began) is None):
                return max(total, MANY + 1), False
            if not fast:
                self._count_each(db, query, kept, missing, began)
            return total + sum(kept[number].count for number, *_ in missing), True
        for block in missing[: _AT_A_PAGE if fast and len(missing) > _AT_A_PAGE else None]:
            if fast and len(missing) > _AT_A_PAGE and total > MANY:
                break
            total += self._count(db, query, kept, block, began)
        return total, not fast or len(missing) <= _AT_A_PAGE

    def skip(
        self, db: sa.Connection, query: ImageQuery, as_of: int, began: float, offset: int
    ) -> tuple[tuple[int, int], int] | None:
        """Return the block that holds the `offset`-th image, and which of its images that is.

        The blocks are in the query's order; None where there are not so many images.
        """
        oldest = query.sort == "oldest"
        query, kept = self._of(query)
        every = blocks(query, as_of)
        if self._dialect != "sqlite":
            missing = [b for b in every if self._known(query, kept, b, began) is None]
            if len(missing) > _AT_A_PAGE:
                self._count_each(db, query, kept, missing, began)
        for block in reversed(every) if oldest else every:
            count = self._known(query, kept, block, began)
            if count is None:
                count = self._count(db, query, kept, block, began)
            if offset < count:
                return block[1:], offset
            offset -= count
        return None

    def _of(self, query: ImageQuery) -> tuple[ImageQuery, dict[int, _Kept]]:
        timed = query.sort in ("fastest", "slowest")
        query = replace(query, as_of=None, sort="fastest" if timed else "newest")
        with self._lock:  # several threads read
            kept = self._kept.setdefault(query, {})
            self._kept.move_to_end(query)
            while len(self._kept) > _QUERIES_KEPT:
                self._kept.popitem(last=False)
        return query, kept

    def _known(
        self,
        query: ImageQuery,
        kept: dict[int, _Kept],
        block: tuple[int, int, int],
        began: float,
    ) -> int | None:
        number, _, high = block
        known = kept.get(number)
        if known is None or known.high != high:
            return None
        if query.experiment is not None:  # its cells come and go without a mark, and are few
            return None
        if self._dialect != "sqlite" and began - known.began > _OTHERS_S:
            return None
        return known.count if known.began > self._touched.last(_decisive(query), number) else None

    def _count(
        self,
        db: sa.Connection,
        query: ImageQuery,
        kept: dict[int, _Kept],
        block: tuple[int, int, int],
        began: float,
    ) -> int:
        number, low, high = block
        found = matching(query, self._dialect, sa.func.count(images.c.seq), spanned=True)
        count = db.scalar(found, {"low": low, "high": high}) or 0
        kept[number] = _Kept(began, high, count)
        return count

    # PostgreSQL reads its index of words whole at each question: it is asked once for all blocks.

    def _count_each(
        self,
        db: sa.Connection,
        query: ImageQuery,
        kept: dict[int, _Kept],
        missing: Sequence[tuple[int, int, int]],
        began: float,
    ) -> None:
        """Count these blocks in one statement."""
        number = (images.c.seq - 1) // BLOCK
        found = matching(query, self._dialect, number, sa.func.count(), spanned=True)
        rows = db.execute(found.group_by(sa.text("1")), _span(missing))
        counts = {row[0]: row[1] for row in rows}
        kept |= {n: _Kept(began, high, counts.get(n, 0)) for n, _, high in missing}

    def few(
        self, db: sa.Connection, query: ImageQuery, as_of: int, began: float
    ) -> list[int] | None:
        """Return the numbers of all that is found, in no order; None for more than 1,000."""
        query, kept = self._of(query)
        every = blocks(query, as_of)
        return self._few(db, query, kept, every, began) if every else []

    def _few(
        self,
        db: sa.Connection,
        query: ImageQuery,
        kept: dict[int, _Kept],
        those: Sequence[tuple[int, int, int]],
        began: float,
    ) -> list[int] | None:
        if self._many.get(query) == began:  # it was asked for the page's images already
            return None
        found = matching(query, self._dialect, images.c.seq, spanned=True).limit(MANY + 1)
        # At once: one by one they take the driver longer than the server looks for them.
        seqs = list(db.scalars(found, _span(those)).all())
        if len(seqs) > MANY:
            self._many = {query: began}
            return None
        counts = Counter(map(_block, seqs))
        kept |= {n: _Kept(began, high, counts[n]) for n, _, high in those}
        return seqs


def _span(those: Sequence[tuple[int, int, int]]) -> dict[str, int]:
    """Return the numbers that hold all of these blocks, the last of which comes first."""
    return {"low": those[-1][1], "high": those[0][2]}


def blocks(query: ImageQuery, as_of: int) -> list[tuple[int, int, int]]:
    """Return (number, low, high) of the blocks up to `as_of`, the last first; above `low` each."""
    if is_narrow(query):
        return [(_WHOLE, 0, as_of)]
    numbers = range(_block(as_of), -1, -1) if as_of else ()
    return [(n, n * BLOCK, min((n + 1) * BLOCK, as_of)) for n in numbers]


def _block(seq: int) -> int:
    return (seq - 1) // BLOCK


def _decisive(query: ImageQuery) -> Collection[Mark]:
    """Return the marks that decide on what the query finds."""
    by: dict[Mark, object] = {
        "deleted": True,
        "starred": query.starred,
        "rating": query.rated,
        "tags": query.tags,
        "cached": query.cached,
        "looks": query.colours or query.like,
    }
    return [mark for mark, asked in by.items() if asked]
