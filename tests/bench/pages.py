"""Pages opened in Chromium: our gallery in its own frame, and the same under Gradio's start."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.serving import ROOT, free_port, program
from tests.browser import CHROMIUM_OPTIONS, find_chromium
from tests.library import make

IMAGES = 3_000
ROUNDS = 7

PAINTED = """async () => {
    const shown = () => document.querySelector('#gallery .cell[data-state="shown"]');
    while (!shown()) await new Promise((done) => setTimeout(done, 2));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now();
}"""
"""Resolves with the milliseconds from opening the page to its first thumbnails painted."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One opened page: milliseconds to the first thumbnails, and what was asked for until then.

    `requests` and `kilobytes` are without the thumbnails, as sent, compressed.
    """

    ms: float
    requests: int
    kilobytes: float


def measure(folder: Path) -> dict[str, Opened]:
    """Return the medians: `ours` and `gradio`, each `cold`, with an empty cache, and `warm`."""
    data = folder / "pages"
    make(IMAGES, data, with_files=0)
    found: dict[str, Opened] = {}
    for name, served in (("ours", _ours), ("gradio", _under_gradio)):
        with served(data) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find_chromium(), args=list(CHROMIUM_OPTIONS)
            )
            cold = [_in_a_new_context(browser, url) for _ in range(ROUNDS)]
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            page = context.new_page()
            warm = [_open(page, url) for _ in range(ROUNDS + 2)][2:]
            browser.close()
        found[f"{name} cold"], found[f"{name} warm"] = _median(cold), _median(warm)
    return found


def _in_a_new_context(browser: Browser, url: str) -> Opened:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        return _open(context.new_page(), url)
    finally:
        context.close()


def _open(page: Page, url: str) -> Opened:
    page.goto("about:blank")
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    addresses: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session.on("Network.requestWillBeSent", lambda e: addresses.update(_address(e)))
    session.on("Network.requestServedFromCache", lambda e: addresses.pop(e["requestId"], None))
    session.on("Network.loadingFinished", lambda e: sizes.update(_size(e)))
    page.goto(url, wait_until="commit")
    ms = page.evaluate(PAINTED)
    session.detach()
    counted = [
        sizes.get(i, 0)
        for i, address in addresses.items()
        if address.startswith("http") and "/thumbs/" not in address and sizes.get(i) != 0
    ]
    return Opened(ms, len(counted), sum(counted) / 1000)


def _address(event: dict[str, Any]) -> dict[str, str]:
    return {event["requestId"]: event["request"]["url"]}


def _size(event: dict[str, Any]) -> dict[str, float]:
    return {event["requestId"]: event["encodedDataLength"]}


def _median(opened: list[Opened]) -> Opened:
    return Opened(
        statistics.median(one.ms for one in opened),
        int(statistics.median(one.requests for one in opened)),
        statistics.median(one.kilobytes for one in opened),
    )


@contextmanager
def _ours(data: Path) -> Iterator[str]:
    with program(data, None) as (url, _):
        yield f"{url}/gallery"


@contextmanager
def _under_gradio(data: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.gradio_gallery", str(port), str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                try:
                    if httpx.get(f"{url}/healthz").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield url
        finally:
            process.terminate()
