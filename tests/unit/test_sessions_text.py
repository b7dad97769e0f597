"""What strangers write is made harmless to show, and stays what they wrote."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import InvalidInput, TooLong
from backend.sessions.text import (
    MARKS_MAX,
    WISH_MAX_CHARS,
    chosen_of,
    clean_wish,
    parts_of,
)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("  a fox  ", "a fox"),
        ("cafe\u0301", "caf\u00e9"),
        ("a\nfox\r\nat\u2028sea\u2029now\there", "a fox at sea now here"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("safe\u202eevil\u2066x\u2069\u200fy\u061c", "safeevilxy"),
        ("a\u0301\u0302\u0303\u0304\u0305b", "\u00e1\u0302\u0303\u0304b"),
        (f"a {FAMILY} at sea", f"a {FAMILY} at sea"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",) * 2,
        ("\u0915\u094d\u200d\u0937",) * 2,
        ("\ud800a", "a"),
        ("<b>a & b</b>", "<b>a & b</b>"),
        ("a\u3000b\u00a0c", "a b c"),
    ],
)
def test_words_stay_and_what_moves_or_hides_them_goes(given_: str, kept: str) -> None:
    assert clean_wish(given_) == kept


@pytest.mark.parametrize(
    "nothing", ["", " \n\t ", "\u200d\u200c", "\u202e", "\u0000", None, 7, ["a"], {"a": 1}]
)
def test_what_shows_nothing_is_refused_at_its_field(nothing: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean_wish(nothing)
    assert refused.value.field == "text"


def test_300_characters_are_taken_and_one_more_is_not() -> None:
    assert clean_wish("x" * WISH_MAX_CHARS) == "x" * WISH_MAX_CHARS
    assert len(clean_wish(" x " + "y" * (WISH_MAX_CHARS - 2) + "\n")) == WISH_MAX_CHARS
    for long in ("x" * (WISH_MAX_CHARS + 1), "x" * 1_000_000, "a\u0301" * 4_000):
        with pytest.raises(TooLong):
            clean_wish(long)


@settings(max_examples=300)
@given(st.text(max_size=400))
def test_whatever_is_sent_is_one_harmless_line_or_refused(text: str) -> None:
    try:
        kept = clean_wish(text)
    except InvalidInput:
        return
    assert clean_wish(kept) == kept and len(kept) <= WISH_MAX_CHARS
    assert kept == " ".join(kept.split())
    hidden = {sign for sign in kept if unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Co", "Cn")}
    assert hidden <= {"\u200c", "\u200d"}
    kept.encode()
    marks = 0
    for sign in kept:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        assert marks <= MARKS_MAX


MENU = "a {cat|robot } as {comic|Van Gogh}"


def test_a_menu_is_its_texts_and_its_choices_in_their_order() -> None:
    assert parts_of(MENU) == ["a ", ("cat", "robot"), " as ", ("comic", "Van Gogh")]
    for text in ("a {cat} here", "{|}", "{a|}", "plain", "{a{b|c}"):
        choices = [part for part in parts_of(text) if isinstance(part, tuple)]
        assert choices == ([("b", "c")] if text == "{a{b|c}" else [])
        assert "{" not in text or any("{" in part for part in parts_of(text))
    assert parts_of("") == []


def test_choices_become_words_and_others_are_refused() -> None:
    assert chosen_of(MENU, [1, 0]) == "a robot as comic"
    for wrong in (None, [], [0], [0, 2], [-1, 0], [True, 0], ["0", 0], [0, 0, 0], "00", {0: 0}):
        with pytest.raises(InvalidInput) as refused:
            chosen_of(MENU, wrong)
        assert refused.value.field == "choices"
