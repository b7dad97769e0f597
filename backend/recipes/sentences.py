"""What came of a recipe, in one to three sentences for a person. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from backend.errors import InvalidInput, NotANumber, OutOfRange
from backend.text import shortened
from backend.types import ModelSpec, ParamSpec, Value

SOURCES = {
    "own": "an image made here",
    "import": "an imported image",
    # Many programs write in this form, and not all say their name.
    "a1111": "an image in AUTOMATIC1111's format",
    "artbot": "an ArtBot image",
    "artroom": "an Artroom image",
    "civitai": "a Civitai image",
    "comfyui": "a ComfyUI image",
    "drawthings": "a Draw Things image",
    "easydiffusion": "an Easy Diffusion image",
    "fooocus": "a Fooocus image",
    "fooocusmre": "a Fooocus-MRE image",
    "forge": "a Forge image",
    "forgeclassic": "a Forge Classic image",
    "forgeneo": "a Forge Neo image",
    "huggingface": "an image of a Hugging Face Space",
    "invokeai": "an InvokeAI image",
    "midjourney": "a Midjourney image",
    "mochi": "a Mochi Diffusion image",
    "nmkd": "an NMKD image",
    "novelai": "a NovelAI image",
    "reforge": "a reForge image",
    "ruinedfooocus": "a RuinedFooocus image",
    "sdcpp": "a stable-diffusion.cpp image",
    "sdnext": "an SD.Next image",
    "stabilitymatrix": "a Stability Matrix image",
    "swarmui": "a SwarmUI image",
    "tensorart": "a Tensor.Art image",
    "unknown": "an image of an unknown program",
}
"""What each source of a recipe is called in a sentence."""

_LABELS = {"guidance_scale": "guidance scale", "num_steps": "steps", "model": "the model"}
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
    if values:
        sentences = [f"Taken from {origin}: {_list(_labels(values, model))}."]
    elif dropped or unknown:
        sentences = [f"Nothing in {origin} fits {model.label}."]
    else:
        sentences = [f"This is {origin}, but no settings were found in it."]
    if dropped:
        sentences.append(f"Not taken: {_list(_reasons(model, dropped, refused))}.")
    if unknown:
        names = [
            f"{_label(name, model)} {_short(value)}" if name == "model" else _label(name, model)
            for name, value in unknown.items()
        ]
        sentences.append(f"Not known here: {_list(names)}.")
    return sentences


def unsure(names: Sequence[str], model: ModelSpec) -> list[str]:
    """Return a sentence about what an image has but does not say for sure, if there is any."""
    if not names:
        return []
    return [f"Left out, as the file does not say for sure: {_list(_labels(names, model))}."]


def _reasons(
    model: ModelSpec, dropped: Mapping[str, object], refused: Mapping[str, InvalidInput]
) -> list[str]:
    """Return each dropped value with the reason; width and height are one, the size."""
    told: list[str] = []
    rest = dict(dropped)
    if {"width", "height"} <= rest.keys():
        size = f"size {_short(rest['width'])} x {_short(rest['height'])}"
        why = next((side for side in ("width", "height") if side in refused), None)
        reason = _reason(model, why or "width", rest[why or "width"], refused)
        told.append(f"{size} ({f'{why} ' if why else ''}{reason})")
        rest = {name: value for name, value in rest.items() if name not in ("width", "height")}
    for name, value in rest.items():
        # The text of a prompt says nothing here, and is long.
        shown = "" if "prompt" in name else f" {_short(value)}"
        told.append(f"{_label(name, model)}{shown} ({_reason(model, name, value, refused)})")
    return told


def _reason(model: ModelSpec, name: str, value: object, refused: Mapping[str, InvalidInput]) -> str:
    spec, error = model.param(name), refused.get(name)
    if spec is None:
        return f"{model.label} takes none"
    if error is None:
        return "only half of a size"
    if isinstance(error, OutOfRange):
        return f"{model.label} takes {_range(spec)}"
    if isinstance(error, NotANumber):
        return "not a number"
    return error.what.removeprefix("is ")


def _range(spec: ParamSpec) -> str:
    low, high = spec.minimum, spec.maximum
    if low is None or high is None:
        return f"at least {low:,.10g}" if low is not None else f"at most {high:,.10g}"
    return f"{low:,.10g} to {high:,.10g}"


def _labels(names: Iterable[str], model: ModelSpec) -> list[str]:
    told = [_label(name, model) for name in names]
    if {"width", "height"} <= set(names):
        at = min(told.index("width"), told.index("height"))
        told = [name for name in told if name not in ("width", "height")]
        told.insert(at, "size")
    return told


def _label(name: str, model: ModelSpec) -> str:
    """Return a parameter's name within a sentence; a name of another program stays as it is."""
    if name in _LABELS:
        return _LABELS[name]
    spec = model.param(name)
    if spec is not None:
        return spec.label[:1].lower() + spec.label[1:]
    return _short(name.replace("_", " "))


def _short(value: object) -> str:
    text = " ".join(str(value)[: 4 * _VALUE_CHARS].split())
    return shortened(text, _VALUE_CHARS)


def _list(parts: list[str]) -> str:
    """Return at most six parts and the number of the others."""
    more = len(parts) - _NAMED
    if more > 1:
        parts = [*parts[:_NAMED], f"and {more} more"]
    return ", ".join(parts)
