"""What a prompt becomes with styles, as AUTOMATIC1111 has it; and what becomes of a form."""

from __future__ import annotations

import pytest

from backend.catalogue.load import load_catalogue
from backend.errors import InvalidInput, TooLong
from backend.styles.book import Book
from backend.styles.compose import composed, dressed, left_out
from backend.styles.fitting import fit
from backend.styles.kinds import Preset, Style
from tests.ui.fake_studio import FLUX, SDXL


@pytest.mark.parametrize(
    ("prompt", "styles", "becomes"),
    [
        ("a cat", [], "a cat"),
        ("a cat", ["photo of {prompt}, 35mm"], "photo of a cat, 35mm"),
        ("a cat", ["oil painting"], "a cat, oil painting"),
        ("a cat", ["{prompt}, yes {prompt}"], "a cat, yes a cat"),
        ("a cat", ["photo of {prompt}", "grain", "old {prompt}"], "old photo of a cat, grain"),
        ("", ["oil painting"], "oil painting"),
        (" a cat\n", ["", "x"], "a cat, x"),
        ("{prompt}", ["<{prompt}>", "{prompt}!"], "<{prompt}>!"),
        (
            "a cat",
            ["{red|blue} __wild__ (x:1.2) {Prompt}"],
            "a cat, {red|blue} __wild__ (x:1.2) {Prompt}",
        ),
    ],
)
def test_a_style_goes_around_the_prompt_or_behind_it(
    prompt: str, styles: list[str], becomes: str
) -> None:
    assert composed(prompt, styles) == becomes


def test_the_negative_prompt_is_dressed_likewise_and_only_if_a_style_has_one() -> None:
    styles = [Style("a", "x {prompt}"), Style("b", "", "not {prompt}")]
    raw = {"prompt": "a cat", "negative_prompt": "dogs", "width": 512}
    assert dressed(raw, styles) == {
        "prompt": "x a cat",
        "negative_prompt": "not dogs",
        "width": 512,
    }
    assert "negative_prompt" not in dressed({"prompt": "a cat"}, styles[:1])
    assert dressed({"prompt": 7}, styles) == {"prompt": 7}, "the model's own check refuses it"


def test_an_empty_prompt_is_refused_where_a_style_is_written_around_it() -> None:
    with pytest.raises(InvalidInput, match="style Cinema is written around it") as refused:
        dressed({"prompt": " \u200b"}, [Style("Cinema", "photo of {prompt}")])
    assert refused.value.field == "prompt"


def test_styles_that_name_the_prompt_often_do_not_fill_the_memory() -> None:
    much = "{prompt}" * 1250
    with pytest.raises(TooLong, match="100,000"):
        composed("x" * 10_000, [much] * 20)


def test_what_a_model_does_not_take_of_them_is_said() -> None:
    models, styles = load_catalogue(), [Style("a", "x"), Style("b", "", "y")]
    assert "so that of b is left out" in left_out(styles, models[FLUX])
    assert left_out(styles, models[SDXL]) == ""


def test_a_preset_of_another_program_is_taken_as_far_as_it_fits() -> None:
    models = load_catalogue()
    preset = Preset(
        "P",
        "sd_xl_base.safetensors",
        {"num_steps": 900, "width": 832, "height": 1216},
        ("Oil", "Gone"),
        count=2,
    )
    put = fit(preset, models, models[FLUX], Book((Style("Oil", "x"),)))
    assert (put.model.id, put.styles, put.count, put.random_seed) == (FLUX, ("Oil",), 2, None)
    assert put.values == {"width": 832, "height": 1216}
    for words in ("The preset P fills the form.", "sd_xl_base.safetensors", "900", "Gone"):
        assert words in str(put.text)


def test_a_preset_of_ours_brings_its_model_and_empties_what_was_empty() -> None:
    models = load_catalogue()
    preset = Preset("P", SDXL, {"negative_prompt": "", "width": 512, "height": 512})
    put = fit(preset, models, models[FLUX], Book())
    assert put.model.id == SDXL
    assert put.values == {"negative_prompt": "", "width": 512, "height": 512}
    assert str(put.text) == "The preset P fills the form."
