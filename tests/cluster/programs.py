"""The real program as one machine of several: a process with a data folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from backend.settings.load import ENV_FILE, NAMES
from tests.cluster.servers import free_ports

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 90.0
KEY = "ak_cluster-test-0123456789"


class Machine:
    """One start of app.py. `told` is what it said to its terminal."""

    def __init__(self, folder: Path, environ: dict[str, str], options: Sequence[str] = ()) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.data = folder, folder / "data"
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        own = {name: value for name, value in os.environ.items() if name not in NAMES}
        own |= {ENV_FILE: str(folder / ".env"), "GRADIO_TEMP_DIR": str(folder / "gradio")}
        where = ["--data-dir", str(self.data), "--port", str(self.port), "--no-browser"]
        self._out = (folder / "out.txt").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, *options, str(ROOT / "app.py"), *where],
            cwd=folder,
            env=own | environ,
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )

    @property
    def told(self) -> str:
        return (self.folder / "out.txt").read_text(errors="replace")

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/healthz").status_code == 200:
                    return
            assert self.process.poll() is None, self.told
            assert time.monotonic() < deadline, f"it did not start: {self.told}"
            time.sleep(0.05)

    def get(self, path: str, **how: Any) -> Any:
        answer = httpx.get(f"{self.url}{path}", timeout=30, **how)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """End it as Ctrl+C does; return its exit code."""
        self.process.terminate()
        return self.process.wait(30)

    def close(self) -> None:
        with suppress(ProcessLookupError):
            self.send(signal.SIGCONT)
        self.kill()
        self._out.close()


@contextmanager
def machines(
    folder: Path, names: Sequence[str], database_url: str, **environ: str
) -> Iterator[list[Machine]]:
    """Start several at once on one database and yield them once all serve."""
    shared = {"PLAYGROUND_DATABASE_URL": database_url} | environ
    started = [Machine(folder / name, shared) for name in names]
    try:
        for one in started:
            one.wait_until_ready()
        yield started
    finally:
        for one in started:
            one.close()
