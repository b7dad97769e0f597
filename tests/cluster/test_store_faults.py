"""Stores that are full, slow or strange: one sentence each, in time, and nothing lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from backend.errors import SettingsError
from backend.storage.image_files.objects import ObjectFiles
from backend.storage.image_files.opening import open_store
from backend.storage.image_files.store_client import PROBE_EVERY_S
from backend.storage.image_files.store_url import read_store_url
from backend.storage.image_files.trouble import Kind, StoreTrouble, trouble_in
from tests.cluster.servers import ObjectStore, find_weed, object_store
from tests.cluster.test_image_files import DATA, made
from tests.storage.test_faults_disk import disk
from tests.storage.test_faults_saving import fill

FULL = b"<Error><Code>InsufficientStorage</Code><Message>no more</Message></Error>"
NO_SIGN_IN = '{"disable_oauth": true, "client_email": "", "private_key": "", "private_key_id": ""}'
DENIED = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"


@contextmanager
def answering(
    status: int = 200, body: bytes = b"", *, after_s: float = 0.0, asked: list[str] | None = None
) -> Iterator[str]:
    """Run an S3 server that gives every request this answer; yield its PLAYGROUND_STORE_URL.

    It notes in `asked` for what.
    """

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if asked is not None:
                asked.append(unquote(self.path))
            ends.wait(after_s)
            self.send_response(status)
            self.send_header("ETag", '"x"')
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_GET = answer

        def log_message(self, *_: object) -> None:
            pass

    ends = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"s3://images/p?endpoint=http://127.0.0.1:{server.server_port}"
    finally:
        ends.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "play")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush-hush-hush")


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (507, FULL, "The image store is full."),
        (400, b"<Error><Code>QuotaExceeded</Code></Error>", "The image store is full."),
        (403, DENIED, "does not accept the key"),
        (500, b"oops", "answers with an error (500)"),
        (503, b"<Error><Code>SlowDown</Code></Error>", "answers with an error (503)"),
        (404, b"<html>what?</html>", "has no such bucket"),
        (301, b"", "in another region"),
    ],
)
def test_what_a_store_answers_is_one_sentence_for_people(
    status: int, body: bytes, says: str
) -> None:
    with answering(status, body) as url, pytest.raises(SettingsError) as refused:
        open_store(read_store_url(url))
    said = str(refused.value)
    assert says in said and said.startswith("PLAYGROUND_STORE_URL, s3://images/p: ")
    assert "hush" not in said and "<" not in said and "127.0.0.1" not in said


@pytest.mark.parametrize(
    ("kind", "environ"),
    [
        ("s3://images/p?", {}),
        ("gs://images/p?", {"GOOGLE_SERVICE_ACCOUNT_KEY": NO_SIGN_IN}),
        ("az://images/p?account=mine&", {"AZURE_STORAGE_ACCOUNT_KEY": "aHVzaC1odXNo"}),
    ],
)
def test_every_kind_of_store_is_spoken_to(
    monkeypatch: pytest.MonkeyPatch, kind: str, environ: dict[str, str]
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    asked: list[str] = []
    with answering(201, asked=asked) as url:
        files = open_store(read_store_url(kind + url.partition("?")[2]))
        files.put(made(1), DATA)
        files.close()
    names = [".ready", f"images/2026-11-03/{made(1).id}.png"]
    assert [path.rpartition("p/")[2].partition("?")[0] for path in asked] == names


@pytest.mark.parametrize(
    "words",
    [
        "Error performing PUT http://169.254.169.254/latest/api/token in 2s - HTTP error",
        "Error performing token request: Error performing GET http://169.254.169.254/metadata",
        "Error performing GET http://metadata.google.internal/computeMetadata - status code: 404",
    ],
)
def test_a_store_without_a_key_is_told_as_that(words: str) -> None:
    # So it looks where no key is set, and it is not on a machine of the cloud that has one.
    assert trouble_in(f"Generic S3 error: {words}").kind is Kind.NO_KEY


def test_a_store_that_takes_ten_seconds_is_too_slow_and_one_that_takes_two_is_not() -> None:
    with answering(after_s=10) as url:
        started = time.monotonic()
        with pytest.raises(SettingsError, match="does not answer in time"):
            open_store(read_store_url(url))
        assert time.monotonic() - started < 13
    with answering(after_s=2) as url:
        files = open_store(read_store_url(url))
        files.put(made(1), DATA)
        files.close()


def test_it_is_asked_once_in_a_while_whether_a_store_is_back() -> None:
    asked: list[str] = []
    with answering(403, DENIED, asked=asked) as url:  # what is refused is not tried twice
        files = ObjectFiles(read_store_url(url))
        until = time.monotonic() + PROBE_EVERY_S + 1
        while time.monotonic() < until:
            with pytest.raises(StoreTrouble):
                files.check_takes()
            time.sleep(0.05)
        files.close()
    assert len(asked) == 2


@pytest.mark.wide
@pytest.mark.skipif(find_weed() is None, reason="no SeaweedFS on this machine")
def test_a_store_whose_disk_is_full_says_so_and_takes_again_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with disk(tmp_path / "disk", "96m"), object_store(tmp_path / "disk" / "store") as server:
        for name, value in server.environ.items():
            monkeypatch.setenv(name, value)
        files = open_store(read_store_url(server.url("p")))
        files.put(made(1), DATA)
        filler = fill(tmp_path / "disk")
        with pytest.raises(StoreTrouble) as trouble:
            for number in range(2, 60):  # some is held back in what is open already
                files.put(made(number), bytes(3_000_000))
        assert trouble.value.kind in (Kind.FULL, Kind.FAILED), trouble.value.kind
        filler.unlink()
        _until_taken(files, server, lambda: files.put(made(99), DATA))
        assert files.read_named("2026-11-03/" + made(1).id + ".png") == DATA
        files.close()


def _until_taken(files: ObjectFiles, server: ObjectStore, put: Callable[[], None]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            put()
            return
        except StoreTrouble:
            assert time.monotonic() < deadline
            time.sleep(0.5)
