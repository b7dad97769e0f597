"""What a body of A1111's interface comes to in our own words, whatever a program sends with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue.load import load_catalogue
from backend.errors import InvalidInput
from backend.providers.own_params import OF_A_SERVER, PROMPT, SAMPLER
from backend.types import ModelSpec, ParamSpec
from ui.present.a1111_asked import Wish, read_wish
from ui.present.a1111_told import samplers, schedulers

FLUX = "black-forest-labs/FLUX.1-schnell"
SDXL = "stabilityai/stable-diffusion-xl-base-1.0"
MODELS = load_catalogue()

# Automatic1111's own defaults, as its /docs gives them to whoever copies them from there.
A1111_DEFAULTS = {
    "prompt": "a cat",
    "negative_prompt": "",
    "styles": [],
    "seed": -1,
    "subseed": -1,
    "subseed_strength": 0,
    "seed_resize_from_h": -1,
    "seed_resize_from_w": -1,
    "sampler_name": None,
    "scheduler": None,
    "batch_size": 1,
    "n_iter": 1,
    "steps": 50,
    "cfg_scale": 7.0,
    "width": 512,
    "height": 512,
    "restore_faces": None,
    "tiling": None,
    "do_not_save_samples": False,
    "do_not_save_grid": False,
    "eta": None,
    "denoising_strength": None,
    "s_min_uncond": None,
    "s_churn": None,
    "s_tmax": None,
    "s_tmin": None,
    "s_noise": None,
    "override_settings": None,
    "override_settings_restore_afterwards": True,
    "refiner_checkpoint": None,
    "refiner_switch_at": None,
    "disable_extra_networks": False,
    "firstpass_image": None,
    "comments": None,
    "enable_hr": False,
    "firstphase_width": 0,
    "firstphase_height": 0,
    "hr_scale": 2.0,
    "hr_upscaler": None,
    "hr_second_pass_steps": 0,
    "hr_resize_x": 0,
    "hr_resize_y": 0,
    "hr_checkpoint_name": None,
    "hr_sampler_name": None,
    "hr_scheduler": None,
    "hr_prompt": "",
    "hr_negative_prompt": "",
    "force_task_id": None,
    "sampler_index": "Euler",
    "script_name": None,
    "script_args": [],
    "send_images": True,
    "save_images": False,
    "alwayson_scripts": {},
    "infotext": None,
}


def wish(models: dict[str, ModelSpec] = MODELS, chosen: str | None = None, **body: Any) -> Wish:
    return read_wish({"prompt": "a cat", **body}, models, chosen)


def of(*params: ParamSpec) -> dict[str, ModelSpec]:
    return {"m": ModelSpec("m", "M", "", "test", (PROMPT, *params))}


def server(*choices: str) -> dict[str, ModelSpec]:
    rest = [spec for spec in OF_A_SERVER if spec.name not in ("prompt", "sampler", "scheduler")]
    chosen = ParamSpec("sampler", "text", "Sampler", choices=choices)
    return of(*rest, chosen, ParamSpec("scheduler", "text", "Scheduler", choices=("Karras",)))


def test_its_own_defaults_are_an_image_at_their_size() -> None:
    found = wish(**A1111_DEFAULTS)
    assert found.asked == {
        "model": FLUX,
        "prompt": "a cat",
        "count": 1,
        "width": 512,
        "height": 512,
        "num_steps": 50,
        "guidance_scale": 7.0,
    }
    assert found.unused == ("sampler_name",) and found.sends and found.format == "png"
    assert wish().asked == {"model": FLUX, "prompt": "a cat", "count": 1}


def test_batches_count_however_their_numbers_are_written() -> None:
    """A form's numbers come as 1.0 from Gradio and as texts from HTML; A1111 takes both."""
    for one, four in ((1, 4), (1.0, 4), (1, 4.0), ("1", "4"), (1.0, "4")):
        assert wish(batch_size=one, n_iter=four).asked["count"] == 4, (one, four)
    for wrong in (1.5, "1.5", "two", "", True, float("nan")):
        assert wish(batch_size=1, n_iter=wrong).asked["count"] is wrong  # refused where it is read


