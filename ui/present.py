"""Records, runs, jobs and errors as JSON for programs and as text for people. Pure.

What is quoted from users or the platform stays plain text: pages must show it as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from backend.errors import PlaygroundError
from backend.generation.budget import Usage
from backend.generation.jobs import Job, RunView
from backend.types import GenerationRequest, ImageRecord, Limits, ModelSpec, RunState

Json = dict[str, Any]

_UNITS = ((1024**2, "MB"), (1024, "kB"))


def mode_text(provider: str, api_url: str | None) -> str:
    """Return the header's line that says where the images come from."""
    if provider == "offline":
        return "Sample engine"
    return urlsplit(api_url or "").hostname or provider


def record_json(record: ImageRecord) -> Json:
    """Return the documented record of one image; what the model lacks is null.

    `width` and `height` are what was asked for, `created` is ISO 8601 in UTC.
    """
    request, origin = record.request, record.origin
    return {
        "id": record.id,
        "model": request.model,
        "prompt": request.prompt,
        "negative_prompt": request.values.get("negative_prompt"),
        "width": request.values.get("width"),
        "height": request.values.get("height"),
        "num_steps": request.values.get("num_steps"),
        "guidance_scale": request.values.get("guidance_scale"),
        "seed": request.seed,
        "created": utc(record.created),
        "seconds": record.seconds,
        "price_usd": number(record.price_usd),
        "cached": record.cached,
        "starred": record.starred,
        "image_url": f"/images/{record.id}",
        "thumb_url": f"/thumbs/{record.id}",
        "rating": record.rating,
        "tags": list(record.tags),
        "deleted": None if record.deleted is None else utc(record.deleted),
        "provider": record.provider,
        "parent": origin and {"id": origin.image_id, "kind": origin.kind},
        "experiment": record.experiment,
        "width_px": record.width_px,
        "height_px": record.height_px,
    }


def details(record: ImageRecord, model: ModelSpec | None, size_bytes: int | None) -> Json:
    """Return what the details of one image list: its record, and (label, text) pairs in order."""
    request = record.request
    asked = (request.values.get("width"), request.values.get("height"))
    own = (record.width_px, record.height_px)
    pairs: list[tuple[str, str]] = [("Model", model.label if model else request.model)]
    offline = record.provider == "offline"
    if offline:
        pairs.append(("Made by", "the sample engine, not the real model"))
    if request.seed is not None:
        pairs.append(("Seed", str(request.seed)))
    pairs.append(("Size", f"{own[0]} x {own[1]} pixels"))
    if None not in asked and asked != own:
        pairs.append(("Asked for", f"{asked[0]} x {asked[1]} pixels"))
    pairs += _values(request, model)
    if record.seconds is not None:
        pairs.append(("Time taken", seconds(record.seconds)))
    pairs.append(("Price", "free" if offline else price(record.price_usd)))
    kind = record.format.upper()
    pairs.append(("File", kind if size_bytes is None else f"{kind}, {file_size(size_bytes)}"))
    return {"record": record_json(record), "details": pairs}


def _values(request: GenerationRequest, model: ModelSpec | None) -> list[tuple[str, str]]:
    """Return (label, text) of what was asked for beside prompt, size and seed."""
    pairs = []
    for name, value in request.values.items():
        if name in ("width", "height") or value in (None, ""):
            continue
        spec = model.param(name) if model else None
        label = spec.label if spec else name.replace("_", " ").capitalize()
        pairs.append((label, f"{value:g}" if isinstance(value, float) else str(value)))
    return pairs


def run_json(run: RunView) -> Json:
    """Return one run as the results panel draws it, before and after it ended."""
    return {
        "id": run.id,
        "index": run.index,
        "state": run.state.value,
        "seed": run.request.seed,
        "width": run.request.values.get("width"),
        "height": run.request.values.get("height"),
        "list_price": None if run.cost_usd is None else dollars(run.cost_usd),
        "record": None if run.record is None else record_json(run.record),
        "error": None if run.error is None else error_json(run.error),
        "after_stop": run.after_stop,
        "dismissed": run.dismissed,
        "waits_for": run.waits_for,
        "waits_until": None if run.waits_until is None else utc(run.waits_until),
    }


