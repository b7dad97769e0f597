"""What a file brings is put beside what is there: nothing is written over, all of it is told."""

from __future__ import annotations

import pytest

from backend.errors import InvalidInput
from backend.styles.book import Book
from backend.styles.found import Found
from backend.styles.kinds import STYLES_MAX, Preset, Style
from backend.styles.taking import take

OIL, INK = Style("Oil", "oil painting"), Style("Ink", "ink, {prompt}")


def test_of_two_with_one_name_both_are_kept_and_what_is_the_same_is_not_taken_twice() -> None:
    other = Style("Oil", "oil on wood")
    book, taken = take(Book((OIL,)), Found([OIL, other, INK]))
    assert book.styles == (OIL, Style("Oil (2)", "oil on wood"), INK)
    assert taken.styles == ("Oil (2)", "Ink")
    assert str(taken.text) == (
        "2 styles taken. 1 is here already. 1 got a number, as another one has its name: Oil (2)."
    )
    again, taken = take(book, Found([OIL, other, INK]))
    assert again == book
    assert str(taken.text) == "Nothing new was taken. 3 are here already."


def test_presets_follow_their_styles_to_other_names() -> None:
    found = Found([Style("Oil", "oil on wood")], [Preset("P", styles=("Oil", "Missing"))])
    book, _ = take(Book((OIL,)), found)
    assert book.presets == (Preset("P", styles=("Oil (2)", "Missing")),)


def test_what_was_left_out_and_what_has_no_meaning_here_is_told() -> None:
    style = Style("Lora", "<lora:film:0.7> {prompt}", "(blurry:1.2)")
    left_out = [(f"number {n}", "It has no text.") for n in range(7)]
    _, taken = take(Book(), Found([style], [], left_out, ["extra"], headings=2))
    text = str(taken.text)
    assert text.startswith("1 style taken. 7 were left out. number 0: It has no text.")
    assert "And 2 more. 2 headings were passed over." in text
    assert "left out of them: extra." in text
    assert text.endswith("where they are plain words: <lora:film:0.7>, (blurry:1.2).")
    assert len(taken.left_out) == 7


def test_more_than_fit_are_refused_before_any_is_taken() -> None:
    there = Book(tuple(Style(str(n), "x") for n in range(STYLES_MAX - 1)))
    with pytest.raises(InvalidInput, match=r"There is room for 1 more, and the file has 2\."):
        take(there, Found([OIL, INK]))
    full, _ = take(there, Found([OIL]))
    assert take(full, Found([OIL]))[0] == full, "what is there already takes no room"


def test_a_thousand_of_one_name_are_numbered_in_one_pass() -> None:
    book, taken = take(Book(), Found([Style("Oil", str(n)) for n in range(STYLES_MAX)]))
    assert len({style.name for style in book.styles}) == STYLES_MAX
    assert book.styles[-1].name == f"Oil ({STYLES_MAX})"
    assert take(book, Found([Style("Oil", "7")]))[0] == book
    assert len(taken.styles) == STYLES_MAX


def test_a_file_in_which_all_is_left_out_says_so() -> None:
    book, taken = take(Book(), Found(left_out=[("a", "It has no text.")]))
    assert book == Book()
    assert str(taken.text) == "Nothing new was taken. 1 was left out. a: It has no text."
