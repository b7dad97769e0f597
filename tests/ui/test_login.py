"""The login, before the real app: nothing without it, no guessing, and out means out."""

from __future__ import annotations

import asyncio
import base64
import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

import ui  # noqa: F401  # before gradio
from backend.errors import SettingsError
from backend.settings.load import Settings
from backend.studio import Studio
from ui.door.credentials import Credentials, generate_auth, parse_auth
from ui.door.login import COOKIE, LoginGate, safe_next
from ui.door.throttle import Sessions, Throttle
from ui.site import build_app

BASE = "http://127.0.0.1:7860"
RIGHT = Credentials("ada", "correct horse: battery")
OPENED_BY_A_PERSON = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Mode": "navigate"}


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    folder = tmp_path_factory.mktemp("login")
    settings = Settings(data_dir=folder / "data", env_file=folder / ".env", mode="offline")

    async def build() -> Starlette:  # outside a loop Gradio opens one that it never closes
        return build_app(Studio(settings), RIGHT)

    return asyncio.run(build())


@pytest.fixture(scope="module")
def opened(app: Starlette) -> Iterator[TestClient]:
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(app: Starlette, opened: TestClient, clock: Clock) -> TestClient:
    """A browser without cookies, before a gate that remembers nobody and no wrong password."""
    gate = find_gate(app)
    gate.throttle, gate.sessions = Throttle(clock), Sessions(clock)
    opened.cookies.clear()
    return opened


def find_gate(app: Starlette) -> LoginGate:
    layer: Any = app.middleware_stack
    while not isinstance(layer, LoginGate):
        layer = layer.app
    return layer


def log_in(client: TestClient, password: str = RIGHT.password, **more: str) -> Any:
    form = {"user": RIGHT.user, "password": password} | more
    return client.post("/login", data=form, headers=OPENED_BY_A_PERSON)


def basic(user: str, password: str) -> dict[str, str]:
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


# --- what is closed ---------------------------------------------------------------------------


def test_nothing_is_open_without_the_login(client: TestClient, app: Starlette) -> None:
    paths = [route.path for route in app.routes if not isinstance(route, Mount)]
    paths = [re.sub(r"\{\w+\}", "0" * 32, path) for path in paths if path != "/healthz"]
    assert "/api/images" in paths and "/api/events" in paths
    gradio = ["/", "/gallery", "/config", "/theme.css", "/assets/x.js", "/gradio_api/info"]
    for path in [*paths, *gradio, "/gradio_api/queue/data", "/gradio_api/heartbeat/x", "/nowhere"]:
        answer = client.get(path)
        assert answer.status_code == 401, path
        assert "Log in first" in answer.json()["detail"]
    for name in ("call/generate", "run/predict", "queue/join"):
        assert client.post(f"/gradio_api/{name}", json={"data": []}).status_code == 401


