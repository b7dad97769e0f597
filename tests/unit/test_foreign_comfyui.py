"""What ComfyUI writes into an image is read back: graphs of every kind."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from backend.recipes.recipe import Brought
from tests.unit import foreign_files as files
from tests.unit.foreign_files import (
    COMFY,
    COMFY_FLUX,
    WORKFLOW,
    commented,
    png,
    tagged,
)
from tests.unit.foreign_reading import MAIN, chunks, comfy, containers, read, some

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


def test_a_nodes_key_is_not_carried_along() -> None:
    graph = changed(
        COMFY, **{"50": {"class_type": "FalAPI", "inputs": {"api_key": "ak_secret123"}}}
    )
    assert "ak_secret123" not in repr(comfy(graph))
