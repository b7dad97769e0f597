"""What a model takes of a recipe, and what is said of the rest."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import count
from math import inf, nan

import pytest

from backend.errors import InvalidInput
from backend.recipes.fitting import fit
from backend.recipes.recipe import Brought, of_record
from backend.recipes.sentences import SOURCES
from backend.types import GenerationRequest
from tests.unit.recipe_values import FLUX, FULL, MODELS, SDXL, brought, model, record

# Fitting


def test_what_a_model_takes_lacks_and_does_not_know_is_told_apart() -> None:
    taken = fit(Brought("a1111", "sd_xl_base_1.0", FULL), MODELS)
    assert taken.model.id == SDXL
    assert taken.values == {
        "prompt": "a cat",
        "negative_prompt": "blurry",
        "width": 832,
        "height": 1216,
        "num_steps": 25,
        "guidance_scale": 6.5,
    }
    assert (taken.dropped, taken.unknown) == (
        {"seed": 42},
        {"Sampler": "Euler a", "Clip skip": "2"},
    )
    assert taken.text == (
        "Taken from an image in AUTOMATIC1111's format: prompt, negative prompt, size, steps, "
        "guidance scale. "
        "Not taken: seed 42 (SDXL 1.0 takes none). Not known here: Sampler, Clip skip."
    )


def test_all_of_our_own_image_comes_back_to_its_model() -> None:
    values = {"width": 512, "height": 512, "num_steps": 4, "guidance_scale": 3.5, "style": None}
    request = GenerationRequest(FLUX, "a cat", values, 42)
    taken = fit(of_record(record(request)), MODELS)
    assert taken.model.id == FLUX
    assert taken.values == {"prompt": "a cat", "seed": 42} | {
        name: value for name, value in values.items() if value is not None
    }
    assert list(taken.values) == [spec.name for spec in MODELS[FLUX].params]
    assert (taken.dropped, taken.unknown) == ({}, {})
    assert taken.text == (
        "Taken from an image made here: prompt, size, steps, guidance scale, seed."
    )


def test_the_model_asked_for_goes_before_the_nearest() -> None:
    taken = fit(Brought("own", FLUX, FULL), MODELS, model_id=SDXL)
    assert taken.model.id == SDXL
    assert "model" not in taken.unknown
    with pytest.raises(InvalidInput, match="not in the catalogue"):
        fit(Brought("own", FLUX, FULL), MODELS, model_id="x")


@pytest.mark.parametrize(
    ("name", "nearest", "same"),
    [
        (FLUX, FLUX, True),
        ("FLUX.1 schnell", FLUX, True),
        ("flux1-schnell", FLUX, True),
        ("flux1-schnell-fp8.safetensors", FLUX, True),
        ("Flux\\flux1-schnell-Q4_K_S.gguf", FLUX, True),
        ("FLUX.1-dev", FLUX, False),
        (SDXL, SDXL, True),
        ("SDXL 1.0", SDXL, True),
        ("sdxl", SDXL, True),
        ("sd_xl_base_1.0", SDXL, True),
        ("sd_xl_base_1.0_0.9vae.safetensors", SDXL, True),
        ("OfficialStableDiffusion/sd_xl_base_1.0", SDXL, True),
        ("stable-diffusion-xl-base-1.0", SDXL, True),
        ("sd_xl_turbo_1.0_fp16", SDXL, False),
        ("juggernautXL_v9", FLUX, False),
        ("sd", FLUX, False),
        ("\ud800" * 4, FLUX, False),
        ("x" * 5_000_000, FLUX, False),
    ],
    ids=count(),
)
def test_models_are_found_by_the_names_that_others_give_them(
    name: str, nearest: str, same: bool
) -> None:
    taken = fit(brought(name, prompt="a"), MODELS)
    assert (taken.model.id, "model" not in taken.unknown) == (nearest, same)
    assert ("the model" in taken.text) is not same


def test_without_a_name_the_model_that_takes_most_is_nearest() -> None:
    assert fit(brought(prompt="a", negative_prompt="b"), MODELS).model.id == SDXL
    assert fit(brought(prompt="a", seed=1), MODELS).model.id == FLUX
    assert fit(brought(), MODELS).model.id == FLUX
    assert fit(brought("no such", seed=-1), MODELS).model.id == FLUX


def test_a_longer_shared_name_is_nearer() -> None:
    models = {
        spec.id: spec
        for spec in (model("a/flux-dev", "FLUX dev"), model("a/flux-dev-pro", "FLUX dev pro"))
    }
    assert fit(brought("flux-dev-pro-v2", prompt="a"), models).model.id == "a/flux-dev-pro"
    assert fit(brought("flux-dev", prompt="a"), models).model.id == "a/flux-dev"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("num_steps", 1_000_000, "steps 1000000 (FLUX.1 schnell takes 1 to 50)"),
        ("num_steps", "many", "steps many (not a number)"),
        ("num_steps", 4.5, "steps 4.5 (must be a whole number)"),
        ("num_steps", True, "steps True (not a number)"),
        ("num_steps", [4], "steps 4 (not a number)"),
        ("guidance_scale", nan, "guidance scale NaN (not a number)"),
        ("guidance_scale", -inf, "guidance scale -inf (not a number)"),
        ("guidance_scale", 1e300, "guidance scale 1e+300 (FLUX.1 schnell takes 0 to 20)"),
        ("seed", -1, "seed -1 (FLUX.1 schnell takes 0 to 4,294,967,295)"),
        ("seed", 2**63, f"seed {2**63} (FLUX.1 schnell takes 0 to 4,294,967,295)"),
        ("seed", 10**5000, "seed a very large number (FLUX.1 schnell takes 0 to 4,294,967,295)"),
        ("prompt", "x" * 5_000_000, "prompt (too long: 5,000,000 characters, and 10,000 fit)"),
        ("prompt", "a\0b", "prompt (holds a character that cannot be sent"),
        ("prompt", "a\ud800b", "prompt (holds a character that cannot be sent"),
        ("prompt", {"a": 1}, "prompt (must be text)"),
        ("width", 1000, "width 1000 (must be a multiple of 16)"),
    ],
    ids=count(),  # some values are too long for a name
)
def test_what_does_not_fit_is_dropped_and_said_never_bent(
    name: str, value: object, told: str
) -> None:
    taken = fit(brought(FLUX, **{"prompt": "a cat", "num_steps": 4} | {name: value}), MODELS)
    assert name not in taken.values
    assert taken.dropped.keys() == {name}
    assert f"Not taken: {told}" in taken.text
    text = json.dumps({"d": taken.dropped, "t": taken.text}, allow_nan=False, ensure_ascii=False)
    assert len(text.encode()) < 2_000


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((1000, 1024), "size 1000 x 1024 (width must be a multiple of 16)"),
        ((1024, 4096), "size 1024 x 4096 (height FLUX.1 schnell takes 256 to 2,048)"),
    ],
)
def test_half_a_size_is_not_taken(size: tuple[int, int], told: str) -> None:
    taken = fit(brought(FLUX, prompt="a", width=size[0], height=size[1]), MODELS)
    assert taken.values == {"prompt": "a"}
    assert taken.dropped == {"width": size[0], "height": size[1]}
    assert told in taken.text


def test_numbers_that_came_as_text_are_numbers_and_empty_values_are_nothing() -> None:
    values = {"num_steps": "4", "seed": " 7 ", "guidance_scale": "3.50", "width": "", "x": " "}
    taken = fit(brought(FLUX, prompt="a", negative_prompt="", **values), MODELS)
    assert taken.values == {"prompt": "a", "num_steps": 4, "guidance_scale": 3.5, "seed": 7}
    assert (taken.dropped, taken.unknown) == ({}, {})


def test_a_standard_value_that_no_model_takes_is_dropped_rather_than_unknown() -> None:
    models = {"m": model("m", "Seedream")}
    taken = fit(brought("", **FULL), models)
    assert taken.dropped.keys() == FULL.keys() - {"prompt", "Sampler", "Clip skip"}
    assert "negative prompt (Seedream takes none)" in taken.text
    assert "size 832 x 1216 (Seedream takes none)" in taken.text


def test_a_parameter_of_ones_own_catalogue_is_known() -> None:
    style = replace(MODELS[SDXL].params[0], name="style", label="Style", choices=("ink", "oil"))
    mine = model("mine", "Mine")
    models = {**MODELS, "mine": replace(mine, params=(*mine.params, style))}
    assert fit(brought("mine", prompt="a", style="ink"), models).values["style"] == "ink"
    taken = fit(brought("mine", prompt="a", style="wax"), models)
    assert "style wax (has no such choice)" in taken.text
    assert fit(brought(SDXL, prompt="a", style="ink"), models).dropped == {"style": "ink"}


def test_unknown_things_are_short_flat_and_counted() -> None:
    deep: object = 1
    for _ in range(900):
        deep = {"a": [deep]}
    unknown = {f"n{n}": n for n in range(9)}
    values = {"lora": [{"name": "ink", "w": 0.5}], "deep": deep, "n": "x" * 9_000, **unknown}
    taken = fit(brought(FLUX, prompt="a", **values), MODELS)
    assert taken.unknown["lora"] == "name: ink, w: 0.5"
    assert len(json.dumps(taken.unknown)) < 800
    assert taken.text.endswith("Not known here: lora, deep, n, n0, n1, n2, and 6 more.")


def test_texts_when_nothing_fits_or_nothing_is_there() -> None:
    nothing = fit(Brought("comfyui", "", {}), MODELS)
    assert nothing.text == "This is a ComfyUI image, but no settings were found in it."
    lacking = fit(Brought("swarmui", "", {"Sampler": "x"}), MODELS)
    assert lacking.text == (
        "Nothing in a SwarmUI image fits FLUX.1 schnell. Not known here: Sampler."
    )


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_its_name(source: str) -> None:
    text = fit(Brought(source, "", {"prompt": "a"}), MODELS).text
    assert re.fullmatch(r"Taken from an? .*\bimage\b.*: prompt\.", text)
    assert re.match("Taken from an [aeiouAEIHMNS]|Taken from a [^aeiouAEIO]", text)


def test_a_source_that_is_not_known_is_nobody_elses() -> None:
    text = fit(Brought("somebody", "", {"prompt": "a"}), MODELS).text
    assert text == "Taken from an image of an unknown program: prompt."


def test_a_hostile_name_stays_short_in_the_words() -> None:
    name = "<b>" + "x" * 100_000 + "\ud800\n"
    taken = fit(brought(name, prompt="a", **{name: name}), MODELS)
    assert len(taken.text) < 300
    assert "\n" not in taken.text
    (key,) = taken.unknown.keys() - {"model"}
    assert len(key) <= 300
    json.dumps(taken.unknown, ensure_ascii=False).encode()
