"""Reads the model catalogue: the built-in models.toml with the user's own merged over it.

A broken file is refused whole, with file, table and key named; nothing is guessed. What the
built-in file says to people is translated like the code's own words; a user's brings its own
translations along.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from backend.catalogue.labels import named
from backend.errors import SettingsError
from backend.said import msg, translated
from backend.types import ModelSpec, ParamSpec, TokenPrices

BUILT_IN = Path(__file__).with_name("models.toml")
DEFAULT_PROVIDER = "sentry_block"

_PARAM_KEYS = {f.name for f in fields(ParamSpec)} - {"name"}
_TOKEN_PRICES = tuple(f"price_usd_per_million_{way}_tokens" for way in ("input", "output"))
_MODEL_KEYS = {"id", "label", "description", "provider", "price_usd", "params", *_TOKEN_PRICES}
_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_PLAIN = {"id", "provider"}  # what programs read
_RESERVED = {"model", "count"}  # the request's own fields and the page's own widgets


def load_catalogue(
    user_file: Path | None = None, read: Callable[[Path], bytes] = Path.read_bytes
) -> dict[str, ModelSpec]:
    """Return all models by id, in the order of the files.

    `user_file` may be missing; it is merged over the built-in file when it exists. `read` gives a
    file's content, or raises OSError. Raises: SettingsError naming file, table and key.
    """
    params: dict[str, dict[str, Any]] = {}
    files: dict[str, dict[str, Path]] = {}  # where each key of [param.NAME] was said last
    models: dict[str, dict[str, Any]] = {}
    source: dict[str, Path] = {}
    for path in (BUILT_IN, user_file):
        if path is None or not os.path.lexists(path):
            continue
        document = _read(path, read)
        for name, table in _table(document.get("param", {}), path, "param").items():
            table = _table(table, path, f"param.{name}")
            _known(table, _PARAM_KEYS, path, f"param.{name}")
            params[name] = params.get(name, {}) | table
            files[name] = files.get(name, {}) | dict.fromkeys(table, path)
        for number, table in enumerate(_models(document, path), start=1):
            where = f"model {number}"
            table = _table(table, path, where)
            _known(table, _MODEL_KEYS, path, where)
            model_id = _text(table, "id", path, where)
            models[model_id] = models.get(model_id, {}) | table
            source[model_id] = path
    return {
        model_id: _model(table, params, files, source[model_id])
        for model_id, table in models.items()
    }


def with_remote(
    models: Mapping[str, ModelSpec], remote: Iterable[tuple[str, Decimal | None]]
) -> dict[str, ModelSpec]:
    """Return `models` with prices and availability from the account's own list of (id, price)."""
    prices = dict(remote)
    return {
        model_id: replace(
            spec,
            available=model_id in prices,
            price_usd=prices.get(model_id) or spec.price_usd,
        )
        for model_id, spec in models.items()
    }


def _read(path: Path, read: Callable[[Path], bytes]) -> dict[str, Any]:
    try:
        document = tomllib.loads(read(path).decode("utf-8-sig"))  # editors of Windows add a BOM
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, or no TOML
        why = getattr(error, "strerror", None) or error  # an OSError names the file once more
        why = "it is nested too deeply" if isinstance(error, RecursionError) else why
        raise SettingsError(
            f"The catalogue {path} cannot be read: {why}.",
            "Correct the file, or move it away to use the built-in models.",
        ) from error
    _known(document, {"param", "model"}, path, "the top level")
    return document


def _models(document: Mapping[str, Any], path: Path) -> list[Any]:
    models = document.get("model", [])
    if not isinstance(models, list):
        raise _broken(path, "model", None, "must be written [[model]], with two brackets")
    return models


def _model(
    table: Mapping[str, Any],
    templates: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, Mapping[str, Path]],
    path: Path,
) -> ModelSpec:
    model_id = str(table["id"])
    where = f'model "{model_id}"'
    params = _table(table.get("params", {}), path, f"{where} params")
    if "prompt" not in params:
        raise _broken(path, where, "params", "must list prompt")
    return ModelSpec(
        id=model_id,
        label=_text(table, "label", path, where),
        description=_text(table, "description", path, where, default=""),
        provider=_text(table, "provider", path, where, default=DEFAULT_PROVIDER),
        params=tuple(
            _param(name, templates.get(name, {}), files.get(name, {}), override, path, where)
            for name, override in params.items()
        ),
        price_usd=_price(table, "price_usd", path, where),
        token_prices=_token_prices(table, path, where),
    )


