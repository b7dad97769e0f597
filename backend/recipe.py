"""Recipes: values that come from elsewhere, fitted to a model of the catalogue or put in a link.

Pure. Nothing here is trusted: a recipe fills a form, and every value passes the same checks as one
that is typed.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from backend.errors import InvalidInput
from backend.params import coerce, find_model
from backend.recipe_text import told
from backend.redact import redact
from backend.types import ImageRecord, ModelSpec, Value

STANDARD = (
    "prompt",
    "negative_prompt",
    "width",
    "height",
    "num_steps",
    "guidance_scale",
    "seed",
)
"""What other programs' values are called here, whether or not any model takes them."""

RECIPE_MAX_CHARS = 262_144
"""Longest recipe that is read."""

_MAX_JSON_BYTES = 1_048_576
_MAX_VALUES = 128
_LONGEST_TEXT = 20_000  # twice what any field takes: longer ones are of no use in a link
_SHOWN_CHARS = 300
_WORD = re.compile(r"[a-z0-9]{1,20}")
_NAME_ENDINGS = re.compile(r"\.(safetensors|ckpt|gguf|sft|pt|pth|bin|onnx)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Brought:
    """What an image or a link says: `values` by our names where known, else by their own."""

    source: str
    model: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Taken:
    """What `model` makes of it: `values`, with prompt and seed, are checked; others are left open.

    `dropped` are parameters that the model lacks or that do not fit it, `unknown` all else; both
    are fit for JSON and for display, long texts cut. `text` says all of it in words, `left_out`
    only what was not taken and why.
    """

    model: ModelSpec
    values: dict[str, Value]
    dropped: dict[str, object]
    unknown: dict[str, object]
    text: str
    left_out: str


def of_record(record: ImageRecord) -> Brought:
    """Return the recipe of one of our own images."""
    request = record.request
    values: dict[str, object] = {"prompt": request.prompt, **request.values, "seed": request.seed}
    given = {name: value for name, value in values.items() if value is not None}
    return Brought("own", request.model, given)


def encode(brought: Brought) -> str:
    """Return the recipe as URL-safe text; texts of more than 20,000 characters stay out."""
    values = {
        name: value
        for name, value in list(brought.values.items())[:_MAX_VALUES]
        if not isinstance(value, str) or len(value) <= _LONGEST_TEXT
    }
    document = {
        "v": 1,
        "source": brought.source,
        "model": brought.model[:_SHOWN_CHARS],
        "values": {plain_text(name): _keyless(value) for name, value in values.items()},
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    raw = text.encode("utf-8", "replace")
    packed = zlib.compress(raw, 9)
    mark, body = ("z", packed) if len(packed) < len(raw) else ("j", raw)
    return mark + base64.urlsafe_b64encode(body).decode().rstrip("=")


def decode(text: str) -> Brought:
    """Return what `encode` made into `text`.

    Raises: InvalidInput when it is damaged or too large.
    """
    if len(text) > RECIPE_MAX_CHARS:
        raise _unusable("is too long")
    mark, body = text[:1], text[1:]
    try:
        if mark not in ("j", "z") or not re.fullmatch(r"[A-Za-z0-9_-]+", body):
            raise ValueError("not of our making")
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        document = json.loads(_inflated(raw) if mark == "z" else raw)
        return _checked(document)
    except (ValueError, TypeError, LookupError, RecursionError, binascii.Error) as error:
        raise _unusable("is damaged") from error


def _keyless(value: object) -> object:
    """Return `value` for a link; other programs' files have been seen with keys in them."""
    value = plain(value, _LONGEST_TEXT)
    return redact(value) if isinstance(value, str) else value


def _inflated(packed: bytes) -> bytes:
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(packed, _MAX_JSON_BYTES)
    except zlib.error as error:
        raise ValueError("not packed by us") from error
    if not inflate.eof:
        if inflate.unconsumed_tail:
            raise _unusable("is too long")
        raise ValueError("cut short")
    return raw


def _checked(document: object) -> Brought:
    if not isinstance(document, dict) or document["v"] != 1:
        raise ValueError("not of this version")
    source, model, values = document["source"], document["model"], document["values"]
    if not isinstance(source, str) or not _WORD.fullmatch(source) or not isinstance(model, str):
        raise TypeError("not a recipe")
    if not isinstance(values, dict) or len(values) > _MAX_VALUES:
        raise TypeError("not the values of a recipe")
    if not all(value is None or isinstance(value, str | int | float) for value in values.values()):
        raise TypeError("not a value")
    return Brought(source, model[:_SHOWN_CHARS], values)


def _unusable(what: str) -> InvalidInput:
    return InvalidInput(
        f"The recipe in this link {what}.",
        "Copy the whole link again, or drop the image itself.",
        field="recipe",
    )


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
    return Taken(model, values, dropped, unknown, " ".join([taken, *rest]), " ".join(rest))


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
    last = re.split(r"[/\\]", name[:_SHOWN_CHARS])[-1]
    letters = re.sub(r"[^a-z0-9]+", "", _NAME_ENDINGS.sub("", last).lower())
    return letters.replace("stablediffusion", "sd")


def plain(value: object, longest: int = _SHOWN_CHARS) -> object:
    """Return `value` as JSON can hold it: finite, short, without lone surrogates, not nested."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else plain_text(_digits(value), longest)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value).replace("nan", "NaN")
    if isinstance(value, str):
        return plain_text(value, longest)
    return plain_text(_flat(value, 3), longest)


def plain_text(text: str, longest: int = _SHOWN_CHARS) -> str:
    """Return at most `longest` characters of `text`, all of which UTF-8 can hold."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return cut.encode("utf-8", "replace").decode()


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # Python refuses to write thousands of digits
        return "a very large number"


def _flat(value: object, depth: int) -> str:
    """Return a list or object as short text: names and weights of LoRAs, for example."""
    if not depth:
        return "…"
    if isinstance(value, dict):
        parts = [f"{key}: {_flat(item, depth - 1)}" for key, item in list(value.items())[:8]]
    elif isinstance(value, list | tuple):
        parts = [_flat(item, depth - 1) for item in value[:8]]
    else:
        return str(plain(value, 100))
    return ", ".join(parts)
