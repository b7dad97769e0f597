"""What fills the form, called directly over a fake studio: nothing is sent, nothing is trusted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from backend import branch
from backend.recipes import link
from backend.recipes.recipe import EXAMPLE, Brought
from backend.styles.kinds import Preset, Style
from backend.types import GenerationRequest
from tests.storage.test_connections import Sdapi, gpu
from tests.ui.fake_studio import FLUX, SDXL, FakeStudio
from ui.page.filling import Filling
from ui.page.form import Form, build_form

SIZED = {"width": 1248, "height": 832, "num_steps": 7, "guidance_scale": 2.5}


def build(studio: FakeStudio) -> Filling:
    with gr.Blocks(analytics_enabled=False):
        form = build_form(studio.account.models)
    return Filling(studio, form)


@pytest.fixture
async def fill(studio: FakeStudio, form: Form) -> Filling:
    return Filling(studio, form)


def holding(
    fill: Filling,
    model: str = FLUX,
    *,
    parked: Any = None,
    random: bool = True,
    basis: object = None,
    **changes: object,
) -> list[Any]:
    """Return what the page sends: the form's start values with `changes`."""
    values = {name: widget.value for name, widget in fill.form.params.items()}
    values |= {"prompt": "a cat", **changes}
    return [parked or [model, {}], random, basis, model, 1, None, *values.values()]


def named(widgets: list[tuple[str, gr.components.Component]], outputs: list[Any]) -> dict[str, Any]:
    """Name a filling's outputs by element id, as the changes they make."""
    names = [getattr(widget, "elem_id", None) or "parked" for _, widget in widgets]
    return dict(zip(names, outputs, strict=True))


async def switched(fill: Filling, form: list[Any]) -> dict[str, Any]:
    return named(fill.switched, await fill.switch(*form))


async def reused(fill: Filling, wish: object, form: list[Any]) -> dict[str, Any]:
    return named(fill.outputs, await fill.reuse(SimpleNamespace(_data=wish), *form))  # type: ignore[arg-type]


async def opened(fill: Filling, wish: object, form: list[Any]) -> dict[str, Any]:
    text = wish if isinstance(wish, str) else json.dumps(wish)
    return named(fill.outputs, await fill.opened(text, *form))


# --- another model -------------------------------------------------------------------------------


async def test_switching_parks_the_negative_prompt_and_brings_it_back(fill: Filling) -> None:
    to_flux = await switched(fill, holding(fill, FLUX, parked=[SDXL, {}], negative_prompt="dogs"))
    assert to_flux["negative_prompt"]["visible"] is False
    assert "Negative prompt kept for SDXL 1.0" in to_flux["model-note"]
    assert to_flux["seed"]["visible"] is True
    assert to_flux["random-seed"]["visible"] is True
    assert to_flux["num_steps"]["value"] == 4
    form = holding(fill, SDXL, parked=to_flux["parked"], negative_prompt="dogs")
    back = await switched(fill, form)
    assert back["negative_prompt"]["visible"] is True
    assert back["negative_prompt"]["value"] == "dogs"
    assert back["seed"]["visible"] is False
    assert "takes no seed" in back["model-note"]


async def test_switching_leaves_alone_what_no_model_changes(fill: Filling) -> None:
    told = await switched(fill, holding(fill, FLUX, parked=[SDXL, {}]))
    assert [told[name] for name in ("prompt", "width", "height")] == [gr.skip()] * 3
    assert not told.keys() & {"basis", "count", "model"}


async def test_switching_tells_what_generate_makes_then(fill: Filling) -> None:
    told = await switched(fill, holding(fill, FLUX, parked=[SDXL, {}]))
    assert told["deal"] == {
        "makes": "Generate 1 image",
        "costs": "free",
        "choices": None,
        "model": FLUX,
        "count": 1,
    }


async def test_switching_with_a_kept_seed_leaves_the_price_to_who_looks_what_is_stored(
    fill: Filling,
) -> None:
    told = await switched(fill, holding(fill, FLUX, parked=[SDXL, {}], random=False, seed=7))
    assert told["deal"] == gr.skip()


async def test_switching_shows_all_widgets_though_the_server_forgot_the_session(
    fill: Filling,
) -> None:
    """After a restart the state says SDXL while the page shows FLUX: it must not matter."""
    told = await switched(fill, holding(fill, SDXL, parked=[SDXL, {}]))
    assert told["negative_prompt"]["visible"] is True
    assert told["seed"]["visible"] is False


