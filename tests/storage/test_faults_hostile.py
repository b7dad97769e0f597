"""A platform whose pictures were made to cost time: refused at once, kept, never sent again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from backend.errors import BadAnswer
from backend.types import RunState
from tests.http.faults import FaultServer, good
from tests.storage.conftest import OpenStudio
from tests.storage.test_faults import click, row_of
from tests.unit.hostile_files import HOSTILE

NAMES = ["jpeg, 65 scans", "jpeg, 30,000 scans", "jpeg, restarts for segments", "png, many frames"]


@pytest.mark.parametrize("name", NAMES)
async def test_a_picture_that_would_take_minutes_is_a_card_in_doubt_at_once(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path, name: str
) -> None:
    server.script(good(HOSTILE[name]()))
    async with open_studio() as studio:
        before = time.process_time()
        run = await click(studio)
        assert time.process_time() - before < 5  # the platform here and the hand-over count too
        assert run.state is RunState.UNKNOWN and isinstance(run.error, BadAnswer)
        assert "may have been charged" in str(run.error)
        row = row_of(run, tmp_path / "data")
        assert (row["state"], row["attempts"], row["error_kind"]) == ("unknown", 1, "BadAnswer")
        assert server.posts == 1
        (kept,) = (tmp_path / "data" / "unfinished").iterdir()  # it is paid for, after all
        assert kept.stat().st_size > len(HOSTILE[name]())
        again = await click(studio, anew=True)  # nothing is held up
        assert again.state is RunState.SAVED
