"""The whole application under another name, behind a proxy, below a path."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

import ui  # noqa: F401  # before gradio
from backend.settings.load import Settings
from backend.settings.network import OWN_PATHS, read_network
from backend.studio import Studio
from tests.ui.login.visitors import RIGHT
from ui.site import build_app

LINK = re.compile(r"""(?:href|src|action)=["']([^"'#]*)""")
OPENED = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def made(folder: Path, *, login: bool = False, **network: str) -> Starlette:
    given = {"hosts": "", "proxies": "", "root_path": ""} | network
    settings = Settings(
        folder / "data", folder / ".env", mode="offline", network=read_network(**given)
    )

    async def build() -> Starlette:  # outside a loop Gradio opens one that it never closes
        return build_app(Studio(settings), RIGHT if login else None)

    return asyncio.run(build())


def browser(app: Starlette, base: str = "http://127.0.0.1", **more: Any) -> TestClient:
    client = ("127.0.0.1", 5_000)
    return TestClient(app, base_url=base, client=client, follow_redirects=False, **more)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Behind a trusted proxy, which says the prefix, under a name of its own, with a login."""
    app = made(
        tmp_path_factory.mktemp("proxied"),
        login=True,
        hosts="pg.example, 203.0.113.5",
        proxies="127.0.0.1",
    )
    with browser(app, "https://pg.example") as client:
        client.headers |= {"X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/pg"}
        yield client


def log_in(client: TestClient) -> Any:
    form = {"user": RIGHT.user, "password": RIGHT.password, "next": "/gallery?q=a"}
    return client.post("/login", data=form, headers={"Origin": "https://pg.example"})


def test_own_paths_are_all_that_the_application_has(proxied: TestClient) -> None:
    routes = proxied.app.routes  # type: ignore[attr-defined]
    first = {route.path.split("/")[1] for route in routes if not isinstance(route, Mount)}
    assert first - {""} <= OWN_PATHS


def test_logging_in_leads_on_below_the_prefix(proxied: TestClient) -> None:
    proxied.cookies.clear()
    away = proxied.get("/gallery?q=a", headers=OPENED)
    assert away.headers["location"] == "/pg/login?next=%2Fgallery%3Fq%3Da"
    assert 'action="/pg/login"' in proxied.get("/login").text
    answer = log_in(proxied)
    assert answer.headers["location"] == "/pg/gallery?q=a"
    cookie = answer.headers["set-cookie"]
    assert "Path=/pg;" in cookie and "Secure" in cookie
    assert 'action="/pg/logout"' in proxied.get("/logout").text
    out = proxied.post("/logout", headers={"Origin": "https://pg.example"})
    assert out.headers["location"] == "/pg/login" and "Path=/pg;" in out.headers["set-cookie"]


@pytest.mark.parametrize(
    "page",
    ["/", "/gallery", "/gallery/", "/examples", "/settings", "/statistics", "/docs", "/help"],
)
def test_all_that_a_page_links_to_stands_below_the_prefix(proxied: TestClient, page: str) -> None:
    proxied.cookies = {}  # type: ignore[assignment]
    answer = proxied.get(page, auth=(RIGHT.user, RIGHT.password))
    assert answer.status_code == 200
    assert "Path=/pg;" in answer.headers.get("set-cookie", "Path=/pg;")
    for link in LINK.findall(answer.text):
        inside = link.startswith(("/pg/", "./", "data:")) or not link
        assert inside or link.startswith("https://"), link
    for path in re.findall(r'"(/pg/[^"?#]*)', answer.text):
        found = proxied.get(path, auth=(RIGHT.user, RIGHT.password))
        assert found.status_code in (200, 401, 405), path


def test_gradio_knows_where_it_stands(proxied: TestClient) -> None:
    auth = (RIGHT.user, RIGHT.password)
    assert proxied.get("/config", auth=auth).json()["root"] == "https://pg.example/pg"
    page = proxied.get("/", auth=auth).text
    assert '"root":"https://pg.example/pg"' in page.replace(" ", "")
    assert "127.0.0.1" not in page and '="/page/' not in page and "'/page/" not in page


def test_what_programs_are_told_stands_below_the_prefix(proxied: TestClient) -> None:
    auth = (RIGHT.user, RIGHT.password)
    schema = proxied.get("/openapi.json", auth=auth).json()
    assert schema["servers"] == [{"url": "/pg"}]
    assert "https://pg.example/pg/api/images" in proxied.get("/docs", auth=auth).text
    body = {"model": "black-forest-labs/FLUX.1-schnell", "prompt": "a fox"}
    (made,) = proxied.post(
        "/api/generate", json=body | {"width": 256, "height": 256}, auth=auth
    ).json()
    assert made["image_url"] == f"/pg/images/{made['id']}"
    for url in (made["image_url"], made["thumb_url"]):
        assert proxied.get(url, auth=auth).status_code == 200
    values = [body["model"], "a fox", "", 256, 256]
    called = proxied.post("/gradio_api/run/generate", json={"data": values}, auth=auth)
    assert called.json()["data"][0][0]["image_url"].startswith("/pg/images/")
    event = proxied.post("/gradio_api/call/generate", json={"data": values}, auth=auth).json()
    with proxied.stream("GET", f"/gradio_api/call/generate/{event['event_id']}", auth=auth) as told:
        text = "".join(told.iter_text())
    assert json.loads(text.split("data: ")[-1])[0][0]["image_url"].startswith("/pg/images/")


@pytest.mark.parametrize(
    ("host", "forwarded", "status"),
    [
        ("pg.example", "", 200),
        ("PG.example:8443", "", 200),
        ("203.0.113.5", "", 200),
        ("127.0.0.1:7860", "pg.example", 200),
        ("127.0.0.1:7860", "pg.example, 127.0.0.1", 200),
        ("evil.example", "", 421),
        ("evil.example", "pg.example", 421),
        ("pg.example", "evil.example", 421),
        ("pg.example", "pg.example, evil.example", 421),
        ("a.pg.example", "", 421),
    ],
)
def test_names_are_answered_that_are_allowed_and_no_others(
    proxied: TestClient, host: str, forwarded: str, status: int
) -> None:
    headers = {"Host": host} | ({"X-Forwarded-Host": forwarded} if forwarded else {})
    answer = proxied.get("/healthz", headers=headers)
    assert answer.status_code == status
    if status == 421:
        assert "--allow-host" in answer.json()["detail"]


def test_the_browsers_own_name_counts_for_its_origin(proxied: TestClient) -> None:
    auth, body = (RIGHT.user, RIGHT.password), {"data": ["no model", "x"]}
    headers = {"Host": "127.0.0.1:7860", "X-Forwarded-Host": "pg.example"}
    for origin, status in (("https://pg.example", 200), ("https://evil.example", 403)):
        headers["Origin"] = origin
        answer = proxied.post("/gradio_api/call/generate", json=body, auth=auth, headers=headers)
        assert answer.status_code == status


def test_a_root_path_that_is_set_counts_also_without_a_proxy(tmp_path: Path) -> None:
    with browser(made(tmp_path, root_path="/pg")) as client:
        for path in ("/gallery", "/pg/gallery"):
            assert 'href="/pg/statistics"' in client.get(path).text
        assert client.get("/pg").headers["location"] == "/pg/"
        assert client.get("/config").json()["root"] == "http://127.0.0.1/pg"
        forged = client.get("/gallery", headers={"X-Forwarded-Prefix": "/evil"})
        assert "/evil" not in forged.text


def test_what_no_trusted_proxy_says_goes_into_no_page(tmp_path: Path) -> None:
    forged = {"X-Forwarded-Host": "evil.example", "X-Gradio-Server": "http://evil.example"}
    with browser(made(tmp_path)) as client:
        for path in ("/config", "/", "/gradio_api/info", "/docs"):
            assert "evil.example" not in client.get(path, headers=forged).text


# --- HTTPS that nobody told of ------------------------------------------------------------------


def test_https_without_a_word_of_it_is_a_sentence_and_no_empty_page(tmp_path: Path) -> None:
    with browser(made(tmp_path, hosts="pg.example"), "http://pg.example") as client:
        told = client.get("/", headers=OPENED)
        assert told.status_code == 421 and "X-Forwarded-Proto" in told.text
        assert told.headers["content-type"].startswith("text/plain")
        for path in ("/", "/gallery"):  # over plain http a browser sends no Sec-Fetch-*
            assert client.get(path, headers={"Accept": "text/html"}).status_code == 200
        sent = client.post("/api/generate", json={}, headers={"Origin": "https://pg.example"})
        assert sent.status_code == 403 and "X-Forwarded-Proto" in sent.json()["detail"]
        assert client.get("/api/images").status_code == 200


def test_https_by_a_proxy_that_is_not_trusted_names_the_option(tmp_path: Path) -> None:
    with browser(made(tmp_path)) as client:
        for told in (
            {"X-Forwarded-Proto": "https"},
            {"Forwarded": 'for=1.2.3.4; Proto="https"'},
        ):
            answer = client.get("/", headers=OPENED | told)
            assert answer.status_code == 421 and "--trust-proxy 127.0.0.1" in answer.text
            assert client.get("/api/images", headers=told).status_code == 200
        assert client.get("/", headers=OPENED).status_code == 200
