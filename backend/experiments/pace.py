"""How long requests to several models take together. Pure."""

from __future__ import annotations

from collections.abc import Mapping


def together_s(
    sends: Mapping[str, int],
    usual_s: Mapping[str, float | None],
    at_once: int,
    per_minute: int | None,
) -> float | None:
    """Return the seconds that so many sends of each model take, None where no model's are known.

    A limit of sends per minute can take longer than the making.
    """
    known = [usual * sends[model] for model, usual in usual_s.items() if usual is not None]
    count = sum(sends.values())
    if not known:
        return None
    if not count:
        return 0.0
    waits = (count - 1) // per_minute * 60.0 if per_minute else 0.0
    return max(sum(known) / min(at_once, count), waits)
