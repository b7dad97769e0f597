"""The real program from outside: from start to the first answer, and a hundred users at once."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.bench.fake_platform import platform

USERS = 100
LATENCY_S = 1.0
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
        [sys.executable, str(ROOT / "app.py"), *options], env=environ, stdout=subprocess.DEVNULL
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
    """Return seconds: `first` with an empty data folder, `again` the median of later starts."""
    took = []
    for _ in range(rounds + 1):
        with program(folder / "start", None) as (_, seconds):
            took.append(seconds)
    return {"first": took[0], "again": statistics.median(took[1:])}


def measure_users(folder: Path, image: Path) -> dict[str, float]:
    """Return seconds until all of `USERS` were served at once, and how many failed."""
    with platform(image, LATENCY_S) as api_url, program(folder / "users", api_url) as (url, _):
        return asyncio.run(_users(url))


async def _users(url: str) -> dict[str, float]:
    limits = httpx.Limits(max_connections=2 * USERS)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        await _one(client, "warm up", 1)
        started = time.perf_counter()
        ok = await asyncio.gather(*(_one(client, "a flying cat", n) for n in range(USERS)))
        return {"seconds": time.perf_counter() - started, "failed": float(ok.count(False))}


async def _one(client: httpx.AsyncClient, prompt: str, seed: int) -> bool:
    model = "black-forest-labs/FLUX.1-schnell"
    data = [model, prompt, "", 1024, 1024, None, None, seed, 1]
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
