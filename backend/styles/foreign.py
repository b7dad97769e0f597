"""Styles and presets in JSON: InvokeAI's, Fooocus', SwarmUI's, SD.Next's, Krita's, ours. Pure.

The shapes are those of the programs' own files: InvokeAI's style presets and its defaults
(style_preset_records), Fooocus' sdxl_styles/*.json and presets/*.json, SwarmUI's export of presets
(T2IPreset), SD.Next's models/styles/*.json, Krita AI Diffusion's ai_diffusion/styles/*.json.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from backend.errors import InvalidInput
from backend.recipes.foreign.values import number, size
from backend.said import msg
from backend.styles.book import VERSION, called, entries_of
from backend.styles.compose import PROMPT
from backend.styles.found import Found, too_many, unknown_file
from backend.styles.kinds import PRESETS_MAX, STYLES_MAX, Preset, read_preset, read_style

_PROMPT = ("prompt", "positive_prompt", "text")
_NEGATIVE = ("negative_prompt", "negative")
_TEXTS = {*_PROMPT, *_NEGATIVE}

_SWARM_NUMBERS = {
    "steps": "num_steps",
    "cfgscale": "guidance_scale",
    "width": "width",
    "height": "height",
    "seed": "seed",
}
_SWARM_VALUE = "{value}"
_SWARM_OWN = {"title", "param_map"}

_FOOOCUS_NUMBERS = {
    "default_cfg_scale": "guidance_scale",
    "default_cfg": "guidance_scale",  # as older ones call it
    "default_overwrite_step": "num_steps",  # -1: as its performance says
}
_FOOOCUS_TEXTS = {"default_prompt": "prompt", "default_prompt_negative": "negative_prompt"}

_KRITA_NUMBERS = {"sampler_steps": "num_steps", "cfg_scale": "guidance_scale"}
_KRITA_READ = {*_KRITA_NUMBERS, "name", "version", "style_prompt", "negative_prompt"} | {
    "checkpoints",
    "sd_checkpoint",
}


def read_document(document: object, file_name: str) -> Found:
    """Return what a file's JSON holds. Raises: InvalidInput where it is nothing that is known."""
    if isinstance(document, list):
        return _list(document)
    if not isinstance(document, dict):
        raise unknown_file()
    if any(isinstance(document.get(kind), list) for kind in ("styles", "presets")):
        return _own(document)
    if document.keys() & {*_FOOOCUS_TEXTS, "default_styles", "default_model"}:
        return _fooocus(document, file_name)
    if {"name", "style_prompt"} <= document.keys():
        return _krita(document)
    if "name" in document and document.keys() & {*_TEXTS, "preset_data"}:
        return _list([document])
    if isinstance(document.get("param_map"), dict):
        return _swarm({"": document})
    if any(isinstance(one, dict) and "param_map" in one for one in document.values()):
        return _swarm(document)
    raise unknown_file()


def _own(document: Mapping[str, Any]) -> Found:
    version = document.get("version", VERSION)
    if version != VERSION or isinstance(version, bool):
        raise InvalidInput(
            msg("The file was made by another version of this program."),
            msg("Export it as CSV there."),
            field="file",
        )
    found = Found()
    styles, presets = document.get("styles") or [], document.get("presets") or []
    _refuse_many(styles, presets)
    found.styles, refused = entries_of(styles, read_style)
    found.presets, others = entries_of(presets, read_preset)
    found.left_out = [*refused, *others]
    return found


def _list(entries: list[Any]) -> Found:
    _refuse_many(entries)
    found = Found()
    for count, entry in enumerate(entries, start=1):
        try:
            if not isinstance(entry, dict):
                raise InvalidInput(msg("It is no object with a name and texts."))
            data = entry.get("preset_data")
            texts = data if isinstance(data, dict) else entry
            style = {"name": entry.get("name")}
            for ours, theirs in (("prompt", _PROMPT), ("negative_prompt", _NEGATIVE)):
                style[ours] = next((texts[name] for name in theirs if name in texts), None)
            found.styles.append(read_style(style))
            for name, value in entry.items():
                if name not in {*_TEXTS, "name", "preset_data"} and value not in ("", None, [], {}):
                    found.pass_over(name)
        except InvalidInput as error:
            found.left_out.append((called(entry, count), error.message))
    if not found.styles and not any(_looks_like_style(entry) for entry in entries):
        raise unknown_file()
    return found


def _looks_like_style(entry: object) -> bool:
    return isinstance(entry, dict) and "name" in entry


