"""What a person typed or a program sent, made into requests or refused in a sentence."""

from __future__ import annotations

import unicodedata
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.catalogue.load import load_catalogue
from backend.catalogue.params import (
    clean,
    clean_batch,
    entered,
    estimated_price_usd,
    find_model,
    fingerprint,
    number_in,
    shows_nothing,
)
from backend.errors import InvalidInput
from backend.types import SEED_MAX

MODELS = load_catalogue()
FLUX, SDXL = MODELS.values()


def flux(**raw: Any) -> Any:
    return clean(FLUX, {"prompt": "a flying cat", **raw}, rng=Random(1))


def test_missing_values_take_the_models_defaults() -> None:
    assert dict(flux().values) == {
        "width": 1024,
        "height": 1024,
        "num_steps": 4,
        "guidance_scale": 3.5,
    }


def test_what_the_model_lacks_is_left_out() -> None:
    request = clean(
        SDXL, {"prompt": "x", "seed": 7, "style": "ink", "negative_prompt": "fog"}, rng=Random()
    )
    assert request.seed is None
    assert "seed" not in request.values and "style" not in request.values
    assert request.values["negative_prompt"] == "fog"
    assert "negative_prompt" not in flux(negative_prompt="fog").values


def test_an_empty_negative_prompt_is_not_sent() -> None:
    request = clean(SDXL, {"prompt": "x", "negative_prompt": "  "}, rng=Random())
    assert "negative_prompt" not in request.values


def test_a_seed_is_drawn_before_sending_over_the_whole_range() -> None:
    rng = Random(3)
    seeds = [clean(FLUX, {"prompt": "x"}, rng=rng).seed for _ in range(2_000)]
    assert all(seed is not None and 0 <= seed <= SEED_MAX for seed in seeds)
    assert len(set(seeds)) == 2_000 and max(s or 0 for s in seeds) > SEED_MAX * 0.99


def test_a_batch_counts_its_seeds_up_and_wraps_round() -> None:
    batch = clean_batch(FLUX, {"prompt": "x", "seed": SEED_MAX - 1}, 3, rng=Random())
    assert [r.seed for r in batch] == [SEED_MAX - 1, SEED_MAX, 0]


def test_a_batch_for_a_model_without_seed_has_none() -> None:
    assert [r.seed for r in clean_batch(SDXL, {"prompt": "x"}, 2, rng=Random())] == [None, None]


