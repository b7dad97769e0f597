"""The whole studio on PostgreSQL and an object store: what is stored, what a dead store stops."""

from __future__ import annotations

import asyncio
import io
import signal
import time
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.errors import SettingsError
from backend.exchange.archive import Entry, zip_stream
from backend.generation.jobs import Job
from backend.library.library import Library
from backend.library.marks import Changes
from backend.library.query import ImageQuery
from backend.settings.load import Settings
from backend.storage.image_files.names import name_of
from backend.storage.image_files.opening import open_store
from backend.storage.image_files.store_client import PROBE_EVERY_S
from backend.storage.image_files.store_url import read_store_url
from backend.storage.image_files.trouble import StoreTrouble
from backend.studio import Studio
from backend.terminal import run_backup, run_import, run_rebuild, run_verify
from backend.types import ImageRecord, RunState
from backend.upkeep.readiness import KEPT_S
from backend.upkeep.rebuild import open_server
from backend.upkeep.refill import Refilled, take_up_all
from tests.cluster.programs import KEY, Machine
from tests.cluster.servers import ObjectStore, Postgres
from tests.http.faults import FaultServer, good, held, png
from tests.storage.clock import until
from tests.storage.conftest import FLUX

Opens = Callable[..., AbstractAsyncContextManager[Studio]]


@pytest.fixture
async def platform() -> AsyncIterator[FaultServer]:
    async with FaultServer() as server:
        yield server


@pytest.fixture
def settings(database_url: str, store_url: str, platform: FaultServer, tmp_path: Path) -> Settings:
    return Settings(
        tmp_path / "one" / "data",
        tmp_path / ".env",
        api_url=platform.base_url,
        api_key=KEY,
        database_url=database_url,
        store_url=read_store_url(store_url),
        timeout_s=20.0,
    )


@pytest.fixture
def open_studio(settings: Settings, tmp_path: Path) -> Opens:
    """Return a function that opens a studio; another `name` has a data folder of its own."""

    @asynccontextmanager
    async def opened(name: str = "one") -> AsyncIterator[Studio]:
        async with Studio(replace(settings, data_dir=tmp_path / name / "data")) as studio:
            yield studio

    return opened


async def asked(studio: Studio, *seeds: int) -> list[Job]:
    return [
        await studio.submit(
            studio.prepare(FLUX, {"prompt": f"a cat {seed}", "seed": seed}, 1), owner="me"
        )
        for seed in seeds
    ]


async def made(studio: Studio, *seeds: int) -> list[ImageRecord]:
    records = []
    for job in await asked(studio, *seeds):
        (run,) = await job.wait()
        assert run.state is RunState.SAVED and run.record is not None, run.error
        records.append(run.record)
    return records


def spooled(data: Path) -> list[Path]:
    return list((data / "spool").iterdir())


async def test_all_of_the_library_works_on_a_store(
    open_studio: Opens, settings: Settings, tmp_path: Path
) -> None:
    async with open_studio() as studio, open_studio("two") as other:
        first, second = await made(studio, 1, 2)
        await until(lambda: spooled(settings.data_dir) == [])
        assert list((settings.data_dir / "images").iterdir()) == []

        # Served, small and whole, by whichever machine.
        for one in (studio, other):
            found = await one.gallery.image_file(first.id)
            assert found is not None and found[1] == "image/png"
            assert found[0].read_bytes() == one.gallery.image_bytes(first)
            thumb = await one.gallery.thumbnail(first.id)
            assert thumb is not None and thumb[8:12] == b"WEBP"

        # Answered from what another machine has made; nothing is sent for it.
        again = await other.submit(other.prepare(FLUX, {"prompt": "a cat 1", "seed": 1}, 1))
        (run,) = await again.wait()
        assert run.record is not None and run.record.cached and run.record.id == first.id

        # Taken out, and compared.
        records = await other.gallery.records([first.id, second.id])
        whole = b"".join(
            zip_stream(
                Entry(record, lambda record=record: other.gallery.image_bytes(record))  # type: ignore[misc]
                for record in records
            )
        )
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            names = archive.namelist()
            assert archive.testzip() is None and "missing.txt" not in names and len(names) == 4
        assert (await other.gallery.difference(first, second)).verdict == "identical"

        # Forgotten for good: from the store and from both disks.
        await studio.gallery.change([first.id], Changes(deleted=True))
        done = await studio.gallery.forget([first.id], in_trash=True)
        assert done.images == 1
        assert await other.gallery.image_file(first.id) is None
        assert [p for p in (tmp_path / "two").rglob(f"{first.id}*") if "cache" in p.parts]
        await other.gallery.let_gone_go()
        assert await other.gallery.thumbnail(first.id) is None
        for data in (settings.data_dir, tmp_path / "two"):
            assert not list(data.rglob(f"{first.id}*"))
        with pytest.raises(FileNotFoundError):
            studio.gallery.image_bytes(first)

        # The trash is emptied, too.
        (third,) = await made(studio, 3)
        await studio.gallery.change([third.id], Changes(deleted=True))
        assert await studio.gallery.empty_trash() == 1
        assert [r.id for r in (await other.gallery.images(query=ImageQuery())).images] == [
            second.id
        ]

    told = io.StringIO()
    assert run_verify(settings, told) == 0, told.getvalue()
    assert "1 image in s3://" in told.getvalue()


