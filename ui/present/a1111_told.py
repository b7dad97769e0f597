"""What the playground answers, in the words of A1111's interface: errors, images, progress. Pure.

Its programs show `detail` or `errors`, or nothing but the status.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from backend import __version__
from backend.generation.jobs import ENDED, Job
from backend.images.infotext import infotext
from backend.images.own_record import APP
from backend.said import listed, msg
from backend.styles.kinds import Style
from backend.types import ImageRecord, ModelSpec, Value
from ui.language.chosen import tell
from ui.present.openai_told import Told
from ui.present.program_asked import DRAWN

AUTOMATIC = "Automatic"
"""What is listed where a model has no choice of samplers or schedulers."""

OURS = {
    "steps": ("num_steps", "num_inference_steps", "steps"),
    "cfg_scale": ("guidance_scale", "guidance", "cfg_scale"),
    "sampler_name": ("sampler", "sampler_name"),
    "scheduler": ("scheduler",),
}
"""What models here may call what A1111 calls so: the first that a model has is meant."""

_UNKNOWN_S = 0.0
_STARTED = 0.01  # what A1111 tells of a job of which nothing is done

Json = dict[str, Any]


def fault(kind: str, sentence: str) -> Json:
    """Return an error as A1111's programs read it: its kind, and what happened."""
    told = tell(sentence)
    return {"error": kind, "detail": told, "body": "", "errors": told}


def fault_of(error: Told) -> Json:
    """Return the body of an error that OpenAI's interface would tell in its own way."""
    return fault(error.code or error.kind, error.message)


def nowhere() -> Json:
    """Return what is told below /sdapi where nothing is."""
    return fault(
        "not_found",
        msg(
            "There is nothing at this address. There are {paths}.",
            paths="POST /sdapi/v1/txt2img, GET /sdapi/v1/sd-models, GET /sdapi/v1/options",
        ),
    )


def model_item(model: ModelSpec) -> Json:
    """Return a model as a checkpoint is listed; programs name it by its title or its name."""
    return {
        "title": model.id,
        "model_name": str(model.label),
        "hash": None,
        "sha256": None,
        "filename": model.id,
        "config": None,
    }


def samplers(model: ModelSpec) -> list[Json]:
    """Return the samplers that a model has a choice of."""
    return [
        {"name": name, "aliases": [], "options": {}} for name in _choices(model, "sampler_name")
    ]


def schedulers(model: ModelSpec) -> list[Json]:
    """Return the schedulers that a model has a choice of, after the one that it takes itself."""
    names = dict.fromkeys((AUTOMATIC, *_choices(model, "scheduler")))
    return [
        {
            "name": AUTOMATIC.lower() if name == AUTOMATIC else name,
            "label": name,
            "aliases": None,
            "default_rho": -1.0,
            "need_inner_model": False,
        }
        for name in names
    ]


def prompt_styles(styles: Iterable[Style]) -> list[Json]:
    """Return styles as A1111 lists them."""
    return [
        {"name": one.name, "prompt": one.prompt, "negative_prompt": one.negative_prompt}
        for one in styles
    ]


def _choices(model: ModelSpec, theirs: str) -> Sequence[str]:
    spec = next((spec for name in OURS[theirs] if (spec := model.param(name))), None)
    return tuple(spec.choices) if spec is not None and spec.choices else (AUTOMATIC,)


def info(records: Sequence[ImageRecord], model: ModelSpec, unused: Sequence[str]) -> str:
    """Return JSON about how the images were made, as A1111 writes it.

    Numbers are numbers, since typed programs take no null for one (stable-diffusion-helper:
    TextToImageResponseInfo.kt): where the model takes none seeds are -1, scale and steps 0. What is
    ours stands under `playground`: the ids of the images, which came from disk for nothing, and
    which fields the model has no use for.
    """
    first = records[0]
    seeds = [DRAWN if one.request.seed is None else one.request.seed for one in records]
    negatives = [str(one.request.values.get("negative_prompt") or "") for one in records]
    told = {
        "prompt": first.request.prompt,
        "all_prompts": [one.request.prompt for one in records],
        "negative_prompt": negatives[0],
        "all_negative_prompts": negatives,
        "seed": seeds[0],
        "all_seeds": seeds,
        "subseed": DRAWN,
        "all_subseeds": [DRAWN] * len(records),
        "subseed_strength": 0,
        "width": first.width_px,
        "height": first.height_px,
        "sampler_name": _value(first, "sampler_name") or AUTOMATIC,
        "cfg_scale": _value(first, "cfg_scale") or 0,
        "steps": _value(first, "steps") or 0,
        "batch_size": len(records),
        "restore_faces": False,
        "sd_model_name": model.id,
        "sd_model_hash": None,
        "sd_vae_name": None,
        "denoising_strength": None,
        "extra_generation_params": {},
        "index_of_first_image": 0,
        "infotexts": [
            infotext(one, model_label=str(model.label), app_version=__version__) for one in records
        ],
        "styles": [],
        "job_timestamp": _stamp(first.created),
        "clip_skip": 1,
        "version": f"{APP} {__version__}",
        "playground": {
            "ids": [one.id for one in records],
            "cached": [one.cached for one in records],
            "unused": list(unused),
            "note": tell(_note(model, unused)),
        },
    }
    return json.dumps(told)


def _value(record: ImageRecord, theirs: str) -> Value:
    values = record.request.values
    return next((values[name] for name in OURS[theirs] if name in values), None)


def _note(model: ModelSpec, unused: Sequence[str]) -> str:
    if not unused:
        return ""
    return msg("{model} does not take {name}.", model=model.label, name=listed(unused))


def progress(jobs: Iterable[Job], now: datetime) -> Json:
    """Return how far a program's jobs are that have not ended; all is 0 where there is none."""
    live = list(jobs)
    total = sum(len(job.runs) for job in live)
    done = sum(run.state in ENDED for job in live for run in job.runs)
    return {
        "progress": max(_STARTED, done / total) if total else 0.0,
        "eta_relative": max((_left_s(job, now) for job in live), default=_UNKNOWN_S),
        "state": {
            "skipped": False,
            "interrupted": any(job.stopping for job in live),
            "stopping_generation": False,
            "job": "txt2img" if live else "",
            "job_count": total,
            "job_timestamp": _stamp(live[0].created if live else now),
            "job_no": done,
            "sampling_step": 0,
            "sampling_steps": 0,
        },
        "current_image": None,
        "textinfo": None,
    }


def _left_s(job: Job, now: datetime) -> float:
    """Return in how many seconds an image of the job may come, going by those of late."""
    if job.usual_s is None:
        return _UNKNOWN_S
    return round(max(0.0, job.usual_s - (now - job.created).total_seconds()), 1)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
