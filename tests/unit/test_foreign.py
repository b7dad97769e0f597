"""foreign: what other programs noted in PNG, JPEG and WebP is read; nothing else happens."""

from __future__ import annotations

import gc
import json
import random
import struct
import time
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import pytest
from PIL import Image
from sd_parsers.parsers import MANAGED_PARSERS

from backend.images import metadata
from backend.recipes import foreign
from backend.recipes.foreign.a1111 import from_infotext
from backend.recipes.foreign.texts import MAX_TEXT_BYTES
from backend.recipes.recipe import Brought
from backend.types import GenerationRequest, ImageRecord
from tests.unit import foreign_files as files
from tests.unit.foreign_files import (
    A1111,
    COMFY,
    COMFY_FLUX,
    COMMENTS,
    DREAM,
    FOOOCUS,
    FOOOCUS_TEXT,
    INVOKEAI,
    SD_METADATA,
    SWARMUI,
    WORKFLOW,
    commented,
    png,
    png_chunk,
    png_with,
    tagged,
)

CHUNKS = (files.chunk_text, files.chunk_itxt, files.chunk_packed, files.chunk_ztxt, files.chunk_raw)
CONTAINERS = ("JPEG", "WEBP")
chunks = pytest.mark.parametrize("chunk", CHUNKS)
comments = pytest.mark.parametrize("comment", COMMENTS)
containers = pytest.mark.parametrize("kind", CONTAINERS)


def read(data: bytes) -> Brought:
    found = foreign.read(data)
    assert found is not None
    return found


def some(found: Brought, *names: str) -> list[object]:
    return [found.values.get(name) for name in names]


MAIN = ("prompt", "negative_prompt", "width", "height", "num_steps", "guidance_scale", "seed")


# Ours


def test_our_own_image_is_read_by_its_exact_request_not_by_its_infotext() -> None:
    request = GenerationRequest("m/x", "a, b: c\nSteps: 9", {"width": 640, "style": None}, 7)
    about = ImageRecord(
        id="ab" * 16,
        run_id="cd" * 16,
        request=request,
        created=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=1.0,
        price_usd=None,
        format="png",
        width_px=40,
        height_px=24,
        sha256="",
    )
    for kind in ("PNG", "JPEG", "WEBP"):
        data = metadata.embed(files.saved(kind), about, model_label="X", app_version="1")
        values = {"prompt": "a, b: c\nSteps: 9", "width": 640, "seed": 7}
        assert read(data) == Brought("own", "m/x", values)


# AUTOMATIC1111

A1111_READ = Brought(
    "a1111",
    "sd_xl_base_1.0",
    {
        "prompt": "photo of a (red:1.2) fox, 35mm, <lora:film:0.6>\nin the snow",
        "negative_prompt": "blurry, (bad hands:1.4)",
        "num_steps": 25,
        "Sampler": "DPM++ 2M Karras",
        "guidance_scale": 6.5,
        "seed": 3141592653,
        "width": 832,
        "height": 1216,
        "Model hash": "31e35c80fc",
        "Lora hashes": "film: a1b2, more: c3d4",
        "Clip skip": "2",
        "Version": "v1.9.4",
    },
)


@chunks
def test_infotext_in_every_kind_of_png_text(chunk: Callable[[str, str], bytes]) -> None:
    assert read(png({"parameters": A1111}, chunk)) == A1111_READ


@containers
@comments
def test_infotext_in_every_spelling_of_the_comment(
    kind: str, comment: Callable[[str], bytes]
) -> None:
    assert read(commented(kind, comment(A1111))) == A1111_READ


@containers
@pytest.mark.parametrize("comment", COMMENTS)
def test_emoji_and_other_scripts_survive_every_encoding(
    kind: str, comment: Callable[[str], bytes]
) -> None:
    text = "猫 🐈‍⬛ قطة café\nSteps: 4, Seed: 1, Size: 64x64"
    assert read(commented(kind, comment(text))).values["prompt"] == "猫 🐈‍⬛ قطة café"


def test_emoji_in_png_texts_that_can_hold_them() -> None:
    text = "猫 🐈‍⬛ café\nSteps: 4, Seed: 1, Size: 64x64"
    for chunk in (files.chunk_itxt, files.chunk_packed, files.chunk_raw):
        assert read(png({"parameters": text}, chunk)).values["prompt"] == "猫 🐈‍⬛ café"
    latin = "caf\u00e9\nSteps: 4, Seed: 1, Size: 64x64"
    for chunk in (files.chunk_text, files.chunk_ztxt):
        assert read(png({"parameters": latin}, chunk)).values["prompt"] == "café"


def test_exif_within_a_png_is_read_too() -> None:
    exif = Image.Exif()
    exif[0x0131] = "a converter"
    exif.get_ifd(0x8769)[0x9286] = files.utf16_be(A1111)
    assert read(files.saved("PNG", exif=exif)) == A1111_READ


