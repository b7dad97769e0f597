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
from backend.library.in_order import InOrder
from backend.storage.tables import colour_sets, image_looks

_RARE = 50  # one of so many images, and they are rare


def are_rare(db: sa.Connection, colours: Sequence[str]) -> bool:
    """Whether few images have all of these colours."""
    c, bits = colour_sets.c, bits_of(colours)
    having = sa.func.sum(sa.case((c.colours.bitwise_and(bits) == bits, c.images), else_=0))
    some, every = db.execute(sa.select(having, sa.func.sum(c.images))).one()
    return (some or 0) * _RARE < (every or 0)


def having(colours: Sequence[str]) -> sa.Select[int]:
    """Return a select of the numbers of all images with these colours, for when they are rare."""
    c, bits = image_looks.c, bits_of(colours)
    those = InOrder(colour_sets, image_looks, colour_sets.c.colours == c.colours)
    return (
        sa.select(c.seq).select_from(those).where(colour_sets.c.colours.bitwise_and(bits) == bits)
    )


def has(seq: sa.ColumnElement[int], colours: Sequence[str]) -> sa.ColumnElement[bool]:
    """Return that the image of this number has these colours, for when many have."""
    c, bits = image_looks.c, bits_of(colours)
    return sa.exists().where(c.seq == seq, c.colours.bitwise_and(bits) == bits)