def test_a_model_takes_what_it_has_by_our_names() -> None:
    found = wish(server("Euler a", "DPM++ 2M"), sampler_name="euler a", scheduler="karras", seed=7)
    assert found.asked["sampler"] == "Euler a" and found.asked["scheduler"] == "Karras"
    assert found.asked["seed"] == 7 and found.unused == ()
    # What it does not have goes on, and is refused with the choices there are.
    assert wish(server("Euler a"), sampler_name="DDIM").asked["sampler"] == "DDIM"
    free = wish(server("Euler a"), sampler_name="Automatic", scheduler="normal")
    assert "sampler" not in free.asked and "scheduler" not in free.asked and free.unused == ()
    assert wish(of(SAMPLER), sampler_index="Euler").asked["sampler"] == "Euler"


def test_samplers_are_those_of_the_model() -> None:
    model = server("Euler a", "DDIM")["m"]
    assert [one["name"] for one in samplers(model)] == ["Euler a", "DDIM"]
    assert [one["label"] for one in schedulers(model)] == ["Automatic", "Karras"]
    assert [one["name"] for one in samplers(MODELS[FLUX])] == ["Automatic"]


def test_the_model_is_that_of_the_request_then_the_chosen_one_and_never_another() -> None:
    named = {"sd_model_checkpoint": SDXL}
    assert wish(chosen=FLUX, override_settings=named).model.id == SDXL
    assert wish(chosen=FLUX, sd_model_checkpoint="SDXL 1.0").model.id == SDXL
    assert wish(chosen=SDXL).model.id == SDXL and wish().model.id == FLUX
    for gone in ({"chosen": "gone"}, {"override_settings": {"sd_model_checkpoint": 5}}):
        with pytest.raises(InvalidInput) as error:
            wish(**gone)
        assert error.value.field == "model"


def test_a_size_that_a_model_does_not_take_is_refused_unless_nobody_chose_it() -> None:
    found = wish(of(), width=512, height=512, negative_prompt=" ", cfg_scale=7, steps=20)
    assert found.unused == ("cfg_scale", "height", "steps", "width")
    with pytest.raises(InvalidInput) as error:
        wish(of(), width=512, height=768)
    assert error.value.field == "height" and "M does not take height" in error.value.message


def test_what_there_is_no_use_for_is_named_and_what_is_off_is_not() -> None:
    found = wish(
        clip_skip=2,
        negative_prompt="fog",
        distilled_cfg_scale=3.5,
        unknown="",
        override_settings={"sd_vae": "x.vae", "forge_additional_modules": [], "eta_ancestral": 0.5},
        alwayson_scripts={"ADetailer": {"args": [False]}, "ControlNet": {"args": []}, "x": {}},
        comments={"a": "b"},
    )
    assert found.unused == (
        "clip_skip",
        "distilled_cfg_scale",
        "negative_prompt",
        "override_settings.eta_ancestral",
        "override_settings.sd_vae",
    )


def test_a_parameter_that_only_this_model_has_is_its_own() -> None:
    quality = ParamSpec("quality", "text", "Quality", choices=("low", "high"))
    own = of(quality, ParamSpec("steps", "integer", "Steps", default=4))
    found = wish(own, quality="high", steps=9)
    assert (found.asked["quality"], found.asked["steps"]) == ("high", 9) and found.unused == ()


_ODD = (
    *(None, True, False, 0, -1, 7, 10**30, 0.5, float("nan"), "", "none", "7", "x"),
    *([], {}, [[]], [None], ["a", 1], {"": {}}, {"args": 3}, {"a": {"args": [{}]}}),
    {"sd_model_checkpoint": [], "samples_format": {}, "sd_vae": []},
)
_JSON = st.sampled_from(_ODD)
_NAMES = st.sampled_from([*A1111_DEFAULTS, "url", "auth", "clip_skip", "num_steps", "x"])


@given(st.dictionaries(_NAMES, _JSON), st.sampled_from([None, FLUX, SDXL]))
def test_whatever_comes_is_understood_or_refused_in_words(
    body: dict[str, Any], chosen: str | None
) -> None:
    try:
        found = read_wish(body, MODELS, chosen)
    except InvalidInput as error:
        assert error.message.endswith(".")
    else:
        assert found.asked["model"] in MODELS and not {"url", "auth"} & set(found.asked)
