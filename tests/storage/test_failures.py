"""What went wrong is kept so that it can be told in any language."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backend.errors import NoCredit
from backend.types import RunState
from tests.http.faults import FaultServer, status
from tests.storage.conftest import OpenStudio
from tests.storage.test_studio import generate
from ui.language.languages import LANGUAGES

GERMAN = LANGUAGES["de"]
ENGLISH_SAID = 'Your balance is too low for an image (402). It says: "top up".'
GERMAN_SAID = "Ihr Guthaben reicht nicht für ein Bild (402). Sie sagt: „top up“."


@pytest.mark.parametrize("kept", [None, "", "[", "[1, 2]", '["{}", null]', "null"])
async def test_after_a_restart_a_refusal_is_told_in_german_or_as_it_was_written(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path, kept: str | None
) -> None:
    async with open_studio() as studio:
        server.script(status(402, "top up"))
        (run,) = (await generate(studio, seed=1)).runs
        assert run.state is RunState.FAILED and run.error is not None
        assert str(run.error.message) == ENGLISH_SAID
    if kept is not None:  # an older version's row, or a hand's
        with closing(sqlite3.connect(tmp_path / "data" / "playground.db")) as db, db:
            db.execute("UPDATE runs SET error_said = ?", [kept or None])
    async with open_studio() as studio:
        (job,) = await studio.jobs.recent("me")
        (listed,) = (await studio.runs.page()).runs
        for message in (job.runs[0].error.message, listed.message):
            told = GERMAN.tell(message)
            assert told.startswith(GERMAN_SAID if kept is None else ENGLISH_SAID)
            assert message.startswith(ENGLISH_SAID)
        assert type(job.runs[0].error) is NoCredit