@pytest.mark.parametrize(
    ("raw", "field", "said"),
    [
        ({"prompt": ""}, "prompt", "empty"),
        ({"prompt": " \n\t "}, "prompt", "empty"),
        ({"prompt": None}, "prompt", "empty"),
        ({"prompt": 7}, "prompt", "must be text"),
        ({"prompt": "x" * 10_001}, "prompt", "10,001 characters"),
        ({"prompt": "a\0b"}, "prompt", "U+0000, at position 2"),
        ({"prompt": "a\ud800"}, "prompt", "U+D800"),
        ({"width": 1000}, "width", "992 and 1008"),
        ({"width": 255}, "width", "from 256 to 2048"),
        ({"width": 2064}, "width", "from 256 to 2048"),
        ({"height": 512.5}, "height", "whole number"),
        ({"height": "tall"}, "height", "must be a number"),
        ({"height": True}, "height", "must be a number"),
        ({"height": [512]}, "height", "must be a number"),
        ({"num_steps": 0}, "num_steps", "from 1 to 50"),
        ({"num_steps": float("nan")}, "num_steps", "must be a number"),
        ({"num_steps": float("inf")}, "num_steps", "must be a number"),
        ({"num_steps": "1e999"}, "num_steps", "must be a number"),
        ({"num_steps": 10**400}, "num_steps", "out of range"),
        ({"guidance_scale": -0.1}, "guidance_scale", "from 0 to 20"),
        ({"guidance_scale": "warm"}, "guidance_scale", "must be a number"),
        ({"seed": -1}, "seed", "from 0 to 4294967295"),
        ({"seed": 2**32}, "seed", "from 0 to 4294967295"),
        ({"seed": 1.5}, "seed", "whole number"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(
    raw: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        flux(**raw)
    assert caught.value.field == field
    assert said in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("count", [0, 9, -1, 1.5, "many", None, True, 10**30])
def test_a_count_outside_1_to_8_is_refused(count: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_batch(FLUX, {"prompt": "x"}, count, rng=Random())
    assert caught.value.field == "count"


def test_numbers_as_text_and_whole_floats_are_taken() -> None:
    request = flux(width="512", height=768.0, guidance_scale="2", seed="42")
    assert (request.values["width"], request.values["height"], request.seed) == (512, 768, 42)
    assert isinstance(request.values["height"], int)
    assert request.values["guidance_scale"] == 2.0


@pytest.mark.parametrize(
    "prompt",
    [
        "<script>alert(1)</script>",
        "שלום עולם",
        "a\nb\tc",
        "🐈" * 10_000,
        "--steps 9, 'q' \"z\" $(x)",
    ],
)
def test_any_other_text_reaches_the_request_unchanged(prompt: str) -> None:
    assert flux(prompt=prompt).prompt == prompt


def test_line_ends_are_made_alike_and_outer_space_is_cut() -> None:
    assert flux(prompt="  a\r\nb\rc ").prompt == "a\nb\nc"


def test_an_unknown_model_is_refused_with_those_there_are() -> None:
    for wrong in ("dall-e", None, 7, ["x"], {}):
        with pytest.raises(InvalidInput) as caught:
            find_model(MODELS, wrong)
        assert caught.value.field == "model" and FLUX.id in str(caught.value)
    assert find_model(MODELS, FLUX.id) is FLUX


def test_a_fingerprint_is_of_everything_that_makes_the_image() -> None:
    base = flux(seed=1)
    same = fingerprint(flux(seed=1, num_steps="4"), "host")
    assert fingerprint(base, "host") == same
    others = [flux(seed=2), flux(seed=1, width=512), flux(seed=1, prompt="dog")]
    prints = {fingerprint(r, "host") for r in [base, *others]} | {fingerprint(base, "offline")}
    assert len(prints) == 5


def test_a_request_without_seed_has_no_fingerprint() -> None:
    assert fingerprint(clean(SDXL, {"prompt": "x"}, rng=Random()), "host") is None


def test_a_price_is_estimated_only_where_it_is_listed() -> None:
    assert str(estimated_price_usd(SDXL, 4)) == "0.036"
    assert estimated_price_usd(FLUX, 4) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t\u00a0\u3000",
        "\u200b",
        "\ufeff",
        "\u00ad\u2060\u200d",
        "\ufe0f\ufe00\U000e0100",
        "\u3164\u115f\u1160\uffa0",
        "\U000e0001\U000e0067\U000e007f",
        "\u202e\u2066\u2069\u200f\u061c",
        "\u2800",
        "\u034f\u180e\u17b4\ufff9\ufffb",
        "\U0001d173",
    ],
)
def test_a_prompt_that_shows_nothing_is_empty(text: str) -> None:
    with pytest.raises(InvalidInput, match="The prompt is empty"):
        flux(prompt=text)
    assert (
        "negative_prompt"
        not in clean(SDXL, {"prompt": "x", "negative_prompt": text}, rng=Random()).values
    )


@given(st.text(max_size=8))
def test_a_prompt_of_characters_that_unicode_does_not_ignore_is_kept(text: str) -> None:
    kept = any(unicodedata.category(sign)[0] in "LNPS" for sign in text)
    if kept and not set(text) & set("\u115f\u1160\u3164\uffa0\u2800"):
        assert not shows_nothing(text)


def test_unseen_characters_within_a_prompt_stay() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert flux(prompt=f"{family} \u2764\ufe0f").prompt == f"{family} \u2764\ufe0f"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("2,5", 2.5),
        (" 2.5 ", 2.5),
        (",5", 0.5),
        ("2,", 2.0),
        ("0,125", 0.125),
        ("1e1", 10.0),
        ("2,5e0", 2.5),
        ("+3", 3.0),
        (3, 3.0),
    ],
)
def test_a_number_is_read_with_a_point_or_a_comma(typed: object, number: float) -> None:
    assert flux(guidance_scale=typed).values["guidance_scale"] == number


def test_a_seed_in_scientific_notation_is_that_number() -> None:
    assert flux(seed="1e3").seed == 1000
    assert flux(seed="4294967295").seed == SEED_MAX


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("guidance_scale", "1,234", "two ways"),
        ("guidance_scale", "1.234,5", "must be a number"),
        ("guidance_scale", "1,2,3", "must be a number"),
        ("guidance_scale", "2.5.1", "must be a number"),
        ("guidance_scale", "25", "out of range"),
        ("guidance_scale", "-0,1", "out of range"),
        ("guidance_scale", "1e999", "must be a number"),
        ("num_steps", "2,5", "whole number"),
        ("num_steps", "99", "out of range"),
        ("num_steps", 2.5, "whole number"),
        ("width", "1,024", "two ways"),
        ("width", "1 024", "must be a number"),
        ("seed", "0x10", "must be a number"),
        ("seed", "1_000", "must be a number"),
        ("seed", "4294967296", "out of range"),
    ],
)
def test_what_cannot_be_read_as_meant_is_refused_and_never_bent(
    name: str, typed: object, says: str
) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        flux(**{name: typed})
    assert caught.value.field == name and caught.value.hint


@given(st.text(st.sampled_from("0123456789.,eE+- x"), max_size=8))
def test_a_text_is_the_number_it_says_or_none(text: str) -> None:
    number = number_in(text)
    if number is not None:
        assert number == float(text.strip().replace(",", "."))


def test_what_a_form_s_fields_hold_is_numbers_where_it_can_be() -> None:
    typed = {"prompt": "7", "num_steps": "4", "guidance_scale": "2,5", "seed": "", "width": "wide"}
    assert entered(MODELS.values(), typed) == {
        "prompt": "7",
        "num_steps": 4,
        "guidance_scale": 2.5,
        "seed": None,
        "width": "wide",
    }
