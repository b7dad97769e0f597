"""The code that "View code" shows, run for real, sends the very request of the program."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from backend.providers import snippets
from backend.providers.sentry_block import PLATFORM, SentryBlock
from backend.types import GenerationRequest

KEY = "ak_test-key_0123"
PNG = b"\x89PNG\r\n\x1a\n-the-image-"
ANSWER = {"data": [{"timings": {"inference": 1.5}, "b64_json": base64.b64encode(PNG).decode()}]}

PROMPTS = {
    "plain": "a flying cat",
    "single quotes": "it's the cat's 'hat'",
    "double quotes": 'a sign that says "open"',
    "newlines": "first line\nsecond line\n\ttabbed",
    "command substitution": "$(touch pwned) `touch pwned` ${HOME} $SENTRY_BLOCK_API_KEY",
    "backslashes": "a\\b \\n \\\\ \\' ends with \\",
    "unicode": "caf\u00e9 \u65e5\u672c \U0001f98a \u2028 \u202eright to left",
    "shell and code": "'; touch pwned; echo '!! #{x} %s {0} */ </script> `${1+1}`",
    "leading at and dashes": "@/etc/passwd --output pwned",
}


@dataclass
class Received:
    """What the server got: method, path, headers in lower case, the body read as JSON."""

    calls: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[tuple[str, Received]]:
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            received.calls.append((self.command, self.path, headers, json.loads(body)))
            answer = json.dumps(ANSWER).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=[0.01])
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_address[1]}/api/v1", received
        finally:
            http.shutdown()
            thread.join()


def call_for(prompt: str) -> Any:
    values = {"width": 1024, "height": 768, "num_steps": 4, "guidance_scale": 3.5}
    return SentryBlock().build(
        GenerationRequest("black-forest-labs/FLUX.1-schnell", prompt, values, 4294967295)
    )


def run(command: list[str], url: str, folder: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "SENTRY_BLOCK_API_URL": url,
        "SENTRY_BLOCK_API_KEY": KEY,
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def check(received: Received, prompt: str, folder: Path) -> None:
    [(method, path, headers, body)] = received.calls
    call = call_for(prompt)
    assert (method, path) == (call.method, "/api/v1" + call.path)
    assert body == call.json
    assert list(body) == list(call.json)
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == "application/json"
    assert not (folder / "pwned").exists()


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS.keys())
@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_curl_snippet_sends_the_very_request(
    server: tuple[str, Received], tmp_path: Path, prompt: str, shell: str
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} on this machine")
    url, received = server
    run([shell, "-c", snippets.curl(call_for(prompt), PLATFORM)], url, tmp_path)
    check(received, prompt, tmp_path)


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_decoding_turns_the_kept_answer_of_curl_into_the_image(
    server: tuple[str, Received], tmp_path: Path
) -> None:
    url, _ = server
    run(["sh", "-c", snippets.curl(call_for("a cat"), PLATFORM)], url + "/", tmp_path)
    run(["sh", "-c", snippets.decoding(PLATFORM)], url, tmp_path)
    assert (tmp_path / "image.png").read_bytes() == PNG


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS.keys())
def test_python_snippet_sends_the_very_request_and_saves_the_image(
    server: tuple[str, Received], tmp_path: Path, prompt: str
) -> None:
    url, received = server
    script = tmp_path / "generate.py"
    script.write_text(snippets.python(call_for(prompt), PLATFORM), encoding="utf-8")
    run([sys.executable, str(script)], url, tmp_path)
    check(received, prompt, tmp_path)
    assert (tmp_path / "image.png").read_bytes() == PNG


def node() -> str | None:
    found = shutil.which("node")
    if found is None:
        return None
    version = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
    return found if int(version.strip().lstrip("v").split(".")[0] or 0) >= 18 else None


@pytest.mark.skipif(node() is None, reason="no node 18 or newer on this machine")
@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS.keys())
def test_javascript_snippet_sends_the_very_request_and_saves_the_image(
    server: tuple[str, Received], tmp_path: Path, prompt: str
) -> None:
    url, received = server
    script = tmp_path / "generate.mjs"
    script.write_text(snippets.javascript(call_for(prompt), PLATFORM), encoding="utf-8")
    run([str(node()), str(script)], url, tmp_path)
    check(received, prompt, tmp_path)
    assert (tmp_path / "image.png").read_bytes() == PNG


def test_snippets_name_the_key_and_never_hold_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTRY_BLOCK_API_KEY", KEY)
    monkeypatch.setenv("SENTRY_BLOCK_API_URL", "https://secret-host.example/api/v1")
    for write in (snippets.curl, snippets.python, snippets.javascript):
        code = write(call_for("a cat"), PLATFORM)
        assert "SENTRY_BLOCK_API_KEY" in code
        assert KEY not in code
        assert "secret-host" not in code


def test_the_shape_of_the_answer_is_json_that_the_provider_reads() -> None:
    shape = json.loads(PLATFORM.answer)
    assert set(shape["data"][0]) == {"index", "timings", "b64_json"}
    assert shape["status"] == "success"
