"""What is looked for in the gallery, as one value: read from an address, checked, turned to SQL.

Pure. The names are those of the gallery's address and of `GET /api/images`; every refusal is an
InvalidInput that names one of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast, get_args
from urllib.parse import parse_qs

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

from backend.errors import InvalidInput
from backend.tables import image_tags, images
from backend.types import ID, SEED_MAX

Sort = Literal["newest", "oldest", "rating", "fastest", "slowest"]

TEXT_MAX_CHARS = 500
_WORDS_MAX = 32

_TERM = re.compile(r'(-?)(?:"([^"]*)(")?|([^\s"]+))')
_SIZE = re.compile(r"([1-9][0-9]{0,4})\s*[xX\u00d7]\s*([1-9][0-9]{0,4})")
_NAMES = {
    *("q", "model", "provider", "tag", "since", "until", "seed", "size", "starred", "rated"),
    *("cached", "experiment", "trash", "sort", "as_of"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a text must hold, or must not: words in this order, the last a beginning."""

    words: str
    prefix: bool = False
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class ImageQuery:
    """What is looked for. `since` is inclusive, `until` exclusive, both in seconds since 1970.

    `rated` is the lowest rating; `tags` must all be there; `trash` looks into the trash alone.
    Images recorded after the one numbered `as_of` are left out. `fastest` and `slowest` find those
    alone whose time is known.
    """

    terms: tuple[Term, ...] = ()
    models: tuple[str, ...] = ()
    provider: str | None = None
    tags: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None
    seed: int | None = None
    size: tuple[int, int] | None = None
    starred: bool = False
    rated: int = 0
    cached: bool = False
    experiment: str | None = None
    trash: bool = False
    as_of: int | None = None
    sort: Sort = "newest"


def parse_address(query_string: str) -> ImageQuery:
    """Return the query that an address's part after the `?` holds.

    Many images are changed by it, so nothing in it is passed over: a misspelt filter would mean all
    of them. Raises: InvalidInput.
    """
    text = query_string.removeprefix("?").encode("utf-8", "replace").decode()
    try:
        found = parse_qs(text, max_num_fields=100, strict_parsing=bool(text))
    except ValueError as error:
        raise InvalidInput(
            "This search is no part of the gallery's address.",
            "Write it like q=cat&starred=1.",
            field="query",
        ) from error
    if unknown := found.keys() - _NAMES:
        raise InvalidInput(
            f"There is no filter called {min(unknown)[:30]}.",
            f"There are {', '.join(sorted(_NAMES))}.",
            field="query",
        )
    return parse_query(found)


def parse_query(found: Mapping[str, Sequence[str]]) -> ImageQuery:
    """Return the query that an address's parameters ask for; unknown names are passed over.

    Raises: InvalidInput.
    """

    def one(name: str) -> str:
        return (found.get(name) or ("",))[-1].strip()

    sort = one("sort") or "newest"
    if sort not in get_args(Sort):
        raise InvalidInput(
            "There is no such order.", f"Choose {', '.join(get_args(Sort))}.", field="sort"
        )
    experiment = one("experiment") or None
    if experiment is not None and not ID.fullmatch(experiment):
        raise InvalidInput("There is no such experiment.", "Take it away.", field="experiment")
    return ImageQuery(
        terms=parse_text(one("q")),
        models=_several(found, "model"),
        provider=one("provider") or None,
        tags=_several(found, "tag"),
        since=_moment(one("since"), "since"),
        until=_moment(one("until"), "until"),
        seed=_whole(one("seed"), "seed", SEED_MAX),
        size=_size(one("size")),
        starred=_yes(one("starred"), "starred"),
        rated=_whole(one("rated"), "rated", 5) or 0,
        cached=_yes(one("cached"), "cached"),
        experiment=experiment,
        trash=_yes(one("trash"), "trash"),
        as_of=_whole(one("as_of"), "as_of", 2**53),
        sort=cast(Sort, sort),
    )


def parse_text(text: str) -> tuple[Term, ...]:
    """Return the terms of words, "phrases", -not and prefix*. Raises: InvalidInput."""
    if len(text) > TEXT_MAX_CHARS or text.count(" ") > 4 * _WORDS_MAX:
        raise InvalidInput("This search is too long.", "Use fewer words.", field="q")
    terms = []
    for minus, phrase, closed, word in _TERM.findall(text):
        quoted = not word
        if quoted and not closed:
            raise InvalidInput(
                "A quotation mark is not closed.", 'Write "the whole phrase".', field="q"
            )
        words, prefix = (phrase, False) if quoted else (word.rstrip("*"), word.endswith("*"))
        if not any(map(str.isalnum, words)):
            if quoted or prefix or minus or word == "-":
                raise InvalidInput(
                    f"There is nothing to look for in {(minus + (word or chr(34) * 2))[:20]}.",
                    'Search for words, "phrases", -not this, or begin* of a word.',
                    field="q",
                )
            continue  # punctuation between words, which the index does not hold
        terms.append(Term(words.replace("\0", " "), prefix, not minus))
    if text.strip() and not terms:
        raise InvalidInput("There is no word in this search.", "Type a word.", field="q")
    if len(terms) > _WORDS_MAX:
        raise InvalidInput("This search is too long.", "Use fewer words.", field="q")
    return tuple(terms)


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


def _several(found: Mapping[str, Sequence[str]], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in found.get(name, ()) if value.strip()))


def _yes(text: str, name: str) -> bool:
    if text.lower() not in ("1", "true", "yes", "on", "", "0", "false", "no", "off"):
        raise InvalidInput(f"{text[:20]} is neither yes nor no.", "Write 1 or 0.", field=name)
    return text.lower() in ("1", "true", "yes", "on")


def _whole(text: str, name: str, maximum: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 17 and int(text) <= maximum):
        what = {"seed": "seed", "rated": "rating"}.get(name, "place in the gallery")
        raise InvalidInput(
            f"{text[:20]} is no {what}.", f"Enter a whole number from 0 to {maximum}.", field=name
        )
    return int(text)


def _size(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    found = _SIZE.fullmatch(text)
    if found is None:
        raise InvalidInput(f"{text[:20]} is no size.", "Write it like 1024x768.", field="size")
    return int(found[1]), int(found[2])


def _moment(text: str, name: str) -> float | None:
    """Return an ISO date or date-time as seconds; a bare `until` date includes its day (UTC)."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        if len(text) <= 10 and name == "until":
            moment += timedelta(days=1)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"{text[:30]} is no date.", "Write it like 2026-11-22.", field=name
        ) from error
