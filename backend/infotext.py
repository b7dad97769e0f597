"""The two texts that an image file carries about its making. Pure: values to text and back.

AUTOMATIC1111's infotext is for other programs, which take the last line as parameters and all
before it as the prompt; prompts are never escaped, so one that has a line `Negative prompt: ...` of
its own is split there by every reader. Our own JSON, beside it, is the truth from which
the database can be rebuilt; it is believed only after every field has been checked.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

from backend.images import ImageInfo
from backend.types import ID, SEED_MAX, GenerationRequest, ImageRecord, Origin, OriginKind, Value

APP = "sentry-block-playground"
SCHEMA = 1

_PRICE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,18})?")
_MAX_VALUES = 64
_KINDS = get_args(OriginKind)

# Fields that have a place of their own in the text; any other is written under its own name.
_PLACED = frozenset(
    {"negative_prompt", "width", "height", "num_steps", "guidance_scale", "sampler", "scheduler"}
)


def infotext(record: ImageRecord, *, model_label: str, app_version: str) -> str:
    """Return the infotext. Fields that were not sent are left out, but for two.

    `Steps` comes first even where the model takes none (0: no number of steps was chosen), since
    readers find the line by `Steps: ` and most want digits there. `Sampler` is always present
    (Unknown), as sd-parsers rejects the text without it.
    """
    request, values = record.request, record.request.values
    # sd-parsers wants three of Steps, Sampler, CFG scale, Seed and Schedule type.
    few = request.seed is None and values.get("guidance_scale") is None
    line: dict[str, Value] = {
        "Steps": values.get("num_steps") or 0,
        "Sampler": values.get("sampler") or "Unknown",
        "Schedule type": values.get("scheduler") or ("Unknown" if few else None),
        "CFG scale": values.get("guidance_scale"),
        "Seed": request.seed,
        "Size": _size(record),
        "Model": model_label or request.model,
    }
    for name, value in values.items():
        if name not in _PLACED:
            line.setdefault(name.replace("_", " ").capitalize(), value)
    line["Version"] = f"{APP} {app_version}"

    lines = [request.prompt]
    if values.get("negative_prompt"):
        lines.append(f"Negative prompt: {values['negative_prompt']}")
    pairs = (f"{key}: {_quoted(value)}" for key, value in line.items() if value not in (None, ""))
    lines.append(", ".join(pairs))
    return "\n".join(lines).replace("\0", "")


def _size(record: ImageRecord) -> str:
    """Return what was asked for, so that pasting repeats it; else the file's own size."""
    values = record.request.values
    width, height = values.get("width"), values.get("height")
    if width is None or height is None:
        width, height = record.width_px, record.height_px
    return f"{width}x{height}"


def _quoted(value: Value) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    if any(mark in text for mark in ",:\n"):
        return json.dumps(text, ensure_ascii=False)
    return text


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
        "provider": record.provider,
        "model": request.model,
        "model_label": model_label,
        "prompt": request.prompt,
        "values": dict(request.values),
        "seed": request.seed,
        "created": _utc(record.created).isoformat(),
        # NaN is no JSON, and `from_json` would refuse all of it
        "seconds": seconds if seconds is not None and math.isfinite(seconds) else None,
        "price_usd": None if price is None else format(price, "f"),
        "starred": record.starred,
        "cached": record.cached,
        "app_version": app_version,
        "origin": origin and {"image_id": origin.image_id, "kind": origin.kind},
        "experiment": record.experiment,
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
        provider=_text(found["provider"]),
        origin=_origin(found.get("origin")),  # older files have neither of these two
        experiment=None if experiment is None else _text(experiment, ID),
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


def _utc(moment: datetime) -> datetime:
    """Return the same instant in UTC; a moment without a zone is in UTC already, by contract."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
