"""Which language a visitor is answered in, and what is told in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random

import pytest

from backend.catalogue.load import load_catalogue
from backend.catalogue.params import clean
from backend.errors import InvalidInput
from backend.said import day, dollars, joined, listed, msg, number
from ui.language.chosen import COOKIE, language_of
from ui.language.languages import ENGLISH, LANGUAGES, Language

GERMAN = LANGUAGES["de"]
FLUX = load_catalogue()["black-forest-labs/FLUX.1-schnell"]


@pytest.mark.parametrize(
    ("accept", "tag"),
    [
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("DE-de", "de"),
        ("pt-br", "pt-BR"),
        ("pt-PT,en;q=0.5", "pt-BR"),
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("ja-JP", "ja"),
        ("ar-EG", "ar"),
        ("nl, de;q=0.5", "de"),
        ("en;q=0.4, de;q=0.6", "de"),
        ("de;q=0, en", "en"),
        ("en-US,de;q=0.5", "en"),
        ("*", "en"),
        ("de;q=much", "en"),
        ("x" * 100_000, "en"),
        ("nl," * 50 + "de", "en"),
        ("", "en"),
    ],
)
def test_the_browser_s_preference_counts(accept: str, tag: str) -> None:
    assert language_of({}, accept).tag == tag


def test_what_was_chosen_counts_first() -> None:
    assert language_of({COOKIE: "de"}, "en").tag == "de"
    assert language_of({COOKIE: "en"}, "de").tag == "en"
    assert language_of({COOKIE: "../../etc"}, "de").tag == "de"


def test_a_refusal_is_told_in_german() -> None:
    with pytest.raises(InvalidInput) as refused:
        clean(FLUX, {"prompt": "a cat", "width": 1000}, rng=Random(1))
    error = refused.value
    assert GERMAN.tell(error.message) == "Breite muss ein Vielfaches von 16 sein."
    assert GERMAN.tell(error.hint) == "Die nächsten passenden Werte sind 992 und 1008."
    assert ENGLISH.tell(error.message) == error.message == "Width must be a multiple of 16."


def test_numbers_and_money_are_written_as_in_the_language() -> None:
    assert GERMAN.tell(number(1234567.5)) == "1.234.567,5"
    assert GERMAN.tell(dollars(Decimal("1234.0125"))).replace("\xa0", " ") == "1.234,0125 $"
    assert GERMAN.tell(dollars(Decimal("1.2"), 3)).replace("\xa0", " ") == "1,200 $"
    assert GERMAN.tell(number(0.8, 2)) == "0,80"
    assert GERMAN.tell(day(date(2026, 3, 4))) == "4. März 2026"
    assert GERMAN.tell(listed(["a", msg("The prompt is empty.")])) == "a, Der Prompt ist leer."
    said = joined(
        msg("is too long: {length} characters, and {maximum} fit", length=1, maximum=2000)
    )
    assert GERMAN.tell(said) == "ist zu lang: 1 Zeichen, und 2.000 passen hinein"


def test_what_nobody_has_translated_is_told_in_english() -> None:
    assert GERMAN.tell("As the platform says.") == "As the platform says."
    assert GERMAN.tell(msg("Nobody has {this}.", this=number(1000))) == "Nobody has 1.000."


def test_money_is_one_piece_in_lines_from_right_to_left() -> None:
    told = LANGUAGES["ar"].tell(dollars(Decimal("0.009")))
    assert told.startswith("\u2066") and told.endswith("\u2069") and "0.009" in told
    assert GERMAN.tell(dollars(Decimal("0.009")))[0] == "0"


def test_lists_are_written_with_the_language_s_own_comma() -> None:
    names = listed(["a", "b", "c"])
    assert [LANGUAGES[tag].tell(names) for tag in ("de", "ja", "ar")] == [
        *("a, b, c", "a、b、c", "a، b، c")
    ]


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_nothing_said_is_nothing_in_every_language(language: Language) -> None:
    assert language.tell(joined("", "")) == language.tell(msg("")) == ""