INFOTEXTS: dict[str, tuple[str, dict[str, object]]] = {
    "no sampler": ("a\nSteps: 4, Seed: 1, Size: 64x64", {"prompt": "a", "num_steps": 4}),
    "no negative prompt": ("a\nb\nSteps: 4, Seed: 1, Size: 64x64", {"prompt": "a\nb"}),
    "negative prompt only": (
        "Negative prompt: ugly\nSteps: 4, Seed: 1, Size: 64x64",
        {"prompt": None, "negative_prompt": "ugly"},
    ),
    "long negative prompt": (
        "a\nNegative prompt: b\nc, d\nSteps: 4, Seed: 1, Size: 64x64",
        {"prompt": "a", "negative_prompt": "b\nc, d"},
    ),
    "pairs only": ("Steps: 4, Seed: 1, Size: 64x64", {"prompt": None, "seed": 1}),
    "prompt only": ("a cat, sitting", {"prompt": "a cat, sitting", "seed": None}),
    "a prompt like pairs": (
        "mood: calm, light: low, style: oil",
        {"prompt": "mood: calm, light: low, style: oil"},
    ),
    "words within a line": (
        'a sign "Negative prompt: no"\nNegative prompt: b\nSteps: 4, Seed: 1, Size: 64x64',
        {"prompt": 'a sign "Negative prompt: no"', "negative_prompt": "b"},
    ),
    "pairs within the prompt": (
        "a\nSteps: 9, Seed: 9, Size: 9x9\nSteps: 4, Seed: 1, Size: 64x64",
        {"prompt": "a\nSteps: 9, Seed: 9, Size: 9x9", "num_steps": 4},
    ),
    "windows lines": ("a\r\nSteps: 4, Seed: 1, Size: 64x64\r\n", {"prompt": "a", "height": 64}),
    "forge flux": (
        "a\nSteps: 20, Sampler: Euler, Schedule type: Simple, CFG scale: 1, "
        "Distilled CFG Scale: 3.5, Seed: 1, Size: 64x64, Model: flux1-dev-bnb-nf4-v2",
        {"guidance_scale": 3.5, "CFG scale": "1", "Schedule type": "Simple"},
    ),
    "hires": (
        'a\nSteps: 4, Seed: 1, Size: 64x64, Hires prompt: "b, c: \\"d\\"\\ne", Hires upscale: 2',
        {"Hires prompt": 'b, c: "d"\ne', "Hires upscale": "2", "width": 64},
    ),
    "civitai": (
        "a\nSteps: 30, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 832x1216, "
        "Created Date: 2024-05-05T10:22:33.4455Z, Civitai resources: "
        '[{"type":"checkpoint","modelVersionId":128713,"modelName":"A, B: C"}], '
        'Civitai metadata: {}, Hashes: {"model": "ab", "vae": "cd"}, Version: v1',
        {
            "Civitai resources": '[{"type":"checkpoint","modelVersionId":128713,'
            '"modelName":"A, B: C"}]',
            "Hashes": '{"model": "ab", "vae": "cd"}',
            "Created Date": "2024-05-05T10:22:33.4455Z",
            "Version": "v1",
        },
    ),
    "template below": (
        "a red cat\nSteps: 4, Seed: 1, Size: 64x64\nTemplate: a {red|blue} cat\nmore",
        {"prompt": "a red cat", "Template": "a {red|blue} cat\nmore", "seed": 1},
    ),
    "ours": (
        "a\nSteps: 4, Sampler: Unknown, Seed: 1, Size: 64x64, Model: SDXL 1.0",
        {"Sampler": None},
    ),
    "not numbers": (
        "a\nSteps: many, Seed: -1, CFG scale: NaN, Size: big, Sampler: x",
        {"num_steps": "many", "seed": -1, "guidance_scale": "NaN", "width": None, "Size": "big"},
    ),
    "unclosed quote": ('a\nSteps: 4, Seed: 1, Size: 64x64, X: "y, Z: z', {"X": '"y', "Z": "z"}),
    "unclosed list": ("a\nSteps: 4, Seed: 1, Size: 64x64, X: [1, Z: z", {"X": "[1", "Z": "z"}),
}


@pytest.mark.parametrize(("text", "wanted"), INFOTEXTS.values(), ids=INFOTEXTS.keys())
def test_infotexts_of_every_kind(text: str, wanted: dict[str, object]) -> None:
    found = read(png({"parameters": text}))
    assert {name: found.values.get(name) for name in wanted} == wanted
    assert found.source == "a1111"


@containers
@pytest.mark.parametrize("text", ["Nice photo of a cat", "Created with GIMP", "", "{broken", "42"])
def test_any_cameras_comment_is_no_prompt(kind: str, text: str) -> None:
    assert foreign.read(commented(kind, files.utf8_as_ascii(text))) is None


