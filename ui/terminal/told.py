"""What the command grid says of plans, prices and progress, in the terminal's English. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from backend.said import dollars
from backend.text import shortened

Json = dict[str, Any]

_LABELS_MAX_CHARS = 200


def money(price_usd: float | None) -> str:
    """Return a price, an estimate by the listed ones."""
    if price_usd is None:
        return "an unknown price"
    return f"about {dollars(Decimal(str(price_usd)))}" if price_usd else "free"


def images(count: int) -> str:
    return _count(count, "image")


def span(seconds: float) -> str:
    """Return a span of time, as exact as an estimate is."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{timedelta(minutes=minutes)}"[:-3] + " h"


def plan_lines(title: str, plan: Json, axes: Mapping[str, Json]) -> Iterator[str]:
    """Yield what an experiment would do: a plan of it, or what is left of one."""
    yield f"{title}: {', '.join(part for part in _figures(plan) if part)}."
    for name, axis in axes.items():
        if axis["kind"]:
            labels = shortened(", ".join(map(str, axis["labels"])), _LABELS_MAX_CHARS)
            yield f"  {name}  {axis['kind']}: {labels}"
            yield from (f"     {note}" for note in axis["notes"])
    yield from (f"  {note}" for note in plan["notes"])


def _figures(plan: Json) -> Iterator[str]:
    places, cells = plan.get("places"), plan["cells"]
    if places is not None:
        yield _count(places, "place")
        yield _count(cells, "cell")
    elif cells:
        yield f"{_count(cells, 'cell')} left"
    else:
        yield "nothing is left to be sent"
        return
    yield f"{plan['cached']:,} already made"
    yield f"{plan['to_send']:,} to send"
    if plan["to_send"]:
        yield money(plan["price_usd"])
        yield f"about {span(plan['seconds'])}" if plan["seconds"] else ""
        yield "" if plan["today"] is None else f"{plan['today']:,} left today"


def _count(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"


def progress(counts: Json, spent_usd: float, left_s: float | None) -> str:
    """Return the line that somebody watches."""
    failed, unknown = counts["failed"], counts["unknown"]
    parts = [
        f"{counts['saved']:,} of {images(counts['cells'])}",
        f"{counts['sent']:,} under way" if counts["sent"] else "",
        f"{counts['cached']:,} from disk" if counts["cached"] else "",
        f"{failed:,} failed" if failed else "",
        f"{unknown:,} may have been charged" if unknown else "",
        f"{dollars(Decimal(str(round(spent_usd, 6))))}" if spent_usd else "",
        f"about {span(left_s)} left" if left_s else "",
    ]
    return ", ".join(part for part in parts if part)


def account(one: Json, page: object) -> Iterator[str]:
    """Yield what came of it, where `page` shows it, and how to go on."""
    counts = one["counts"]
    waiting = counts["waiting"] + counts["queued"] + counts["sent"]
    yield f"{counts['saved']:,} of {images(counts['cells'])} are there: {page}"
    for state, words in (("failed", "failed"), ("unknown", "may have been charged")):
        if counts[state]:
            error = next((c["error"] for c in one["cells"] if c["state"] == state), None)
            yield f"{counts[state]:,} {words}: {error or 'no reason is known'}"
            yield f"  Ask once more for them with --retry {state}."
    if waiting:
        why = one["why"] or "It was stopped."
        yield f"{waiting:,} are left. {why}"
        yield "  Run the same command again: it goes on where this one ended."
