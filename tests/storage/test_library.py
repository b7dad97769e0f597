"""The library: every query against a plain look through all records; marks, trash, pages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.errors import InvalidInput
from backend.library.library import Library
from backend.library.marks import Changes
from backend.library.query import ImageQuery, parse_address
from backend.storage import database
from backend.types import ImageRecord
from tests.library import make
from tests.storage.queries import ORDERS, QUERIES, everything, expected

COUNT = 600


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library") / "data"
    make(COUNT, folder, with_files=3)
    path = folder / "playground.db"
    engine = database.open_engine(database.sqlite_url(path))
    library = Library(engine, engine)
    library.change(library.ids(ImageQuery())[::50], Changes(deleted=True))
    engine.dispose()
    return path


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("address", QUERIES)
def test_a_query_finds_what_a_look_through_all_records_finds_in_the_same_order(
    library: Library, address: str, sort: str
) -> None:
    records = everything(library)
    for trash in (False, True):
        query, wanted = expected(records, address, sort, trash=trash)
        by_cursor, cursor = [], None
        while True:
            page = library.find(query, limit=200, cursor=cursor)
            by_cursor += [record.id for record in page.images]
            if (cursor := page.next) is None:
                break
        assert by_cursor == wanted and page.total == len(wanted)
        assert library.ids(query) == wanted
        if wanted:
            at = len(wanted) // 2
            jump = library.find(query, limit=7, offset=at)
            assert [record.id for record in jump.images] == wanted[at : at + 7]


def test_a_page_is_read_without_the_columns_that_only_searches_look_at(filled: Path) -> None:
    engine, asked = database.open_engine(database.sqlite_url(filled)), list[str]()
    sa.event.listen(engine, "before_cursor_execute", lambda c, k, text, *_: asked.append(text))
    page = Library(engine, engine).find(ImageQuery(), limit=60)
    engine.dispose()
    assert len(page.images) == 60
    assert not [text for text in asked if "prompt_words" in text or "negative_words" in text]


def test_offsets_stay_where_they_are_while_images_arrive(library: Library) -> None:
    query = ImageQuery()
    first = library.find(query, limit=10)
    newest = first.images[0]
    for number in range(3):
        library.add(fresh(newest, number), None)
    before = replace(query, as_of=first.as_of)
    assert library.find(before, limit=10, offset=0) == first
    assert len(library.ids(before)) == first.total
    now = library.find(query, limit=10)
    assert now.total == first.total + 3 and now.images[3:] == first.images[:7]


@pytest.mark.parametrize("cursor", ["-1", "x", "1e3", "٣", "9" * 19, "0x1", "1_2", "nan_3", "_"])
def test_a_cursor_that_is_none_is_refused(library: Library, cursor: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        library.find(ImageQuery(), limit=10, cursor=cursor)
    assert caught.value.field == "cursor"


@pytest.mark.parametrize("cursor", ["nan_3", "inf_3", "-inf_3"])
def test_a_cursor_at_no_number_is_refused(library: Library, cursor: str) -> None:
    with pytest.raises(InvalidInput):
        library.find(ImageQuery(sort="rating"), limit=10, cursor=cursor)


@pytest.mark.parametrize(("cursor", "best"), [("1e38_9", 5), ("2.5_9", 2), ("-1_9", None)])
def test_a_cursor_between_ratings_goes_on_below_it(
    library: Library, cursor: str, best: int | None
) -> None:
    found = library.find(ImageQuery(sort="rating"), limit=200, cursor=cursor).images
    assert max((image.rating for image in found), default=None) == best


def test_a_cursor_of_another_order_is_refused(library: Library) -> None:
    cursor = library.find(ImageQuery(sort="rating"), limit=10).next
    with pytest.raises(InvalidInput):
        library.find(ImageQuery(), limit=10, cursor=cursor)


def test_words_with_quotes_operators_and_zero_bytes_never_reach_the_index_as_such(
    library: Library,
) -> None:
    for strange in ("a'b", "cat)", "(cat", "NEAR(cat", "cat:", "{prompt}:cat", "c\0at", "^cat"):
        found = library.find(parse_address(f"q={strange.replace('&', '%26')}"), limit=10)
        words = re.findall(r"[a-z]+", strange.lower())
        for record in found.images:  # the words alone counted, whatever stood around them
            assert all(word in record.request.prompt.lower() for word in words), strange


def test_marks_are_kept_and_found(library: Library) -> None:
    ids = library.ids(parse_address("q=cat"))[:3]
    changes = Changes(starred=True, rating=5, tags=("new tag", "Two"))
    assert set(library.change(ids, changes).ids) == set(ids)
    for record in library.records(ids):
        assert (record.starred, record.rating, record.tags) == (True, 5, ("Two", "new tag"))
    assert library.ids(parse_address("tag=new+tag")) == ids
    library.change(ids[:1], Changes(rating=0, starred=False, remove_tags=("Two",)))
    record = library.image(ids[0])
    assert record and (record.starred, record.rating, record.tags) == (False, 0, ("new tag",))


def test_all_that_match_can_be_tagged_at_once(library: Library) -> None:
    query = parse_address("q=cat")
    count = library.find(query, limit=1).total
    assert len(library.change(query, Changes(add_tags=("cats",))).ids) == count
    assert library.find(parse_address("tag=cats"), limit=1).total == count


def test_the_trash_can_be_undone_exactly(library: Library) -> None:
    before = library.ids(ImageQuery()), library.ids(ImageQuery(trash=True))
    act = library.change(parse_address("q=cat"), Changes(deleted=True))
    count = len(act.ids)
    assert count > 0
    assert len(library.ids(ImageQuery())) == len(before[0]) - count
    library.change(before[0][:5], Changes(deleted=True))  # later, and some of them a second time
    undone = library.trashed_at(act.moment)
    assert len(undone) == count
    library.change(undone, Changes(deleted=False))
    library.change(before[0][:5], Changes(deleted=False))
    assert (library.ids(ImageQuery()), library.ids(ImageQuery(trash=True))) == before


def test_only_what_is_in_the_trash_can_be_forgotten_and_its_words_go_with_it(
    library: Library,
) -> None:
    cats = library.ids(parse_address("q=cat"))
    library.change(cats[:2], Changes(deleted=True, add_tags=("gone",)))
    library.forget(cats)
    assert library.records(cats[:2]) == []
    assert library.ids(parse_address("q=cat")) == cats[2:]
    assert library.ids(parse_address("tag=gone&trash=1")) == []


def test_an_image_has_at_most_32_tags_and_nothing_is_changed_by_a_refusal(
    library: Library,
) -> None:
    (first, *_) = library.ids(ImageQuery())
    before = library.image(first)
    with pytest.raises(InvalidInput, match="at most 32 tags"):
        library.change([first], Changes(starred=True, add_tags=tuple(map(str, range(33)))))
    assert library.image(first) == before


def test_ids_that_are_not_there_are_passed_over(library: Library) -> None:
    (first, *_) = library.ids(ImageQuery())
    assert library.ids(["0" * 32, first, first]) == [first]
    assert library.change(["0" * 32], Changes(starred=True)).ids == []
    assert library.known([first, "0" * 32], ["0" * 64]) == {first}


def test_children_are_the_images_made_from_one(
    library: Library, engines: tuple[sa.Engine, sa.Engine]
) -> None:
    made = [r for r in everything(library) if r.origin is not None]
    parent = made[0].origin.image_id  # type: ignore[union-attr]
    children, count = Library(*engines).children(parent, 50)
    expected = {r.id for r in made if r.origin.image_id == parent and not r.deleted}  # type: ignore[union-attr]
    assert {r.id for r in children} == expected and count == len(expected)


def fresh(like: ImageRecord, number: int) -> ImageRecord:
    image_id = f"{number:032x}"
    return replace(like, id=image_id, run_id=image_id, deleted=None)
