"""The closed door, on the real app: strangers' names, pages and bodies stay outside."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

import ui  # noqa: F401  # before gradio
from backend.settings.load import Settings
from backend.studio import Studio
from ui.door import guard
from ui.door.credentials import generate_auth
from ui.door.guard import Guard, host_allowed
from ui.door.login import LoginGate
from ui.site import build_app

BASE = "http://127.0.0.1:7860"
EVIL = "https://evil.example"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    folder = tmp_path_factory.mktemp("guard")
    settings = Settings(data_dir=folder / "data", env_file=folder / ".env", mode="offline")

    async def build() -> Starlette:  # outside a loop Gradio opens one that it never closes
        return build_app(Studio(settings))

    return asyncio.run(build())


@pytest.fixture(scope="module")
def client(app: Starlette) -> Iterator[TestClient]:
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        yield client


def generate(client: TestClient, **headers: str) -> Any:
    """Ask for an image as the page's own event or another program does."""
    body = {"data": ["no such model", "a fox"]}
    return client.post("/gradio_api/call/generate", json=body, headers=headers)


def fetched(site: str, mode: str = "cors", dest: str = "empty") -> dict[str, str]:
    return {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}


# --- names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:7860", "localhost:7860", "LOCALHOST", "[::1]:7860", "[::1]", "127.0.0.2:80"],
)
def test_this_computers_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.com",
        "evil.com:7860",
        "127.0.0.1.evil.com",
        "localhost.evil.com",
        "evil.com#127.0.0.1",
        "user@127.0.0.1",
        "127.0.0.1:7860.evil.com",
        "0.0.0.0:7860",
        "192.168.1.5:7860",
        "[::ffff:192.168.1.5]",
        "[::1",
        "::1",
        "127.1",
        "2130706433",
        "localhost:",
        "localhost:123456",
        " ",
        "",
    ],
)
def test_rebinding_any_other_name_is_misdirected(client: TestClient, host: str) -> None:
    for path in ("/", "/config", "/api/images", "/healthz"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 421
        assert "does not answer under that name" in answer.json()["detail"]


async def test_no_host_or_two_hosts_are_misdirected() -> None:
    for hosts in ([], [b"localhost", b"evil.com"], [b"localhost", b"localhost"]):
        assert await status_of(Guard(_never), headers=[(b"host", host) for host in hosts]) == 421


def test_with_a_login_literal_addresses_are_ours_but_names_are_not() -> None:
    names = {"studio.lan"}
    for host in ("192.168.1.5:7860", "[fe80::1]:7860", "10.0.0.1", "studio.lan", "Studio.LAN:80"):
        assert host_allowed(host, names, any_address=True)
    for host in ("evil.com", "192.168.1.5.nip.io", "lan", "evil.studio.lan"):
        assert not host_allowed(host, names, any_address=True)
    assert not host_allowed("192.168.1.5")


def test_the_computers_own_name_counts_with_and_without_local(monkeypatch: Any) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Desk.office.example")
    assert guard.own_names() == {"desk.office.example", "desk", "desk.local"}


# --- other web pages --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    [
        EVIL,
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:3000",
        "http://localhost:7860",  # another origin than the Host's
        "https://127.0.0.1:7860",
        "http://127.0.0.1:7860.evil.example",
        "file://",
        "",
    ],
)
def test_a_foreign_origin_cannot_generate_or_read(client: TestClient, origin: str) -> None:
    for answer in (
        generate(client, Origin=origin),
        client.get("/config", headers={"Origin": origin}),
        client.get("/api/images", headers={"Origin": origin}),
        client.post("/gradio_api/run/predict", json={}, headers={"Origin": origin}),
    ):
        assert answer.status_code == 403
        assert "Another web page" in answer.json()["detail"]
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_the_pages_own_origin_may_and_gets_no_cors_headers(client: TestClient) -> None:
    for host in ("127.0.0.1:7860", "localhost:7860", "[::1]:7860"):
        own = {"Host": host, "Origin": f"http://{host}", **fetched("same-origin")}
        answer = generate(client, **own)
        assert answer.status_code == 200 and answer.json()["event_id"]
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_other_programs_may_without_any_of_a_browsers_headers(client: TestClient) -> None:
    assert generate(client).status_code == 200
    assert client.get("/api/images").status_code == 200


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_preflights_and_other_methods_are_refused(client: TestClient, method: str) -> None:
    for origin in (EVIL, BASE):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        answer = client.request(method, "/gradio_api/call/generate", headers=headers)
        assert answer.status_code == 405
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "rubbish"])
def test_another_site_can_neither_embed_nor_frame_nor_fetch(client: TestClient, site: str) -> None:
    image = f"/images/{'0' * 32}"
    for path, mode, dest in (
        (image, "no-cors", "image"),
        (image, "navigate", "document"),
        ("/thumbs/" + "0" * 32, "no-cors", "image"),
        ("/", "navigate", "iframe"),
        ("/", "no-cors", "script"),
        ("/api/jobs", "cors", "empty"),
        ("/api/images", "navigate", "document"),
        ("/config", "no-cors", "script"),
    ):
        answer = client.get(path, headers=fetched(site, mode, dest))
        assert answer.status_code == 403, (path, mode, dest)
    form_post = fetched(site, "navigate", "document")
    assert client.post("/", headers=form_post).status_code == 403
    assert generate(client, **fetched(site, "no-cors")).status_code == 403


