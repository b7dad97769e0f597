"""Two machines behind nginx, which takes turns between them, in a browser: any serves any click."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.async_api import Browser, Page, Response, expect

from tests.cluster.conftest import (  # noqa: F401  # fixtures
    database_url,
    postgres_server,
    store_server,
)
from tests.cluster.servers import ObjectStore, free_ports
from tests.e2e.conftest import ROOT, local_platform, program, wait_for, watched
from tests.e2e.create_page import count_of, generate, landed, opened, small, source_of
from tests.e2e.test_behind_proxy import AUTH, CONFIG, NGINX

pytestmark = [
    pytest.mark.wide,
    pytest.mark.timeout(240),  # two starts and a dozen pages, through three servers
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(NGINX is None, reason="no nginx on this machine (apt-get install nginx)"),
]

FRONT = (ROOT / "nginx.conf").read_text("utf-8")
MINUTE = 3  # requests that may be sent in one: what is more waits, and can be stopped
STOP_S = 2.0
"""From the press of Stop on one machine to the other's last run that waited."""


@contextmanager
def in_turns(folder: Path, machines: list[str]) -> Iterator[str]:
    """Put the project's nginx.conf before these machines and yield its address."""
    assert NGINX is not None
    (port,) = free_ports(1)
    servers = "".join(f"server {url.removeprefix('http://')};\n" for url in machines)
    front = re.sub(r"(?:\s*server store:\d+;)+", f"\n    {servers}", FRONT)
    front = front.replace(
        "listen 80;", f"listen 127.0.0.1:{port}; location = /favicon.ico {{ return 204; }}"
    )
    head, _, _ = CONFIG.partition("    server {{")
    place = folder / "nginx"
    place.mkdir()
    text = head.replace("{{", "{").replace("}}", "}") + front + "}\n"
    (place / "nginx.conf").write_text(
        text.replace("PLACE", str(place)).replace("USER", "user root;")
    )
    with subprocess.Popen([NGINX, "-p", str(place), "-c", str(place / "nginx.conf")]) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture
def outside(
    tmp_path: Path,
    database_url: str,  # noqa: F811
    store_server: ObjectStore,  # noqa: F811
) -> Iterator[str]:
    """The address of nginx, before two machines on one database, one store, one platform."""
    with ExitStack() as stack:
        platform = stack.enter_context(local_platform())
        shared = {
            **store_server.environ,
            "PLAYGROUND_DATABASE_URL": database_url,
            "PLAYGROUND_STORE_URL": store_server.url(f"front-{time.time_ns()}"),
            "PLAYGROUND_AUTH": AUTH,
            "PLAYGROUND_TRUSTED_PROXIES": "127.0.0.1",
            "PLAYGROUND_REQUESTS_PER_MINUTE": str(MINUTE),
        }
        machines = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            data = tmp_path / name / "data"
            machines.append(stack.enter_context(program(data, platform=platform, more=shared)))
        yield stack.enter_context(in_turns(tmp_path, machines))


def failures(page: Page) -> list[str]:
    """Return a list of the answers that refuse something, as they come."""
    failed: list[str] = []

    def look(answer: Response) -> None:
        if answer.status >= 400:
            failed.append(f"{answer.status} {answer.request.method} {answer.url}")

    page.on("response", look)
    return failed


def none_waits(database_url: str) -> bool:  # noqa: F811
    """Whether no run is still to be sent."""
    with psycopg.connect(database_url.replace("+psycopg", "")) as db:
        return db.execute("SELECT 1 FROM runs WHERE state = 'queued' LIMIT 1").fetchone() is None


