"""Looks through the studio: when an image is made, and of all that were there before, beside it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image

from backend.images.looks import COLOURS, bits_of, looks_of, names_of
from backend.library import gallery as gallery_module
from backend.library.kept_looks import KeptLooks
from backend.library.library import Library
from backend.library.marks import Changes
from backend.library.query import ImageQuery, parse_address
from backend.library.thumbnails import Thumbnails
from backend.storage.database import open_engine, open_reader, sqlite_url
from backend.storage.folder import LocalStore
from backend.storage.tables import colour_sets, image_looks
from backend.studio import Studio
from backend.types import ImageRecord
from backend.upkeep import looking
from tests.library import make
from tests.storage.conftest import OpenStudio, library_at, library_of
from tests.storage.test_studio import generate

COUNT = 120


@pytest.fixture(autouse=True)
def looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "QUIET_S", 0.0)
    monkeypatch.setattr(looking, "AGAIN_S", 0.05)
    monkeypatch.setattr(gallery_module, "ASKED_S", 0.0)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)


def unlooked(url: str) -> int:
    """Return how many images of a database nothing has looked at."""
    with library_at(url) as library:
        return count(library.looks)


def count(looks: KeptLooks) -> int:
    return sum(1 for part in [*looks.missing(0, looks.newest())] for _ in part)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The URL of the database that studios have."""
    return sqlite_url(tmp_path / "data" / "playground.db").render_as_string()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A data folder of 120 images that nothing has looked at yet."""
    return not_looked_at(tmp_path / "data")


def not_looked_at(data: Path) -> Path:
    """Make such a folder."""
    make(COUNT, data, with_files=40)
    engine = open_engine(sqlite_url(data / "playground.db"))
    with engine.begin() as db:
        db.execute(image_looks.delete())
        db.execute(colour_sets.delete())
    engine.dispose()
    return data


async def test_a_new_image_is_found_by_its_colours_once_its_thumbnail_is_made(
    open_studio: OpenStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "QUIET_S", 600.0)
    async with open_studio(api_url=None, api_key=None) as studio:
        record = (await generate(studio)).runs[0].record
        assert record is not None
        assert await studio.gallery.thumbnail(record.id)
        async with asyncio.timeout(30):
            while not await colours_of(studio):
                await asyncio.sleep(0.01)
        names = await colours_of(studio)  # they may have come between two questions
        thumbnail = await studio.gallery.thumbnail(record.id)
    assert thumbnail and names == names_of(looks_of(thumbnail).colours)


async def colours_of(studio: Studio) -> list[str]:
    found = [await studio.gallery.selected(None, f"color={name}") for name in COLOURS]
    return [name for name, ids in zip(COLOURS, found, strict=True) if ids]


async def test_all_that_was_there_before_is_looked_at_beside_the_program(
    open_studio: OpenStudio, old: Path, url: str
) -> None:
    async with open_studio() as studio:
        await until(lambda: unlooked(url) == 0)
        found: set[str] = set()
        for name in COLOURS:
            found |= set(await studio.gallery.selected(None, f"color={name}"))
        assert len(found) > COUNT * 0.9  # one picture in the library is of skin and sand


async def test_counts_follow_what_is_looked_at_meanwhile(
    open_studio: OpenStudio, old: Path, url: str
) -> None:
    async with open_studio() as studio:
        seen: list[int] = []
        async with asyncio.timeout(60):
            while not seen or unlooked(url):
                page = await studio.gallery.images(query=parse_address("color=white"), limit=1)
                seen.append(page.total)
        ids = await studio.gallery.selected(None, "color=white")
        page = await studio.gallery.images(query=parse_address("color=white"), limit=1)
        assert page.total == len(ids) and seen == sorted(seen)


@asynccontextmanager
async def looker(
    data: Path, url: str, busy: Callable[[], bool] = lambda: False
) -> AsyncIterator[tuple[looking.Looker, KeptLooks]]:
    """A looker alone on a data folder."""
    engine, reader = open_engine(url), open_reader(url)
    store = LocalStore(data)
    looks = Library(engine, reader).looks
    one = looking.Looker(looks, Thumbnails(store.files, looks, None), busy)  # type: ignore[arg-type]
    one.begin()
    try:
        yield one, looks
    finally:
        await asyncio.to_thread(one.close)
        store.close()
        reader.dispose()
        engine.dispose()


async def test_it_ends_soon_and_a_later_start_goes_on_where_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    made: list[str] = []
    first = threading.Event()
    plain = Thumbnails.looks

    def noted(self: Thumbnails, record: ImageRecord) -> object:
        made.append(record.id)
        if len(made) == 5:
            first.set()
        return plain(self, record)

    monkeypatch.setattr(Thumbnails, "looks", noted)
    async with looker(old, url):
        await asyncio.to_thread(first.wait, 30)
    once = len(made)
    assert 5 <= once < COUNT  # what was looked at is kept, though the part was not full
    async with looker(old, url) as (_, looks):
        await until(lambda: count(looks) == 0)
    assert sorted(made) == sorted(set(made)) and len(made) == COUNT


async def test_it_waits_while_there_is_something_to_do(
    old: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    busy, looked_at = threading.Event(), threading.Event()
    busy.set()
    plain = Thumbnails.looks

    def noted(self: Thumbnails, record: ImageRecord) -> object:
        looked_at.set()
        return plain(self, record)

    monkeypatch.setattr(Thumbnails, "looks", noted)
    async with looker(old, url, busy.is_set) as (_, looks):
        assert not await asyncio.to_thread(looked_at.wait, 0.5)
        busy.clear()
        await until(lambda: count(looks) == 0)


async def test_it_ends_while_it_waits(old: Path, url: str) -> None:
    async with looker(old, url, lambda: True) as (one, looks):
        await asyncio.sleep(0.05)
        async with asyncio.timeout(20):
            await asyncio.to_thread(one.close)
        assert count(looks) == COUNT


async def test_what_cannot_be_read_is_asked_once_and_what_is_not_there_again(
    old: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    with library_at(url) as library:
        newest = [record for part in library.looks.missing(0, COUNT) for record in part][:2]
    store = LocalStore(old)
    damaged, away = (store.files.path(record) for record in newest)
    store.close()
    for record in newest:
        (old / "thumbs" / record.id[:2] / f"{record.id}.webp").unlink()
    damaged.write_bytes(damaged.read_bytes()[:300])
    content = away.read_bytes()
    away.unlink()
    asked: list[str] = []
    plain = Thumbnails.looks

    def noted(self: Thumbnails, record: ImageRecord) -> object:
        asked.append(record.id)
        return plain(self, record)

    monkeypatch.setattr(Thumbnails, "looks", noted)
    async with looker(old, url) as (_, looks):
        await until(lambda: count(looks) == 1)
        await asyncio.sleep(0.2)
        assert len(asked) == COUNT  # of the same start none is asked for twice
        assert looks.has(newest[0].id) and not looks.has(newest[1].id)
    away.write_bytes(content)
    async with looker(old, url) as (_, looks):
        await until(lambda: count(looks) == 0)
    assert asked[COUNT:] == [newest[1].id]


async def test_images_taken_in_later_are_looked_at_too(old: Path, url: str) -> None:
    async with looker(old, url) as (_, looks):
        await until(lambda: count(looks) == 0)
        with library_at(url) as library:
            first = library.find(ImageQuery(), limit=1).images[0]
            copied = ImageRecord(
                **{name: getattr(first, name) for name in first.__slots__}
                | {"id": "a" * 32, "run_id": "a" * 32}
            )
            library.add(copied, None)
            store_path = old / "images" / first.created.strftime("%Y-%m-%d")
            source = next(store_path.glob(f"{first.id}*"))
            source.with_name(source.name.replace(first.id, copied.id)).write_bytes(
                source.read_bytes()
            )
        await until(lambda: looks.has("a" * 32))


async def test_a_database_made_anew_from_the_files_gets_them_again(
    open_studio: OpenStudio, tmp_path: Path, url: str
) -> None:
    data = tmp_path / "data"
    async with open_studio(api_url=None, api_key=None) as studio:
        for seed in (1, 2):
            await generate(studio, seed=seed)
        await until(lambda: unlooked(url) == 0)
        before = [await studio.gallery.selected(None, f"color={c}") for c in ("blue", "grey")]
    (data / "playground.db").unlink()
    async with open_studio(api_url=None, api_key=None) as studio:
        await until(lambda: unlooked(url) == 0)
        after = [await studio.gallery.selected(None, f"color={c}") for c in ("blue", "grey")]
        assert [sorted(ids) for ids in after] == [sorted(ids) for ids in before]
        some = (await studio.gallery.images()).images[0]
        assert some.id not in {image.id for image in await studio.gallery.like(some.id, 5)}


# --- more like this --------------------------------------------------------------------------


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(looking, "QUIET_S", 600.0)
    yield


@pytest.mark.usefixtures("quiet")
async def test_an_image_that_nothing_has_looked_at_is_looked_at_when_asked(
    open_studio: OpenStudio, old: Path, url: str
) -> None:
    async with open_studio() as studio:
        gallery = studio.gallery
        first, second, *_ = (await gallery.images()).images
        assert await gallery.like(first.id, 5) == []
        assert await gallery.selected(None, f"like={first.id}") == [first.id]
        await gallery.selected(None, f"like={second.id}")
        assert unlooked(url) == COUNT - 2
        assert await gallery.like("f" * 32, 5) == []


async def test_marks_go_to_all_that_look_alike(
    open_studio: OpenStudio, old: Path, url: str
) -> None:
    async with open_studio() as studio:
        await until(lambda: unlooked(url) == 0)
        gallery = studio.gallery
        first = (await gallery.images()).images[0]
        alike = await gallery.selected(None, f"like={first.id}")
        assert alike[0] == first.id and len(alike) > 3  # its picture is that of others
        act = await gallery.change(parse_address(f"like={first.id}"), Changes(deleted=True))
        assert sorted(act.ids) == sorted(alike)
        assert not set(alike) & {image.id for image in await gallery.like(first.id, 200)}


def test_a_colour_of_a_plain_picture_is_found_through_its_thumbnail(tmp_path: Path) -> None:
    data = tmp_path / "data"
    make(3, data, with_files=3)
    with library_of(data) as library:
        record = library.find(ImageQuery(), limit=1).images[0]
        store = LocalStore(data)
        thumbnails = Thumbnails(store.files, library.looks, None)  # type: ignore[arg-type]
        Image.new("RGB", (200, 200), (20, 60, 230)).save(store.files.path(record), "PNG")
        store.files.drop_thumbs([record.id])
        found = thumbnails.looks(record)
        store.close()
        assert found is not None and found.colours == bits_of(["blue"])
        library.looks.keep({record.id: found})
        assert library.ids(parse_address("color=blue"))[:1] == [record.id]