def _param(
    name: str,
    template: Mapping[str, Any],
    files: Mapping[str, Path],
    override: Any,
    path: Path,
    model: str,
) -> ParamSpec:
    where = f"{model} params.{name}"
    if name in _RESERVED or not name.isidentifier():
        raise _broken(path, f"{model} params", name, "is not a name that a parameter can have")
    override = _table(override, path, where)
    _known(override, _PARAM_KEYS, path, where)
    places = {key: (file, f"param.{name}") for key, file in files.items()}
    places |= dict.fromkeys(override, (path, where))

    def broken(**why: str) -> SettingsError:
        """Blame a key that stands in the user's file, where one of them does."""
        own = (key for key in why if key in places and places[key][0] != BUILT_IN)
        key = next(own, next(iter(why)))
        return _broken(*places.get(key, (path, where)), key, why[key])

    merged = {"label": named(name), **template, **override}
    if merged.get("kind") not in ("text", "integer", "number"):
        raise broken(kind='must be "text", "integer" or "number"')
    for key in ("minimum", "maximum", "step"):
        if merged.get(key) is not None and not _is_number(merged[key]):
            raise broken(**{key: "must be a number"})
    for key in ("label", "help"):
        try:
            merged[key] = _told(merged.get(key, ""))
        except ValueError as error:
            raise broken(**{key: str(error)}) from error
    if not isinstance(merged.get("effect", True), bool):
        raise broken(effect="must be true or false")
    choices = merged.get("choices", ())
    if not isinstance(choices, list | tuple) or not all(isinstance(c, str) for c in choices):
        raise broken(choices="must be a list of texts in quotes")
    spec = ParamSpec(name=name, **{**merged, "choices": tuple(choices)})
    _check_range(spec, broken)
    return spec


def _check_range(spec: ParamSpec, broken: Callable[..., SettingsError]) -> None:
    low, high, default = spec.minimum, spec.maximum, spec.default
    if spec.step is not None and spec.step <= 0:
        raise broken(step="must be above 0")
    if low is not None and high is not None and low > high:
        raise broken(minimum="must not be above maximum", maximum="must not be below minimum")
    if spec.kind == "text":
        if default is not None and not isinstance(default, str):
            raise broken(default="must be text in quotes", kind="does not fit the default")
        if spec.choices and default is not None and default not in spec.choices:
            raise broken(default="must be one of choices", choices="must hold the default")
        return
    if default is None:
        if spec.name != "seed":
            raise broken(default="is missing", kind="needs a default")
        return
    if not _is_number(default) or (spec.kind == "integer" and not isinstance(default, int)):
        raise broken(default=f"must be of kind {spec.kind}", kind="does not fit the default")
    assert not isinstance(default, str)
    if low is not None and default < low:
        raise broken(default="must lie between minimum and maximum", minimum="is above the default")
    if high is not None and default > high:
        raise broken(default="must lie between minimum and maximum", maximum="is below the default")


def _price(table: Mapping[str, Any], key: str, path: Path, where: str) -> Decimal | None:
    value = table.get(key)
    if value is None:
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation as error:
        raise _broken(path, where, key, "must be an amount such as 0.009") from error
    if not price.is_finite() or price < 0 or price.adjusted() >= 9:  # as decimal_of has it
        raise _broken(path, where, key, "must be an amount such as 0.009")
    return price


def _token_prices(table: Mapping[str, Any], path: Path, where: str) -> TokenPrices | None:
    came_in, came_out = (_price(table, key, path, where) for key in _TOKEN_PRICES)
    if came_in is None and came_out is None:
        return None
    if came_in is None or came_out is None:
        given, lacking = _TOKEN_PRICES[:: 1 if came_out is None else -1]
        raise _broken(path, where, given, f"needs {lacking} beside it")
    return TokenPrices(came_in, came_out)


def _table(value: Any, path: Path, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _broken(path, where, None, "must be a table")
    return value


def _text(
    table: Mapping[str, Any], key: str, path: Path, where: str, default: str | None = None
) -> str:
    value = table.get(key, default)
    if value is None:
        raise _broken(path, where, key, "is missing")
    try:
        told = value if key in _PLAIN else _told(value)
    except ValueError as error:
        raise _broken(path, where, key, str(error)) from error
    if not isinstance(told, str) or (default is None and not told.strip()):
        raise _broken(path, where, key, "must be text in quotes")
    return told


def _told(value: Any) -> str:
    """Return what people are shown, written as one text or as one for each language.

    Raises: ValueError.
    """
    if not isinstance(value, dict):
        if not isinstance(value, str):
            raise ValueError("must be text in quotes")
        return msg(value) if value else ""
    for tag, text in value.items():
        if not _TAG.fullmatch(tag):
            raise ValueError(f'has "{tag}" where the tag of a language belongs, such as de')
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"must be text in quotes, also in {tag}")
    if "en" not in value:
        raise ValueError("must have its text in English too, as en")
    return translated(value)


def _known(table: Mapping[str, Any], known: set[str], path: Path, where: str) -> None:
    for key in table:
        if key not in known:
            raise _broken(path, where, key, f"is not known; it can be {', '.join(sorted(known))}")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _broken(path: Path, where: str, key: str | None, why: str) -> SettingsError:
    name = f'key "{key}" ' if key else ""
    return SettingsError(
        f"The catalogue {path} has a mistake in {where}: {name}{why}.",
        "Correct the file, or move it away to use the built-in models.",
    )
