"""Queries and what they must find, held against a plain look through all records."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from backend.library.library import Library
from backend.library.query import ImageQuery, parse_address
from backend.types import OFFLINE, ImageRecord
from tests.library import MODELS

FLUX, SDXL, _ = MODELS


def everything(library: Library) -> list[ImageRecord]:
    return list(itertools.chain.from_iterable(library.each(batch=97)))


def words(record: ImageRecord) -> list[str]:
    text = f"{record.request.prompt} {record.request.values.get('negative_prompt', '')}"
    return text.replace(",", " ").split()


def text(record: ImageRecord) -> str:
    return " ".join(words(record))


Holds = Callable[[ImageRecord], bool]
JULY = datetime(2026, 10, 31, tzinfo=UTC)

QUERIES: dict[str, Holds] = {
    "": lambda r: True,
    "q=cat": lambda r: "cat" in words(r),
    "q=CAT+fog": lambda r: "cat" in words(r) and "fog" in words(r),
    "q=%22oil+painting%22": lambda r: "oil painting" in text(r),
    "q=cat+-fog": lambda r: "cat" in words(r) and "fog" not in words(r),
    "q=-fog": lambda r: "fog" not in words(r),
    "q=-fog+-cat": lambda r: not {"fog", "cat"} & set(words(r)),
    "q=light*": lambda r: any(word.startswith("light") for word in words(r)),
    "q=cat+-light*": lambda r: "cat" in words(r) and not any(w[:5] == "light" for w in words(r)),
    "q=watermark": lambda r: "watermark" in str(r.request.values.get("negative_prompt")),
    f"model={SDXL}": lambda r: r.request.model == SDXL,
    f"model={SDXL}&model={FLUX}": lambda r: r.request.model in (SDXL, FLUX),
    "provider=offline": lambda r: r.source == OFFLINE,
    "starred=1": lambda r: r.starred,
    "rated=4": lambda r: r.rating >= 4,
    "tag=sea": lambda r: "sea" in r.tags,
    "tag=sea&tag=night": lambda r: {"sea", "night"} <= set(r.tags),
    "size=1248x832": lambda r: (r.width_px, r.height_px) == (1248, 832),
    "since=2026-10-31": lambda r: r.created >= JULY,
    "until=2026-10-30": lambda r: r.created < JULY,
    f"q=cat&model={FLUX}&starred=1": lambda r: (
        "cat" in words(r) and r.starred and r.request.model == FLUX
    ),
}

ORDERS: dict[str, Callable[[int, ImageRecord], tuple[float, ...]]] = {
    "newest": lambda n, r: (-n,),
    "oldest": lambda n, r: (n,),
    "rating": lambda n, r: (-r.rating, -n),
    "fastest": lambda n, r: (r.seconds or 0, -n),
    "slowest": lambda n, r: (-(r.seconds or 0), -n),
}


def expected(
    records: Sequence[ImageRecord], address: str, sort: str, *, trash: bool = False
) -> tuple[ImageQuery, list[str]]:
    """Return the query of an address, and the ids it must find among all records, in order."""
    numbered = [(n, r) for n, r in enumerate(records) if (r.deleted is not None) is trash]
    ordered = sorted(numbered, key=lambda pair: ORDERS[sort](*pair))
    query = parse_address("&".join(filter(None, [address, f"sort={sort}", "trash=1" * trash])))
    return query, [record.id for _, record in ordered if QUERIES[address](record)]
