"""Which requests can be made from a stored image: the same one again, and its neighbours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

from backend.catalogue.params import clean
from backend.errors import InvalidInput
from backend.said import msg
from backend.types import IMPORT, OFFLINE, SEED_MAX, GenerationRequest, ImageRecord, ModelSpec

NEIGHBOURS = 4
"""How many seeds on each side are neighbours."""


def neighbours(request: GenerationRequest) -> list[GenerationRequest]:
    """Return the requests with the seeds from 4 below to 4 above; 2**32-1 is followed by 0.

    Raises: InvalidInput without a seed.
    """
    if request.seed is None:
        raise InvalidInput(msg("This image was made without a seed, so it has no neighbours."), "")
    around = range(request.seed - NEIGHBOURS, request.seed + NEIGHBOURS + 1)
    return [replace(request, seed=seed % (SEED_MAX + 1)) for seed in around]


def refuse_repeat(record: ImageRecord, models: Mapping[str, ModelSpec], source: str) -> None:
    """Refuse a repetition that could prove nothing. `source` is who would be asked now.

    Raises: InvalidInput saying why.
    """
    if record.source == IMPORT:
        raise InvalidInput(
            msg("Another program made this image, so it cannot be made again here."),
            msg("Reuse its settings to make one like it."),
        )
    model = models.get(record.request.model)
    label = model.label if model else record.request.model
    if record.request.seed is None:
        raise InvalidInput(
            msg(
                "{label} takes no seed, so the same request gives another image each time.",
                label=label,
            ),
            msg("The stored image is the only copy."),
        )
    if model is None:
        raise InvalidInput(
            msg("{label} is no longer in the catalogue.", label=label),
            msg("Add it to models.toml."),
        )
    if record.source != source:
        raise InvalidInput(
            msg(
                "This image came from {maker}, and images come from {other} now.",
                maker=named(record.source),
                other=named(source),
            ),
            msg("Change that in the settings first."),
        )
    refuse_unfit(record.request, model)


def refuse_unfit(request: GenerationRequest, model: ModelSpec) -> None:
    """Refuse a stored request that the form would refuse: a file that was imported says anything.

    Raises: InvalidInput saying why.
    """
    for name, value in request.values.items():
        if value is not None and model.param(name) is None:
            raise InvalidInput(
                msg(
                    "{label} takes no {value}, and this image has one.",
                    label=model.label,
                    value=name[:30].replace("_", " "),
                ),
                msg("Reuse its settings to make one like it."),
            )
    clean(model, {**request.values, "prompt": request.prompt, "seed": request.seed}, rng=Random())


def named(source: str) -> str:
    """Return who answers, for people; `source` is as in records."""
    return msg("the sample engine") if source == OFFLINE else source
