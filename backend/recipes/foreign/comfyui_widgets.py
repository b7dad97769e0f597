"""The names of a node's widget values, which the editor lists without them. Pure.

Newer files name each widget among the node's inputs. For older ones the nodes that matter most are
known here, as ComfyUI and the packs define them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# What becomes of a seed after each run; it stands behind the seed, and is no input of the node.
_CONTROLS = ("fixed", "randomize", "increment", "decrement", True, False, None)
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("seed", "noise_seed", "steps", "width", "height", "select"), (int,)),
    **dict.fromkeys(("cfg", "denoise", "guidance", "ratio"), (int, float)),
    **dict.fromkeys(
        ("sampler_name", "scheduler", "text", "ckpt_name", "lora_name"), (str, dict, type(None))
    ),
}
# In these the editor takes out comments, and draws one of {red|blue}.
_DYNAMIC = ("text", "text_g", "text_l", "clip_g", "clip_l", "t5xxl")
_CHOICE = re.compile(r"(?<!\\)\{[^{}|]{0,2000}\|[^{}]{0,2000}\}")
_MOST = 500  # of one node
_SEEDS = ("seed", "noise_seed")

_MODEL_FILES = (".safetensors", ".ckpt", ".gguf", ".sft")
_TEXTUAL = re.compile(r"text|string|prompt|wildcard|literal|primitive", re.IGNORECASE)
_LOADERS = re.compile(r"checkpoint|unet|diffusion.?model", re.IGNORECASE)

_SAMPLER = ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise")
_SIDES = ("width", "height")
_WIDGETS: dict[str, tuple[str, ...]] = {
    "KSampler": _SAMPLER,
    "KSampler (Efficient)": _SAMPLER,
    "ImpactKSamplerBasicPipe": _SAMPLER,
    "Efficient Loader": (
        *("ckpt_name", "vae_name", "clip_skip", "lora_name", "lora_model_strength"),
        *("lora_clip_strength", "positive", "negative", "token_normalization"),
        *("weight_interpretation", "empty_latent_width", "empty_latent_height"),
    ),
    "easy positive": ("positive",),
    "easy negative": ("negative",),
    "KSamplerAdvanced": (
        *("add_noise", "noise_seed", "steps", "cfg", "sampler_name", "scheduler"),
        *("start_at_step", "end_at_step", "return_with_leftover_noise"),
    ),
    "SamplerCustom": ("add_noise", "noise_seed", "cfg"),
    "RandomNoise": ("noise_seed",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "SDTurboScheduler": ("steps", "denoise"),
    "Flux2Scheduler": ("steps", *_SIDES),
    "KSamplerSelect": ("sampler_name",),
    "FluxGuidance": ("guidance",),
    "CFGGuider": ("cfg",),
    "DualCFGGuider": ("cfg_conds", "cfg_cond2_negative"),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "CLIPTextEncodeSD3": ("clip_l", "clip_g", "t5xxl", "empty_padding"),
    "CLIPTextEncodeSDXL": (
        *("width", "height", "crop_w", "crop_h", "target_width", "target_height"),
        *("text_g", "text_l"),
    ),
    "CLIPTextEncodeSDXLRefiner": ("ascore", *_SIDES, "text"),
    "TextEncodeQwenImageEdit": ("prompt",),
    "ImpactWildcardProcessor": ("wildcard_text", "populated_text", "mode", "seed"),
    "ImpactWildcardEncode": ("wildcard_text", "populated_text", "mode"),
    "EmptyLatentImage": _SIDES,
    "EmptySD3LatentImage": _SIDES,
    "EmptyFlux2LatentImage": _SIDES,
    "EmptyHunyuanLatentVideo": _SIDES,
    "StableCascade_EmptyLatentImage": _SIDES,
    "SDXL Empty Latent Image (rgthree)": ("dimensions",),
    "LatentUpscale": ("upscale_method", *_SIDES),
    "ImageScale": ("upscale_method", *_SIDES),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "UNETLoader": ("unet_name",),
    "UnetLoaderGGUF": ("unet_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "ModelMergeSimple": ("ratio",),
    "ImpactSwitch": ("select", "sel_mode"),
    "ComfySwitchNode": ("switch",),
    "LazySwitchKJ": ("switch",),
    "Text Concatenate": ("linebreak_addition",),
    "StringConcatenate": ("string_a", "string_b", "delimiter"),
    "Seed (rgthree)": ("seed",),
    "PrimitiveInt": ("value",),
    "PrimitiveFloat": ("value",),
    "PrimitiveBoolean": ("value",),
    "PrimitiveString": ("value",),
    "PrimitiveStringMultiline": ("value",),
}


def word(value: object) -> str:
    """Return an id or a name as text; no file makes these long, or anything else."""
    if isinstance(value, int):
        return str(value) if abs(value) < 2**63 else ""
    return value[:200] if isinstance(value, str) else ""


def widgets(node: Mapping[str, object]) -> dict[str, object]:
    """Return the values of a node of the editor's form by name, as far as they can be named."""
    return {name: _as_sent(name, value) for name, value in _widgets(node).items()}


