"""Tens of thousands of requests in doubt: shown a part at a time, put away in one go."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from backend.errors import InvalidInput
from backend.generation.jobs import RunView
from backend.generation.shown import DOUBTS_SHOWN
from backend.studio import Studio
from tests.http.faults import FaultServer, cut_mid_body
from tests.storage.conftest import FLUX, OpenStudio

MANY = 5_000
LONG_AGO = 1_790_000_000.0


def fill(data: Path, count: int) -> None:
    """Put `count` requests in doubt into the database, one a job, some at the same moment."""
    rows = [
        (UUID(int=n).hex, UUID(int=n).hex, "x" * 32, "host", FLUX, "a fox", LONG_AGO + n // 3)
        for n in range(count)
    ]
    with closing(sqlite3.connect(data / "playground.db")) as db:
        db.executemany(
            "INSERT INTO runs (id, job_id, position, owner, provider, model, prompt, values_json,"
            " state, created, sent, ended, attempts, cost_microusd, cached, dismissed) VALUES"
            " (?, ?, 0, ?, ?, ?, ?, '{}', 'unknown', ?, 1, 1, 1, 0, 0, 0)",
            rows,
        )
        db.commit()


@pytest.fixture
async def filled(open_studio: OpenStudio, tmp_path: Path) -> Path:
    async with open_studio():
        pass
    fill(tmp_path / "data", MANY)
    return tmp_path / "data"


async def shown(studio: Studio) -> list[RunView]:
    return [run for job in await studio.jobs.recent("me") for run in job.runs]


async def test_the_page_gets_the_newest_and_the_others_part_by_part_each_once(
    filled: Path, open_studio: OpenStudio
) -> None:
    async with open_studio() as studio:
        first = await shown(studio)
        assert [run.id for run in first] == [
            UUID(int=n).hex for n in range(MANY - DOUBTS_SHOWN, MANY)
        ]
        seen: list[str] = []
        cursor = ""
        while True:
            part = await studio.jobs.doubts(cursor)
            assert part.total == MANY
            ids = [run.id for job in part.jobs for run in job.runs]
            assert 0 < len(ids) <= DOUBTS_SHOWN
            seen = ids + seen
            if part.next is None:
                break
            cursor = part.next
        assert seen == [UUID(int=n).hex for n in range(MANY)]


async def test_each_of_them_can_be_tried_again_and_put_away(
    filled: Path, open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        oldest = UUID(int=0).hex
        job = await studio.again(oldest, owner="me", token="c" * 32)
        assert (await job.wait())[0].record is not None
        await studio.jobs.dismiss(oldest)
        assert (await studio.jobs.doubts()).total == MANY - 1
    assert server.posts == 1


async def test_all_are_put_away_up_to_the_moment_that_was_looked_at_and_stay_on_record(
    filled: Path, open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        looked_at = datetime.now(UTC)
        server.script(cut_mid_body())
        job = await studio.submit(studio.prepare(FLUX, {"prompt": "a fox"}, 1), owner="me")
        (later,) = await job.wait()
        assert await studio.jobs.put_away(looked_at) == MANY
        assert [run.id for run in await shown(studio)] == [later.id]
        assert (await studio.runs.page("unknown")).total == MANY + 1
        assert await studio.jobs.put_away(datetime.now(UTC)) == 1
        assert job.runs[0].dismissed and (await studio.jobs.doubts()).total == 0
    async with open_studio() as studio:
        assert await shown(studio) == []


@pytest.mark.parametrize("cursor", ["x", "1_a", "_a_1", "1_a_-1"])
async def test_a_cursor_of_another_making_is_refused(cursor: str, open_studio: OpenStudio) -> None:
    async with open_studio() as studio:
        with pytest.raises(InvalidInput):
            await studio.jobs.doubts(cursor)


def test_they_are_found_by_their_own_index(filled: Path) -> None:
    with closing(sqlite3.connect(filled / "playground.db")) as db:
        for asked in ("count(*)", "id, created, job_id, position"):
            plan = db.execute(
                f"EXPLAIN QUERY PLAN SELECT {asked} FROM runs WHERE state = 'unknown'"
                " AND NOT dismissed ORDER BY created DESC, job_id DESC, position DESC LIMIT 51"
            ).fetchall()
            assert "ix_runs_doubt" in plan[0][-1] and len(plan) == 1, plan
