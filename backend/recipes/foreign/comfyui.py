"""ComfyUI's node graph: what its sampler was linked to. Pure, bounded, whatever the graph.

`prompt` is the graph as it ran: {id: {class_type, inputs}}, where an input is a value or a link
[id, output]. `workflow` is the editor's own form of it, made into the first where that is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from backend.recipes.foreign.comfyui_workflow import as_prompt
from backend.recipes.foreign.values import number, size
from backend.recipes.recipe import Brought

STEPS_MAX = 5_000
"""Most nodes looked at for one image: a graph may lead to the same node by many ways."""

_DEPTH_MAX = 100
_SAMPLERS_MAX = 64
_JOINED_CHARS = 100_000  # what is joined from pieces could double with each node

_SEED = ("seed", "noise_seed")
_TEXT = ("text", "t5xxl", "text_g", "prompt", "clip_l", "text_l", "populated_text", "wildcard_text")
_CONSTANT = ("value", "text", "string", "String", "int", "float", "number", "Number", "prompt")
_CHECKPOINT = ("ckpt_name", "unet_name", "base_ckpt_name", "model_name", "gguf_name", "model_path")
_CONDITIONING = re.compile(r"(conditioning\w*|cond\d?|any\w*|input\w*|value)?")
_JOINED = re.compile(r"(string|text)_?([a-h]|\d{1,2})")
_EMPTY = re.compile("ZeroOut")

Node = Mapping[str, object]


def from_comfyui(
    prompt: Mapping[str, object] | None, workflow: Mapping[str, object] | None
) -> Brought | None:
    """Return what the graph's sampler used; of several samplers the first, which sets the picture.

    None where there is no graph at all.
    """
    nodes = prompt or (as_prompt(workflow) if workflow else {})
    graph = _Graph({str(key): node for key, node in nodes.items() if isinstance(node, dict)})
    if not graph.nodes:
        return None
    sampler = graph.sampler()
    return Brought("comfyui", "", {}) if sampler is None else graph.brought(sampler)


class _Graph:
    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes
        self.left = STEPS_MAX

    def sampler(self) -> str | None:
        """Return the node that makes the picture: no other sampler comes before it."""
        found = [key for key in self.nodes if self._is_sampler(key)]
        if not found:  # nodes for other services have all in one
            found = [key for key in self.nodes if isinstance(self._inputs(key).get("prompt"), str)]
        found = found[:_SAMPLERS_MAX]
        first = [key for key in found if not self._follows_a_sampler(key, set(found))]
        return next(iter(first or found), None)

    def _is_sampler(self, key: str) -> bool:
        inputs = self._inputs(key).keys()
        custom = "sigmas" in inputs and bool(inputs & {"noise", "noise_seed"})
        return custom or (bool(inputs & set(_SEED)) and "steps" in inputs)

    def _follows_a_sampler(self, key: str, samplers: set[str]) -> bool:
        self.left = STEPS_MAX
        before = self._before(key, ("latent_image", "latent", "samples", "pixels", "image"))
        return any(found in samplers for found in before)

    def brought(self, key: str) -> Brought:
        inputs = self._inputs(key)
        guider, noise = self._linked(inputs.get("guider")), self._linked(inputs.get("noise"))
        sigmas = self._linked(inputs.get("sigmas"))
        values: dict[str, object] = {}

        self.left = STEPS_MAX
        start = inputs if "positive" in inputs else self._inputs(guider)
        positive = start.get("positive", start.get("conditioning", start.get("cond1")))
        guidance: list[object] = []
        own = inputs.get("prompt")
        texts = [own] if isinstance(own, str) else self._texts(positive, "positive", guidance)
        self.left = STEPS_MAX
        negatives = self._texts(
            start.get("negative", inputs.get("negative_prompt")), "negative", []
        )
        values["prompt"] = ", ".join(dict.fromkeys(texts))
        # FLUX graphs link the prompt itself where a negative one must be, as it has no effect.
        if negatives != texts:
            values["negative_prompt"] = ", ".join(dict.fromkeys(negatives))

        self.left = STEPS_MAX
        for side in ("width", "height"):
            values[side] = self._constant(inputs.get(side), side)
        for before in self._before(key, ("latent_image", "latent", "samples")):
            self._put_size(values, self._inputs(before))
        values["num_steps"] = self._first(inputs, sigmas, ("steps",))
        scale = self._first(inputs, guider, ("cfg", "guidance_scale"))
        values["guidance_scale"] = guidance[0] if guidance else scale
        values["seed"] = self._first(inputs, noise, _SEED)

        chosen = self._linked(inputs.get("sampler"))
        values["sampler"] = self._first(inputs, chosen, ("sampler_name",))
        values["scheduler"] = self._first(inputs, sigmas, ("scheduler",))
        denoise = self._first(inputs, sigmas, ("denoise",))
        values["denoise"] = None if denoise == 1 else denoise
        model = self._model(key, guider, values)
        return Brought(
            "comfyui", model, {k: v for k, v in values.items() if v not in (None, "", [])}
        )

    def _put_size(self, values: dict[str, object], inputs: Node) -> None:
        if values["width"] is None and {"width", "height"} <= inputs.keys():
            values["width"] = self._constant(inputs["width"], "width")
            values["height"] = self._constant(inputs["height"], "height")
        elif values["width"] is None and (sides := size(inputs.get("resolution"))):
            values["width"], values["height"] = sides

    def _model(self, key: str, guider: str | None, values: dict[str, object]) -> str:
        self.left = STEPS_MAX
        loras: list[object] = []
        values["lora"] = loras
        for start in (key, guider):
            for node in self._before(start, ("model", "base_model", "basic_pipe", "pipe")):
                inputs = self._inputs(node)
                if isinstance(inputs.get("lora_name"), str):
                    loras.append(inputs["lora_name"])
                name = next((inputs[n] for n in _CHECKPOINT if isinstance(inputs.get(n), str)), "")
                if name:
                    return str(name)
        return ""

    def _texts(self, link: object, role: str, guidance: list[object], depth: int = 0) -> list[str]:
        """Return the texts that a conditioning was made from, and note FLUX's guidance."""
        if isinstance(link, str):
            return [link]
        key = self._linked(link)
        if key is None or depth > _DEPTH_MAX or not self._step():
            return []
        inputs = self._inputs(key)
        if _EMPTY.search(str(self.nodes[key].get("class_type"))):
            return []
        if (strength := self._constant(inputs.get("guidance"), "guidance")) is not None:
            guidance.append(strength)
        for name in _TEXT:
            if text := self._text(inputs.get(name), depth):
                return [text]
        names = [role] if role in inputs else [n for n in inputs if _CONDITIONING.fullmatch(n)]
        return [t for n in names for t in self._texts(inputs[n], role, guidance, depth + 1)]

    def _text(self, value: object, depth: int) -> str:
        """Return a text, or that of the nodes which make it: constants, joins, switches."""
        if isinstance(value, str):
            return value.strip()
        key = self._linked(value)
        if key is None or depth > _DEPTH_MAX or not self._step():
            return ""
        inputs = self._inputs(key)
        if pieces := sorted((name for name in inputs if _JOINED.fullmatch(name)), key=_by_number):
            between = inputs.get("delimiter", inputs.get("separator", ", "))
            texts = (self._text(inputs[name], depth + 1) for name in pieces)
            joint = between if isinstance(between, str) else ", "
            return joint[:20].join(text[:_JOINED_CHARS] for text in texts if text)
        names = [*_TEXT, *_CONSTANT, *(name for name, v in inputs.items() if self._linked(v))]
        for name in dict.fromkeys(names):
            if name in inputs and (text := self._text(inputs[name], depth + 1)):
                return text
        return ""

    def _constant(self, value: object, name: str, depth: int = 0) -> object:
        """Return a value as it stands, or the number that the node which it is linked to gives."""
        if not isinstance(value, list):
            return number(value) if isinstance(value, str | int | float) else None
        key = self._linked(value)
        if key is None or depth > _DEPTH_MAX or not self._step():
            return None
        inputs = self._inputs(key)
        for one in dict.fromkeys((name, *_SEED, *_CONSTANT, *inputs)):
            found = self._constant(inputs.get(one), name, depth + 1)
            if isinstance(found, int | float):
                return found
        return None

    def _first(self, inputs: Node, key: str | None, names: Iterable[str]) -> object:
        """Return the first of `names` among a node's inputs, or on the way back from `key`."""
        self.left = STEPS_MAX
        for node in (inputs, *map(self._inputs, self._chain(key))):
            for name in names:
                if (found := self._constant(node.get(name), name)) is not None:
                    return found
        return None

    def _chain(self, key: str | None) -> Iterator[str]:
        if key is not None:
            yield key
            yield from self._before(key, ("sigmas", "guider", "noise", "sampler"))

    def _before(self, key: str | None, names: tuple[str, ...]) -> Iterator[str]:
        """Yield the nodes that lead to `key` through inputs called so, nearest first, each once."""
        seen, at = {key}, key
        while at is not None and self._step():
            inputs = self._inputs(at)
            links = (self._linked(inputs.get(name)) for name in names)
            at = next((link for link in links if link is not None and link not in seen), None)
            if at is not None:
                seen.add(at)
                yield at

    def _inputs(self, key: str | None) -> Node:
        inputs = self.nodes[key].get("inputs") if key is not None else None
        return inputs if isinstance(inputs, dict) else {}

    def _linked(self, value: object) -> str | None:
        """Return the id of the node that a link leads to."""
        if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int):
            key = str(value[0])
            return key if key in self.nodes else None
        return None

    def _step(self) -> bool:
        self.left -= 1
        return self.left >= 0


def _by_number(name: str) -> tuple[int, str]:
    digits = re.sub(r"\D", "", name)
    return (int(digits) if digits else 0, name)