# ComfyUI

COMFY_MAIN = ["a glass bottle, galaxy", "text, watermark", 1024, 768, 20, 8.0, 156680208700286]


def changed(graph: files.Json, **nodes: object) -> files.Json:
    return {**graph, **nodes}


@chunks
def test_a_graph_in_every_kind_of_png_text(chunk: Callable[[str, str], bytes]) -> None:
    found = read(png({"prompt": json.dumps(COMFY), "workflow": json.dumps(WORKFLOW)}, chunk))
    assert (found.source, found.model) == ("comfyui", "sd_xl_base_1.0.safetensors")
    assert some(found, *MAIN) == COMFY_MAIN
    assert some(found, "sampler", "scheduler", "denoise") == ["euler", "normal", None]


@containers
@pytest.mark.parametrize("letters", ["prompt", "Prompt"])
def test_a_graph_in_the_tags_that_comfyui_uses_for_webp(kind: str, letters: str) -> None:
    tags = {0x0110: f"{letters}:{json.dumps(COMFY)}", 0x010F: f"workflow:{json.dumps(WORKFLOW)}"}
    assert some(read(tagged(kind, tags)), *MAIN) == COMFY_MAIN


@containers
def test_a_graph_in_the_comment_whole_or_wrapped(kind: str) -> None:
    for document in ({"prompt": COMFY, "workflow": WORKFLOW}, {**COMFY, "extra": {}}):
        found = read(commented(kind, files.utf16_le(json.dumps(document))))
        assert some(found, *MAIN) == COMFY_MAIN


def comfy(graph: files.Json) -> Brought:
    return read(png({"prompt": json.dumps(graph)}))


def test_flux_with_its_separate_nodes_and_linked_values() -> None:
    found = comfy(COMFY_FLUX)
    assert found.model == "flux1-schnell-fp8.safetensors"
    assert some(found, *MAIN) == [
        "a lighthouse at night",
        None,
        1152,
        896,
        4,
        3.5,
        219670278747233,
    ]
    assert some(found, "sampler", "scheduler", "lora") == ["euler", "simple", ["ink.safetensors"]]


def test_ksampler_advanced_in_two_stages_is_read_from_the_first() -> None:
    base = {
        "noise_seed": 5,
        "steps": 25,
        "cfg": 8,
        "start_at_step": 0,
        "positive": ["6", 0],
        "negative": ["7", 0],
        "latent_image": ["5", 0],
        "model": ["4", 0],
    }
    refiner = {**base, "noise_seed": 0, "steps": 99, "latent_image": ["10", 0], "model": ["99", 0]}
    graph = {key: node for key, node in COMFY.items() if key != "3"}
    graph = {"11": {"class_type": "KSamplerAdvanced", "inputs": refiner}, **graph}
    graph["10"] = {"class_type": "KSamplerAdvanced", "inputs": base}
    assert some(comfy(graph), *MAIN) == [*COMFY_MAIN[:4], 25, 8, 5]


def test_a_second_pass_at_a_larger_size_is_not_the_picture() -> None:
    first = COMFY["3"]
    assert isinstance(first, dict)
    again = {**first["inputs"], "steps": 10, "denoise": 0.5, "latent_image": ["21", 0]}
    graph = {
        "20": {"class_type": "KSampler", "inputs": again},
        "21": {
            "class_type": "LatentUpscale",
            "inputs": {"width": 2048, "height": 1536, "samples": ["3", 0]},
        },
        **COMFY,
    }
    assert some(comfy(graph), *MAIN) == COMFY_MAIN


def test_prompts_through_control_nets_combinations_and_empty_negatives() -> None:
    sampler = COMFY["3"]
    assert isinstance(sampler, dict)
    graph = changed(
        COMFY,
        **{
            "3": {
                **sampler,
                "inputs": {**sampler["inputs"], "positive": ["30", 0], "negative": ["30", 1]},
            },
            "30": {
                "class_type": "ControlNetApplyAdvanced",
                "inputs": {"positive": ["31", 0], "negative": ["32", 0], "strength": 1},
            },
            "31": {
                "class_type": "ConditioningCombine",
                "inputs": {"conditioning_1": ["6", 0], "conditioning_2": ["33", 0]},
            },
            "32": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["6", 0]}},
            "33": {
                "class_type": "CLIPTextEncodeSDXL",
                "inputs": {"width": 64, "text_g": "stars", "text_l": "stars"},
            },
        },
    )
    found = comfy(graph)
    assert some(found, "prompt", "negative_prompt", "width") == [
        "a glass bottle, galaxy, stars",
        None,
        1024,
    ]