def test_only_health_and_the_login_itself_are_open(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
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
    token = client.cookies[COOKIE]
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
    first = client.cookies[COOKIE]
    client.cookies.clear()
    log_in(client)
    assert client.cookies[COOKIE] != first
    assert client.get("/logout").status_code == 200
    assert client.get("/api/images").status_code == 200  # asked, but not yet out
    answer = client.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    client.cookies.clear()
    assert client.get("/api/images", headers={"Cookie": f"{COOKIE}={first}"}).status_code == 200


def test_a_token_that_was_logged_out_stays_out(client: TestClient) -> None:
    log_in(client)
    token = client.cookies[COOKIE]
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


# --- wrong passwords --------------------------------------------------------------------------


def test_a_wrong_password_is_said_on_the_form_and_logged_without_it(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = log_in(client, "hunter2-hunter2", next="/gallery")
    assert answer.status_code == 401 and "set-cookie" not in answer.headers
    assert 'role="alert">That user name or password is not right.' in answer.text
    assert 'value="ada"' in answer.text and 'value="/gallery"' in answer.text
    assert "hunter2" not in answer.text and "hunter2" not in caplog.text
    assert "wrong user name or password came from testclient" in caplog.text


def test_what_was_typed_is_shown_as_text(client: TestClient) -> None:
    hostile = '"><script>alert(1)</script>'
    answer = log_in(client, "wrong password", user=hostile, next=f"/{hostile}")
    assert "<script" not in answer.text and "&lt;script&gt;" in answer.text


def test_after_five_wrong_passwords_one_has_to_wait_longer_each_time(
    client: TestClient, clock: Clock
) -> None:
    for _ in range(5):
        assert log_in(client, "wrong").status_code == 401
    for wait in (10, 20, 40, 80, 160, 320, 640, 900, 900):
        refused = log_in(client)  # even the right one: else waiting would be no obstacle
        assert (refused.status_code, refused.headers["retry-after"]) == (429, str(wait))
        assert "Too many wrong passwords. Try again in" in refused.text
        clock.now += wait
        assert log_in(client, "wrong").status_code == 401
    clock.now += 900
    assert log_in(client).status_code == 303


def test_a_right_password_forgives_the_wrong_ones(client: TestClient) -> None:
    for _ in range(3):
        for _ in range(4):
            log_in(client, "wrong")
        assert log_in(client).status_code == 303


def test_who_is_logged_in_stays_so_while_others_guess(client: TestClient) -> None:
    log_in(client)
    token = client.cookies[COOKIE]
    for _ in range(6):
        log_in(client, "wrong")
    assert client.get("/config", headers={"Cookie": f"{COOKIE}={token}"}).status_code == 200


def test_guessing_from_many_addresses_is_slowed_down_too() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for n in range(30):
        assert throttle.wait_s(f"10.0.0.{n}") == 0
        throttle.failed(f"10.0.0.{n}")
    assert throttle.wait_s("10.9.9.9") == 10
    for n in range(20):
        throttle.failed(f"10.0.1.{n}")
    assert throttle.wait_s("10.9.9.9") == 60  # never longer: it must not lock the owner out
    clock.now += 60
    assert throttle.wait_s("10.9.9.9") == 0


def test_a_whole_ipv6_network_is_one_caller_and_an_hour_is_forgiven() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    for n in range(5):
        throttle.failed(f"2001:db8::{n}")
    assert throttle.wait_s("2001:db8::ffff") == 10 and throttle.wait_s("2001:db8:1::1") == 0
    clock.now += 3_601
    throttle.failed("2001:db8::1")
    assert throttle.wait_s("2001:db8::1") == 0


def test_neither_addresses_nor_sessions_fill_the_memory() -> None:
    throttle, sessions = Throttle(), Sessions()
    for n in range(Throttle.ADDRESSES_MAX + 500):
        throttle.failed(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}")
    assert len(throttle) == Throttle.ADDRESSES_MAX
    tokens = [sessions.open() for _ in range(1_500)]
    assert len(sessions) == 1_000 and sessions.is_open(tokens[-1])


def test_rubbish_as_a_form_is_no_login(client: TestClient) -> None:
    assert client.post("/login", content=b"\xff\xfe" * 100).status_code == 401
    assert client.post("/login", json={"user": RIGHT.user}).status_code == 401
    assert client.post("/login", content=b"a&" * 20).status_code == 401
    assert client.post("/login", content=b"x" * 9_000).status_code == 413


@pytest.mark.parametrize("user", ["", "ad", "ada ", "Ada", "adaa", "\ud800"])
def test_both_user_and_password_must_be_right(user: str) -> None:
    assert RIGHT.match("ada", RIGHT.password)
    assert not RIGHT.match(user, RIGHT.password) and not RIGHT.match("ada", user)


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
    answer = client.get("/api/images", headers=right)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")


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


# --- the form ---------------------------------------------------------------------------------


def test_the_form_is_plain_accessible_html_that_loads_nothing(client: TestClient) -> None:
    answer = client.get("/login")
    page = answer.text
    assert '<html lang="en">' in page and "<h1>Log in</h1>" in page
    for name in ("user", "password"):
        assert f'<label for="{name}">' in page and f'id="{name}"' in page
    assert 'autocomplete="username"' in page and 'autocomplete="current-password"' in page
    assert "prefers-color-scheme: dark" in page
    assert "<script" not in page and "http" not in page and "url(" not in page
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"


# --- credentials ------------------------------------------------------------------------------


def test_a_given_login_is_read_as_user_and_password() -> None:
    assert parse_auth("ada:correct horse: battery") == RIGHT
    assert parse_auth("ada:pässwörd-lang").password == "pässwörd-lang"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ada", "not of the form user:password"),
        (":a-long-password", "not of the form user:password"),
        (" :a-long-password", "not of the form user:password"),
        ("ada:a-long-pass\nword", "not of the form user:password"),
        ("", "not of the form user:password"),
        ("ada:", "too short"),
        ("ada:elevenchars", "too short"),
    ],
)
def test_a_useless_login_is_refused_without_quoting_it(text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as caught:
        parse_auth(text)
    assert text.partition(":")[2] not in str(caught.value) or len(text) < 6


def test_a_generated_login_is_long_and_never_the_same() -> None:
    first, second = generate_auth(), generate_auth()
    assert first.user == "playground" and len(first.password) >= 16
    assert first.password != second.password
    assert parse_auth(f"{first.user}:{first.password}") == first
    assert first.password not in repr(first)


def find_gate_of(client: TestClient) -> LoginGate:
    return find_gate(client.app)  # type: ignore[arg-type]
