"""How much may be sent at once, and what all answers carry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

import ui  # noqa: F401  # before gradio
from tests.ui.guard.asking import BASE, EVIL, _never, fetched, generate, status_of
from ui.door import guard, read_on
from ui.door.guard import Guard


async def gone() -> Any:
    """Receive as from a sender who has left."""
    return {"type": "http.disconnect"}


# --- bodies -----------------------------------------------------------------------------------


def test_a_body_over_the_limit_is_refused_by_its_length(client: TestClient) -> None:
    for length in ("10000001", "9" * 400):
        headers = {"Content-Length": length, "Content-Type": "application/json"}
        answer = client.post("/gradio_api/call/generate", content=b"{}", headers=headers)
        assert answer.status_code == 413
        assert answer.json() == {"detail": "That is too much at once: the limit is 10 MB."}


def test_a_chunked_body_is_counted_as_it_comes(client: TestClient) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while taken < 50_000_000:
            taken += 100_000
            yield b"[" * 100_000

    headers = {"Content-Type": "application/json"}
    answer = client.post("/gradio_api/call/generate", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert "10 MB" in answer.json()["detail"]


async def test_no_more_is_read_for_the_app_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_on, "READ_ON_BYTES", 0)
    read = 0

    async def receive() -> Any:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * 10, "more_body": True}

    async def swallows(scope: Any, receive: Any, send: Any) -> None:
        try:
            await Request(scope, receive).body()
        except Exception:
            await PlainTextResponse("never mind", 200)(scope, receive, send)

    assert await status_of(Guard(swallows, max_body_bytes=95), receive=receive) == 413
    assert read == 10


@pytest.mark.parametrize("length", ["-1", "1e3", "ten", "\u0661"])
async def test_a_senseless_length_is_refused(length: str) -> None:
    headers = [(b"host", b"localhost"), (b"content-length", length.encode())]
    assert await status_of(Guard(_never), headers=headers) == 400


async def test_a_path_that_takes_files_has_a_larger_limit_of_its_own() -> None:
    async def passed(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse(json.dumps({"detail": "passed"}))(scope, receive, send)

    def sized(length: int) -> list[tuple[bytes, bytes]]:
        return [(b"host", b"localhost"), (b"content-length", str(length).encode())]

    async def status(length: int, path: str) -> int:
        return await status_of(Guard(passed), headers=sized(length), receive=gone, path=path)

    assert await status(64_000_000, "/api/metadata") == 200
    assert await status(64_000_001, "/api/metadata") == 413
    for path in ("/", "/api/metadata/", "/api/metadata/x", "/api/setup", "/gradio_api/queue/join"):
        assert await status(10_000_001, path) == 413


async def test_a_chunked_file_is_counted_against_that_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(guard.UPLOAD_MAX_BYTES, "/api/metadata", 200)
    monkeypatch.setattr(read_on, "READ_ON_BYTES", 0)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"x" * 10, "more_body": True}

    async def counts(scope: Any, receive: Any, send: Any) -> None:
        nonlocal read
        async for part in Request(scope, receive).stream():
            read += len(part)

    read = 0
    door = Guard(counts, max_body_bytes=95)
    assert await status_of(door, receive=receive, path="/api/metadata") == 413
    assert read == 200


def test_a_form_with_its_longest_texts_fits(client: TestClient) -> None:
    body = {"data": ["no such model", "a" * 9_000_000]}
    assert client.post("/gradio_api/call/generate", json=body).status_code == 200


# --- headers ----------------------------------------------------------------------------------

SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 200),
        ("/config", {}, 200),
        ("/theme.css", {}, 200),
        ("/api/images", {}, 200),
        ("/healthz", {}, 200),
        ("/nowhere", {}, 404),
        ("/gradio_api/upload", {}, 404),
        ("/", {"Host": "evil.com"}, 421),
        ("/", {"Origin": EVIL}, 403),
    ],
)
def test_all_answers_carry_the_security_headers(
    client: TestClient, path: str, headers: dict[str, str], status: int
) -> None:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status
    assert SECURITY.items() <= dict(answer.headers).items()
    policy = answer.headers["content-security-policy"]
    for part in ("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'"):
        assert part in policy
    assert "http:" not in policy and "*" not in policy and "permissions-policy" in answer.headers


def test_event_streams_carry_them_and_still_stream(client: TestClient) -> None:
    event = generate(client).json()["event_id"]
    with client.stream("GET", f"/gradio_api/call/generate/{event}") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert SECURITY.items() <= dict(answer.headers).items()
        assert "event: error" in "".join(answer.iter_text())


def test_a_mistake_of_ours_is_a_sentence_with_headers_and_goes_to_the_log() -> None:
    def broken(request: Request) -> Response:
        raise RuntimeError("the inside story")

    app = Starlette(routes=[Route("/", broken)], middleware=[guard_middleware()])
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        answer = client.get("/")
    assert answer.status_code == 500
    assert "made a mistake" in answer.json()["detail"] and "inside" not in answer.text
    assert SECURITY.items() <= dict(answer.headers).items()
    with (
        TestClient(app, base_url=BASE) as client,
        pytest.raises(RuntimeError, match="inside story"),
    ):
        client.get("/")


def test_a_person_reads_a_page_and_a_program_json(client: TestClient) -> None:
    for headers in ({"Accept": "text/html"}, fetched("none", "navigate", "document")):
        answer = client.get("/nowhere", headers=headers)
        assert answer.headers["content-type"].startswith("text/html")
    assert client.get("/nowhere").json()["detail"]


# --- aids -------------------------------------------------------------------------------------


def guard_middleware() -> Any:
    from starlette.middleware import Middleware

    return Middleware(Guard)
