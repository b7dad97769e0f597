"""Stored images and what is known about them as JSON and text for the gallery. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from backend.images.difference import Difference
from backend.library.differences import Row, changes
from backend.library.history import DaySum, Proof
from backend.said import dollars
from backend.types import IMPORT, OFFLINE, GenerationRequest, ImageRecord, ModelSpec
from ui.present.place import at
from ui.present.records import Json, record_json
from ui.present.words import price_text, utc

_MADE_FROM = {
    "reused": "Made with the settings of",
    "seed": "Made with the seed of",
    "prompt": "Made with the prompt of",
    "model": "Made with another model from",
    "neighbour": "Neighbouring seed of",
    "reproduced": "Made again from",
    "experiment": "One of an experiment from",
}

_VERDICTS = {
    "identical": "identical, pixel for pixel",
    "near": "nearly the same, hard to tell apart by eye",
    "different": "different",
}

Models = Mapping[str, ModelSpec]


def relative(record: ImageRecord | None, kind: str, rows: Sequence[Row]) -> Json:
    """Return an image's parent or child: how one came from the other, and what was changed."""
    return {
        "record": None if record is None else record_json(record),
        "kind": kind,
        "text": _MADE_FROM.get(kind, "Made from"),
        "changes": [
            {"label": row.label, "from": row.values[0], "to": row.values[1]} for row in rows
        ],
    }


def lineage(
    record: ImageRecord,
    parent: ImageRecord | None,
    children: Iterable[ImageRecord],
    count: int,
    models: Models,
) -> Json:
    """Return where an image comes from and what was made from it; `more` are not listed."""
    above = None
    if record.origin is not None:
        rows = changes(parent.request, record.request, models) if parent else []
        above = relative(parent, record.origin.kind, rows)
    below = [
        relative(child, child.origin.kind, changes(record.request, child.request, models))
        for child in children
        if child.origin is not None
    ]
    return {"parent": above, "children": below, "more": max(0, count - len(below))}


def proof(found: Proof, record: ImageRecord) -> Json:
    """Return a stored verdict as one of the two images' details show it."""
    again = found.again_id if found.image_id == record.id else found.image_id
    verdict = Difference(found.verdict, found.mean_difference)  # type: ignore[arg-type]
    what = "Made again" if found.image_id == record.id else "Made again from another image"
    return {
        "id": again,
        "verdict": found.verdict,
        "mean_difference": found.mean_difference,
        "text": f"{what} on {found.created.day} {found.created:%b %Y}: {verdict_text(verdict)}",
        "created": utc(found.created),
        "map_url": _map_url(found.image_id, found.again_id, verdict),
    }


def pixels(one: ImageRecord, other: ImageRecord, found: Difference) -> Json:
    """Return how far two images are from each other."""
    text = verdict_text(found)
    return {
        "verdict": found.verdict,
        "mean_difference": found.mean,
        "text": f"The pixels are {text}" if found.mean is not None else text.capitalize(),
        "map_url": _map_url(one.id, other.id, found),
    }


def verdict_text(found: Difference) -> str:
    """Return a verdict in words."""
    if found.mean is None:
        return "the sizes differ, so the pixels cannot be compared."
    if not found.mean:
        return f"{_VERDICTS['identical']}."
    return f"{_VERDICTS[found.verdict]} (mean difference {found.mean:.2f} of 255)."


def _map_url(one: str, other: str, found: Difference) -> str | None:
    return at(f"/diffs/{one}/{other}") if found.mean else None


def repeat_text(estimate: Decimal | None) -> str:
    """Return what making an image again does and costs."""
    return (
        "This sends the very same request once more and compares the two images, pixel by pixel."
        f" {price_text(estimate, 1)}."
    )


def neighbours_text(requests: Sequence[GenerationRequest], cached: int, price: str) -> str:
    """Return what a run over the neighbouring seeds makes and costs."""
    seeds = f"{requests[0].seed} to {requests[-1].seed}"
    there = f" {cached} {'is' if cached == 1 else 'are'} there already." if cached else ""
    return f"{len(requests)} images with the seeds {seeds}.{there} {price}."


def compared(records: Sequence[ImageRecord], rows: Iterable[Row]) -> Json:
    """Return images side by side: their records and every parameter with whether it differs."""
    return {
        "images": [record_json(record) for record in records],
        "rows": [
            {
                "name": row.name,
                "label": row.label,
                "values": list(row.values),
                "differs": row.differs,
            }
            for row in rows
        ],
    }


def facets(found: Mapping[str, Any], models: Models) -> Json:
    """Return what the gallery's filters offer."""
    ids = sorted(found["models"])
    return {
        "models": [{"id": id, "label": models[id].label if id in models else id} for id in ids],
        "providers": sorted(found["providers"], key=lambda p: (p == IMPORT, p == OFFLINE, p)),
        "tags": [{"tag": tag, "count": count} for tag, count in found["tags"]],
        "sizes": [f"{width}x{height}" for width, height in found["sizes"]],
        "trash": found["trash"],
    }


def statistics(rows: Sequence[DaySum], until: date, zone: str, models: Models) -> Json:
    """Return what was made per day and model up to the day `until` of the zone.

    The sample engine's images are told apart from the real ones.
    """
    return {
        "until": until.isoformat(),
        "zone": zone,
        "rows": [
            {
                "day": row.day,
                "model": row.model,
                "label": _label(row, models),
                "images": row.images,
                "price_usd": float(row.price_usd),
                "seconds": round(row.seconds, 3),
            }
            for row in rows
        ],
        "total": {
            "images": sum(row.images for row in rows),
            "price_usd": float(sum((row.price_usd for row in rows), Decimal(0))),
            "seconds": round(sum(row.seconds for row in rows), 3),
        },
    }


def cost(price_usd: Decimal | None, count: int) -> str:
    """Return the price of what has to be made; nothing where nothing has."""
    if not count:
        return "Cost: free"
    return f"Cost: about {dollars(price_usd)}" if price_usd else price_text(price_usd, count)


def _label(row: DaySum, models: Models) -> str:
    label = models[row.model].label if row.model in models else row.model
    return f"{label} (sample)" if row.source == OFFLINE else label
