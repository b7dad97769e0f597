"""The numbers of the images on a page: found by looking through no more than is needed.

The library is looked through in spans, each larger than the one before, until the page is full. So
what a page costs depends on how rare it is what is looked for, not on how many images there are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from backend.library.counting import BLOCK, Totals
from backend.library.marks import RATING_MAX
from backend.library.matching import having_words, matching, place, rated
from backend.library.paging import beyond, order
from backend.library.query import BY_NUMBER, ImageQuery, is_narrow
from backend.storage.tables import images

_RATED_SPAN = 8 * BLOCK
_SURE = 5  # found so many, and how many more there are can be reckoned


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page: `limit` of what the query finds, beyond the place `after`, then from `offset` on.

    The query has an `as_of`. `began` is a moment of the monotonic clock before the transaction.
    """

    query: ImageQuery
    began: float
    limit: int
    after: tuple[float, int] | None = None
    offset: int = 0

    @property
    def as_of(self) -> int:
        """The highest number there may be."""
        return self.query.as_of or 0


def numbers(db: sa.Connection, wanted: Wanted, totals: Totals) -> list[int]:
    """Return the numbers of the page's images, in its order."""
    query = wanted.query
    if query.like is not None and query.sort == "newest":
        return _by_likeness(db, wanted)
    if is_narrow(query) or (wanted.after and wanted.offset):
        return _at_once(db, wanted)
    if query.sort in BY_NUMBER:
        if db.dialect.name != "sqlite" and wanted.after is None and _has_words(query):
            few = totals.few(db, query, wanted.as_of, wanted.began)
            if few is not None:
                few.sort(reverse=query.sort == "newest")
                return few[wanted.offset : wanted.offset + wanted.limit]
        return _by_number(db, wanted, totals)
    if query.sort == "rating" and not wanted.offset and not _are_rare(db, wanted):
        return _by_rating(db, wanted)
    return _at_once(db, wanted)


def _at_once(db: sa.Connection, wanted: Wanted) -> list[int]:
    query, dialect = wanted.query, db.dialect.name
    found = matching(query, dialect, images.c.seq).order_by(*order(query, place(query, dialect)))
    if wanted.after is not None:
        found = found.where(beyond(query, wanted.after))
    return list(db.scalars(found.limit(wanted.limit).offset(wanted.offset)).all())


def _by_likeness(db: sa.Connection, wanted: Wanted) -> list[int]:
    found = set(db.scalars(matching(wanted.query, db.dialect.name, images.c.seq)).all())
    near, start = wanted.query.near, 0
    if wanted.after is not None:
        start = near.index(wanted.after[1]) + 1 if wanted.after[1] in near else len(near)
    left = [seq for seq in near[start:] if seq in found]
    return left[wanted.offset : wanted.offset + wanted.limit]


def _by_number(db: sa.Connection, wanted: Wanted, totals: Totals) -> list[int]:
    query, dialect, offset = wanted.query, db.dialect.name, wanted.offset
    up = query.sort == "oldest"
    low, high = 0, wanted.as_of
    if wanted.after is not None:
        low, high = (wanted.after[1], high) if up else (low, min(high, wanted.after[1] - 1))
    if offset:
        block = totals.skip(db, query, wanted.as_of, wanted.began, offset)
        if block is None:
            return []
        (first, last), offset = block
        low, high = (first, high) if up else (low, last)
    ordered = order(query, place(query, dialect))
    select = matching(query, dialect, images.c.seq, spanned=True).order_by(*ordered)
    part = select.limit(sa.bindparam("most")).offset(sa.bindparam("skipped"))
    found: list[int] = []
    for span in _spans(low, high, BLOCK, found, wanted.limit, up=up):
        most = wanted.limit - len(found)
        found += db.scalars(part, {**span, "most": most, "skipped": offset}).all()
        offset = 0  # the first span is the block, or holds it
    return found


def _by_rating(db: sa.Connection, wanted: Wanted) -> list[int]:
    query, dialect = wanted.query, db.dialect.name
    best, below = wanted.after or (RATING_MAX, wanted.as_of + 1)
    select = rated(query, dialect).limit(sa.bindparam("most"))
    ordered = select.order_by(sa.desc(next(iter(select.selected_columns))))
    found: list[int] = []
    for level in range(min(math.floor(best), RATING_MAX), query.rated - 1, -1):
        high = min(below - 1, wanted.as_of) if level == best else wanted.as_of
        for span in _spans(0, high, _RATED_SPAN, found, wanted.limit):
            most = wanted.limit - len(found)
            found += db.scalars(ordered, {**span, "level": level, "most": most}).all()
    return found


def _are_rare(db: sa.Connection, wanted: Wanted) -> bool:
    """Whether words or colours are in so few images that these are better looked at first."""
    if wanted.query.colours_are_rare:
        return True
    if not _has_words(wanted.query):
        return False
    if db.dialect.name != "sqlite":  # whose index of words is read whole at each question
        return True
    # To look at all that have the words takes their number times 2.5 us. Else images are looked at,
    # for as long each, until a page of them has the words and, as is guessed, all else that a tenth
    # of these have: with so many both take as long.
    most = int((10 * 61 * wanted.as_of) ** 0.5)
    return (db.scalar(having_words(wanted.query, most)) or 0) < most


def _has_words(query: ImageQuery) -> bool:
    return any(term.wanted for term in query.terms)


def _spans(
    low: int, high: int, size: int, found: list[int], limit: int, *, up: bool = False
) -> Iterator[dict[str, int]]:
    """Yield parts of what is above `low` up to `high` until `found` is full or there are no more.

    Each is as large as the missing ones take, by what was found in those before.
    """
    before, seen = len(found), 0
    while low < high and len(found) < limit:
        new = len(found) - before
        if seen:
            size = (
                seen * 4 if new < _SURE else max(BLOCK, (limit - len(found)) * seen * 5 // new // 4)
            )
        start = low if up else max(high - size, low)
        yield {"low": start, "high": min(start + size, high) if up else high}
        low, high = (low + size, high) if up else (low, high - size)
        seen += size
