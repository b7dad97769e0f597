"""The gallery of a million images against one of 100,000: at the server, painted in Chromium."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
from playwright.sync_api import Page

from backend.generation.ledger import Ledger
from backend.library.library import Library
from backend.library.query import ImageQuery
from backend.storage.database import open_engine, sqlite_url
from tests.bench.browser import chromium
from tests.bench.grown import grow
from tests.bench.serving import program
from tests.library import MODELS, make

HUGE, LARGE, FEW, TINY = 1_000_000, 100_000, 10_000, 100
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
    """Return the figures by the size of the library: milliseconds, megabytes and cells."""
    figures: dict[str, dict[str, float]] = {}
    make(FEW, folder / "few")
    with chromium() as page:
        for name, count in (("huge", HUGE), ("large", LARGE)):
            data = folder / name
            grow(folder / "few", data, count // FEW, SHARES)
            with program(data, None) as (url, _):
                figures[name] = _at_server(url) | _painted(page, url)
                figures[name]["memory"] = _memory_mb(url)
    make(TINY, folder / "tiny")
    for name, ms in _adding({name: folder / name for name in ("tiny", "large", "huge")}).items():
        figures.setdefault(name, {})["add"] = ms
    return figures


def _at_server(url: str) -> dict[str, float]:
    with httpx.Client(base_url=url, timeout=60) as client:
        (image,) = client.get("/api/images?limit=1").json()["images"]
        first = []
        for _ in range(ROUNDS):  # after a change: else the count would be remembered
            client.post(f"/api/images/{image['id']}", json={"starred": True})
            first.append(_ms(lambda: client.get("/api/images?limit=60&total=fast")))
        searches, totals = [], []
        for words, filters in itertools.product(WORDS, FILTERS):
            path = f"/api/images?q={words}&{filters}"
            # Each once: the second time its count would be remembered.
            searches.append(_ms(lambda path=path: client.get(f"{path}&limit=60&total=fast")))
            totals.append(_ms(lambda path=path: client.get(f"{path}&limit=1")))
        ids = [image["id"] for image in client.get("/api/images?limit=60").json()["images"]]
        marks = ({"starred": True}, {"rating": 4}, {"tags": ["measured", "sea"]})
        marked = [
            _ms(lambda i=i, m=m: client.post(f"/api/images/{i}", json=m))
            for m in marks
            for i in ids[:20]
        ]
    return {
        "first": statistics.median(first),
        "search": _p95(searches),
        "search_median": statistics.median(searches),
        "total": _p95(totals),
        "mark": _p95(marked),
    }


def _painted(page: Page, url: str) -> dict[str, float]:
    opened = []
    for _ in range(5):
        page.goto("about:blank")
        page.goto(f"{url}/gallery", wait_until="commit")
        page.wait_for_selector("#gallery .wall [data-index] img")
        opened.append(page.evaluate(JUMPED, 0) and page.evaluate("performance.now()"))
    jumps = [page.evaluate(JUMPED, share) for share in SHARES]
    cells = page.evaluate("document.querySelectorAll('#gallery .wall [data-index]').length")
    return {
        "opened": statistics.median(opened),
        "list": _list_painted(page, url),
        "jump": max(jumps),
        "cells": cells,
    }


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
