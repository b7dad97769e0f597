"""ComfyUI's editor form of a graph, made into the form in which graphs run. Pure, bounded.

As the editor does it when it sends a graph: what is muted stays out, what is bypassed passes on
what fits, reroutes, set and get are links, and the nodes within a subgraph are called `12:3`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from backend.recipes.foreign.comfyui_widgets import widgets, word

_MAX_NODES = 20_000
_MAX_LINKS = 80_000
_MAX_DEPTH = 16
_MAX_HOPS = 200  # of one link
_MAX_STEPS = 400_000  # of all links
_MUTED, _BYPASSED = 2, 4
_INSIDE, _OUTSIDE = -10, -20  # a subgraph's own ends, by their ids
_REROUTES = ("Reroute", "Reroute (rgthree)")
_VIRTUAL = (*_REROUTES, "PrimitiveNode", "GetNode", "SetNode", "Note", "MarkdownNote")

Json = Mapping[str, object]


def as_prompt(workflow: Json) -> dict[str, Json]:
    """Return {id: {class_type, inputs}} for the nodes of the editor's form."""
    return _Editor(workflow).prompt()


@dataclass(slots=True)
class _Scope:
    """One graph of nodes: the whole, or one use of a subgraph."""

    prefix: str
    nodes: dict[str, Json]
    links: dict[int, tuple[str, int]]  # by its id: the node and the output it comes from
    ends: dict[int, int] = field(default_factory=dict)  # of a subgraph's output: the link
    outer: _Scope | None = None
    names: list[str] = field(default_factory=list)  # of a subgraph's inputs
    given: Json = field(default_factory=dict)  # what the node that stands for it links to them
    promoted: Json = field(default_factory=dict)  # and the values that it has for them
    setters: dict[str, object] = field(default_factory=dict)  # by what they set: the link
    within: dict[str, _Scope] = field(default_factory=dict)


class _Editor:
    def __init__(self, workflow: Json) -> None:
        definitions = workflow.get("definitions")
        listed = definitions.get("subgraphs") if isinstance(definitions, dict) else None
        self._kinds = {word(one.get("id")): one for one in _dicts(listed)}
        self._nodes_left, self._links_left, self._steps_left = _MAX_NODES, _MAX_LINKS, _MAX_STEPS
        self._top = self._scope(workflow, "", 0)

    def prompt(self) -> dict[str, Json]:
        prompt: dict[str, Json] = {}
        todo = [self._top]
        while todo:
            scope = todo.pop(0)
            todo += scope.within.values()
            for key, node in scope.nodes.items():
                off = node.get("mode") in (_MUTED, _BYPASSED)
                if off or node.get("type") in _VIRTUAL or key in scope.within:
                    continue
                slots = _dicts(node.get("inputs"), self._steps_left)
                self._steps_left -= len(slots) + 1
                inputs = widgets(node)
                for slot in slots:
                    source = self._source(scope, slot.get("link"))
                    if source is not None:
                        inputs[word(slot.get("name"))] = source
                prompt[scope.prefix + key] = {
                    "class_type": word(node.get("type")),
                    "inputs": inputs,
                }
        return prompt

    def _scope(self, graph: Json, prefix: str, depth: int) -> _Scope:
        listed = _dicts(graph.get("nodes"), self._nodes_left)
        self._nodes_left -= len(listed) + 1
        nodes = {word(node.get("id")): node for node in listed}
        scope = _Scope(prefix, nodes, {})
        for one, (origin, output, target, slot) in _links(graph.get("links"), self._links_left):
            self._links_left -= 1
            scope.links[one] = (origin, output)
            if target == _OUTSIDE:
                scope.ends[slot] = one
        for key, node in nodes.items():
            inner = self._kinds.get(word(node.get("type")))
            off = node.get("mode") in (_MUTED, _BYPASSED)
            if node.get("type") == "SetNode" and node.get("mode") != _MUTED:
                scope.setters.setdefault(_set_name(node), _first_link(node))
            if inner is None or off or depth >= _MAX_DEPTH or self._nodes_left <= 0:
                continue
            within = self._scope(inner, f"{prefix}{key}:", depth + 1)
            within.outer, within.promoted = scope, widgets(node)
            slots = _dicts(node.get("inputs"), self._nodes_left)
            within.given = {word(slot.get("name")): slot.get("link") for slot in slots}
            named = _dicts(inner.get("inputs"), self._nodes_left)
            within.names = [word(one.get("name")) for one in named]
            self._nodes_left -= len(slots) + len(named)
            scope.within[key] = within
        return scope

    def _source(self, scope: _Scope, link: object) -> object:
        """Return [id, output] or the value that a link brings; None where it brings nothing."""
        for _hop in range(_MAX_HOPS):
            self._steps_left -= 1
            if not isinstance(link, int) or link not in scope.links or self._steps_left < 0:
                return None
            origin, output = scope.links[link]
            if origin == str(_INSIDE):
                if scope.outer is None or not 0 <= output < len(scope.names):
                    return None
                name = scope.names[output]
                if scope.given.get(name) is None:
                    return scope.promoted.get(name)
                scope, link = scope.outer, scope.given[name]
                continue
            node = scope.nodes.get(origin)
            if node is None or node.get("mode") == _MUTED:
                return None
            kind = node.get("type")
            if node.get("mode") == _BYPASSED:
                link = _passed(node, output)
            elif kind == "PrimitiveNode":
                values = node.get("widgets_values")
                return values[0] if isinstance(values, list) and values else None
            elif kind in (*_REROUTES, "SetNode"):
                link = _first_link(node)
            elif kind == "GetNode":
                link = scope.setters.get(_set_name(node))
            elif origin in scope.within:
                scope = scope.within[origin]
                link = scope.ends.get(output)
            else:
                return [scope.prefix + origin, output]
        return None


def _passed(node: Json, output: int) -> object:
    """Return the link that a bypassed node passes on: an input of the same type as the output."""
    outputs, inputs = _dicts(node.get("outputs"), 64), _dicts(node.get("inputs"), 64)
    if not 0 <= output < len(outputs):
        return None
    kind = outputs[output].get("type")
    same = [slot for slot in inputs[output : output + 1] + inputs if slot.get("type") == kind]
    return next((slot.get("link") for slot in same if slot.get("link") is not None), None)


def _set_name(node: Json) -> str:
    values = node.get("widgets_values")
    return word(values[0]) if isinstance(values, list) and values else ""


def _first_link(node: Json) -> object:
    inputs = node.get("inputs")
    slots = _dicts(inputs[:1] if isinstance(inputs, list) else None)
    return slots[0].get("link") if slots else None


def _links(links: object, most: int) -> Iterator[tuple[int, tuple[str, int, int, int]]]:
    """Yield (id, (from node, from output, to node, to input)) of each link, of either form."""
    for link in links[: max(0, most)] if isinstance(links, list) else ():
        if isinstance(link, dict):  # in subgraphs, and in newer files everywhere
            names = ("id", "origin_id", "origin_slot", "target_id", "target_slot")
            link = [link.get(name) for name in names]
        if isinstance(link, list) and len(link) >= 2 and isinstance(link[0], int):
            ends = [one if isinstance(one, int) else 0 for one in (*link[2:5], 0, 0, 0)]
            yield link[0], (word(link[1]), ends[0], ends[1], ends[2])


def _dicts(value: object, most: int = _MAX_NODES) -> list[Json]:
    items = value[: max(0, most)] if isinstance(value, list) else []
    return [item for item in items if isinstance(item, dict)]