@pytest.mark.parametrize("path", ["/", "/gallery"])
def test_a_link_from_elsewhere_opens_the_page(client: TestClient, path: str) -> None:
    for site in ("cross-site", "same-site", "none"):
        answer = client.get(path, headers=fetched(site, "navigate", "document"))
        assert answer.status_code == 200


def test_every_page_of_ours_can_be_linked_to(app: Starlette) -> None:
    (mount,) = [route for route in app.routes if isinstance(route, Mount)]
    gradio_app = mount.app.app
    assert {f"/{path}" for path, *_ in gradio_app.get_blocks().pages} <= guard.OPENED_FROM_ELSEWHERE


def test_websockets_are_refused(client: TestClient) -> None:
    for headers in ({}, {"Origin": EVIL}, {"Origin": BASE}):
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect("/gradio_api/queue/join", headers=headers),
        ):
            pass


async def test_websockets_never_get_as_far_as_the_app() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    for door in (Guard(_never), LoginGate(_never, generate_auth())):
        await door({"type": "websocket", "path": "/", "headers": []}, None, send)
    assert [message["type"] for message in sent] == ["websocket.close"] * 2


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


async def test_no_more_is_read_than_the_limit() -> None:
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

    door = Guard(passed)
    assert await status_of(door, headers=sized(64_000_000), path="/api/metadata") == 200
    assert await status_of(door, headers=sized(64_000_001), path="/api/metadata") == 413
    for path in ("/", "/api/metadata/", "/api/metadata/x", "/api/setup", "/gradio_api/queue/join"):
        assert await status_of(door, headers=sized(10_000_001), path=path) == 413


async def test_a_chunked_file_is_counted_against_that_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(guard.UPLOAD_MAX_BYTES, "/api/metadata", 200)

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


def test_a_person_reads_text_and_a_program_json(client: TestClient) -> None:
    for headers in ({"Accept": "text/html"}, fetched("none", "navigate", "document")):
        answer = client.get("/nowhere", headers=headers)
        assert answer.headers["content-type"].startswith("text/plain")
    assert client.get("/nowhere").json()["detail"]


# --- what Gradio serves ------------------------------------------------------------------------

