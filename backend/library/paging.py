"""In which order a query's images come, and where in it a page ended. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backend.errors import InvalidInput
from backend.library.query import ImageQuery
from backend.said import msg
from backend.storage.tables import images
from backend.types import ImageRecord


def order(query: ImageQuery, seq: sa.ColumnElement[int]) -> Sequence[sa.ColumnElement[Any]]:
    """Return the order: by what is asked for, then by the time of recording; never ambiguous.

    `seq` is the column that holds the order of recording.
    """
    if query.sort == "newest":
        return [seq.desc()]
    if query.sort == "oldest":
        return [seq.asc()]
    by = _by(query)
    return [by.asc() if query.sort == "fastest" else by.desc(), seq.desc()]


def _by(query: ImageQuery) -> sa.ColumnElement[Any]:
    return images.c.rating if query.sort == "rating" else images.c.seconds


def cursor_of(query: ImageQuery, last: ImageRecord, seq: int) -> str:
    """Return where a page ended: its last image's place in the order."""
    if query.sort == "rating":
        return f"{last.rating}_{seq}"
    if query.sort in ("fastest", "slowest"):
        return f"{last.seconds!r}_{seq}"
    return str(seq)


def parse_cursor(cursor: str, query: ImageQuery) -> tuple[float, int]:
    """Return the place that a cursor of this order names. Raises: InvalidInput."""
    value, _, seq = cursor.rpartition("_")
    try:
        if not (seq.isascii() and seq.isdigit() and len(seq) < 19 and len(value) < 40):
            raise ValueError
        if bool(value) is (query.sort in ("newest", "oldest")):
            raise ValueError
        place = float(value or 0), int(seq)
        if not math.isfinite(place[0]):
            raise ValueError
        return place
    except ValueError as error:
        raise InvalidInput(
            msg("This page of the gallery does not exist."),
            msg("Start at the first page."),
            field="cursor",
        ) from error


def beyond(query: ImageQuery, after: tuple[float, int]) -> sa.ColumnElement[bool]:
    """Return what comes after that place."""
    value, seq = after
    if query.sort == "oldest":
        return images.c.seq > seq
    later = images.c.seq < seq
    if query.sort == "newest":
        return later
    by = _by(query)
    further = by > value if query.sort == "fastest" else by < value
    return sa.or_(further, sa.and_(by == value, later))
