"""The route that files are dropped on, behind the real guard and over a real socket."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO, get_args

import httpx
import pytest
import uvicorn
from PIL import Image
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute

from backend.apart import pool
from backend.apart.pool import Process
from backend.catalogue.load import load_catalogue
from backend.exchange import brought_file, html_sheet
from backend.images import metadata
from backend.images.strip import strip
from backend.recipes import fitting, link, recipe
from backend.recipes.recipe import Brought
from backend.recipes.sentences import SOURCES
from backend.said import translated
from backend.types import IMPORT, GenerationRequest, ImageRecord
from tests.storage.apart import deeds
from tests.ui.described import Described
from tests.unit import foreign_files as files
from tests.unit import foreign_notes as notes
from ui.door.guard import Guard
from ui.language.chosen import LanguageOfVisitor
from ui.language.languages import ENGLISH
from ui.routes import intake
from ui.routes.models.images import Source
from ui.routes.schema import DescribedApp

FLUX = "black-forest-labs/FLUX.1-schnell"
SDXL = "stabilityai/stable-diffusion-xl-base-1.0"
MODELS = load_catalogue()
ROUTES = intake.intake_routes(SimpleNamespace(account=SimpleNamespace(models=MODELS))).routes


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with listening(ROUTES) as found:
        yield found


@contextmanager
def listening(routes: list[BaseRoute]) -> Iterator[str]:
    """Serve the routes behind the guard, from a thread, and yield their address."""
    app = DescribedApp(routes=routes, middleware=[Middleware(Guard), Middleware(LanguageOfVisitor)])
    app.add_route("/ping", lambda request: PlainTextResponse("here"))
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="error", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([bound],))
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def post(address: str, *data: bytes, name: str = "file") -> httpx.Response:
    parts = [(name, ("a.png", content, "image/png")) for content in data]
    return described(httpx.post(f"{address}/api/metadata", files=parts, timeout=60))


def described(answer: httpx.Response) -> httpx.Response:
    Described(DescribedApp(routes=ROUTES)).hold(answer)
    return answer


def told(address: str, data: bytes) -> dict:
    answer = post(address, data)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(answer.text, parse_constant=refuse)


def refused(answer: httpx.Response) -> str:
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["field"] == "file"
    assert error["message"].endswith(".") and error["hint"].endswith(".")
    return str(error["message"])


def record(prompt: str = "a cat", model: str = FLUX, seed: int | None = 42) -> ImageRecord:
    values = {"width": 512, "height": 512, "num_steps": 4}
    return ImageRecord(
        id="ab" * 16,
        run_id="cd" * 16,
        request=GenerationRequest(model, prompt, values, seed),
        created=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=None,
        price_usd=None,
        format="png",
        width_px=40,
        height_px=24,
        sha256="",
    )


KEYS = {
    "source",
    "values",
    "dropped",
    "unknown",
    "model",
    "model_label",
    "text",
    "recipe",
    "choices",
}


@pytest.mark.parametrize(
    ("data", "source"),
    [
        (files.png({"parameters": files.A1111}), "a1111"),
        (files.png({"prompt": json.dumps(files.COMFY)}), "comfyui"),
        (files.png({"parameters": json.dumps(files.SWARMUI)}), "swarmui"),
        (files.png({"parameters": json.dumps(files.FOOOCUS)}), "fooocus"),
        (files.png({"invokeai_metadata": json.dumps(files.INVOKEAI)}), "invokeai"),
        (files.png({"Software": "NovelAI", "Comment": json.dumps(notes.NOVELAI)}), "novelai"),
        (files.png({"Description": notes.MIDJOURNEY}), "midjourney"),
        (files.png({"parameters": notes.SDCPP}), "sdcpp"),
        (files.png({"parameters": json.dumps({"prompt": "a", "seed": 3})}), "unknown"),
        (files.jpeg_with(b"\xfe", json.dumps(notes.RUINED).encode()), "ruinedfooocus"),
        (files.commented("JPEG", files.utf16_be(files.A1111)), "a1111"),
        (files.commented("WEBP", files.utf16_le(files.A1111)), "a1111"),
    ],
)
def test_an_image_of_another_program_is_told(address: str, data: bytes, source: str) -> None:
    found = told(address, data)
    assert found.keys() == KEYS
    assert found["source"] == source
    assert found["values"]["prompt"]
    assert found["model"] in MODELS
    assert found["model_label"] == MODELS[found["model"]].label
    assert found["text"].startswith("Taken from a")
    assert found["choices"] == []
    again = fitting.fit(link.decode(found["recipe"]), MODELS)
    assert (again.model.id, again.values) == (found["model"], found["values"])


def test_our_own_image_is_told_whole(address: str) -> None:
    data = metadata.embed(files.saved("PNG"), record(), model_label="x", app_version="1")
    found = told(address, data)
    assert (found["source"], found["model"], found["dropped"], found["unknown"]) == (
        "own",
        FLUX,
        {},
        {},
    )
    assert found["values"] == {
        "prompt": "a cat",
        "width": 512,
        "height": 512,
        "num_steps": 4,
        "seed": 42,
    }


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_an_image_that_says_nothing_is_a_friendly_answer(address: str, kind: str) -> None:
    found = told(address, files.saved(kind))
    assert found.keys() == KEYS
    assert (found["source"], found["model"], found["recipe"]) == ("none", None, None)
    assert (found["values"], found["dropped"], found["unknown"]) == ({}, {}, {})
    assert found["text"].startswith("No settings were found in this image.")


def test_stripped_images_say_nothing(address: str) -> None:
    data = metadata.embed(files.saved("PNG"), record(), model_label="x", app_version="1")
    assert told(address, strip(data))["source"] == "none"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty."),
        (b"hello", "This is not a PNG, JPEG or WebP image."),
        (b"GIF89a" + b"\0" * 40, "This is not a PNG, JPEG or WebP image."),
        (b"PK\x03\x04", "This is not a PNG, JPEG or WebP image."),
        (b"\x89PNG\r\n\x1a\nxx", "The PNG image is damaged: its end is missing."),
        (b"<!doctype html><p>hello", "This web page is no contact sheet made here."),
        (b"<HTML><p>hello", "This web page is no contact sheet made here."),
    ],
)
def test_what_is_no_image_is_refused_in_words(address: str, data: bytes, words: str) -> None:
    assert refused(post(address, data)) == words


def test_no_file_several_files_and_no_form_are_refused_in_words(address: str) -> None:
    png = files.saved("PNG")
    assert refused(post(address, png, name="other")) == "No file came with this."
    assert refused(post(address, png, png)) == "Those are several files."
    assert refused(post(address, *[png] * 30)) == "The upload cannot be read."
    where = f"{address}/api/metadata"
    assert refused(httpx.post(where)) == "No file came with this."
    assert refused(httpx.post(where, data={"file": "text"})) == "No file came with this."
    assert refused(httpx.post(where, json={"file": 1})) == "No file came with this."
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert refused(httpx.post(where, content=b"--x\r\nrubbish", headers=broken))
    unbounded = {"Content-Type": "multipart/form-data"}
    assert refused(httpx.post(where, content=b"x", headers=unbounded))


def test_a_file_of_40_mb_is_taken_and_one_of_62_is_refused_in_words(address: str) -> None:
    data = files.png({"parameters": files.A1111})
    assert told(address, data + bytes(40_000_000))["source"] == "a1111"
    words = refused(post(address, data + bytes(62_000_000)))
    assert words == "The file is too large: 62 MB, and 60 MB fit."


def test_beyond_the_doors_limit_it_is_413(address: str) -> None:
    connection = HTTPConnection(address.removeprefix("http://"), timeout=60)
    connection.putrequest("POST", "/api/metadata")
    connection.putheader("Content-Length", "64000001")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.load(answer) == {"detail": "That is too much at once: the limit is 64 MB."}
    connection.close()


def test_numbers_that_are_none_and_long_texts_are_fit_for_json(address: str) -> None:
    params = {"prompt": "x" * 5_000_000, "seed": float("nan"), "steps": 1e999, "a\ud800": "\ud800"}
    found = told(address, files.png({"parameters": json.dumps({"sui_image_params": params})}))
    assert found["values"] == {}
    assert found["recipe"] is None
    assert found["dropped"]["seed"] == "NaN"
    assert len(found["dropped"]["prompt"]) == 300
    assert found["unknown"] == {"a?": "?"}
    assert "5,000,000 characters" in found["text"]


def test_the_page_is_served_while_a_file_is_read(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, go_on = threading.Event(), threading.Event()

    def slow(self: Process[list[Brought]], file: BinaryIO, size: int) -> list[Brought]:
        reading.set()
        assert go_on.wait(20)
        return []

    monkeypatch.setattr(Process, "run", slow)
    thread = threading.Thread(target=post, args=(address, files.saved("PNG")))
    thread.start()
    try:
        assert reading.wait(20)
        assert httpx.get(f"{address}/ping", timeout=10).text == "here"
    finally:
        go_on.set()
        thread.join()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_an_image_of_ours_is_read_without_asking_another_process(
    address: str, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    asked: list[int] = []

    def run(self: Process[list[Brought]], file: BinaryIO, size: int) -> list[Brought]:
        asked.append(size)
        return brought_file.settings(file.read())

    monkeypatch.setattr(Process, "run", run)
    picture = files.saved(kind)
    ours = metadata.embed(picture, record("a lighthouse"), model_label="", app_version="")
    found = told(address, ours)
    assert found["source"] == "own" and found["values"]["prompt"] == "a lighthouse"
    assert asked == []
    long = metadata.embed(picture, record("\u0416" * 9_000), model_label="", app_version="")
    assert told(address, long)["values"]["prompt"] == "\u0416" * 9_000
    assert asked == [len(long)]


# Files that take too much, and senders who leave


@pytest.fixture
def slow_address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A route that spins for ever on one content, and waits for ever on another."""
    monkeypatch.setattr(brought_file, "settings", deeds.settings)
    monkeypatch.setattr(pool, "DEADLINE_S", 300)
    found = intake.intake_routes(SimpleNamespace(account=SimpleNamespace(models=MODELS)))
    with listening(found.routes) as address:
        yield address


