"""What is closed, logging in and out, programs and the form."""

from __future__ import annotations

import asyncio
import base64
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

import ui  # noqa: F401  # before gradio
from backend.settings.load import Settings
from backend.studio import Studio
from tests.ui.login.visitors import BASE, OPENED_BY_A_PERSON, RIGHT, Clock, find_gate, log_in
from ui import static
from ui.door.key_gate import opens_with_key
from ui.door.login import COOKIE, OPEN, LoginGate, cookie_name, safe_next
from ui.site import build_app

NAME = cookie_name(BASE)


def basic(user: str, password: str) -> dict[str, str]:
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


# --- what is closed ---------------------------------------------------------------------------


def test_nothing_is_open_without_the_login(client: TestClient, app: Starlette) -> None:
    paths = [route.path for route in app.routes if not isinstance(route, Mount)]
    paths = [re.sub(r"\{\w+\}", "0" * 32, path) for path in paths if path not in OPEN]
    assert "/api/images" in paths and "/api/events" in paths
    gradio = ["/", "/gallery", "/config", "/theme.css", "/assets/x.js", "/gradio_api/info"]
    for path in [*paths, *gradio, "/gradio_api/queue/data", "/gradio_api/heartbeat/x", "/nowhere"]:
        answer = client.get(path)
        assert answer.status_code == 401, path
        if opens_with_key(path):
            assert "invalid_api_key" in answer.text
        else:
            assert "Log in first" in answer.json()["detail"]
    for name in ("call/generate", "run/predict", "queue/join"):
        assert client.post(f"/gradio_api/{name}", json={"data": []}).status_code == 401


