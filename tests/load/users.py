"""Many users at once against a slow platform, on real sockets, and what became of every request."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from tests.canary.program import FLUX, KEY, PLAIN, Program, running
from tests.http.faults import Fault, FaultServer, Received, good, png, status

PROMPT = "a quince on a windowsill"
PRICE_USD = Decimal("0.009")  # as the platform's list of models has it
IMAGE = png(256, 256, noise=True)
_SEND = re.compile(r"\d\d:\d\d:\d\d run [0-9a-f]{32} ")


@dataclass(frozen=True, slots=True)
class Load:
    """How many, how long, and within which limits."""

    users: int
    seconds: float
    per_minute: int
    per_day: int
    dollars: Decimal
    latency_s: float = 1.0
    images_max: int = 8


@dataclass
class Told:
    """What users were answered, and what was measured meanwhile."""

    images: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    hung_up: int = 0
    unclear: list[str] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    posts_at: list[float] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    log: str = ""


class SlowPlatform(FaultServer):
    """Takes its time, and fails now and then as platforms do; notes when each request came."""

    def choose(self, request: Received) -> Fault:
        if request.method != "POST":
            return super().choose(request)
        number = len(self.at)
        self.at.append(time.time())
        if number % 40 == 17:
            return status(500, "no gpu")
        if number % 40 == 33:
            return status(429, "slow down", retry_after="1")
        latency_s: float = self.latency_s
        return good(IMAGE, delay_s=latency_s * (0.5 + number % 10 / 10))

    at: list[float]
    latency_s: float


def run(folder: Path, load: Load) -> Told:
    """Start the program, let the users at it, end it, and return what became of everything."""
    told = Told()
    limits = {
        "PLAYGROUND_REQUESTS_PER_MINUTE": str(load.per_minute),
        "PLAYGROUND_REQUESTS_PER_DAY": str(load.per_day),
        "PLAYGROUND_DOLLARS_PER_DAY": str(load.dollars),
    }
    with SlowPlatform.in_thread() as platform:
        platform.at, platform.latency_s = [], load.latency_s
        with running(folder, platform.base_url, command=PLAIN, **limits) as program:
            asyncio.run(_crowd(program, load, told))
        told.posts_at = list(platform.at)
    with closing(sqlite3.connect(folder / "data" / "playground.db")) as db:
        db.row_factory = sqlite3.Row
        told.rows = [dict(row) for row in db.execute("SELECT * FROM runs")]
    told.log = (folder / "stderr.txt").read_text()
    return told


async def _crowd(program: Program, load: Load, told: Told) -> None:
    # A kept connection that the program closes at the very moment of a request is no one's fault.
    connections = httpx.Limits(max_connections=2 * load.users + 10, max_keepalive_connections=0)
    url = program.client.base_url
    async with httpx.AsyncClient(base_url=url, timeout=600, limits=connections) as client:
        await _ask(client, random.Random(0), 1, told)
        told.memory_mb.append(resident_mb(program.pid))
        ends = time.monotonic() + load.seconds
        watching = asyncio.create_task(_watch(program.pid, told))
        users = [asyncio.create_task(_user(client, n, load, ends, told)) for n in range(load.users)]
        await asyncio.sleep(load.seconds)
        watching.cancel()
        # Who still waits for the limit of a minute leaves; the end of the program stops their runs.
        _, waiting = await asyncio.wait(users, timeout=2 * load.latency_s + 3)
        told.hung_up += len(waiting)
        for user in waiting:
            user.cancel()
        done = await asyncio.gather(*users, return_exceptions=True)
        broken = [d for d in done if isinstance(d, Exception)]
        told.unclear += [f"{type(error).__name__}: {error}" for error in broken]


async def _user(
    client: httpx.AsyncClient, number: int, load: Load, ends: float, told: Told
) -> None:
    """Ask for images, look at them, ask again; be impatient now and then."""
    rng = random.Random(number)
    while time.monotonic() < ends:
        count = rng.choice((1, 2, load.images_max, load.images_max))
        if rng.random() < 0.1:
            try:
                async with asyncio.timeout(load.latency_s * rng.random()):
                    await _ask(client, rng, count, told)
            except TimeoutError:
                told.hung_up += 1
        else:
            await _ask(client, rng, count, told)
        await asyncio.sleep(load.latency_s * (0.5 + rng.random()))


async def _ask(client: httpx.AsyncClient, rng: random.Random, count: int, told: Told) -> None:
    """Ask for `count` images by the documented endpoint; every tenth request is an earlier one."""
    seed = rng.randrange(5) if rng.random() < 0.1 else rng.randrange(2**32)
    data = [FLUX, PROMPT, "", 256, 256, None, None, seed, count]
    call = await client.post("/gradio_api/call/generate", json={"data": data})
    if call.status_code != 200:
        told.unclear.append(f"{call.status_code}: {call.text[:200]}")
        return
    event = call.json()["event_id"]
    async with client.stream("GET", f"/gradio_api/call/generate/{event}") as answer:
        text = "".join([line + "\n" async for line in answer.aiter_lines()])
    kind, _, said = text.rpartition("data: ")
    try:
        content = json.loads(said)
    except ValueError:
        content = None
    if "event: complete" in kind and content:
        told.images += [record["id"] for record in content[0]]
    elif "event: error" in kind and content:
        told.refused[content if isinstance(content, str) else content["error"]] += 1
    else:
        told.unclear.append(text[:300])


async def _watch(pid: int, told: Told) -> None:
    while True:
        await asyncio.sleep(1)
        told.memory_mb.append(resident_mb(pid))


def resident_mb(pid: int) -> float:
    """Return the memory that a process holds, in MB (Linux; 0 elsewhere)."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


