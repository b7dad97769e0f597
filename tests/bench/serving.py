"""The real program from outside: from start to the first answer, and a hundred users at once."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.bench.fake_platform import platform
from tests.bench.saving import floor

USERS = 100
LATENCY_S = 1.0
MODEL = "black-forest-labs/FLUX.1-schnell"
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def program(folder: Path, api_url: str | None) -> Iterator[tuple[str, float]]:
    """Start app.py; yield its URL and the seconds until /healthz said ok."""
    port = free_port()
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environ["PLAYGROUND_ENV_FILE"] = str(folder / ".env")  # not the checkout's
    if api_url:
        # The account's limit a minute is not what is measured here.
        environ |= {
            "SENTRY_BLOCK_API_URL": api_url,
            "SENTRY_BLOCK_API_KEY": "ak_bench",
            "PLAYGROUND_REQUESTS_PER_MINUTE": "0",
            "PLAYGROUND_REQUESTS_PER_DAY": "0",
        }
    options = ["--port", str(port), "--data-dir", str(folder), "--no-browser"]
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), *options],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            while True:
                try:
                    if httpx.get(f"{url}/healthz").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.01)
                if process.poll() is not None or time.perf_counter() - started > 60:
                    raise RuntimeError("the program did not start")
            yield url, time.perf_counter() - started
        finally:
            process.terminate()


def measure_start(folder: Path, rounds: int = 5) -> dict[str, float]:
    """Return medians in seconds, measured in turns.

    `first` with an empty data folder, `again` with one that is there, `gradio` what it takes to
    import Gradio as it comes.
    """
    took: dict[str, list[float]] = {"first": [], "again": [], "gradio": []}
    for number in range(rounds):
        for name in ("first", "again"):
            with program(folder / f"start-{number}", None) as (_, seconds):
                took[name].append(seconds)
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import gradio"], check=True)
        took["gradio"].append(time.perf_counter() - started)
    return {name: statistics.median(seconds) for name, seconds in took.items()}


def measure_users(folder: Path, image: Path) -> dict[str, list[float]]:
    """Return seconds until all of `USERS` were served at once, thrice each, in turns.

    `ours` through POST /api/generate, `queue` through Gradio's, `floor` the second and what each
    image needs at least, on all cores. `failed`: how many calls of each round failed.
    """
    took: dict[str, list[float]] = {"ours": [], "queue": [], "floor": [], "failed": []}
    encoded = base64.b64encode(image.read_bytes())
    seeds = itertools.count()
    with ProcessPoolExecutor(initializer=_EACH.update, initargs=({"body": encoded},)) as cores:
        for _ in range(3):
            for name, one in (("ours", call), ("queue", _queued)):
                # A program of its own: the former's thumbnails are still being made.
                with (
                    platform(image, LATENCY_S) as api_url,
                    program(folder / "users", api_url) as (url, _),
                ):
                    seconds, failed = asyncio.run(users(url, one, seeds))
                took[name].append(seconds)
                took["failed"].append(failed)
            list(cores.map(_floor, [folder] * 4))  # all of them have started
            started = time.perf_counter()
            list(cores.map(_floor, [folder] * USERS))
            took["floor"].append(time.perf_counter() - started + LATENCY_S)
    return took


_EACH: dict[str, bytes] = {}  # given to each process once: handing it over is no part of the floor


def _floor(folder: Path) -> None:
    floor(folder / f"floor-{os.getpid()}.png", _EACH["body"])


_One = Callable[[httpx.AsyncClient, str, int], Awaitable[bool]]


async def users(
    url: str, one: _One, seeds: Iterator[int], count: int = USERS, *, at_s: float = 0.0
) -> tuple[float, float]:
    """Return the seconds until `count` at once were served, and how many were not.

    They come at a moment of `time.perf_counter`, which is one for all processes, if not at once.
    """
    # Given up before the server, after 5 s, does: a call would meet a closed connection.
    limits = httpx.Limits(max_connections=2 * count, keepalive_expiry=2)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        await one(client, "warm up", next(seeds))
        await asyncio.sleep(at_s - time.perf_counter())
        started = time.perf_counter()
        ok = await asyncio.gather(*(one(client, "a flying cat", next(seeds)) for _ in range(count)))
        return time.perf_counter() - started, float(ok.count(False))


async def call(client: httpx.AsyncClient, prompt: str, seed: int) -> bool:
    """Ask for one image; whether it came."""
    asked = {"model": MODEL, "prompt": prompt, "seed": seed}
    answer = await client.post("/api/generate", json=asked)
    if answer.status_code != 200:
        print(answer.status_code, answer.text[:200])
        return False
    return bool(answer.json()[0]["image_url"])


async def _queued(client: httpx.AsyncClient, prompt: str, seed: int) -> bool:
    data = [MODEL, prompt, "", 1024, 1024, None, None, seed, 1]
    call = await client.post("/gradio_api/call/generate", json={"data": data})
    event = call.json()["event_id"]
    async with client.stream("GET", f"/gradio_api/call/generate/{event}") as answer:
        text = "".join([line + "\n" async for line in answer.aiter_lines()])
    if "event: complete" not in text:
        print(text)
        return False
    (records,) = json.loads(text.rsplit("data: ", 1)[1])
    return bool(records[0]["image_url"])


def import_shares() -> dict[str, float]:
    """Return where a start's time goes: seconds of import by package, in a fresh interpreter."""
    script = "import app, backend.studio, ui.site, uvicorn"
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    shares: dict[str, float] = {}
    for line in run.stderr.splitlines():
        own, _, name = line.removeprefix("import time:").split("|")
        if own.strip().isdigit():
            top = name.strip().split(".")[0]
            shares[top] = shares.get(top, 0) + int(own) / 1e6
    return shares
