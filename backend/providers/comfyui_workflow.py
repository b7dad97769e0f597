"""A user's own ComfyUI workflow, exported for the API, with marks where our values go in. Pure.

    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "{{prompt}}, masterpiece", ...}}
    "3": {"class_type": "KSampler", "inputs": {"seed": "{{seed}}", "steps": "{{steps=20}}", ...}}

A mark alone in its quotes becomes the value itself, a number for a number; within a text it becomes
text. What stands after `=` is what the form begins with. The marks are all that a model made of a
workflow takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, NoReturn

from backend.errors import SettingsError
from backend.providers import own_params as usual
from backend.providers.answers import dig, one_line, try_json
from backend.said import Said, listed, msg
from backend.types import ParamSpec, Value

MARKS: Mapping[str, ParamSpec] = {
    "prompt": usual.PROMPT,
    "negative_prompt": usual.NEGATIVE_PROMPT,
    "width": usual.WIDTH,
    "height": usual.HEIGHT,
    "steps": usual.STEPS,
    "cfg": usual.GUIDANCE,
    "sampler": usual.beginning(usual.SAMPLER, "euler"),
    "scheduler": usual.beginning(usual.SCHEDULER, "normal"),
    "seed": usual.SEED,
}
"""What can be marked, in the order of the form."""

_MARK = re.compile(r"\{\{ *([A-Za-z_]+) *(?:= *([^{}]*?) *)?\}\}")
_MAX_CHARS = 1_000_000
_DEPTH_MAX = 20  # of lists within an input
_TEXTS = ("text", "prompt", "positive", "text_g", "clip_l", "t5xxl", "string", "value")
_SEEDS = ("seed", "noise_seed")

Nodes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Workflow:
    """A graph with marks. `params` are what they ask for, `version` changes with the file."""

    nodes: Nodes
    params: tuple[ParamSpec, ...]
    version: str

    def filled(self, given: Mapping[str, Value]) -> dict[str, Any]:
        """Return the graph with `given`, by parameters' names, in place of the marks.

        What is not given is as the form begins, or an empty text. Nothing in a value is a mark.
        """
        values = {
            mark: _value(spec, given.get(spec.name))
            for mark, known in MARKS.items()
            for spec in self.params
            if spec.name == known.name
        }
        return {
            key: {**node, "inputs": _put(node["inputs"], values)}
            for key, node in self.nodes.items()
        }


def read_workflow(name: str, text: str) -> Workflow:
    """Return the workflow in a file. Raises: SettingsError naming it and saying what to change."""
    document = try_json(text.encode("utf-8", "replace")) if len(text) <= _MAX_CHARS else None
    if not isinstance(document, dict):
        _refuse(msg("The workflow {name} cannot be read: it is no JSON.", name=name), _EXPORT)
    if isinstance(document.get("nodes"), list):
        editor = msg("The workflow {name} is in the form that ComfyUI's editor keeps.", name=name)
        _refuse(editor, _EXPORT)
    inner = document.get("prompt")
    graph = inner if isinstance(inner, dict) and "class_type" not in inner else document
    nodes = {
        key: node
        for key, node in graph.items()
        if isinstance(node, dict)
        and isinstance(node.get("class_type"), str)
        and isinstance(node.get("inputs"), dict)
    }
    if not nodes or len(nodes) != len(graph):
        _refuse(msg("The workflow {name} is none that ComfyUI can run.", name=name), _EXPORT)
    told = _marks(name, nodes)
    _require_prompt(name, nodes, told)
    _require_seed(name, nodes, told)
    params = tuple(_spec(name, mark, told[mark]) for mark in MARKS if mark in told)
    return Workflow(nodes, params, sha256(text.encode("utf-8", "replace")).hexdigest()[:16])


_EXPORT = msg("In ComfyUI choose Workflow, then Export (API), and bring that file.")


# --- what is marked -----------------------------------------------------------------------------


def _marks(name: str, nodes: Nodes) -> dict[str, str | None]:
    """Return each mark that stands in the graph, with what it says to begin with."""
    told: dict[str, str | None] = {}
    for node in nodes.values():
        for text in _texts(node["inputs"]):
            for found in _MARK.finditer(text):
                mark, begins = found.groups()
                if mark in MARKS:
                    told[mark] = told.get(mark) or begins
                elif found[0] == text:  # within more text it may be meant for a node of theirs
                    unknown = msg(
                        "The workflow {name} has an unknown mark, {mark}.",
                        name=name,
                        mark=one_line(text),
                    )
                    known = listed(f"{{{{{one}}}}}" for one in MARKS)
                    _refuse(unknown, msg("It can be: {marks}.", marks=known))
    return told


def _require_prompt(name: str, nodes: Nodes, told: Mapping[str, object]) -> None:
    if "prompt" in told:
        return
    encoders = [key for key, node in nodes.items() if "textencode" in node["class_type"].lower()]
    for key in [*encoders, *nodes]:
        for field in _TEXTS:
            if isinstance(nodes[key]["inputs"].get(field), str):
                _missing(name, "prompt", nodes, key, field)
    _missing(name, "prompt")


def _require_seed(name: str, nodes: Nodes, told: Mapping[str, object]) -> None:
    """Refuse a graph whose seed stands fixed in it: ComfyUI would make the same image for ever."""
    if "seed" in told:
        return
    samplers = [key for key, node in nodes.items() if "sampler" in node["class_type"].lower()]
    for key in [*samplers, *nodes]:
        for field in _SEEDS:
            if isinstance(nodes[key]["inputs"].get(field), int):
                _missing(name, "seed", nodes, key, field)


def _missing(
    name: str, mark: str, nodes: Nodes | None = None, key: str = "", field: str = ""
) -> NoReturn:
    shown = f"{{{{{mark}}}}}"
    lacks = msg("The workflow {name} has no mark {mark}.", name=name, mark=shown)
    if nodes is None:
        hint = msg("Write {mark} in place of the prompt, in a text editor.", mark=shown)
    else:
        title = one_line(dig(nodes[key], "_meta", "title")) or one_line(nodes[key]["class_type"])
        line = f'"{field}": "{shown}"'
        hint = msg(
            'Open it in a text editor. In node {key} ("{title}") make it {line}.',
            key=one_line(key),
            title=title,
            line=line,
        )
    _refuse(lacks, hint)


def _spec(name: str, mark: str, begins: str | None) -> ParamSpec:
    spec = MARKS[mark]
    if begins is None or mark == "seed":  # a seed is random until somebody keeps one
        return spec
    low, high = spec.minimum or 0, spec.maximum or 0
    value: str | int | float = begins
    try:
        if spec.kind != "text":
            value = int(begins) if spec.kind == "integer" else float(begins)
    except ValueError:
        value = -1
    size = len(value) if isinstance(value, str) else value
    if not low <= size <= high:  # NaN fails too
        shown = f"{{{{{mark}}}}}"
        wrong = msg(
            "In the workflow {name} the mark {mark} begins with what it cannot be: {begins}.",
            name=name,
            mark=shown,
            begins=one_line(begins),
        )
        in_range = msg("It must be from {low} to {high}.", low=low, high=high)
        at_most = msg("It can have at most {high} characters.", high=high)
        _refuse(wrong, at_most if spec.kind == "text" else in_range)
    return replace(spec, default=value)


def _refuse(what: Said, hint: Said) -> NoReturn:
    raise SettingsError(what, hint)


# --- texts within inputs ------------------------------------------------------------------------


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list) and depth < _DEPTH_MAX:
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part, depth + 1)


def _put(value: Any, values: Mapping[str, Value], depth: int = 0) -> Any:
    if isinstance(value, str):
        whole = _MARK.fullmatch(value)
        if whole and whole[1] in values:
            return values[whole[1]]
        return _MARK.sub(lambda m: str(values[m[1]]) if m[1] in values else m[0], value)
    if depth >= _DEPTH_MAX:
        return value
    if isinstance(value, dict):
        return {key: _put(part, values, depth + 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_put(part, values, depth + 1) for part in value]
    return value


def _value(spec: ParamSpec, given: Value) -> Value:
    if given is None:
        given = spec.default
    return ("" if spec.kind == "text" else 0) if given is None else given
