"""A sample of the system calls of a start fails; `make strace` tries all of them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.crash import syscalls
from tests.crash.left import leave_crashed

pytestmark = pytest.mark.wide

SAMPLE = 24


def test_a_system_call_that_fails_stops_no_start_without_a_word(tmp_path: Path) -> None:
    if not syscalls.usable():
        pytest.skip("no strace that may trace on this machine (Debian: apt-get install strace)")
    crashed = tmp_path / "crashed"
    images = asyncio.run(leave_crashed(crashed))
    every = syscalls.cases(crashed, tmp_path)
    assert len(every) > 200
    found = syscalls.faults(crashed, images, tmp_path, every[:: len(every) // SAMPLE])
    assert list(found) == []
