"""What a query finds, as SQL of the database that is asked: SQLite or PostgreSQL.

A select can be of a span alone: of the images numbered above `low` up to `high`, two parameters
that it is executed with. Then lists of words and tags are read in that span alone, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from backend.library import colours
from backend.library.in_order import InOrder
from backend.library.query import BY_NUMBER, ImageQuery, Term, is_narrow
from backend.storage.tables import cells, image_looks, image_tags, images, runs, tag_names
from backend.storage.vectors import phrase
from backend.storage.words import indexed, tag_key


def matching(
    query: ImageQuery, dialect: str, *columns: sa.ColumnElement[Any], spanned: bool = False
) -> sa.Select[Any]:
    """Return a select of the columns over the images that match; `dialect` is the database's."""
    found = sa.select(*columns).where(*_conditions(query, dialect, spanned))
    if query.colours_are_rare:
        having = colours.having(query.colours).where(*_in_span(image_looks.c.seq, spanned))
        if not _has_words(query) or dialect != "sqlite":
            rare = having.subquery()
            return found.select_from(InOrder(rare, images, images.c.seq == rare.c.seq))
        # As a sum, lest SQLite looks the words up anew for every image that has the colours.
        found = found.where((_FTS.c.rowid + 0).in_(having))
    if not _has_words(query) or dialect != "sqlite":
        return _indexed(found, _index_of(query)) if spanned else found
    joined = InOrder(_FTS, images, images.c.seq == _FTS.c.rowid)
    return found.select_from(joined).where(_fts_match(query.terms))


def rated(query: ImageQuery, dialect: str) -> sa.Select[Any]:
    """Return a select of the numbers of those that match, spanned, of one `level` of rating.

    It looks through the images of that rating, and at the words then: for words that many have.
    """
    indexed = dialect == "sqlite" and _has_words(query)
    query = replace(query, colours_are_rare=False)
    rest = replace(query, terms=()) if indexed else query
    found = sa.select(images.c.seq).where(*_conditions(rest, dialect, spanned=True))
    found = _indexed(found.where(images.c.rating == sa.bindparam("level")), "rating")
    if not indexed:
        return found
    # As a sum, lest SQLite looks the words up anew for every single one of these images.
    one_of = (_FTS.c.rowid + 0).in_(found)
    words = _fts_match(query.terms)
    return sa.select(_FTS.c.rowid).where(words, *_in_span(_FTS.c.rowid, spanned=True), one_of)


def _indexed(found: sa.Select[Any], index: str) -> sa.Select[Any]:
    """Return the select as SQLite carries it out by this index of images."""
    return found.with_hint(images, f"INDEXED BY ix_images_{index}", "sqlite") if index else found


def _index_of(query: ImageQuery) -> str:
    """Return the index by which a span is looked through; SQLite would read the rows instead."""
    if query.tags or query.trash or is_narrow(query):
        return ""
    few = "starred" if query.starred else "cached" if query.cached else ""
    plain = query == ImageQuery(as_of=query.as_of, sort=query.sort)
    return few or ("live" if plain and query.sort in BY_NUMBER else "facets")


def having_words(query: ImageQuery, most: int) -> sa.Select[Any]:
    """Return a select of how many images have the words, whatever else is asked; up to `most`."""
    found = sa.select(_FTS.c.rowid).where(_fts_match(query.terms)).limit(most)
    return sa.select(sa.func.count()).select_from(found.subquery())


def place(query: ImageQuery, dialect: str) -> sa.ColumnElement[int]:
    """Return the column that holds the order of recording in `matching`'s select."""
    return _FTS.c.rowid if dialect == "sqlite" and _has_words(query) else images.c.seq


def _in_span(number: sa.ColumnElement[int], spanned: bool) -> list[sa.ColumnElement[bool]]:
    return [number > sa.bindparam("low"), number <= sa.bindparam("high")] if spanned else []


_FTS = sa.table("images_fts", sa.column("rowid", sa.Integer))


def _has_words(query: ImageQuery) -> bool:
    return any(term.wanted for term in query.terms)