async def test_answers_that_arrive_while_the_store_is_frozen_are_stored_once_it_is_back(
    open_studio: Opens, settings: Settings, platform: FaultServer, store_server: ObjectStore
) -> None:
    platform.script(*[held(good(png(256, 256, noise=True))) for _ in range(4)])
    async with open_studio() as studio:
        jobs = await asked(studio, 1, 2, 3, 4)
        await until(lambda: platform.posts == 4)
        store_server.freeze()
        try:
            platform.release()
            await _wait_for(lambda: all("store cannot take it" in told(job) for job in jobs), 15)
            assert {job.runs[0].state for job in jobs} == {RunState.SENT}
            assert len(spooled(settings.data_dir)) == 4

            # Nothing new is sent meanwhile, and it is said why, each time, without a wait.
            for seed in (5, 6, 7):
                (job,) = await asked(studio, seed)
                started = time.monotonic()
                (run,) = await job.wait()
                assert run.state is RunState.FAILED and run.error is not None
                assert "image store does not answer in time" in run.error.message
                assert "Nothing was sent" in run.error.message
                assert time.monotonic() - started < 12
            assert platform.posts == 4
            assert all(job.runs[0].state is RunState.SENT for job in jobs)
        finally:
            store_server.thaw()
        returned = time.monotonic()
        ended = await asyncio.wait_for(asyncio.gather(*(job.wait() for job in jobs)), 20)
        took_s = time.monotonic() - returned
        assert all(run.state is RunState.SAVED for (run,) in ended)
        assert took_s < 10, took_s
        await until(lambda: spooled(settings.data_dir) == [])
        for (run,) in ended:
            assert run.record is not None and studio.gallery.image_bytes(run.record)
        await made(studio, 5)
        assert platform.posts == 5


async def test_a_picture_that_is_none_stays_in_no_store(
    open_studio: Opens, settings: Settings, platform: FaultServer
) -> None:
    bad = bytearray(png(256, 256, noise=True))
    bad[bad.index(b"IDAT") + 5000] ^= 0xFF
    platform.script(good(bytes(bad)))
    async with open_studio() as studio:
        (job,) = await asked(studio, 1)
        (run,) = await job.wait()
        assert run.state is RunState.UNKNOWN and "damaged" in str(run.error), run.error
    assert settings.store_url is not None
    files = open_store(settings.store_url)
    assert files.every_name() == set()
    files.close()
    assert len(list((settings.data_dir / "unfinished").iterdir())) == 1


async def test_a_store_that_is_gone_for_long_loses_nothing_over_a_restart(
    open_studio: Opens, settings: Settings, platform: FaultServer, store_server: ObjectStore
) -> None:
    platform.script(held(good()))
    async with open_studio() as studio:
        (job,) = await asked(studio, 1)
        await until(lambda: platform.posts == 1)
        store_server.kill()
        platform.release()
        await _wait_for(lambda: "store cannot take it" in told(job), 15)
        started = time.monotonic()
    assert time.monotonic() - started < 15  # the program ends although the store is away
    (run,) = await job.wait()
    assert run.state is RunState.UNKNOWN and run.error is not None
    assert "kept and stored at the next start" in run.error.message
    assert len(spooled(settings.data_dir)) == 1
    store_server.start()
    async with open_studio() as studio:
        assert spooled(settings.data_dir) == []
        page = await studio.gallery.images()
        assert [record.id for record in page.images] == [run.id]
        assert studio.gallery.image_bytes(page.images[0])
    assert platform.posts == 1


