"""What of Gradio is open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

import ui  # noqa: F401  # before gradio
from ui.door.gradio_door import GRADIO

# --- what Gradio serves ------------------------------------------------------------------------

OPEN = {
    "GET": {
        "/",
        "/gallery",
        "/gallery/",
        "/examples",
        "/examples/",
        "/help",
        "/help/",
        "/settings",
        "/settings/",
        "/statistics",
        "/statistics/",
        "/config",
        "/config/",
        "/theme.css",
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


MANIFEST = '<link rel="manifest" href="./manifest.json" crossorigin="use-credentials" />'


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
        is_open = GRADIO[method].fullmatch(filled) is not None
        assert is_open == (path in OPEN["GET" if method == "HEAD" else method]), (method, path)


@pytest.mark.parametrize(
    "path",
    [
        "/redoc",
        "/docs/oauth2-redirect",
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
    assert page.count('rel="manifest"') == page.count(MANIFEST) == 1
    assert page.count('<meta name="theme-color"') == 2
    assert client.get("/manifest.json").json()["short_name"] == "Playground"  # not Gradio's


def test_the_first_scripts_of_the_page_calm_gradio(client: TestClient) -> None:
    page = client.get("/")
    assert int(page.headers["content-length"]) == len(page.content)
    first = page.text.split("<script")[1]
    assert "window.requestAnimationFrame = " in first
    for said in ("calmFrames", "window.structuredClone = "):
        assert page.text.index(said) < page.text.index('type="module"')
    assert client.head("/").status_code == 200
