"""The list of words that mark an idea: whole words and phrases, whatever their case."""

from __future__ import annotations

import pytest

from backend.sessions.blocked import Blocked


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("A BAD idea", True),
        ("\uff42\uff41\uff44 letters", True),
        ("a badger", False),
        ("two  words here", False),
        ("these two words here", True),
        ("nothing", False),
    ],
)
def test_words_of_the_list_are_marked_whole_whatever_their_case(text: str, marked: bool) -> None:
    assert Blocked("bad\nTwo  Words").marks(text) is marked


def test_comments_and_empty_lines_are_no_words() -> None:
    listed = Blocked("# a comment\n\nbad # and why\n   \n#worse")
    assert listed.marks("so BAD") and listed.marks("\uff22\uff41\uff44")
    assert not any(listed.marks(text) for text in ("a comment", "and why", "worse", "", "  "))


def test_signs_that_are_no_letters_are_part_of_a_word() -> None:
    listed = Blocked("f*x\ncul-de-sac")
    assert listed.marks("an f*x at sea") and listed.marks("a Cul-De-Sac at night")
    assert not listed.marks("a fox in a sac")


def test_an_empty_list_marks_nothing() -> None:
    assert not Blocked().marks("anything")