@pytest.mark.wide
async def test_a_machine_killed_while_the_store_is_away_stores_at_its_next_start(
    settings: Settings,
    store_url: str,
    platform: FaultServer,
    store_server: ObjectStore,
    tmp_path: Path,
) -> None:
    platform.script(held(good()))
    assert settings.database_url is not None
    environ = {
        "PLAYGROUND_DATABASE_URL": settings.database_url,
        "PLAYGROUND_STORE_URL": store_url,
        "SENTRY_BLOCK_API_URL": platform.base_url,
        "SENTRY_BLOCK_API_KEY": KEY,
        **store_server.environ,
    }
    machine = Machine(tmp_path / "m", environ)
    try:
        await asyncio.to_thread(machine.wait_until_ready)
        body = {"model": FLUX, "prompt": "a cat", "seed": 1}
        async with httpx.AsyncClient(timeout=30) as client:
            asking = asyncio.create_task(client.post(f"{machine.url}/api/generate", json=body))
            await _wait_for(lambda: platform.posts == 1, 20)
            store_server.freeze()
            platform.release()
            await _wait_for(lambda: len(spooled(machine.data)) == 1, 10)
            await asyncio.sleep(1)
            machine.send(signal.SIGKILL)
            with pytest.raises(httpx.TransportError):
                await asking
    finally:
        store_server.thaw()
        machine.close()
    assert store_server.environ["AWS_SECRET_ACCESS_KEY"] not in machine.told
    machine = Machine(tmp_path / "m", environ)
    try:
        await asyncio.to_thread(machine.wait_until_ready)
        page = await asyncio.to_thread(machine.get, "/api/images")
        assert page["total"] == 1 and spooled(machine.data) == []
        image = page["images"][0]["id"]
        async with httpx.AsyncClient(base_url=machine.url) as client:
            await _served(client, image)
            ready = await client.get("/readyz")
            assert ready.status_code == 200 and ready.json()["store"] == "ok", ready.text
            store_server.freeze()
            try:
                await asyncio.sleep(KEPT_S + 0.2)  # so long it may be answered from memory
                ready = await client.get("/readyz", timeout=15)
                assert ready.status_code == 503 and ready.json()["store"] != "ok"
            finally:
                store_server.thaw()
    finally:
        machine.close()
    assert platform.posts == 1


