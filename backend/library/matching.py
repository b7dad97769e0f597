"""What a query finds, as SQL of the database that is asked: SQLite or PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from backend.library.query import ImageQuery, Term
from backend.storage.tables import image_tags, images


def matching(query: ImageQuery, dialect: str, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return a select of the columns over the images that match; `dialect` is the database's."""
    wanted = tuple(term for term in query.terms if term.wanted)
    found = sa.select(*columns).where(*_conditions(query, dialect))
    if not wanted or dialect != "sqlite":
        return found
    joined = _CrossJoin(_FTS, images, images.c.seq == _FTS.c.rowid)
    return found.select_from(joined).where(_fts_match(wanted))


def place(query: ImageQuery, dialect: str) -> sa.ColumnElement[int]:
    """Return the column that holds the order of recording in `matching`'s select."""
    return _FTS.c.rowid if dialect == "sqlite" and _has_words(query) else images.c.seq


_FTS = sa.table("images_fts", sa.column("rowid", sa.Integer))


class _CrossJoin(sa.Join):
    """A join from left to right, as SQLite takes CROSS JOIN.

    So the list of the words is read once, in the order of recording and as far as needed. With a
    free choice SQLite looks it up anew for every image of a model: seconds instead of milliseconds.
    """

    inherit_cache = True


@compiles(_CrossJoin, "sqlite")
def _cross_join(join: _CrossJoin, compiler: Any, **options: Any) -> str:
    options |= {"asfrom": True, "from_linter": None}
    left, right = (compiler.process(side, **options) for side in (join.left, join.right))
    return f"{left} CROSS JOIN {right} ON {compiler.process(join.onclause, **options)}"


def _has_words(query: ImageQuery) -> bool:
    return any(term.wanted for term in query.terms)


def _conditions(query: ImageQuery, dialect: str) -> list[sa.ColumnElement[bool]]:
    c = images.c
    parts: list[sa.ColumnElement[bool]] = [
        c.deleted.is_not(None) if query.trash else c.deleted.is_(None)
    ]
    if dialect != "sqlite":
        parts += _words_of_postgresql(query.terms)
    else:
        for term in query.terms:
            if not term.wanted:
                parts.append(c.seq.not_in(sa.select(_FTS.c.rowid).where(_fts_match([term]))))
    if query.models:
        parts.append(c.model.in_(query.models))
    if query.provider is not None:
        parts.append(c.provider == query.provider)
    for tag in query.tags:
        tagged = sa.select(image_tags.c.seq).where(image_tags.c.tag == tag)
        parts.append(c.seq.in_(tagged))
    if query.since is not None:
        parts.append(c.created >= query.since)
    if query.until is not None:
        parts.append(c.created < query.until)
    if query.seed is not None:
        parts.append(c.seed == query.seed)
    if query.size is not None:
        parts += [c.width_px == query.size[0], c.height_px == query.size[1]]
    if query.starred:
        parts.append(c.starred.is_(True))
    if query.rated:
        parts.append(c.rating >= query.rated)
    if query.cached:
        parts.append(c.cache_hits > 0)
    if query.experiment is not None:
        parts.append(c.experiment == query.experiment)
    if query.as_of is not None:
        parts.append(place(query, dialect) <= query.as_of)
    if query.sort in ("fastest", "slowest"):
        parts.append(c.seconds.is_not(None))
    return parts


def _fts_match(terms: Sequence[Term]) -> sa.ColumnElement[bool]:
    """Return the match with the index of words; they stand quoted, so none is an operator."""
    words = " ".join(f'"{term.words}"' + (" *" if term.prefix else "") for term in terms)
    return sa.literal_column("images_fts").op("MATCH", is_comparison=True)(sa.literal(words))


def _words_of_postgresql(terms: Sequence[Term]) -> list[sa.ColumnElement[bool]]:
    simple: sa.ColumnElement[Any] = sa.literal_column("'simple'")
    words: sa.ColumnElement[Any] = sa.literal_column(
        "to_tsvector('simple', prompt || ' ' || negative_prompt)"
    )
    parts: list[sa.ColumnElement[bool]] = []
    for term in terms:
        wanted: sa.ColumnElement[Any] = sa.func.phraseto_tsquery(simple, term.words)
        if term.prefix:
            begun = " <-> ".join(re.findall(r"\w+", term.words))
            wanted = sa.func.to_tsquery(simple, f"{begun}:*")
        match = words.op("@@", is_comparison=True)(wanted)
        parts.append(match if term.wanted else sa.not_(match))
    return parts