async def test_switching_to_no_model_changes_nothing(fill: Filling) -> None:
    outputs = await fill.switch(*holding(fill, "no/such"))
    assert outputs == [gr.skip()] * len(fill.switched)


async def test_catalogue_without_sizes_and_seeds_still_makes_a_form(
    studio: FakeStudio, tmp_path: Path
) -> None:
    bare = replace(studio.account.models[SDXL], params=studio.account.models[SDXL].params[:1])
    fill = build(FakeStudio(tmp_path, models={bare.id: bare}))
    outputs = await fill.switch((bare.id, {}), True, None, bare.id, 1, None, "a cat")
    assert len(outputs) == len(fill.switched)


# --- a stored image ------------------------------------------------------------------------------


async def test_reuse_all_switches_the_model_and_takes_every_value(
    studio: FakeStudio, fill: Filling
) -> None:
    record = studio.put(GenerationRequest(FLUX, "a lamp", SIZED, 4294967295))
    told = await reused(fill, {"id": record.id, "what": "all"}, holding(fill, SDXL))
    assert told["model"]["value"] == FLUX
    assert told["random-seed"]["value"] is False
    assert told["aspect"]["value"] == "3:2"
    expected = SIZED | {"prompt": "a lamp", "seed": 4294967295}
    assert {name: told[name]["value"] for name in expected} == expected
    assert told["basis"]["origin"] == {"id": record.id, "kind": "reused"}
    assert told["basis"]["title"] == "Based on this image"
    assert told["basis"]["lists"] == []
    # and the very same request comes out of the form again
    form = [told[name].get("value") for name in fill.form.params]
    asked = fill.form.collect(["", False, None, FLUX, 1, told["templates"], told["styles"], *form])
    assert asked.choices is None, "an image's braces are braces"
    assert studio.prepare(asked.model, asked.raw, 1) == [record.request]
    assert studio.submissions == [], "filling the form runs nothing"


async def test_reuse_seed_leaves_all_else(studio: FakeStudio, fill: Filling) -> None:
    record = studio.put(GenerationRequest(FLUX, "a lamp", {"width": 512}, 7))
    wish = {"id": record.id, "what": "seed"}
    told = await reused(fill, wish, holding(fill, FLUX))
    assert (told.pop("seed"), told.pop("random-seed")) == (7, False)
    assert told.pop("basis")["origin"] == {"id": record.id, "kind": "seed"}
    assert set(map(str, told.values())) == {str(gr.skip())}
    there = await reused(fill, wish, holding(fill, SDXL))
    assert there["seed"] == gr.skip()
    assert "SDXL 1.0 takes no seed" in there["basis"]["text"]
    assert there["basis"]["origin"] is None
    unseeded = studio.put(GenerationRequest(SDXL, "a lamp"))
    told = await reused(fill, {"id": unseeded.id, "what": "seed"}, holding(fill))
    assert told["basis"]["text"] == "This image was made without a seed."


async def test_reuse_prompt_takes_the_texts_that_the_model_has(
    studio: FakeStudio, fill: Filling
) -> None:
    values = {"negative_prompt": "dogs", "width": 512, "height": 512}
    record = studio.put(GenerationRequest(SDXL, "a lamp", values))
    wish = {"id": record.id, "what": "prompt"}
    told = await reused(fill, wish, holding(fill, SDXL))
    assert (told.pop("prompt"), told.pop("negative_prompt")) == ("a lamp", "dogs")
    assert told.pop("basis")["origin"] == {"id": record.id, "kind": "prompt"}
    assert told.pop("templates") == {"on": False, "seed": ""}
    assert told.pop("styles") == [], "they are in the words of the prompt already"
    assert set(map(str, told.values())) == {str(gr.skip())}
    told = await reused(fill, wish, holding(fill, FLUX))
    assert told["prompt"] == "a lamp"
    assert told["negative_prompt"] == gr.skip()
    assert "FLUX.1 schnell takes no negative prompt" in told["basis"]["text"]


