"""The closed door in a real browser: hostile pages get nothing done, the login form works."""

from __future__ import annotations

import asyncio
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

import ui  # noqa: F401  # before gradio
from backend.settings import Settings
from backend.studio import Studio
from ui.login import Credentials
from ui.page import build_app

LOGIN = Credentials("ada", "correct horse battery")

# Everything that a page can do to an address of which it knows all but the cookies.
HOSTILE = """<!doctype html><title>waiting</title>
<a id="link" href="URL/">win a prize</a>
<form id="form" action="URL/gradio_api/call/generate" method="post" target="hidden"
  enctype="text/plain"><input name='{"data":["m","p"],"x":"' value='"}'></form>
<iframe name="hidden" srcdoc=""></iframe>
<iframe src="URL/gallery"></iframe>
<img src="URL/images/ID"><img src="URL/thumbs/ID"><img src="URL/healthz">
<script src="URL/config"></script><link rel="stylesheet" href="URL/theme.css">
<object data="URL/api/images"></object><video src="URL/images/ID?download=1"></video>
<script>
const got = [];
const note = (what) => (answer) => got.push([what, answer.type, answer.status]);
const lost = (what) => () => got.push([what, "refused"]);
const body = JSON.stringify({data: ["m", "p"]});
const json = {"Content-Type": "application/json"};
const tries = [
  ["read", "URL/api/images", {}],
  ["read with cookies", "URL/config", {credentials: "include"}],
  ["post blindly", "URL/gradio_api/call/generate", {method: "POST", mode: "no-cors", body}],
  ["post", "URL/gradio_api/call/generate", {method: "POST", body, headers: json}],
  ["log out", "URL/logout", {method: "POST", mode: "no-cors", credentials: "include"}],
];
const socket = new Promise((done) => {
  const ws = new WebSocket("URL/gradio_api/queue/join".replace("http", "ws"));
  ws.onopen = () => { got.push(["socket", "open", 101]); done(); };
  ws.onerror = () => { got.push(["socket", "refused"]); done(); };
});
navigator.sendBeacon("URL/gradio_api/run/predict", body);
document.getElementById("form").submit();
Promise.all([socket, ...tries.map(([what, url, options]) =>
  fetch(url, options).then(note(what), lost(what)))]).then(() => {
    globalThis.got = got; document.title = "done";
});
</script>"""


@dataclass
class Served:
    """An app on a port of this computer, with what it was asked and answered."""

    app: Any
    port: int = 0
    log: list[tuple[str, str, int]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def noting(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.log.append((scope["method"], scope["path"], message["status"]))
            await send(message)

        await self.app(scope, receive, noting)


@contextmanager
def serving(app: Any) -> Iterator[Served]:
    served = Served(app)
    config = uvicorn.Config(
        served, port=0, log_level="critical", lifespan="on", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    served.port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.should_exit = True
        thread.join(20)


@contextmanager
def playground(folder: Path, credentials: Credentials | None = None) -> Iterator[Served]:
    settings = Settings(data_dir=folder / "data", env_file=folder / ".env", provider="offline")

    async def build() -> Starlette:  # outside a loop Gradio opens one that it never closes
        return build_app(Studio(settings), credentials)

    with serving(asyncio.run(build())) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def complaints_of(page: Page) -> list[str]:
    """Return a list that fills with the page's errors, policy violations and foreign requests."""
    found: list[str] = []
    page.on("console", lambda m: found.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("dialog", lambda dialog: found.append(dialog.message))
    page.on(
        "request",
        lambda r: (
            None
            if r.url.startswith(("http://127.0.0.1:", "http://localhost:", "data:", "blob:"))
            else found.append(r.url)
        ),
    )
    return found


def test_the_page_works_under_its_policy_and_asks_nobody_else(page: Page, tmp_path: Path) -> None:
    complaints = complaints_of(page)
    with playground(tmp_path) as ours:
        page.goto(f"http://127.0.0.1:{ours.port}/")
        page.get_by_label("Prompt").first.fill("a red fox")
        page.get_by_role("button", name="Generate", exact=True).click()
        page.wait_for_function("document.querySelector('img[src^=\"/images/\"]')?.naturalWidth > 0")
        page.goto(f"http://127.0.0.1:{ours.port}/gallery")
        page.wait_for_function("document.querySelector('img[src^=\"/thumbs/\"]')?.naturalWidth > 0")
        assert complaints == []
        assert [entry for entry in ours.log if entry[2] >= 400] == []


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_hostile_page_gets_nothing_done(page: Page, tmp_path: Path, name: str) -> None:
    with playground(tmp_path) as ours:
        # From 127.0.0.1 it is "same-site", another port only; from localhost "cross-site".
        hostile = HOSTILE.replace("URL", f"http://127.0.0.1:{ours.port}").replace("ID", "0" * 32)
        evil = Starlette(routes=[Route("/", lambda request: HTMLResponse(hostile))])
        with serving(evil) as theirs:
            page.goto(f"http://{name}:{theirs.port}/")
            page.wait_for_function("document.title === 'done'")
            page.wait_for_timeout(300)
            got = page.evaluate("got")
            assert len(got) == 6
            assert all(what[1] in ("refused", "opaque") for what in got), got
            assert len(ours.log) >= 12
            assert {status for _, _, status in ours.log} <= {403, 405}, ours.log
            assert "POST" in {method for method, _, _ in ours.log}

            page.click("#link")  # what a person opens is opened
            page.get_by_role("button", name="Generate", exact=True).wait_for()
            assert ("GET", "/", 200) in ours.log
            assert page.evaluate("window.opener") is None


def test_a_rebound_name_gets_nothing(browser: Browser, tmp_path: Path) -> None:
    with playground(tmp_path) as ours, sync_browser_with_dns(browser) as page:
        answer = page.goto(f"http://rebound.example:{ours.port}/")
        assert answer is not None and answer.status == 421
        text = page.evaluate("fetch('/config').then((answer) => answer.status)")
        assert text == 421
        assert {status for _, _, status in ours.log} == {421}


@contextmanager
def sync_browser_with_dns(browser: Browser) -> Iterator[Page]:
    """Yield a page of a browser for which every name ending in .example is this computer."""
    other = browser.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox", "--host-resolver-rules=MAP *.example 127.0.0.1"],
    )
    try:
        yield other.new_page()
    finally:
        other.close()


@pytest.mark.parametrize("dark", [False, True])
def test_the_login_form_works_without_scripts_by_keyboard(
    browser: Browser, tmp_path: Path, dark: bool
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme="dark" if dark else "light")
    page = context.new_page()
    complaints = complaints_of(page)
    with playground(tmp_path, LOGIN) as ours:
        url = f"http://127.0.0.1:{ours.port}"
        page.goto(f"{url}/gallery?from=mail")
        assert page.url.startswith(f"{url}/login?next=")
        assert Axe().run(page).violations_count == 0
        page.context.set_extra_http_headers({})
        page.keyboard.type("ada")
        page.keyboard.press("Tab")
        page.keyboard.type("wrong password")
        page.keyboard.press("Enter")
        alert = page.get_by_role("alert")
        assert alert.inner_text() == "That user name or password is not right."
        assert complaints and "401" in complaints.pop()
        assert Axe().run(page).violations_count == 0
        page.keyboard.type(LOGIN.password)  # the focus waits in the password
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/gallery?from=mail")
        assert page.evaluate("document.cookie") == ""
        page.goto(f"{url}/logout")
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url(f"{url}/login")
        page.goto(f"{url}/")
        assert page.url == f"{url}/login"
        assert complaints == []
    context.close()