def _fooocus(document: Mapping[str, Any], file_name: str) -> Found:
    """Return the preset in a file of Fooocus, which is called like the file."""
    found, values = Found(), dict[str, Any]()
    stem = re.split(r"[/\\]", file_name)[-1].rpartition(".")[0] or file_name
    for name, value in document.items():
        if value in (None, "", -1, [], {}):
            continue
        if name in _FOOOCUS_TEXTS:
            values[_FOOOCUS_TEXTS[name]] = value
        elif name in _FOOOCUS_NUMBERS:
            values[_FOOOCUS_NUMBERS[name]] = number(value)
        elif name == "default_aspect_ratio" and (sides := size(value)):
            values["width"], values["height"] = sides
        elif name not in ("default_styles", "default_model"):
            found.pass_over(name)
    given = {
        "name": stem or "Fooocus",
        "model": document.get("default_model"),
        "values": values,
        "styles": document.get("default_styles"),
    }
    try:
        found.presets.append(read_preset(given))
    except InvalidInput as error:
        found.left_out.append((called(given, 1), error.message))
    return found


def _krita(document: Mapping[str, Any]) -> Found:
    """Return the style in a file of Krita AI Diffusion, and its numbers as a preset that wears it.

    Its texts go together as ours do: `{prompt}` is replaced, a text without it comes behind.
    """
    found = Found()
    texts = {"prompt": document["style_prompt"], "negative_prompt": document.get("negative_prompt")}
    checkpoints = document.get("checkpoints")
    first = next(iter(checkpoints), None) if isinstance(checkpoints, list) else None
    given = {
        "name": document["name"],
        "model": first or document.get("sd_checkpoint"),  # as older ones call it
        "values": {
            ours: number(document[theirs])
            for theirs, ours in _KRITA_NUMBERS.items()
            if theirs in document
        },
    }
    try:
        styles = [read_style({"name": given["name"], **texts})] if any(texts.values()) else []
        if given["values"] or given["model"]:
            found.presets = [read_preset({**given, "styles": [one.name for one in styles]})]
        found.styles = styles
    except InvalidInput as error:
        found.left_out.append((called(given, 1), error.message))
    for name, value in document.items():
        if name not in _KRITA_READ and value not in ("", None, False, 0, [], {}):
            found.pass_over(name)
    return found


def _swarm(presets: Mapping[str, Any]) -> Found:
    """Return each preset: its texts that take the prompt in as a style, the rest as a preset."""
    _refuse_many(list(presets), list(presets)[:PRESETS_MAX])
    found = Found()
    for count, (key, entry) in enumerate(presets.items(), start=1):
        title = entry.get("title") if isinstance(entry, dict) else None
        name = title or key
        try:
            params = entry.get("param_map") if isinstance(entry, dict) else None
            if not isinstance(params, dict):
                raise InvalidInput(msg("It has no table of parameters."))
            _add_swarm(found, name, params)
            for other, value in entry.items():
                if other not in _SWARM_OWN and value not in ("", None, False):
                    found.pass_over(other)
        except InvalidInput as error:
            found.left_out.append((called({"name": name}, count), error.message))
    return found


def _add_swarm(found: Found, name: object, params: Mapping[str, Any]) -> None:
    style: dict[str, Any] = {"name": name}
    values: dict[str, Any] = {}
    random_seed, model = None, ""
    for key, value in params.items():
        kind = str(key).lower()
        if kind in ("prompt", "negativeprompt"):
            ours = "prompt" if kind == "prompt" else "negative_prompt"
            if isinstance(value, str) and _SWARM_VALUE in value:
                style[ours] = value.replace(_SWARM_VALUE, PROMPT)
            else:
                values[ours] = value
        elif kind == "seed" and number(value) == -1:
            random_seed = True
        elif kind in _SWARM_NUMBERS:
            values[_SWARM_NUMBERS[kind]] = number(value)
            random_seed = False if kind == "seed" else random_seed
        elif kind == "model" and isinstance(value, str):
            model = value
        else:
            found.pass_over(key)
    styled = read_style(style) if len(style) > 1 else None
    preset: Preset | None = None
    if values or model or random_seed is not None:
        preset = read_preset({"name": name, "model": model, "values": values})
        worn = (styled.name,) if styled else ()
        preset = replace(preset, styles=worn, random_seed=random_seed)
    if styled is None and preset is None:
        raise InvalidInput(msg("It holds nothing that is known here."))
    found.styles += [styled] if styled else []
    found.presets += [preset] if preset else []


def _refuse_many(styles: list[Any], presets: list[Any] | None = None) -> None:
    if not isinstance(styles, list) or not isinstance(presets or [], list):
        raise unknown_file()
    if len(styles) > STYLES_MAX or len(presets or []) > PRESETS_MAX:
        raise too_many()
