"""What a model takes that only a server tells of: the usual parameters, with that API's ranges.

By our own names, so that a value keeps its place when the model changes, and its words, so that the
tables of languages have them already. A provider writes them in its API's names. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from backend.said import msg
from backend.types import SEED_MAX, ParamSpec, Value

_TEXT_MAX_CHARS = 10_000

PROMPT = ParamSpec(
    name="prompt",
    kind="text",
    label=msg("Prompt"),
    help=msg("Describe the image you want."),
    maximum=_TEXT_MAX_CHARS,
)
NEGATIVE_PROMPT = ParamSpec(
    name="negative_prompt",
    kind="text",
    label=msg("Negative prompt"),
    help=msg("What the image should not show, for example: blurry, text, extra fingers."),
    maximum=_TEXT_MAX_CHARS,
)
WIDTH = ParamSpec(
    name="width",
    kind="integer",
    label=msg("Width"),
    help=msg("In pixels, a multiple of 8."),
    default=1024,
    minimum=64,
    maximum=4096,
    step=8,
)
HEIGHT = replace(WIDTH, name="height", label=msg("Height"))
STEPS = ParamSpec(
    name="num_steps",
    kind="integer",
    label=msg("Steps"),
    help=msg("More steps refine the image and take longer."),
    default=25,
    minimum=1,
    maximum=150,
    step=1,
)
GUIDANCE = ParamSpec(
    name="guidance_scale",
    kind="number",
    label=msg("Guidance scale"),
    help=msg("How closely the image follows the prompt. Higher is more literal."),
    default=7.0,
    minimum=0.0,
    maximum=30.0,
    step=0.1,
)
SAMPLER = ParamSpec(
    name="sampler",
    kind="text",
    label=msg("Sampler"),
    help=msg("How the noise is taken away, step by step."),
    maximum=100,
)
SCHEDULER = ParamSpec(
    name="scheduler",
    kind="text",
    label=msg("Scheduler"),
    help=msg("How much of the noise each step takes away."),
    maximum=100,
)
SEED = ParamSpec(
    name="seed",
    kind="integer",
    label=msg("Seed"),
    help=msg("The same seed with the same settings gives the same image again."),
    minimum=0,
    maximum=SEED_MAX,
    step=1,
)


def beginning(spec: ParamSpec, default: Value) -> ParamSpec:
    """Return the parameter with another value to begin with."""
    return replace(spec, default=default)


def written(values: Mapping[str, Value], names: Mapping[str, str]) -> dict[str, Any]:
    """Return what was given by the API's `names`; those that it calls as we do need none."""
    return {names.get(name, name): value for name, value in values.items() if value is not None}


OF_A_CLOUD = (PROMPT, NEGATIVE_PROMPT, WIDTH, HEIGHT, STEPS, GUIDANCE, SEED)
"""What most hosted models take."""

OF_A_SERVER = (
    PROMPT,
    NEGATIVE_PROMPT,
    beginning(WIDTH, 512),
    beginning(HEIGHT, 512),
    STEPS,
    GUIDANCE,
    SAMPLER,
    SCHEDULER,
    SEED,
)
"""What a Stable Diffusion server of one's own takes, in the size that most cards hold."""