def test_the_prompt_linked_as_its_own_negative_is_no_negative() -> None:
    sampler = COMFY["3"]
    assert isinstance(sampler, dict)
    inputs = {**sampler["inputs"], "negative": ["6", 0]}
    assert (
        "negative_prompt"
        not in comfy(changed(COMFY, **{"3": {**sampler, "inputs": inputs}})).values
    )


def test_flux_text_encoder_has_guidance_of_its_own() -> None:
    encoder = {"clip_l": "short", "t5xxl": "a long description", "guidance": 4.5, "clip": ["4", 1]}
    graph = changed(COMFY, **{"6": {"class_type": "CLIPTextEncodeFlux", "inputs": encoder}})
    assert some(comfy(graph), "prompt", "guidance_scale") == ["a long description", 4.5]


def test_a_loader_that_holds_all_texts_itself() -> None:
    loader = {
        "ckpt_name": "dreamshaper_8.safetensors",
        "positive": "a fox",
        "negative": "dull",
        "empty_latent_width": 512,
    }
    graph = {
        "1": {"class_type": "Efficient Loader", "inputs": loader},
        "2": {
            "class_type": "KSampler (Efficient)",
            "inputs": {
                "seed": ["3", 0],
                "steps": "12",
                "cfg": 7,
                "model": ["1", 0],
                "positive": ["1", 1],
                "negative": ["1", 2],
            },
        },
        "3": {"class_type": "Seed (rgthree)", "inputs": {"seed": 99}},
    }
    found = comfy(graph)
    assert found.model == "dreamshaper_8.safetensors"
    assert some(found, "prompt", "negative_prompt", "seed", "num_steps") == [
        "a fox",
        "dull",
        99,
        12,
    ]


def test_a_node_for_another_service_that_has_all_in_one() -> None:
    inputs = {"prompt": "a robot", "seed": 3, "width": 512, "height": 640}
    found = comfy({"1": {"class_type": "FluxProImageNode", "inputs": inputs}})
    assert some(found, "prompt", "seed", "width", "height") == ["a robot", 3, 512, 640]


def test_a_workflow_alone_is_read_as_far_as_its_nodes_are_known() -> None:
    found = read(png({"workflow": json.dumps(WORKFLOW)}))
    assert found.model == "sdxl.safetensors"
    assert some(found, *MAIN) == ["a tree", "ugly", 512, 512, 30, 7.5, 42]


def test_a_graph_without_a_sampler_is_comfyuis_all_the_same() -> None:
    assert comfy({"1": {"class_type": "LoadImage", "inputs": {}}}) == Brought("comfyui", "", {})


def test_what_a_node_noted_as_infotext_goes_before_the_graph() -> None:
    found = read(png({"prompt": json.dumps(COMFY), "parameters": A1111}))
    assert found == A1111_READ


def test_a_nodes_key_is_not_carried_along() -> None:
    graph = changed(
        COMFY, **{"50": {"class_type": "FalAPI", "inputs": {"api_key": "ak_secret123"}}}
    )
    assert "ak_secret123" not in repr(comfy(graph))


# SwarmUI, Fooocus, InvokeAI

SWARM_MAIN = ["a mountain lake, <lora:ink>", "people", 1024, 1024, 20, 7.0, 1802250214]


@chunks
def test_swarmui_in_png(chunk: Callable[[str, str], bytes]) -> None:
    found = read(png({"parameters": json.dumps(SWARMUI, indent=2)}, chunk))
    assert (found.source, found.model) == ("swarmui", "OfficialStableDiffusion/sd_xl_base_1.0")
    assert some(found, *MAIN) == SWARM_MAIN
    assert some(found, "sampler", "loras") == ["dpmpp_2m", ["ink"]]


@containers
@comments
def test_swarmui_in_the_comment(kind: str, comment: Callable[[str], bytes]) -> None:
    found = read(commented(kind, comment(json.dumps(SWARMUI))))
    assert (found.source, some(found, *MAIN)) == ("swarmui", SWARM_MAIN)


@containers
def test_swarmui_in_the_tag_that_it_once_used(kind: str) -> None:
    assert read(tagged(kind, {0x0110: json.dumps(SWARMUI)})).source == "swarmui"


def test_swarmui_with_flux_has_a_guidance_of_its_own() -> None:
    params = {"prompt": "a", "cfgscale": 1, "fluxguidancescale": "3.5", "negativeprompt": ""}
    found = read(png({"parameters": json.dumps({"sui_image_params": params})}))
    assert found.values == {"prompt": "a", "guidance_scale": 3.5, "negative_prompt": ""}


FOOOCUS_MAIN = ["a cat", "", 1152, 896, 30, 4, 1234567890]


