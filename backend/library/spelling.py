"""The words that begin as a search asks for, looked up once: `light*` is light, lighthouse.

SQLite's index of words merges the lists of all of them whenever it is asked for a beginning, which
takes as long as there are images; words that are named it reads as far as is needed.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import sqlalchemy as sa

from backend.library.query import ImageQuery, Term
from backend.storage.words import indexed

_SHORT = 3  # the index has lists of beginnings of two and three letters
_FORMS = 64  # with more words than that the index does it
_KEPT = 64


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
        plain = words.isascii() and words.isalnum()  # so that the index has it as this one word
        if not (term.prefix and plain and len(words) > _SHORT):
            return term
        known = self._kept.get(words)
        if known is None or known[0] != newest:
            known = self._kept[words] = newest, _beginning(db, words)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return replace(term, forms=known[1] if len(known[1]) <= _FORMS else ())


def _beginning(db: sa.Connection, words: str) -> tuple[str, ...]:
    db.exec_driver_sql(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.images_vocabulary"
        " USING fts5vocab(main, images_fts, row)"
    )
    found = db.exec_driver_sql(
        "SELECT term FROM temp.images_vocabulary WHERE term >= ? AND term < ? LIMIT ?",
        (words, words + "\U0010ffff", _FORMS + 1),
    )
    return tuple(found.scalars())
