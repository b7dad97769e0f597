"""The gallery of a million images against one of 100,000: at the server, painted in Chromium."""

from __future__ import annotations

import itertools
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import quote_plus
from uuid import uuid4

import httpx
from playwright.sync_api import Page

from backend.generation.ledger import Ledger
from backend.library.library import Library
from backend.library.query import ImageQuery
from backend.storage.database import open_engine, sqlite_url
from tests.bench.browser import chromium
from tests.bench.serving import program
from tests.grown import grow
from tests.library import MODELS, make

SIZES = {"huge": 1_000_000, "large": 100_000}
FEW, TINY = 10_000, 100
SHARES = (0.5, 0.1, 0.93, 0.37, 0.71, 0.02, 0.64)
ROUNDS = 60
ADDED = 300

WORDS = ("cat", "oil", "fog lighthouse", '"golden hour"', "light*", "-fog", "astro* -snow", "")
FILTERS = (
    "starred=1",
    f"model={MODELS[1]}",
    "rated=3",
    "tag=sea",
    "since=2026-09-01&until=2026-10-15",
    "size=1248x832",
    "provider=offline",
    f"model={MODELS[0]}&starred=1&sort=rating",
)

COUNTED = "() => /^[0-9]/.test(document.querySelector('#gallery .total').textContent)"

# Resolves with the milliseconds until every cell in sight shows its decoded thumbnail.
JUMPED = """async (share) => {
    const box = document.querySelector('#gallery .wall');
    const inSight = () => [...box.querySelectorAll('[data-index]')].filter((cell) => {
        const [a, b] = [cell.getBoundingClientRect(), box.getBoundingClientRect()];
        return a.bottom > b.top && a.top < b.bottom;
    });
    const started = performance.now();
    box.scrollTop = share * (box.scrollHeight - box.clientHeight);
    await new Promise((done) => requestAnimationFrame(done));
    for (;;) {
        const cells = inSight();
        const images = cells.map((cell) => cell.querySelector('img'));
        if (cells.length && images.every((i) => i && i.complete && i.naturalWidth)) break;
        await new Promise((done) => setTimeout(done, 4));
        if (performance.now() - started > 20000) throw new Error('never painted');
    }
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - started;
}"""


def measure(folder: Path) -> dict[str, dict[str, float]]:
    """Return the figures by the size of the library: milliseconds, megabytes and cells.

    Both programs run at once and are asked in turns, so that a busy moment counts for both.
    """
    make(FEW, folder / "few")
    make(TINY, folder / "tiny")
    for name, count in SIZES.items():
        grow(folder / "few", folder / name, count // FEW, SHARES)
    with ExitStack() as stack:
        page = stack.enter_context(chromium())
        urls = {name: stack.enter_context(program(folder / name, None))[0] for name in SIZES}
        figures = _at_server(urls)
        for name, found in _painted(page, urls).items():
            figures[name] |= found | {"memory": _memory_mb(urls[name])}
    for name, ms in _adding({name: folder / name for name in ("tiny", *SIZES)}).items():
        figures.setdefault(name, {})["add"] = ms
    return figures


def _at_server(urls: Mapping[str, str]) -> dict[str, dict[str, float]]:
    took: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in urls}
    with ExitStack() as stack:
        clients = {
            name: stack.enter_context(httpx.Client(base_url=url, timeout=60))
            for name, url in urls.items()
        }

        def measured(what: str, name: str, path: str, change: object = None) -> None:
            client = clients[name]
            ask = partial(client.post, json=change) if change else client.get
            took[name][what].append(_ms(lambda: ask(path).raise_for_status()))

        def ids(name: str, limit: int) -> list[str]:
            found = clients[name].get(f"/api/images?limit={limit}&total=fast").json()
            return [image["id"] for image in found["images"]]

        newest = {name: ids(name, 20) for name in urls}
        for _, name in itertools.product(range(ROUNDS), urls):
            clients[name].post(f"/api/images/{newest[name][0]}", json={"starred": True})
            measured("first", name, "/api/images?limit=60&total=fast")
        for words, filters, name in itertools.product(WORDS, FILTERS, urls):
            path = f"/api/images?q={quote_plus(words)}&{filters}"
            # Each once: the second time its count would be remembered.
            measured("search", name, f"{path}&limit=60&total=fast")
            measured("total", name, f"{path}&limit=1")
        for change in ({"starred": True}, {"rating": 4}, {"tags": ["measured", "sea"]}):
            for number, name in itertools.product(range(20), urls):
                measured("mark", name, f"/api/images/{newest[name][number]}", change)
    return {
        name: {
            "first": statistics.median(ms["first"]),
            "search": _p95(ms["search"]),
            "search_median": statistics.median(ms["search"]),
            "total": _p95(ms["total"]),
            "mark": _p95(ms["mark"]),
        }
        for name, ms in took.items()
    }


