"""Records, runs, jobs and errors as JSON for programs and as text for people. Pure.

What is quoted from users or the platform stays plain text: pages must show it as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from backend.catalogue.labels import label_of
from backend.errors import Ended, GivenUp, PlaygroundError
from backend.generation.jobs import Job, RunView
from backend.generation.runs import ListedRun
from backend.said import Said, dollars, msg
from backend.said import number as written
from backend.types import OFFLINE, GenerationRequest, ImageRecord, Making, ModelSpec, RunState
from ui.language.chosen import tell
from ui.present.place import at
from ui.present.ways import field_of, way_of
from ui.present.words import balance_text, file_size, number, price, seconds, utc

Json = dict[str, Any]


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
        "seed": _exact(request.seed),
        "created": utc(record.created),
        "seconds": record.seconds,
        "price_usd": number(record.price_usd),
        "cached": record.cached,
        "starred": record.starred,
        "image_url": at(f"/images/{record.id}"),
        "thumb_url": at(f"/thumbs/{record.id}"),
        "rating": record.rating,
        "tags": list(record.tags),
        "deleted": None if record.deleted is None else utc(record.deleted),
        "provider": record.source,
        "parent": origin and {"id": origin.image_id, "kind": origin.kind},
        "experiment": record.experiment,
        "width_px": record.width_px,
        "height_px": record.height_px,
    }


def model_json(model: ModelSpec) -> Json:
    """Return a model and what it takes, in the order of the form."""
    return {
        "id": model.id,
        "label": str(model.label),  # programs send it back
        "description": tell(model.description),
        "connection": model.connection,
        "parameters": [
            {
                "name": spec.name,
                "kind": spec.kind,
                "label": tell(spec.label),
                "help": tell(spec.help),
                "default": spec.default,
                "minimum": spec.minimum,
                "maximum": spec.maximum,
                "step": spec.step,
                "choices": list(spec.choices),
            }
            for spec in model.params
        ],
    }


def _exact(seed: int | None) -> int | str | None:
    """Return the seed as JSON that every program reads alike: scripts round from 2^53 on."""
    return seed if seed is None or seed < 2**53 else str(seed)


def details(record: ImageRecord, model: ModelSpec | None, size_bytes: int | None) -> Json:
    """Return what the details of one image list: its record, and (label, text) pairs in order.

    Its prompts are in the record: they are shown at length.
    """
    request = record.request
    asked = (request.values.get("width"), request.values.get("height"))
    own = (record.width_px, record.height_px)
    pairs: list[tuple[str, str]] = [(msg("Model"), model.label if model else request.model)]
    offline = record.source == OFFLINE
    if offline:
        pairs.append((msg("Made by"), msg("the sample engine, not the real model")))
    if request.seed is not None:
        pairs.append((msg("Seed"), str(request.seed)))
    pairs.append((msg("Size"), _pixels(*own)))
    if None not in asked and asked != own:
        pairs.append((msg("Asked for"), _pixels(*asked)))
    pairs += _values(request, model, but=("negative_prompt",))
    if record.seconds is not None:
        pairs.append((msg("Time taken"), seconds(record.seconds)))
    pairs.append((msg("Price"), price(Decimal(0) if offline else record.price_usd)))
    pairs += _templates(record.making)
    kind = record.format.upper()
    size = "" if size_bytes is None else file_size(size_bytes)
    pairs.append((msg("File"), msg("{t0}, {t1}", t0=kind, t1=size) if size else kind))
    return {
        "record": record_json(record),
        "details": [(tell(label), tell(text)) for label, text in pairs],
    }


def _pixels(width: object, height: object) -> Said:
    return msg("{width} x {height} pixels", width=str(width), height=str(height))


def _values(
    request: GenerationRequest, model: ModelSpec | None, but: Sequence[str] = ()
) -> list[tuple[str, str]]:
    """Return (label, text) of what was asked for beside prompt, size and seed."""
    pairs = []
    for name, value in request.values.items():
        if name in ("width", "height", *but) or value in (None, ""):
            continue
        text = written(value) if isinstance(value, float) else str(value)
        pairs.append((label_of(name, model), text))
    return pairs


def _templates(making: Making | None) -> list[tuple[str, str]]:
    """Return (label, text) of the templates that its prompts were made of."""
    if making is None:
        return []
    pairs: list[tuple[str, str]] = []
    for label, made in (
        (msg("Made of the template"), making.template),
        (msg("Negative prompt made of"), making.negative_template),
    ):
        if made is None:
            continue
        which: str = written(made.number + 1)
        if made.seed is not None:
            which = msg("{number}, chosen by the seed {seed}", number=which, seed=str(made.seed))
        pairs += [(label, made.text), (msg("Which of its prompts"), which)]
    return pairs


_UNSENT: Mapping[object, str] = {GivenUp: "failed", Ended: "ended"}
"""Why what was not sent was not, where nobody stopped it."""


def run_json(run: RunView, now: datetime) -> Json:
    """Return one run as the results panel draws it, before and after it ended.

    `sent_s` is how long ago it was sent, in seconds, where it is under way.
    """
    way = None if run.error is None else way_of(run.error)
    sent = run.sent if run.state is RunState.SENT else None
    return {
        "id": run.id,
        "index": run.index,
        "state": run.state.value,
        "prompt": run.request.prompt,
        "seed": run.request.seed,
        "width": run.request.values.get("width"),
        "height": run.request.values.get("height"),
        "sent_s": None if sent is None else max(0.0, (now - sent).total_seconds()),
        "list_price": None if run.cost_usd is None else tell(dollars(run.cost_usd)),
        "free": run.cost_usd == 0,
        "record": None if run.record is None else record_json(run.record),
        "error": None if run.error is None else _run_error(run.error, run.request),
        "way": None if way is None else {"text": tell(way.text), "href": way.href},
        "balance": None if run.balances is None else tell(balance_text(run.balances)),
        "unsent": _UNSENT.get(type(run.error), "stopped")
        if run.state is RunState.CANCELLED
        else None,
        "after_stop": run.after_stop,
        "other_model": _other_model(run),
        "dismissed": run.dismissed,
        "waits_for": tell(run.waits_for),
        "waits_until": None if run.waits_until is None else utc(run.waits_until),
        "tried_again": None
        if run.again is None
        else {
            "run": run.again.run_id,
            "created": utc(run.again.created),
            "image": run.again.image_id,
        },
    }


def _other_model(run: RunView) -> str | None:
    """Return who made the image, where the server had not what was asked for."""
    if run.record is None or run.record.request.model == run.request.model:
        return None
    return tell(
        msg(
            "Made with {model}: the server does not have {asked} any more.",
            model=run.record.request.model,
            asked=run.request.model,
        )
    )


def _run_error(error: PlaygroundError, request: GenerationRequest) -> Json:
    """Return a run's error, with the field of the form that it is about."""
    sent = {name for name, value in request.values.items() if value not in (None, "")}
    sent |= {"prompt"} if request.seed is None else {"prompt", "seed"}
    return error_json(error) | {"field": field_of(error, sent)}


