"""The same searches on SQLite and on PostgreSQL, of the same images: they find the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote
from uuid import UUID

import pytest
import sqlalchemy as sa

from backend.library.library import Library
from backend.library.marks import Changes
from backend.library.query import ImageQuery, parse_address
from backend.storage.database import open_engine, open_reader, sqlite_url
from backend.types import ImageRecord
from tests.cluster.copied import Copies
from tests.cluster.servers import Postgres
from tests.grown import grown_database
from tests.storage.queries import ORDERS, QUERIES
from tests.storage.test_every_script import PROMPTS, at_version, record

pytestmark = pytest.mark.wide

Both = tuple[Library, Library]
Engines = tuple[sa.Engine, sa.Engine]

FEW, TIMES = 600, 12

WRITTEN = (
    *PROMPTS,
    "a cat <lora:thing:0.8>, f/1.8, 35mm",
    "/imagine/cat user@host.example --ar 16:9",
    "https://example.com/fox?size=1.5#top",
    "snake_case and-hyphens don't 1e5 -7 +3 007",
    "Fuchs, Gänse; ÆTHER œuvre ﬁne Ⅷ x² ½",
    "عَرَبِيّ קָטָן Ελλάδα ΟΔΟΣ \u0131rmak İZMİR",
    "emoji 🦊🌙 fox\u200bhole soft\u00adhyphen",
    "w" * 3_000 + " end",
    "fox one two three four",
    "fox\ue000 private &amp; (a:1.2) [b] {c|d} 'q' \\back\\slash %s :x",
)
"""What PostgreSQL's own parser cuts otherwise, among it."""

TEXTS = (
    *("cat", "lora", "thing", "0.8", "f/1.8", "1.8", "8", "35mm", "35*", "imagine", "/imagine/cat"),
    *("user", "host", "user@host", "example", "ar", "16:9", '"16 9"', "fox", "size", "1.5", "top"),
    *("snake_case", "case", "hyphens", "and-hyphens", "don't", "don", "t", "1e5", "-7", "7", "007"),
    *("3", "fuchs", "gänse", "ganse", "GANS*", "aether", "Æther", "oeuvre", "fine", "viii", "x2"),
    *("12", "½", "عربي", "קטן", "ελλαδα", "οδοσ", "οδος", "irmak", "izmir", "emoji", "foxhole"),
    *("hole", "softhyphen", "w" * 100 + "*", "end", '"one two"', '"two one"'),
    *(
        '"three four"',
        '"four fox"',
        '"four blurry"',
        "fox\ue000",
        "amp",
        "(a:1.2)",
        "c|d",
        "q",
        "%s",
    ),
    *("back\\slash", ":x", '"fo"*', '"one tw"*', "w*", "c* -cat", "-fox", "-fox -cat"),
    *("港町", "猫", "바다", "ภูเขา", "straße", "CAFE", "лес*", "बिल्ली", "बिल्*", "港*", "neon"),
    *(
        "f* e*",
        "a b c d",
        "fox'",
        "x' OR 1=1",
        "fox:*",
        "fox & !cat",
        "a <-> b",
        "blurry",
        "blurr*",
    ),
)


@pytest.fixture(scope="module")
def engines_of_both(
    tmp_path_factory: pytest.TempPathFactory, copies: Copies, postgres_server: Postgres
) -> Iterator[tuple[Engines, Engines]]:
    """A library of 7,200 images, which is two blocks, on both; some are in the trash."""
    path = grown_database(tmp_path_factory.mktemp("library"), FEW, TIMES)
    engine = open_engine(sqlite_url(path))
    library = Library(engine, engine)
    library.change(library.ids(ImageQuery())[::50], Changes(deleted=True))
    engine.dispose()
    yield from _both(path, copies, postgres_server)


@pytest.fixture(scope="module")
def engines_of_texts(
    tmp_path_factory: pytest.TempPathFactory, copies: Copies, postgres_server: Postgres
) -> Iterator[tuple[Engines, Engines]]:
    """An image of each text on both, every other with it as its negative prompt, too."""
    path = tmp_path_factory.mktemp("texts") / "playground.db"
    engine = open_engine(sqlite_url(path))
    library = Library(engine, engine)
    for number, text in enumerate(WRITTEN):
        library.add(_record(number, text), None)
    engine.dispose()
    yield from _both(path, copies, postgres_server)


def _both(path: Path, copies: Copies, server: Postgres) -> Iterator[tuple[Engines, Engines]]:
    url = copies.of(path)
    sqlite, postgresql = ((open_engine(at), open_reader(at)) for at in (str(sqlite_url(path)), url))
    yield sqlite, postgresql
    for engine in (*sqlite, *postgresql):
        engine.dispose()
    server.drop(url)


@pytest.fixture(scope="module")
def both(engines_of_both: tuple[Engines, Engines]) -> Both:
    sqlite, postgresql = engines_of_both
    return Library(*sqlite), Library(*postgresql)


@pytest.fixture(scope="module")
def written(engines_of_texts: tuple[Engines, Engines]) -> Both:
    sqlite, postgresql = engines_of_texts
    return Library(*sqlite), Library(*postgresql)


