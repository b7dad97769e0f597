"""Images that have come, recorded with the end of their runs: those that come at once, at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from backend.background import Together
from backend.storage.failures import columns_of
from backend.storage.rows import insert_image, insert_images, to_micro
from backend.storage.tables import runs
from backend.types import ImageRecord, RunState

_SAVED = (  # made once: to make it anew takes longer than the database does
    runs.update()
    .where(runs.c.id == sa.bindparam("run"))
    .values(
        state=RunState.SAVED,
        ended=sa.bindparam("at"),
        image_id=sa.bindparam("image"),
        ticket_json=None,
        **columns_of(None),
    )
)


class Stored(NamedTuple):
    """An image whose file is stored, and its fingerprint."""

    record: ImageRecord
    cache_key: str | None


class _ByItself(Exception):
    """These are not recorded together: another holds a run of theirs, or an image is there."""


class Recorder:
    """Records images, each with the end of its run, in one transaction for all that wait for it.

    Images are numbered by one after the other, on all machines: what each of them does alone in its
    turn, the others wait for. Many a turn hold up less than one each.
    """

    def __init__(self, engine: sa.Engine, clock: Callable[[], float]) -> None:
        self._engine, self._clock = engine, clock
        self._together = Together(self._one, self._all)

    def save(self, record: ImageRecord, cache_key: str | None) -> None:
        """Record a stored image and close its run as saved. Doing it again changes nothing.

        Raises: what the database does.
        """
        self._together.do(Stored(record, cache_key))

    def _one(self, stored: Stored) -> None:
        with self._engine.begin() as db:
            self._close(db, [stored.record])
            insert_image(db, *stored)  # last: others wait until this is committed

    def _all(self, stored: Sequence[Stored]) -> None:
        with self._engine.begin() as db:
            mine = runs.c.id.in_([image.record.run_id for image in stored])
            # Who closes all runs of a job holds one and waits for the next: so must nobody else.
            free = sa.select(runs.c.id).where(mine).with_for_update(skip_locked=True)
            if len(db.scalars(free).all()) < len(stored):
                raise _ByItself
            self._close(db, [image.record for image in stored])
            if not insert_images(db, stored):
                raise _ByItself

    def _close(self, db: sa.Connection, records: Sequence[ImageRecord]) -> None:
        at = self._clock()
        db.execute(_SAVED, [{"run": r.run_id, "at": at, "image": r.id} for r in records])
        for record in records:
            if record.tokens is not None and record.price_usd is not None:
                cost = to_micro(record.price_usd)  # what was counted, no longer what was listed
                mine = runs.c.id == record.run_id
                db.execute(runs.update().where(mine).values(cost_microusd=cost))
