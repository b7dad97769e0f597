"""Image files in the data folder and in an object store: the same promises, each on real ones."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import obstore
import pytest

from backend.errors import BadAnswer, SettingsError
from backend.storage.folder import LocalStore
from backend.storage.image_files.base import ImageFiles
from backend.storage.image_files.disk_cache import DiskCache
from backend.storage.image_files.names import name_of
from backend.storage.image_files.objects import ObjectFiles
from backend.storage.image_files.opening import open_store
from backend.storage.image_files.store_url import read_store_url
from backend.storage.image_files.trouble import Kind, StoreTrouble
from backend.types import ImageRecord
from tests.cluster.programs import ROOT
from tests.cluster.servers import STORE_SECRET, ObjectStore, free_ports
from tests.unit.image_files import record as some_record

DATA = b"the bytes of an image" * 1000


@pytest.fixture
def open_files(store_url: str, tmp_path: Path) -> Iterator[Callable[..., ObjectFiles]]:
    """Return a function that opens a store of this test's own; each has a cache of its own."""
    opened: list[ObjectFiles] = []

    def opens(**changes: str) -> ObjectFiles:
        url = read_store_url(store_url)
        opened.append(open_store(replace(url, **changes), tmp_path / f"cache-{len(opened)}"))
        return opened[-1]

    yield opens
    for files in opened:
        files.close()


