"""Texts as PostgreSQL's vectors of words, and what is looked for in them."""

from __future__ import annotations

import pytest

from backend.storage.vectors import WORD_MAX_CHARS, phrase, vector, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A Cat, <lora:thing:0.8> f/1.8", "a cat lora thing 0 8 f 1 8"),
        ("Café STRASSE straße", "cafe strasse strasse"),
        ("snake_case don't", "snake case don t"),
        ("夕暮れ 港", "夕 暮 れ 港"),
        ("हिन्दी में", "हिन्दी में"),
        ("a\ue000b 🦊 c", "a\ue000b c"),
        ("' \\ & ! <-> :*", ""),
    ],
)
def test_a_text_is_cut_into_words_of_letters_marks_and_numbers(text: str, words: str) -> None:
    assert words_of(text) == words.split()


def test_a_vector_has_the_places_of_words_and_a_gap_before_the_negative_ones() -> None:
    assert vector("a fox, a cat", "dog") == "'a':1 'fox':2 'a':3 'cat':4 'dog':6"
    assert vector("", "") == "" and vector("fox", "") == "'fox':1" and vector("", "x") == "'x':2"


def test_no_text_makes_a_vector_that_postgresql_would_not_take() -> None:
    long = " ".join(f"{number}{'ü' * 300}" for number in range(20_000))
    made = vector(long, long)
    words = [pair.rpartition(":") for pair in made.split()]
    assert max(len(word) for word, *_ in words) == WORD_MAX_CHARS + 2
    assert max(int(place) for *_, place in words) <= 16_383
    assert sum(len(word.encode()) for word, *_ in words) < 1_048_575


def test_words_are_looked_for_in_their_order_and_the_last_may_be_a_beginning() -> None:
    assert phrase("Oil painting") == "'oil' <-> 'painting'"
    assert phrase("golden hou", prefix=True) == "'golden' <-> 'hou':*"
    assert phrase("...", prefix=True) == ""
