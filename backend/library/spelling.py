"""The words that begin as a search asks for, looked up once: `light*` is light, lighthouse.

SQLite's index of words merges the lists of all of them whenever it is asked for a beginning, which
takes as long as there are images; words that are named it reads as far as is needed, and so it does
beginnings of two and three letters, of which it keeps lists.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import sqlalchemy as sa

from backend.library.query import ImageQuery, Term
from backend.storage.words import indexed, is_word_of_its_own

_LISTED = (2, 3)  # letters: beginnings of which the index has lists
_FORMS = 200  # with more words than that the index does it
_KEPT = 64
_WORD = re.compile(r"[^\W_]+")
_LAST = "\U0010ffff"  # behind all that can follow


class Spelling:
    """Knows which words there are. Its method is a part of the caller's transaction of reading."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[int, tuple[str, ...]]] = OrderedDict()

    def spelled(self, db: sa.Connection, query: ImageQuery, newest: int) -> ImageQuery:
        """Return the query with the words there are up to the image numbered `newest`."""
        if db.dialect.name != "sqlite" or not any(term.prefix for term in query.terms):
            return query
        return replace(query, terms=tuple(self._term(db, term, newest) for term in query.terms))

    def _term(self, db: sa.Connection, term: Term, newest: int) -> Term:
        words = indexed(term.words)
        if not term.prefix or is_word_of_its_own(words.rstrip()[-1:]):
            return replace(term, prefix=False)  # to the last nothing can be added within its word
        *before, last = _WORD.findall(words) or [""]
        if len(last) in _LISTED or _is_cut_otherwise(words):
            return term
        known = self._kept.get(last)
        if known is None or known[0] != newest:
            known = self._kept[last] = newest, _forms(db, last)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return replace(term, forms=tuple(" ".join([*before, form]) for form in known[1]))


def _forms(db: sa.Connection, beginning: str) -> tuple[str, ...]:
    """Return the words that begin so, or the shortest beginnings of them that are listed."""
    if len(beginning) < _LISTED[0]:
        return tuple(_words(db, beginning, _LISTED[0]))
    words = tuple(islice(_words(db, beginning), _FORMS + 1))
    return words if len(words) <= _FORMS else ()


def _is_cut_otherwise(words: str) -> bool:
    """Whether the index may find other words in this text: marks are parts of a word to it.

    So are signs that are younger than it.
    """
    return any(not (sign.isascii() or sign.isalnum()) for sign in words)


def _words(db: sa.Connection, beginning: str, letters: int | None = None) -> Iterator[str]:
    """Yield the words that begin so, in order; of those longer than `letters` their beginnings.

    Beginnings end with a `*`. Each is one look into the index, however often it has the word.
    """
    db.exec_driver_sql(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.images_words_there"
        " USING fts5vocab(main, images_fts, instance)"
    )
    at = beginning
    while True:
        word = db.exec_driver_sql(
            "SELECT term FROM temp.images_words_there WHERE term >= ? LIMIT 1", (at,)
        ).scalar()
        if word is None or not word.startswith(beginning):
            return
        if letters is not None and len(word) > letters:
            yield f"{word[:letters]}*"
            at = word[:letters] + _LAST
        else:
            yield word
            at = f"{word}\x01"  # no word holds it
