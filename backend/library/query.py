"""What is looked for in the gallery, as one value: read from an address, checked, turned to SQL.

Pure. The names are those of the gallery's address and of `GET /api/images`; every refusal is an
InvalidInput that names one of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, cast, get_args
from urllib.parse import parse_qs

from backend.errors import InvalidInput
from backend.images.looks import COLOURS
from backend.said import Said, listed, msg
from backend.text import cut
from backend.types import FOREIGN_SEED_MAX, ID

Sort = Literal["newest", "oldest", "rating", "fastest", "slowest"]
BY_NUMBER = ("newest", "oldest")
"""The orders that are those of recording."""


TEXT_MAX_CHARS = 500
_WORDS_MAX = 32

_TERM = re.compile(r'(-?)(?:"([^"]*)("\*?)?|([^\s"]+))')
_SIZE = re.compile(r"([1-9][0-9]{0,4})\s*[xX\u00d7]\s*([1-9][0-9]{0,4})")
FILTERS = (
    *("q", "model", "provider", "starred", "rated", "tag", "since", "until", "seed", "size"),
    *("cached", "experiment", "session", "color", "like", "trash", "sort"),
)
"""The names in the gallery's address; `as_of` is the list's own."""

REPEATED = ("model", "tag", "color")
"""Those that may stand there several times."""

_NAMES = {*FILTERS, "as_of"}


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a text must hold, or must not: words in this order, the last a beginning.

    `forms` are all the phrases that can be meant, where they are known, instead of `prefix`; those
    that end with a `*` are beginnings again.
    """

    words: str
    prefix: bool = False
    wanted: bool = True
    forms: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class ImageQuery:
    """What is looked for. `since` is inclusive, `until` exclusive, both in seconds since 1970.

    `rated` is the lowest rating; `tags` and `colours` must all be there; `experiment` is a demo
    session's id, too: its images are told apart in the same way. `trash` looks into the trash
    alone. `like` is the id of an image: what looks like it is found, the most alike first where it
    is not sorted otherwise. `near` are the numbers of those, in this order, and `colours_are_rare`
    says that few images have these colours: kept_looks.py looks both up.
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
    colours: tuple[str, ...] = ()
    like: str | None = None
    near: tuple[int, ...] = field(default=(), compare=False)
    colours_are_rare: bool = field(default=False, compare=False)
    trash: bool = False
    as_of: int | None = None
    sort: Sort = "newest"


def is_narrow(query: ImageQuery) -> bool:
    """Whether an index leads to the few that match, so that they are all looked at."""
    few = (query.seed, query.experiment, query.like)
    return query.trash or any(one is not None for one in few)


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
            msg("This search is no part of the gallery's address."),
            msg("Write it like q=cat&starred=1."),
            field="query",
        ) from error
    if unknown := found.keys() - _NAMES:
        raise InvalidInput(
            msg("There is no filter called {name}.", name=cut(min(unknown), 30)),
            msg("There are {names}.", names=listed(sorted(_NAMES))),
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
            msg("There is no such order."),
            msg("Choose {choices}.", choices=listed(get_args(Sort))),
            field="sort",
        )
    experiment, like = one("experiment") or None, one("like") or None
    if experiment is not None and not ID.fullmatch(experiment):
        raise InvalidInput(
            msg("There is no such experiment."), msg("Take it away."), field="experiment"
        )
    session = one("session") or None
    if session is not None and not ID.fullmatch(session):
        raise InvalidInput(msg("There is no such session."), msg("Take it away."), field="session")
    if session is not None and experiment not in (None, session):
        raise InvalidInput(
            msg("No image belongs to an experiment and to a session."),
            msg("Take one of them away."),
            field="session",
        )
    if like is not None and not ID.fullmatch(like):
        raise InvalidInput(msg("There is no such image."), msg("Take it away."), field="like")
    return ImageQuery(
        terms=parse_text(one("q")),
        models=_several(found, "model"),
        provider=one("provider") or None,
        tags=_several(found, "tag"),
        since=_moment(one("since"), "since"),
        until=_moment(one("until"), "until"),
        seed=_whole(one("seed"), "seed", FOREIGN_SEED_MAX),
        size=_size(one("size")),
        starred=_yes(one("starred"), "starred"),
        rated=_whole(one("rated"), "rated", 5) or 0,
        cached=_yes(one("cached"), "cached"),
        experiment=experiment or session,
        colours=_colours(found),
        like=like,
        trash=_yes(one("trash"), "trash"),
        as_of=_whole(one("as_of"), "as_of", 2**53),
        sort=cast(Sort, sort),
    )


def parse_text(text: str) -> tuple[Term, ...]:
    """Return the terms of words, "phrases", -not, prefix* and "phr"*. Raises: InvalidInput."""
    if len(text) > TEXT_MAX_CHARS or text.count(" ") > 4 * _WORDS_MAX:
        raise InvalidInput(msg("This search is too long."), msg("Use fewer words."), field="q")
    terms = []
    for minus, phrase, closed, word in _TERM.findall(text):
        quoted = not word
        if quoted and not closed:
            raise InvalidInput(
                msg("A quotation mark is not closed."), msg('Write "the whole phrase".'), field="q"
            )
        words, prefix = (
            (phrase, len(closed) > 1) if quoted else (word.rstrip("*"), word.endswith("*"))
        )
        if not any(map(str.isalnum, words)):
            if quoted or prefix or minus or word == "-":
                raise InvalidInput(
                    msg(
                        "There is nothing to look for in {words}.",
                        words=cut(minus + (word or chr(34) * 2), 20),
                    ),
                    msg('Search for words, "phrases", -not this, or begin* of a word.'),
                    field="q",
                )
            continue  # punctuation between words, which the index does not hold
        terms.append(Term(words.replace("\0", " "), prefix, not minus))
    if text.strip() and not terms:
        raise InvalidInput(msg("There is no word in this search."), msg("Type a word."), field="q")
    if len(terms) > _WORDS_MAX:
        raise InvalidInput(msg("This search is too long."), msg("Use fewer words."), field="q")
    return tuple(terms)


def _several(found: Mapping[str, Sequence[str]], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in found.get(name, ()) if value.strip()))


def _colours(found: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    names = [name.lower().replace("gray", "grey") for name in _several(found, "color")]
    for name in names:
        if name not in COLOURS:
            raise InvalidInput(
                msg("There is no colour called {name} here.", name=cut(name, 20)),
                msg("Choose {names} or {last}.", names=listed(COLOURS[:-1]), last=COLOURS[-1]),
                field="color",
            )
    return tuple(name for name in COLOURS if name in names)


def _yes(text: str, name: str) -> bool:
    if text.lower() not in ("1", "true", "yes", "on", "", "0", "false", "no", "off"):
        raise InvalidInput(
            msg("{text} is neither yes nor no.", text=cut(text, 20)),
            msg("Write 1 or 0."),
            field=name,
        )
    return text.lower() in ("1", "true", "yes", "on")


def _whole(text: str, name: str, maximum: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= maximum):
        raise InvalidInput(
            _no_such(name, cut(text, 20)),
            msg(
                "Enter a whole number from {minimum} to {maximum}.",
                minimum="0",
                maximum=str(maximum),
            ),
            field=name,
        )
    return int(text)


def _no_such(name: str, text: str) -> Said:
    if name == "seed":
        return msg("{text} is no seed.", text=text)
    if name == "rated":
        return msg("{text} is no rating.", text=text)
    return msg("{text} is no place in the gallery.", text=text)


def _size(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    found = _SIZE.fullmatch(text)
    if found is None:
        raise InvalidInput(
            msg("{text} is no size.", text=cut(text, 20)),
            msg("Write it like 1024x768."),
            field="size",
        )
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
            msg("{text} is no date.", text=cut(text, 30)),
            msg("Write it like 2026-11-22."),
            field=name,
        ) from error
