"""Several machines on one PostgreSQL, killed and frozen at random: nothing paid twice, or lost.

    python -m tests.crash.harness --machines 3 --kills 200 --freezes 20

A frozen machine (SIGSTOP) sleeps for longer than its signs of life may be missing, and then goes
on. Of the killed some start again at once, others once they are dead to all. Each makes clicks
alone: experiments and sessions belong to one machine, as the other harness has them.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from backend.settings.load import NAMES
from tests.cluster.servers import Postgres, postgres
from tests.crash.invariants import Violation, forgotten_cells, forgotten_wishes, key_of
from tests.crash.platform import Key, Platform

ROOT = Path(__file__).parents[2]
KEY = "ak_crash-test-0123456789"
LEASE_S = 4.0
BETWEEN_S = (0.0, 1.0)
WORK_S = 6.0
SETTLE_S = 90.0
STARTED_S = 3.0
"""What a start takes on a busy machine."""

SEEDS_PER_START = 10_000


@dataclass
class Report:
    """What a series of kills and freezes has shown."""

    seed: int
    machines: int
    kills: int = 0
    freezes: int = 0
    taken_over: int = 0
    seconds: float = 0.0
    charges: int = 0
    states: Counter[str] = field(default_factory=Counter)
    experiments: Counter[str] = field(default_factory=Counter)
    wished: int = 0
    violations: list[Violation] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = Counter(kind for kind, _ in self.violations)
        return (
            f"{self.machines} machines, {self.kills} kills, {self.freezes} freezes in"
            f" {self.seconds:.0f} s, seed {self.seed}: {self.charges} charges,"
            f" {kinds['paid twice']} paid twice, {kinds['charged without a row']} charged without a"
            f" row, {kinds['lost']} lost; {self.states['saved']} saved,"
            f" {self.states['unknown']} unknown, {self.states['failed']} failed,"
            f" {self.states['cancelled']} cancelled, {self.taken_over} made by another machine;"
            f" {self.experiments.total()} experiments, {self.experiments['done']} of them done;"
            f" {self.wished} runs of sessions;"
            f" {len(self.violations)} violations {dict(kinds) or ''}"
        )


class _Machine:
    """One machine: its folder, and the process of the moment. `asks`: it makes clicks."""

    def __init__(self, folder: Path, settings: str) -> None:
        folder.mkdir()
        self.folder, self.data = folder, folder / "data"
        (folder / ".env").write_text(settings)
        self.began = self.starts_at = self.thaws_at = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, first_seed: int, *, asks: bool = True) -> None:
        environ = {name: value for name, value in os.environ.items() if name not in NAMES}
        options = [str(self.data), str(self.folder / ".env"), str(first_seed)]
        with (self.folder / "stderr.txt").open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.crash.worker", *options, "--lease", str(LEASE_S)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                cwd=self.folder,
                env=environ | {"PYTHONPATH": str(ROOT)},
            )
        self.began = time.monotonic()
        assert self.process.stdin is not None
        if asks:
            self.process.stdin.write(b"go\n")
            self.process.stdin.flush()

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> bool:
        """Kill it; whether it was still running."""
        if self.process is None:
            return True
        alive = self.process.poll() is None
        self.process.kill()
        self.process.wait()
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.close()
        self.process = None
        return alive

    def errors(self) -> str:
        return (self.folder / "stderr.txt").read_text(errors="replace")[-2000:]


def run(kills: int, freezes: int, folder: Path, *, machines: int = 3, seed: int = 1) -> Report:
    """Kill and freeze `machines` of them so often, with everything else in `folder`."""
    folder.chmod(0o755)  # PostgreSQL may run as another user
    rng, report, started = random.Random(seed), Report(seed, machines), time.monotonic()
    with Platform.in_thread(seed) as platform, postgres(folder / "postgres") as server:
        url = server.create()
        settings = (
            f"SENTRY_BLOCK_API_URL={platform.base_url}\nSENTRY_BLOCK_API_KEY={KEY}\n"
            f"PLAYGROUND_DATABASE_URL={url}\n"
            "PLAYGROUND_REQUESTS_PER_MINUTE=0\nPLAYGROUND_REQUESTS_PER_DAY=0\n"
        )
        all_of_them = [_Machine(folder / f"m{n}", settings) for n in range(machines)]
        try:
            _harass(all_of_them, kills, freezes, rng, report, platform)
            if not report.violations:
                report.violations += _settle(all_of_them, url)
        finally:
            for one in all_of_them:
                one.kill()
        report.violations += _audit(all_of_them, url, platform, report)
        _drop(server, url)
    report.seconds = time.monotonic() - started
    return report


def _harass(
    machines: list[_Machine],
    kills: int,
    freezes: int,
    rng: random.Random,
    report: Report,
    platform: Platform,
) -> None:
    deeds = ["kill"] * kills + ["freeze"] * freezes
    rng.shuffle(deeds)
    starts = len(machines)
    for number, one in enumerate(machines):
        one.start(number * SEEDS_PER_START)
    if not platform.wait_for_charges(10, 60):
        report.violations.append(("does not start", machines[0].errors()))
    while deeds and not report.violations:
        now = time.monotonic()
        for one in machines:
            if one.process is None and one.starts_at <= now:
                starts += 1
                one.start(starts * SEEDS_PER_START)
            elif one.thaws_at and one.thaws_at <= now:
                one.thaws_at = 0.0
                one.send(signal.SIGCONT)
        awake = [one for one in machines if one.process is not None and not one.thaws_at]
        if rng.random() > 0.1:  # one in ten may be hit while it starts
            awake = [one for one in awake if now - one.began > STARTED_S]
        if not awake:
            time.sleep(0.05)
            continue
        one, deed = rng.choice(awake), deeds.pop()
        if one.process is not None and one.process.poll() is not None:
            report.violations.append(("ended by itself", one.errors()))
        elif deed == "kill":
            one.kill()
            report.kills += 1
            late_s = LEASE_S * 1.6 if rng.random() < 0.3 else 0.0
            one.starts_at = time.monotonic() + late_s
        else:
            one.send(signal.SIGSTOP)
            report.freezes += 1
            one.thaws_at = time.monotonic() + LEASE_S + rng.uniform(0.5, 3)
        # They are to work, not to start only; then in half of the cases while an image is stored.
        platform.wait_for_answer(platform.answers + rng.randint(2, 8), WORK_S)
        time.sleep(rng.uniform(0, 0.05) if rng.random() < 0.5 else rng.uniform(*BETWEEN_S))


def _settle(machines: list[_Machine], url: str) -> list[Violation]:
    """Start all once more, asking for nothing, and wait until nothing is open."""
    for one in machines:
        one.kill()
        one.start(0, asks=False)
    deadline = time.monotonic() + SETTLE_S
    while still := _rows(url, "SELECT id, state FROM runs WHERE state IN ('queued', 'sent')"):
        if time.monotonic() > deadline:
            return [("lost", f"run {run['id']} is {run['state']} for ever") for run in still]
        time.sleep(0.3)
    time.sleep(LEASE_S)  # each start has looked through its spool by now
    return []


def _audit(
    machines: list[_Machine], url: str, platform: Platform, report: Report
) -> list[Violation]:
    runs = _rows(
        url, "SELECT id, seed, prompt, state, image_id, machine, experiment, job_id FROM runs"
    )
    stored = {row["id"]: row["sha256"] for row in _rows(url, "SELECT id, sha256 FROM images")}
    report.states = Counter(run["state"] for run in runs)
    report.charges = platform.charges.total()
    known: dict[Key, set[str]] = {}
    for run in runs:
        known.setdefault(key_of(run), set()).add(run["state"])
    files = {p.stem: p for one in machines for p in (one.data / "images").rglob("*.*")}
    by_machine = {
        path.stem: (one.data / ".machine").read_text()
        for one in machines
        for path in (one.data / "images").rglob("*.*")
    }
    first = {run["id"]: run["job_id"] for run in runs}
    makers: dict[str, set[str]] = {}
    for own, maker in by_machine.items():
        makers.setdefault(first.get(own, ""), set()).add(maker)
    report.taken_over = sum(len(some) > 1 for some in makers.values())
    found: list[Violation] = []
    for key, times in platform.charges.items():
        if times > 1:
            found.append(("paid twice", f"{key} was sent {times} times"))
        if not known.get(key, set()) & {"saved", "unknown"}:
            found.append(("charged without a row", f"{key}: {known.get(key)}"))
    for run in runs:
        if run["state"] == "saved" and run["image_id"] not in stored:
            found.append(("lost", f"run {run['id']} is saved without an image"))
    for own, digest in stored.items():
        path = files.get(own)
        if path is None or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            found.append(("lost", f"the file of image {own}"))
    found += [("lost", f"file {own} has no row") for own in files if own not in stored]
    for one in machines:
        found += [("lost", f"left in a spool: {p.name}") for p in (one.data / "spool").iterdir()]
        found += forgotten_wishes(one.data / "sessions", runs)
    planned = _rows(url, "SELECT id, state FROM experiments")
    report.experiments = Counter(row["state"] for row in planned)
    of_sessions = {p.stem for one in machines for p in (one.data / "sessions").glob("*.jsonl")}
    report.wished = sum(run["experiment"] in of_sessions for run in runs)
    cells = _rows(url, "SELECT run_id FROM cells")
    return found + forgotten_cells([row["id"] for row in planned], cells, runs)


def _rows(url: str, statement: str) -> list[dict[str, Any]]:
    with psycopg.connect(url.replace("+psycopg", ""), row_factory=dict_row) as db:
        return db.execute(statement).fetchall()  # type: ignore[call-overload]


def _drop(server: Postgres, url: str) -> None:
    with suppress(psycopg.Error):
        server.drop(url)