async def _served(client: httpx.AsyncClient, image: str) -> None:
    """An image is served as from a folder: for ever, in parts, and nothing where nothing is new."""
    whole = await client.get(f"/images/{image}")
    assert whole.status_code == 200 and "immutable" in whole.headers["cache-control"]
    part = await client.get(f"/images/{image}", headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.content == whole.content[10:20]
    known = {"If-None-Match": whole.headers["etag"]}
    assert (await client.get(f"/images/{image}", headers=known)).status_code == 304
    small = await client.get(f"/thumbs/{image}")
    assert small.status_code == 200 and small.headers["content-type"] == "image/webp"


async def test_an_image_that_cannot_be_had_now_is_not_called_missing(
    open_studio: Opens, store_server: ObjectStore
) -> None:
    async with open_studio() as studio:
        (record,) = await made(studio, 1)
    async with open_studio("two") as other:
        store_server.freeze()
        try:
            started = time.monotonic()
            asking = [asyncio.create_task(other.gallery.thumbnail(record.id)) for _ in range(4)]
            await asyncio.sleep(0.2)
            page = await asyncio.wait_for(other.gallery.images(), 2)  # all else goes on
            assert page.total == 1
            for small in await asyncio.gather(*asking, return_exceptions=True):
                assert type(small).__name__ == "StoreTrouble", small
            answers = await asyncio.gather(
                *(other.gallery.image_file(record.id) for _ in range(20)), return_exceptions=True
            )
            assert {type(answer).__name__ for answer in answers} == {"StoreTrouble"}
            with pytest.raises(OSError, match="does not answer in time"):
                await other.gallery.thumbnail(record.id)
            assert time.monotonic() - started < 30
        finally:
            store_server.thaw()
        await asyncio.sleep(PROBE_EVERY_S + 0.5)
        assert (await other.gallery.image_file(record.id)) is not None


async def test_folders_of_images_are_taken_into_the_store(
    settings: Settings, open_studio: Opens, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.png").write_bytes(png(40, 40))
    for expected in ("1 imported", "0 imported, 1 already there"):
        out = io.StringIO()
        assert run_import(settings, [tmp_path / "mine"], out) == 0
        assert expected in out.getvalue(), out.getvalue()
    assert settings.store_url is not None
    files = open_store(settings.store_url)
    async with open_studio() as studio:
        (record,) = (await studio.gallery.images()).images
        assert files.read_named(name_of(record)) == png(40, 40)
        assert files.time_of(name_of(record)) == record.created
    files.close()


async def test_a_backup_copies_what_is_missing_and_a_lost_database_is_made_anew_from_the_store(
    settings: Settings, open_studio: Opens, postgres_server: Postgres, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.png").write_bytes(png(40, 40))
    assert run_import(settings, [tmp_path / "mine"], io.StringIO()) == 0
    async with open_studio() as studio:
        records = await made(studio, 1, 2)
        before = {r.id: r for r in (await studio.gallery.images()).images}
        assert len(before) == 3

    folder = tmp_path / "backup"
    for expected in ("3 images copied", "0 images copied"):
        out = io.StringIO()
        assert run_backup(settings, folder, out) == 0
        assert expected in out.getvalue(), out.getvalue()
        assert "pg_dump" in out.getvalue()
    copies = {path.stem: path for path in (folder / "images").rglob("*.png")}
    assert copies.keys() == before.keys()
    assert all(sha256(copies[i].read_bytes()).hexdigest() == before[i].sha256 for i in copies)
    copies[records[0].id].unlink()  # what is missing comes back, and nothing else is written
    kept = copies[records[1].id].stat()
    out = io.StringIO()
    assert run_backup(settings, folder, out) == 0 and "1 image copied" in out.getvalue()
    assert copies[records[1].id].stat() == kept

    fresh = replace(settings, database_url=postgres_server.create())
    for expected in ("3 images recorded, 0 known", "0 images recorded, 3 known"):
        out = io.StringIO()
        assert run_rebuild(fresh, out) == 0
        assert expected in out.getvalue(), out.getvalue()
    async with Studio(replace(fresh, data_dir=tmp_path / "three")) as studio:
        after = {r.id: r for r in (await studio.gallery.images()).images}
    assert after == before
    assert run_verify(fresh, io.StringIO()) == 0
    assert fresh.database_url is not None
    postgres_server.drop(fresh.database_url)


def test_backup_and_rebuild_are_for_a_store_alone(tmp_path: Path) -> None:
    alone = Settings(tmp_path / "data", tmp_path / ".env")
    with pytest.raises(SettingsError, match="PLAYGROUND_STORE_URL is not set"):
        run_backup(alone, tmp_path / "backup", io.StringIO())
    with pytest.raises(SettingsError, match="PLAYGROUND_STORE_URL is not set"):
        run_rebuild(alone, io.StringIO())


async def test_a_store_that_goes_away_ends_a_rebuild_and_leaves_nothing_out(
    settings: Settings,
    open_studio: Opens,
    store_server: ObjectStore,
    postgres_server: Postgres,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_studio() as studio:
        await made(studio, 1)
    assert settings.store_url is not None
    files, fresh = open_store(settings.store_url), postgres_server.create()
    engine, reader = open_server(fresh)
    try:
        library = Library(engine, reader)
        read = files.read_named

        def freezing(name: str) -> bytes:
            store_server.freeze()
            time.sleep(0.3)  # until each of its threads has stopped
            return read(name)

        try:
            with monkeypatch.context() as patch, pytest.raises(StoreTrouble):
                patch.setattr(files, "read_named", freezing)  # once its days are listed
                list(take_up_all(engine, library, files))
        finally:
            store_server.thaw()
        await asyncio.sleep(PROBE_EVERY_S + 0.5)
        assert list(take_up_all(engine, library, files)) == [(Refilled(1, 0), 0)]
    finally:
        files.close()
        reader.dispose()
        engine.dispose()
        postgres_server.drop(fresh)


def told(job: Job) -> str:
    return str(job.runs[0].waits_for)


async def _wait_for(condition: Callable[[], Any], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        await asyncio.sleep(0.02)