def _record(number: int, text: str) -> ImageRecord:
    image_id = UUID(int=number + 1).hex
    values = {"negative_prompt": "" if number % 2 else f"blurry {text}"}
    return replace(record(text, **values), id=image_id, run_id=image_id, sha256=image_id * 2)


def found(library: Library, query: ImageQuery) -> list[object]:
    """Return all that can be told of a search: all, pages, jumps, and how many there are."""
    first = library.find(query, limit=60)
    second = library.find(query, limit=60, cursor=first.next) if first.next else None
    jumps = [library.find(query, limit=9, offset=at) for at in (5, first.total // 2, first.total)]
    pages = [first, *filter(None, [second]), *jumps]
    return [library.ids(query), library.total(query), *map(_told, pages)]


def _told(page: object) -> object:
    return replace(page, images=[image.id for image in page.images])  # type: ignore[type-var,attr-defined]


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("address", QUERIES)
def test_each_query_finds_the_same_images_in_the_same_order(
    both: Both, address: str, sort: str
) -> None:
    query = parse_address("&".join(filter(None, [address, f"sort={sort}"])))
    sqlite, postgresql = (found(library, query) for library in both)
    assert postgresql == sqlite and sqlite[0]


@pytest.mark.parametrize("text", TEXTS)
def test_each_text_means_the_same_words(written: Both, text: str) -> None:
    query = parse_address(f"q={quote(text)}")
    sqlite, postgresql = (
        [image.request.prompt for image in library.find(query, limit=200).images]
        for library in written
    )
    assert postgresql == sqlite


def test_most_of_these_texts_find_something(written: Both) -> None:
    there = [text for text in TEXTS if written[1].total(parse_address(f"q={quote(text)}"))]
    assert len(there) > len(TEXTS) * 0.9


@pytest.mark.parametrize("colours", ["color=blue", "color=red", "color=blue&color=grey"])
@pytest.mark.parametrize("more", ["", "&q=cat", "&q=-fog", "&rated=4&sort=rating", "&sort=oldest"])
def test_colours_find_the_same(both: Both, colours: str, more: str) -> None:
    sqlite, postgresql = (found(library, parse_address(colours + more)) for library in both)
    assert postgresql == sqlite


@pytest.mark.parametrize("more", ["", "&q=cat", "&starred=1", "&sort=oldest", "&color=blue"])
def test_more_like_this_is_the_same(both: Both, more: str) -> None:
    like = both[0].ids(ImageQuery())[70]
    query = parse_address(f"like={like}{more}")
    sqlite, postgresql = (found(library, query) for library in both)
    assert postgresql == sqlite and (more or sqlite[0])


def test_a_page_counts_up_to_a_thousand_and_says_where_there_are_more(
    both: Both, engines_of_both: tuple[Engines, Engines]
) -> None:
    fresh = Library(*engines_of_both[1])
    for address in (*QUERIES, "color=blue", "color=blue&q=cat"):
        query = parse_address(address)
        page, total = fresh.find(query, limit=60, fast=True), both[0].total(query)
        assert page.total == total or (page.total_is_least and 1_000 < page.total < total), address
        assert fresh.total(query) == total, address


def test_a_database_of_the_version_before_gets_its_words(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.begin() as db:
        at_version(db, "0013")
        columns = (
            "INSERT INTO images (id, run_id, provider, model, prompt, negative_prompt,"
            " values_json, created, format, width_px, height_px, sha256, starred)"
            " VALUES (:id, :id, 'offline', 'm', :text, :text, '{}', 1, 'png', 64, 64, '', false)"
        )
        for number, text in enumerate(WRITTEN):
            db.execute(sa.text(columns), {"id": f"{number:032x}", "text": text})
    engine.dispose()
    engine = open_engine(database_url)
    library = Library(engine, engine)
    for text in ("lora", "f/1.8", "港町", "straße", "fox one two"):
        assert library.total(parse_address(f"q={quote(text)}")), text
    engine.dispose()


def test_an_image_that_comes_later_is_found_at_once(written: Both) -> None:
    written[1].add(_record(900, "a walrus, <lora:tusk:1>"), None)
    assert written[1].total(parse_address("q=tusk+walrus")) == 1


def test_what_one_machine_marks_counts_on_the_other_at_once(
    both: Both, engines_of_both: tuple[Engines, Engines]
) -> None:
    one, url = both[1], engines_of_both[1][0].url
    engines = open_engine(url), open_reader(url)
    other = Library(*engines)
    queries = [parse_address(text) for text in ("", "q=cat", "starred=1", "rated=4")]
    before = [one.total(query) for query in queries]
    assert [other.total(query) for query in queries] == before
    act = one.change(one.ids(queries[1])[:30], Changes(deleted=True)).undo
    assert [other.total(query) for query in queries] == [one.total(query) for query in queries]
    assert other.total(queries[1]) == before[1] - 30 and act
    other.undo(act)
    assert [one.total(query) for query in queries] == before
    for engine in engines:
        engine.dispose()
