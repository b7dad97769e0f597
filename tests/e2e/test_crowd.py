"""The running program under a crowd of half-sent requests, with the files that systems allow."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.e2e.conftest import ROOT

pytestmark = pytest.mark.wide

CROWD, FILES = 1_400, 1_024


@pytest.mark.skipif(sys.platform == "win32", reason="no ulimit on Windows")
@pytest.mark.parametrize("text", [b"GET / HTTP/1.1\r\n", b"GET /api/events HTTP/1.1\r\nHost: a\r"])
def test_others_are_answered_and_the_log_does_not_grow(tmp_path: Path, text: bytes) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < CROWD + 200:
        pytest.skip("this system allows too few open files for a crowd")
    start = (
        f"ulimit -S -n {FILES}; ulimit -H -n {FILES}; exec '{sys.executable}' '{ROOT / 'app.py'}' "
        f"--no-browser --port 0 --provider offline --data-dir '{tmp_path / 'data'}'"
    )
    log = tmp_path / "log"
    with (
        log.open("w") as errors,
        ExitStack() as crowd,
        subprocess.Popen(
            ["sh", "-c", start], stdout=subprocess.PIPE, stderr=errors, text=True, cwd=tmp_path
        ) as process,
    ):
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
            assert found, log.read_text()
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, CROWD + 200), hard))
            for _ in range(CROWD):
                one = crowd.enter_context(socket.socket())
                one.settimeout(60)
                one.connect(("127.0.0.1", int(found[1])))
                one.sendall(text)
            for _ in range(3):
                with urlopen(f"{found.group()}/healthz", timeout=60) as answer:
                    assert answer.status == 200
            time.sleep(1)
            assert log.stat().st_size < 2_000, log.read_text()[-2_000:]
        finally:
            process.terminate()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
