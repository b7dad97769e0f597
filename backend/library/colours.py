"""The colours that a query asks for, as SQL over `image_looks`.

Its index leads from a set of colours to the images that have it, by their numbers. A query's
colours are in some of the sets that there are; each of these is looked up in the span at hand, so
what nobody looks for costs nothing. Where many images have the colours, each image's own set is
looked at instead: for a page soon as many are found as it takes.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from backend.images.looks import bits_of
from backend.storage.tables import colour_sets, image_looks, images

_RARE = 50  # one of so many images, and they are rare


def are_rare(db: sa.Connection, colours: Sequence[str]) -> bool:
    """Whether few images have all of these colours."""
    c, bits = colour_sets.c, bits_of(colours)
    having = sa.func.sum(sa.case((c.colours.bitwise_and(bits) == bits, c.images), else_=0))
    some, every = db.execute(sa.select(having, sa.func.sum(c.images))).one()
    return (some or 0) * _RARE < (every or 0)


def having(
    colours: Sequence[str],
    seq: sa.ColumnElement[int],
    span: Sequence[sa.ColumnElement[bool]],
    *,
    rare: bool,
) -> sa.ColumnElement[bool]:
    """Return that the image numbered `seq` has all of these colours.

    `span` bounds the numbers of `image_looks`, where the query has a span.
    """
    c, bits = image_looks.c, bits_of(colours)
    if not rare:
        return sa.exists().where(c.seq == images.c.seq, c.colours.bitwise_and(bits) == bits)
    sets = colour_sets.c.colours
    these = sa.select(sets).where(sets.bitwise_and(bits) == bits)
    return seq.in_(sa.select(c.seq).where(c.colours.in_(these), *span))
