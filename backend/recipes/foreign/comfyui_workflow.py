"""ComfyUI's editor form of a graph, made into the form in which graphs run. Pure, bounded.

The editor lists a node's widget values without their names, so only nodes known here are named.
"""

from __future__ import annotations

from collections.abc import Mapping

_MAX_NODES = 20_000

# "" is a widget of the editor's own: what becomes of the seed after each run.
_WIDGETS: dict[str, tuple[str, ...]] = {
    "KSampler": ("seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": ("", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler"),
    "SamplerCustom": ("", "noise_seed", "", "cfg"),
    "RandomNoise": ("noise_seed", ""),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KSamplerSelect": ("sampler_name",),
    "FluxGuidance": ("guidance",),
    "CFGGuider": ("cfg",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "EmptyLatentImage": ("width", "height"),
    "EmptySD3LatentImage": ("width", "height"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name",),
    "UnetLoaderGGUF": ("unet_name",),
    "LoraLoader": ("lora_name",),
    "LoraLoaderModelOnly": ("lora_name",),
    "PrimitiveNode": ("value",),
    "PrimitiveInt": ("value",),
    "PrimitiveFloat": ("value",),
    "PrimitiveString": ("value",),
    "PrimitiveStringMultiline": ("value",),
}


def as_prompt(workflow: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Return {id: {class_type, inputs}} for the nodes of the editor's form; muted ones stay out."""
    sources = _sources(workflow.get("links"))
    prompt: dict[str, dict[str, object]] = {}
    nodes = workflow.get("nodes")
    for node in nodes[:_MAX_NODES] if isinstance(nodes, list) else ():
        if not isinstance(node, dict) or node.get("mode") in (2, 4):
            continue
        kind = str(node.get("type"))
        inputs = _widgets(kind, node.get("widgets_values"))
        for slot in _dicts(node.get("inputs")):
            link = slot.get("link")
            if isinstance(link, int) and link in sources:
                inputs[str(slot.get("name"))] = [sources[link], 0]
        prompt[str(node.get("id"))] = {"class_type": kind, "inputs": inputs}
    return prompt


def _widgets(kind: str, values: object) -> dict[str, object]:
    if isinstance(values, dict):  # some nodes do name them
        return dict(values)
    if not isinstance(values, list):
        return {}
    names = _WIDGETS.get(kind, ())
    # The way around a reroute or an unknown text node: its only text.
    if not names and len(texts := [value for value in values if isinstance(value, str)]) == 1:
        return {"text": texts[0]}
    return {name: value for name, value in zip(names, values, strict=False) if name}


def _sources(links: object) -> dict[int, str]:
    """Return the node that each link comes from: [id, from node, from output, to node, ...]."""
    found: dict[int, str] = {}
    for link in links[: 4 * _MAX_NODES] if isinstance(links, list) else ():
        if isinstance(link, dict):  # as in newer files
            link = [link.get("id"), link.get("origin_id")]
        if isinstance(link, list) and len(link) >= 2 and isinstance(link[0], int):
            found[link[0]] = str(link[1])
    return found


def _dicts(value: object) -> list[dict[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