def test_only_health_and_the_login_itself_are_open(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").json() == {"status": "ok", "database": "ok"}
    assert client.get("/login").status_code == 200
    assert client.get("/login/").status_code == 401
    assert client.get("//login").status_code == 401
    assert client.get("/login/../config").status_code == 401


def test_a_person_is_led_to_the_form_and_back_to_where_they_wanted(client: TestClient) -> None:
    sent_away = client.get("/gallery?model=a&x=%C3%A9", headers=OPENED_BY_A_PERSON)
    assert sent_away.status_code == 303
    form = client.get(sent_away.headers["location"])
    wanted = re.search(r'name="next" value="([^"]*)"', form.text)
    assert wanted is not None and wanted[1] == "/gallery?model=a&amp;x=%C3%A9"
    answer = log_in(client, next=wanted[1].replace("&amp;", "&"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/gallery?model=a&x=%C3%A9")
    assert client.get(answer.headers["location"]).status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "evil.example",
        "/\tevil",
        "/a\r\nSet-Cookie: a=b",
        "/login?next=/login",
        "/logout",
        "",
        "/" + "a" * 3_000,
    ],
)
def test_a_login_never_leads_to_another_site(client: TestClient, target: str) -> None:
    assert safe_next(target) == "/"
    assert log_in(client, next=target).headers["location"] == "/"
    assert 'name="next" value="/"' in client.get("/login", params={"next": target}).text


# --- logging in and out -----------------------------------------------------------------------


def test_the_cookie_opens_everything_and_tells_scripts_nothing(client: TestClient) -> None:
    answer = log_in(client)
    cookie = answer.headers["set-cookie"]
    token = client.cookies[NAME]
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"):
        assert part in cookie
    assert answer.headers["cache-control"] == "no-store"
    for path in ("/", "/config", "/api/images", "/gradio_api/info"):
        assert client.get(path).status_code == 200
    assert token not in repr(vars(find_gate_of(client).sessions))


def test_over_https_the_cookie_is_secure(client: TestClient) -> None:
    answer = client.post(
        "https://127.0.0.1:7860/login", data={"user": RIGHT.user, "password": RIGHT.password}
    )
    assert "Secure" in answer.headers["set-cookie"]


def test_each_login_gets_another_token_and_logging_out_ends_only_its_own(
    client: TestClient,
) -> None:
    log_in(client)
    first = client.cookies[NAME]
    client.cookies.clear()
    log_in(client)
    assert client.cookies[NAME] != first
    assert client.get("/logout").status_code == 200
    assert client.get("/api/images").status_code == 200  # asked, but not yet out
    answer = client.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert answer.headers["clear-site-data"] == '"cache"', "the back button would show the images"
    client.cookies.clear()
    assert client.get("/api/images", headers={"Cookie": f"{COOKIE}={first}"}).status_code == 200


def test_a_token_that_was_logged_out_stays_out(client: TestClient) -> None:
    log_in(client)
    token = client.cookies[NAME]
    client.post("/logout")
    client.cookies.clear()
    assert client.get("/api/images", headers={"Cookie": f"{COOKIE}={token}"}).status_code == 401


def test_a_session_ends_after_twelve_hours(client: TestClient, clock: Clock) -> None:
    log_in(client)
    clock.now += 12 * 3600 - 1
    assert client.get("/api/images").status_code == 200
    clock.now += 1
    assert client.get("/api/images").status_code == 401


@pytest.mark.parametrize("token", ["", "x", "é", '"', "0" * 5_000, "a; b", "\x01"])
def test_an_invented_token_opens_nothing(client: TestClient, token: str) -> None:
    headers = {"Cookie": f"{COOKIE}={token}".encode()}
    assert client.get("/config", headers=headers).status_code == 401  # type: ignore[arg-type]


def test_another_sites_form_cannot_log_in_or_out(client: TestClient) -> None:
    log_in(client)
    for origin in ("https://evil.example", "null"):
        for path in ("/login", "/logout"):
            assert client.post(path, headers={"Origin": origin}).status_code == 403
    assert client.get("/api/images").status_code == 200


# --- programs ---------------------------------------------------------------------------------


def test_programs_send_basic_and_are_slowed_down_as_well(client: TestClient) -> None:
    right = basic(RIGHT.user, RIGHT.password)
    assert client.get("/api/images", headers=right).status_code == 200
    assert client.post("/gradio_api/call/generate", json={"data": []}, headers=right).is_success
    for wrong in (basic("ada", "x"), {"Authorization": "Basic !"}, {"Authorization": "Basic /w=="}):
        answer = client.get("/api/images", headers=wrong)
        assert answer.status_code == 401
        assert "www-authenticate" not in answer.headers  # browsers would open a dialog of their own
    client.get("/api/images", headers=basic("bob", RIGHT.password))
    client.get("/api/images", headers=basic("bob", RIGHT.password))
    answer = client.get("/api/images", headers=basic("bob", RIGHT.password))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert client.get("/api/images", headers=right).status_code == 200


def test_another_scheme_is_not_a_wrong_password(client: TestClient) -> None:
    for _ in range(10):
        answer = client.get("/api/images", headers={"Authorization": "Bearer whatever"})
        assert answer.status_code == 401
    assert log_in(client).status_code == 303


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Serve `app` on a port of this computer for as long as needed."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_level="error", lifespan="on", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    settings = Settings(data_dir=tmp_path / "data", env_file=tmp_path / ".env", mode="offline")

    async def build() -> Starlette:
        return build_app(Studio(settings), RIGHT)

    with served(asyncio.run(build())) as url:
        yield url


def test_curls_way_and_gradios_own_client_generate_with_basic(url: str) -> None:
    import gradio_client

    with pytest.raises(Exception, match="Please login"):
        gradio_client.Client(url, verbose=False, analytics_enabled=False, download_files=False)
    headers = basic(RIGHT.user, RIGHT.password)
    client = gradio_client.Client(
        url, headers=headers, verbose=False, analytics_enabled=False, download_files=False
    )
    try:
        model = next(iter(client.view_api(return_format="dict")["named_endpoints"]))
        assert model == "/generate"
        (record,) = client.predict(
            "black-forest-labs/FLUX.1-schnell", "a fox", width=256, height=256, api_name="/generate"
        )
    finally:
        client.close()
    assert httpx.get(f"{url}/images/{record['id']}").status_code == 401
    image = httpx.get(f"{url}/images/{record['id']}", auth=(RIGHT.user, RIGHT.password))
    assert image.status_code == 200 and image.content


def test_a_throttled_guesser_sends_real_requests(url: str) -> None:
    with httpx.Client(base_url=url) as guesser:
        form = {"user": RIGHT.user, "password": "wrong"}
        codes = [guesser.post("/login", data=form).status_code for _ in range(7)]
        assert codes == [401] * 5 + [429] * 2
        form["password"] = RIGHT.password
        assert guesser.post("/login", data=form).status_code == 303


@pytest.mark.wide
def test_a_right_password_enters_while_others_try_at_the_same_time(url: str) -> None:
    """All of one address: a crowd of guessers that never stops must not lock the owner out."""
    stop = threading.Event()

    def guess() -> None:
        with httpx.Client(base_url=url, timeout=60) as guesser:
            while not stop.is_set():
                guesser.post("/login", data={"user": RIGHT.user, "password": "wrong"})

    crowd = [threading.Thread(target=guess, daemon=True) for _ in range(10)]
    for each in crowd:
        each.start()
    try:
        with httpx.Client(base_url=url, timeout=100, auth=(RIGHT.user, RIGHT.password)) as owner:
            codes = [owner.get("/api/images").status_code for _ in range(3)]
    finally:
        stop.set()
        for each in crowd:
            each.join(30)
    assert codes == [200] * 3


# --- several cookies ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "others",
    [
        "{token}; sentry_block_session=x",
        "x; sentry_block_session={token}",
        "{token}; sentry_block_session=",
        "x; sentry_block_session_7861=y; sentry_block_session_7860={token}",
        'x; a b=c; sentry_block_session="{token}"; =',
        "x; {{}}; sentry_block_session={token}; broken",
    ],
)
def test_another_cookie_of_that_name_logs_nobody_out(client: TestClient, others: str) -> None:
    log_in(client)
    token = client.cookies[NAME]
    client.cookies.clear()
    headers = {"Cookie": f"{COOKIE}={others.format(token=token)}"}
    assert client.get("/api/images", headers=headers).status_code == 200
    assert client.post("/logout", headers=headers).status_code == 303
    assert client.get("/api/images", headers=headers).status_code == 401


