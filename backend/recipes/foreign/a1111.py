"""AUTOMATIC1111's infotext, as many programs write it: prompt, negative prompt, one line of pairs.

The line is found by its beginning, `Steps: 20`, or by the pairs in it. Its values may hold line
breaks, and there are files with one pair a line, and with all in a single line. Read in linear
time: the pattern that its inventor splits the line with is quadratic.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from backend.recipes.foreign.infotext_pairs import MAX_PAIRS, pairs_in
from backend.recipes.foreign.infotext_source import source_of
from backend.recipes.foreign.values import guidance, number, size
from backend.recipes.recipe import Brought

_NEGATIVE = "Negative prompt:"
_SETTINGS_CHARS = 200_000
_LINES_LOOKED_AT = 64  # some extensions write their template below the pairs

_STEPS = re.compile(r"\s*+Steps: ?\S")
_STEPS_INLINE = re.compile(r"(?<=[\s.,;])Steps: ?\d")
_NEGATIVE_INLINE = re.compile(r"(?<=[\s.,;])Negative prompt:", re.IGNORECASE)
_KNOWN_INLINE = re.compile(
    r"(?<=[\s.,;])(?:Sampler|CFG scale|Seed|Size|Model|Model hash): ?", re.IGNORECASE
)
# ExifTool prints a label first, and a dot for each line break; some pages save what it prints.
_LABEL = re.compile(r"\s*+Parameters\s*+: ?+", re.IGNORECASE)
_DOTTED = re.compile(r"\.(?=Negative prompt:|Steps: ?\d)")
_TEMPLATE = re.compile(r"\s*+(Negative )?Template: ?", re.IGNORECASE)

# What a line of fewer than three pairs must consist of.
_EXACT = {
    "steps": re.compile(r"\d{1,5}"),
    "seed": re.compile(r"-?\d{1,20}"),
    "cfg scale": re.compile(r"\d{1,3}(\.\d{1,8})?"),
    "size": re.compile(r"\d{2,5}x\d{2,5}"),
}
# Three pairs can stand in any prompt ("mood: calm, light: low, style: oil"); these hardly do.
_TELLING = frozenset({*_EXACT, "sampler", "model", "model hash"})
_SCALES = ("cfg scale", "cfg", "guidance scale")
_WITHOUT_MEANING = ("", "Unknown", "unknown")


def has_parameters(text: str) -> bool:
    """Whether there are pairs in `text`, or at least a negative prompt."""
    text = _unprinted(text)
    parts = _parts(text)
    return parts is not None or any(_is_negative(line) for line in text.strip().split("\n"))


def from_infotext(text: str, source: str = "") -> Brought:
    """Return what an infotext says. Without pairs all of it is the prompt.

    `source` is the program where something else than the text names it.
    """
    parts = _read(text)
    values: dict[str, object] = _prompts(parts)
    if parts.below:
        values["Template"] = parts.below
    pairs = dict(parts.pairs)
    said = {key.casefold(): key for key in reversed(pairs)}
    model = pairs.pop(said.get("model", ""), "") or _model(pairs)
    ours: dict[str | None, str] = {
        said.get("steps"): "num_steps",
        said.get("seed"): "seed",
        said.get("width"): "width",
        said.get("height"): "height",
    }
    scale = _scale(pairs, said, model)
    ours[scale] = "guidance_scale"
    for key, value in pairs.items():
        if value in _WITHOUT_MEANING:
            continue
        sides = size(value) if key == said.get("size") else None
        if sides:
            values["width"], values["height"] = sides
        elif key in ours:
            values[ours[key]] = number(value)
        else:
            values.setdefault(key, value)
    if values.get("num_steps") == 0:  # nothing is made in none: said of services that take none
        del values["num_steps"]
        if values.get("guidance_scale") == 0:
            del values["guidance_scale"]
    return Brought(source or source_of(pairs), "" if model in _WITHOUT_MEANING else model, values)


def as_written(text: str) -> dict[str, str]:
    """Return what an infotext says by the names that A1111 has for it, as it is written."""
    parts = _read(text)
    prompts = _prompts(parts)
    told = {
        "Prompt": prompts.get("prompt", ""),
        "Negative prompt": prompts.get("negative_prompt", ""),
    }
    return {name: str(value) for name, value in told.items()} | dict(parts.pairs)


def _scale(pairs: Mapping[str, str], said: Mapping[str, str], model: str) -> str | None:
    """Return the key of the scale that had an effect, of the two that are written for FLUX."""
    if "distilled cfg scale" in said:  # Forge writes it where it is used alone
        return said["distilled cfg scale"]
    cfg = next((said[key] for key in _SCALES if key in said), None)
    if cfg and "Guidance" in pairs and pairs.get("Version") == "stable-diffusion.cpp":
        distilled = number(pairs["Guidance"])
        return "Guidance" if guidance(model, number(pairs[cfg]), distilled) is distilled else cfg
    return cfg


def _model(pairs: Mapping[str, str]) -> str:
    """Return the model of a text without `Model`: sd.cpp's Unet, Civitai's only checkpoint."""
    if unet := pairs.get("Unet"):
        return unet
    try:
        resources = json.loads(pairs.get("Civitai resources", "[]"))
    except (ValueError, RecursionError):
        return ""
    found = [
        one.get("modelName")
        for one in (resources if isinstance(resources, list) else [])
        if isinstance(one, dict) and str(one.get("type")).lower() in ("checkpoint", "model")
    ]
    return found[0] if len(found) == 1 and isinstance(found[0], str) else ""


# The text's parts


@dataclass(frozen=True, slots=True)
class _Parts:
    """`lines` hold the prompts; `below` is what stands under the pairs, without its label.

    `inline` says that the pairs stand in a line together with a prompt.
    """

    lines: Sequence[str]
    pairs: Mapping[str, str]
    below: str
    inline: bool


def _read(text: str) -> _Parts:
    """Return the parts of an infotext; of one without pairs all is the prompts."""
    text = _unprinted(text)
    return _parts(text) or _Parts(_lines(text), {}, "", False)


def _unprinted(text: str) -> str:
    """Return the text that ExifTool printed, where it did; any other as it is."""
    label = _LABEL.match(text)
    rest = text[label.end() :] if label else text
    return _DOTTED.sub("\n", rest) if label and "\n" not in rest.strip() else rest


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").strip().split("\n")


def _is_negative(line: str) -> bool:
    return line[: len(_NEGATIVE)].casefold() == _NEGATIVE.casefold()


def _parts(text: str) -> _Parts | None:
    """Find the pairs: the last line that begins with `Steps: `, else the last of any kind."""
    lines = _lines(text)
    last = len(lines) - 1
    budget = 2 * _SETTINGS_CHARS
    for at in range(last, max(-1, last - _LINES_LOOKED_AT), -1):
        line = lines[at]
        if not _STEPS.match(line):
            continue
        budget -= len(line)
        if budget < 0:
            return None
        settings, below = _continued(line, lines[at + 1 :])
        if pairs := _settings(settings):
            return _Parts(lines[:at], pairs, below, False)
    return _without_a_line_of_its_own(lines)


def _without_a_line_of_its_own(lines: list[str]) -> _Parts | None:
    line = lines[-1]
    if len(line) > _SETTINGS_CHARS:
        return None
    found = list(_STEPS_INLINE.finditer(line))
    if found and not _is_known(line):
        start = _begin(line, found[-1].start())
        pairs = dict(pairs_in(line[start:]))
        if _is_telling(pairs):
            before = line[:start].rstrip().rstrip(",")
            return _Parts([*lines[:-1], before], pairs, "", True)
    pairs = _settings(line)
    return _Parts(lines[:-1], pairs, "", False) if pairs else None


def _begin(line: str, steps: int) -> int:
    """Return where the pairs begin that stand before `Steps`, with nothing else between them."""
    for found in islice(_KNOWN_INLINE.finditer(line, max(0, steps - 1_000), steps), MAX_PAIRS):
        between = line[found.start() : steps].split(",")
        if all(_is_known(piece) for piece in between if piece.strip()):
            return found.start()
    return steps


def _is_known(line: str) -> bool:
    """Whether the line begins with a pair rather than with a prompt."""
    return line.partition(":")[0].strip().casefold() in _TELLING


def _continued(line: str, rest: list[str]) -> tuple[str, str]:
    """Return the settings with the lines that belong to them, and what stands below.

    What is below begins with `Template:`; without that, a line belongs to the settings where a
    later one still holds pairs, or where a comma at its end or the next one's start says so.
    """
    end = next((at for at, one in enumerate(rest) if _TEMPLATE.match(one)), len(rest))
    inside = 1 if line.rstrip().endswith(",") else 0
    for at, one in enumerate(rest[:_LINES_LOOKED_AT]):
        if at >= end:
            break
        if one.lstrip().startswith(",") or _begins_pairs(one):
            inside = at + 1
    inside = min(inside, end)
    settings = line
    for one in rest[:inside]:
        # A pair that begins a line needs no comma before it.
        settings += ("\n," if _is_known(one) else "\n") + one
    below = _TEMPLATE.sub("", "\n".join(rest[inside:]).strip(), count=1)
    return settings, below.strip()


def _begins_pairs(line: str) -> bool:
    """Whether one of the first pieces of this line is a pair of those that tell."""
    pieces = line[:2_000].split(",")[:8]
    return any(
        piece.partition(":")[0].strip().casefold() in _TELLING for piece in pieces if ":" in piece
    )


def _prompts(parts: _Parts) -> dict[str, object]:
    """Split at the first line that begins with `Negative prompt:`, as its inventor does."""
    lines = list(parts.lines)
    start = next((at for at, line in enumerate(lines) if _is_negative(line)), len(lines))
    prompt, negative = "\n".join(lines[:start]), "\n".join(lines[start:])
    if not negative and parts.inline and (found := _NEGATIVE_INLINE.search(prompt)):
        negative = prompt[found.start() :]
        prompt = prompt[: found.start()].rstrip().rstrip(",")
    negative, template = _without_template(negative[len(_NEGATIVE) :])
    told = {"prompt": prompt, "negative_prompt": negative, "Template": template}
    return {name: text.strip() for name, text in told.items() if text.strip()}


def _without_template(negative: str) -> tuple[str, str]:
    """Return the negative prompt, and the template under it.

    There SD.Next has what others have below the pairs (modules/processing_info.py).
    """
    lines = negative.split("\n")
    start = next((at for at, one in enumerate(lines) if at and _TEMPLATE.match(one)), len(lines))
    template = "\n".join(lines[start:])
    return "\n".join(lines[:start]), _TEMPLATE.sub("", template, count=1)


# Pairs


def _settings(text: str) -> dict[str, str]:
    """Return the pairs where these are settings; empty where it may well be a prompt."""
    if len(text) > _SETTINGS_CHARS:
        return {}
    pairs = dict(pairs_in(text))
    return pairs if _is_telling(pairs) or _is_exact(text, pairs) else {}


def _is_telling(pairs: Mapping[str, str]) -> bool:
    return len(pairs) >= 3 and any(key.casefold() in _TELLING for key in pairs)


def _is_exact(text: str, pairs: Mapping[str, str]) -> bool:
    """Whether one or two pairs are all there is, one of them a number that makes pictures."""
    pieces = [piece for piece in text.split(",") if piece.strip()]
    if not pairs or len(pieces) != len(pairs) or len(pairs) > 2:
        return False
    keys = {key.casefold() for key in pairs}
    if not keys <= _TELLING or not keys & _EXACT.keys():
        return False
    known = {key.casefold(): value for key, value in pairs.items()}
    return all(pattern.fullmatch(known[key]) for key, pattern in _EXACT.items() if key in known)
