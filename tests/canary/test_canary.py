"""The canary: the real program with a key that is found nowhere afterwards but in its .env."""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.redact import forms
from tests.canary.scan import files_with, holds, needles
from tests.http import faults
from tests.http.faults import Fault, FaultServer

ROOT = Path(__file__).parents[2]
KEY = "sk_Canary/7f3e+9b1d5a8c20461Xq"
FLUX = "black-forest-labs/FLUX.1-schnell"

# As `python app.py`, but with every library's log at its most talkative.
PROGRAM = (
    "import logging, sys; logging.basicConfig(level=logging.DEBUG); "
    f"sys.path.insert(0, {str(ROOT)!r}); import app; sys.exit(app.main(sys.argv[1:]))"
)


@dataclass
class Program:
    """The running program: asks it things, and keeps all that it ever answered."""

    client: httpx.Client
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
def running(folder: Path, api_url: str, **environ: str) -> Iterator[Program]:
    """Run the program on `folder` until the block ends."""
    env_file = folder / ".env"
    env_file.write_text(f"SENTRY_BLOCK_API_URL={api_url}\nSENTRY_BLOCK_API_KEY='{KEY}'\n")
    out, err = folder / "stdout.txt", folder / "stderr.txt"
    options = ["--provider", "sentry_block", "--port", "0", "--no-browser"]
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *options, "--data-dir", str(folder / "data")],
            cwd=folder,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | environ,
            stdout=stdout,
            stderr=stderr,
        )
    try:
        url = _wait_for_url(process, out, err)
        with httpx.Client(base_url=url, timeout=60) as client:
            yield Program(client)
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


def assert_nowhere(folder: Path, program: Program) -> None:
    """Check every file that the program left and every answer that it gave."""
    assert holds((folder / ".env").read_bytes(), KEY), "the scan finds nothing at all"
    assert (folder / "data" / "playground.db").stat().st_size > 0
    assert [str(path) for path in files_with(folder, KEY)] == []
    assert [what for what, content in program.answers if holds(content, KEY)] == []


def look_everywhere(program: Program) -> None:
    """Fetch every page, file and JSON that the program serves, and much that it does not."""
    page = program.ask("GET", "/").text
    for path in re.findall(r'(?:src|href)="\.?(/[^"]+)"', page):
        program.ask("GET", path)
    for path in (
        *("/gallery", "/config", "/gradio_api/info", "/theme.css", "/manifest.json", "/healthz"),
        *("/api/images", "/api/jobs", "/api/runs", "/api/events?job=0", "/favicon.ico"),
        *("/.env", "/gradio_api/file=.env", "/static/../.env", "/data/playground.db", "/nowhere"),
        *(
            "/api/images?limit=x",
            "/api/images/x",
            "/images/x",
        ),
        *("/gradio_api/openapi.json", "/docs", "/monitoring", "/login"),
    ):
        program.ask("GET", path)
    for record in program.ask("GET", "/api/images").json()["images"]:
        for path in ("/images/{}", "/images/{}?download=1", "/thumbs/{}", "/api/images/{}"):
            assert program.ask("GET", path.format(record["id"])).status_code == 200


def press_every_button(program: Program) -> None:
    """Call every event of the page with its widgets' values, snippets among them, and with junk."""
    config = program.ask("GET", "/config").json()
    values = {c["id"]: c["props"].get("value") for c in config["components"]}
    for event in config["dependencies"]:
        if not event.get("backend_fn"):
            continue
        for data in ([values.get(i) for i in event["inputs"]], [{}], [KEY[:3]] * 40, "x"):
            body = {"fn_index": event["id"], "data": data, "session_hash": "canary"}
            program.ask("POST", "/gradio_api/run/predict", json=body)
    for path in ("/gradio_api/call/generate", "/gradio_api/run/predict", "/gradio_api/queue/join"):
        for content in (b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 10_000, b'{"data": 1}'):
            headers = {"Content-Type": "application/json"}
            program.ask("POST", path, content=content, headers=headers)


def echo(status: int, body: str, **changes: Any) -> Fault:
    """Answer with what the platform got: the key, in `body`'s place for it."""
    return faults.raw(body.replace("KEY", KEY), status, **changes)


