"""DATA/blocked.txt is read when it changes; what cannot be read is told, and harms nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.background import Thread
from backend.sessions.blocked import LOOK_S, MAX_BYTES, BlockedFile


@pytest.fixture
def thread() -> Iterator[Thread]:
    thread = Thread("test")
    yield thread
    thread.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "blocked.txt"


async def test_it_is_read_when_it_changes_and_forgotten_when_it_goes(
    path: Path, thread: Thread
) -> None:
    listed = BlockedFile(path, thread, look_s=0)
    await listed.look()
    assert not listed.now.marks("bad") and not listed.trouble
    path.write_text("bad\n", encoding="utf-8-sig")
    await listed.look()
    assert listed.now.marks("bad")
    first = listed.now
    await listed.look()
    assert listed.now is first, "nothing has changed"
    path.write_text("worse words\n")
    await listed.look()
    assert listed.now.marks("worse words") and not listed.now.marks("bad")
    path.unlink()
    await listed.look()
    assert not listed.now.marks("worse words") and not listed.trouble


async def test_it_is_not_looked_at_all_the_time(path: Path, thread: Thread) -> None:
    now = 5.0
    listed = BlockedFile(path, thread, clock=lambda: now)
    await listed.look()
    path.write_text("bad\n")
    await listed.look()
    assert not listed.now.marks("bad")
    now += LOOK_S
    await listed.look()
    assert listed.now.marks("bad")


async def test_what_cannot_be_read_is_told_and_the_list_before_stays(
    path: Path, thread: Thread
) -> None:
    listed = BlockedFile(path, thread, look_s=0)
    path.write_text("bad\n")
    await listed.look()
    for content, said in ((b"x" * (MAX_BYTES + 1), "100 kB"), (b"\xff\xfe\x00", "UTF-8")):
        path.write_bytes(content)
        await listed.look()
        assert "blocked.txt cannot be read" in listed.trouble and said in listed.trouble
        assert listed.now.marks("bad")
    path.unlink()
    path.mkdir()
    await listed.look()
    assert "blocked.txt cannot be read" in listed.trouble
    path.rmdir()
    path.write_text("worse\n")
    await listed.look()
    assert not listed.trouble and listed.now.marks("worse")