async def test_reuse_for_another_model_says_what_that_one_drops(
    studio: FakeStudio, fill: Filling
) -> None:
    record = studio.put(GenerationRequest(FLUX, "a lamp", SIZED, 42))
    wish = {"id": record.id, "what": "model", "model": SDXL}
    told = await reused(fill, wish, holding(fill, FLUX))
    assert told["model"]["value"] == SDXL
    assert told["num_steps"]["value"] == 7
    assert told["seed"]["visible"] is False
    assert told["basis"]["origin"] == {"id": record.id, "kind": "model"}
    assert "seed 42 (SDXL 1.0 takes none)" in told["basis"]["text"]
    assert told["basis"]["lists"] == [["Left out", [["Seed", "42"]]]]
    gone = await reused(fill, wish | {"model": "no/such"}, holding(fill, FLUX))
    assert gone["model"] == gr.skip()
    assert gone["basis"]["text"] == "That model is not in the catalogue."


async def test_image_of_a_model_that_is_gone_goes_to_the_nearest_one(
    studio: FakeStudio, fill: Filling
) -> None:
    record = studio.put(GenerationRequest("stabilityai/sdxl-turbo", "a lamp", {"num_steps": 7}))
    told = await reused(fill, {"id": record.id, "what": "all"}, holding(fill, FLUX))
    assert told["model"]["value"] in (FLUX, SDXL)
    assert told["prompt"]["value"] == "a lamp"
    assert ["model", "stabilityai/sdxl-turbo"] in told["basis"]["lists"][-1][1]


@pytest.mark.parametrize(
    "wish",
    [None, {}, {"id": None}, {"id": ["x"]}, {"id": "0" * 32, "what": "all", "prompt": "evil"}],
)
async def test_reuse_takes_nothing_from_the_browser_but_an_id(fill: Filling, wish: object) -> None:
    basis = {"origin": {"id": "a" * 32, "kind": "reused"}, "title": "<b>forged</b>"}
    told = await reused(fill, wish, holding(fill, basis=basis))
    said = told.pop("basis")
    assert said["text"] == "This image is no longer stored."
    assert said["bad"] is True
    assert said["origin"] == basis["origin"], "what the form is based on has not changed"
    assert said["title"] == "Based on this image"
    assert set(map(str, told.values())) == {str(gr.skip())}


# --- another program's image -----------------------------------------------------------------


async def test_recipe_fills_the_form_and_lists_what_was_not_taken(fill: Filling) -> None:
    values = {"prompt": "a castle", "width": 600, "height": 512, "seed": 7, "sampler": "euler"}
    basis = {"origin": {"id": "a" * 32, "kind": "reused"}}
    told = await reused(
        fill,
        {"recipe": link.encode(Brought("comfyui", "flux1-schnell", values))},
        holding(fill, SDXL, basis=basis),
    )
    assert told["model"]["value"] == FLUX
    assert told["prompt"]["value"] == "a castle"
    assert (told["seed"]["value"], told["random-seed"]["value"]) == (7, False)
    chip = told["basis"]
    assert chip["origin"] is None, "it is no child of the image that was there before"
    lists = {title: dict(pairs) for title, pairs in chip["lists"]}
    assert lists["Taken"] == {"Prompt": "a castle", "Seed": "7"}
    assert lists["Left out"] == {"Width": "600", "Height": "512"}
    assert lists["Not known here"] == {"sampler": "euler"}
    assert "ComfyUI" in chip["text"]


async def test_example_fills_the_form_and_is_called_one(fill: Filling) -> None:
    values = {"prompt": "a castle", "width": 512, "height": 512, "seed": 7}
    told = await reused(
        fill, {"recipe": link.encode(Brought(EXAMPLE, FLUX, values))}, holding(fill)
    )
    assert (told["prompt"]["value"], told["seed"]["value"]) == ("a castle", 7)
    chip = told["basis"]
    assert (chip["origin"], chip["bad"]) == (None, False)
    assert (chip["title"], chip["text"]) == ("An example", "Press Generate to make it.")


@pytest.mark.parametrize("values", [{"width": 3}, {"sampler": "euler"}, {}])
async def test_example_of_which_nothing_fits_says_so(
    fill: Filling, values: dict[str, object]
) -> None:
    told = await reused(
        fill, {"recipe": link.encode(Brought(EXAMPLE, FLUX, values))}, holding(fill)
    )
    assert told["basis"]["bad"] is True
    assert told["basis"]["title"] != "An example"


async def test_recipe_without_a_seed_turns_random_on(fill: Filling) -> None:
    recipe = link.encode(Brought("own", FLUX, {"prompt": "a castle"}))
    told = await reused(fill, {"recipe": recipe}, holding(fill, random=False, seed=5))
    assert told["random-seed"]["value"] is True


