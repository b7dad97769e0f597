"""Signs of other programs in a prompt are told, and what people write is left alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.recipes.fitting import fit
from backend.recipes.recipe import OWN, Brought
from backend.recipes.syntax import foreign_signs, said_signs
from tests.unit.recipe_values import FLUX, MODELS, SDXL


@pytest.mark.parametrize(
    "sign",
    [
        "<lora:foo:0.7>",
        "<lora:My LoRA-v2:1>",
        "<lyco:x:0.5:0.2>",
        "<hypernet:anime:0.4>",
        "(long waves:1.2)",
        "(long waves: .8)",
        "(sky:-1)",
        "((sharp))",
        "[[noise]]",
        "[cat:dog:0.5]",
        "[dog:0.3]",
        "{{detailed}}",
        "{red|green|blue}",
        "1.3::a castle::",
        "(a castle)1.3",
        "(a castle)++",
        "castle++",
        "embedding:EasyNegative",
        "__colour__",
        "__animals/cats__",
        "BREAK",
    ],
)
def test_a_sign_is_found_among_words(sign: str) -> None:
    assert foreign_signs(f"a lighthouse, {sign}, at dusk") == [sign]
    assert foreign_signs(sign) == [sign]


@pytest.mark.parametrize(
    "prompt",
    [
        "a cat (black) at night",
        "a clock at 10:30, ratio 16:9",
        "Dear John: a letter [sic]",
        "5 < 6 and 7 > 6",
        "a book on C++",
        "{one} set",
        "snake_case and __init",
        "a break in the clouds",
        "an em-dash -- here; (see below)",
        "<b>bold</b>",
        "A: B (c) [d] {e}",
        "",
    ],
)
def test_what_people_write_is_no_sign(prompt: str) -> None:
    assert foreign_signs(prompt) == []


def test_the_sentence_names_three_at_most_each_short_and_once() -> None:
    signs = [f"<lora:{'x' * 60}:1>", "(b:1.1)", "(b:1.1)", "((c))", "BREAK", "dd++"]
    said = said_signs([" ".join(signs)])
    assert said.endswith("…, (b:1.1), ((c)) and 2 more.") and len(said) < 160
    assert said_signs(["a cat", ""]) == ""


def test_a_fitted_recipe_says_what_stays_in_its_prompt_unless_it_was_made_here() -> None:
    values = {"prompt": "a cat <lora:foo:0.7> (long waves:1.2)"}
    said = "Still in the text, where they are plain words: <lora:foo:0.7>, (long waves:1.2)."
    assert said in fit(Brought("a1111", "flux1-schnell", values), MODELS).text
    assert "plain words" not in fit(Brought(OWN, FLUX, values), MODELS).text


@pytest.mark.parametrize("mark", ["(", "[", "{", "<l:", "((", "__a", "a+", "1.1::", "(a:", "[a:"])
def test_thousands_of_open_signs_take_no_time(mark: str) -> None:
    started = time.process_time()
    foreign_signs(mark * 20_000)
    assert time.process_time() - started < 5


@given(st.text(alphabet="(<[{:+._|a1 \n)>]}", max_size=300))
def test_every_sign_that_is_told_stands_in_the_prompt(prompt: str) -> None:
    assert all(sign and sign in prompt for sign in foreign_signs(prompt))


# --- another model takes it ------------------------------------------------------------------


def test_words_that_were_left_out_name_the_model_that_takes_them() -> None:
    values = {"prompt": "a cat", "negative_prompt": "dogs", "width": 1024, "height": 1024}
    taken = fit(Brought("a1111", "flux1-schnell", values), MODELS)
    assert taken.model.id == FLUX and taken.other is not None and taken.other.id == SDXL
    switched = fit(Brought("a1111", "flux1-schnell", values), MODELS, model_id=SDXL)
    assert switched.values["negative_prompt"] == "dogs" and switched.other is None


def test_a_number_or_nothing_left_out_is_no_reason_for_another_model() -> None:
    for values in ({"prompt": "a cat", "seed": 7}, {"prompt": "a cat", "negative_prompt": " "}):
        for name in ("sd_xl_base_1.0", "flux1-schnell"):
            assert fit(Brought("a1111", name, values), MODELS).other is None
