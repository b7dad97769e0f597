"""Several machines on one PostgreSQL: sends noted a second, and two that serve side by side."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import statistics
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import astuple, dataclass
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

from backend.generation.ledger import Ledger, NewRun
from backend.storage import database
from backend.types import GenerationRequest, Limits
from tests.bench import image
from tests.bench.fake_platform import platform
from tests.bench.serving import LATENCY_S, USERS, call, users
from tests.cluster.programs import KEY, machines
from tests.cluster.servers import object_store, postgres

SENDS = 500
FEW = 10
ROUNDS = 3
TURNS = 7
STILL_S = 0.06
"""Who takes less CPU within half a second has nothing to do but to look around."""

WARM_UP_S = 2.5
"""One image and a process's start take so long at most."""


def measure_sends(folder: Path) -> dict[str, float]:
    """Return how many sends a second one machine notes, under every limit: medians, in turns.

    Raises: LookupError where PostgreSQL is not installed.
    """
    took: dict[str, list[float]] = {"postgresql": [], "sqlite": []}
    folder.chmod(0o755)
    with postgres(folder / "sends-postgres") as server:
        for number in range(ROUNDS):
            took["postgresql"].append(_sends(server.create(), "a" * 32))
            path = folder / f"sends-{number}.db"
            took["sqlite"].append(_sends(database.sqlite_url(path).render_as_string(), None))
    return {name: statistics.median(rates) for name, rates in took.items()}


def _sends(url: str, machine: str | None) -> float:
    ledger = Ledger(database.open_engine(url), machine=machine)
    limits = Limits(10**6, 10**6, Decimal(10**6))
    runs = [
        NewRun(uuid4().hex, GenerationRequest("m", "p", {}, seed), f"{seed:064}", Decimal(0))
        for seed in range(SENDS)
    ]
    for at in range(0, SENDS, 50):
        click = {"owner": "", "token": None, "source": "host", "use_cache": True}
        ledger.open_job(uuid4().hex, runs[at : at + 50], limits=limits, **click)
    began = time.perf_counter()
    for run in runs:
        ledger.begin_send(run.id, limits, run.cache_key)
    rate = SENDS / (time.perf_counter() - began)
    ledger.close()
    return rate


@dataclass(frozen=True, slots=True)
class Served:
    """Until some users at once of each machine were served: seconds, and CPU of all for one."""

    seconds: float
    cpu_ms: float


def measure_users(folder: Path) -> dict[tuple[str, int], Served]:
    """Return what `one` machine takes for as many users as are named, and `two` for twice as many.

    Medians, in turns: of cores that are shared with others the least would be the luck of who needs
    fewer of them for a shorter time. The images are small. Each machine's users are a process of
    their own: one for all of them could do no more than one core can. Two machines on one computer
    have no more cores than one has: the `FEW` leave them time. `half` is one machine, with all that
    it asks and all that ask it, on half of the cores: two machines on all of them are to that as
    two computers are to one.
    """
    picture = image.make_small(folder / "small.png")
    took: dict[tuple[str, int], list[Served]] = {}
    seeds = itertools.count()
    folder.chmod(0o755)
    with (
        postgres(folder / "users-postgres") as server,
        object_store(folder / "users-store") as store,
        platform(picture, LATENCY_S) as api_url,
        ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as askers,
    ):
        environ = {
            **store.environ,
            "PLAYGROUND_STORE_URL": store.url("bench"),
            "SENTRY_BLOCK_API_URL": api_url,
            "SENTRY_BLOCK_API_KEY": KEY,
            "PLAYGROUND_REQUESTS_PER_MINUTE": "0",
            "PLAYGROUND_REQUESTS_PER_DAY": "0",
        }
        with machines(folder / "several", ["one", "two"], server.create(), **environ) as both:
            database = int((server.folder / "postmaster.pid").read_text().split()[0])
            own = {database, *(machine.process.pid for machine in both)}
            urls = [machine.url for machine in both]
            cores = sorted(os.sched_getaffinity(0))
            half = cores[: max(1, len(cores) // 2)]
            ways = (("one", urls[:1], cores), ("half", urls[:1], half), ("two", urls, cores))
            for _, count in itertools.product(range(TURNS), (FEW, USERS)):
                for name, those, on in ways:
                    before = _settled(own)
                    _pin({*own, os.getpid()}, on)
                    seconds = _all(askers, those, seeds, count)
                    cpu_ms = (_cpu_s(own) - before) * 1000 / (count * len(those))
                    took.setdefault((name, count), []).append(Served(seconds, cpu_ms))
    return {
        which: Served(*map(statistics.median, zip(*map(astuple, each), strict=True)))
        for which, each in took.items()
    }


def _all(askers: ProcessPoolExecutor, urls: list[str], seeds: Iterator[int], count: int) -> float:
    """Return the seconds until `count` of each machine were served, all of whom come at once."""
    at_s = time.perf_counter() + WARM_UP_S
    asked = [askers.submit(_users, url, next(seeds), count, at_s) for url in urls]
    return max(one.result() for one in asked)


def _users(url: str, turn: int, count: int, at_s: float) -> float:
    """Have `count` users served by one machine; no two turns ask for the same seeds."""
    seeds = itertools.count(turn * 1000)
    seconds, failed = asyncio.run(users(url, call, seeds, count, at_s=at_s))
    assert not failed
    return seconds


def _cpu_s(own: Collection[int]) -> float:
    """Return the CPU that these processes and their children took so far."""
    ticks = sum(sum(map(int, told[11:15])) for _, told in _those(own))  # of those that ended, too
    return ticks / os.sysconf("SC_CLK_TCK")


def _settled(own: Collection[int]) -> float:
    """Wait until the former turn's thumbnails are made; return the CPU that was taken so far."""
    before = _cpu_s(own)
    for _ in range(60):
        time.sleep(0.5)
        before, former = _cpu_s(own), before
        if before - former < STILL_S:
            break
    return before


def _pin(own: Collection[int], cores: Collection[int]) -> None:
    """Let these processes and their children run on these cores alone."""
    for pid, _ in _those(own):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):  # it has ended
                os.sched_setaffinity(int(thread.name), cores)


def _those(own: Collection[int]) -> Iterator[tuple[int, list[str]]]:
    """Yield these processes and their children, and what /proc tells of each. Linux only."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            told = path.read_text().rpartition(")")[2].split()
            pid = int(path.parent.name)
            if pid in own or int(told[1]) in own:
                yield pid, told
