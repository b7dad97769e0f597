"""Nodes that pass one of their inputs on: which one did, as far as the graph tells. Pure.

By what the sources of ComfyUI, Impact Pack, rgthree, Easy Use, Comfyroll, KJNodes and WAS say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from backend.recipes.foreign.comfyui_graph import Graph, Link, matches

Constant = Callable[[object, str], object]
"""Returns the value that an input has, through links, or None where the graph does not tell."""

_TRUE = re.compile(r"(on_|if_|when_)?true(_\w+)?|tt_value|then|\w+_true|boolean_true", re.I)
_FALSE = re.compile(r"(on_|if_|when_)?false(_\w+)?|ff_value|else|\w+_false|boolean_false", re.I)
_A, _B = re.compile(r"(\w+_)?a", re.I), re.compile(r"(\w+_)?b", re.I)
_CONDITIONS = ("switch", "boolean", "condition", "cond", "bool", "boolean_number", "value", "any")
_SELECTORS = (
    *("select", "Input", "index", "input", "selection", "select_index", "switch_index"),
    *("selector", "selected", "choice", "switch", "channel", "SwitchState", "select_model"),
)
_NUMBERED = re.compile(r"[^\d]{0,60}(\d{1,4})(_opt)?")
_SWITCH = re.compile(r"switch|select|if.?else|branch|choose|choice|pick|ternary|lazy", re.I)
_FIRST = re.compile(r"(any|context|ctx).?switch|switch.?any|ifnone|coalesce|first", re.I)
_WORDS = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


def ways(graph: Graph, link: Link, constant: Constant) -> list[object] | None:
    """Return the inputs that a switch may have passed on: one if the graph tells, else all.

    None for any other node; empty for a switch that has nothing to pass on.
    """
    return graph.once(("ways", *link), lambda: _ways(graph, link, constant))


def truth(value: object) -> bool | None:
    """Return whether a value means yes; None where it means neither."""
    if isinstance(value, str):
        return _WORDS.get(value.strip().casefold())
    return bool(value) if isinstance(value, bool | int | float) else None


def _ways(graph: Graph, link: Link, constant: Constant) -> list[object] | None:
    inputs = graph.inputs(link.key)
    if not graph.spend(len(inputs)):
        return None
    kind = graph.kind(link.key)
    if (pair := _pair(inputs)) is not None:
        return _of_pair(inputs, pair, constant)
    selector = next((n for n in _SELECTORS if n in inputs and _tells(graph, inputs[n])), None)
    if selector is not None and (_SWITCH.search(kind) or _all_linked(graph, inputs, selector)):
        return _of_many(inputs, selector, link.output, constant)
    if _FIRST.search(kind):
        linked = [value for value in inputs.values() if graph.link(value)]
        return linked[:1] if len(linked) < 2 else _living(graph, linked, constant)
    return None


def _pair(inputs: Mapping[str, object]) -> tuple[str | None, str | None] | None:
    """Return the names for yes and no."""
    yes = next((name for name in inputs if matches(_TRUE, name)), None)
    no = next((name for name in inputs if matches(_FALSE, name)), None)
    if yes or no:
        return yes, no
    condition = next((n for n in ("boolean", "boolean_number") if n in inputs), None)
    yes = next((name for name in inputs if matches(_A, name)), None)
    no = next((name for name in inputs if matches(_B, name)), None)
    return (yes, no) if condition and yes and no else None


def _of_pair(
    inputs: Mapping[str, object], pair: tuple[str | None, str | None], constant: Constant
) -> list[object]:
    names = [n for n in _CONDITIONS if n in inputs] or [n for n in inputs if n not in pair]
    chosen = truth(constant(inputs[names[0]], "boolean")) if names else None
    yes, no = (inputs.get(name) if name else None for name in pair)
    return [yes, no] if chosen is None else [yes if chosen else no]


def _of_many(
    inputs: Mapping[str, object], selector: str, output: int, constant: Constant
) -> list[object] | None:
    chosen = constant(inputs[selector], selector)
    if isinstance(chosen, str):
        named = chosen.strip().replace(" ", "_")
        if named in inputs and named != selector:
            return [inputs[named]]
        digits = re.fullmatch(r"\D{0,40}(\d{1,4})\D{0,40}", chosen)
        chosen = int(digits[1]) if digits else None
    numbered = [(name, n) for name in inputs if (n := _number_in(name)) is not None]
    if not numbered:
        return None
    if not isinstance(chosen, int | float):
        return [inputs[name] for name, _n in numbered]
    # Some choose several things at once, such as a model with its CLIP: one for each output.
    same = [inputs[name] for name, n in numbered if n == chosen]
    return same[output : output + 1] or same[:1]


def _tells(graph: Graph, value: object) -> bool:
    return isinstance(value, int | str | float) or graph.link(value) is not None


def _all_linked(graph: Graph, inputs: Mapping[str, object], selector: str) -> bool:
    """Whether all but the selector are links with numbered names: what else could it be?"""
    others = [name for name in inputs if name not in (selector, "sel_mode")]
    return len(others) > 1 and all(
        _number_in(name) is not None and graph.link(inputs[name]) for name in others
    )


def _number_in(name: str) -> int | None:
    digits = matches(_NUMBERED, name)
    return int(digits[1]) if digits else None


def _living(graph: Graph, linked: list[object], constant: Constant) -> list[object]:
    """Return the first link that is not to a switch without anything to pass on."""
    for value in linked:
        link = graph.link(value)
        if link is not None and ways(graph, link, constant) != []:
            return [value]
    return []
