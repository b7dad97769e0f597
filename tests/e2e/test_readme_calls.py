"""README's lines for other programs do what they say, typed into a shell as they stand."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.calls import ask
from tests.e2e.conftest import ROOT, program

pytestmark = pytest.mark.wide

HERE = "http://127.0.0.1:7860"
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
CURL = shutil.which("curl")


def blocks() -> list[str]:
    """Return README's blocks for a shell that call the program."""
    found = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))
    return [text for text in found if "curl " in text]


def in_a_shell(text: str, folder: Path) -> str:
    """Run a block, every line of which has to succeed, and return what it printed."""
    lines = text.replace("curl ", "curl --fail-with-body --no-progress-meter --max-time 60 ")
    done = subprocess.run(
        ["sh", "-eu", "-c", lines], cwd=folder, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr}"
    return done.stdout


@pytest.mark.skipif(CURL is None, reason="no curl on this machine")
def test_each_line_for_programs_does_what_it_says(tmp_path: Path) -> None:
    desk = tmp_path / "desk"
    desk.mkdir()
    with program(tmp_path / "data") as address:
        said = "".join(in_a_shell(text.replace(HERE, address), desk) for text in blocks())
        (image,) = ask(address, "/api/images?tag=cat&starred=1")["images"]
        file = desk / "cat.png"
        assert file.stat().st_size > 1_000, "the second time overwrote it"
        assert (desk / "part.bin").read_bytes() == file.read_bytes()[:100]
        assert len(list(desk.glob("*.zip"))) == 1
    assert (image["rating"], image["tags"]) == (5, ["cat", "sky"])
    assert '"prompt":"a flying cat"' in said and '"balance_usd":null' in said


def test_there_is_a_line_for_each_thing_that_a_program_may_want() -> None:
    text = "\n".join(blocks())
    for wanted in (
        *("/api/generate", '"token"', "/api/images?limit", "q=", "$P/images/$ID", '"rating"'),
        *("/api/export", "/api/metadata", "/api/credits", "/api/runs", "--etag-compare", "-r "),
    ):
        assert wanted in text, wanted