def _conditions(query: ImageQuery, dialect: str, spanned: bool) -> list[sa.ColumnElement[bool]]:
    c = images.c
    parts: list[sa.ColumnElement[bool]] = [
        c.deleted.is_not(None) if query.trash else c.deleted.is_(None)
    ]
    if dialect != "sqlite":
        parts += _words_of_postgresql(query.terms)
    elif not _has_words(query):
        for term in query.terms:
            match = _fts_match([replace(term, wanted=True)])
            having = sa.select(_FTS.c.rowid).where(match, *_in_span(_FTS.c.rowid, spanned))
            parts.append(c.seq.not_in(having))
    if query.models:
        parts.append(c.model.in_(query.models))
    if query.provider is not None:
        parts.append(c.provider == query.provider)
    for tag in query.tags:
        spelled = sa.select(tag_names.c.tag).where(tag_names.c.key == tag_key(tag))
        tagged = sa.select(image_tags.c.seq).where(image_tags.c.tag == spelled.scalar_subquery())
        if query.colours_are_rare:  # so few images that each is asked for its tags
            parts.append(tagged.where(image_tags.c.seq == c.seq).exists())
        else:
            parts.append(c.seq.in_(tagged.where(*_in_span(image_tags.c.seq, spanned))))
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
        parts.append(c.seq.in_(_of_experiment(query.experiment)))
    if query.colours and not query.colours_are_rare:
        parts.append(colours.has(c.seq, query.colours))
    if query.like is not None:
        parts.append(c.seq.in_(query.near))
    if query.as_of is not None and not spanned:
        parts.append(place(query, dialect) <= query.as_of)
    parts += _in_span(place(query, dialect), spanned)
    if query.sort in ("fastest", "slowest"):
        parts.append(c.seconds.is_not(None))
    return parts


def _of_experiment(experiment: str) -> sa.CompoundSelect[Any]:
    """Return the numbers of an experiment's images: made for it, or there already for its cells."""
    made, shown = images.alias("made"), images.alias("shown")
    answered = cells.join(runs, runs.c.id == cells.c.run_id)
    answered = answered.join(shown, shown.c.id == runs.c.image_id)
    return sa.union(
        sa.select(made.c.seq).where(made.c.experiment == experiment),
        sa.select(shown.c.seq).select_from(answered).where(cells.c.experiment == experiment),
    )


def _fts_match(terms: Sequence[Term]) -> sa.ColumnElement[bool]:
    """Return the match with the index of words; they stand quoted, so none is an operator.

    At least one term is wanted.
    """

    def in_quotes(words: str, prefix: bool) -> str:
        return f'"{words}" *' if prefix else f'"{words}"'

    def quoted(term: Term) -> str:
        if not term.forms:
            return in_quotes(indexed(term.words), term.prefix)
        forms = (in_quotes(form.removesuffix("*"), form.endswith("*")) for form in term.forms)
        return f"({' OR '.join(forms)})"

    words = " AND ".join(quoted(term) for term in terms if term.wanted)
    for term in terms:
        words = words if term.wanted else f"({words}) NOT ({quoted(term)})"
    return sa.literal_column("images_fts").op("MATCH", is_comparison=True)(sa.literal(words))


class _Query(sa.types.UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "tsquery"


def _words_of_postgresql(terms: Sequence[Term]) -> list[sa.ColumnElement[bool]]:
    """Return the matches with its index of words: those that are wanted are one look into it."""

    def match(query: str) -> sa.ColumnElement[bool]:
        words: sa.ColumnElement[Any] = sa.literal_column("images.words")
        return words.op("@@", is_comparison=True)(sa.cast(sa.literal(query, sa.Text), _Query))

    asked = [(term.wanted, phrase(term.words, prefix=term.prefix)) for term in terms]
    wanted = [words for is_wanted, words in asked if is_wanted]
    if "" in wanted:
        return [sa.false()]
    parts = [match(" & ".join(f"({words})" for words in wanted))] if wanted else []
    return parts + [sa.not_(match(words)) for is_wanted, words in asked if not is_wanted and words]
