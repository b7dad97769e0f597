"""Beginnings of words: found as the index itself finds them, without its looking through all."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from backend.library.library import Library
from backend.library.matching import matching
from backend.library.query import ImageQuery, Term
from backend.library.spelling import Spelling
from backend.storage.tables import images
from tests.storage.conftest import library_of
from tests.storage.test_every_script import PROMPTS, record

MANY = [
    f"{first}{second}ra{number}"
    for number, (first, second) in enumerate(itertools.product("xyz", "abcdefghijklmnopqrstuvwxyz"))
] + [f"common{number}" for number in range(250)]
TEXTS = (
    *PROMPTS,
    "an oil painting of a barn, painted by night",
    "oil paint on a well-lit barn-door",
    "oil pails",
    "барная стойка, барсук",
    "x xa xalapa",
    "क़लम और किताब",
    "ต้นไม้ใหญ่",
    " ".join(MANY),
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of one image for each text, which holds words of many scripts and beginnings."""
    folder = tmp_path_factory.mktemp("spelling")
    with library_of(folder) as library:
        for text in TEXTS:
            library.add(record(text), None)
    return folder / "playground.db"


def beginnings() -> list[str]:
    words = {word for text in TEXTS for word in re.split(r"[\s,、。]+", text)[:40]}
    return sorted({word[:n] for word in words for n in range(1, len(word) + 1)})


def both(reader: sa.Engine, *terms: Term) -> tuple[set[int], set[int]]:
    """Return what is found by the words that there are, and by the index's own beginnings."""
    query = ImageQuery(terms=terms)
    with reader.begin() as db:
        spelled = Spelling().spelled(db, query, len(TEXTS))
        found = [set(db.scalars(matching(q, "sqlite", images.c.seq))) for q in (spelled, query)]
    return found[0], found[1]


def test_every_beginning_in_every_script_finds_what_the_index_finds(
    engines: tuple[sa.Engine, sa.Engine],
) -> None:
    for beginning in beginnings():
        if not any(map(str.isalnum, beginning)):
            continue
        spelled, own = both(engines[1], Term(beginning, prefix=True))
        assert spelled == own, beginning


@example(["Café"], "\U0001f3f1")  # a sign that SQLite does not know
@given(st.lists(st.sampled_from(beginnings()), min_size=1, max_size=4), st.text(max_size=3))
def test_so_does_the_beginning_of_a_phrase(filled: Path, parts: list[str], more: str) -> None:
    words = " ".join(parts) + more.replace('"', "").replace("\0", " ")
    if not any(map(str.isalnum, words)):
        return
    engine = sa.create_engine(f"sqlite:///{filled}", poolclass=sa.NullPool)
    spelled, own = both(engine, Term(words, prefix=True))
    assert spelled == own


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("oil pai", {1, 2, 3}),
        ("oil paint", {1, 2}),
        ("paint o", {2}),
        ("well-l", {2}),
        ("il pain", set()),
        ("стой", {4}),
    ],
)
def test_the_last_word_of_a_phrase_may_be_a_beginning(
    library: Library, words: str, numbers: set[int]
) -> None:
    query = ImageQuery(terms=(Term(words, prefix=True),))
    texts = {image.request.prompt for image in library.find(query, limit=50).images}
    assert texts == {TEXTS[len(PROMPTS) - 1 + number] for number in numbers}


def forms(reader: sa.Engine, words: str) -> tuple[Term, list[str]]:
    """Return the term that a beginning becomes, and what the database was asked for it."""
    asked: list[str] = []
    sa.event.listen(reader, "before_cursor_execute", lambda c, k, text, *_: asked.append(text))
    with reader.begin() as db:
        query = ImageQuery(terms=(Term(words, prefix=True),))
        return Spelling().spelled(db, query, len(TEXTS)).terms[0], asked


def test_one_letter_is_looked_for_by_the_beginnings_that_the_index_lists(
    engines: tuple[sa.Engine, sa.Engine],
) -> None:
    term, asked = forms(engines[1], "x")
    assert term.forms[:4] == ("x", "xa", "xa*", "xb*") and len(term.forms) == 28
    assert len(asked) == len(term.forms) + 3  # not one for each word


def test_a_beginning_of_too_many_words_is_left_to_the_index(
    engines: tuple[sa.Engine, sa.Engine],
) -> None:
    term, asked = forms(engines[1], "common")
    assert term.forms == () and term.prefix and len(asked) < 210
    assert len(forms(engines[1], "common1")[0].forms) == 111


def test_a_sign_that_is_a_word_of_its_own_is_no_beginning(
    engines: tuple[sa.Engine, sa.Engine],
) -> None:
    assert forms(engines[1], "灯台")[0] == Term("灯台")
    assert forms(engines[1], "neon")[0].forms == ("neon",)
