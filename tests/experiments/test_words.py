"""Which words mattered: planned as an experiment with controls, and read as shares of a scale."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from backend.catalogue.load import load_catalogue
from backend.catalogue.shapes import ASPECTS
from backend.errors import InvalidInput
from backend.experiments.plan import Plan, cache_key
from backend.experiments.question import PHRASES_MAX, Question, kept, read_phrases
from backend.experiments.spec import read_spec
from backend.experiments.strength import Verdict, strengths
from backend.experiments.words import ANEW, compared_with, plan_words
from backend.types import SEED_MAX

MODELS = load_catalogue()
FLUX, SDXL = MODELS.values()
PROMPT = "a lighthouse, stormy sea, at sunset"
BASE = {"model": FLUX.id, "prompt": PROMPT, "seed": 7}


def planned(base: dict[str, Any] | None = None, **own: Any) -> Plan:
    document = {"kind": "words", "base": BASE | (base or {}), "words": own}
    return plan_words(read_spec(document), MODELS, ASPECTS, Random(1))


def refused(document: dict[str, Any]) -> str:
    with pytest.raises(InvalidInput) as error:
        plan_words(read_spec({"kind": "words"} | document), MODELS, ASPECTS, Random(1))
    return f"{error.value.field}: {error.value}"


def test_each_phrase_is_changed_with_two_seeds_beside_the_controls() -> None:
    found = planned(instead={"2": "calm sea"}, keep=[3])
    asked = [(c.places[0][:2], c.request.prompt, c.request.seed, c.repeat) for c in found.cells]
    assert asked == [
        ((0, 0), PROMPT, 7, 0),
        ((1, 0), PROMPT, 8, 0),
        ((2, 0), PROMPT, 9, 0),
        ((3, 0), PROMPT, 10, 0),
        ((4, 0), PROMPT, 7, 1),
        ((0, 1), "stormy sea, at sunset", 7, 0),
        ((1, 1), "stormy sea, at sunset", 8, 0),
        ((0, 2), "a lighthouse, calm sea, at sunset", 7, 0),
        ((1, 2), "a lighthouse, calm sea, at sunset", 8, 0),
    ]
    seeds, prompts, _ = found.axes
    assert [str(one.label) for one in prompts.settings] == [
        "as written",
        "without: a lighthouse",
        "calm sea instead of: stormy sea",
    ]
    assert [str(one.label) for one in seeds.settings] == [
        *("7", "8", "another seed: 9", "another seed: 10", "7, sent anew"),
    ]


@pytest.mark.parametrize("phrases", range(2, 6))
def test_it_takes_two_cells_for_each_phrase_and_the_reference_and_three(phrases: int) -> None:
    found = planned({"prompt": ", ".join("abcdef"[:phrases])})
    assert len(found.cells) == (phrases + 1) * 2 + 3 == found.places


def test_what_is_sent_anew_is_another_request_that_nothing_stored_answers() -> None:
    cells = {cell.places[0]: cell for cell in planned().cells}
    first, anew = cells[0, 0, 0, 0], cells[ANEW]
    assert anew.request == first.request and anew.key != first.key
    assert cache_key(anew.request, anew.repeat, "here") is None
    assert cache_key(first.request, first.repeat, "here") is not None


def test_phrases_that_leave_the_same_prompt_are_sent_once() -> None:
    found = planned({"prompt": "a cat, a cat"})
    assert found.places == 9 and len(found.cells) == 7


def test_images_are_compared_with_the_prompt_as_written_of_their_seed() -> None:
    assert compared_with((1, 3, 0, 0)) == (1, 0, 0, 0)
    assert compared_with((2, 0, 0, 0)) == compared_with(ANEW) == (0, 0, 0, 0)


def test_seeds_follow_the_first_which_is_drawn_where_there_is_none() -> None:
    def seeds(base: dict[str, Any], **own: Any) -> tuple[int, ...]:
        found = kept(planned(base, **own).spec.own)
        assert found
        return found.seeds

    assert seeds({"seed": SEED_MAX}) == (SEED_MAX, 0, 1, 2)
    assert seeds({"seed": "7"}, seeds=[7, 100]) == (7, 100, 101, 102)
    assert seeds({"seed": None}, seeds=[5, 4]) == (5, 4, 6, 7)
    assert seeds({"seed": -1}, seeds=[4, 3, 2, 1]) == (4, 3, 2, 1)
    one, other = seeds({"seed": ""}), seeds({"seed": None})
    assert one == other and one[1] == one[0] + 1
    assert planned({"seed": None}).spec.base["seed"] == one[0]


def test_what_was_asked_is_kept_and_found_again() -> None:
    own = planned(instead={2: "calm sea"}, keep=["1"]).spec.own
    question = kept(own)
    assert question and question.plain() == own
    assert [phrase.instead for phrase in question.phrases] == [None, "calm sea", ""]
    for damaged in (None, [], {}, own | {"seeds": [1]}, own | {"phrases": [[1]]}, {"prompt": 1}):
        assert kept(damaged) is None


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"base": BASE | {"model": SDXL.id}}, "base.model: SDXL 1.0 takes no seed: "),
        ({"base": BASE | {"prompt": " "}}, "base.prompt: "),
        ({"base": BASE | {"seed": "x"}}, "base.seed: "),
        ({"base": BASE | {"prompt": "a cat"}}, "words.instead.1: Without this phrase nothing"),
        ({"base": BASE, "axes": {"x": {"num_steps": "1-4"}}}, "axes.x: Here the phrases vary"),
        ({"base": BASE, "repeats": 2}, "repeats: Here the phrases vary"),
        ({"base": BASE, "words": 7}, "words: "),
        ({"base": BASE, "words": {"cuts": []}}, "words.cuts: There is no field called cuts."),
        ({"base": BASE, "words": {"phrases": "sea"}}, "words.phrases: Phrases are a list"),
        ({"base": BASE, "words": {"phrases": ["whale"]}}, "words.phrases: Phrase 1 is not in"),
        ({"base": BASE, "words": {"phrases": []}}, "words.phrases: No phrase is changed."),
        ({"base": BASE, "words": {"keep": [1, 2, 3]}}, "words.phrases: No phrase is changed."),
        ({"base": BASE, "words": {"keep": [4]}}, "words.keep: Phrases are named by their numbers"),
        ({"base": BASE, "words": {"keep": [True]}}, "words.keep: "),
        ({"base": BASE, "words": {"instead": {"9": "x"}}}, "words.instead.9: Phrases are named"),
        ({"base": BASE, "words": {"instead": {"1": 7}}}, "words.instead.1: The words are a text"),
        ({"base": BASE, "words": {"instead": {"1": "a lighthouse "}}}, "words.instead.1: These"),
        ({"base": BASE, "words": {"instead": {"1": "x" * 20_000}}}, "words.instead.1: Prompt is"),
        ({"base": BASE, "words": {"instead": {"1": "x"}, "keep": [1]}}, "words.instead.1: This"),
        ({"base": BASE, "words": {"seeds": [1]}}, "words.seeds: Give two seeds, or four."),
        ({"base": BASE, "words": {"seeds": [7, 7]}}, "words.seeds: Seeds are whole numbers"),
        ({"base": BASE, "words": {"seeds": [7, "8"]}}, "words.seeds: Seeds are whole numbers"),
        ({"base": BASE, "words": {"seeds": [1, 2]}}, "words.seeds: The seed of what stays is 7"),
        (
            {"base": BASE | {"prompt": ", ".join(f"word{n}" for n in range(PHRASES_MAX + 1))}},
            "words.phrases: These are 41 phrases; at most 40 are changed.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_at_its_field(document: dict[str, Any], said: str) -> None:
    assert refused(document).startswith(said)


def question(phrases: int = 1) -> Question:
    prompt = ", ".join("abcdef"[:phrases])
    return Question(prompt, read_phrases({}, prompt), (7, 8, 9, 10))


SCALE = {(0, 0): 0.0, (1, 0): 20.0, (2, 0): 10.0, (3, 0): 30.0, (4, 0): 0.0}


def test_a_phrase_is_told_as_a_share_of_what_another_seed_changes() -> None:
    found = strengths(question(2), SCALE | {(0, 1): 40.0, (1, 1): 44.0, (0, 2): 6.0, (1, 2): 5.0})
    assert (found.floor, found.scale, found.of_seeds) == (0.0, 20.0, 3)
    one, other = found.phrases
    assert [tried.share for tried in one.tried] == [2.0, 2.2] and one.share == pytest.approx(2.1)
    assert (other.share, other.verdict) == (pytest.approx(0.275), "changed")


@pytest.mark.parametrize(
    ("first", "second", "floor", "verdict"),
    [
        (10.0, 9.0, 0.0, "changed"),
        (10.0, 4.9, 0.0, "unclear"),
        (10.0, 5.0, 0.0, "changed"),
        (2.4, 0.1, 0.0, "unclear"),
        (2.2, 0.1, 0.0, "nothing"),  # neither can be seen
        (2.5, 1.9, 0.0, "nothing"),
        (0.0, 0.0, 0.0, "nothing"),
        (9.0, 8.0, 5.0, "nothing"),  # the same request differs by itself as much
        (9.0, None, 0.0, "open"),
        (None, None, None, "open"),
    ],
)
def test_two_seeds_tell_an_effect_from_luck(
    first: float | None, second: float | None, floor: float | None, verdict: Verdict
) -> None:
    found = strengths(question(), SCALE | {(4, 0): floor, (0, 1): first, (1, 1): second})
    assert found.phrases[0].verdict == verdict


def test_without_a_scale_there_are_no_shares() -> None:
    nothing = strengths(question(), {(0, 1): 9.0, (1, 1): 9.0})
    assert nothing.scale is None and nothing.phrases[0].share is None
    same = strengths(question(), dict.fromkeys(SCALE, 0.0) | {(0, 1): 0.0, (1, 1): 0.0})
    assert same.scale == 0.0 and same.phrases[0].share is None
    half = strengths(question(), {(2, 0): 10.0, (0, 1): 20.0})
    assert half.of_seeds == 1 and half.phrases[0].share == 2.0
