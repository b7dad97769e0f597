"""What a body of OpenAI's interface comes to in our own words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backend.catalogue.load import load_catalogue
from backend.errors import InvalidInput
from backend.types import ModelSpec, ParamSpec
from ui.present.openai_asked import read_wish

FLUX = "black-forest-labs/FLUX.1-schnell"
SDXL = "stabilityai/stable-diffusion-xl-base-1.0"
MODELS = load_catalogue()


def asked(**body: Any) -> dict[str, object]:
    return dict(read_wish({"prompt": "a cat", **body}, MODELS).asked)


def refused(**body: Any) -> str | None:
    with pytest.raises(InvalidInput) as error:
        read_wish({"prompt": "a cat", **body}, MODELS)
    return error.value.field


def test_what_is_left_out_or_null_or_auto_is_the_models_own() -> None:
    plain = {"model": FLUX, "prompt": "a cat", "count": 1}
    assert asked() == plain
    nothing = dict.fromkeys(("model", "n", "size", "seed", "quality", "style", "user", "stream"))
    assert asked(**nothing) == plain
    assert asked(model="", size="auto", quality="auto", background="auto", stream=False) == plain
    assert asked(quality="standard", moderation="low", user="u", seed=-1) == plain
    assert asked(negative_prompt="", output_compression=100) == plain


def test_what_is_an_empty_text_is_left_out() -> None:
    empty = ("model", "n", "size", "quality", "style", "response_format", "output_format", "user")
    assert asked(**dict.fromkeys(empty, "")) == asked()
    wish = read_wish({"prompt": "x", "response_format": "", "background": ""}, MODELS)
    assert wish.b64 and wish.url


def test_the_usual_style_of_dall_e_is_none_unless_one_has_its_name() -> None:
    """LangChain's DallEAPIWrapper sends `style` always, `vivid` where nobody has chosen one."""
    body = {"prompt": "x", "style": "vivid"}
    assert "styles" not in read_wish(body, MODELS).asked
    assert read_wish(body, MODELS, {"vivid"}).asked["styles"] == ["vivid"]
    assert asked(style="natural")["styles"] == ["natural"]  # which is refused where it is looked up


def test_sizes_and_numbers_reach_the_model() -> None:
    found = asked(model="SDXL 1.0", size="768x512", n=3, steps=9, negative_prompt="fog")
    assert found == {
        "model": SDXL,
        "prompt": "a cat",
        "count": 3,
        "width": 768,
        "height": 512,
        "num_steps": 9,
        "negative_prompt": "fog",
    }
    assert asked(width=512, height=256)["width"] == 512  # the model's own names
    assert asked(size="512\u00d7256")["height"] == 256


@pytest.mark.parametrize(
    ("model", "quality", "steps"),
    [(FLUX, "low", 2), (FLUX, "high", 6), (FLUX, "hd", 6), (SDXL, "low", 12), (SDXL, "hd", 38)],
)
def test_quality_is_a_share_of_the_models_steps(model: str, quality: str, steps: int) -> None:
    assert asked(model=model, quality=quality)["num_steps"] == steps


def test_quality_stays_within_the_models_bounds() -> None:
    narrow = ParamSpec("num_steps", "integer", "Steps", default=4, minimum=4, maximum=5)
    few = only(narrow)
    assert read_wish({"prompt": "x", "quality": "hd"}, few).asked["num_steps"] == 5
    assert read_wish({"prompt": "x", "quality": "low"}, few).asked["num_steps"] == 4
    for without in (only(), only(replace(narrow, default=None))):
        with pytest.raises(InvalidInput):
            read_wish({"prompt": "x", "quality": "hd"}, without)
        assert "num_steps" not in read_wish({"prompt": "x", "quality": "auto"}, without).asked


def test_a_parameter_of_the_model_that_is_called_steps_is_its_own() -> None:
    own = only(ParamSpec("steps", "integer", "Steps", default=4), ParamSpec("sampler", "text", "S"))
    found = read_wish({"prompt": "x", "steps": 9, "sampler": "euler"}, own).asked
    assert (found["steps"], found["sampler"]) == (9, "euler") and "num_steps" not in found


def only(*params: ParamSpec) -> dict[str, ModelSpec]:
    prompt = ParamSpec("prompt", "text", "Prompt")
    return {"m": ModelSpec("m", "M", "", "sentry_block", (prompt, *params))}


def test_what_would_change_the_image_unseen_is_refused_by_its_name() -> None:
    assert refused(negative_prompt="dogs") == "negative_prompt"  # FLUX takes none
    assert refused(model=SDXL, seed=7) == "seed"
    assert refused(steps=4, num_steps=4) == "steps"
    assert refused(size="1024") == "size"
    assert refused(background="transparent") == "background"
    assert refused(complexity="high") == "complexity"
    assert refused(output_format="png", output_compression=50) == "output_compression"
    assert refused(output_format="jpeg", output_compression=True) == "output_compression"
    with pytest.raises(InvalidInput):
        read_wish({"prompt": "x", "size": "512x512"}, only())


def test_how_the_images_come_is_told_apart() -> None:
    for shape, b64, url in ((None, True, True), ("url", False, True), ("b64_json", True, False)):
        wish = read_wish({"prompt": "x", "response_format": shape}, MODELS)
        assert (wish.b64, wish.url) == (b64, url)
    wish = read_wish({"prompt": "x", "output_format": "webp", "output_compression": 0}, MODELS)
    assert (wish.format, wish.compression) == ("webp", 0)
