"""The closed door in a real browser: hostile pages get nothing done, the login form works."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Page, async_playwright, expect
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

import ui  # noqa: F401  # before gradio
from backend.settings.load import Settings
from backend.studio import Studio
from tests.browser import CHROMIUM_OPTIONS, find_chromium
from tests.e2e.create_page import told_the_deal
from tests.e2e.looks import violations
from tests.e2e.until import until
from ui.door.credentials import Credentials
from ui.site import build_app

pytestmark = [pytest.mark.wide, pytest.mark.asyncio(loop_scope="session")]

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

    app: Any = None
    port: int = 0
    log: list[tuple[str, str, int]] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def noting(message: Any) -> None:
            if message["type"] == "http.response.start":
                self.log.append((scope["method"], scope["path"], message["status"]))
            await send(message)

        await self.app(scope, receive, noting)


@contextmanager
def serving(make: Callable[[], Any]) -> Iterator[Served]:
    """Serve the app that `make` returns, in a thread with a loop of its own."""
    served, servers = Served(), []

    async def serve() -> None:
        served.app = make()
        config = uvicorn.Config(
            served, port=0, log_level="critical", lifespan="on", timeout_graceful_shutdown=1
        )
        servers.append(uvicorn.Server(config))
        await servers[0].serve()

    thread = threading.Thread(target=asyncio.run, args=[serve()], daemon=True)
    thread.start()
    while not (servers and servers[0].started):
        assert thread.is_alive()
        time.sleep(0.01)
    served.port = servers[0].servers[0].sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        servers[0].should_exit = True
        thread.join(20)


@contextmanager
def playground(folder: Path, credentials: Credentials | None = None) -> Iterator[Served]:
    settings = Settings(data_dir=folder / "data", env_file=folder / ".env", mode="offline")
    with serving(lambda: build_app(Studio(settings), credentials)) as served:
        yield served


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A fresh visitor's page, as at home: no address of its own."""
    context = await browser.new_context()
    yield await context.new_page()
    await context.close()


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


async def test_the_page_works_under_its_policy_and_asks_nobody_else(
    page: Page, tmp_path: Path
) -> None:
    complaints = complaints_of(page)
    with playground(tmp_path) as ours:
        await page.goto(f"http://127.0.0.1:{ours.port}/")
        await page.locator("#prompt textarea").fill("a red fox")
        await page.get_by_role("button", name="Generate").click()
        await until(
            page, "() => document.querySelector('img[src^=\"/images/\"]')?.naturalWidth > 0"
        )
        await page.goto(f"http://127.0.0.1:{ours.port}/gallery")
        await until(
            page, "() => document.querySelector('img[src^=\"/thumbs/\"]')?.naturalWidth > 0"
        )
        assert complaints == []
        assert [entry for entry in ours.log if entry[2] >= 400] == []


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_a_hostile_page_gets_nothing_done(page: Page, tmp_path: Path, name: str) -> None:
    with playground(tmp_path) as ours:
        # From 127.0.0.1 it is "same-site", another port only; from localhost "cross-site".
        hostile = HOSTILE.replace("URL", f"http://127.0.0.1:{ours.port}").replace("ID", "0" * 32)
        evil = Starlette(routes=[Route("/", lambda request: HTMLResponse(hostile))])
        with serving(lambda: evil) as theirs:
            await page.goto(f"http://{name}:{theirs.port}/")
            await until(page, "() => document.title === 'done'")
            await page.wait_for_timeout(300)
            got = await page.evaluate("got")
            assert len(got) == 6
            assert all(what[1] in ("refused", "opaque") for what in got), got
            assert len(ours.log) >= 12
            assert {status for _, _, status in ours.log} <= {403, 405}, ours.log
            assert "POST" in {method for method, _, _ in ours.log}

            await page.click("#link")  # what a person opens is opened
            await page.get_by_role("button", name="Generate").wait_for()
            assert ("GET", "/", 200) in ours.log
            assert await page.evaluate("window.opener") is None