@pytest.mark.parametrize("text", ["", "rubbish", "z", "j!!", "\ud800", None, ["x"], "z" * 300_000])
async def test_damaged_recipe_says_so_and_changes_nothing(fill: Filling, text: object) -> None:
    told = await reused(fill, {"recipe": text}, holding(fill))
    assert told.pop("basis")["text"].startswith("The recipe in this link is")
    assert set(map(str, told.values())) == {str(gr.skip())}


async def test_recipe_of_which_nothing_fits_leaves_the_form_alone(fill: Filling) -> None:
    recipe = link.encode(Brought("comfyui", "", {"sampler": "euler"}))
    told = await reused(fill, {"recipe": recipe}, holding(fill))
    chip = told.pop("basis")
    assert chip["bad"] is True
    assert chip["lists"] == [["Not known here", [["sampler", "euler"]]]]
    assert set(map(str, told.values())) == {str(gr.skip())}


# --- opening the page ------------------------------------------------------------------------


def draft(**changes: object) -> dict[str, Any]:
    values = {"prompt": "a draft", "negative_prompt": "dogs", "num_steps": 9, "seed": 77}
    return {"model": FLUX, "random": False, "count": 3, "origin": None, "values": values} | changes


async def test_opening_without_a_wish_tells_models_price_and_nothing_else(fill: Filling) -> None:
    told = await opened(fill, {"draft": None}, holding(fill, SDXL))
    [group] = told["model"]["groups"]
    assert [model["id"] for model in group["models"]] == [FLUX, SDXL]
    assert "value" not in told["model"]
    assert "takes no seed" in told["model-note"]
    assert told["prompt"] == told["basis"] == gr.skip()


async def test_draft_comes_back_with_hidden_text_and_its_image(
    studio: FakeStudio, fill: Filling
) -> None:
    record = studio.put(GenerationRequest(FLUX, "a lamp", {}, 7))
    kept = draft(origin={"id": record.id, "kind": "seed"})
    told = await opened(fill, {"draft": kept}, holding(fill, SDXL))
    assert (told["model"]["value"], len(told["model"]["groups"][0]["models"])) == (FLUX, 2)
    assert told["parked"] == [FLUX, {}]
    assert told["random-seed"]["value"] is False
    assert told["count"] == 3
    assert {n: told[n]["value"] for n in ("prompt", "num_steps", "seed")} == {
        "prompt": "a draft",
        "num_steps": 9,
        "seed": 77,
    }
    assert told["negative_prompt"] == gr.update(visible=False, value="dogs")
    assert told["basis"]["origin"] == kept["origin"]


@pytest.mark.parametrize(
    "wish",
    [
        "",
        "rubbish",
        "[" * 100_000,
        "[]",
        {"draft": []},
        {"draft": {}},
        {"draft": {"model": 5, "values": {}}},
        {"draft": draft(model="no/such")},
        {"draft": draft(model=["x"])},
        {"draft": draft(values=None)},
    ],
)
async def test_draft_of_no_use_is_left_out_in_silence(fill: Filling, wish: object) -> None:
    told = await opened(fill, wish, holding(fill))
    assert told["prompt"] == told["basis"] == gr.skip()
    assert "value" not in told["model"]


async def test_draft_that_names_no_model_is_one_for_the_model_in_the_form(fill: Filling) -> None:
    told = await opened(fill, {"draft": {"values": {"prompt": "by name"}}}, holding(fill, SDXL))
    assert told["model"]["value"] == SDXL
    assert told["prompt"]["value"] == "by name"


async def test_damaged_values_of_a_draft_become_the_models_own(fill: Filling) -> None:
    values = {"prompt": ["x"], "num_steps": 10**9, "seed": "seven", "width": None, "more": 5}
    kept = draft(values=values, count=99, origin={"id": "x"}, random="no")
    told = await opened(fill, {"draft": kept}, holding(fill, SDXL))
    assert told["num_steps"]["value"] == 4
    assert told["count"] == 1
    assert told["prompt"] == gr.skip()
    assert told["basis"] is None


