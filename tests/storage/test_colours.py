"""Images found by colour, and by what they look like; against a plain look through all of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest
import sqlalchemy as sa

from backend.images.looks import ALIKE, COLOURS, LAYOUT_BYTES, Looks, bits_of, distances
from backend.library.counting import BLOCK
from backend.library.kept_looks import LIKE_MAX
from backend.library.library import Library
from backend.library.marks import Changes
from backend.library.query import ImageQuery, parse_address
from backend.storage import database
from backend.storage.tables import colour_sets, image_looks
from backend.types import ImageRecord
from tests.grown import grown_database
from tests.storage.queries import ORDERS, QUERIES, everything
from tests.storage.test_counting import asked

pytestmark = pytest.mark.wide

FEW, TIMES = 900, 10
SHARES = dict(
    zip(COLOURS, (0.1, 0.1, 0.05, 0.2, 0.4, 0.03, 0.002, 0.2, 0.3, 0.4, 0.2), strict=True)
)
ASKED = ("blue", "blue pink", "red green white")
WITH = ("", "q=cat", "q=cat+-fog", "q=-fog", "q=light*", "starred=1", "rated=4", "tag=sea")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of 9,000 images; some are in the trash, one in seven was not looked at."""
    path = grown_database(tmp_path_factory.mktemp("library"), FEW, TIMES)
    engine = database.open_engine(database.sqlite_url(path))
    library = Library(engine, engine)
    with engine.begin() as db:
        db.execute(image_looks.delete())
        db.execute(colour_sets.delete())
    every = [record.id for record in everything(library)]
    looked = [image_id for number, image_id in enumerate(every) if number % 7]
    for start in range(0, len(looked), 500):
        library.looks.keep({i: look_of(i) for i in looked[start : start + 500]})
    library.change(every[::71], Changes(deleted=True))
    engine.dispose()
    return path


def look_of(image_id: str) -> Looks:
    """Return made-up looks, the same for an id each time; some are nearly those of another one."""
    rng = Random(image_id)
    names = [name for name, share in SHARES.items() if rng.random() < share]
    family = Random(rng.randrange(40)).randbytes(LAYOUT_BYTES)
    layout = bytes(min(255, byte + rng.randrange(rng.choice((1, 30)))) for byte in family)
    return Looks(bits_of(names), layout)


def known(records: list[ImageRecord]) -> list[tuple[int, ImageRecord, Looks]]:
    """Return what is there and was looked at, with its place in the order of recording."""
    numbered = [(n, r, look_of(r.id)) for n, r in enumerate(records) if n % 7]
    return [(n, r, look) for n, r, look in numbered if r.deleted is None]


def colours_in(names: str) -> str:
    return "&".join(f"color={name}" for name in names.split())


@pytest.mark.parametrize("sort", ORDERS)
def test_colours_with_all_other_filters_find_what_a_look_through_all_finds(
    library: Library, sort: str
) -> None:
    there = known(everything(library))
    there.sort(key=lambda of: ORDERS[sort](of[0], of[1]))
    for names, address in itertools.product(ASKED, WITH):
        holds = QUERIES[address]
        bits = bits_of(names.split())
        wanted = [r.id for _, r, look in there if look.colours & bits == bits and holds(r)]
        query = parse_address("&".join(filter(None, [colours_in(names), address, f"sort={sort}"])))
        first = library.find(query, limit=60, fast=True)
        told = f"{names} {address}"
        assert [image.id for image in first.images] == wanted[:60], told
        if first.next:
            second = library.find(query, limit=60, cursor=first.next, fast=True)
            assert [image.id for image in second.images] == wanted[60:120], told
        for offset in {1, len(wanted) // 2, len(wanted)}:
            jump = library.find(query, limit=9, offset=offset, fast=True)
            assert [image.id for image in jump.images] == wanted[offset : offset + 9], told
        assert library.total(query) == len(wanted), told


def test_colours_are_found_in_the_trash_and_by_all_that_names_images(library: Library) -> None:
    records = everything(library)
    blue = bits_of(["blue"])
    gone = [
        r.id for n, r in enumerate(records) if n % 7 and r.deleted and look_of(r.id).colours & blue
    ]
    assert gone and library.ids(parse_address("color=blue&trash=1&sort=oldest")) == gone
    query = parse_address("color=pink&color=blue")
    wanted = library.ids(query)
    act = library.change(query, Changes(starred=True))
    assert wanted and set(act.ids) <= set(wanted)
    assert all(record.starred for record in library.records(wanted))


def looked_through(engines: tuple[sa.Engine, sa.Engine], query: ImageQuery) -> int:
    """Return how many rows of indexes and tables SQLite visits for a first page, about."""
    library, steps = Library(*engines), 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    with engines[1].connect() as connection:
        driver = connection.connection.driver_connection
    assert driver is not None
    library.total(query)  # which is kept
    driver.set_progress_handler(count, 1_000)
    try:
        library.find(query, limit=60, fast=True)
    finally:
        driver.set_progress_handler(None, 0)
    return steps


@pytest.mark.parametrize("names", ["blue", "pink", "blue pink", "purple yellow", "grey"])
def test_a_page_of_a_colour_common_or_rare_looks_at_few_images(
    engines: tuple[sa.Engine, sa.Engine], names: str
) -> None:
    every = looked_through(engines, parse_address("size=17x17"))  # which looks at all there are
    query = parse_address(colours_in(names))
    assert looked_through(engines, query) < every / 2


def test_a_count_is_taken_anew_where_images_were_looked_at_and_only_there(
    engines: tuple[sa.Engine, sa.Engine],
) -> None:
    library = Library(*engines)
    query = parse_address("color=blue")
    before = library.total(query)
    statements = asked(engines[1])
    assert library.total(query) == before
    assert not [values for text, values in statements if "count(" in text and "low" in str(text)]
    new = [record.id for record in everything(library)[7 * 100 : 7 * 103 : 7]]
    library.looks.keep(dict.fromkeys(new, Looks(bits_of(["blue"]), bytes(LAYOUT_BYTES))))
    statements.clear()
    added = sum(record.deleted is None for record in library.records(new))
    assert added and library.total(query) == before + added
    counted = [
        text for text, _ in statements if text.lstrip().startswith("SELECT count(images.seq)")
    ]
    assert len(counted) == 1 and BLOCK < FEW * TIMES  # of several blocks


def test_looks_are_kept_once_and_replaced_and_go_with_their_image(
    engines: tuple[sa.Engine, sa.Engine],
) -> None:
    library = Library(*engines)
    first, second = (record.id for record in everything(library)[-2:])
    red, blue = (Looks(bits_of([name]), bytes(LAYOUT_BYTES)) for name in ("red", "blue"))
    for look in (None, red, blue):
        library.looks.keep({first: look, "f" * 32: look})
        assert library.looks.has(first) and not library.looks.has("f" * 32)
    assert first in library.ids(parse_address("color=blue"))
    assert first not in library.ids(parse_address("color=red"))
    library.change([first], Changes(deleted=True))
    assert first not in library.ids(parse_address("color=blue"))
    with engines[1].begin() as db:
        rows = db.scalar(sa.select(sa.func.count()).select_from(image_looks)) or 0
        library.forget([first])
    with engines[1].begin() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(image_looks)) == rows - 1
    assert not library.looks.has(first) and second in library.ids(ImageQuery())
    library.looks.keep({})


