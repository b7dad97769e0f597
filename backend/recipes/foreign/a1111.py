"""AUTOMATIC1111's infotext, as many programs write it: prompt, negative prompt, one line of pairs.

Read in linear time: the pattern that its inventor splits the line with is quadratic.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from backend.recipes.foreign.values import number, size
from backend.recipes.recipe import Brought

_NEGATIVE = "Negative prompt:"
_LINE_CHARS = 65_536
_LINES_LOOKED_AT = 32  # some extensions write their template below the pairs
_MAX_PAIRS = 128

_KEY = re.compile(r"\w[\w \-/().+]{0,80}")
_STRING = re.compile(r'"(?:\\.|[^"\\])*"')
_DECODER = json.JSONDecoder()

# Three pairs can stand in any prompt ("mood: calm, light: low, style: oil"); these hardly do.
_TELLING = frozenset({"Steps", "Sampler", "CFG scale", "Seed", "Size", "Model", "Model hash"})
_WITHOUT_MEANING = ("", "Unknown")


def has_parameters(text: str) -> bool:
    """Whether there is a line of pairs in `text`, or at least a negative prompt."""
    lines = text.strip().split("\n")
    return _line_of_pairs(lines) is not None or any(line.startswith(_NEGATIVE) for line in lines)


def from_infotext(text: str, source: str = "a1111") -> Brought:
    """Return what an infotext says. Without a line of pairs all of it is the prompt."""
    lines = text.replace("\r\n", "\n").strip().split("\n")
    found = _line_of_pairs(lines)
    at, pairs = found if found else (len(lines), {})
    values: dict[str, object] = _prompts(lines[:at])
    if template := "\n".join(lines[at + 1 :]).strip():
        values["Template"] = template.removeprefix("Template:").strip()
    model = pairs.pop("Model", "")
    # Of the two scales that Forge writes for FLUX, this is the one that has an effect.
    scale = "Distilled CFG Scale" if "Distilled CFG Scale" in pairs else "CFG scale"
    ours = {"Steps": "num_steps", "Seed": "seed", scale: "guidance_scale"}
    for key, value in pairs.items():
        if value in _WITHOUT_MEANING:
            continue
        sides = size(value) if key == "Size" else None
        if sides:
            values["width"], values["height"] = sides
        elif key in ours:
            values[ours[key]] = number(value)
        else:
            values.setdefault(key, value)
    return Brought(source, model, values)


def _prompts(lines: list[str]) -> dict[str, object]:
    """Split at the first line that begins with `Negative prompt:`, as its inventor does."""
    start = next((at for at, line in enumerate(lines) if line.startswith(_NEGATIVE)), len(lines))
    prompt, negative = "\n".join(lines[:start]), "\n".join(lines[start:])
    found = {"prompt": prompt, "negative_prompt": negative.removeprefix(_NEGATIVE)}
    return {name: text.strip() for name, text in found.items() if text.strip()}


def _line_of_pairs(lines: list[str]) -> tuple[int, dict[str, str]] | None:
    """Return the number of the line that holds the parameters, the last such, with its pairs."""
    last = len(lines) - 1
    for at in range(last, max(-1, last - _LINES_LOOKED_AT), -1):
        line = lines[at].strip()
        if len(line) > _LINE_CHARS or (at < last and not line.startswith("Steps: ")):
            continue
        pairs = dict(_pairs(line))
        if len(pairs) >= 3 and pairs.keys() & _TELLING:
            return at, pairs
    return None


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    at = 0
    for _ in range(_MAX_PAIRS):
        colon = line.find(":", at)
        if colon < 0:
            return
        # A piece without a colon, such as the rest of a value with a comma, is passed over.
        key = line[line.rfind(",", at, colon) + 1 or at : colon].strip()
        start = colon + 1 + (line[colon + 1 : colon + 2] == " ")
        value, end = _value(line, start)
        if _KEY.fullmatch(key):
            yield key, value
        comma = line.find(",", end)
        if comma < 0:
            return
        at = comma + 1


def _value(line: str, start: int) -> tuple[str, int]:
    """Return the value at `start` and its end: a JSON string, list or object, or up to a comma."""
    if line.startswith('"', start) and (quoted := _STRING.match(line, start)):
        try:
            return str(json.loads(quoted[0])), quoted.end()
        except ValueError:
            return quoted[0][1:-1], quoted.end()
    if line.startswith(("{", "["), start):
        try:
            _document, end = _DECODER.raw_decode(line, start)
            return line[start:end], end
        except (ValueError, RecursionError):
            pass
    comma = line.find(",", start)
    end = comma if comma >= 0 else len(line)
    return line[start:end].strip(), end
