"""A sample of the system calls of a start fails; `make strace` tries all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash import syscalls
from tests.crash.left import leave_crashed

SAMPLE = 24


async def test_a_system_call_that_fails_stops_no_start_without_a_word(tmp_path: Path) -> None:
    if not syscalls.usable():
        pytest.skip("no strace that may trace on this machine (Debian: apt-get install strace)")
    crashed = tmp_path / "crashed"
    images = await leave_crashed(crashed)
    assert run(tmp_path, crashed, images) == []


def run(folder: Path, crashed: Path, images: int) -> list[str]:
    every = syscalls.cases(crashed, folder)
    assert len(every) > 200
    return list(syscalls.faults(crashed, images, folder, every[:: len(every) // SAMPLE]))
