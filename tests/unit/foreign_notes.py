"""What programs note in their images, as each one's own source writes it; the texts are made up."""

from __future__ import annotations

from tests.unit.foreign_files import COMFY, Json

NOVELAI: Json = {
    "prompt": "a tram in fog, {{rain}}",
    "steps": 28,
    "height": 1216,
    "width": 832,
    "scale": 5.5,
    "uncond_scale": 0.0,
    "seed": 1702945580,
    "noise_schedule": "karras",
    "sampler": "k_euler_ancestral",
    "request_type": "PromptGenerateRequest",
    "signed_hash": "AAAA",
    "uc": "people",
}
NOVELAI_V4: Json = {
    **NOVELAI,
    "v4_prompt": {
        "caption": {
            "base_caption": "two boats",
            "char_captions": [{"char_caption": "a red one", "centers": [{"x": 0.5, "y": 0.3}]}],
        },
        "use_coords": True,
    },
    "v4_negative_prompt": {"caption": {"base_caption": "fog", "char_captions": []}},
}
RUINED: Json = {
    "Prompt": "a tram in fog",
    "Negative": "people",
    "steps": 30,
    "cfg": 8,
    "width": 1024,
    "height": 768,
    "seed": 2020047614,
    "sampler_name": "dpmpp_2m",
    "base_model_name": "harbour.safetensors",
    "loras": [],
    "software": "RuinedFooocus",
}
FOOOCUS_MRE: Json = {
    "prompt": "a tram in fog",
    "real_prompt": ["a tram in fog, cinematic"],
    "negative_prompt": "people",
    "seed": 7,
    "steps": 30,
    "cfg": 7.5,
    "width": 1024,
    "height": 768,
    "base_model": "harbour.safetensors",
}
EASY: Json = {
    "prompt": "a tram in fog",
    "negative_prompt": "people",
    "seed": 7,
    "use_stable_diffusion_model": "harbour",
    "width": 1024,
    "height": 768,
    "num_inference_steps": 25,
    "guidance_scale": 7.5,
    "sampler_name": "euler_a",
}
EASY_FOR_PEOPLE: Json = {
    "Prompt": "a tram in fog",
    "Negative Prompt": "people",
    "Seed": 7,
    "Stable Diffusion model": "harbour",
    "Width": 1024,
    "Height": 768,
    "Steps": 25,
    "Guidance Scale": 7.5,
}
DRAW_THINGS: Json = {
    "c": "a tram in fog",
    "uc": "people",
    "steps": 20,
    "scale": 4.5,
    "seed": 7,
    "size": "1024x768",
    "model": "harbour.ckpt",
    "sampler": "DPM++ 2M Karras",
    "seed_mode": "Scale Alike",
    "strength": 1,
    "v2": {"steps": 99},
}
STABILITY_MATRIX: Json = {
    "PositivePrompt": "a tram in fog",
    "NegativePrompt": "people",
    "Steps": 20,
    "Sampler": "Euler Ancestral Karras",
    "CfgScale": 5,
    "Seed": 7,
    "Height": 768,
    "Width": 1024,
    "ModelHash": "A5F5",
    "ModelName": "harbour.safetensors",
    "FrameCount": 0,
}
MFLUX: Json = {
    "mflux_version": "0.15.0",
    "model": "example/harbour",
    "base_model": "None",
    "seed": 7,
    "steps": 25,
    "guidance": 3.5,
    "height": 768,
    "width": 1024,
    "quantize": 8,
    "lora_paths": ["/models/ink.safetensors"],
    "lora_scales": [0.8],
    "image_path": None,
    "prompt": "a tram in fog",
    "negative_prompt": "people",
}
WANGP: Json = {
    "prompt": "a tram in fog",
    "negative_prompt": "people",
    "resolution": "1024x768",
    "seed": 7,
    "num_inference_steps": 30,
    "guidance_scale": 4,
    "activated_loras": ["ink.safetensors"],
    "model_type": "harbour_20B",
    "type": "WanGP v10.1 by its author - Harbour Image 20B",
    "settings_version": 2.74,
}
SD_SCRIPTS = {
    "prompt": "a tram in fog",
    "seed": "7",
    "sampler": "ddim",
    "steps": "24",
    "scale": "6.5",
    "negative-prompt": "people",
    "original-height": "768",
}
NMKD: Json = {
    "model": "harbour.safetensors",
    "prompt": "a tram in fog",
    "promptNeg": "people",
    "w": "1024",
    "h": "768",
    "steps": "20",
    "seed": "7",
    "scaleTxt": "7.5",
}
ARTROOM: Json = {
    "text_prompts": "a tram in fog",
    "negative_prompts": "people",
    "steps": 20,
    "height": 768,
    "width": 1024,
    "cfg_scale": 7.5,
    "seed": 7,
    "ckpt": "harbour.safetensors",
}
SPACE: Json = {
    "prompt": "a tram in fog",
    "negative_prompt": "people",
    "resolution": "1024 x 768",
    "guidance_scale": 5.5,
    "num_inference_steps": 24,
    "seed": 7,
    "Model": "Harbour XL",
    "use_upscaler": None,
}
MOCHI = (
    "Include in Image: a tram; in fog: grey; Exclude from Image: people; Model: harbour; "
    "Steps: 20; Guidance Scale: 7.5; Seed: 7; Size: 1024x768; Scheduler: DPM-Solver++; "
    "Generator: Mochi Diffusion 4.2"
)
MIDJOURNEY = (
    "a tram in fog --chaos 16 --ar 4:3 --no people, cars --v 6.1 --tile "
    "Job ID: a7421d2f-b262-44f9-977c-ac23e9c7d3e3"
)
SDCPP = (
    "a tram in fog\nNegative prompt: people\nSteps: 20, CFG scale: 7.000000, "
    "Skip layers: [7, 8, ], "
    "Guidance: 3.500000, Eta: inf, Seed: 7, Size: 1024x768, Model: , RNG: cuda, "
    "Sampler: euler discrete, TE: t5xxl.safetensors, Unet: harbour-q8.gguf, VAE: ae.sft, "
    'Version: stable-diffusion.cpp, SDCPP: {"prompt":{"positive":"a tram, Seed: 9"},"seed":7}'
)
SWARMUI_BY_SHAPE: Json = {
    "sui_image_params": {
        "prompt": "a",
        "width": 640,
        "height": 512,
        "aspectratio": "16:9",
        "sidelength": 1024,
        "altresolutionheightmultiplier": 1.5,
    }
}
COMFY_STACKS: Json = {
    **COMFY,
    "3": {
        "class_type": "KSampler",
        "inputs": {"seed": 1, "steps": 4, "model": ["20", 0], "latent_image": ["5", 0]},
    },
    "5": {
        "class_type": "SDXLEmptyLatentSizePicker+",
        "inputs": {"resolution": "1024x1024 (1.0)", "width_override": 640, "height_override": 2},
    },
    "20": {
        "class_type": "CR Apply LoRA Stack",
        "inputs": {"model": ["4", 0], "lora_stack": ["21", 0]},
    },
    "21": {
        "class_type": "easy loraStack",
        "inputs": {
            "toggle": True,
            "mode": "simple",
            "num_loras": 1,
            "lora_1_name": "ink",
            "lora_1_strength": 1,
            "loras": {"__value__": [{"name": "film", "active": True, "strength": 1}]},
        },
    },
}
