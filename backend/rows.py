"""Rows of the ledger's tables as the types that the rest of the program knows, and back. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, cast

from backend import errors
from backend.errors import PlaygroundError
from backend.types import OFFLINE, GenerationRequest, ImageRecord, Origin, RunState

Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One row of `runs`, with its image where it has one."""

    id: str
    job_id: str
    position: int
    request: GenerationRequest
    state: RunState
    created: datetime
    sent: datetime | None
    ended: datetime | None
    cost_usd: Decimal
    provider: str
    error: PlaygroundError | None
    record: ImageRecord | None
    origin: Origin | None = None
    experiment: str | None = None

    @property
    def price_usd(self) -> Decimal | None:
        """The listed price: 0 from the sample engine, None where the platform lists none."""
        return self.cost_usd if self.cost_usd or self.provider == OFFLINE else None


def to_run(row: Row, record: ImageRecord | None) -> RunRow:
    """Return a row of `runs`; `record` is its image."""
    error = None
    if row["error_kind"]:
        kind = getattr(errors, row["error_kind"], PlaygroundError)
        error = kind(row["error_message"], row["error_hint"])
    return RunRow(
        id=row["id"],
        job_id=row["job_id"],
        position=row["position"],
        request=_request(row),
        state=RunState(row["state"]),
        created=_time(row["created"]),
        sent=_time(row["sent"]) if row["sent"] else None,
        ended=_time(row["ended"]) if row["ended"] else None,
        cost_usd=Decimal(row["cost_microusd"]) / 1_000_000,
        provider=row["provider"],
        error=error,
        record=replace(record, cached=row["cached"]) if record else None,
        origin=_origin(row),
        experiment=row["experiment"],
    )


def to_record(row: Row, tags: tuple[str, ...] = ()) -> ImageRecord:
    """Return a row of `images`; `tags` are its rows of `image_tags`."""
    return ImageRecord(
        id=row["id"],
        run_id=row["run_id"],
        request=_request(row),
        created=_time(row["created"]),
        seconds=row["seconds"],
        price_usd=None if row["price_usd"] is None else Decimal(row["price_usd"]),
        format=cast(Literal["png", "jpeg", "webp"], row["format"]),
        width_px=row["width_px"],
        height_px=row["height_px"],
        sha256=row["sha256"],
        starred=row["starred"],
        provider=row["provider"],
        rating=row["rating"],
        tags=tags,
        deleted=None if row["deleted"] is None else _time(row["deleted"]),
        origin=_origin(row),
        experiment=row["experiment"],
    )


def image_columns(record: ImageRecord, cache_key: str | None) -> dict[str, Any]:
    """Return a record as columns of `images`."""
    return {
        "id": record.id,
        "run_id": record.run_id,
        "provider": record.provider,
        "created": record.created.timestamp(),
        "seconds": record.seconds,
        "price_usd": None if record.price_usd is None else str(record.price_usd),
        "format": record.format,
        "width_px": record.width_px,
        "height_px": record.height_px,
        "sha256": record.sha256,
        "cache_key": cache_key,
        "starred": record.starred,
        "negative_prompt": str(record.request.values.get("negative_prompt") or ""),
        "rating": record.rating,
        "deleted": None if record.deleted is None else record.deleted.timestamp(),
        **origin_columns(record.origin, record.experiment),
        **request_columns(record.request),
    }


def origin_columns(origin: Origin | None, experiment: str | None) -> dict[str, Any]:
    """Return where an image comes from as the columns that both tables have."""
    return {
        "origin_id": origin.image_id if origin else None,
        "origin_kind": origin.kind if origin else None,
        "experiment": experiment,
    }


def request_columns(request: GenerationRequest) -> dict[str, Any]:
    """Return a request as the columns that both tables have."""
    return {
        "model": request.model,
        "prompt": request.prompt,
        "values_json": json.dumps(dict(request.values), ensure_ascii=False),
        "seed": request.seed,
    }


def _request(row: Row) -> GenerationRequest:
    return GenerationRequest(
        row["model"], row["prompt"], json.loads(row["values_json"]), row["seed"]
    )


def _origin(row: Row) -> Origin | None:
    return Origin(row["origin_id"], row["origin_kind"]) if row["origin_id"] else None


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def to_micro(dollars: Decimal) -> int:
    """Return dollars as whole micro-dollars."""
    return int((dollars * 1_000_000).to_integral_value())
