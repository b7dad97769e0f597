"""Images at a steady rate for a long time, and what each minute of it cost the program."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.canary.program import FLUX, PLAIN, Program, running
from tests.load.users import resident_mb

SIZE_PX = 256
PROMPT = "a quince on a windowsill"


@dataclass(frozen=True, slots=True)
class Minute:
    """One part of the run. Latencies are from the request to the whole answer."""

    images: int
    median_ms: float
    p95_ms: float
    cpu_ms: float  # of the program, for each image
    memory_mb: float
    files: int
    threads: int


@dataclass
class Soak:
    minutes: list[Minute] = field(default_factory=list)
    trouble: Counter[str] = field(default_factory=Counter)
    database_mb: float = 0.0


def run(folder: Path, parts: int, rate_hz: float, part_s: float = 60.0) -> Soak:
    """Ask the sample engine for `rate_hz` images a second through the API, each seed another.

    Every second one comes from a visitor of its own through the endpoint that Gradio names.
    """
    soak = Soak()
    # The last provider counts: no platform is asked.
    with running(folder, "http://localhost:9", "--provider", "offline", command=PLAIN) as program:
        asyncio.run(_steadily(program, soak, parts, rate_hz, part_s))
    database = folder / "data" / "playground.db"
    soak.database_mb = database.stat().st_size / 1e6
    log = (folder / "stderr.txt").read_text()
    soak.trouble.update(line for line in log.splitlines() if "Traceback" in line or "ERROR" in line)
    return soak


async def _steadily(
    program: Program, soak: Soak, parts: int, rate_hz: float, part_s: float
) -> None:
    url, number = program.client.base_url, 0
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        await _ask(client, 2**32 - 1, soak)
        for _ in range(parts):
            cpu_s, began, asked = _cpu_s(program.pid), time.monotonic(), []
            for turn in range(round(part_s * rate_hz)):
                await asyncio.sleep(max(0.0, began + turn / rate_hz - time.monotonic()))
                asked.append(asyncio.create_task(_ask(client, number, soak)))
                number += 1
            took_ms = [took for took in await asyncio.gather(*asked) if took is not None]
            if len(took_ms) < 2:
                return
            soak.minutes.append(
                Minute(
                    images=len(took_ms),
                    median_ms=statistics.median(took_ms),
                    p95_ms=statistics.quantiles(took_ms, n=20)[-1],
                    cpu_ms=(_cpu_s(program.pid) - cpu_s) * 1000 / len(took_ms),
                    memory_mb=resident_mb(program.pid),
                    files=len(os.listdir(f"/proc/{program.pid}/fd")),
                    threads=len(os.listdir(f"/proc/{program.pid}/task")),
                )
            )


async def _ask(client: httpx.AsyncClient, seed: int, soak: Soak) -> float | None:
    """Ask for one image; return the milliseconds it took, None where there was none."""
    began = time.monotonic()
    try:
        if seed % 2:
            values = {"width": SIZE_PX, "height": SIZE_PX, "seed": seed}
            body = {"model": FLUX, "prompt": PROMPT, **values}
            answer = await client.post("/api/generate", json=body)
            good = answer.status_code == 200 and len(answer.json()) == 1
            text = answer.text
        else:
            data = [FLUX, PROMPT, "", SIZE_PX, SIZE_PX, None, None, seed, 1]
            call = await client.post("/gradio_api/call/generate", json={"data": data})
            answer = await client.get(f"/gradio_api/call/generate/{call.json()['event_id']}")
            text = answer.text
            good = "event: complete" in text
    except (httpx.HTTPError, KeyError, ValueError) as error:
        good, text = False, repr(error)
    if not good:
        soak.trouble[text[:200]] += 1
        return None
    return (time.monotonic() - began) * 1000


def _cpu_s(pid: int) -> float:
    """Return the processor time of a process and of its children that ended (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
