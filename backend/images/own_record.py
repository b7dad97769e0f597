"""Our own JSON in an image file: the record from which the database can be rebuilt. Pure.

It is believed only after every field has been checked: others can write our keyword too.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

from backend.images.containers import ImageInfo
from backend.images.making import making_of, making_tables
from backend.types import (
    ID,
    SEED_MAX,
    GenerationRequest,
    ImageRecord,
    Origin,
    OriginKind,
    Tokens,
    Value,
)

APP = "sentry-block-playground"
SCHEMA = 1

_PRICE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,18})?")
_MAX_VALUES = 64
_KINDS = get_args(OriginKind)


@dataclass(frozen=True, slots=True)
class StoredMetadata:
    """What was read back of one file."""

    record: ImageRecord
    model_label: str
    app_version: str


def to_json(record: ImageRecord, *, model_label: str, app_version: str) -> bytes:
    """Return the record as compact UTF-8 JSON.

    Format, size and `sha256` are not in it: they are the stored file's own.
    """
    request, price, seconds = record.request, record.price_usd, record.seconds
    origin = record.origin
    truth = {
        "schema": SCHEMA,
        "id": record.id,
        "run_id": record.run_id,
        "provider": record.source,
        "model": request.model,
        "model_label": model_label,
        "prompt": request.prompt,
        "values": dict(request.values),
        "seed": request.seed,
        "created": _utc(record.created).isoformat(),
        # NaN is no JSON, and `from_json` would refuse all of it
        "seconds": seconds if seconds is not None and math.isfinite(seconds) else None,
        "price_usd": None if price is None else format(price, "f"),
        **_tokens_table(record.tokens),
        "starred": record.starred,
        "cached": record.cached,
        "app_version": app_version,
        "origin": origin and {"image_id": origin.image_id, "kind": origin.kind},
        "experiment": record.experiment,
        **making_tables(record.making),
    }
    text = json.dumps(truth, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate cannot be UTF-8; its backslash form is what JSON would have written.
    return text.encode("utf-8", "backslashreplace")


def from_json(own: bytes, info: ImageInfo, sha256: str) -> StoredMetadata:
    """Rebuild the record from `to_json`'s bytes and what the file itself says.

    Raises: ValueError, TypeError, LookupError or RecursionError for anything else than our JSON.
    """
    found = json.loads(own.decode("utf-8"))
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise ValueError("not of this schema")
    price, experiment = found["price_usd"], found.get("experiment")
    record = ImageRecord(
        id=_text(found["id"], ID),
        run_id=_text(found["run_id"]),
        request=GenerationRequest(
            model=_text(found["model"]),
            prompt=_text(found["prompt"]),
            values=_values(found["values"]),
            seed=_seed(found["seed"]),
        ),
        created=_utc(datetime.fromisoformat(_text(found["created"]))),
        seconds=_seconds(found["seconds"]),
        price_usd=None if price is None else Decimal(_text(price, _PRICE)),
        format=info.format,
        width_px=info.width_px,
        height_px=info.height_px,
        sha256=sha256,
        starred=found["starred"] is True,
        cached=found["cached"] is True,
        source=_text(found["provider"]),
        origin=_origin(found.get("origin")),  # older files have neither of these two
        experiment=None if experiment is None else _text(experiment, ID),
        making=making_of(found),
        tokens=_tokens(found.get("tokens")),
    )
    return StoredMetadata(
        record,
        model_label=_text(found["model_label"]),
        app_version=_text(found["app_version"]),
    )


# Others can write our keyword too, so nothing in the JSON is believed unchecked.


def _text(value: Any, pattern: re.Pattern[str] | None = None) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("not a text")
    value.encode("utf-8")  # lone surrogates break the database later
    if pattern and not pattern.fullmatch(value):
        raise ValueError("not of the expected form")
    return value


def _number(value: Any) -> int | float:
    if not isinstance(value, int | float) or not math.isfinite(value) or abs(value) >= 2**63:
        raise ValueError("not a usable number")
    return value


def _values(value: Any) -> dict[str, Value]:
    if not isinstance(value, dict) or len(value) > _MAX_VALUES:
        raise ValueError("not the values of a request")
    return {_text(name): _value(item) for name, item in value.items()}


def _value(value: Any) -> Value:
    if value is None:
        return None
    return _text(value) if isinstance(value, str) else _number(value)


def _seed(value: Any) -> int | None:
    if value is not None and (type(value) is not int or not 0 <= value <= SEED_MAX):
        raise ValueError("not a seed")
    return value


def _origin(value: Any) -> Origin | None:
    if value is None:
        return None
    if not isinstance(value, dict) or value["kind"] not in _KINDS:
        raise ValueError("not an origin")
    return Origin(_text(value["image_id"], ID), value["kind"])


def _seconds(value: Any) -> float | None:
    seconds = None if value is None else _number(value)
    if seconds is not None and seconds < 0:
        raise ValueError("not a duration")
    return seconds


def _tokens_table(tokens: Tokens | None) -> dict[str, Any]:
    table = tokens and {"input": tokens.input, "output": tokens.output}
    return {} if table is None else {"tokens": table}


def _tokens(value: Any) -> Tokens | None:
    """Return what an image was paid by; nothing depends on it, so nonsense is passed over."""
    counts = [value.get(way) for way in ("input", "output")] if isinstance(value, dict) else [None]
    if any(type(count) is not int or count < 0 for count in counts):
        return None
    return Tokens(*counts)


def _utc(moment: datetime) -> datetime:
    """Return the same instant in UTC; a moment without a zone is in UTC already, by contract."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
