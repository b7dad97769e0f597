"""A store that takes what is empty but no images: a quota, or volumes that are read-only."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from backend.storage.image_files import store_client
from backend.storage.image_files.store_url import read_store_url
from backend.types import RunState
from tests.cluster.studios import click, opener
from tests.http.faults import FaultServer

FULL = b"<Error><Code>QuotaExceeded</Code><Message>no more</Message></Error>"


class SmallStore:
    """An S3 server that keeps objects of at most `most` bytes; `refused` counts the others."""

    def __init__(self) -> None:
        self.most, self.refused = 0, 0
        kept: dict[str, bytes] = {}
        store = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if len(data) > store.most:
                    store.refused += 1
                    self.answer(403, FULL)
                else:
                    kept[self.path] = data
                    self.answer(200)

            def do_GET(self) -> None:
                found = kept.get(self.path)
                self.answer(404 if found is None else 200, found or b"")

            do_HEAD = do_GET

            def answer(self, status: int, body: bytes = b"") -> None:
                self.send_response(status)
                self.send_header("ETag", '"x"')
                self.send_header("Last-Modified", "Tue, 03 Nov 2026 10:00:00 GMT")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads, self.server.block_on_close = True, False
        self.url = f"s3://images/p?endpoint=http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallStore]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "play")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush-hush-hush")
    monkeypatch.setattr(store_client, "PROBE_EVERY_S", 0.2)
    store = SmallStore()
    thread = threading.Thread(target=store.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield store
    store.server.shutdown()
    store.server.server_close()
    thread.join(5)


async def test_nothing_is_sent_while_an_image_waits_for_a_store_that_takes_empty_objects_alone(
    store: SmallStore, shared_database: str, tmp_path: Path
) -> None:
    async with FaultServer() as platform:
        more = {"store_url": read_store_url(store.url)}
        async with opener(tmp_path, platform, shared_database, **more)("one") as studio:
            first = await click(studio, seed=1)
            await _until(lambda: "store cannot take it" in str(first.runs[0].waits_for))
            seed, tries = 1, store.refused
            while store.refused < tries + 2:  # the waiting image alone is tried again
                seed += 1
                job = await click(studio, seed=seed)
                (run,) = await asyncio.wait_for(job.wait(), 15)  # one that was sent would wait, too
                assert run.state is RunState.FAILED and run.error is not None
                assert "The image store is full. Nothing was sent." in run.error.message
                await asyncio.sleep(0.1)
            assert platform.posts == 1 and first.runs[0].state is RunState.SENT

            store.most = 10_000_000
            (run,) = await first.wait()
            assert run.state is RunState.SAVED
            (run,) = await (await click(studio, seed=2)).wait()
            assert run.state is RunState.SAVED and platform.posts == 2


async def _until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not holds():
            await asyncio.sleep(0.02)
