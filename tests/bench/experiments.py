"""Experiments: planned, carried out against a slow API, shown while they run and from the cache."""

from __future__ import annotations

import asyncio
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from playwright.sync_api import CDPSession, Page

from backend.experiments.templates import template
from tests.bench.browser import chromium
from tests.bench.fake_platform import platform
from tests.bench.serving import MODEL, program

CELLS, SENDS = 400, 8
LATENCY_S = 1.0
ROUNDS = 7
PARTS_OF_PAGE = ((10, 90), (310, 390))
"""Between so many landed cells the page's work is measured: at first, and at last."""

BASE = {"model": MODEL, "prompt": "a lighthouse at sea"}
GRID = {"base": BASE, "axes": {"x": {"seed": "1-20"}, "y": {"guidance_scale": "1-20"}}}
HUGE = {"base": BASE | {"seed": 1}, "axes": {"x": {"seed": "1-1000"}, "y": {"num_steps": "1-5"}}}

# Resolves once all cells are drawn and what is in sight is painted.
PAINTED = """async (cells) => {
    const ends = performance.now() + 60_000;
    const until = async (holds) => {
        while (!holds()) {
            if (performance.now() > ends) throw new Error('it takes longer than a minute');
            await new Promise((done) => setTimeout(done, 2));
        }
    };
    await until(() => document.querySelectorAll('.cells .shot').length >= cells);
    const inSight = (image) => {
        const { left, top } = image.getBoundingClientRect();
        return left < innerWidth && top < innerHeight;
    };
    const images = [...document.querySelectorAll('.cells .shot img')].filter(inSight);
    await until(() => images.every((image) => image.complete && image.naturalWidth));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


@dataclass
class Found:
    """Seconds and milliseconds by what they are; `work_ms` as `_work` returns it."""

    plan_s: float = 0.0
    template_ms: float = 0.0
    run_s: float = 0.0
    peer_s: float = 0.0
    alone_s: float = 0.0
    clicks_s: list[float] = field(default_factory=list)
    cached_s: float = 0.0
    work_ms: list[list[float]] = field(default_factory=list)


def measure(folder: Path, image: Path) -> Found:
    """Carry out an experiment of 400 cells twice: once alone, once with its page open."""
    found = Found(template_ms=_template())
    with platform(image, LATENCY_S) as api_url:
        found.peer_s = asyncio.run(_peer(api_url))
        with (
            program(folder / "experiments", api_url) as (url, _),
            httpx.Client(base_url=url, timeout=60) as client,
        ):
            found.plan_s = _planned(client)
            found.alone_s = statistics.median(_click(client) for _ in range(3))
            found.run_s, found.clicks_s = _run(client)
            with chromium() as page:
                found.cached_s = _cached(client, page, url)
    with (
        platform(image, LATENCY_S / 4) as api_url,
        program(folder / "page", api_url) as (url, _),
        httpx.Client(base_url=url, timeout=60) as client,
        chromium() as page,
    ):
        found.work_ms = _work(client, page, url)
    return found


def _template() -> float:
    """Return the milliseconds until it is known that a template makes 10^12 texts."""
    took = []
    for number in range(ROUNDS + 1):  # the first one imports the parser
        options = "|".join(f"w{number}{n}" for n in range(10))
        text = " ".join(["{" + options + "}"] * 12)
        started = time.perf_counter()
        assert template(text, lambda _: None).count == 10**12
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took[1:])


def _planned(client: httpx.Client) -> float:
    took = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        answer = client.post("/api/experiments/plan", json=HUGE)
        took.append(time.perf_counter() - started)
        assert answer.json()["to_send"] == 5_000, answer.text[:200]
    return statistics.median(took)


def _start(client: httpx.Client, plan: dict[str, Any]) -> str:
    digest = client.post("/api/experiments/plan", json=plan).json()["digest"]
    body = {"plan": plan, "digest": digest, "token": uuid4().hex}
    answer = client.post("/api/experiments", json=body)
    assert answer.status_code == 200, answer.text[:200]
    return str(answer.json()["id"])


def _stands(client: httpx.Client, experiment: str) -> Iterator[dict[str, Any]]:
    """Yield how it stands, asked for as the page does, until it is done."""
    version = ""
    while True:
        found = client.get(f"/api/experiments/{experiment}", params={"since": version}).json()
        version = found["version"]
        yield found
        if found["state"] != "running":
            assert found["counts"]["saved"] == found["counts"]["cells"], found["counts"]
            return
        time.sleep(0.2)


_seeds = count(10_000)


def _click(client: httpx.Client) -> float:
    started = time.perf_counter()
    asked = {"model": MODEL, "prompt": "a click", "seed": next(_seeds)}
    assert client.post("/api/generate", json=asked).status_code == 200
    return time.perf_counter() - started


def _run(client: httpx.Client) -> tuple[float, list[float]]:
    """Return the seconds until 400 cells are there, and those of clicks meanwhile."""
    clicks: list[float] = []
    ended = threading.Event()

    def click() -> None:
        with httpx.Client(base_url=client.base_url, timeout=60) as own:
            while not ended.wait(LATENCY_S * 4):
                clicks.append(_click(own))

    clicking = threading.Thread(target=click)
    started = time.perf_counter()
    experiment = _start(client, GRID)
    clicking.start()
    try:
        for _ in _stands(client, experiment):
            pass
        return time.perf_counter() - started, clicks
    finally:
        ended.set()
        clicking.join()


async def _peer(api_url: str) -> float:
    """Return the seconds that a plain program takes that sends as many at once."""
    seeds = iter(range(CELLS))
    keep = httpx.Limits(max_keepalive_connections=0)

    async def work(client: httpx.AsyncClient) -> None:
        for seed in seeds:
            answer = await client.post(f"{api_url}/images/generation", json=BASE | {"seed": seed})
            assert answer.json()["status"] == "success"

    async with httpx.AsyncClient(timeout=60, limits=keep) as client:
        started = time.perf_counter()
        await asyncio.gather(*(work(client) for _ in range(SENDS)))
        return time.perf_counter() - started


def _cached(client: httpx.Client, page: Page, url: str) -> float:
    """Return the seconds from the start of what is all stored already until it is seen."""
    page.goto(f"{url}/experiments")
    page.wait_for_selector("#base-prompt")
    took = []
    for _ in range(3):
        started = time.perf_counter()
        experiment = _start(client, GRID)
        page.goto(f"{url}/experiments?id={experiment}", wait_until="commit")
        page.evaluate(PAINTED, CELLS)
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def _work(client: httpx.Client, page: Page, url: str) -> list[list[float]]:
    """Return the milliseconds of a core that the page takes for each cell that lands.

    Those of the first cells and of the last: for all, and for script, style and layout alone.
    """
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # what others take is not its
    experiment = _start(client, GRID)
    page.goto(f"{url}/experiments?id={experiment}")
    page.wait_for_selector(".cells .shot")
    found = []
    for first, last in PARTS_OF_PAGE:
        from_cell = _landed(page, first)
        before = _busy_ms(session)
        to_cell = _landed(page, last)
        work = zip(_busy_ms(session), before, strict=True)
        found.append([(now - then) / (to_cell - from_cell) for now, then in work])
    return found


def _landed(page: Page, least: int) -> int:
    """Return how many cells have landed, once these are `least`."""
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        landed = page.locator(".cells .shot").count()
        if landed >= least:
            return landed
        time.sleep(0.5)
    raise TimeoutError(f"{least} cells take longer than two minutes")


def _busy_ms(session: CDPSession) -> tuple[float, float]:
    """Return how much of a core the page has used: for all, and for script, style and layout."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    ms = {one["name"]: 1000 * float(one["value"]) for one in metrics}
    asked_by_us = ms["DevToolsCommandDuration"]
    own = (ms[f"{name}Duration"] for name in ("Script", "RecalcStyle", "Layout"))
    return ms["TaskDuration"] - asked_by_us, sum(own)
