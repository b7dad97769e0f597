"""Images as other programs save them: small pictures, with texts put in as each does it."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Callable, Mapping

from PIL import Image

Json = dict[str, object]


def saved(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((40, 24)).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def png_chunk(name: bytes, payload: bytes) -> bytes:
    crc = zlib.crc32(name + payload)
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", crc)


def chunk_text(key: str, text: str) -> bytes:
    return png_chunk(b"tEXt", key.encode() + b"\0" + text.encode("latin-1"))


def chunk_itxt(key: str, text: str) -> bytes:
    return png_chunk(b"iTXt", key.encode() + b"\0\0\0\0\0" + text.encode())


def chunk_packed(key: str, text: str) -> bytes:
    return png_chunk(b"iTXt", key.encode() + b"\0\1\0en\0key\0" + zlib.compress(text.encode()))


def chunk_ztxt(key: str, text: str) -> bytes:
    return png_chunk(b"zTXt", key.encode() + b"\0\0" + zlib.compress(text.encode("latin-1")))


def chunk_raw(key: str, text: str) -> bytes:
    """UTF-8 where the format wants Latin-1, as programs without an image library write it."""
    return png_chunk(b"tEXt", key.encode() + b"\0" + text.encode())


def png(texts: Mapping[str, str], chunk: Callable[[str, str], bytes] = chunk_itxt) -> bytes:
    return png_with(*(chunk(key, text) for key, text in texts.items()))


def png_with(*chunks: bytes) -> bytes:
    data = saved("PNG")
    return data[:33] + b"".join(chunks) + data[33:]


def utf16_be(text: str) -> bytes:
    return b"UNICODE\0" + text.encode("utf-16-be")


def utf16_le(text: str) -> bytes:
    return b"UNICODE\0" + text.encode("utf-16-le")


def utf16_bom(text: str) -> bytes:
    return b"UNICODE\0\xff\xfe" + text.encode("utf-16-le")


def utf8_as_unicode(text: str) -> bytes:
    return b"UNICODE\0" + text.encode()


def utf8_as_ascii(text: str) -> bytes:
    return b"ASCII\0\0\0" + text.encode()


def undefined(text: str) -> bytes:
    return b"\0" * 8 + b"\xef\xbb\xbf" + text.encode()


def bare(text: str) -> bytes:
    return text.encode()


COMMENTS = (utf16_be, utf16_le, utf16_bom, utf8_as_unicode, utf8_as_ascii, undefined, bare)


def commented(kind: str, comment: bytes) -> bytes:
    """A JPEG or WebP with this UserComment."""
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    return saved(kind, exif=exif)


def tagged(kind: str, tags: Mapping[int, str]) -> bytes:
    """A JPEG or WebP with texts in the first directory of its Exif block."""
    exif = Image.Exif()
    for tag, text in tags.items():
        exif[tag] = text
    return saved(kind, exif=exif)


def jpeg_with(marker: bytes, payload: bytes) -> bytes:
    """A JPEG with one segment more, right after its start."""
    data = saved("JPEG")
    return data[:2] + b"\xff" + marker + struct.pack(">H", len(payload) + 2) + payload + data[2:]


def webp_with(name: bytes, payload: bytes) -> bytes:
    """A WebP with one chunk more, at its end."""
    data = saved("WEBP")
    chunk = name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) & 1)
    return data[:4] + struct.pack("<I", len(data) - 8 + len(chunk)) + data[8:] + chunk


def xmp(inside: str) -> str:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="">'
        f"{inside}</rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def stealth(
    text: str, *, packed: bool = True, size: tuple[int, int] = (200, 130), rgb: int = 90
) -> bytes:
    """A PNG that hides `text` in the lowest bits of its alpha channel, down the columns."""
    body = gzip.compress(text.encode()) if packed else text.encode()
    head = b"stealth_pngcomp" if packed else b"stealth_pnginfo"
    whole = head + (8 * len(body)).to_bytes(4, "big") + body
    bits = "".join(f"{byte:08b}" for byte in whole)
    width, height = size
    assert len(bits) <= width * height
    picture = Image.new("RGBA", size, (rgb, 120, 160, 255))
    alpha = bytearray(b"\xff" * (width * height))
    for at, bit in enumerate(bits):
        alpha[at % height * width + at // height] = 254 | int(bit)
    picture.putalpha(Image.frombytes("L", size, bytes(alpha)))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


# AUTOMATIC1111 and its like

A1111 = (
    "photo of a (red:1.2) fox, 35mm, <lora:film:0.6>\n"
    "in the snow\n"
    "Negative prompt: blurry, (bad hands:1.4)\n"
    "Steps: 25, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 3141592653, Size: 832x1216, "
    'Model hash: 31e35c80fc, Model: sd_xl_base_1.0, Lora hashes: "film: a1b2, more: c3d4", '
    "Clip skip: 2, Version: v1.9.4"
)

# ComfyUI

COMFY: Json = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 156680208700286,
            "steps": 20,
            "cfg": 8.0,
            "sampler_name": "euler",
            "scheduler": "normal",
            "denoise": 1.0,
            "model": ["4", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    },
    "4": {
        "class_type": "CheckpointLoaderSimple",
        "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"},
    },
    "5": {
        "class_type": "EmptyLatentImage",
        "inputs": {"width": 1024, "height": 768, "batch_size": 1},
    },
    "6": {
        "class_type": "CLIPTextEncode",
        "inputs": {"text": "a glass bottle, galaxy", "clip": ["4", 1]},
        "is_changed": [float("nan")],
    },
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "text, watermark", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}},
}

COMFY_FLUX: Json = {
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["40", 0], "clip": ["11", 0]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["13", 0], "vae": ["10", 0]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}},
    "12": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-schnell-fp8.safetensors"}},
    "13": {
        "class_type": "SamplerCustomAdvanced",
        "inputs": {
            "noise": ["25", 0],
            "guider": ["22", 0],
            "sampler": ["16", 0],
            "sigmas": ["17", 0],
            "latent_image": ["27", 0],
        },
    },
    "16": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "euler"}},
    "17": {
        "class_type": "BasicScheduler",
        "inputs": {"scheduler": "simple", "steps": 4, "denoise": 1, "model": ["30", 0]},
    },
    "22": {
        "class_type": "BasicGuider",
        "inputs": {"model": ["30", 0], "conditioning": ["26", 0]},
    },
    "25": {"class_type": "RandomNoise", "inputs": {"noise_seed": 219670278747233}},
    "26": {
        "class_type": "FluxGuidance",
        "inputs": {"guidance": 3.5, "conditioning": ["6", 0]},
    },
    "27": {
        "class_type": "EmptySD3LatentImage",
        "inputs": {"width": ["41", 0], "height": ["41", 1], "batch_size": 1},
    },
    "30": {
        "class_type": "ModelSamplingFlux",
        "inputs": {"max_shift": 1.15, "width": 64, "height": 64, "model": ["31", 0]},
    },
    "31": {
        "class_type": "LoraLoaderModelOnly",
        "inputs": {"lora_name": "ink.safetensors", "strength_model": 0.8, "model": ["12", 0]},
    },
    "40": {
        "class_type": "StringConcatenate",
        "inputs": {"string_a": ["42", 0], "string_b": "at night", "delimiter": " "},
    },
    "41": {"class_type": "SizePicker", "inputs": {"batch": 3, "width": 1152, "height": 896}},
    "42": {"class_type": "PrimitiveString", "inputs": {"value": "a lighthouse"}},
}

WORKFLOW: Json = {
    "nodes": [
        {
            "id": 3,
            "type": "KSampler",
            "inputs": [
                {"name": "model", "type": "MODEL", "link": 1},
                {"name": "positive", "type": "CONDITIONING", "link": 4},
                {"name": "negative", "type": "CONDITIONING", "link": 6},
                {"name": "latent_image", "type": "LATENT", "link": 2},
            ],
            "widgets_values": [42, "randomize", 30, 7.5, "euler", "normal", 1],
        },
        {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["sdxl.safetensors"]},
        {"id": 5, "type": "EmptyLatentImage", "widgets_values": [512, 512, 1]},
        {"id": 6, "type": "CLIPTextEncode", "widgets_values": ["a tree"], "inputs": []},
        {"id": 7, "type": "CLIPTextEncode", "widgets_values": ["ugly"]},
        {"id": 10, "type": "Reroute", "inputs": [{"name": "", "type": "*", "link": 5}]},
    ],
    "links": [
        [1, 4, 0, 3, 0, "MODEL"],
        [2, 5, 0, 3, 3, "LATENT"],
        [4, 10, 0, 3, 1, "CONDITIONING"],
        [5, 6, 0, 10, 0, "*"],
        [6, 7, 0, 3, 2, "CONDITIONING"],
    ],
    "version": 0.4,
}

# What sd-parsers needs of the editor's form of COMFY.
COMFY_LINKS: Json = {
    "links": [
        [1, 4, 0, 3, 0, "MODEL"],
        [2, 5, 0, 3, 3, "LATENT"],
        [4, 6, 0, 3, 1, "CONDITIONING"],
        [6, 7, 0, 3, 2, "CONDITIONING"],
    ]
}

# The others

SWARMUI: Json = {
    "sui_image_params": {
        "prompt": "a mountain lake, <lora:ink>",
        "negativeprompt": "people",
        "model": "OfficialStableDiffusion/sd_xl_base_1.0",
        "seed": "1802250214",
        "steps": "20",
        "cfgscale": "7.0",
        "aspectratio": "1:1",
        "width": "1024",
        "height": 1024,
        "sampler": "dpmpp_2m",
        "loras": ["ink"],
        "swarm_version": "0.9.5.0",
    },
    "sui_extra_data": {"date": "2025-01-02", "generation_time": "0.01 (prep) and 5.5 (gen)"},
    "sui_models": [{"name": "sd_xl_base_1.0", "param": "model", "hash": "0x31e35c80fc"}],
}

FOOOCUS: Json = {
    "adm_guidance": "(1.5, 0.8, 0.3)",
    "base_model": "juggernautXL_v8Rundiffusion.safetensors",
    "base_model_hash": "aeb7e9e689",
    "full_negative_prompt": ["", "watermark"],
    "full_prompt": ["a cat", "a cat, cinematic"],
    "guidance_scale": 4,
    "loras": [["offset.safetensors", 0.1, "4852686128"]],
    "metadata_scheme": "fooocus",
    "negative_prompt": "",
    "performance": "Speed",
    "prompt": "a cat",
    "resolution": "(1152, 896)",
    "sampler": "dpmpp_2m_sde_gpu",
    "scheduler": "karras",
    "seed": "1234567890",
    "sharpness": 2,
    "steps": 30,
    "styles": "['Fooocus V2', 'Fooocus Sharp']",
    "version": "Fooocus v2.5.5",
}

FOOOCUS_TEXT = (
    "a cat\nNegative prompt: ugly\nSteps: 30, Sampler: DPM++ 2M SDE, Seed: 77, Size: 1152x896, "
    'CFG scale: 4, Sharpness: 2, ADM Guidance: "(1.5, 0.8, 0.3)", Model: juggernautXL_v8, '
    "Styles: \"['Fooocus V2', 'Fooocus Sharp']\", Version: Fooocus v2.5.5"
)

INVOKEAI: Json = {
    "app_version": "5.6.0",
    "generation_mode": "sdxl_txt2img",
    "positive_prompt": "a knight\non a hill",
    "negative_prompt": "rain",
    "width": 1024,
    "height": 1024,
    "seed": 1234,
    "rand_device": "cpu",
    "cfg_scale": 7.5,
    "cfg_rescale_multiplier": 0,
    "steps": 30,
    "scheduler": "dpmpp_3m_k",
    "model": {"key": "6a1", "hash": "blake3:1", "name": "SDXL 1.0", "base": "sdxl", "type": "main"},
    "loras": [{"model": {"name": "ink"}, "weight": 0.75}],
    "positive_style_prompt": "",
    "hrf_strength": None,
}

SD_METADATA: Json = {
    "model": "stable diffusion",
    "model_weights": "stable-diffusion-1.5",
    "app_id": "invoke-ai/InvokeAI",
    "app_version": "2.2.4",
    "image": {
        "prompt": [{"prompt": "an owl, detailed [fog, blur]", "weight": 1.0}],
        "steps": 50,
        "cfg_scale": 7.5,
        "threshold": 0,
        "perlin": 0.1,
        "height": 512,
        "width": 768,
        "seed": 42,
        "type": "txt2img",
        "sampler": "k_lms",
    },
}

DREAM = '"an owl [fog]" -s 50 -S 42 -W 768 -H 512 -C 7.5 -A k_lms'
