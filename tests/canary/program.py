"""The real program with a key that is easily told from all else, and what it answers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
KEY = "sk_Canary/7f3e+9b1d5a8c20461Xq"
FLUX = "black-forest-labs/FLUX.1-schnell"

PLAIN = (sys.executable, str(ROOT / "app.py"))
# As `python app.py`, but with every library's log at its most talkative.
_PROGRAM = (
    "import logging, sys; logging.basicConfig(level=logging.DEBUG); "
    f"sys.path.insert(0, {str(ROOT)!r}); import app; sys.exit(app.main(sys.argv[1:]))"
)
TALKATIVE = (sys.executable, "-c", _PROGRAM)


@dataclass
class Program:
    """The running program: asks it things, and keeps all that it ever answered."""

    client: httpx.Client
    pid: int = 0
    answers: list[tuple[str, bytes]] = field(default_factory=list)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = self.client.request(method, path, **options)
        self.answers.append((f"{method} {path}", repr(answer.headers).encode() + answer.content))
        return answer

    def generate(self, prompt: str) -> str:
        """Generate through the documented endpoint; return its last event's text."""
        data = [FLUX, prompt, "", 256, 256, None, None, None, 1]
        event = self.ask("POST", "/gradio_api/call/generate", json={"data": data})
        return self.ask("GET", f"/gradio_api/call/generate/{event.json()['event_id']}").text


@contextmanager
def running(
    folder: Path, api_url: str, *options: str, command: Sequence[str] = TALKATIVE, **environ: str
) -> Iterator[Program]:
    """Run the program on `folder` until the block ends."""
    env_file = folder / ".env"
    env_file.write_text(f"SENTRY_BLOCK_API_URL={api_url}\nSENTRY_BLOCK_API_KEY='{KEY}'\n")
    out, err = folder / "stdout.txt", folder / "stderr.txt"
    given = ["--provider", "sentry_block", "--port", "0", "--no-browser", *options]
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            [*command, *given, "--data-dir", str(folder / "data")],
            cwd=folder,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | environ,
            stdout=stdout,
            stderr=stderr,
        )
    try:
        url = _wait_for_url(process, out, err)
        with httpx.Client(base_url=url, timeout=60) as client:
            yield Program(client, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _wait_for_url(process: subprocess.Popen[bytes], out: Path, err: Path) -> str:
    ends = time.monotonic() + 60
    while time.monotonic() < ends and process.poll() is None:
        if found := re.search(r"http://\S+:\d+/", out.read_text()):
            return found[0]
        time.sleep(0.05)
    raise AssertionError(f"the program did not start: {err.read_text()[-2000:]}")