def job_json(job: Job, models: Mapping[str, ModelSpec], now: datetime) -> Json:
    """Return one job with its runs. `age_s` spares the page from trusting two clocks."""
    request, making = job.runs[0].request, job.runs[0].making
    typed = making.template if making else None
    model = models.get(request.model)
    return {
        "id": job.id,
        "model": request.model,
        "model_label": model.label if model else request.model,
        "prompt": typed.text if typed else request.prompt,
        "asked": [
            tell(msg("{label}: {value}", label=label, value=value))
            for label, value in _values(request, model)
        ],
        "created": utc(job.created),
        "age_s": max(0.0, round(((job.ended or now) - job.created).total_seconds(), 2)),
        "ended": job.ended is not None,
        "usual_s": job.usual_s,
        "runs": [run_json(run, now) for run in job.runs],
    }


def listed_json(run: ListedRun) -> Json:
    """Return one run of the list of all."""
    return {
        "id": run.id,
        "state": run.state.value,
        "model": run.model,
        "prompt": run.prompt,
        "seed": run.seed,
        "created": utc(run.created),
        "price_usd": float(run.cost_usd),
        "attempts": run.attempts,
        "error": run.error,
        "message": None if run.message is None else tell(run.message),
    }


def error_json(error: PlaygroundError) -> Json:
    """Return an error for the page: what happened, what to do, and at which field."""
    return {
        "message": tell(error.message),
        "hint": tell(error.hint),
        "field": error.field,
        "maybe_charged": error.maybe_charged,
    }


def counts(job: Job) -> tuple[int, int]:
    """Return how many of the job's runs are sent and how many are still held back."""
    states = [run.state for run in job.runs]
    return states.count(RunState.SENT), states.count(RunState.QUEUED)
