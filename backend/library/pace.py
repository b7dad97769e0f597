"""How long a model's images take of late, within somebody's transaction."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

import sqlalchemy as sa

from backend.storage.tables import images
from backend.types import Value

LAST = 20
"""By so many images a model's pace is known."""

LATE = 2_000
"""Among so many images they are looked for: to go through a whole library would take long."""

_WORK = ("width", "height", "num_steps")
"""An image takes as many times longer as one of these is larger."""
_MOST = 1e6

# Made once: every click asks for them.
_TAKEN = (
    sa.select(images.c.seq, images.c.seconds)
    .where(
        images.c.seq > sa.select(sa.func.max(images.c.seq)).scalar_subquery() - LATE,
        images.c.model == sa.bindparam("model"),
        images.c.provider == sa.bindparam("provider"),
        images.c.seconds > 0,
    )
    .order_by(images.c.seq.desc())
    .limit(LAST)
)
_ASKED = sa.select(images.c.seq, images.c.values_json).where(
    images.c.seq.in_(sa.bindparam("seqs", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Usual:
    """The seconds that a model's last images took, each with the values that it was made with."""

    took: tuple[tuple[float, Mapping[str, object]], ...] = ()

    def seconds(self, values: Mapping[str, object]) -> float | None:
        """Return what an image with these values would take; None where none is known.

        It is the median of what each of the last ones would have taken with as many pixels and
        steps. Where only one of two has such a value, they are taken to be alike in it.
        """
        found = [seconds * _times(values, made) for seconds, made in self.took]
        return median(found) if found else None

    def mean_seconds(self, asked: Iterable[Mapping[str, Value]]) -> float | None:
        """Return what an image of many would take on the average; None where none is known."""
        alike = Counter(tuple((name, values.get(name)) for name in _WORK) for values in asked)
        found = [(self.seconds(dict(work)), count) for work, count in alike.items()]
        total_s = sum(seconds * count for seconds, count in found if seconds is not None)
        return total_s / alike.total() if self.took and alike else None


def usual(db: sa.Connection, model: str, provider: str) -> Usual:
    """Return what the model's last images took by the platform's own word, `timings.inference`
    (PLATFORM_API.md).

    They are found in an index alone, among the newest images of the library.
    """
    taken = db.execute(_TAKEN, {"model": model, "provider": provider}).all()
    if not taken:
        return Usual()
    asked = {
        seq: json.loads(text) for seq, text in db.execute(_ASKED, {"seqs": [s for s, _ in taken]})
    }
    return Usual(tuple((seconds, asked.get(seq, {})) for seq, seconds in taken))


def _times(values: Mapping[str, object], made: Mapping[str, object]) -> float:
    """Return how many times the work of an image made with `made` one with `values` is."""
    both = ((_number(values.get(name)), _number(made.get(name))) for name in _WORK)
    return math.prod(asked / before for asked, before in both if asked and before)


def _number(value: object) -> float:
    """Return a number of pixels or steps, 0 for all else: values come from files, too."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if 0 < value < _MOST else 0.0
