"""The program's log: a line for each send, more with --verbose, never a key or a prompt."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from tests.canary.program import KEY, PLAIN, running
from tests.canary.scan import holds
from tests.http import faults
from tests.http.faults import FaultServer, raw

PROMPT = "a vermilion zeppelin over Ljubljana"
LINE = re.compile(r"(\d\d:\d\d:\d\d) run ([0-9a-f]{32}) FLUX\.1 schnell (.+)")
ECHO = json.dumps({"status": "failed", "message": f"Bearer {KEY} may not say: {PROMPT}"})

# What the platform answers to each prompt, and how its line ends then.
SENDS = [
    (faults.good(), r"saved in \d\.\d s"),
    (raw(ECHO, 422), r"failed after \d\.\d s \(refused\)"),
    (raw(ECHO, 500), r"may have been charged after \d\.\d s \(server trouble\)"),
    (faults.Fault(drop="headers"), r"may have been charged after \d\.\d s \(no answer\)"),
    (raw(ECHO, 429, headers=(("Retry-After", "3600"),)), r"failed after \d\.\d s \(rate limited\)"),
]
TRIED_AGAIN = [raw(ECHO, 429, headers=(("Retry-After", "0"),)), faults.good()]


def said(folder: Path) -> str:
    return (folder / "stdout.txt").read_text() + (folder / "stderr.txt").read_text()


def lines(folder: Path) -> list[re.Match[str]]:
    text = (folder / "stderr.txt").read_text()
    return [found for line in text.splitlines() if (found := LINE.fullmatch(line))]


def ask_for_all(folder: Path, *options: str) -> list[str]:
    """Have the program send everything and be searched for it; return the runs' ids."""
    with FaultServer.in_thread() as server:
        server.script(*(fault for fault, _ in SENDS), *TRIED_AGAIN)
        with running(folder, server.base_url, *options, command=PLAIN) as program:
            for number in range(len(SENDS) + 1):
                program.generate(f"{PROMPT}, {number}")
            stored = program.ask("GET", "/api/images", params={"q": PROMPT}).json()["images"]
            program.ask("GET", "/", params={"recipe": PROMPT, "key": KEY})
            program.ask("GET", f"/?{PROMPT}")
        assert server.posts == len(SENDS) + len(TRIED_AGAIN)
        assert all(PROMPT.encode() in body for body in server.bodies), "it was not sent"
    return [image["id"] for image in stored]


def test_each_send_is_one_line_without_key_or_prompt(tmp_path: Path) -> None:
    stored = ask_for_all(tmp_path)
    found = lines(tmp_path)
    ends = [*(end for _, end in SENDS), r"saved in \d\.\d s"]
    assert len(found) == len(ends), said(tmp_path)
    for line, end in zip(found, ends, strict=True):
        assert re.fullmatch(end, line[3]), line[0]
    assert {found[0][2], found[-1][2]} == set(stored), "a line names another run than the image's"
    assert (tmp_path / "stderr.txt").read_text().count("\n") == len(ends), (
        "more was said by default"
    )
    assert not holds(said(tmp_path).encode(), KEY) and "zeppelin" not in said(tmp_path)


def test_verbose_tells_the_start_retries_and_requests_too(tmp_path: Path) -> None:
    ask_for_all(tmp_path, "--verbose")
    text = said(tmp_path)
    waited = [line for line in lines(tmp_path) if line[3] == "waits 0.0 s (rate limited)"]
    assert len(waited) == 1 and len(lines(tmp_path)) == len(SENDS) + 2
    assert re.search(r"\d\d:\d\d:\d\d opening the data folder ", text)
    assert re.search(r'"GET /api/images\?\.\.\. HTTP/1\.1" 200', text)
    assert '"GET /?... HTTP/1.1" 200' in text
    assert not holds(text.encode(), KEY) and "zeppelin" not in text and "Ljubljana" not in text


def test_the_help_tells_of_verbose() -> None:
    done = subprocess.run([*PLAIN, "--help"], capture_output=True, text=True, timeout=60)
    assert "--verbose" in done.stdout and "a line for each send" in " ".join(done.stdout.split())
