"""The real program in the system's Chromium, once with the sample engine in process and once with
the platform's API behind a real socket.

A page under test may reach 127.0.0.1 alone and may log no error; both are checked after each test.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Playwright, async_playwright, expect

from backend.settings.load import ENV_FILE
from tests.browser import find_headless
from tests.e2e.visits import Visits

ROOT = Path(__file__).parents[2]
KEY = "ak_test-key_0123"

expect.set_options(timeout=20_000)  # two busy cores: slow is no failure here


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try what fails in a browser once more; the sum at the end says how often that was.

    A press that comes in the one frame in which a list is drawn anew hits what is no longer there:
    one in ten thousand does. A defect fails twice.
    """
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.flaky(reruns=1))


@contextmanager
def program(
    data: Path,
    *,
    platform: str | None = None,
    provider: str | None = None,
    more: Mapping[str, str] | None = None,
    arguments: Sequence[str] = (),
    kill: bool = False,
    script: str = "app.py",
) -> Iterator[str]:
    """Start app.py on its first free port of ours and yield its address without the last slash.

    `more` adds to its environment, `arguments` to its command line; `kill` ends it with SIGKILL.
    Another `script` starts it in a way of its own.
    Its settings are kept in .env in the folder that holds `data`, which is also where it works.
    """
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("SENTRY_", "PLAYGROUND_"))}
    provider = provider or ("sentry_block" if platform else "offline")
    if platform:
        environ |= {"SENTRY_BLOCK_API_URL": platform, "SENTRY_BLOCK_API_KEY": KEY}
    environ |= {ENV_FILE: str(data.parent / ".env")} | dict(more or {})
    port = str(_first_free_port())
    options = ["--no-browser", "--port", port, "--data-dir", str(data), "--provider", provider]
    options += arguments
    with subprocess.Popen(
        [sys.executable, str(ROOT / script), *options],
        cwd=data.parent,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            found = re.search(r"http://\S+?(?=/\s)", said)
            assert found, f"the program did not start: {said!r}"
            yield found.group()
        finally:
            process.kill() if kill else process.terminate()


def _first_free_port() -> int:
    """Return a port that the last program on this worker had, where it is free again.

    A browser keeps scripts and their compiled form by address: programs that come after each other
    share them. The ports are below those that systems hand out.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in range(17_000 + 100 * worker, 17_100 + 100 * worker):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


@contextmanager
def local_platform() -> Iterator[str]:
    """Serve the platform's API on a free port and yield its base URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "backend.providers.offline", "--port", str(port), "--key", KEY]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{url}/nothing")
            yield url
        finally:
            process.terminate()


def wait_for(url: str) -> None:
    """Return once something answers at `url`, whatever it says."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urlopen(url, timeout=5).close()
            return
        except URLError as error:
            if hasattr(error, "code"):
                error.close()  # type: ignore[attr-defined]
                return
            time.sleep(0.05)
    raise AssertionError(f"nothing answers at {url}")


OFFLINE = pytest.param("offline", marks=pytest.mark.xdist_group("page-offline"))
PLATFORM = pytest.param("platform", marks=pytest.mark.xdist_group("page-platform"))

page_alone = pytest.mark.parametrize("address", [OFFLINE], indirect=True, scope="session")
"""Marks a test of what the page does by itself, whoever makes the images."""


@pytest.fixture(scope="session", params=[OFFLINE, PLATFORM])
def address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The running program's address, for each of the two providers."""
    data = tmp_path_factory.mktemp("program") / "data"
    if request.param == "offline":
        with program(data) as url:
            yield url
    else:
        with local_platform() as platform, program(data, platform=platform) as url:
            yield url


@pytest.fixture(scope="session")
def executable() -> str:
    """The system's Chromium."""
    chromium = find_headless()
    if chromium is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("REQUIRE_BROWSER=1, but there is no Chromium on this machine")
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    return chromium


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def driver() -> AsyncIterator[Playwright]:
    async with async_playwright() as playwright:
        yield playwright


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def visits(driver: Playwright, executable: str) -> AsyncIterator[Visits]:
    visits = Visits(driver.chromium, executable)
    yield visits
    await visits.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(visits: Visits) -> Browser:
    """The visits' browser, for visitors who share nothing with them, nor with each other."""
    return await visits.browser()


@pytest_asyncio.fixture(loop_scope="session")
async def page(visits: Visits, address: str) -> AsyncIterator[Page]:
    """A fresh visitor's page at `address`, which may log no error and call nobody else."""
    async with visits.page(address) as page:
        strangers, errors = watched(page, address)
        yield page
    assert strangers == [], "the page called somebody else"
    assert errors == [], "the page logged errors"


def watched(page: Page, address: str) -> tuple[list[str], list[str]]:
    """Return the page's requests to others and its errors, as they come."""
    strangers: list[str] = []
    errors: list[str] = []
    page.on(
        "request",
        lambda r: (
            strangers.append(r.url)
            if not r.url.startswith((f"{address}/", "data:", "blob:", "about:"))
            else None
        ),
    )
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    return strangers, errors
