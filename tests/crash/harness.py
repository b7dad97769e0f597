"""Kills the program (SIGKILL) at random moments, starts it again and checks that nothing is lost.

    python -m tests.crash.harness --kills 200 [--seed N] [--bug NAME] [--machines 3]

One kill in ten hits app.py, asked over its HTTP API; the rest hit worker.py, the same engine
without the page, which starts in a quarter of the time. Exits with 1 on any violation.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import URLError
from urllib.request import Request, urlopen

from backend.settings.load import NAMES
from tests.crash.invariants import Auditor, Violation, phases
from tests.crash.platform import Platform
from tests.crash.worker import BUGS, CLIENTS, MODEL

ROOT = Path(__file__).parents[2]
KEY = "ak_crash-test-0123456789"
START_TIMEOUT_S = 180.0
CYCLE_S = 0.45
"""How long a generating cycle lasts from the first request to a kill at random."""
SAVING_S = 0.04
"""How long after an answer's last byte its image may still be on the way to disk and database."""
SEEDS_PER_START = 10_000


@dataclass
class Report:
    """What a series of kills has shown."""

    seed: int
    kills: int = 0
    of_app: int = 0
    while_starting: int = 0
    after_last_byte: int = 0
    seconds: float = 0.0
    charges: int = 0
    states: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)

    def __str__(self) -> str:
        kinds = Counter(kind for kind, _ in self.violations)
        hit = ", ".join(f"{name} {n}" for name, n in self.hit.most_common())
        return (
            f"{self.kills} kills ({self.of_app} of app.py, {self.while_starting} while starting, "
            f"{self.after_last_byte} aimed after a last byte) in {self.seconds:.0f} s, "
            f"seed {self.seed}: {self.charges} charges, "
            f"{kinds['duplicate charge']} duplicate, "
            f"{kinds['charge without a row']} without a row, {kinds['orphan']} orphans; "
            f"{self.states['saved']} saved, {self.states['unknown']} unknown; "
            f"{len(self.violations)} violations {dict(kinds) or ''}\nhit: {hit}"
        )


def run(
    kills: int,
    folder: Path,
    *,
    seed: int = 1,
    app_every: int = 10,
    bug: str | None = None,
) -> Report:
    """Kill the program `kills` times on one data folder in `folder`; stop at the first violation.

    Every `app_every`th kill hits app.py; 0: none. The moments depend on `seed` and the machine.
    """
    report, rng, started = Report(seed), random.Random(seed), time.monotonic()
    with Platform.in_thread(seed) as platform:
        data, env_file = folder / "data", folder / ".env"
        env_file.write_text(
            f"SENTRY_BLOCK_API_URL={platform.base_url}\nSENTRY_BLOCK_API_KEY={KEY}\n"
            "PLAYGROUND_REQUESTS_PER_MINUTE=0\nPLAYGROUND_REQUESTS_PER_DAY=0\n"
        )
        auditor = Auditor(data, platform)
        while report.kills < kills and not report.violations:
            number = report.kills + 1
            of_app = bool(app_every) and number % app_every == 0
            start = _App if of_app else _Worker
            if of_app:
                _end_experiments(data)
            program = start(folder, data, env_file, number * SEEDS_PER_START, bug)
            with program.running():
                if number % 10 == 5:
                    time.sleep(rng.uniform(0, 1.0))
                    report.while_starting += 1
                else:
                    report.violations += program.wait_until_ready() or auditor.check()
                    if report.violations:
                        break
                    program.generate()
                    report.after_last_byte += _wait_for_the_moment(rng, platform)
                if not program.kill():
                    report.violations.append(("ended by itself", program.errors()))
            report.kills, report.of_app = number, report.of_app + of_app
            if data.is_dir():
                report.hit.update(phases(data, platform))
        program = _Worker(folder, data, env_file, 0, bug)
        with program.running():
            report.violations += program.wait_until_ready() or auditor.check(anew=True)
            program.kill()
        report.states, report.charges = auditor.states(), platform.charges.total()
    report.seconds = time.monotonic() - started
    return report


def _end_experiments(data: Path) -> None:
    """Let app.py go on with none: what it left is looked at while it runs."""
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(data / "playground.db")) as db:
        db.execute("UPDATE experiments SET state = 'stopped', goes_on = NULL")
        db.commit()


def _wait_for_the_moment(rng: random.Random, platform: Platform) -> bool:
    """Wait until it is time to kill; whether it was timed by the last byte of an answer."""
    if rng.random() < 0.45:
        time.sleep(rng.uniform(0, CYCLE_S))
        return False
    platform.wait_for_answer(platform.answers + rng.randint(1, 6), 5)
    time.sleep(rng.uniform(0, SAVING_S))
    return True