def upload(address: str, data: bytes, *, whole: bool = True) -> socket.socket:
    """Send a file as a browser does, or half of what was announced, and stay connected."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    body = head + data + b"\r\n--x--\r\n"
    length = len(body) if whole else 2 * len(body)
    host, _, port = address.removeprefix("http://").partition(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    connection.sendall(
        f"POST /api/metadata HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {length}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode()
        + body
    )
    return connection


@pytest.mark.wide
def test_a_file_that_takes_too_long_is_refused_in_words_and_others_are_read(
    slow_address: str,
) -> None:
    words = refused(post(slow_address, deeds.SPINS))
    assert words == "This file takes too long to read: more than 2 seconds."
    assert refused(post(slow_address, b"hoard")).endswith("200 MB of memory to read.")
    assert refused(post(slow_address, b"abort")).startswith("This file cannot be read:")
    with ThreadPoolExecutor(6) as senders:
        heavy = [senders.submit(post, slow_address, deeds.SPINS) for _ in range(3)]
        data = files.png({"parameters": files.A1111})
        usual = [senders.submit(told, slow_address, data) for _ in range(3)]
        assert {answer.result()["source"] for answer in usual} == {"a1111"}
        assert {answer.result().status_code for answer in heavy} == {422}


def test_senders_who_leave_free_their_places(slow_address: str) -> None:
    """Whose files are being read, and those who wait: else all would be closed for five minutes."""
    left = [upload(slow_address, deeds.SLEEPS) for _ in range(6)]
    time.sleep(0.5)
    for connection in left:
        connection.close()
    assert told(slow_address, files.saved("PNG"))["source"] == "none"


@pytest.mark.parametrize("size", [100, 3_000_000])
def test_a_tab_that_is_closed_during_an_upload_leaves_no_traceback(
    address: str, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    connection = upload(address, bytes(size), whole=False)
    time.sleep(0.2)
    connection.close()
    assert told(address, files.saved("PNG"))["source"] == "none"
    for _ in range(20):  # whatever it says, it says soon
        time.sleep(0.02)
    assert caplog.records == []


# Contact sheets


def sheet(*records: ImageRecord) -> bytes:
    thumb = io.BytesIO()
    Image.new("RGB", (8, 8)).save(thumb, "WEBP")
    return b"".join(
        html_sheet.html_sheet(records, lambda _id: thumb.getvalue(), models=MODELS, reader=ENGLISH)
    )


def test_a_sheet_that_we_saved_offers_each_of_its_images(address: str) -> None:
    records = [record("first </script> cat"), record("a dog", SDXL, None), record("b " * 90)]
    found = told(address, sheet(*records))
    assert (found["source"], found["model"]) == ("own", FLUX)
    assert found["values"]["prompt"] == "first </script> cat"
    assert found["text"].startswith("This contact sheet holds 3 images. Taken from")
    assert [choice["text"] for choice in found["choices"]] == [
        "first </script> cat (FLUX.1 schnell, seed 42)",
        "a dog (SDXL 1.0)",
        f"{('b ' * 90)[:79].strip()}… (FLUX.1 schnell, seed 42)",
    ]
    for choice, one in zip(found["choices"], records, strict=True):
        assert link.decode(choice["recipe"]) == recipe.of_record(one)


def test_a_sheet_of_one_image_is_like_the_image(address: str) -> None:
    found = told(address, sheet(record()))
    assert found["choices"] == []
    assert found["text"].startswith("Taken from an image made here: prompt, size, steps, seed.")


def test_a_sheet_does_not_say_of_imported_images_that_they_were_made_here(address: str) -> None:
    other = replace(record("theirs", "dreamshaper", 2**63), source=IMPORT)
    found = told(address, sheet(other, record("ours")))
    assert found["source"] == "import"
    assert "Taken from an imported image: prompt" in found["text"]
    assert "made here" not in found["text"]
    sources = [link.decode(choice["recipe"]).source for choice in found["choices"]]
    assert sources == ["import", "own"]
    assert [choice["text"] for choice in found["choices"]] == [
        f"theirs (dreamshaper, seed {2**63})",
        "ours (FLUX.1 schnell, seed 42)",
    ]


@pytest.mark.parametrize("seed", [2**32, 813617545434765, 2**53 - 1, 2**53, 2**64 - 1])
def test_a_seed_of_64_bits_is_told_exactly(address: str, seed: int) -> None:
    graph = json.dumps(files.COMFY).replace("156680208700286", str(seed))
    for data in (
        files.png({"prompt": graph}),
        files.png({"parameters": files.A1111.replace("3141592653", str(seed))}),
        files.png({"parameters": json.dumps(files.SWARMUI).replace("1802250214", str(seed))}),
    ):
        found = told(address, data)
        assert str(found["dropped"]["seed"]) == str(seed)  # a text where a script would round it
        assert str(link.decode(found["recipe"]).values["seed"]) == str(seed)
        assert f"seed {seed} (" in found["text"]


def test_every_source_of_the_description_has_its_words() -> None:
    assert {*get_args(Source)} == {*SOURCES, "none"}


def page(content: str, attributes: str = 'type="application/json" id="sentry-block-playground"'):
    return f"\ufeff\n<!DOCTYPE html><html><script {attributes}>{content}</script>".encode()


def test_sheets_of_other_makers_are_read_too(address: str) -> None:
    flat = {"model": FLUX, "prompt": "a", "width": 640, "height": 640, "seed": 7}
    content = json.dumps({"version": 1, "images": [flat]})
    found = told(address, page(content, 'id="sentry-block-playground" type="application/json"'))
    assert found["values"] == {"prompt": "a", "width": 640, "height": 640, "seed": 7}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"version": 1}',
        '{"version": 2, "images": []}',
        '{"version": 1, "images": []}',
        '{"version": 1, "images": [5]}',
        '{"version": 1, "images": 5}',
        '{"version": 1, "images": {"a": 1}}',
        '{"version": 1, "images": [{"model": 1, "values": {}}]}',
        '{"version": 1, "images": [{"model": "m", "values": []}]}',
        "[" * 500_000,
        "9" * 9_999,
        "\ud800".encode("utf-8", "replace").decode(),
    ],
)
def test_damaged_sheets_are_refused_in_words(address: str, content: str) -> None:
    assert "contact sheet" in refused(post(address, page(content)))


def test_hostile_values_on_a_sheet_are_dropped(address: str) -> None:
    image = '{"model": "m", "prompt": ["x"], "values": {"seed": NaN, "api_url": "http://evil"}}'
    found = told(address, page(f'{{"version": 1, "images": [{image}]}}'))
    assert found["values"] == {}
    assert found["dropped"] == {"prompt": "x", "seed": "NaN"}
    assert found["unknown"] == {"model": "m", "api_url": "http://evil"}


async def test_many_at_once_are_read_two_at_a_time(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = most = 0
    lock = threading.Lock()

    def counted(self: Process[list[Brought]], file: BinaryIO, size: int) -> list[Brought]:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        with lock:
            now -= 1
        return []

    monkeypatch.setattr(Process, "run", counted)
    async with httpx.AsyncClient(timeout=60) as client:
        form = {"file": ("a.png", files.saved("PNG"), "image/png")}
        posts = [client.post(f"{address}/api/metadata", files=form) for _ in range(8)]
        assert {answer.status_code for answer in await asyncio.gather(*posts)} == {200}
    assert most == 2


def test_nothing_of_it_is_kept(address: str, tmp_path: Path) -> None:
    before = set(Path.cwd().rglob("*"))
    told(address, files.png({"parameters": files.A1111}) + bytes(3_000_000))
    assert set(Path.cwd().rglob("*")) == before


def test_what_a_file_says_is_told_in_the_language_of_who_brings_it() -> None:
    label = translated({"en": "FLUX.1 schnell", "de": "FLUX.1 (schnell)"})
    models = {FLUX: replace(MODELS[FLUX], label=label)}
    found = intake.intake_routes(SimpleNamespace(account=SimpleNamespace(models=models)))
    data = metadata.embed(files.saved("PNG"), record(), model_label="x", app_version="1")
    with listening(found.routes) as address:
        for language, told in (("de-AT", "FLUX.1 (schnell)"), ("fr", "FLUX.1 schnell")):
            answer = httpx.post(
                f"{address}/api/metadata",
                files={"file": ("a.png", data, "image/png")},
                headers={"Accept-Language": language},
                timeout=60,
            )
            assert answer.json()["model_label"] == told