def most_within(times: list[float], seconds: float) -> int:
    """Return how many of `times` lie in the fullest window of that length."""
    ordered, first, most = sorted(times), 0, 0
    for last, at in enumerate(ordered):
        while at - ordered[first] > seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def broken_promises(load: Load, told: Told) -> list[str]:
    """Return what did not hold, in words; empty where all of it did."""
    minute = most_within(told.posts_at, 60)
    states = Counter(row["state"] for row in told.rows)
    spent = Decimal(sum(row["cost_microusd"] for row in told.rows)) / 1_000_000
    saved = {row["image_id"] for row in told.rows if row["state"] == "saved"}
    checks = {
        f"{minute} requests within a minute": minute <= load.per_minute,
        f"{len(told.posts_at)} requests in a day": len(told.posts_at) <= load.per_day,
        f"${spent} in a day": spent <= load.dollars,
        f"{len(told.posts_at)} requests at the platform, {_attempts(told)} on record": (
            len(told.posts_at) == _attempts(told)
        ),
        f"runs without an end: {states}": states.keys()
        <= {"saved", "failed", "unknown", "cancelled"},
        "an image was shown that is not on record": set(told.images) <= saved,
        f"answers that are neither images nor words: {told.unclear[:3]}": not told.unclear,
        f"refusals that are no sentence: {list(told.refused)[:3]}": all(
            text.endswith(".") and KEY not in text for text in told.refused
        ),
        f"trouble in the log: {_trouble(told)[:3]}": not _trouble(told),
        f"memory grew by {growth_mb(told):.0f} MB": growth_mb(told) < 200,
    }
    return [what for what, held in checks.items() if not held]


def growth_mb(told: Told) -> float:
    """Return by how much the program's memory grew at most, after its first image."""
    return max(told.memory_mb) - told.memory_mb[0]


def _attempts(told: Told) -> int:
    return sum(row["attempts"] for row in told.rows)


def _trouble(told: Told) -> list[str]:
    return [line for line in told.log.splitlines() if not _SEND.match(line)]