@chunks
def test_fooocus_in_png_in_both_schemes(chunk: Callable[[str, str], bytes]) -> None:
    found = read(png({"parameters": json.dumps(FOOOCUS), "fooocus_scheme": "fooocus"}, chunk))
    assert (found.source, found.model) == ("fooocus", "juggernautXL_v8Rundiffusion.safetensors")
    assert some(found, *MAIN) == FOOOCUS_MAIN
    assert some(found, "performance", "scheduler") == ["Speed", "karras"]
    found = read(png({"parameters": FOOOCUS_TEXT, "fooocus_scheme": "a1111"}, chunk))
    assert (found.source, found.model) == ("fooocus", "juggernautXL_v8")
    assert some(found, *MAIN) == ["a cat", "ugly", 1152, 896, 30, 4, 77]
    assert found.values["Styles"] == "['Fooocus V2', 'Fooocus Sharp']"


@containers
def test_fooocus_in_the_first_directory_as_it_writes_jpeg_and_webp(kind: str) -> None:
    tags = {0x0131: "Fooocus v2.5.5"}
    found = read(tagged(kind, {0x9286: json.dumps(FOOOCUS), 0x927C: "fooocus", **tags}))
    assert (found.source, some(found, *MAIN)) == ("fooocus", FOOOCUS_MAIN)
    text = FOOOCUS_TEXT.replace(", Version: Fooocus v2.5.5", "")
    assert read(tagged(kind, {0x9286: text, 0x927C: "a1111", **tags})).source == "fooocus"


@containers
@comments
def test_fooocus_in_the_comment_as_other_tools_copy_it(
    kind: str, comment: Callable[[str], bytes]
) -> None:
    assert read(commented(kind, comment(FOOOCUS_TEXT))).source == "fooocus"
    found = read(commented(kind, comment(json.dumps(FOOOCUS))))
    assert some(found, *MAIN) == FOOOCUS_MAIN


def test_fooocus_of_its_older_log() -> None:
    old = {"Prompt": "a", "Negative Prompt": "b", "Resolution": "(1024, 1024)", "Seed": 3}
    found = read(png({"parameters": json.dumps(old)}))
    assert some(found, *MAIN) == ["a", "b", 1024, 1024, None, None, 3]


INVOKE_MAIN = ["a knight\non a hill", "rain", 1024, 1024, 30, 7.5, 1234]


@chunks
def test_invokeai_in_png_with_the_model_names_of_each_age(
    chunk: Callable[[str, str], bytes],
) -> None:
    found = read(png({"invokeai_metadata": json.dumps(INVOKEAI), "invokeai_graph": "{}"}, chunk))
    assert (found.source, found.model) == ("invokeai", "SDXL 1.0")
    assert some(found, *MAIN) == INVOKE_MAIN
    assert found.values["scheduler"] == "dpmpp_3m_k"
    for model, name in (({"model_name": "sdxl"}, "sdxl"), ("stable", "stable"), (None, "")):
        assert (
            read(png({"invokeai_metadata": json.dumps({**INVOKEAI, "model": model})})).model == name
        )


@containers
@comments
def test_invokeai_in_the_comment_as_converters_put_it(
    kind: str, comment: Callable[[str], bytes]
) -> None:
    for document in (INVOKEAI, {"invokeai_metadata": INVOKEAI}):
        assert some(read(commented(kind, comment(json.dumps(document)))), *MAIN) == INVOKE_MAIN


def test_invokeai_without_scheduler_and_with_flux() -> None:
    noted = {"positive_prompt": "a", "cfg_scale": 1.0, "guidance": 4.0, "model": {"name": "FLUX"}}
    found = read(png({"invokeai_metadata": json.dumps(noted)}))
    assert found == Brought("invokeai", "FLUX", {"prompt": "a", "guidance_scale": 4.0})


@chunks
def test_invokeai_2_and_its_command_line(chunk: Callable[[str, str], bytes]) -> None:
    found = read(png({"Dream": DREAM, "sd-metadata": json.dumps(SD_METADATA)}, chunk))
    assert (found.source, found.model) == ("invokeai", "stable-diffusion-1.5")
    assert some(found, *MAIN) == ["an owl, detailed", "fog, blur", 768, 512, 50, 7.5, 42]
    assert found.values["sampler"] == "k_lms"
    found = read(png({"Dream": DREAM}, chunk))
    assert some(found, *MAIN) == ["an owl", "fog", 768, 512, 50, 7.5, 42]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('"an owl" -s50 -S42 -W768 -H512 -C7.5 -Ak_lms', ["an owl", 42, 768]),
        ('"an owl" -S 42 -W 768', ["an owl", 42, 768]),
        ('"an "old" owl\non a tree" -S 42 -W 768', ["an 'old' owl on a tree", 42, 768]),
        ('"an owl"', ["an owl", None, None]),
    ],
)
def test_older_command_lines(line: str, wanted: list[object]) -> None:
    assert some(read(png({"Dream": line})), "prompt", "seed", "width") == wanted