# --- the programs to be killed ----------------------------------------------------------------


@dataclass
class _Program:
    """One start of the program. `first_seed` makes the seeds of its requests unique."""

    folder: Path
    data: Path
    env_file: Path
    first_seed: int
    bug: str | None

    def command(self) -> Sequence[str]:
        raise NotImplementedError

    def take_up(self, line: str) -> None:
        """Check the line with which it says that it is ready."""
        raise NotImplementedError

    def generate(self) -> None:
        """Ask for images without end. Returns at once."""
        raise NotImplementedError

    def wait_until_ready(self) -> list[Violation]:
        """Wait until it has started; a program that cannot start is a violation too."""
        guard = threading.Timer(START_TIMEOUT_S, self.process.kill)
        guard.start()
        try:
            line = _pipe(self.process.stdout).readline().decode()
        finally:
            guard.cancel()
        if not line:
            return [("does not start", self.errors())]
        self.take_up(line)
        return []

    @contextmanager
    def running(self) -> Iterator[None]:
        environ = {name: value for name, value in os.environ.items() if name not in NAMES}
        environ |= {"PYTHONPATH": str(ROOT), "GRADIO_TEMP_DIR": str(self.folder / "gradio")}
        with (
            (self.folder / "stderr.txt").open("ab") as errors,
            subprocess.Popen(
                [sys.executable, *self.command()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=self.folder,
                env=environ,
            ) as self.process,
        ):
            try:
                yield
            finally:
                self.process.kill()

    def kill(self) -> bool:
        """Kill it with SIGKILL; whether it was still running."""
        alive = self.process.poll() is None
        self.process.kill()
        self.process.wait()
        return alive

    def errors(self) -> str:
        return (self.folder / "stderr.txt").read_text(errors="replace")[-2000:]


class _Worker(_Program):
    def command(self) -> Sequence[str]:
        bug = ["--bug", self.bug] if self.bug else []
        files = str(self.data), str(self.env_file)
        return ["-m", "tests.crash.worker", *files, str(self.first_seed), *bug]

    def take_up(self, line: str) -> None:
        assert line == "ready\n"

    def generate(self) -> None:
        stdin = _pipe(self.process.stdin)
        stdin.write(b"go\n")
        stdin.flush()


class _App(_Program):
    _url = ""

    def command(self) -> Sequence[str]:
        options = {"--port": "0", "--data-dir": self.data, "--env-file": self.env_file}
        words = [str(word) for option in options.items() for word in option]
        return [str(ROOT / "app.py"), "--no-browser", "--provider", "sentry_block", *words]

    def take_up(self, line: str) -> None:
        self._url = next(word for word in line.split() if word.startswith("http://"))
        with urlopen(f"{self._url}healthz", timeout=START_TIMEOUT_S) as answer:
            assert json.load(answer)["status"] == "ok"

    def generate(self) -> None:
        for number in range(CLIENTS):
            first = self.first_seed + number * SEEDS_PER_START // CLIENTS
            threading.Thread(target=self._client, args=(first,), daemon=True).start()

    def _client(self, seed: int) -> None:
        with suppress(URLError, HTTPException, OSError, ValueError):
            while True:
                seed += 2
                data = [MODEL, f"crash {seed}", "", 256, 256, 4, 3.5, seed, 2]
                call = f"{self._url}gradio_api/call/generate"
                body = json.dumps({"data": data}).encode()
                request = Request(call, body, {"Content-Type": "application/json"})
                with urlopen(request, timeout=20) as answer:
                    event = json.load(answer)["event_id"]
                with urlopen(f"{call}/{event}", timeout=20) as answer:
                    answer.read()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Kill the program and check what is left.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--bug", choices=BUGS, help="break the program on purpose")
    parser.add_argument("--machines", type=int, default=1, help="so many on one PostgreSQL")
    parser.add_argument("--freezes", type=int, default=20, help="of several machines (SIGSTOP)")
    options = parser.parse_args()
    if options.machines > 1:
        return _several(options)
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        report = run(options.kills, Path(folder), seed=options.seed, bug=options.bug)
    sys.stdout.write(f"{report}\n")
    for kind, case in report.violations[:20]:
        sys.stdout.write(f"VIOLATION {kind}: {case}\n")
    return 1 if report.violations else 0


def _several(options: argparse.Namespace) -> int:
    from tests.crash import machines  # PostgreSQL's driver is needed

    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        report = machines.run(
            options.kills,
            options.freezes,
            Path(folder),
            machines=options.machines,
            seed=options.seed,
        )
    sys.stdout.write(f"{report}\n")
    for kind, case in report.violations[:20]:
        sys.stdout.write(f"VIOLATION {kind}: {case}\n")
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
