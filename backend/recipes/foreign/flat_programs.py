"""Programs that note their settings by plain names, each with its own marks and names. Pure.

The names are those of each program's own source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Program:
    """`marks` are names that the object has, with how their text begins where that matters.

    `distilled` is the guidance that FLUX models have beside a scale of 1, or in place of one;
    `before_model` is what stands before the model's name.
    """

    source: str
    marks: Mapping[str, str]
    names: Mapping[str, str]
    model: str
    size: str = ""
    distilled: str = ""
    before_model: str = ""
    passed_over: frozenset[str] = field(default_factory=frozenset)


PROGRAMS = (
    Program(
        "ruinedfooocus",
        {"software": "RuinedFooocus"},
        {
            "Prompt": "prompt",
            "Negative": "negative_prompt",
            "steps": "num_steps",
            "cfg": "guidance_scale",
            "seed": "seed",
            "width": "width",
            "height": "height",
        },
        "base_model_name",
    ),
    Program(
        "easydiffusion",
        {"use_stable_diffusion_model": ""},
        {
            "prompt": "prompt",
            "negative_prompt": "negative_prompt",
            "num_inference_steps": "num_steps",
            "guidance_scale": "guidance_scale",
            "seed": "seed",
            "width": "width",
            "height": "height",
        },
        "use_stable_diffusion_model",
        distilled="distilled_guidance_scale",
    ),
    Program(  # as it writes texts for people
        "easydiffusion",
        {"Stable Diffusion model": "", "Guidance Scale": ""},
        {
            "Prompt": "prompt",
            "Negative Prompt": "negative_prompt",
            "Steps": "num_steps",
            "Guidance Scale": "guidance_scale",
            "Seed": "seed",
            "Width": "width",
            "Height": "height",
        },
        "Stable Diffusion model",
        distilled="Distilled Guidance",
    ),
    Program(
        "drawthings",
        {"c": "", "uc": "", "seed_mode": ""},
        {
            "c": "prompt",
            "uc": "negative_prompt",
            "steps": "num_steps",
            "scale": "guidance_scale",
            "seed": "seed",
        },
        "model",
        size="size",
        passed_over=frozenset(("v2", "profile")),
    ),
    Program(
        "stabilitymatrix",
        {"PositivePrompt": "", "CfgScale": ""},
        {
            "PositivePrompt": "prompt",
            "NegativePrompt": "negative_prompt",
            "Steps": "num_steps",
            "CfgScale": "guidance_scale",
            "Seed": "seed",
            "Width": "width",
            "Height": "height",
        },
        "ModelName",
        passed_over=frozenset(
            ("FrameCount", "MotionBucketId", "VideoQuality", "Lossless", "Fps", "OutputFps")
        )
        | {"MinCfg", "AugmentationLevel"},
    ),
    Program(
        "nmkd",
        {"promptNeg": "", "scaleTxt": ""},
        {
            "prompt": "prompt",
            "promptNeg": "negative_prompt",
            "steps": "num_steps",
            "scaleTxt": "guidance_scale",
            "seed": "seed",
            "w": "width",
            "h": "height",
        },
        "model",
    ),
    Program(
        "artroom",
        {"text_prompts": "", "ckpt": ""},
        {
            "text_prompts": "prompt",
            "negative_prompts": "negative_prompt",
            "steps": "num_steps",
            "cfg_scale": "guidance_scale",
            "seed": "seed",
            "width": "width",
            "height": "height",
        },
        "ckpt",
    ),
    Program(  # the Spaces that were made after Animagine's
        "huggingface",
        {"Model": "", "resolution": "", "num_inference_steps": "", "use_upscaler": ""},
        {
            "prompt": "prompt",
            "negative_prompt": "negative_prompt",
            "num_inference_steps": "num_steps",
            "guidance_scale": "guidance_scale",
            "seed": "seed",
        },
        "Model",
        size="resolution",
    ),
    Program(
        "fooocusmre",
        {"real_prompt": "", "cfg": "", "base_model": ""},
        {
            "prompt": "prompt",
            "negative_prompt": "negative_prompt",
            "steps": "num_steps",
            "cfg": "guidance_scale",
            "seed": "seed",
            "width": "width",
            "height": "height",
        },
        "base_model",
    ),
    Program(  # utils/generated_image.py of filipstrand/mflux
        "mflux",
        {"mflux_version": ""},
        {
            "prompt": "prompt",
            "negative_prompt": "negative_prompt",
            "steps": "num_steps",
            "guidance": "guidance_scale",
            "seed": "seed",
            "width": "width",
            "height": "height",
        },
        "model",
        passed_over=frozenset(("mflux_version",)),
    ),
    Program(  # wgp.py of deepbeepmeep/Wan2GP; a guidance that has no effect is not written
        "wangp",
        {"type": "WanGP", "settings_version": ""},
        {
            "prompt": "prompt",
            "negative_prompt": "negative_prompt",
            "num_inference_steps": "num_steps",
            "guidance_scale": "guidance_scale",
            "seed": "seed",
        },
        "type",
        size="resolution",
        distilled="embedded_guidance_scale",
        before_model=" - ",
        passed_over=frozenset(("settings_version", "model_type", "base_model_type")),
    ),
)

SPREAD = (
    Program(  # gen_img.py of kohya-ss/sd-scripts
        "sdscripts",
        {"prompt": "", "seed": "", "sampler": "", "steps": "", "scale": ""},
        {
            "prompt": "prompt",
            "negative-prompt": "negative_prompt",
            "steps": "num_steps",
            "scale": "guidance_scale",
            "seed": "seed",
        },
        "",
        passed_over=frozenset(("raw-prompt",)),
    ),
)
"""Those that have a text of its own for each setting, and names that others mean otherwise."""