def test_playgrounds_on_two_ports_keep_their_cookies_apart() -> None:
    names = {cookie_name(host) for host in ("localhost:7860", "localhost:7861", "localhost")}
    assert len(names) == 3
    assert cookie_name("[::1]:7860") == "sentry_block_session_7860"
    assert cookie_name("[::1]") == cookie_name("") == COOKIE


def test_a_thousand_cookies_cost_next_to_nothing(client: TestClient) -> None:
    headers = {"Cookie": "; ".join(f"{COOKIE}=x{n}" for n in range(1_000))}
    assert client.get("/api/images", headers=headers).status_code == 401


# --- the form ---------------------------------------------------------------------------------


def test_the_form_is_plain_accessible_html_that_loads_nothing(client: TestClient) -> None:
    answer = client.get("/login")
    page = answer.text
    assert '<html lang="en" dir="ltr">' in page and "<h1>Log in</h1>" in page
    for name in ("user", "password"):
        assert f'<label for="{name}">' in page and f'id="{name}"' in page
    assert 'autocomplete="username"' in page and 'autocomplete="current-password"' in page
    assert "prefers-color-scheme: dark" in page
    assert "<script" not in page and "http" not in page and "url(" not in page
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("path", "name"), [("/login", "Log in"), ("/logout", "Log out?")])
def test_its_pages_are_in_the_products_name_and_colours(
    client: TestClient, path: str, name: str
) -> None:
    page = client.get(path).text
    assert f"<title>{name} \N{EN DASH} Sentry Block</title>" in page
    assert "<svg" in page and "Sentry Block <span>Playground</span>" in page
    for theme in ("light", "dark"):
        colours = static.tokens(theme)
        assert len(re.findall(r"--sb-[\w-]+: ", colours)) > 15 and colours in page
    used = set(re.findall(r"var\((--sb-[\w-]+)\)", page))
    assert used and all(f"{name}: " in static.tokens("light") for name in used)


def test_only_who_came_by_a_session_is_offered_to_log_out(client: TestClient) -> None:
    by_name = client.get("/api/status", headers=basic(RIGHT.user, RIGHT.password))
    assert by_name.json()["login"] is False
    log_in(client)
    assert client.get("/api/status").json()["login"] is True


def find_gate_of(client: TestClient) -> LoginGate:
    return find_gate(client.app)  # type: ignore[arg-type]
