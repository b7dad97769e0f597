"""How long a model's images take of late, within somebody's transaction."""

from __future__ import annotations

from statistics import median

import sqlalchemy as sa

from backend.storage.tables import images

LAST = 20
"""By so many images a model's pace is known."""

LATE = 2_000
"""Among so many images they are looked for: to go through a whole library would take long."""

# Made once: every click asks for it.
_TAKEN = (
    sa.select(images.c.seconds)
    .where(
        images.c.seq > sa.select(sa.func.max(images.c.seq)).scalar_subquery() - LATE,
        images.c.model == sa.bindparam("model"),
        images.c.provider == sa.bindparam("provider"),
        images.c.seconds > 0,
    )
    .order_by(images.c.seq.desc())
    .limit(LAST)
)


def usual_s(db: sa.Connection, model: str, provider: str) -> float | None:
    """Return the median of the seconds that the model's last images took; None without any.

    They are the platform's own, `timings.inference` (PLATFORM_API.md). Read from an index alone,
    among the newest images of the library.
    """
    found = db.scalars(_TAKEN, {"model": model, "provider": provider}).all()
    return median(found) if found else None