@pytest.fixture(params=["folder", "store"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ImageFiles]:
    if request.param == "store":
        yield request.getfixturevalue("open_files")()
        return
    folder = LocalStore(tmp_path / "data")
    yield folder.files
    folder.close()


def made(number: int, day: int = 3) -> ImageRecord:
    moment = datetime(2026, 11, day, 4, 5, 6, 789_012, tzinfo=UTC)
    image_id = f"{number:032x}"
    return replace(some_record(), id=image_id, run_id=image_id, created=moment)


def test_a_stored_file_is_read_as_it_was_put_and_is_there(files: ImageFiles) -> None:
    record = made(1)
    assert not files.has(record)
    with pytest.raises(FileNotFoundError):
        files.read(record)
    with pytest.raises(FileNotFoundError):
        files.read_named(name_of(record))
    files.put(record, DATA)
    assert files.has(record) and files.read(record) == DATA == files.at_hand(record).read_bytes()
    assert files.read_named(name_of(record)) == DATA


def test_what_a_check_refuses_is_not_stored(files: ImageFiles) -> None:
    def refuse() -> None:
        raise BadAnswer("The image is damaged.")

    with pytest.raises(BadAnswer, match="damaged"):
        files.put(made(1), DATA, refuse)
    assert not files.has(made(1)) and files.every_name() == set()


def test_files_are_listed_by_their_days_oldest_first(files: ImageFiles) -> None:
    records = [made(1, day=20), made(2, day=3), made(3, day=3)]
    for record in records:
        files.put(record, DATA)
    assert files.days() == ["2026-11-03", "2026-11-20"]
    names = [name_of(made(2)), name_of(made(3)), name_of(made(1, day=20))]
    assert list(files.names()) == names and files.every_name() == set(names)
    assert files.names_of("2026-11-04") == []
    assert files.ids_of("2026-11-03") == {made(n).id: name_of(made(n)) for n in (2, 3)}


def test_what_is_removed_is_gone_with_its_thumbnail_and_once_more_is_fine(
    files: ImageFiles,
) -> None:
    record, other = made(1), made(2)
    for one in (record, other):
        files.put(one, DATA)
        files.put_thumb(one.id, b"small")
    files.remove([record])
    files.remove([record, made(9)])
    files.drop_thumbs([made(9).id])
    assert not files.has(record) and files.thumb(record.id) is None
    with pytest.raises(FileNotFoundError):
        files.read(record)
    assert files.has(other) and files.thumb(other.id) == b"small"


def test_another_programs_file_keeps_its_time(files: ImageFiles) -> None:
    record = files.put_dated(made(1), DATA)
    assert record == made(1) and files.time_of(name_of(record)) == record.created


def test_an_image_put_by_one_machine_is_read_by_another(
    open_files: Callable[..., ObjectFiles],
) -> None:
    one, other = open_files(), open_files()
    one.put(made(1), DATA)
    one.put_thumb(made(1).id, b"small")
    assert other.at_once(made(1)) is None and other.has(made(1))
    path = other.at_hand(made(1))
    assert path.read_bytes() == DATA and other.at_once(made(1)) == path
    assert other.thumb(made(1).id) == b"small"
    deadline = time.monotonic() + 5
    while one.at_once(made(1)) is None:  # its own copy is made beside
        assert time.monotonic() < deadline
        time.sleep(0.01)
    mine = one.at_once(made(1))
    assert mine is not None and mine.stat().st_mtime_ns == path.stat().st_mtime_ns
    # What is gone leaves the other's disk once it is told.
    one.remove([made(1)])
    assert other.copies() == {made(1).id}
    other.drop_copies([made(1).id])
    assert not path.exists() and other.copies() == set() and other.thumb(made(1).id) is None


def test_two_prefixes_of_a_bucket_are_two_stores(open_files: Callable[..., ObjectFiles]) -> None:
    one, other = open_files(), open_files(prefix=secrets.token_hex(8))
    one.put(made(1), DATA)
    assert list(other.names()) == [] and not other.has(made(1))


def test_a_large_file_is_taken_whole(open_files: Callable[..., ObjectFiles]) -> None:
    files, data = open_files(), os.urandom(12_000_000)
    files.put(made(1), data)
    assert files.read_named(name_of(made(1))) == data


def test_a_cache_of_bounded_size_lets_the_oldest_go(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, max_bytes=3_000)
    moment = datetime(2026, 11, 3, tzinfo=UTC)
    for name in ("a", "b", "c"):
        assert cache.keep(f"images/{name}", bytes(1000), moment) is not None
    assert cache.path("images/a") is not None  # used once more
    cache.keep("images/d", bytes(1000), moment)
    assert sorted(cache.names()) == ["images/a", "images/c", "images/d"]
    assert sorted(path.name for path in (tmp_path / "images").iterdir()) == ["a", "c", "d"]
    again = DiskCache(tmp_path, max_bytes=2_000)  # a later start, with less room
    again.keep("images/e", bytes(1000), moment)
    assert len(again.names()) == 2 and "images/e" in again.names()
    (tmp_path / "images" / "e").unlink()  # cleared by hand
    assert again.path("images/e") is None and "images/e" not in again.names()


# What can be wrong


def refusal(url: str) -> str:
    with pytest.raises(SettingsError) as refused:
        open_store(read_store_url(url))
    assert STORE_SECRET not in repr(refused.value) + str(refused.getrepr(style="long"))
    return str(refused.value)


def test_a_bucket_that_is_missing_is_one_sentence(
    store_server: ObjectStore, store_url: str
) -> None:
    said = refusal(store_server.url(bucket="nowhere"))
    assert "has no such bucket" in said and "\n" not in said


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"])
def test_a_wrong_key_is_one_sentence_without_it(
    store_server: ObjectStore, store_url: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "hush-hush-hush")
    said = refusal(store_server.url())
    assert "does not accept the key" in said and "hush" not in said and "\n" not in said


def test_an_address_where_nobody_listens_is_one_sentence(store_url: str) -> None:
    (port,) = free_ports(1)
    started = time.monotonic()
    said = refusal(f"s3://images?endpoint=http://127.0.0.1:{port}")
    assert "cannot be reached" in said and "\n" not in said and time.monotonic() - started < 8


def test_a_frozen_store_is_said_in_time_and_nobody_waits_for_it_twice(
    store_server: ObjectStore, open_files: Callable[..., ObjectFiles]
) -> None:
    files = open_files()
    files.put(made(1), DATA)
    store_server.freeze()
    try:
        started = time.monotonic()
        with pytest.raises(StoreTrouble) as trouble:
            files.read_named(name_of(made(1)))
        assert trouble.value.kind is Kind.SLOW and time.monotonic() - started < 13
        started = time.monotonic()
        for ask in (
            lambda: files.thumb(made(1).id),
            lambda: files.read_named(name_of(made(2))),
            files.check_takes,
            files.days,
        ):
            with pytest.raises(StoreTrouble):
                ask()
        assert files.has(made(2))  # nobody knows better
        assert time.monotonic() - started < 1
    finally:
        store_server.thaw()
    deadline = time.monotonic() + 10
    while True:
        try:
            files.check_takes()
            break
        except StoreTrouble:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert files.read_named(name_of(made(1))) == DATA


def test_whether_a_file_is_there_is_not_waited_for_long(
    store_server: ObjectStore, open_files: Callable[..., ObjectFiles]
) -> None:
    files = open_files()
    store_server.freeze()
    try:
        started = time.monotonic()
        assert files.has(made(1)) and files.has(made(2))
        assert time.monotonic() - started < 2
    finally:
        store_server.thaw()


def test_an_object_far_too_large_is_not_read(
    store_server: ObjectStore,
    open_files: Callable[..., ObjectFiles],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = open_files()
    files.put(made(1), DATA)
    monkeypatch.setattr("backend.storage.image_files.store_client.FILE_MAX_BYTES", 1000)
    with pytest.raises(OSError, match="too large"):
        files.read_named(name_of(made(1)))


def test_the_secret_is_in_no_repr(store_server: ObjectStore, store_url: str) -> None:
    files = open_store(read_store_url(store_server.url("x")))
    assert STORE_SECRET not in repr(vars(files)) + repr(files)
    obstore.delete(store_server.client(), "x/.ready")
    files.close()


def test_without_the_stores_package_it_is_said_how_to_get_it() -> None:
    program = (
        "import sys\n"
        "sys.modules['obstore'] = None\n"
        "from backend.errors import SettingsError\n"
        "from backend.storage.image_files.opening import open_store\n"
        "from backend.storage.image_files.store_url import read_store_url\n"
        "try: open_store(read_store_url('s3://images'))\n"
        "except SettingsError as error: print(error)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert told.stderr == "" and told.stdout.count("\n") == 1
    assert "pip install -r requirements-cluster.txt" in told.stdout
