"""What other web pages can do: nothing."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

import ui  # noqa: F401  # before gradio
from tests.ui.guard.asking import BASE, EVIL, _never, fetched, generate
from ui.door import guard
from ui.door.credentials import generate_auth
from ui.door.guard import Guard
from ui.door.login import LoginGate

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
