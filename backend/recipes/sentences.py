"""What came of a recipe, in one to three sentences for a person. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from backend.catalogue.labels import named
from backend.errors import InvalidInput, NotANumber, OutOfRange, TooLong
from backend.recipes.recipe import STANDARD
from backend.said import Said, listed, msg, within
from backend.text import shortened
from backend.types import ModelSpec, ParamSpec, Value

SOURCES = {
    "own": msg("an image made here"),
    "import": msg("an imported image"),
    # Many programs write in this form, and not all say their name.
    "a1111": msg("an image in AUTOMATIC1111's format"),
    "artbot": msg("an ArtBot image"),
    "artroom": msg("an Artroom image"),
    "civitai": msg("a Civitai image"),
    "comfyui": msg("a ComfyUI image"),
    "drawthings": msg("a Draw Things image"),
    "easydiffusion": msg("an Easy Diffusion image"),
    "fooocus": msg("a Fooocus image"),
    "fooocusmre": msg("a Fooocus-MRE image"),
    "forge": msg("a Forge image"),
    "forgeclassic": msg("a Forge Classic image"),
    "forgeneo": msg("a Forge Neo image"),
    "huggingface": msg("an image of a Hugging Face Space"),
    "invokeai": msg("an InvokeAI image"),
    "mflux": msg("an MFLUX image"),
    "midjourney": msg("a Midjourney image"),
    "mochi": msg("a Mochi Diffusion image"),
    "nmkd": msg("an NMKD image"),
    "novelai": msg("a NovelAI image"),
    "reforge": msg("a reForge image"),
    "ruinedfooocus": msg("a RuinedFooocus image"),
    "sdcpp": msg("a stable-diffusion.cpp image"),
    "sdnext": msg("an SD.Next image"),
    "sdscripts": msg("an image of sd-scripts"),
    "stabilitymatrix": msg("a Stability Matrix image"),
    "swarmui": msg("a SwarmUI image"),
    "tensorart": msg("a Tensor.Art image"),
    "wangp": msg("a WanGP image"),
    "unknown": msg("an image of an unknown program"),
}
"""What each source of a recipe is called in a sentence."""

_LABELS = {
    "guidance_scale": msg("guidance scale"),
    "num_steps": msg("steps"),
    "model": msg("the model"),
}
_NAMED = 6
_VALUE_CHARS = 40


def told(
    source: str,
    model: ModelSpec,
    values: Mapping[str, Value],
    dropped: Mapping[str, object],
    refused: Mapping[str, InvalidInput],
    unknown: Mapping[str, object],
) -> list[str]:
    """Return sentences: what was taken, then what was not and why, and what is not known here."""
    origin = SOURCES.get(source, SOURCES["unknown"])
    sentences: list[str] = []
    if values:
        names = _list(_labels(values, model))
        sentences.append(msg("Taken from {origin}: {names}.", origin=origin, names=names))
    elif dropped or unknown:
        sentences.append(msg("Nothing in {origin} fits {model}.", origin=origin, model=model.label))
    else:
        sentences.append(msg("This is {origin}, but no settings were found in it.", origin=origin))
    if dropped:
        names = _list(_reasons(model, dropped, refused))
        sentences.append(msg("Not taken: {names}.", names=names))
    if unknown:
        names = _list(
            [
                msg("{parameter} {value}", parameter=_label(name, model), value=_short(value))
                if name == "model"
                else _label(name, model)
                for name, value in unknown.items()
            ]
        )
        sentences.append(msg("Not known here: {names}.", names=names))
    return sentences


def unsure(names: Sequence[str], model: ModelSpec) -> list[str]:
    """Return a sentence about what an image has but does not say for sure, if there is any."""
    if not names:
        return []
    told = _list(_labels(names, model))
    return [msg("Left out, as the file does not say for sure: {names}.", names=told)]


def _reasons(
    model: ModelSpec, dropped: Mapping[str, object], refused: Mapping[str, InvalidInput]
) -> list[str]:
    """Return each dropped value with the reason; width and height are one, the size."""
    told: list[str] = []
    rest = dict(dropped)
    if {"width", "height"} <= rest.keys():
        why = next((side for side in ("width", "height") if side in refused), None)
        reason = _reason(model, why or "width", rest[why or "width"], refused)
        if why:
            reason = msg("{parameter} {what}", parameter=_label(why, model), what=reason)
        told.append(
            msg(
                "size {width} x {height} ({reason})",
                width=_short(rest["width"]),
                height=_short(rest["height"]),
                reason=reason,
            )
        )
        rest = {name: value for name, value in rest.items() if name not in ("width", "height")}
    for name, value in rest.items():
        what = _label(name, model)
        if "prompt" not in name:  # whose text says nothing here, and is long
            what = msg("{parameter} {value}", parameter=what, value=_short(value))
        reason = _reason(model, name, value, refused)
        told.append(msg("{parameter} ({reason})", parameter=what, reason=reason))
    return told


def _reason(model: ModelSpec, name: str, value: object, refused: Mapping[str, InvalidInput]) -> str:
    spec, error = model.param(name), refused.get(name)
    if spec is None:
        return msg("{model} takes none", model=model.label)
    if error is None:
        return msg("only half of a size")
    if isinstance(error, OutOfRange):
        return msg("{model} takes {range}", model=model.label, range=_range(spec))
    if isinstance(error, NotANumber):
        return msg("not a number")
    if isinstance(error, TooLong) and isinstance(error.what, Said):
        values = error.what.values
        return msg("too long: {length} characters, and {maximum} fit", **values)
    return error.what


def _range(spec: ParamSpec) -> Said:
    low, high = spec.minimum, spec.maximum
    if low is not None and high is not None:
        return msg("{low} to {high}", low=low, high=high)
    return msg("at least {low}", low=low) if low is not None else msg("at most {high}", high=high)


def _labels(names: Iterable[str], model: ModelSpec) -> list[str]:
    told = {name: _label(name, model) for name in names}
    if {"width", "height"} <= told.keys():
        first = next(name for name in told if name in ("width", "height"))
        told[first] = msg("size")
        del told["height" if first == "width" else "width"]
    return list(told.values())


def _label(name: str, model: ModelSpec) -> str:
    """Return a parameter's name within a sentence; a name of another program stays as it is."""
    if name in _LABELS:
        return _LABELS[name]
    if (spec := model.param(name)) is not None:
        return within(spec.label)
    return within(named(name)) if name in STANDARD else _short(name.replace("_", " "))


def _short(value: object) -> str:
    text = " ".join(str(value)[: 4 * _VALUE_CHARS].split())
    return shortened(text, _VALUE_CHARS)


def _list(parts: Sequence[str]) -> str:
    """Return at most six parts and the number of the others."""
    more = len(parts) - _NAMED
    if more > 1:
        return msg("{names}, and {more} more", names=listed(parts[:_NAMED]), more=more)
    return listed(parts)