@pytest.mark.parametrize("prompt", ["an owl [fog]", ["an owl [fog]"], [{"prompt": "an owl [fog]"}]])
def test_older_prompts_as_text_or_list_and_without_a_sampler(prompt: object) -> None:
    document = {"image": {"prompt": prompt, "seed": 42}}
    found = read(png({"sd-metadata": json.dumps(document)}))
    assert found.values == {"prompt": "an owl", "negative_prompt": "fog", "seed": 42}


# A second opinion


@pytest.mark.parametrize(
    "texts",
    [
        {"parameters": A1111.replace('Lora hashes: "film: a1b2, more: c3d4", ', "")},
        {"parameters": json.dumps(FOOOCUS)},
        {"prompt": json.dumps(COMFY), "workflow": json.dumps(files.COMFY_LINKS)},
        {"invokeai_metadata": json.dumps({**INVOKEAI, "model": {"model_name": "SDXL 1.0"}})},
        {"sd-metadata": json.dumps(SD_METADATA)},
        {"Dream": DREAM},
    ],
    ids=["a1111", "fooocus", "comfyui", "invokeai", "sd-metadata", "dream"],
)
def test_sd_parsers_agrees_where_it_can_read(texts: dict[str, str]) -> None:
    for parser in MANAGED_PARSERS:
        try:
            theirs = parser().parse(dict(texts))
            break
        except Exception:
            continue
    ours = read(png(texts))
    (sampler,) = theirs.samplers
    assert [ours.values["prompt"]] == [str(prompt) for prompt in theirs.prompts]
    negative = [ours.values[name] for name in ("negative_prompt",) if ours.values.get(name)]
    assert negative == [str(prompt) for prompt in theirs.negative_prompts]
    for name, same in (("seed", "seed"), ("steps", "num_steps"), ("cfg_scale", "guidance_scale")):
        assert float(sampler.parameters[name]) == float(str(ours.values[same]))
    assert ours.model == (sampler.model.name if sampler.model else "")


# Damage and malice


def every_file() -> dict[str, bytes]:
    found = {
        "a1111 png": png({"parameters": A1111}),
        "a1111 packed": png({"parameters": A1111}, files.chunk_packed),
        "comfyui png": png({"prompt": json.dumps(COMFY_FLUX), "workflow": json.dumps(WORKFLOW)}),
        "comfyui webp": tagged("WEBP", {0x0110: f"prompt:{json.dumps(COMFY)}"}),
        "workflow": png({"workflow": json.dumps(WORKFLOW)}, files.chunk_ztxt),
        "swarmui jpeg": commented("JPEG", files.utf16_le(json.dumps(SWARMUI))),
        "fooocus jpeg": tagged("JPEG", {0x9286: json.dumps(FOOOCUS), 0x927C: "fooocus"}),
        "fooocus png": png({"parameters": json.dumps(FOOOCUS), "fooocus_scheme": "fooocus"}),
        "invokeai png": png({"invokeai_metadata": json.dumps(INVOKEAI)}),
        "invokeai 2": png({"sd-metadata": json.dumps(SD_METADATA), "Dream": DREAM}),
        "dream": png({"Dream": DREAM}),
        "a1111 webp": commented("WEBP", files.utf16_be(A1111)),
    }
    return found


FILES = every_file()
each = pytest.mark.parametrize("name", FILES)


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """The log, where a failure that was caught would show."""
    return caplog


def swift(data: bytes, limit_s: float = 1.0) -> Brought | None:
    gc.disable()  # what it takes to look through all that other tests left is not the reader's
    try:
        start = time.process_time()
        found = foreign.read(data)
        assert time.process_time() - start < limit_s
    finally:
        gc.enable()
    return found


