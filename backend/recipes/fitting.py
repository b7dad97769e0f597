"""What a model of the catalogue takes of a recipe: exactly or not at all. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from backend.catalogue.params import coerce, find_model
from backend.errors import InvalidInput
from backend.recipes.recipe import OWN, SHOWN_CHARS, STANDARD, Brought, plain, plain_text
from backend.recipes.sentences import told, unsure
from backend.recipes.syntax import said_signs
from backend.said import Said, joined
from backend.types import ModelSpec, Value

_NAME_ENDINGS = re.compile(r"\.(safetensors|ckpt|gguf|sft|pt|pth|bin|onnx)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Taken:
    """What `model` makes of it: `values`, with prompt and seed, are checked; others are left open.

    `dropped` are parameters that the model lacks or that do not fit it, `unknown` all else; both
    are fit for JSON and for display, long texts cut. `text` says all of it in words, `left_out`
    only what was not taken and why. `other` is a model that takes a text that this one lacks.
    """

    model: ModelSpec
    values: dict[str, Value]
    dropped: dict[str, object]
    unknown: dict[str, object]
    text: Said
    left_out: Said
    other: ModelSpec | None = None


def fit(brought: Brought, models: Mapping[str, ModelSpec], *, model_id: str | None = None) -> Taken:
    """Return what the named model takes, or the one nearest to the recipe's own.

    Values are kept exactly or not at all: none is bent into range, and of a size either both
    sides are taken or none.

    Raises: InvalidInput for a `model_id` that is not in the catalogue.
    """
    model, same = (find_model(models, model_id), True) if model_id else _nearest(brought, models)
    known = {*STANDARD, *(spec.name for other in models.values() for spec in other.params)}
    values, refused = _accepted(brought, model)
    dropped: dict[str, object] = {}
    unknown: dict[str, object] = {}
    if brought.model and not same:
        unknown["model"] = plain(brought.model)
    for name, value in brought.values.items():
        if name in values or _is_empty(value):
            continue
        (dropped if name in known else unknown)[plain_text(name)] = plain(value)
    if {"width", "height"} & refused.keys():
        for side in ("width", "height"):
            if values.pop(side, None) is not None:
                dropped[side] = plain(brought.values[side])
    order = {spec.name: at for at, spec in enumerate(model.params)}
    values = dict(sorted(values.items(), key=lambda item: order[item[0]]))
    taken, *rest = told(brought.source, model, values, dropped, refused, unknown)
    rest += unsure(brought.left_out, model)
    if brought.source != OWN:
        texts = [v for name, v in values.items() if "prompt" in name and isinstance(v, str)]
        rest += filter(None, [said_signs(texts)])
    other = _taking(brought, [name for name in dropped if not model.param(name)], models)
    text, left_out = joined(taken, *rest), joined(*rest)
    return Taken(model, values, dropped, unknown, text, left_out, other)


def _taking(
    brought: Brought, lacking: list[str], models: Mapping[str, ModelSpec]
) -> ModelSpec | None:
    """Return the model that takes all words that were left out, and most of the rest.

    A person's words alone are worth another model: a number has a default in each.
    """

    def words(model: ModelSpec) -> set[str]:
        return {
            spec.name
            for spec in model.params
            if spec.name in lacking and spec.kind == "text" and not spec.choices
        }

    lost = {name for model in models.values() for name in words(model)}
    accepted = {id: _accepted(brought, m)[0] for id, m in models.items() if words(m) >= lost}
    able = [model_id for model_id, values in accepted.items() if lost and lost <= values.keys()]
    return models[max(able, key=lambda model_id: len(accepted[model_id]))] if able else None


def _accepted(
    brought: Brought, model: ModelSpec
) -> tuple[dict[str, Value], dict[str, InvalidInput]]:
    """Return what `model` takes, and why it refuses what it knows but cannot take."""
    values: dict[str, Value] = {}
    refused: dict[str, InvalidInput] = {}
    for spec in model.params:
        value = brought.values.get(spec.name)
        if _is_empty(value):
            continue
        try:
            values[spec.name] = coerce(spec, value)
        except InvalidInput as error:
            refused[spec.name] = error
    return values, refused


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _nearest(brought: Brought, models: Mapping[str, ModelSpec]) -> tuple[ModelSpec, bool]:
    """Return the model nearest to the recipe's, and whether it seems to be the very same one."""
    if brought.model in models:
        return models[brought.model], True
    wanted = _squashed(brought.model)
    scores = {
        model_id: max(_likeness(wanted, _squashed(name)) for name in (model.label, model_id))
        for model_id, model in models.items()
    }
    best = max(scores, key=lambda model_id: scores[model_id])
    if scores[best] > 0:
        return models[best], scores[best] >= _SAME
    counts = {model_id: len(_accepted(brought, model)[0]) for model_id, model in models.items()}
    return models[max(counts, key=lambda model_id: counts[model_id])], False


_SAME = 1000


def _likeness(wanted: str, name: str) -> int:
    """Return 0 for no likeness, at least `_SAME` where one name holds the other."""
    if min(len(wanted), len(name)) < 4:
        return 0
    if wanted == name:
        return 2 * _SAME
    if name in wanted or wanted in name:
        return _SAME + min(len(wanted), len(name))
    pairs = zip(wanted, name, strict=False)
    common = next((at for at, (one, other) in enumerate(pairs) if one != other), 0)
    return common if common >= 4 else 0


def _squashed(name: str) -> str:
    """Return what all spellings of a model's name share: sdxlbase10 for sd_xl_base_1.0.ckpt."""
    last = re.split(r"[/\\]", name[:SHOWN_CHARS])[-1]
    letters = re.sub(r"[^a-z0-9]+", "", _NAME_ENDINGS.sub("", last).lower())
    return letters.replace("stablediffusion", "sd")
