"""Many images: totals that come later, jumps, marks; against a plain look through all records."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.library.cache import note_answers
from backend.library.counting import BLOCK
from backend.library.library import Library
from backend.library.marks import Changes
from backend.library.query import ImageQuery, parse_address
from backend.storage import database
from tests.grown import grown_database
from tests.storage.queries import ORDERS, QUERIES, everything, expected

pytestmark = pytest.mark.wide

FEW, TIMES = 900, 10
COUNT = FEW * TIMES - len(range(0, FEW * TIMES, 70))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of 9,000 images, each time of making ten times; some are in the trash."""
    path = grown_database(tmp_path_factory.mktemp("library"), FEW, TIMES)
    engine = database.open_engine(database.sqlite_url(path))
    library = Library(engine, engine)
    library.change(library.ids(ImageQuery())[::70], Changes(deleted=True))
    engine.dispose()
    return path


def asked(reader: sa.Engine) -> list[tuple[str, object]]:
    """Return a list that grows by each statement, with its values, that the reader is asked."""
    statements: list[tuple[str, object]] = []

    def note(_c: object, _u: object, statement: str, values: object, *_: object) -> None:
        statements.append((statement, values))

    sa.event.listen(reader, "before_cursor_execute", note)
    return statements


@pytest.mark.parametrize("sort", ORDERS)
def test_pages_jumps_and_totals_are_those_of_a_look_through_all_records(
    library: Library, sort: str
) -> None:
    records = everything(library)
    for address in QUERIES:
        query, wanted = expected(records, address, sort)
        first = library.find(query, limit=60, fast=True)
        assert [image.id for image in first.images] == wanted[:60], address
        if first.total_is_least:
            assert 60 < first.total <= len(wanted), address
        else:
            assert first.total == len(wanted), address
        second = library.find(query, limit=60, cursor=first.next, fast=True)
        assert [image.id for image in second.images] == wanted[60:120] or not first.next, address
        for offset in {1, len(wanted) // 2, len(wanted) - 1, len(wanted), 8_000}:
            jump = library.find(query, limit=9, offset=offset, fast=True)
            assert [image.id for image in jump.images] == wanted[offset : offset + 9], address
        assert library.total(query) == len(wanted), address
        known = library.find(query, limit=60, fast=True)
        assert (known.total, known.total_is_least) == (len(wanted), False), address


def test_a_page_does_not_count_all_and_says_so(library: Library) -> None:
    page = library.find(ImageQuery(), limit=60, fast=True)
    assert page.total_is_least and 1_000 < page.total < COUNT
    assert library.find(ImageQuery(), limit=60).total == COUNT
    assert library.find(ImageQuery(), limit=60, fast=True).total_is_least is False


def test_the_last_page_knows_the_total_without_counting(
    library: Library, engines: tuple[sa.Engine, sa.Engine]
) -> None:
    query = parse_address("tag=sea&starred=1")
    statements = asked(engines[1])
    page = library.find(query, limit=200, fast=True)
    assert 0 < page.total == len(page.images) and not page.total_is_least
    assert not [statement for statement, _ in statements if "count(" in statement]


def test_after_marks_the_totals_are_true_and_only_their_block_is_counted(
    library: Library, engines: tuple[sa.Engine, sa.Engine]
) -> None:
    ids = library.ids(ImageQuery())
    addresses = ("", "starred=1", "rated=4", "tag=sea", "q=cat", "q=-fog&tag=sea", "trash=1")
    for address in addresses:
        library.total(parse_address(address))
    for changes, decides in (
        (Changes(starred=True), ["starred=1"]),
        (Changes(rating=5), ["rated=4"]),
        (Changes(rating=0), ["rated=4"]),
        (Changes(add_tags=("sea",)), ["tag=sea", "q=-fog&tag=sea"]),
        (Changes(tags=()), ["tag=sea", "q=-fog&tag=sea"]),
        (Changes(deleted=True), list(addresses)),
        (Changes(deleted=False), list(addresses)),
    ):
        library.change(ids[5_000:5_003], changes)
        for address in addresses:
            statements = asked(engines[1])
            total = library.total(parse_address(address))
            counted = sum("count(" in statement for statement, _ in statements)
            assert counted == (address in decides), (changes, address)
            assert total == len(library.ids(parse_address(address))), (changes, address)


def test_an_image_more_costs_the_count_of_the_last_block(
    library: Library, engines: tuple[sa.Engine, sa.Engine]
) -> None:
    total = library.total(ImageQuery())
    before = library.find(ImageQuery(), limit=1).as_of
    (like,) = library.find(ImageQuery(), limit=1).images
    library.add(replace(like, id="1" * 32, run_id="1" * 32), None)
    statements = asked(engines[1])
    assert library.total(ImageQuery()) == total + 1
    assert library.total(ImageQuery(as_of=before)) == total
    assert library.total(ImageQuery(as_of=0)) == 0
    assert sum("count(" in statement for statement, _ in statements) == 2


def test_an_image_that_an_answer_takes_out_of_the_trash_counts_again(
    library: Library, engines: tuple[sa.Engine, sa.Engine]
) -> None:
    (gone,) = library.find(parse_address("trash=1"), limit=1).images
    assert library.total(ImageQuery()) == COUNT
    cached = library.total(parse_address("cached=1"))
    with engines[0].begin() as db:
        note_answers(db, [gone])
        assert library.total(ImageQuery()) == COUNT  # not committed yet
    assert library.total(ImageQuery()) == COUNT + 1
    assert library.total(parse_address("cached=1")) == cached + 1


def test_images_removed_for_good_leave_the_trash_and_the_jumps_right(library: Library) -> None:
    gone = library.ids(parse_address("trash=1"))
    assert library.total(parse_address("trash=1")) == len(gone)
    library.forget(gone[10:50])
    assert library.total(parse_address("trash=1")) == len(gone) - 40
    ids = library.ids(ImageQuery())
    jump = library.find(ImageQuery(), limit=5, offset=BLOCK + 7, fast=True)
    assert [image.id for image in jump.images] == ids[BLOCK + 7 : BLOCK + 12]


def test_a_beginning_finds_words_that_came_later(library: Library) -> None:
    (like,) = library.find(ImageQuery(), limit=1).images
    before = (
        library.total(parse_address("q=lighthearted*")),
        library.total(parse_address("q=light*")),
    )
    request = replace(like.request, prompt="A lighthearted song")
    library.add(replace(like, id="2" * 32, run_id="2" * 32, request=request), None)
    found = library.find(parse_address("q=light*"), limit=1)
    assert found.images[0].id == "2" * 32
    after = library.total(parse_address("q=lighthearted*")), found.total
    assert after == (before[0] + 1, before[1] + 1)


def test_no_page_and_no_total_looks_through_the_whole_library(
    library: Library, engines: tuple[sa.Engine, sa.Engine]
) -> None:
    statements = asked(engines[1])
    for address in QUERIES:
        for sort in ("newest", "oldest", "rating"):
            query = parse_address(f"{address}&sort={sort}" if address else f"sort={sort}")
            library.find(query, limit=60, fast=True)
            library.find(query, limit=60, offset=4_000 if sort != "rating" else 0, fast=True)
            library.total(query)
    plans = set()
    with engines[1].begin() as db:
        for statement, values in {(s, repr(v)): (s, v) for s, v in statements}.values():
            if statement.startswith("SELECT"):
                explained = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                plans |= {(row[3], statement) for row in explained}
    assert len(plans) > 50
    whole = re.compile(r"SCAN (images|image_tags|runs)\b")
    assert [plan for plan in plans if whole.match(plan[0])] == []
