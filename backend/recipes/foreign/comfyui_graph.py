"""A node graph as ComfyUI runs it, looked at within one budget of work. Pure.

{id: {class_type, inputs}}, where an input is a value or a link [id, output]. All that is found out
about a node is kept, so a graph that leads to one node by a million ways costs what it costs once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

STEPS_MAX = 60_000
"""Most inputs of nodes looked at for one file; the largest real graph known took 5,000."""

_DEPTH_MAX = 100
_NAME_CHARS = 100

_PICTURE = re.compile(
    r"(images?|img|pixels|samples|([a-z]{2,8}_)?latents?|video|frames|image_embeds|source|destination|base_image"
    r"|original\w*|anything|any|input|in|value|stage_c)([_ ]?([a-d]|\d|to|from|image|opt))*",
    re.IGNORECASE,
)
_PIPE = re.compile(r"\w*(pipe|context|ctx|tuple|bus)(_?\d+)?(_opt)?", re.IGNORECASE)

Node = Mapping[str, object]
T = TypeVar("T")


@lru_cache(maxsize=8192)
def matches(pattern: re.Pattern[str], name: str) -> re.Match[str] | None:
    """Match the whole name of an input; the same few hundred come back in all files."""
    return pattern.fullmatch(name)


class Link(NamedTuple):
    """Where an input comes from: a node that is in the graph, and which of its outputs."""

    key: str
    output: int


class Graph:
    """The nodes of one file and what is left of the work that it may cost."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes
        self._left = STEPS_MAX
        self._depth = 0
        self._inputs: dict[str, Node] = {}
        self._known: dict[Hashable, object] = {}

    def kind(self, key: str) -> str:
        """Return a node's class, such as KSampler."""
        kind = self.nodes[key].get("class_type")
        return kind[:_NAME_CHARS] if isinstance(kind, str) else ""

    def inputs(self, key: str | None) -> Node:
        """Return a node's inputs by name; none of those with a name that no program gives."""
        if key is None:
            return {}
        found = self._inputs.get(key)
        if found is None:
            inputs = self.nodes[key].get("inputs")
            found = inputs if isinstance(inputs, dict) else {}
            if any(len(name) > _NAME_CHARS for name in found):
                found = {name: one for name, one in found.items() if len(name) <= _NAME_CHARS}
            self._inputs[key] = found
        return found

    def link(self, value: object) -> Link | None:
        """Return where a link leads, or None: it is a value, or leads out of the graph."""
        if not isinstance(value, list) or len(value) != 2:
            return None
        key, output = value
        if isinstance(key, int) and abs(key) < 2**63:
            key = str(key)
        if not isinstance(key, str) or key not in self.nodes:
            return None
        return Link(key, output if isinstance(output, int) else 0)

    def links(self, key: str) -> list[tuple[str, Link]]:
        """Return a node's linked inputs by name, in the order in which the file has them."""
        inputs = self.inputs(key)
        if not self.spend(len(inputs)):
            return []
        named = ((name, self.link(value)) for name, value in inputs.items())
        return [(name, link) for name, link in named if link is not None]

    def pictures(self, key: str) -> list[Link]:
        """Return the links by which a picture, its latents or a pipe with them come to a node."""
        named = [link for name, link in self.links(key) if matches(_PICTURE, name)]
        return named or self.pipes(key)

    def pipes(self, key: str) -> list[Link]:
        """Return the links that carry many things at once: pipes, contexts, tuples."""
        return [link for name, link in self.links(key) if matches(_PIPE, name)]

    def spend(self, steps: int) -> bool:
        """Take `steps` from the budget; False when it is used up."""
        self._left -= steps + 1
        return self._left >= 0

    def once(self, known: Hashable, find: Callable[[], T | None]) -> T | None:
        """Return what `find` finds, found once; None in a ring, too deep, or without budget."""
        if known in self._known:
            return self._known[known]  # type: ignore[return-value]
        if self._depth >= _DEPTH_MAX or not self.spend(0):
            return None
        self._known[known] = None  # what leads back to itself ends here
        self._depth += 1
        try:
            self._known[known] = found = find()
        finally:
            self._depth -= 1
        return found
