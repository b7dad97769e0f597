"""Exports as a browser asks for them: a form post, answered with a download or a clear no."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.middleware import Middleware

from backend.errors import InvalidInput
from backend.types import ImageRecord
from tests.ui.described import Described
from tests.ui.fake_studio import FLUX, FakeGallery, FakeStudio
from tests.ui.serving import served
from ui.door.guard import Guard
from ui.routes.export import BATCH, export_routes
from ui.routes.schema import DescribedApp

BROWSER = {"Sec-Fetch-Mode": "navigate", "Accept": "text/html"}


class Gallery(FakeGallery):
    """Counts how many records are asked for at a time, and on which thread files are found."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.batches: list[int] = []
        self.threads: set[int] = set()

    async def selected(self, ids: Sequence[str] | None, query: str | None) -> list[str]:
        if query == "rated=9":
            raise InvalidInput("The rating is out of range.", "Ask for 1 to 5.", field="rated")
        found = list(self.stored)[::-1]
        return found if ids is None else [i for i in ids if i in self.stored]

    async def records(self, ids: Sequence[str]) -> list[ImageRecord]:
        self.batches.append(len(ids))
        return [self.stored[i] for i in ids]

    def image_bytes(self, record: ImageRecord) -> bytes:
        self.threads.add(threading.get_ident())
        return super().image_bytes(record)


class Studio(FakeStudio):
    gallery: Gallery

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.gallery = Gallery(folder)

    def fill(self, count: int) -> list[str]:
        raw = {"prompt": "a cat", "seed": 1, "width": 256, "height": 256}
        requests = self.prepare(FLUX, raw, 8)
        return [self.put(requests[n % 8]).id for n in range(count)]


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


@pytest.fixture
def app(studio: Studio) -> FastAPI:
    return DescribedApp(routes=export_routes(studio).routes, middleware=[Middleware(Guard)])


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", event_hooks=Described(app).hooks
    ) as client:
        yield client


def name_of(answer: httpx.Response) -> str:
    return answer.headers["content-disposition"]


