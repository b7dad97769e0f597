"""sd-server on loopback, on weights of our own; started once, it serves any number of tests."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sd_server.build import binary
from tests.sd_server.weights import write

START_TIMEOUT_S = 60.0
SIDE = 64
"""The pictures' width and height in pixels: the smallest that it makes."""


@contextmanager
def sd_server(folder: Path) -> Iterator[str]:
    """Yield its base URL. `folder` gets the weights, a gigabyte that takes 11 MB.

    Raises: LookupError where it has not been built.
    """
    program = binary()
    if not program.exists():
        raise LookupError("no sd-server: make sd-server builds it")
    weights = folder / "tiny.safetensors"
    write(weights)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program, "-m", weights, "-l", "127.0.0.1", "--listen-port", port]
    command += ["-W", SIDE, "-H", SIDE, "--steps", 1]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(process, url, folder / "log")
        yield url
    finally:
        process.kill()  # it has nothing to lose, and waits for its last picture else
        process.wait(10)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    ends = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < ends:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/sdapi/v1/options", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"sd-server did not start: {log.read_text(errors='replace')[-2000:]}")
