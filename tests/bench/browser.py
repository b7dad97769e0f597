"""In Chromium, from the click on: until the image is painted, and until the form has changed model.

The peer is `plain_app.py`. The API answers at once, so what is measured is the page's own time.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

from tests.bench.fake_platform import platform
from tests.bench.serving import ROOT, free_port, program
from tests.browser import CHROMIUM_OPTIONS, find_chromium

FIRST, LAST = 5, 50
"""Medians are over the first and the last `FIRST` of `LAST` images."""

# Resolves with the milliseconds from the click to the second frame after the new image is decoded.
PAINTED = """async ([button, results, before]) => {
    const started = performance.now();
    document.querySelector(button).click();
    for (;;) {
        const images = [...document.querySelectorAll(results + ' img')];
        const ready = images.filter(i => i.complete && i.naturalWidth);
        // The plain app names a file after its pixels, which are always the same here: count, too.
        const fresh = ready.find(i => !before.includes(i.src)) ||
            (ready.length > before.length && ready[0]);
        if (fresh) {
            await fresh.decode();
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            return performance.now() - started;
        }
        await new Promise(done => setTimeout(done, 2));
    }
}"""

# Resolves with the milliseconds from choosing the model to the last change of the page.
SWITCHED = """async (label) => {
    let last = 0;
    const watch = new MutationObserver(() => { last = performance.now(); });
    watch.observe(document.querySelector('#controls'),
        {subtree: true, childList: true, attributes: true, characterData: true});
    const radio = [...document.querySelectorAll('#model label')]
        .find(l => l.textContent.includes(label)).querySelector('input');
    const started = performance.now();
    radio.click();
    await new Promise(done => setTimeout(done, 600));
    watch.disconnect();
    return last - started;
}"""


@contextmanager
def chromium() -> Iterator[Page]:
    """Yield a page of the system's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(CHROMIUM_OPTIONS)
        )
        try:
            yield browser.new_page(viewport={"width": 1440, "height": 900})
        finally:
            browser.close()


def measure(folder: Path, image: Path) -> dict[str, float]:
    """Return milliseconds: click to painted for both programs, early and late, and the switch."""
    with platform(image) as api_url, chromium() as page:
        with program(folder / "browser", api_url) as (url, _):
            page.goto(url)
            ours = _images(page, "#generate", "#results")
            switches = [page.evaluate(SWITCHED, label) for label in ("FLUX", "SDXL") * 8]
        with _plain(api_url) as url:
            page.goto(url)
            plain = _images(page, "#generate", "#results")
    return {
        "ours_first": statistics.median(ours[:FIRST]),
        "ours_last": statistics.median(ours[-FIRST:]),
        "plain_first": statistics.median(plain[:FIRST]),
        "plain_last": statistics.median(plain[-FIRST:]),
        "switch": statistics.median(switches[2:]),
    }


def _images(page: Page, button: str, results: str) -> list[float]:
    page.wait_for_selector("#prompt textarea")
    took = []
    for number in range(LAST + 1):  # the first warms up
        page.fill("#prompt textarea", f"a flying cat, number {number}")
        page.wait_for_timeout(100)
        before = page.eval_on_selector_all(f"{results} img", "all => all.map(i => i.src)")
        took.append(page.evaluate(PAINTED, [button, results, before]))
        page.wait_for_timeout(1200)  # what follows an image, thumbnail and balance, is done then
    return took[1:]


@contextmanager
def _plain(api_url: str) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.plain_app", str(port), api_url]
    with subprocess.Popen(command, cwd=ROOT) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                try:
                    httpx.get(url)
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield url
        finally:
            process.terminate()