async def test_whichever_machine_answers_all_of_it_works(
    browser: Browser,
    outside: str,
    database_url: str,  # noqa: F811
) -> None:
    context = await browser.new_context(base_url=outside, viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    strangers, errors = watched(page, outside)
    failed = failures(page)

    await page.goto("/gallery")
    await page.get_by_label("User name").fill("ada")
    await page.get_by_label("Password").fill(AUTH.partition(":")[2])
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{outside}/gallery")

    # Generated on one, shown by the other, there after a reload.
    await opened(page)
    await small(page)
    batch = await generate(page, "a red fox at dawn")
    await landed(batch)
    first = await source_of(batch)
    for _ in range(3):
        await page.reload()
        await expect(page.locator(".card img").first).to_have_attribute("src", first)
        await expect(page.locator(".card img").first).to_have_js_property("complete", True)

    # What waits for its turn on one is stopped by a press that the other takes.
    await small(page)
    await count_of(page, 8)
    waiting = await generate(page, "a fox, again and again")
    await landed(waiting, MINUTE - 1)
    pressed = time.monotonic()
    await page.locator("#stop").click()
    while not await asyncio.to_thread(none_waits, database_url):
        assert time.monotonic() - pressed < STOP_S, "what another machine had was not stopped"
    await expect(waiting.locator(".rest")).to_contain_text(f"{8 - MINUTE + 1} were not sent")

    # Starred, searched, deleted and given back.
    await page.goto("/gallery?q=dawn")
    cell = page.locator(".cell[data-index='0']")
    await expect(cell.locator("img")).to_be_visible()
    await cell.hover()
    async with page.expect_response(lambda answer: answer.request.method == "POST"):
        await cell.locator(".starring").click()
    starred = re.compile(rf"^1 of {MINUTE} images")
    for _ in range(2):
        await page.goto("/gallery?starred=1")
        await expect(page.locator("#gallery .total")).to_have_text(starred)
    await page.goto("/gallery")
    await expect(page.locator("#gallery .total")).to_have_text(re.compile(rf"^{MINUTE} image"))
    await cell.locator(".open").focus()
    await page.keyboard.press("Delete")
    await expect(page.locator(".toast")).to_contain_text("1 image moved to the trash")
    for _ in range(2):
        await page.goto("/gallery?trash=1")
        await expect(page.locator("#gallery .total")).to_have_text(re.compile(r"^1 image"))
    await page.goto("/gallery")
    await expect(page.locator("#gallery .total")).to_have_text(re.compile(rf"^{MINUTE - 1} image"))
    await page.locator(".cell[data-index='0'] .open").focus()
    await page.keyboard.press("Delete")
    await expect(page.locator(".toast").last).to_contain_text("1 image moved to the trash")
    await page.locator(".toast").last.get_by_role("button", name="Undo").click()
    await expect(page.locator(".toast").last).to_contain_text("1 image restored")
    await expect(page.locator("#gallery .total")).to_have_text(re.compile(rf"^{MINUTE - 1} image"))

    # Its address and key are each machine's own, and the panel says so; limits are all's.
    await page.goto("/settings")
    await expect(page.locator("#setup-elsewhere")).to_contain_text("Several machines share")
    await expect(page.locator("#setup-api_key")).to_be_disabled()
    await page.locator("#setup-dollars_per_day").fill("0.75")
    await page.locator("#setup").get_by_role("button", name="Save", exact=True).first.click()
    await expect(page.locator(".said")).to_contain_text("It applies from now on")
    await page.wait_for_timeout(1_500)
    for _ in range(2):
        await page.reload()
        await expect(page.locator("#setup-dollars_per_day")).to_have_value("0.75")

    await page.goto("/logout")
    await page.get_by_role("button", name="Log out").click()
    await page.wait_for_url(f"{outside}/login")
    assert (strangers, errors, failed) == ([], [], [])
    await context.close()


async def test_either_machine_says_that_it_is_ready_and_lists_the_same(outside: str) -> None:
    login = ("ada", AUTH.partition(":")[2])
    async with httpx.AsyncClient(base_url=outside, auth=login) as client:
        for _ in range(4):
            ready = (await client.get("/readyz")).json()
            assert ready == {"status": "ok", "database": "ok", "store": "ok"}
        answers = [await client.get("/api/images", params={"limit": 1}) for _ in range(20)]
    assert [answer.status_code for answer in answers] == [200] * 20