def job_json(job: Job, models: Mapping[str, ModelSpec], now: datetime) -> Json:
    """Return one job with its runs. `age_s` spares the page from trusting two clocks."""
    request = job.runs[0].request
    model = models.get(request.model)
    return {
        "id": job.id,
        "model": request.model,
        "model_label": model.label if model else request.model,
        "prompt": request.prompt,
        "asked": [f"{label}: {value}" for label, value in _values(request, model)],
        "created": utc(job.created),
        "age_s": max(0.0, round(((job.ended or now) - job.created).total_seconds(), 2)),
        "ended": job.ended is not None,
        "runs": [run_json(run) for run in job.runs],
    }


def error_json(error: PlaygroundError) -> Json:
    """Return an error for the page: what happened, what to do, and at which field."""
    return {
        "message": error.message,
        "hint": error.hint,
        "field": error.field,
        "maybe_charged": error.maybe_charged,
    }


def price_text(estimate: Decimal | None, count: int) -> str:
    """Return the price estimate that stands beside the button."""
    if estimate is None:
        return "Cost: no price listed"
    if not estimate:
        return "Cost: free"
    return f"Cost: about {dollars(estimate)}" + (f" for {count} images" if count > 1 else "")


def stopped_text(sent: int, unsent: int) -> str:
    """Return what pressing Stop did, from the runs that were `sent` and those that were not."""
    if not sent and not unsent:
        return "Nothing is running."
    kept = f"{_images(sent)} already sent and will still arrive and be stored" if sent else ""
    ended = f"{_images(unsent) if not sent else _was(unsent)} not sent" if unsent else ""
    if kept and ended:
        return f"{kept}; {ended}."
    if kept:
        return f"{kept}. Nothing else was waiting."
    return f"{ended}. Nothing was charged for {'it' if unsent == 1 else 'them'}."


def price(amount: Decimal | None) -> str:
    """Return what an image cost, for its details."""
    if amount is None:
        return "none listed"
    return dollars(amount) if amount else "free"


def dollars(amount: Decimal) -> str:
    """Return an amount in US dollars: at least two decimals, more only where they matter."""
    exact = amount.normalize()
    places = max(2, min(5, -int(exact.as_tuple().exponent)))
    return f"${amount:,.{places}f}"


def account_text(balance: Decimal | None, usage: Usage, limits: Limits) -> str:
    """Return the account's balance, where it is known, and what is used and left of the limits."""
    told = [] if balance is None else [f"Balance ${balance:,.2f}"]
    return "; ".join([*told, usage_text(usage, limits)])


def usage_text(usage: Usage, limits: Limits) -> str:
    """Return what is used and left of the limits, in one line."""
    told = (
        f"{usage.requests_today:,} {'request' if usage.requests_today == 1 else 'requests'} today"
    )
    if limits.requests_per_day is not None:
        told += f", {max(0, limits.requests_per_day - usage.requests_today):,} left"
    if limits.dollars_per_day is not None:
        left = max(Decimal(0), limits.dollars_per_day - usage.dollars_today)
        told += f"; about {dollars(usage.dollars_today)} spent, {dollars(left)} left"
    return told


def seconds(value: float) -> str:
    """Return a duration for people: 0.84 s, 13.4 s, 2 min 5 s."""
    if value < 10:
        return f"{value:.2f} s"
    return f"{value:.1f} s" if value < 60 else f"{int(value // 60)} min {int(value % 60)} s"


def file_size(size_bytes: int) -> str:
    """Return a file size for people: 812 bytes, 64 kB, 1.8 MB."""
    for unit, name in _UNITS:
        if size_bytes >= unit:
            amount = size_bytes / unit
            return f"{amount:.1f} {name}" if amount < 10 else f"{amount:.0f} {name}"
    return f"{size_bytes} bytes"


def number(amount: Decimal | None) -> float | None:
    """Return an amount as JSON holds it."""
    return None if amount is None else float(amount)


def utc(moment: datetime) -> str:
    """Return a moment in ISO 8601 with its zone, always UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def counts(job: Job) -> tuple[int, int]:
    """Return how many of the job's runs are sent and how many are still held back."""
    states = [run.state for run in job.runs]
    return states.count(RunState.SENT), states.count(RunState.QUEUED)


def _images(count: int) -> str:
    return "1 image was" if count == 1 else f"{count} images were"


def _was(count: int) -> str:
    return "1 was" if count == 1 else f"{count} were"