def _painted(page: Page, urls: Mapping[str, str]) -> dict[str, dict[str, float]]:
    opened: dict[str, list[float]] = defaultdict(list)
    jumps: dict[str, list[float]] = defaultdict(list)
    figures: dict[str, dict[str, float]] = {}
    for name, url in [*urls.items()] * 5:
        page.goto("about:blank")
        page.goto(f"{url}/gallery", wait_until="commit")
        page.wait_for_selector("#gallery .wall [data-index] img")
        opened[name].append(page.evaluate(JUMPED, 0) and page.evaluate("performance.now()"))
        page.wait_for_function(COUNTED)
        jumps[name].append(max(page.evaluate(JUMPED, share) for share in SHARES))
        cells = page.evaluate("document.querySelectorAll('#gallery .wall [data-index]').length")
        figures[name] = {"cells": cells}
    for name, url in urls.items():
        figures[name] |= {
            "opened": statistics.median(opened[name]),
            "list": _list_painted(page, url),
            "jump": statistics.median(jumps[name]),
        }
    return figures


def _list_painted(page: Page, url: str) -> float:
    """Return the milliseconds from asking for the first page to its cells, the page being open."""
    page.goto(f"{url}/gallery?starred=1")
    page.wait_for_selector("#gallery .wall [data-index] img")
    page.goto(f"{url}/gallery")
    page.wait_for_selector("#gallery .wall [data-index] img")
    page.evaluate(JUMPED, 0)
    asked = "performance.getEntriesByType('resource').find(e => e.name.includes('/api/images?'))"
    shown = "performance.getEntriesByType('resource').filter(e => e.name.includes('/thumbs/'))"
    return float(page.evaluate(f"Math.max(...{shown}.map(e => e.responseEnd)) - {asked}.startTime"))


def _adding(folders: Mapping[str, Path]) -> dict[str, float]:
    """Return the median milliseconds of recording one image durably, words and all.

    In turns, so that a moment in which the disk is busy counts for all of them.
    """
    ledgers, likes = {}, {}
    for name, folder in folders.items():
        engine = open_engine(sqlite_url(folder / "playground.db"))
        ledgers[name] = Ledger(engine)
        likes[name] = Library(engine, engine).find(ImageQuery(), limit=1).images[0]
    took: dict[str, list[float]] = {name: [] for name in folders}
    for _, name in itertools.product(range(ADDED), folders):
        image_id = uuid4().hex
        request = replace(likes[name].request, seed=int(image_id[:8], 16))
        record = replace(likes[name], id=image_id, run_id=image_id, tags=(), request=request)
        save = ledgers[name].save
        took[name].append(_ms(lambda save=save, record=record: save(record, uuid4().hex)))
    for ledger in ledgers.values():
        ledger.close()
    return {name: statistics.median(times) for name, times in took.items()}


def _memory_mb(url: str) -> float:
    """Return the program's resident memory after all of that."""
    port = url.rpartition(":")[2]
    for status in Path("/proc").glob("[0-9]*/status"):
        command = status.with_name("cmdline").read_bytes().split(b"\0")
        if port.encode() in command and any(part.endswith(b"app.py") for part in command):
            (line,) = (x for x in status.read_text().splitlines() if x.startswith("VmRSS"))
            return int(line.split()[1]) / 1024
    raise RuntimeError("the program is not there")


def _ms(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