async def test_address_fills_on_top_of_the_draft(studio: FakeStudio, fill: Filling) -> None:
    record = studio.put(GenerationRequest(FLUX, "a lamp", SIZED, 5))
    wish = {"draft": draft(), "id": record.id, "what": "seed"}
    told = await opened(fill, wish, holding(fill, SDXL))
    assert (told["seed"], told["random-seed"]) == (5, False)
    assert told["prompt"]["value"] == "a draft", "the seed alone was asked for"
    assert told["basis"]["origin"] == {"id": record.id, "kind": "seed"}
    told = await opened(fill, wish | {"what": "all"}, holding(fill, SDXL))
    assert told["prompt"]["value"] == "a lamp"
    assert told["seed"]["value"] == 5


async def test_address_of_another_model_keeps_the_drafts_for_what_both_hold(
    studio: FakeStudio, fill: Filling
) -> None:
    """A value that the draft and the image share is not "left alone": the page does not have it."""
    values = {"width": 512, "height": 768, "num_steps": 9, "guidance_scale": 3.5}
    record = studio.put(GenerationRequest(FLUX, "a draft", values, 5))
    kept = draft(values=values | {"prompt": "a draft"})
    wish = {"draft": kept, "id": record.id, "what": "all"}
    told = await opened(fill, wish, holding(fill, FLUX))
    shown = {name: told[name]["value"] for name in ("prompt", "width", "height", "num_steps")}
    assert shown == {"prompt": "a draft", "width": 512, "height": 768, "num_steps": 9}


async def test_a_prompt_of_another_image_takes_no_seed_that_was_kept(
    studio: FakeStudio, fill: Filling
) -> None:
    image = studio.put(GenerationRequest(FLUX, "a bear in a bakery", SIZED, 7))
    wish = {"id": image.id, "what": "prompt"}
    own = {"origin": {"id": image.id, "kind": "seed"}}
    other = {"origin": {"id": "0" * 32, "kind": "reused"}}
    for basis, random in ((None, True), (other, True), (own, gr.skip())):
        told = await reused(fill, wish, holding(fill, random=False, basis=basis, seed=7))
        assert told["random-seed"] == random
    told = await reused(fill, wish, holding(fill, random=True))
    assert told["random-seed"] == gr.skip()


# --- styles and presets --------------------------------------------------------------------------


def keep(studio: FakeStudio, preset: Preset) -> None:
    style = Style("Oil", "oil painting")
    studio.styles.change(lambda book: (book.with_style(style).with_preset(preset), None))


async def test_a_preset_fills_the_form_and_leaves_what_it_does_not_name(
    studio: FakeStudio, fill: Filling
) -> None:
    keep(studio, Preset("P", SDXL, {"width": 832, "height": 1216}, ("Oil", "Gone"), count=4))
    told = await reused(fill, {"preset": "P"}, holding(fill, FLUX, prompt="my own words"))
    assert told["model"]["value"] == SDXL
    assert (told["width"]["value"], told["height"]["value"]) == (832, 1216)
    assert told["prompt"] == gr.skip(), "it names none"
    assert (told["styles"], told["count"]) == (["Oil"], 4)
    assert told["basis"]["text"] == "The preset P fills the form. These styles are not here: Gone."
    gone = await reused(fill, {"preset": "Q"}, holding(fill, FLUX))
    assert gone["basis"]["text"] == "There is no preset called Q any more."
    assert gone["styles"] == gr.skip()


async def test_a_draft_keeps_its_styles_as_far_as_they_are_there(
    studio: FakeStudio, fill: Filling
) -> None:
    keep(studio, Preset("P"))
    draft = {"model": FLUX, "values": {"prompt": "a fox"}, "styles": ["Gone", "Oil"]}
    assert (await opened(fill, {"draft": draft}, holding(fill)))["styles"] == ["Oil"]
    draft["styles"] = {"a": 1}
    assert (await opened(fill, {"draft": draft}, holding(fill)))["styles"] == []


async def test_an_opened_page_looks_for_servers_that_were_started_since(
    studio: FakeStudio, fill: Filling, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = "home/dream.safetensors#a1b2c3d4e5"
    async with Sdapi() as server:
        server.here = False
        await studio.account.further.keep(gpu(server), None)
        monkeypatch.setattr(branch, "ASKED_AGAIN_S", 0.0)
        server.here = True
        told = await opened(fill, {}, holding(fill))
        assert model not in str(told["model"]["groups"])
        await studio.account.asked()
        told = await opened(fill, {}, holding(fill))
        assert model in str(told["model"]["groups"])
        await studio.account.asked()
