"""What differs between requests, parameter by parameter, in the order of the form. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.catalogue.labels import label_of
from backend.said import msg, number
from backend.types import GenerationRequest, ModelSpec


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter of several images as text; None where the image was made without it.

    `name` is the parameter's own, or `model`; `label` is what people call it.
    """

    name: str
    label: str
    values: tuple[str | None, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


def compare(requests: Sequence[GenerationRequest], models: Mapping[str, ModelSpec]) -> list[Row]:
    """Return every parameter that any of the requests has, in the order of the form."""
    names: dict[str, None] = {}
    for request in requests:
        names |= dict.fromkeys(request.values)
    models_of = [models.get(request.model) for request in requests]
    labels = [m.label if m else r.model for m, r in zip(models_of, requests, strict=True)]
    rows = [
        Row("model", msg("Model"), tuple(labels)),
        Row("prompt", msg("Prompt"), tuple(r.prompt for r in requests)),
    ]
    for name in names:
        label = label_of(name, *models_of)
        rows.append(Row(name, label, tuple(_text(r.values.get(name)) for r in requests)))
    rows.append(Row("seed", msg("Seed"), tuple(_text(r.seed) for r in requests)))
    return [row for row in rows if any(value is not None for value in row.values)]


def changes(
    before: GenerationRequest, after: GenerationRequest, models: Mapping[str, ModelSpec]
) -> list[Row]:
    """Return the parameters that differ."""
    return [row for row in compare([before, after], models) if row.differs]


def _text(value: object) -> str | None:
    if value in (None, ""):
        return None
    return number(value) if isinstance(value, float) else str(value)