async def test_a_rebound_name_gets_nothing(browser: Browser, tmp_path: Path) -> None:
    async with rebound() as page:
        with playground(tmp_path) as ours:
            answer = await page.goto(f"http://rebound.example:{ours.port}/")
            assert answer is not None and answer.status == 421
            text = await page.evaluate("fetch('/config').then((answer) => answer.status)")
            assert text == 421
            assert {status for _, _, status in ours.log} == {421}


@asynccontextmanager
async def rebound() -> AsyncIterator[Page]:
    """Yield a page of a browser for which every name that ends in .example is this computer."""
    rules = "--host-resolver-rules=MAP *.example 127.0.0.1"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=[*CHROMIUM_OPTIONS, rules]
        )
        yield await browser.new_page()
        await browser.close()


@pytest.mark.parametrize("dark", [False, True])
async def test_the_login_form_works_without_scripts_by_keyboard(
    browser: Browser, tmp_path: Path, dark: bool
) -> None:
    context = await browser.new_context(color_scheme="dark" if dark else "light")
    page = await context.new_page()
    complaints = complaints_of(page)
    with playground(tmp_path, LOGIN) as ours:
        url = f"http://127.0.0.1:{ours.port}"
        await page.goto(f"{url}/gallery?from=mail")
        assert page.url.startswith(f"{url}/login?next=")
        assert await violations(page) == []
        await page.keyboard.type("ada")
        await page.keyboard.press("Tab")
        await page.keyboard.type("wrong password")
        await page.keyboard.press("Enter")
        alert = page.get_by_role("alert")
        assert await alert.inner_text() == "That user name or password is not right."
        assert complaints and "401" in complaints.pop()
        assert await violations(page) == []
        await page.keyboard.type(LOGIN.password)  # the focus waits in the password
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{url}/gallery?from=mail")
        assert await page.evaluate("document.cookie") == ""
        await page.goto(f"{url}/logout")
        await page.get_by_role("button", name="Log out").click()
        await page.wait_for_url(f"{url}/login")
        await page.goto(f"{url}/")
        assert page.url == f"{url}/login"
        assert complaints == []
    await context.close()


async def test_a_login_that_ended_is_told_on_the_open_page_until_one_is_back(
    page: Page, tmp_path: Path
) -> None:
    with playground(tmp_path, LOGIN) as ours:
        url = f"http://127.0.0.1:{ours.port}"
        log_in = {"form": {"user": LOGIN.user, "password": LOGIN.password}}
        headers = {"Origin": url}
        await page.context.request.post(f"{url}/login", headers=headers, **log_in)
        await page.goto(url)
        await told_the_deal(page)
        await expect(page.locator("#results h2")).to_be_attached()  # all scripts are there
        await page.context.request.post(f"{url}/logout", headers=headers)
        prompt, told = page.locator("#prompt textarea"), page.locator(".connection.logged-out")
        await prompt.fill("a fox")
        await prompt.press("Enter")
        await expect(told).to_contain_text("You are logged out.")
        await expect(told.locator("a")).to_have_attribute("href", "/login?next=%2F")
        await expect(prompt).to_have_value("a fox")
        await page.context.request.post(f"{url}/login", headers=headers, **log_in)
        await prompt.press("Enter")
        await expect(page.locator('.card[data-state="saved"] img')).to_be_visible()
        await expect(told).to_have_count(0)


async def test_every_page_has_a_way_to_log_out(browser: Browser, tmp_path: Path) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    with playground(tmp_path, LOGIN) as ours:
        url = f"http://127.0.0.1:{ours.port}"
        for path in ("/", "/gallery"):
            form = {"user": LOGIN.user, "password": LOGIN.password}
            await context.request.post(f"{url}/login", headers={"Origin": url}, form=form)
            await page.goto(f"{url}{path}")
            await page.locator("#header").get_by_role("button", name="Log out").click()
            await page.wait_for_url(f"{url}/login")
            await page.goto(f"{url}{path}")
            assert page.url.startswith(f"{url}/login")
    await context.close()
    with playground(tmp_path / "open", None) as ours:
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{ours.port}/settings")
        await expect(page.locator("#setup-tier option")).to_have_count(5)
        await expect(page.get_by_role("button", name="Log out")).to_have_count(0)
        await context.close()
