"""What goes with the images: lineage, proofs, prompts, sums of days, and what filters offer.

Every method is one transaction and blocks, as the library's do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from backend.storage.rows import read_records
from backend.storage.tables import days, image_tags, images, prompts, proofs
from backend.types import IMPORT, ImageRecord

_LATE = 2_000


@dataclass(frozen=True, slots=True)
class Proof:
    """What a repetition showed. `mean_difference` is 0 to 255, None where sizes differ."""

    image_id: str
    again_id: str
    verdict: str
    mean_difference: float | None
    created: datetime


@dataclass(frozen=True, slots=True)
class DaySum:
    """What one model made on one day (YYYY-MM-DD, UTC); seconds of inference, listed prices."""

    day: str
    provider: str
    model: str
    images: int
    price_usd: Decimal
    seconds: float


class History:
    """`engine` writes, `reader` reads the same database."""

    def __init__(self, engine: sa.Engine, reader: sa.Engine) -> None:
        self._engine, self._reader = engine, reader

    # --- what belongs to an image -----------------------------------------------------------

    def children(self, image_id: str, limit: int) -> tuple[list[ImageRecord], int]:
        """Return the newest images made from this one, and how many there are; not the trash."""
        made = (images.c.origin_id == image_id) & images.c.deleted.is_(None)
        with self._reader.begin() as db:
            count = db.scalar(sa.select(sa.func.count()).where(made)) or 0
            newest = images.select().where(made).order_by(images.c.seq.desc()).limit(limit)
            return read_records(db, db.execute(newest).all()), count

    def put_proof(self, proof: Proof) -> None:
        """Store a verdict with both images; the first one stays."""
        with self._engine.begin() as db:
            same = proofs.c.image_id == proof.image_id, proofs.c.again_id == proof.again_id
            if db.scalar(sa.select(proofs.c.verdict).where(*same)) is None:
                row = {name: getattr(proof, name) for name in proofs.c.keys()}  # noqa: SIM118
                db.execute(proofs.insert().values(row | {"created": proof.created.timestamp()}))

    def proofs(self, image_id: str) -> list[Proof]:
        """Return all verdicts on this image, newest first."""
        mine = (proofs.c.image_id == image_id) | (proofs.c.again_id == image_id)
        with self._reader.begin() as db:
            rows = db.execute(proofs.select().where(mine).order_by(proofs.c.created.desc())).all()
        return [
            Proof(r.image_id, r.again_id, r.verdict, r.mean_difference, _utc(r.created))
            for r in rows
        ]

    # --- what there is to choose from -------------------------------------------------------

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
                "models": list(db.scalars(sa.select(days.c.model).distinct())),
                "providers": list(db.scalars(sa.select(days.c.provider).distinct())),
                "tags": [(tag, count) for tag, count in db.execute(tagged)],
                "sizes": list(db.execute(sizes.order_by(sa.func.count().desc()).limit(50))),
                "trash": db.scalar(gone) or 0,
            }

    def prompts(self, text: str, limit: int) -> list[tuple[str, datetime, int]]:
        """Return (prompt, last use, uses), the last used first; `text` is somewhere in them."""
        wanted = prompts.select().order_by(prompts.c.used.desc()).limit(limit)
        if text:
            wanted = wanted.where(prompts.c.prompt.icontains(text, autoescape=True))
        with self._reader.begin() as db:
            rows = db.execute(wanted).all()
        return [(row.prompt, _utc(row.used), row.uses) for row in rows]

    def days(self, since: str) -> list[DaySum]:
        """Return what was made per day, provider and model from the day `since` on."""
        made_here = (days.c.day >= since) & (days.c.provider != IMPORT)
        wanted = days.select().where(made_here).order_by(days.c.day, days.c.model)
        with self._reader.begin() as db:
            rows = db.execute(wanted).all()
        return [
            DaySum(
                r.day, r.provider, r.model, r.images, Decimal(r.cost_microusd) / 10**6, r.seconds
            )
            for r in rows
        ]


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
