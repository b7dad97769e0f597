"""The model that a sampler ran, with its LoRAs and what was merged into it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from backend.recipes.foreign.comfyui_graph import Graph, Link, matches
from backend.recipes.foreign.comfyui_switches import truth, ways
from backend.recipes.foreign.comfyui_values import Values, agreed, real

_NAMES = ("ckpt_name", "unet_name", "base_ckpt_name", "model_name", "gguf_name", "model_path",
          "checkpoint", "diffusion_model", "model")  # fmt: skip
_ON = ("model", "base_model", "model_high_noise", "model_opt", "opt_model", "unet", "model_high",
       "MODEL", "any_model", "model_c", "guider", "pipeline")  # fmt: skip
_LORA = re.compile(r"(lora_name|lora)_?(\d{0,2})")
_STACK = re.compile(r"\w*lora_stack", re.I)
_NONE = ("None", "none", "")
_KEPT = 64


@dataclass(frozen=True, slots=True)
class Model:
    """A model's name, the LoRAs on it, the nearest first, and the models merged into it."""

    name: str = ""
    loras: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()


class Models:
    """Reads the models out of one graph."""

    def __init__(self, graph: Graph, values: Values) -> None:
        self._graph, self._values = graph, values

    def of_node(self, key: str) -> Model:
        """Return the model of a sampler; without a name where the graph does not tell it."""
        return self._of(Link(key, -1)) or Model()

    def _of(self, link: Link) -> Model | None:
        """Follow the model's links in a loop, as a chain of LoRAs can be long."""
        graph, seen = self._graph, set()
        loras: list[str] = []
        while link not in seen and graph.spend(0):
            seen.add(link)
            if (branches := ways(graph, link, self._values.constant)) is not None:
                found = [self._known(value) for value in branches]
                return _with(loras, agreed(found))
            inputs = graph.inputs(link.key)
            if not graph.spend(len(inputs)):
                return None
            if graph.link(inputs.get("model1")) and graph.link(inputs.get("model2")):
                return _with(loras, self._merged(inputs))
            if len(loras) < _KEPT and link.output >= 0:
                loras += self._loras(inputs)
            if name := self._name(inputs, link.output < 0):
                return _with(loras, Model(name))
            on = next((one for n in _ON if (one := graph.link(inputs.get(n)))), None)
            on = on or next(iter(graph.pipes(link.key) or self._only(link.key)), None)
            if on is None:
                return _with(loras, None)
            link = on
        return None

    def _known(self, value: object) -> Model | None:
        if isinstance(value, str):
            return Model(value[:300])
        link = self._graph.link(value)
        return self._graph.once(("model", *link), lambda: self._of(link)) if link else None

    def _merged(self, inputs: Mapping[str, object]) -> Model | None:
        """Return the model with the larger share, and the others as merged into it."""
        both = [self._known(inputs[name]) for name in ("model1", "model2")]
        one, two = both
        share = real(self._values.constant(inputs.get("ratio"), "ratio"))
        if share is not None and share < 0.5 - 1e-9:
            one, two = two, one
        if one is None or two is None or share in (0, 1):
            return one
        others = (*one.merged, *(() if two.name in (one.name, "") else (two.name,)), *two.merged)
        loras = (*one.loras, *(lora for lora in two.loras if lora not in one.loras))
        return Model(one.name, loras[:_KEPT], tuple(dict.fromkeys(others))[:_KEPT])

    def _name(self, inputs: Mapping[str, object], is_sampler: bool) -> str:
        for name in _NAMES:
            value = inputs.get(name)
            if isinstance(value, dict):  # as some packs' lists with pictures have it
                value = value.get("content")
            value = self._values.constant(value, name) if name != "model" else value
            if isinstance(value, str) and value not in _NONE and not is_sampler:
                return value[:300]
        return ""

    def _loras(self, inputs: Mapping[str, object]) -> list[str]:
        found: list[str] = []
        for name, value in inputs.items():
            if isinstance(value, dict) and isinstance(value.get("lora"), str):
                used = truth(value.get("on", True)) and value.get("strength", 1) != 0
                found += [value["lora"]] if used else []
            elif (named := matches(_LORA, name)) and isinstance(value, str):
                at = named[2]
                strength = (inputs.get(f"{n}{at}") for n in ("strength_model", "model_weight_"))
                off = [inputs.get(f"switch_{at}")] if at else []
                if 0 not in strength and not any(truth(one) is False for one in off):
                    found.append(value)
            elif matches(_STACK, name) and (link := self._graph.link(value)):
                found += self._stack(link.key)
        return [name for name in found if name not in _NONE]

    def _stack(self, key: str) -> list[str]:
        inputs = self._graph.inputs(key)
        if not self._graph.spend(len(inputs)):
            return []
        return self._graph.once(("loras", key), lambda: self._loras(inputs)[:_KEPT]) or []

    def _only(self, key: str) -> list[Link]:
        links = [one for _name, one in self._graph.links(key)]
        return links if len(links) == 1 else []


def _with(loras: list[str], model: Model | None) -> Model:
    model = model or Model()
    return Model(model.name, (*loras, *model.loras)[:_KEPT], model.merged)
