"""What SwarmUI, Fooocus and InvokeAI write is read back, and a second reader agrees."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sd_parsers.parsers import MANAGED_PARSERS

from backend.recipes.recipe import Brought
from tests.unit import foreign_files as files
from tests.unit.foreign_files import (
    A1111,
    COMFY,
    DREAM,
    FOOOCUS,
    FOOOCUS_TEXT,
    INVOKEAI,
    SD_METADATA,
    SWARMUI,
    commented,
    png,
    tagged,
)
from tests.unit.foreign_reading import MAIN, chunks, comments, containers, read, some

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


@pytest.mark.parametrize(
    ("given", "sides"),
    [
        ({"rawresolution": "832x1216"}, [832, 1216]),
        ({"aspectratio": "16:9", "sidelength": 1024}, [1344, 768]),
        ({"aspectratio": "9:16", "sidelength": "1024"}, [768, 1344]),
        ({"aspectratio": "16:9", "sidelength": 1000}, [None, None]),  # rounded, by the model
        ({"aspectratio": "Custom", "sidelength": 1024}, [640, 512]),
        ({"aspectratio": "16:9"}, [640, 512]),
        ({"altresolutionheightmultiplier": "1.5"}, [640, 960]),
        (
            {"altresolutionheightmultiplier": 2, "aspectratio": "1:1", "sidelength": 768},
            [None, None],
        ),
        ({"altresolutionheightmultiplier": 1.5, "width": 10**400}, [None, None]),
        ({"rawresolution": "broken", "sidelength": [1]}, [640, 512]),
    ],
)
def test_swarmuis_width_and_height_may_be_of_another_time(
    given: files.Json, sides: list[int | None]
) -> None:
    params = {"prompt": "a", "width": 640, "height": 512, **given}
    found = read(png({"parameters": json.dumps({"sui_image_params": params})}))
    assert some(found, "width", "height") == sides
    assert found.left_out == (() if sides[0] else ("width", "height"))


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
