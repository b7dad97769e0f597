"""What was made over time: prompts, sums of days, and what repetitions proved.

Every method is one transaction and blocks, as the library's do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import get_args

import sqlalchemy as sa

from backend.library.zones import spans
from backend.storage.tables import prompts, proofs, quarters
from backend.storage.words import folded
from backend.types import IMPORT, Verdict


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
    """What one model made on one day (YYYY-MM-DD); seconds of inference, listed prices."""

    day: str
    source: str
    model: str
    images: int
    price_usd: Decimal
    seconds: float


class History:
    """`engine` writes, `reader` reads the same database."""

    def __init__(self, engine: sa.Engine, reader: sa.Engine) -> None:
        self._engine, self._reader = engine, reader

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
        mine &= proofs.c.verdict.in_(get_args(Verdict))  # a file may have held anything once
        with self._reader.begin() as db:
            rows = db.execute(proofs.select().where(mine).order_by(proofs.c.created.desc())).all()
        return [
            Proof(r.image_id, r.again_id, r.verdict, r.mean_difference, _utc(r.created))
            for r in rows
        ]

    def prompts(self, text: str, limit: int) -> list[tuple[str, datetime, int]]:
        """Return (prompt, last use, uses), the last used first; `text` is somewhere in them."""
        wanted = prompts.select().order_by(prompts.c.used.desc()).limit(limit)
        if text:
            held = sa.func.coalesce(prompts.c.folded, sa.func.lower(prompts.c.prompt))
            wanted = wanted.where(held.contains(folded(text), autoescape=True))
        with self._reader.begin() as db:
            rows = db.execute(wanted).all()
        return [(row.prompt, _utc(row.used), row.uses) for row in rows]

    def days(self, since: date, until: date, zone: tzinfo) -> list[DaySum]:
        """Return what was made per day of the zone, provider and model; both days included.

        Reads the quarters of an hour of these days: how many images they had does not matter.
        """
        c, found = quarters.c, list[DaySum]()
        sums = [sa.func.sum(c[name]) for name in ("images", "cost_microusd", "seconds")]
        with self._reader.begin() as db:
            for span in spans(zone, since, until):
                number = (c.start - span.begin) // span.day_s
                made_here = (c.provider != IMPORT) & c.start.between(span.begin, span.end - 1)
                wanted = sa.select(number, c.provider, c.model, *sums).where(made_here)
                wanted = wanted.group_by(number, c.provider, c.model).order_by(number, c.model)
                for n, source, model, made, micro, seconds in db.execute(wanted):
                    day = (span.first + timedelta(days=n)).isoformat()
                    cost = Decimal(int(micro)) / 10**6
                    found.append(DaySum(day, source, model, int(made), cost, float(seconds)))
        return found


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