def test_what_is_missing_is_told_from_the_newest_backward_in_small_parts(library: Library) -> None:
    records = everything(library)
    unknown = [record.id for number, record in enumerate(records) if not number % 7][::-1]
    parts = [*library.looks.missing(0, library.looks.newest())]
    assert [record.id for part in parts for record in part] == unknown
    assert max(map(len, parts)) <= 100 and [] in parts
    above = [record.id for part in library.looks.missing(8_000, 9_000) for record in part]
    assert above == [i for i in unknown if i in {record.id for record in records[8_000:]}]


# --- more like this ------------------------------------------------------------------------


def nearest(library: Library, image_id: str) -> list[str]:
    there = known(everything(library))
    layouts = np.array([[*look.layout] for *_, look in there], np.uint8)
    far = distances(layouts, look_of(image_id).layout)
    ordered = sorted((far[at], -n, r.id) for at, (n, r, _) in enumerate(there) if far[at] <= ALIKE)
    return [image_id for *_, image_id in ordered[:LIKE_MAX]]


def looked_at(library: Library) -> Iterator[ImageRecord]:
    return (record for number, record in enumerate(everything(library)) if number % 7)


def test_the_most_alike_come_first_as_a_list_with_pages_and_a_total(library: Library) -> None:
    image = next(looked_at(library))
    wanted = nearest(library, image.id)
    assert len(wanted) > 70 and wanted[0] == image.id
    query = parse_address(f"like={image.id}")
    first = library.find(query, limit=60, fast=True)
    assert [found.id for found in first.images] == wanted[:60]
    assert (first.total, first.total_is_least) == (len(wanted), False)
    second = library.find(query, limit=60, cursor=first.next)
    assert [found.id for found in second.images] == wanted[60:120]
    assert [found.id for found in library.find(query, limit=9, offset=50).images] == wanted[50:59]
    assert library.ids(query) == wanted and library.total(query) == len(wanted)


def test_likeness_goes_with_other_filters_and_orders(library: Library) -> None:
    image = next(looked_at(library))
    wanted = nearest(library, image.id)
    blue = [i for i in wanted if look_of(i).colours & bits_of(["blue"])]
    query = parse_address(f"like={image.id}&color=blue")
    assert 0 < len(blue) < len(wanted) and library.ids(query) == blue
    assert library.find(query, limit=1).total == len(blue)
    ordered = library.ids(parse_address(f"like={image.id}&sort=oldest"))
    assert sorted(ordered) == sorted(wanted) and ordered != wanted
    assert library.ids(parse_address(f"like={image.id}&trash=1")) == []


def test_likeness_follows_what_is_looked_at_deleted_and_recorded_anew(library: Library) -> None:
    image = next(looked_at(library))
    query = parse_address(f"like={image.id}")
    page = library.find(query, limit=60)
    library.change([page.images[1].id], Changes(deleted=True))
    after = library.find(query, limit=60)
    assert page.images[1].id not in {found.id for found in after.images}
    assert after.total in (page.total, page.total - 1)
    new = everything(library)[7].id
    assert new not in library.ids(query)
    library.looks.keep({new: look_of(image.id)})
    again = library.find(query, limit=2)
    assert {found.id for found in again.images} == {image.id, new}
    library.change([new], Changes(deleted=True))
    library.forget([new])
    assert new not in library.ids(query)


def test_nothing_is_like_an_image_that_is_gone_or_cannot_be_read(library: Library) -> None:
    image = next(looked_at(library))
    assert library.ids(parse_address("like=" + "f" * 32)) == []
    library.looks.keep({image.id: None})
    assert library.ids(parse_address(f"like={image.id}")) == []
    assert library.find(parse_address(f"like={image.id}"), limit=5).total == 0
