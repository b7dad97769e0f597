"""One click's prompts where braces are choices: how many, which, and what is kept."""

from __future__ import annotations

from random import Random

import pytest

from backend.catalogue.load import load_catalogue
from backend.errors import InvalidInput
from backend.experiments.resolving import Resolved, batch_of, chosen_of, resolve
from backend.types import Template

FLUX, SDXL = load_catalogue().values()
if FLUX.param("negative_prompt"):
    FLUX, SDXL = SDXL, FLUX
FILES = {"colour": ["red", "blue"]}


def resolved(
    prompt: str, count: int, seed: object = None, negative: str = "", model: object = None
) -> Resolved:
    raw = {"prompt": prompt, "negative_prompt": negative}
    return resolve(SDXL if negative else FLUX, raw, count, seed, FILES.get, Random(3))


def prompts(found: Resolved) -> list[str]:
    return [texts["prompt"] for texts in found.texts]


def test_all_are_made_where_there_are_no_more_than_asked_for() -> None:
    found = resolved("a {red|green} {cat|dog}", 8, seed="5")
    assert prompts(found) == ["a red cat", "a red dog", "a green cat", "a green dog"]
    assert (found.total, found.seed) == (4, None)
    text = "a {red|green} {cat|dog}"
    assert [making.template for making in found.makings] == [Template(text, n) for n in range(4)]


def test_some_are_chosen_without_repetition_by_a_seed_that_is_drawn_or_given() -> None:
    many = "{a|b|c|d} {e|f|g|h}"
    given = resolved(many, 4, seed="12")
    assert len(set(prompts(given))) == 4 and (given.total, given.seed) == (16, 12)
    assert prompts(given) == prompts(resolved(many, 4, seed=12))
    assert prompts(given) != prompts(resolved(many, 4, seed=13))
    drawn = resolved(many, 4, seed="")
    assert drawn.seed is not None and prompts(drawn) == prompts(resolved(many, 4, seed=drawn.seed))


def test_prompt_and_negative_prompt_are_multiplied() -> None:
    found = resolved("a __colour__ cat", 8, negative="{dogs|birds}")
    assert [tuple(texts.values()) for texts in found.texts] == [
        ("a red cat", "dogs"),
        ("a red cat", "birds"),
        ("a blue cat", "dogs"),
        ("a blue cat", "birds"),
    ]
    assert found.makings[1].template == Template("a __colour__ cat", 0)
    assert found.makings[1].negative_template == Template("{dogs|birds}", 1)


def test_a_negative_prompt_that_the_model_lacks_is_not_multiplied() -> None:
    raw = {"prompt": "{a|b}", "negative_prompt": "{c|d}"}
    assert resolve(FLUX, raw, 8, None, FILES.get, Random(1)).total == 2


def test_each_image_has_the_next_seed_and_what_was_typed_is_kept() -> None:
    raw = {"prompt": " {a|b} ", "negative_prompt": "", "seed": 7}
    found = resolve(FLUX, raw, 8, None, FILES.get, Random(1))
    requests = batch_of(FLUX, raw, found, Random(1))
    assert [(r.prompt, r.seed) for r in requests] == [("a", 7), ("b", 8)]
    chosen = chosen_of(raw, requests, found, drawn=True)
    assert chosen.typed.prompt == "{a|b}" and chosen.drawn


@pytest.mark.parametrize(
    ("prompt", "negative", "seed", "field", "said"),
    [
        ("a {b", "", None, "prompt", "from character 3 on"),
        ("a __nix__", "", None, "prompt", "no wildcard file nix"),
        ("a cat", "{b", None, "negative_prompt", "from character 1 on"),
        ("{a|b|c}", "", "x", "template_seed", "no whole number"),
        ("{a|b|c}", "", -1, "template_seed", "no whole number"),
        ("{a|b|c}", "", 1.5, "template_seed", "no whole number"),
        ("{0::a|0::b|0::c}", "", None, "prompt", "has the weight 0"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    prompt: str, negative: str, seed: object, field: str, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        resolved(prompt, 2, seed, negative)
    assert refused.value.field == field
