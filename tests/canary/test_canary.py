"""The canary: the real program with a key that is found nowhere afterwards but in its .env."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from backend.redact import forms
from tests.canary.program import KEY, TALKATIVE, Program, running
from tests.canary.scan import files_with, holds, needles
from tests.http import faults
from tests.http.faults import Fault, FaultServer


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


@pytest.mark.wide
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


@pytest.mark.wide
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
            [*TALKATIVE, "--port", "0", "--no-browser"],
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