def _widgets(node: Mapping[str, object]) -> dict[str, object]:
    values, slots = node.get("widgets_values"), node.get("inputs")
    if isinstance(values, dict):  # some nodes do name them
        return dict(list(values.items())[:_MOST])
    if not isinstance(values, list):
        return {}
    values = values[:_MOST]
    listed = slots[:_MOST] if isinstance(slots, list) else []
    own = [slot.get("widget") for slot in listed if isinstance(slot, dict)]
    names = [word(one["name"]) for one in own if isinstance(one, dict) and "name" in one]
    found, used = _named(names, values)
    if names and used == len(values) and _fit(found):
        return found
    if (known := _WIDGETS.get(word(node.get("type")))) is not None:
        for before in range(3):  # in some versions there were others in front
            found, _used = _named(known, values[before:])
            if _fit(found):
                return found
        return dict.fromkeys(known)
    loras = [value for value in values if isinstance(value, dict) and "lora" in value]
    if loras:
        return {f"lora_{at}": value for at, value in enumerate(loras, 1)}
    texts = [value for value in values if isinstance(value, str)]
    models = [text for text in texts if text.endswith(_MODEL_FILES)]
    if models and _LOADERS.search(word(node.get("type"))):
        return {"ckpt_name": models[0]}
    # The way around an unknown text node: its only text. Beside numbers it may be any setting.
    numbers = any(type(value) in (int, float) for value in values)
    is_text = not numbers or _TEXTUAL.search(word(node.get("type")))
    return {"text": texts[0]} if len(texts) == 1 and is_text else {}


def _named(
    names: list[str] | tuple[str, ...], values: list[object]
) -> tuple[dict[str, object], int]:
    """Return values by name, and how many of them were used."""
    found: dict[str, object] = {}
    at = 0
    for name in names:
        if at >= len(values):
            break
        found[name] = values[at]
        at += 1
        if name in _SEEDS and at < len(values) and _is_control(values[at]):
            at += 1
    return found, at


def _as_sent(name: str, value: object) -> object:
    """Return a prompt as the editor sends it: without comments; None where it draws a choice."""
    if name not in _DYNAMIC or not isinstance(value, str):
        return value
    kept, at = [], 0
    while (start := value.find("/*", at)) >= 0 and (end := value.find("*/", start + 2)) >= 0:
        kept.append(value[at:start])
        at = end + 2
    text = "".join([*kept, value[at:]])
    if "//" in text:
        text = "\n".join(line.partition("//")[0] for line in text.split("\n"))
    return None if _CHOICE.search(text) else text


def _fit(found: Mapping[str, object]) -> bool:
    """Whether values are of the kinds that their names say."""
    kinds = ((value, _KINDS[name]) for name, value in found.items() if name in _KINDS)
    return all(type(value) in kind for value, kind in kinds)


def _is_control(value: object) -> bool:
    return any(value is one or value == one for one in _CONTROLS if type(value) is type(one))
