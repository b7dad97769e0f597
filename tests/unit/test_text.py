"""Texts are cut between what a person sees as letters, wherever the program cuts them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.text import cut, letters, shortened

ROOT = Path(__file__).resolve().parents[2]

FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"
WHOLE = [
    *(FAMILY, "\U0001f1e9\U0001f1ea", "e\u0301", "\u1109\u1161\u11a8", "\u0928\u093f"),
    *("\N{THUMBS UP SIGN}\U0001f3fd", "1\ufe0f\u20e3", "\u2764\ufe0f\u200d\U0001f525", "\r\n"),
]


@given(st.lists(st.sampled_from([*WHOLE, "a", "b ", "\u05d0", "\u6f22"])), st.integers(0, 60))
@example([FAMILY] * 9, 25)
def test_a_text_is_cut_between_letters_and_is_as_long_as_asked_for(
    parts: list[str], most: int
) -> None:
    text = "".join(parts)
    found = cut(text, most)
    assert text.startswith(found) and len(found) <= most
    assert letters(text)[: len(letters(found))] == letters(found)
    assert len(found) == len(text) or len(found) + len(letters(text[len(found) :])[0]) > most


@given(st.text(st.characters(exclude_categories=())), st.integers(1, 40))
def test_any_text_at_all_can_be_cut_also_one_that_is_no_unicode(text: str, most: int) -> None:
    assert "".join(letters(text)) == text
    assert len(cut(text, most)) <= most and text.startswith(cut(text, most))
    short = shortened(text, most)
    assert short == text if len(text) <= most else short.endswith("\u2026")
    assert len(short) <= max(most, 1)


def test_a_letter_without_end_costs_no_more_than_others() -> None:
    assert cut("a" + "\u0301" * 1_000_000, 100) == ""
    assert cut("ab" + "\u0301" * 1_000_000, 100) == "a"


OF_TEXTS = re.compile(r"\b(text|prompt|words|name|title|line|label)\[:")


@pytest.mark.parametrize(
    "folder", ["backend/library", "backend/exchange", "ui/routes", "ui/present"]
)
def test_no_text_of_a_person_is_cut_by_its_characters(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if OF_TEXTS.search(line)
    ]
    assert found == []
