"""Stored images and what is known about them as JSON and text for the gallery. Pure.

JSON is in the visitor's language; single texts are told by whoever shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from backend.images.difference import Difference
from backend.library.differences import Row, changes
from backend.library.history import DaySum, Proof
from backend.said import Said, day, joined, msg, msg_n, number
from backend.sessions.state import Session
from backend.types import IMPORT, OFFLINE, GenerationRequest, ImageRecord, ModelSpec
from ui.language.chosen import tell
from ui.present.place import at
from ui.present.records import Json, record_json
from ui.present.words import price_text, utc

_MADE_FROM: Mapping[str, Said] = {  # the page names the image behind it: "this image"
    "reused": msg("Made with the settings of"),
    "seed": msg("Made with the seed of"),
    "prompt": msg("Made with the prompt of"),
    "model": msg("Made with another model from"),
    "neighbour": msg("Neighbouring seed of"),
    "reproduced": msg("Made again from"),
    "experiment": msg("One of an experiment from"),
}

Models = Mapping[str, ModelSpec]


def relative(record: ImageRecord | None, kind: str, rows: Sequence[Row]) -> Json:
    """Return an image's parent or child: how one came from the other, and what was changed."""
    return {
        "record": None if record is None else record_json(record),
        "kind": kind,
        "text": tell(_MADE_FROM.get(kind, msg("Made from"))),
        "changes": [
            {"label": tell(row.label), "from": _told(row.values[0]), "to": _told(row.values[1])}
            for row in rows
        ],
    }


def _told(value: str | None) -> str | None:
    return None if value is None else tell(value)


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
    said = {"day": day(found.created), "verdict": verdict_text(verdict)}
    text = (
        msg("Made again on {day}: {verdict}", **said)
        if found.image_id == record.id
        else msg("Made again from another image on {day}: {verdict}", **said)
    )
    return {
        "id": again,
        "verdict": found.verdict,
        "mean_difference": found.mean_difference,
        "text": tell(text),
        "created": utc(found.created),
        "map_url": _map_url(found.image_id, found.again_id, verdict),
    }


def pixels(one: ImageRecord, other: ImageRecord, found: Difference) -> Json:
    """Return how far two images are from each other."""
    text = (
        msg("The sizes differ, so the pixels cannot be compared.")
        if found.mean is None
        else msg("The pixels are {verdict}", verdict=verdict_text(found))
    )
    return {
        "verdict": found.verdict,
        "mean_difference": found.mean,
        "text": tell(text),
        "map_url": _map_url(one.id, other.id, found),
    }


def verdict_text(found: Difference) -> Said:
    """Return a verdict in words, as the end of a sentence."""
    if found.mean is None:
        return msg("the sizes differ, so the pixels cannot be compared.")
    if not found.mean:
        return msg("identical, pixel for pixel.")
    mean = number(found.mean, 2)
    if found.verdict == "near":
        return msg("nearly the same (mean difference {mean} of 255).", mean=mean)
    return msg("different (mean difference {mean} of 255).", mean=mean)


def _map_url(one: str, other: str, found: Difference) -> str | None:
    return at(f"/diffs/{one}/{other}") if found.mean else None


def repeat_text(estimate: Decimal | None) -> Said:
    """Return what making an image again does and costs."""
    return joined(
        msg(
            "This sends the very same request once more and compares the two images,"
            " pixel by pixel."
        ),
        price_text(estimate, 1),
    )


def neighbours_text(requests: Sequence[GenerationRequest], cached: int, price: str) -> Said:
    """Return what a run over the neighbouring seeds makes and costs."""
    return joined(
        msg_n(
            "1 image with the seeds {first} to {last}.",
            "{n} images with the seeds {first} to {last}.",
            len(requests),
            first=str(requests[0].seed),
            last=str(requests[-1].seed),
        ),
        msg_n("Of these, 1 is there already.", "Of these, {n} are there already.", cached)
        if cached
        else "",
        price,
    )


def compared(records: Sequence[ImageRecord], rows: Iterable[Row]) -> Json:
    """Return images side by side: their records and every parameter with whether it differs."""
    return {
        "images": [record_json(record) for record in records],
        "rows": [
            {
                "name": row.name,
                "label": tell(row.label),
                "values": [*map(_told, row.values)],
                "differs": row.differs,
            }
            for row in rows
        ],
    }


def facets(found: Mapping[str, Any], models: Models, sessions: Iterable[Session]) -> Json:
    """Return what the gallery's filters offer."""
    ids = sorted(found["models"])
    return {
        "models": [{"id": id, "label": models[id].label if id in models else id} for id in ids],
        "providers": sorted(found["providers"], key=lambda p: (p == IMPORT, p == OFFLINE, p)),
        "tags": [{"tag": tag, "count": count} for tag, count in found["tags"]],
        "sizes": [f"{width}x{height}" for width, height in found["sizes"]],
        "sessions": [
            {"id": one.id, "title": one.plan.title, "started": one.started}
            for one in sessions
            if any(wish.picture for wish in one.wishes.values())
        ],
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


def cost(price_usd: Decimal | None, count: int) -> Said:
    """Return the price of what has to be made; nothing where nothing has."""
    return price_text(price_usd if count else Decimal(0), 1)


def _label(row: DaySum, models: Models) -> str:
    label = models[row.model].label if row.model in models else row.model
    return tell(msg("{model} (sample)", model=label)) if row.source == OFFLINE else label
