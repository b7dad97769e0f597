"""A picture's way through a session, in words: for the page and for the PNG. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from backend.catalogue.labels import label_of
from backend.exchange.sheets import made_with
from backend.said import Said, msg, msg_n
from backend.sessions.lineage import Step
from backend.types import ModelSpec, Value

Models = Mapping[str, ModelSpec]


def changed(step: Step, models: Models) -> list[Said]:
    """Return what a picture has other than the one before it: "Num steps: 8"."""
    return [_setting(name, value, models) for name, value in step.changed.items()]


def made(step: Step, models: Models) -> Said:
    """Return with what a picture was made."""
    return made_with(step.picture.seed, _model(step.picture.model, models))


def vote(step: Step) -> str:
    """Return how a picture fared in its vote; "" without one, but for the first."""
    if step.round is None:
        return msg("The first picture") if step.first else ""
    of = len(step.round.votes)
    if step.won:
        return msg_n("Won with 1 vote of {of}", "Won with {n} votes of {of}", step.votes, of=of)
    return msg_n("1 vote of {of}", "{n} votes of {of}", step.votes, of=of)


def _setting(name: str, value: Value, models: Models) -> Said:
    if name == "model":
        return msg("{label}: {value}", label=msg("Model"), value=_model(str(value), models))
    label = label_of(name, *models.values())
    return msg("{label}: {value}", label=label, value=msg("none") if value is None else str(value))


def _model(model_id: str, models: Models) -> str:
    model = models.get(model_id)
    return model.label if model else model_id
