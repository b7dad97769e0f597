"""A prompt cut into phrases, and one of them taken out or replaced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backend.errors import InvalidInput
from backend.experiments.phrases import between, cut, placed, replaced

TABLE: list[tuple[str, list[str]]] = json.loads(
    (Path(__file__).parent / "phrases.json").read_text("utf-8")
)
"""Prompts and their phrases; tests/scripts/phrases.test.js holds the page to the same."""


@pytest.mark.parametrize(("prompt", "phrases"), TABLE)
def test_a_prompt_is_cut_at_commas_and_clauses(prompt: str, phrases: list[str]) -> None:
    assert [prompt[start:end] for start, end in cut(prompt)] == phrases


@pytest.mark.parametrize("prompt", [prompt for prompt, _ in TABLE])
def test_phrases_and_what_is_between_them_are_the_prompt(prompt: str) -> None:
    spans = cut(prompt)
    *gaps, after = between(prompt, spans)
    texts = [prompt[start:end] for start, end in spans]
    assert "".join(g + t for g, t in zip(gaps, texts, strict=True)) + after == prompt
    assert placed(prompt, texts) == spans


@pytest.mark.parametrize(
    ("prompt", "phrase", "left"),
    [
        ("a cat, red, small", "red", "a cat, small"),
        ("a cat, red, small", "a cat", "red, small"),
        ("a cat, red, small", "small", "a cat, red"),
        ("a cat ,red,  small", "red", "a cat ,small"),
        ("a, b\nc", "b", "a\nc"),
        ("a; b, c", "b", "a; c"),
        ("a cat at sea at dusk", "at sea", "a cat at dusk"),
        ("a cat at sea, stormy", "at sea", "a cat, stormy"),
        ("stormy, a cat at sea", "a cat", "stormy, at sea"),
        ("a cat and a dog", "a cat", "a dog"),
        ("a cat and a dog", "a dog", "a cat"),
        ("android eyes, sand and dust", "android eyes", "sand and dust"),
        ("A cat sits. A dog runs.", "A dog runs", "A cat sits."),
        ("A cat sits. A dog runs.", "A cat sits", "A dog runs."),
        ("A cat sits.\nA dog runs.", "A dog runs", "A cat sits."),
        ("Style: oil", "oil", "Style"),
        ("a cat --ar 16:9", "a cat", "--ar 16:9"),
        ("a cat, -5 degrees", "a cat", "-5 degrees"),
        ("wide-angle shot", "angle", "wide- shot"),
        ("x,, y, a cat", "a cat", "x,, y"),
        ("\u4e00\u53ea\u732b\u5728\u6d77\u8fb9", "\u5728\u6d77\u8fb9", "\u4e00\u53ea\u732b"),
        ("a cat", "a cat", ""),
    ],
)
def test_what_is_dropped_leaves_a_prompt_that_reads_well(
    prompt: str, phrase: str, left: str
) -> None:
    (span,) = placed(prompt, [phrase])
    assert replaced(prompt, span, "") == left


def test_own_words_stand_where_the_phrase_stood() -> None:
    (span,) = placed("a cat, red,, small.", ["red"])
    assert replaced("a cat, red,, small.", span, "  blue and green ") == (
        "a cat, blue and green,, small."
    )


def test_phrases_are_looked_for_one_after_the_other() -> None:
    assert placed("cat, dog, cat", ["dog", "cat"]) == [(5, 8), (10, 13)]
    with pytest.raises(InvalidInput, match="Phrase 2 is not in the rest"):
        placed("cat, dog", ["dog", "cat"])
    with pytest.raises(InvalidInput, match="Phrase 1"):
        placed("cat", [""])


@pytest.mark.parametrize("sign", ["(", "\u201e", "\u201c", '"', ",", ". ", "and ", "- ", "{<["])
def test_a_prompt_of_signs_is_cut_at_once(sign: str) -> None:
    prompt = sign * (10_000 // len(sign))
    spans = cut(prompt)
    assert all(replaced(prompt, span, "") is not None for span in spans[:5])
