"""Which LoRAs a node of a graph lays on its model, or puts on its stack. Pure.

A node keeps what was once chosen in it: only those count that are on, by what the sources of
ComfyUI, rgthree, Efficiency, Easy Use, Comfyroll and LoRA Manager say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from backend.recipes.foreign.comfyui_graph import Graph, matches
from backend.recipes.foreign.comfyui_switches import truth
from backend.recipes.foreign.comfyui_triggers import unwrapped
from backend.recipes.foreign.comfyui_values import Values, whole

_NAME = re.compile(r"(?:lora_name|lora)_?(\d{0,2})|lora_(\d{1,2})_name")
_STACK = re.compile(r"\w*lora_stack", re.I)
_COUNTS = ("lora_count", "num_loras")
_SIMPLE = ("lora_wt_{}", "lora_{}_strength")
_ADVANCED = ("model_str_{}", "lora_{}_model_strength")
_ALONE = ("strength_model", "lora_model_strength", "lora_strength")
_ONE_EACH = ("strength_model_{}", "model_weight_{}", "strength_{}", "lora_strength_{}")
_NONE = ("None", "none", "")
_KEPT = 64
_MAX_LISTED = 200


class Loras:
    """Reads the LoRAs out of one graph."""

    def __init__(self, graph: Graph, values: Values) -> None:
        self._graph, self._values = graph, values

    def of_node(self, inputs: Mapping[str, object]) -> list[str]:
        """Return those of a node with these inputs, and those of the stacks that it is given."""
        found: list[str] = []
        is_on = truth(self._values.constant(inputs.get("toggle"), "toggle")) is not False
        count = self._count(inputs)
        for name, value in inputs.items():
            if matches(_STACK, name) and (link := self._graph.link(value)):
                found += self._stack(link.key)
            elif not is_on:
                continue
            elif isinstance(value, dict) and isinstance(value.get("lora"), str):
                found += [value["lora"]] if _is_used(value, "on") else []
            elif name == "loras":
                found += _listed(value)
            elif (named := matches(_NAME, name)) and isinstance(value, str):
                at = named[1] or named[2] or ""
                beyond = count is not None and at.isdigit() and int(at) > count
                found += [value] if not beyond and not _is_off(inputs, at) else []
        return [name for name in found if name not in _NONE]

    def _count(self, inputs: Mapping[str, object]) -> int | None:
        """Return how many of a stack's places are used; the others keep what they once held."""
        name = next((one for one in _COUNTS if one in inputs), None)
        return whole(self._values.constant(inputs[name], name)) if name else None

    def _stack(self, key: str) -> list[str]:
        inputs = self._graph.inputs(key)
        if not self._graph.spend(len(inputs)):
            return []
        return self._graph.once(("loras", key), lambda: self.of_node(inputs)[:_KEPT]) or []


def _is_off(inputs: Mapping[str, object], at: str) -> bool:
    """Whether the LoRA at a place is switched off, or has no strength."""
    if not at:
        return any(inputs.get(name) == 0 for name in _ALONE)
    modes = [inputs[name] for name in ("mode", "input_mode") if name in inputs]
    strengths: tuple[str, ...] = _ONE_EACH
    if "simple" in modes or "advanced" in modes:
        strengths = _SIMPLE if "simple" in modes else _ADVANCED
    no_strength = any(inputs.get(name.format(at)) == 0 for name in strengths)
    return no_strength or truth(inputs.get(f"switch_{at}")) is False


def _listed(value: object) -> Iterator[str]:
    """Yield the names in LoRA Manager's list."""
    listed = unwrapped(value)
    for one in listed[:_MAX_LISTED] if isinstance(listed, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str) and _is_used(one, "active"):
            yield one["name"]


def _is_used(one: Mapping[str, object], switch: str) -> bool:
    return truth(one.get(switch, True)) is not False and one.get("strength", 1) != 0