@each
def test_files_cut_anywhere_are_read_as_far_as_they_go(
    name: str, quiet: pytest.LogCaptureFixture
) -> None:
    data = FILES[name]
    whole = foreign.read(data)
    for cut in range(0, len(data), max(1, len(data) // 250)):
        found = swift(data[:cut])
        assert found is None or found.source == (whole and whole.source)
    assert not quiet.records


@each
def test_flipped_bits_raise_nothing(name: str, quiet: pytest.LogCaptureFixture) -> None:
    data, rng = FILES[name], random.Random(name)
    for _ in range(250):
        bad = bytearray(data)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(bad))
            bad[at] ^= 1 << rng.randrange(8)
        swift(bytes(bad))
    assert not quiet.records


def test_flipped_letters_within_the_texts_raise_nothing(quiet: pytest.LogCaptureFixture) -> None:
    """PNG's checksums hide its texts from flipped bits, so these are damaged beforehand."""
    rng = random.Random(7)
    texts = {
        "parameters": [A1111, json.dumps(SWARMUI), json.dumps(FOOOCUS), FOOOCUS_TEXT],
        "prompt": [json.dumps(COMFY), json.dumps(COMFY_FLUX)],
        "workflow": [json.dumps(WORKFLOW)],
        "invokeai_metadata": [json.dumps(INVOKEAI)],
        "sd-metadata": [json.dumps(SD_METADATA)],
        "Dream": [DREAM],
    }
    for key, variants in texts.items():
        for text in variants:
            for _ in range(150):
                bad = list(text)
                for _ in range(rng.randint(1, 4)):
                    at = rng.randrange(len(bad))
                    bad[at] = rng.choice('{}[]",:0-9eN\\\n\0é😀 ')
                swift(png({key: "".join(bad)}))
    assert not quiet.records


JUNK = [
    None,
    True,
    -1,
    1e999,
    "x",
    [],
    {},
    [[]],
    ["3", 0],
    ["3"],
    [None, 0],
    {"a": 1},
    "NaN",
    2**80,
]


def mutated(value: object, rng: random.Random) -> object:
    """Return a copy with some values of another kind."""
    if rng.random() < 0.06:
        return rng.choice(JUNK)
    if isinstance(value, dict):
        return {key: mutated(item, rng) for key, item in value.items()}
    return [mutated(item, rng) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("key", "document"),
    [
        ("prompt", COMFY),
        ("prompt", COMFY_FLUX),
        ("workflow", WORKFLOW),
        ("parameters", SWARMUI),
        ("parameters", FOOOCUS),
        ("parameters", {"prompt": COMFY, "workflow": WORKFLOW}),
        ("invokeai_metadata", INVOKEAI),
        ("sd-metadata", SD_METADATA),
    ],
)
def test_values_of_any_other_kind_raise_nothing(
    key: str, document: files.Json, quiet: pytest.LogCaptureFixture
) -> None:
    rng = random.Random(3)
    for _ in range(400):
        swift(png({key: json.dumps(mutated(document, rng))}))
    assert not quiet.records


def links(count: int, make: Callable[[int], files.Json]) -> str:
    sampler = {"seed": 1, "steps": 4, "positive": ["1", 0], "negative": ["1", 0], "model": ["1", 0]}
    nodes = {"s": {"class_type": "KSampler", "inputs": {**sampler, "latent_image": ["1", 0]}}}
    nodes |= {str(n): {"class_type": "N", "inputs": make(n)} for n in range(1, count)}
    return json.dumps(nodes)


MEGA = "x" * 5_000_000


@cache
def hostile() -> dict[str, bytes]:
    bomb = zlib.compress(b" " * 100_000_000, 1)
    pairs = "Steps: 4, Seed: 1, Size: 64x64"
    huge = {"seed": 1, "steps": 4, "positive": ["t", 0]}
    return {
        "zTXt bomb": png_with(png_chunk(b"zTXt", b"parameters\0\0" + bomb)),
        "iTXt bombs": png_with(*[png_chunk(b"iTXt", b"prompt\0\1\0\0\0" + bomb)] * 20),
        "broken zlib": png_with(png_chunk(b"zTXt", b"parameters\0\0rubbish")),
        "no text": png_with(png_chunk(b"iTXt", b"parameters\0")),
        "no separator": png_with(png_chunk(b"iTXt", b"parameters\0\0\0en")),
        "no keyword": png_with(png_chunk(b"tEXt", b"")),
        "many chunks": png_with(png_chunk(b"tEXt", b"parameters\0") * 100_000),
        "deep json": png({"parameters": '{"prompt":' * 500_000}),
        "deep list": png({"prompt": '{"1":' + "[" * 2_000_000}),
        "long number": png({"parameters": '{"prompt": ' + "9" * 100_000 + "}"}),
        "not finite": png({"parameters": '{"prompt": "a", "seed": NaN, "steps": -Infinity}'}),
        "lone surrogate": png({"parameters": '{"prompt": "\\ud800", "steps": 3}'}),
        "many values": png({"parameters": json.dumps({f"k{n}": n for n in range(200_000)})}),
        "5 MB prompt": png({"parameters": f"{MEGA}\n{pairs}"}),
        "5 MB line": png({"parameters": f"{pairs}, {MEGA}"}),
        "5 MB of colons": png({"parameters": "a: b, " * 800_000}),
        "5 MB of lines": png({"parameters": "Steps: 1\n" * 550_000}),
        "5 MB of words": png({"parameters": "ab " * 1_600_000}),
        "5 MB of quotes": png({"parameters": 'a: "\\"' * 10_000 + "\n" + 'a: "\\"' * 9_000}),
        "lists": png({"parameters": 'a\nSteps: 1, Seed: 1, a: [{"a": ' + '[{"a": ' * 8_000}),
        "5 MB Dream": png({"Dream": '"' * 5_000_000 + "\n"}),
        "5 MB spaces": png({"Dream": '"a"' + " " * 5_000_000 + "\n"}),
        "5 MB brackets": png({"Dream": '"' + "[" * 5_000_000 + '"'}),
        "5 MB JSON": png({"invokeai_metadata": json.dumps({"positive_prompt": MEGA})}),
        "ring": png({"prompt": links(2, lambda n: {"text": ["1", 0], "conditioning": ["1", 0]})}),
        "chain": png({"prompt": links(20_000, lambda n: {"conditioning": [str(n + 1), 0]})}),
        "web": png(
            {
                "prompt": links(
                    200, lambda n: {f"conditioning_{i}": [str(n + i), 0] for i in range(1, 9)}
                )
            }
        ),
        "doubling": png(
            {
                "prompt": links(
                    60,
                    lambda n: {
                        "text": [str(n + 1), 0],
                        "string_a": [str(n + 1), 0],
                        "string_b": [str(n + 1), 0] if n < 50 else "lol" * 10_000,
                    },
                )
            }
        ),
        "samplers": png(
            {"prompt": links(9_000, lambda n: {"seed": n, "steps": 1, "samples": [str(n + 1), 0]})}
        ),
        "5 MB node": png(
            {
                "prompt": json.dumps(
                    {
                        "s": {"class_type": "KSampler", "inputs": huge},
                        "t": {"class_type": "CLIPTextEncode", "inputs": {"text": MEGA}},
                    }
                )
            }
        ),
        "exif loop": commented("JPEG", b"").replace(b"Exif\0\0MM", b"Exif\0\0II"),
        "webp length": FILES["a1111 webp"][:4] + b"\xff\xff\xff\x7f" + FILES["a1111 webp"][8:],
    }


def test_hostile_files_are_survived_in_bounded_time(quiet: pytest.LogCaptureFixture) -> None:
    for name, data in hostile().items():
        start = time.process_time()
        foreign.read(data)
        took = time.process_time() - start
        assert took < 10, (name, took)  # a quarter of a second; what is not bounded takes minutes
        assert not quiet.records, name


@pytest.mark.parametrize(
    "name", ["zTXt bomb", "iTXt bombs", "deep list", "many values", "5 MB of lines", "doubling"]
)
def test_hostile_files_take_little_memory(name: str) -> None:
    tracemalloc.start()
    foreign.read(hostile()[name])
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 120_000_000, (name, peak)


@pytest.mark.parametrize("name", ["5 MB prompt", "5 MB JSON", "5 MB node"])
def test_a_prompt_of_5_mb_is_read_so_that_it_can_be_refused_in_words(name: str) -> None:
    assert read(hostile()[name]).values["prompt"] == MEGA


def test_texts_longer_than_what_is_read_are_passed_over() -> None:
    for chunk in (files.chunk_text, files.chunk_packed):
        text = "x" * (MAX_TEXT_BYTES + 1)
        assert foreign.read(png({"parameters": text}, chunk)) is None


def test_a_text_with_a_wrong_checksum_is_not_believed() -> None:
    data = png({"parameters": A1111})
    at = data.index(b"fox")
    assert foreign.read(data[:at] + b"b" + data[at + 1 :]) is None


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF"])
def test_what_is_no_image_is_nothing(data: bytes) -> None:
    assert foreign.read(data) is None


@pytest.mark.parametrize("kind", ["PNG", *CONTAINERS])
def test_images_without_texts_are_nothing(kind: str) -> None:
    assert foreign.read(files.saved(kind)) is None


def test_a_mistake_of_ours_is_logged_and_ends_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(data: bytes) -> dict[str, str]:
        raise KeyError("inside")

    monkeypatch.setattr(foreign, "texts", broken)
    assert foreign.read(FILES["a1111 png"]) is None
    assert "cannot be read" in caplog.text


def test_two_texts_alike_are_read_from_the_first() -> None:
    data = png_with(files.chunk_itxt("parameters", A1111), files.chunk_itxt("parameters", "no"))
    assert read(data) == A1111_READ


def test_exif_pointing_anywhere_raises_nothing(quiet: pytest.LogCaptureFixture) -> None:
    data, rng = FILES["a1111 webp"], random.Random(1)
    at = data.index(b"MM\0*") if b"MM\0*" in data else data.index(b"II*\0")
    for _ in range(400):
        bad = bytearray(data)
        struct.pack_into(
            ">I", bad, at + 4 + rng.randrange(60), rng.choice([0, 1, 2**31, 2**32 - 1])
        )
        swift(bytes(bad))
    assert not quiet.records


def test_reading_looks_at_no_more_nodes_than_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.recipes.foreign.comfyui.STEPS_MAX", 0)
    assert comfy(COMFY).values.get("prompt", "") == ""


def test_infotext_is_read_without_an_image_too() -> None:
    assert from_infotext(A1111) == A1111_READ
