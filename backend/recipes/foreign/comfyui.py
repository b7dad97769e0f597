"""ComfyUI's node graph: what made the picture that was saved. Pure, bounded, whatever the graph.

`prompt` is the graph as it ran: {id: {class_type, inputs}}, where an input is a value or a link
[id, output]. `workflow` is the editor's own form of it, made into the first where that is missing.
A value that the graph does not tell for sure is left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from backend.recipes.foreign.comfyui_chain import Chain
from backend.recipes.foreign.comfyui_graph import Graph, Node
from backend.recipes.foreign.comfyui_models import Models
from backend.recipes.foreign.comfyui_prompts import Prompts, Said
from backend.recipes.foreign.comfyui_texts import Texts
from backend.recipes.foreign.comfyui_values import Values, real, whole
from backend.recipes.foreign.comfyui_workflow import as_prompt
from backend.recipes.foreign.values import loaded
from backend.recipes.recipe import STANDARD, Brought

_WRAPPED = ("prompt", "output")  # as it is sent to ComfyUI, and as its editor makes it
_COMPARED = 8
_OF_THEIR_OWN = ("swarmui", "invokeai", "fooocus")  # what they note is no node's text


def from_comfyui(
    prompt: Mapping[str, object] | None, workflow: Mapping[str, object] | None
) -> Brought | None:
    """Return what the sampler used that made the saved picture.

    Where several pictures were saved by samplers of their own, what these have in common. None
    where there is no graph at all.
    """
    nodes = _nodes(prompt) or (as_prompt(workflow) if workflow else {})
    if not nodes:
        return None
    found = _Reader(Graph(nodes)).read()
    return found or Brought("comfyui", "", {})


def has_nodes(document: Mapping[str, object] | None) -> bool:
    """Whether a document is a graph: as it ran, within a request, or in the editor's form."""
    nodes = document.get("nodes") if document else None
    return isinstance(nodes, list) or bool(_nodes(document))


def decided(graph: Brought | None, noted: Brought | None) -> Brought | None:
    """Return what is true of a picture with a graph and a text: what ran, before what was noted.

    Nodes that write such a text take what they are given, or placeholders. A text that agrees with
    the graph knew the run, and fills in what the graph does not tell; any other is passed over.
    """
    if graph is None or noted is None or not graph.values or noted.source in _OF_THEIR_OWN:
        return noted or graph
    same = [
        graph.values[name] == noted.values[name]
        for name in ("seed", "num_steps", "guidance_scale")
        if name in graph.values and name in noted.values
    ]
    if not same or not all(same):
        return graph
    missing = {n: v for n, v in noted.values.items() if n in STANDARD and n not in graph.values}
    values = {**graph.values, **missing}
    left_out = tuple(name for name in graph.left_out if name not in values)
    return Brought(graph.source, graph.model or noted.model, values, left_out)


def _nodes(document: Mapping[str, object] | None, depth: int = 3) -> dict[str, Node]:
    """Return the nodes of a graph, also of one within the request that it was sent in."""
    if not document or not depth:
        return {}
    nodes: dict[str, Node] = {
        key: node
        for key, node in document.items()
        if isinstance(node, dict) and "class_type" in node
    }
    if not nodes:
        inner = (loaded(document.get(name)) for name in _WRAPPED)
        nodes = next((found for one in inner if (found := _nodes(one, depth - 1))), {})
    return nodes


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._values = Values(graph)
        self._prompts = Prompts(graph, self._values, Texts(graph, self._values))
        self._models = Models(graph, self._values)

    def read(self) -> Brought | None:
        found = [self._brought(k) for k in Chain(self._graph, self._values).makers()[:_COMPARED]]
        if not found:
            return None
        first, *others = found
        values = {
            name: value
            for name, value in first.values.items()
            if all(other.values.get(name) == value for other in others)
        }
        model = first.model if all(other.model == first.model for other in others) else ""
        unsure = {name for one in found for name in (*one.left_out, *one.values)} - values.keys()
        return Brought(first.source, model, values, tuple(n for n in STANDARD if n in unsure))

    def _brought(self, key: str) -> Brought:
        inputs = self._graph.inputs(key)
        custom = [key, *self._parts(key)]
        said, avoided = self._said(key)
        model = self._models.of_node(key)
        values: dict[str, object] = {"prompt": said.text, "prompt_clip_l": said.beside}
        # FLUX graphs link the prompt itself where a negative one must be, as it has no effect.
        if avoided.text != said.text:
            values["negative_prompt"] = avoided.text
        values["width"], values["height"] = self._size(key) or (None, None)
        values["num_steps"] = whole(self._values.first(custom, "steps")) or None
        scale = real(self._values.first(custom, "cfg"))
        values["guidance_scale"] = scale if said.guidance is None else said.guidance
        if inputs.get("add_noise") not in ("disable", False):  # else its seed draws nothing
            values["seed"] = whole(self._values.first(custom, "seed"))
        for name in ("sampler_name", "scheduler"):
            word = self._values.first(custom, name)
            values[name.removesuffix("_name")] = word[:100] if isinstance(word, str) else None
        denoise = real(self._values.first(custom, "denoise"))
        values["denoise"] = None if denoise == 1 else denoise
        values["lora"], values["merged_with"] = list(model.loras), list(model.merged)
        model_name = model.name
        if not model_name and isinstance(inputs.get("model"), str):  # a node for another service
            model_name = str(inputs["model"])[:300]
        told = {name: value for name, value in values.items() if value not in (None, "", [])}
        return Brought("comfyui", model_name, told, self._unsure(key, custom, said, avoided, told))

    def _unsure(
        self, key: str, custom: list[str], said: Said, avoided: Said, told: Mapping[str, object]
    ) -> tuple[str, ...]:
        """Return what the sampler was given by other nodes, and the graph does not tell."""
        inputs, linked = self._graph.inputs(key), self._graph.link
        names = []
        roles = (("prompt", "positive", said), ("negative_prompt", "negative", avoided))
        for name, role, one in roles:
            given = any(linked(inputs.get(of)) for of in (role, "guider", name))
            if one.texts is None and (given or self._graph.pipes(key)):
                names.append(name)
        for name, of in (("num_steps", "steps"), ("guidance_scale", "cfg"), ("seed", "seed")):
            if name not in told and any(linked(self._graph.inputs(one).get(of)) for one in custom):
                names.append(name)
        return tuple(names)

    def _said(self, key: str) -> tuple[Said, Said]:
        inputs = self._graph.inputs(key)
        own = inputs.get("prompt")
        if not inputs.keys() & {"positive", "guider"} and (own is not None):
            return self._prompts.of(own, "positive"), self._prompts.of(
                inputs.get("negative_prompt", ""), "negative"
            )
        return self._prompts.of_node(key, "positive"), self._prompts.of_node(key, "negative")

    def _parts(self, key: str) -> list[str]:
        """Return the nodes by which a sampler is told its noise, steps and scale, nearest first."""
        parts: dict[str, None] = {}
        for name in ("guider", "noise", "sigmas", "sampler"):
            at, seen = self._graph.link(self._graph.inputs(key).get(name)), set()
            while at is not None and at.key not in seen and self._graph.spend(0):
                seen.add(at.key)
                parts[at.key] = None
                at = self._graph.link(self._graph.inputs(at.key).get(name))
        return list(parts)

    def _size(self, key: str) -> tuple[int, int] | None:
        if own := self._values.own_size(key):
            return own
        pictures = self._graph.pictures(key)
        return self._values.size(pictures[0]) if pictures else None
