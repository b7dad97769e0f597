"""What is answered from disk: the newest image of a fingerprint, within somebody's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sqlalchemy as sa

from backend.library.counting import touched
from backend.storage.rows import STORED, read_records
from backend.storage.tables import images
from backend.types import ImageRecord


def note_answers(db: sa.Connection, hits: Iterable[ImageRecord]) -> None:
    """Note that these images answered once more. One in the trash is wanted again, evidently."""
    if ids := [hit.id for hit in hits]:
        once_more = images.update().where(images.c.id.in_(ids))
        db.execute(once_more.values(cache_hits=images.c.cache_hits + 1, deleted=None))
        seqs = db.scalars(sa.select(images.c.seq).where(images.c.id.in_(ids)))
        touched(db.engine).note(["cached", "deleted"], seqs, soon=True)


def newest_by_key(
    db: sa.Connection,
    keys: Iterable[str | None],
    on_disk: Callable[[ImageRecord], bool],
) -> dict[str | None, ImageRecord]:
    """Return the newest image of each fingerprint, from the trash only where it is the only one.

    One whose file is not `on_disk` answers nothing: somebody deleted it by hand.
    """
    wanted = [key for key in keys if key is not None]
    rows = db.execute(_KNOWN, {"keys": wanted}).all() if wanted else []
    found = zip(
        (row[-1] for row in rows), read_records(db, [row[:-1] for row in rows]), strict=True
    )
    return {key: record for key, record in found if on_disk(record)}


_KNOWN = (  # made once: each request is looked up twice before it is sent
    STORED.add_columns(images.c.cache_key)
    .where(images.c.cache_key.in_(sa.bindparam("keys", expanding=True)))
    .order_by(images.c.deleted.is_(None), images.c.seq)
)


def count_cached(
    db: sa.Connection, keys: Iterable[str | None], on_disk: Callable[[ImageRecord], bool]
) -> int:
    """Return how many of these fingerprints are answered from disk."""
    return len(newest_by_key(db, keys, on_disk))
