"""Programs that note their settings as one flat JSON object, each known by its own marks. Pure.

An object of a program that is not known here is read by the names that mean one thing everywhere,
and called `unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from backend.recipes.foreign.flat_programs import PROGRAMS, SPREAD, Program
from backend.recipes.foreign.values import guidance, number, renamed, size
from backend.recipes.recipe import Brought


def from_known(document: Mapping[str, object]) -> Brought | None:
    """Return what a program that is known by its marks noted; None where it is none of them."""
    program = next((one for one in PROGRAMS if _has(document, one.marks)), None)
    return _by(program, document) if program else None


def from_texts(found: Mapping[str, str]) -> Brought | None:
    """Return what a known program noted in texts of a file, one for each setting."""
    program = next((one for one in (*PROGRAMS, *SPREAD) if _has(found, one.marks)), None)
    return _by(program, found) if program else None


def _by(program: Program, document: Mapping[str, object]) -> Brought:
    passed_over = program.passed_over | {program.model, program.size, "software"}
    values = renamed(document, program.names, passed_over)
    model = document.get(program.model)
    model = model if isinstance(model, str) and model != "None" else ""
    if program.before_model:
        model = model.partition(program.before_model)[2]
    if isinstance(distilled := number(values.get(program.distilled)), int | float):
        scale = values.get("guidance_scale")
        values["guidance_scale"] = distilled if scale is None else guidance(model, scale, distilled)
    if sides := size(document.get(program.size)):
        values["width"], values["height"] = sides
    values = {name: value for name, value in values.items() if value not in (None, "None")}
    return Brought(program.source, model, values)


def _has(document: Mapping[str, object], marks: Mapping[str, str]) -> bool:
    return all(
        name in document and (not begin or str(document[name]).startswith(begin))
        for name, begin in marks.items()
    )


_EVERYWHERE = {
    "prompt": "prompt",
    "positiveprompt": "prompt",
    "negativeprompt": "negative_prompt",
    "negative": "negative_prompt",
    "steps": "num_steps",
    "numsteps": "num_steps",
    "numinferencesteps": "num_steps",
    "cfg": "guidance_scale",
    "cfgscale": "guidance_scale",
    "guidancescale": "guidance_scale",
    "seed": "seed",
    "width": "width",
    "height": "height",
    "model": "model",
    "modelname": "model",
    "basemodel": "model",
}
_MAX_NAMES = 1_000
_NUMBERS = ("num_steps", "guidance_scale", "seed", "width", "height")


def from_unknown(document: Mapping[str, object]) -> Brought | None:
    """Return what an unknown program noted, by names that mean the same everywhere.

    None without a prompt and a number. Of two names for one thing that do not agree neither is
    believed: both stay under their own.
    """
    values: dict[str, object] = {}
    rest = dict(islice(document.items(), _MAX_NAMES))
    meant = {name: _EVERYWHERE.get(_squashed(name)) for name in rest}
    for ours in dict.fromkeys(_EVERYWHERE.values()):
        names = [name for name, meaning in meant.items() if meaning == ours]
        told = [value for name in names if (value := _fit(ours, document[name])) is not None]
        if told and all(value == told[0] for value in told):
            values[ours] = told[0]
            for name in names:
                rest.pop(name)
    resolution = next((name for name in rest if name.lower() in ("resolution", "size")), "")
    if (sides := size(rest.get(resolution))) and not values.keys() & {"width", "height"}:
        values["width"], values["height"] = sides
        rest.pop(resolution)
    if not str(values.get("prompt", "")).strip() or not values.keys() & set(_NUMBERS):
        return None
    model = values.pop("model", "")
    return Brought("unknown", str(model), values | renamed(rest, {}, frozenset(values)))


def _fit(ours: str, value: object) -> object:
    """Return the value where it is of the kind that belongs there, else None."""
    if ours in _NUMBERS:
        value = number(value)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    return value if isinstance(value, str) else None


def _squashed(name: str) -> str:
    return name[:40].lower().replace("_", "").replace(" ", "")