OPEN = {
    "GET": {
        "/",
        "/gallery",
        "/gallery/",
        "/settings",
        "/settings/",
        "/statistics",
        "/statistics/",
        "/config",
        "/config/",
        "/theme.css",
        "/manifest.json",
        "/robots.txt",
        "/assets/{path:path}",
        "/static/{path:path}",
        "/gradio_api/info",
        "/gradio_api/info/",
        "/gradio_api/app_id",
        "/gradio_api/app_id/",
        "/gradio_api/heartbeat/{session_hash}",
        "/gradio_api/queue/data",
        "/gradio_api/call/{api_name}/{event_id}",
    },
    "POST": {
        "/gradio_api/run/{api_name}",
        "/gradio_api/run/{api_name}/",
        "/gradio_api/call/{api_name}",
        "/gradio_api/call/{api_name}/",
        "/gradio_api/queue/join",
        "/gradio_api/cancel",
        "/gradio_api/reset",
        "/gradio_api/reset/",
    },
}


def gradio_routes(app: Starlette) -> Iterator[tuple[str, str]]:
    """Yield (method, path) of all that Gradio would serve."""
    (mount,) = [route for route in app.routes if isinstance(route, Mount)]
    routes = list(mount.app.app.routes)
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            routes += included.routes
        for method in getattr(route, "methods", None) or ():
            yield method, route.path


def test_of_gradios_routes_only_those_that_the_page_needs_are_open(app: Starlette) -> None:
    found = list(gradio_routes(app))
    assert len(found) > 60, "the walk no longer finds Gradio's routes"
    for method, path in found:
        filled = path.replace("{path:path}", "x.js").replace("{url_path:path}", "http://evil/")
        filled = filled.replace("{path_or_url:path}", "/etc/passwd")
        for name in ("api_name", "event_id", "session_hash"):
            filled = filled.replace(f"{{{name}}}", "predict")
        is_open = guard.GRADIO[method].fullmatch(filled) is not None
        assert is_open == (path in OPEN["GET" if method == "HEAD" else method]), (method, path)


@pytest.mark.parametrize(
    "path",
    [
        "/docs",
        "/redoc",
        "/openapi.json",
        "/gradio_api/openapi.json",
        "/gradio_api/docs",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=http://127.0.0.1:1/",
        "/gradio_api/file=data/playground.db",
        "/gradio_api/proxy=http://127.0.0.1:1/",
        "/file=app.py",
        "/proxy=http://127.0.0.1:1/",
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/token",
        "/gradio_api/user",
        "/gradio_api/dev/reload",
        "/gradio_api/vibe-code",
        "/gradio_api/deep_link?session_hash=x",
        "/gradio_api/upload_progress",
        "/gradio_api/runs",
        "/gradio_api/startup-events",
        "/login",
        "/logout",
        "/svelte/svelte.js",
        "/gradio_api/custom_component/1/client/component/index.js",
        "/assets/../../../app.py",
        "/static/%2e%2e/%2e%2e/%2e%2e/routes.py",
        "/gradio_api//config",
        "/CONFIG",
    ],
)
def test_what_the_product_does_not_need_is_not_there(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.head(path).status_code == 404


@pytest.mark.parametrize("name", ["upload", "component_server", "vibe-edit", "process_recording"])
def test_nothing_can_be_uploaded_or_edited(client: TestClient, name: str) -> None:
    files = {"files": ("a.png", b"png", "image/png")}
    assert client.post(f"/gradio_api/{name}", files=files).status_code == 404


def test_the_page_and_its_parts_are_there(client: TestClient) -> None:
    page = client.get("/").text
    for path in ("/manifest.json", "/theme.css", "/config", "/gradio_api/info", "/favicon.ico"):
        assert client.get(path).status_code == 200, path
    script = page.split('src="./assets/')[1].split('"')[0]
    assert client.get(f"/assets/{script}").status_code == 200


# --- aids -------------------------------------------------------------------------------------


def guard_middleware() -> Any:
    from starlette.middleware import Middleware

    return Middleware(Guard)


async def _never(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("the request came through")


async def status_of(app: Any, *, headers: Any = None, receive: Any = None, path: str = "/") -> int:
    """Send one POST straight to an ASGI app; TestClient would put such headers right."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost")] if headers is None else headers,
    }

    async def send(message: Any) -> None:
        sent.append(message)

    await asyncio.wait_for(app(scope, receive, send), 5)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    assert json.loads(body)["detail"]
    status: int = sent[0]["status"]
    return status
