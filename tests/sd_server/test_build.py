"""How sd-server is built: what fails or hangs ends in time, with its words kept."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from tests.sd_server.build import leave_words_out, run


def test_a_step_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    log = tmp_path / "log"
    began = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        run(["sh", "-c", "sleep 60 & echo $!; wait"], log, began + 1)
    assert time.monotonic() - began < 30
    deadline = time.monotonic() + 10
    while _runs(int(log.read_text())):
        assert time.monotonic() < deadline, "what it had started goes on"
        time.sleep(0.05)


def test_a_step_that_is_ended_can_end_first_what_only_it_can(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        step = "trap 'echo ended; exit 1' TERM; sleep 60 & wait"
        run(["sh", "-c", step], tmp_path / "log", began + 1)
    assert (tmp_path / "log").read_text() == "ended\n"


def _runs(process: int) -> bool:
    """Whether a process is there, and not only its entry, which nobody has read."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def test_a_step_that_fails_is_an_error_and_what_it_said_is_kept(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        run(["sh", "-c", "echo no such header >&2; exit 3"], tmp_path / "log", time.monotonic() + 9)
    assert (tmp_path / "log").read_text() == "no such header\n"


def test_of_the_words_only_those_of_the_model_are_compiled(tmp_path: Path) -> None:
    ours, other = "char clip_merges[] = {\n  0x23,\n};\n", "char t5_json[] = {\n  0x7b,\n};\n"
    (tmp_path / "clip_t5.hpp").write_text(ours + other)
    leave_words_out(tmp_path)
    assert (tmp_path / "clip_t5.hpp").read_text() == ours + "char t5_json[] = {0};\n"
