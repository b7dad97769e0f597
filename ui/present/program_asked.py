"""What the interfaces for other programs share: which model is meant, and what it does not take."""

from __future__ import annotations

from collections.abc import Mapping

from backend.catalogue.named import meant
from backend.catalogue.params import find_model
from backend.errors import InvalidInput
from backend.said import msg
from backend.types import ModelSpec

STEPS = ("steps", "num_inference_steps")
"""Names of `num_steps` in the requests of other programs."""

DRAWN = -1
"""The seed of local servers' programs that want none in particular."""


def named_model(models: Mapping[str, ModelSpec], named: object) -> ModelSpec:
    """Return the model of an id or a label, the first one for "" and None; see `meant`.

    Raises: InvalidInput.
    """
    if named is None or named == "":
        return next(iter(models.values()))
    return find_model(models, meant(models, named))


def lacks(model: ModelSpec, name: str) -> InvalidInput:
    """Return the refusal of a field that the model has nothing for."""
    return InvalidInput(
        msg("{model} does not take {name}.", model=model.label, name=name),
        msg("Leave it out, or choose another model."),
        field=name,
    )


def twice(one: str, other: str) -> InvalidInput:
    """Return the refusal of two fields that mean one thing."""
    return InvalidInput(
        msg("{one} and {other} say the same.", one=one, other=other),
        msg("Leave one of them out."),
        field=other,
    )
