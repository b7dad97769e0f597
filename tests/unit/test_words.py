"""Texts as they are compared and indexed: every script, whatever case, composition or width."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.storage.words import folded, indexed, indexed_apart, tag_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("café", "CAFE"),
        ("cafe\u0301", "café"),
        ("Łódź", "lodz"),
        ("smørrebrød", "SMORREBROD"),
        ("Ærø", "aero"),
        ("İstanbul", "istanbul"),
        ("ΟΔΟΣ", "οδος"),
        ("ὁδός", "οδος"),
        ("ёлка", "ЕЛКА"),
        ("ＣＡＴ", "cat"),
        ("ﾗｰﾒﾝ", "ラーメン"),
        ("ﬁsh", "fish"),
        ("ca\u00adt", "cat"),
        ("c\u200dat\ufeff", "cat"),
        ("שָׁלוֹם", "שלום"),
        ("مَرْحَبًا", "مرحبا"),
    ],
)
def test_what_people_take_for_one_word_is_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"), [("か", "が"), ("は", "ぱ"), ("cat", "car"), ("की", "का")]
)
def test_what_are_two_words_stay_two(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("港町と灯台", ["港", "町", "と", "灯", "台"]),
        ("a 港町 at night", ["a", "港", "町", "at", "night"]),
        ("cat港", ["cat", "港"]),
        ("人々とラーメン", ["人", "々", "と", "ラ", "ー", "メ", "ン"]),
        ("고양이가", ["고", "양", "이", "가"]),
        ("𠮷野家", ["𠮷", "野", "家"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("Привет мир", ["привет", "мир"]),
    ],
)
def test_scripts_without_blanks_are_cut_into_their_signs_and_others_are_not(
    text: str, tokens: list[str]
) -> None:
    assert unicodedata.normalize("NFC", indexed(text)).split() == [
        folded(token) for token in tokens
    ]


@pytest.mark.parametrize("text", ["ภูเขา", "ພູເຂົາ", "ភ្នំ", "တောင်"])
def test_a_word_within_a_run_of_thai_lao_khmer_or_burmese_is_a_phrase_of_it(text: str) -> None:
    signs = indexed(text).split()
    assert len(signs) > 2 and indexed(f"x{text}{text}").split() == ["x", *signs, *signs]


def test_plain_english_is_indexed_as_it_is() -> None:
    assert indexed_apart("A Lighthouse, at dusk") is None


@given(st.text())
def test_nothing_that_is_looked_for_ends_the_quotes_it_stands_in(text: str) -> None:
    assert not set(indexed(text)) & {'"', "\0"}


@given(st.text())
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("one", "other"), [("Sea", "SEA"), ("café", "cafe\u0301"), ("CAFÉ", "cafe\u0301"), ("ß", "SS")]
)
def test_a_tag_is_one_whatever_its_case_or_composition(one: str, other: str) -> None:
    assert tag_key(one) == tag_key(other)


def test_an_accent_makes_another_tag() -> None:
    assert tag_key("cafe") != tag_key("café")
