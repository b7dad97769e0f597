"""The model that a sampler ran, with its LoRAs and what was merged into it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.recipes.foreign.comfyui_graph import Graph, Link
from backend.recipes.foreign.comfyui_loras import Loras
from backend.recipes.foreign.comfyui_switches import ways
from backend.recipes.foreign.comfyui_values import Values, agreed, real

_NAMES = ("ckpt_name", "unet_name", "base_ckpt_name", "model_name", "gguf_name", "model_path",
          "checkpoint", "diffusion_model", "model")  # fmt: skip
_ON = ("model", "base_model", "model_high_noise", "model_opt", "opt_model", "unet", "model_high",
       "MODEL", "any_model", "model_c", "guider", "pipeline")  # fmt: skip
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
        self._loras = Loras(graph, values)

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
                loras += self._loras.of_node(inputs)
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

    def _only(self, key: str) -> list[Link]:
        links = [one for _name, one in self._graph.links(key)]
        return links if len(links) == 1 else []


def _with(loras: list[str], model: Model | None) -> Model:
    model = model or Model()
    return Model(model.name, (*loras, *model.loras)[:_KEPT], model.merged)
