"""The numbers, names and sizes that a node's inputs have, through links and switches. Pure.

Strict: a value is only taken from an input whose name says that it is one. A node that reckons, or
looks at a picture, tells nothing here: a wrong value is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from backend.recipes.foreign.comfyui_graph import Graph, Link, matches
from backend.recipes.foreign.comfyui_switches import truth, ways
from backend.recipes.foreign.values import number

_NAMES = {
    "seed": ("seed", "noise_seed", "seed_value"),
    "steps": ("steps", "steps_total", "total_steps"),
    "cfg": ("cfg", "guidance_scale", "cfg_scale", "cfg_conds", "cfg_high_noise"),
    "width": ("width", "empty_latent_width"),
    "height": ("height", "empty_latent_height"),
    "sampler_name": ("sampler_name", "sampler"),
    "guidance": ("guidance",),
}
_PLAIN = frozenset(
    {
        *("value", "int", "float", "number", "integer", "string", "text", "constant"),
        *("boolean", "bool", "val", "num"),
    }
)
_RECKONS = re.compile(
    r"(?<!an)not(?![a-z])|NOT|invert|negat|random|math|expression|operat|compare|calculat|arithm"
    r"|increment|length|count(?!er)|multipl|divi|subtract|isnone|is_?null"
    r"|replace|regex|concat|join|split|substring|format",
    re.IGNORECASE,
)
_PASSES = re.compile(r"(?i:reroute|pass.?through|convert|cast|\bto\b)|To[A-Z]")
_SHOWS = re.compile(r"show|display|preview|console|debug", re.IGNORECASE)
_RANGE = re.compile(r"min(imum)?(_value)?|max(imum)?(_value)?", re.IGNORECASE)

_MEASURES = re.compile(r"(size|resolution|dimension)", re.IGNORECASE)
_SIZE_NAME = re.compile(r"\w*(dimension|resolution|size|aspect|ratio|preset)\w*", re.IGNORECASE)
_SIDES = re.compile(r"(?<![\d.])(\d{2,5})\s{0,3}[x\u00d7*,]\s{0,3}(\d{2,5})(?![\d.])")
_SWAP = re.compile(
    r"(swap|flip|invert|switch|reverse)_?(dimensions?|sides|orientation|size)?", re.I
)
# Their width and height are what comes out of them, whatever picture goes in.
_EXACT = frozenset(("ImageScale", "LatentUpscale", "LatentCrop", "ImageCrop"))
_BENDS = re.compile(
    r"scale|resiz|crop|pad(?!\w*mask)|rotat|outpaint|stitch|concat|grid|tile(?!d)", re.IGNORECASE
)
_MAX_SIDE = 65_536

_RATIO = re.compile(r"\d{1,3}(\.\d+)?\s?[:/]\s?\d{1,3}(\D|$)")

Size = tuple[int, int]
T = TypeVar("T")


class Values:
    """Reads values out of one graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def constant(self, value: object, role: str) -> object:
        """Return the number, truth or text that an input called `role` has; None if not told."""
        if not isinstance(value, list):
            return value if isinstance(value, str | int | float) else None
        link = self._graph.link(value)
        if link is None:
            return None
        return self._graph.once(("constant", *link, role), lambda: self._given(link, role))

    def first(self, keys: Iterable[str], role: str) -> object:
        """Return the first value of that role among the inputs of nodes."""
        for key in keys:
            inputs = self._graph.inputs(key)
            for name in _NAMES.get(role, (role,)):
                if (found := self.constant(inputs.get(name), role)) is not None:
                    return found
        return None

    def size(self, link: Link) -> Size | None:
        """Return the size in pixels of the latents or the picture that a link brings."""
        return self._graph.once(("size", *link), lambda: self._size(link))

    def own_size(self, key: str) -> Size | None:
        """Return the size that a node itself states; None where it states none, or half of one."""
        inputs = self._graph.inputs(key)
        if sides := self._in_words(key):
            return sides
        if any(
            isinstance(v, str) and _RATIO.search(v[:40]) for n, v in inputs.items() if "ratio" in n
        ):
            return None  # which of the two it went by is not told
        width, height = (whole(self.first([key], side)) for side in ("width", "height"))
        if not width or not height or max(width, height) > _MAX_SIDE:
            return None
        # Of a node that gives both, the width comes first: turned links turn the picture.
        one, two = (self._graph.link(inputs.get(side)) for side in ("width", "height"))
        turned = one and two and one.key == two.key and one.output > two.output
        return (height, width) if turned else (width, height)

    def _given(self, link: Link, role: str) -> object:
        graph, key = self._graph, link.key
        if (branches := ways(graph, link, self.constant)) is not None:
            return agreed([self.constant(value, role) for value in branches])
        inputs = graph.inputs(key)
        if not graph.spend(len(inputs)):
            return None
        if role in ("width", "height"):
            if sides := self._measured(key) or self.own_size(key):
                return sides[role == "height"]
            if any("ratio" in name for name in inputs):
                return None
        kind = graph.kind(key)
        if _SHOWS.search(kind):  # what it showed last time stands beside what it is given now
            return self._through(key, role)
        drawn = "random" in kind.lower() and "noise_seed" not in inputs
        if drawn or sum(bool(matches(_RANGE, name)) for name in inputs) >= 2:
            return None
        if "Xi" in inputs and "Xf" in inputs:  # a slider's whole and broken number
            return self.constant(inputs["Xf" if truth(inputs.get("isfloatX")) else "Xi"], role)
        named = {name.casefold(): value for name, value in inputs.items()}
        names = list(_NAMES.get(role, (role,)))
        if not _RECKONS.search(kind):
            names += [name for name in named if name in _PLAIN]
        for name in names:
            if name in named and (found := self.constant(named[name], role)) is not None:
                return found
        passes = _PASSES.search(kind) and not _RECKONS.search(kind)
        return self._through(key, role) if passes or graph.pipes(key) else None

    def _through(self, key: str, role: str) -> object:
        links = self._graph.pipes(key) or [link for _name, link in self._graph.links(key)]
        return self.constant([*links[0]], role) if len(links) == 1 else None

    def _in_words(self, key: str) -> Size | None:
        """Return a size out of ` 832 x 1216  (portrait)` or `3:2 landscape 768x512`."""
        inputs = self._graph.inputs(key)
        if not self._graph.spend(len(inputs)):
            return None
        for name in inputs:
            if not matches(_SIZE_NAME, name):
                continue
            text = self.constant(inputs[name], name)
            sides = _SIDES.findall(text[:100]) if isinstance(text, str) else []
            if len(sides) == 1:
                width, height = (self._scaled(int(side), inputs) for side in sides[0])
                width = self._overridden("width", inputs) or width
                height = self._overridden("height", inputs) or height
                swapped = [v for n, v in inputs.items() if matches(_SWAP, n)]
                return (height, width) if any(map(truth, swapped)) else (width, height)
        return None

    def _overridden(self, side: str, inputs: Mapping[str, object]) -> int | None:
        """Return the number that stands for a side in place of the words; None without one."""
        side_px = whole(self.constant(inputs.get(f"{side}_override"), side))
        return side_px if side_px and side_px <= _MAX_SIDE else None

    def _scaled(self, side: int, inputs: object) -> int:
        factor = inputs.get("prescale_factor", 1) if isinstance(inputs, dict) else 1
        return int(side * factor) if isinstance(factor, int | float) and 0 < factor < 100 else side

    def _measured(self, key: str) -> Size | None:
        """Return the size of the picture that a node measures."""
        pictures = self._graph.pictures(key) if _MEASURES.search(self._graph.kind(key)) else []
        if len(pictures) != 1 or "width" in self._graph.inputs(key):
            return None
        return self.size(pictures[0])

    def _size(self, link: Link) -> Size | None:
        graph, key = self._graph, link.key
        if (branches := ways(graph, link, self.constant)) is not None:
            links = [graph.link(value) for value in branches]
            return agreed([self.size(one) if one else None for one in links])
        pictures = graph.pictures(key)
        if not pictures or graph.kind(key) in _EXACT:
            return self.own_size(key)
        if _BENDS.search(graph.kind(key)):
            return None
        if {"width", "height"} <= graph.inputs(key).keys():
            return self.own_size(key)
        return self.size(pictures[0])


def agreed(found: list[T | None]) -> T | None:
    """Return what all say; None where they differ or say nothing."""
    if not found or any(one != found[0] for one in found[1:]):
        return None
    return found[0]


def whole(value: object) -> int | None:
    """Return a whole number of at least 0, or None: words and parts are none."""
    value = number(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and value >= 0 else None


def real(value: object) -> int | float | None:
    """Return a number, or None."""
    value = number(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