ECHOES = [
    echo(401, '{"status": "failed", "message": "Bad header Authorization: Bearer KEY"}'),
    echo(401, '{"detail": [{"loc": ["header", "KEY"], "msg": "bad KEY"}]}'),
    echo(403, json.dumps({"error": {"message": f"no: {KEY}"}}).replace("/", "\\/")),
    echo(422, '{"detail": "KEY"}', drip_s=0.0),  # a byte at a time: the key comes in pieces
    echo(400, "Authorization=KEY", framing="chunked"),
    echo(404, "<html>KEY</html>"),
    echo(502, "<html>bad gateway, sent KEY</html>", headers=(("Content-Type", "text/html"),)),
    echo(500, '{"message": "KEY"}'),
    echo(302, "KEY", headers=(("Location", f"https://evil.example/?key={KEY}"),)),
    echo(200, '{"status": "failed", "message": "Bearer KEY is over its quota", "data": []}'),
    echo(200, '{"status": "success", "data": [{"b64_json": "KEYKEY"}], "echo": "KEY"}'),
    echo(200, "KEY"),
    echo(200, '{"message": "KEY", "data": [{"b64_json": "AAAA', cut_after=45),
    echo(200, f'{{"message": "KEY", "data": "{"x" * 200_000}"}}', drip_s=None),
    faults.raw(faults.document(message=f"made for {KEY}", model=KEY, owner={"key": KEY})),
    faults.cut_mid_body(),
    faults.html(502),
    faults.Fault(drop="headers"),
    faults.good(),
]


def test_the_key_is_nowhere_after_all_that_can_go_wrong(tmp_path: Path) -> None:
    with FaultServer.in_thread() as server:
        server.script(*ECHOES)
        with running(tmp_path, server.base_url) as program:
            said = [program.generate(f"a fox, {n}") for n in range(len(ECHOES))]
            look_everywhere(program)
            press_every_button(program)
            assert [
                str(path) for path in files_with(tmp_path, KEY)
            ] == []  # the -wal is still there
        assert server.posts >= len(ECHOES)
        sent = {request.headers["authorization"] for request in server.requests}
        assert sent == {f"Bearer {KEY}"}, "the key was not even used"
    assert "(401)" in said[0] and "[key]" in said[0], "the platform's words are not shown"
    assert sum("event: complete" in text for text in said) == 2
    assert list((tmp_path / "data" / "unfinished").iterdir()), "nothing was set aside"
    assert_nowhere(tmp_path, program)


def test_the_key_is_nowhere_when_no_safe_connection_can_be_made(tmp_path: Path) -> None:
    certificate = tmp_path / "tls"
    certificate.mkdir()
    context: ssl.SSLContext = faults.self_signed(certificate)
    with (
        FaultServer.in_thread(context) as server,
        running(tmp_path, server.base_url, NO_PROXY="*") as program,
    ):
        said = program.generate("a fox")
        look_everywhere(program)
    assert "event: error" in said and "could not prove who it is" in said
    assert server.requests == []
    assert_nowhere(tmp_path, program)


def test_the_key_is_nowhere_when_nobody_listens(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{faults.closed_port()}/api/v1"
    with running(tmp_path, url) as program:
        said = program.generate("a fox")
        look_everywhere(program)
    assert "event: error" in said and "refused the connection" in said
    assert_nowhere(tmp_path, program)


def test_a_refused_start_does_not_say_the_key(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    for url, key in (("ftp://x", KEY), ("http://remote.example", KEY), ("https://x", f"“{KEY}”")):
        env_file.write_text(f"SENTRY_BLOCK_API_URL={url}\nSENTRY_BLOCK_API_KEY='{key}'\n")
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "--port", "0", "--no-browser"],
            cwd=tmp_path,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 1 and done.stderr
        assert not holds(done.stdout + done.stderr, KEY)


@pytest.mark.parametrize("text", sorted(forms(KEY)))
def test_the_scan_finds_what_it_looks_for(text: str, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file.bin").write_bytes(b"\0before" + text.encode() + b"after\xff")
    (tmp_path / "deep" / ".env").write_text(KEY)
    assert [path.name for path in files_with(tmp_path, KEY)] == ["file.bin"]


def test_no_needle_is_so_short_that_chance_would_find_it() -> None:
    assert min(map(len, needles(KEY))) > 20