async def test_the_chosen_images_come_as_a_zip(studio: Studio, client: httpx.AsyncClient) -> None:
    one, _, three = studio.fill(3)
    answer = await client.post("/api/export", data={"ids": f"{three},{one}", "what": "zip"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert name_of(answer) == f'attachment; filename="images-{datetime.now(UTC):%Y-%m-%d}.zip"'
    assert answer.headers["cache-control"] == "no-store"
    found = zipfile.ZipFile(io.BytesIO(answer.content))
    assert found.testzip() is None
    listed = json.loads(found.read("images.json"))["images"]
    assert [row["id"] for row in listed] == [three, one]
    for row in listed:
        assert found.read(row["file"]) == (studio.gallery.folder / f"{row['id']}.png").read_bytes()


async def test_all_that_a_query_finds_comes_in_parts_and_off_the_event_loop(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    studio.fill(2 * BATCH + 3)
    answer = await client.post("/api/export", data={"query": "", "what": "zip"})
    found = zipfile.ZipFile(io.BytesIO(answer.content))
    assert len(found.namelist()) == 2 * BATCH + 3 + 2
    assert studio.gallery.batches == [BATCH, BATCH, 3]
    assert threading.get_ident() not in studio.gallery.threads


async def test_metadata_can_be_left_out(studio: Studio, client: httpx.AsyncClient) -> None:
    (one,) = studio.fill(1)
    path = studio.gallery.folder / f"{one}.png"
    about = Image.open(path)
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("parameters", "a secret")
    about.save(path, pnginfo=info)
    for metadata, expected in (("1", True), ("0", False)):
        answer = await client.post("/api/export", data={"ids": one, "metadata": metadata})
        assert (b"a secret" in answer.content) is expected


@pytest.mark.parametrize(
    ("what", "media_type"), [("html", "text/html; charset=utf-8"), ("png", "image/png")]
)
async def test_contact_sheets_are_downloads(
    studio: Studio, client: httpx.AsyncClient, what: str, media_type: str
) -> None:
    studio.fill(5)
    answer = await client.post("/api/export", data={"query": "q=cat", "what": what})
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert name_of(answer) == f'attachment; filename="contact-sheet-{today}.{what}"'
    if what == "html":
        assert answer.text.count("data:image/webp;base64,") == 5
        assert "FLUX.1 schnell" in answer.text
    else:
        with Image.open(io.BytesIO(answer.content)) as picture:
            assert picture.format == "PNG"


REFUSED: list[tuple[dict[str, str], str]] = [
    ({}, "Nothing is selected"),
    ({"what": "zip"}, "Nothing is selected"),
    ({"ids": "", "query": ""}, "Nothing is selected"),
    ({"ids": " , ,"}, "Nothing is selected"),
    ({"ids": "0" * 32}, "Nothing is selected"),
    ({"ids": "../../etc/passwd"}, "no usable id"),
    ({"ids": "0" * 33}, "no usable id"),
    ({"query": "", "what": "exe"}, "no export as 'exe'"),
    ({"query": "", "metadata": "maybe"}, "metadata must be"),
    ({"query": "rated=9"}, "rating is out of range"),
]


@pytest.mark.parametrize(("form", "words"), REFUSED)
async def test_what_cannot_be_done_is_said_in_words(
    studio: Studio, client: httpx.AsyncClient, form: dict[str, str], words: str
) -> None:
    studio.fill(1)
    answer = await client.post("/api/export", data=form)
    assert answer.status_code == 422 and words in answer.json()["error"]["message"]
    shown = await client.post("/api/export", data=form, headers=BROWSER)
    assert shown.status_code == 422 and words in shown.text
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    assert "content-disposition" not in shown.headers


@pytest.mark.parametrize(("what", "count"), [("png", 201), ("html", 2001)])
async def test_too_many_for_a_sheet_are_refused_before_anything_is_read(
    studio: Studio, client: httpx.AsyncClient, what: str, count: int
) -> None:
    (one,) = studio.fill(1)
    studio.gallery.stored |= {f"{n:032x}": studio.gallery.stored[one] for n in range(count - 1)}
    answer = await client.post("/api/export", data={"query": "", "what": what})
    assert answer.status_code == 422
    assert f"and {count:,} are selected" in answer.json()["error"]["message"]
    assert studio.gallery.batches == []


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join(b"a=%d" % n for n in range(99)), b"{}"])
async def test_a_body_that_is_no_form_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/api/export", content=body)
    assert answer.status_code == 422 and answer.json()["error"]["message"]


async def test_another_site_gets_nothing(studio: Studio, client: httpx.AsyncClient) -> None:
    studio.fill(1)
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await client.post("/api/export", data={"query": ""}, headers=headers)
        assert answer.status_code == 403
    assert (await client.get("/api/export?query=")).status_code == 405


async def test_a_file_that_is_gone_is_named_in_the_archive(
    studio: Studio, client: httpx.AsyncClient
) -> None:
    one, two = studio.fill(2)
    (studio.gallery.folder / f"{one}.png").unlink()
    answer = await client.post("/api/export", data={"ids": f"{one},{two}"})
    found = zipfile.ZipFile(io.BytesIO(answer.content))
    assert one in found.read("missing.txt").decode() and len(found.namelist()) == 4


async def test_it_streams_and_a_download_broken_off_ends_the_work(
    studio: Studio, app: FastAPI, tmp_path: Path
) -> None:
    (one,) = studio.fill(1)
    (tmp_path / f"{one}.png").write_bytes(bytes(1_000_000))
    count = 20 * BATCH
    studio.gallery.stored = {f"{n:032x}": studio.gallery.stored[one] for n in range(count)}  # 4 GB
    async with served(app, lifespan="off") as url, httpx.AsyncClient() as client:
        form: dict[str, Any] = {"query": ""}
        async with client.stream("POST", f"{url}/api/export", data=form) as answer:
            async for _ in answer.aiter_bytes():
                break
            assert answer.headers.get("transfer-encoding") == "chunked"
        for _ in range(100):
            asked = len(studio.gallery.batches)
            await asyncio.sleep(0.05)
            if len(studio.gallery.batches) == asked:
                break
        assert len(studio.gallery.batches) < 10
        again = await client.post(f"{url}/api/export", data={"ids": "x"})
        assert again.status_code == 422  # the next one is served as ever
