"""Wrong clocks, stops, and what a start makes of a crash: nothing is sent again."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from backend.errors import BadAnswer, Interrupted, NoAnswer, OverLimit, Refused
from backend.generation.saving import Saver
from backend.storage.image_files.local import LocalFiles
from backend.storage.run_rows import RunRow
from backend.types import Limits, RunState
from tests.http.faults import (
    Fault,
    FaultServer,
    cut_mid_body,
    document,
    good,
    header_stall,
    held,
    png,
    status,
)
from tests.storage.conftest import FLUX, OpenStudio, Pauses, ledger_of
from tests.storage.test_faults import click, row_of
from tests.storage.test_faults_saving import quick, sent

__all__ = ["quick"]

DAY = timedelta(days=1)
BODY = document(png(96, 96, noise=True))


# --- stopped ----------------------------------------------------------------------------------


async def test_a_stop_while_the_platform_asks_for_a_pause_ends_it_and_nothing_more_is_sent(
    open_studio: OpenStudio, server: FaultServer, slept: Pauses, tmp_path: Path
) -> None:
    server.script(status(429, retry_after="5"))
    async with open_studio() as studio:
        job = await studio.submit(studio.prepare(FLUX, {"prompt": "a cat"}, 1))

        async def stop_and_wait_on() -> None:
            job.stop()
            await asyncio.Event().wait()

        slept.during = stop_and_wait_on
        (run,) = await job.wait()
        assert (run.state, slept) == (RunState.CANCELLED, [5])
    row = row_of(run, tmp_path / "data")
    assert (row["state"], row["attempts"], row["cost_microusd"]) == ("cancelled", 1, 0)
    assert server.posts == 1


async def test_what_was_sent_before_a_stop_is_received_stored_and_marked(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    server.script(held(good()))
    async with open_studio() as studio:
        job = await sent(studio)
        job.stop()
        server.release()
        (run,) = await job.wait()
        assert (run.state, run.after_stop) == (RunState.SAVED, True)
    assert row_of(run, tmp_path / "data")["state"] == "saved" and server.posts == 1


async def test_what_was_sent_before_a_stop_and_got_lost_may_have_been_charged(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    server.script(held(cut_mid_body()))
    async with open_studio() as studio:
        job = await sent(studio)
        job.stop()
        server.release()
        (run,) = await job.wait()
    assert run.state is RunState.UNKNOWN and type(run.error) is NoAnswer
    assert row_of(run, tmp_path / "data")["state"] == "unknown" and server.posts == 1


async def test_the_program_ends_only_when_what_was_sent_is_stored(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    server.script(held(good()))
    async with open_studio() as studio:
        run = (await sent(studio)).runs[0]
        asyncio.get_running_loop().call_later(0.1, server.release)
    assert row_of(run, tmp_path / "data")["state"] == "saved" and server.posts == 1


# --- wrong clocks -----------------------------------------------------------------------------


async def test_a_clock_set_back_a_day_does_not_give_the_day_s_budget_anew(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio(limits=Limits(requests_per_day=1)) as studio:
        await click(studio)
        with time_machine.travel(datetime.now(UTC) - DAY), pytest.raises(OverLimit):
            await click(studio, "another")
    assert server.posts == 1


@pytest.mark.parametrize("by", [DAY, -DAY], ids=["ahead", "back"])
async def test_images_made_under_a_wrong_clock_are_there_under_the_right_one(
    by: timedelta, open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    async with open_studio(limits=Limits(requests_per_day=1)) as studio:
        with time_machine.travel(datetime.now(UTC) + by):
            run = await click(studio)
            day = f"{datetime.now(UTC):%Y-%m-%d}"
    async with open_studio() as studio:
        found = await studio.gallery.image_file(run.id)
        assert found and found[0].is_file() and found[0].parent.name == day
        again = await click(studio)
        assert again.record and again.record.cached
    assert row_of(run, tmp_path / "data")["state"] == "saved" and server.posts == 1


@pytest.mark.parametrize("by", [DAY, -DAY], ids=["ahead", "back"])
async def test_a_run_whose_clock_jumps_while_it_waits_is_stored(
    by: timedelta, open_studio: OpenStudio, server: FaultServer
) -> None:
    server.script(held(good()))
    async with open_studio() as studio:
        job = await sent(studio)
        with time_machine.travel(datetime.now(UTC) + by):
            server.release()
            (run,) = await job.wait()
            assert run.state is RunState.SAVED
            assert await studio.gallery.image(run.id) == run.record


@pytest.mark.parametrize("by", [DAY, -DAY], ids=["ahead", "back"])
async def test_a_date_to_wait_for_is_counted_from_the_platform_s_own_clock(
    by: timedelta, open_studio: OpenStudio, server: FaultServer, slept: Pauses
) -> None:
    now = datetime.now(UTC)
    dates = [("Date", now), ("Retry-After", now + timedelta(seconds=60))]
    headers = tuple((name, format_datetime(when, usegmt=True)) for name, when in dates)
    server.script(Fault(b"{}", 429, headers))
    with time_machine.travel(now + by):
        async with open_studio() as studio:
            assert (await click(studio)).state is RunState.SAVED
    assert slept == [60.0] and server.posts == 2


# --- after a crash ----------------------------------------------------------------------------


async def crash(open_studio: OpenStudio, server: FaultServer) -> str:
    """Leave a folder as a program does that was killed while waiting; return the run's id."""
    server.script(header_stall())
    before = asyncio.all_tasks()
    async with open_studio() as studio:
        run = (await sent(studio)).runs[0]
        asyncio.get_running_loop().call_later(0.1, server.release)
        begun = asyncio.all_tasks() - before
        for task in begun:
            task.cancel()
        await asyncio.wait(begun)
    return run.id


async def after_crash(
    open_studio: OpenStudio, server: FaultServer, leave: Callable[[Path, str], None], data: Path
) -> tuple[RunRow, Path]:
    run_id = await crash(open_studio, server)
    leave(data / "spool", run_id)
    for _ in range(2):  # the second start changes nothing more
        async with open_studio() as studio:
            with ledger_of(data) as ledger:
                row = ledger.run(run_id)
            cards = [run.id for job in await studio.jobs.recent("me") for run in job.runs]
            assert row and cards == [run_id]
            assert list((data / "spool").iterdir()) == []
    assert server.posts == 1
    return row, data / "unfinished"


@pytest.mark.parametrize("suffix", ["", ".part"])
async def test_a_whole_answer_in_the_spool_becomes_its_image(
    suffix: str, open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    row, unfinished = await after_crash(
        open_studio,
        server,
        lambda spool, run_id: (spool / f"{run_id}{suffix}").write_bytes(BODY) and None,
        tmp_path / "data",
    )
    assert row.state is RunState.SAVED and row.record and row.record.width_px == 96
    assert list(unfinished.iterdir()) == []


LEFT: dict[str, tuple[str, bytes, type[Exception], bool]] = {
    "nothing": ("x", b"", Interrupted, False),
    "nothing yet": (".part", b"", Interrupted, False),
    "half an answer": (".part", BODY[: len(BODY) // 2], Interrupted, True),
    "an unreadable answer": ("", b"<html>", BadAnswer, True),
}


@pytest.mark.parametrize("name", LEFT)
async def test_a_send_without_a_whole_answer_is_named_and_kept(
    name: str, open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    suffix, content, kind, kept = LEFT[name]

    def leave(spool: Path, run_id: str) -> None:
        if suffix != "x":
            (spool / f"{run_id}{suffix}").write_bytes(content)

    row, unfinished = await after_crash(open_studio, server, leave, tmp_path / "data")
    assert row.state is RunState.UNKNOWN and type(row.error) is kind
    assert "charged" in str(row.error)
    assert [path.read_bytes() for path in unfinished.iterdir()] == ([content] if kept else [])


@pytest.mark.parametrize("content", [b"", b"<html>"], ids=["no answer", "an unreadable one"])
async def test_what_a_server_without_a_price_never_answered_is_lost_and_nothing_was_charged(
    content: bytes, open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    def leave(spool: Path, run_id: str) -> None:
        (spool / run_id).write_bytes(content)
        db = sqlite3.connect(tmp_path / "data" / "playground.db")
        db.execute("UPDATE runs SET free = 1, cost_microusd = 0")
        db.commit()
        db.close()

    row, _ = await after_crash(open_studio, server, leave, tmp_path / "data")
    assert row.state is RunState.FAILED and type(row.error) is Refused
    assert str(row.error).endswith(" Nothing was charged.")


async def test_an_answer_that_no_row_asked_for_is_kept_for_a_person(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    def leave(spool: Path, _: str) -> None:
        (spool / ("f" * 32)).write_bytes(BODY)

    _, unfinished = await after_crash(open_studio, server, leave, tmp_path / "data")
    assert [path.name for path in unfinished.iterdir()] == ["f" * 32]


async def test_a_defect_of_ours_in_an_answer_does_not_stop_every_start(
    open_studio: OpenStudio,
    server: FaultServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError

    def leave(spool: Path, run_id: str) -> None:
        (spool / run_id).write_bytes(BODY)

    with monkeypatch.context() as patch:
        patch.setattr(Saver, "complete", break_down)
        row, unfinished = await after_crash(open_studio, server, leave, tmp_path / "data")
    assert row.state is RunState.UNKNOWN and row.error and "charged" in str(row.error)
    assert [path.read_bytes() for path in unfinished.iterdir()] == [BODY]


async def test_what_a_crash_left_half_written_is_swept(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        run = await click(studio)
        image = await studio.gallery.image_file(run.id)
        assert image
    data = tmp_path / "data"
    left = [
        image[0].with_name("x.png.0.tmp"),
        data / "thumbs" / "x.0.tmp",
        data / "spool" / ".room-0",
        data / ".probe-0",
    ]
    for path in left:
        path.write_bytes(b"half")
    async with open_studio():
        assert not [path for path in left if path.exists()]
        assert image[0].is_file()


async def test_fifty_thousand_in_doubt_are_named_in_a_handful_of_transactions(
    open_studio: OpenStudio, tmp_path: Path
) -> None:
    async with open_studio() as studio:
        await click(studio)
    db = sqlite3.connect(tmp_path / "data" / "playground.db")
    names = [row[1] for row in db.execute("PRAGMA table_info(runs)")]
    changed = {"id": "printf('%032x', n)", "state": "'sent'", "image_id": "NULL", "token": "NULL"}
    values = ", ".join(changed.get(name, name) for name in names)
    db.execute(
        "WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 50000)"
        f" INSERT INTO runs ({', '.join(names)}) SELECT {values} FROM runs, up"
    )
    db.commit()
    db.close()
    commits: list[object] = []

    def note(connection: object) -> None:
        commits.append(connection)

    sa.event.listen(sa.Engine, "commit", note)
    try:
        async with open_studio():
            assert len(commits) < 30
    finally:
        sa.event.remove(sa.Engine, "commit", note)
    db = sqlite3.connect(tmp_path / "data" / "playground.db")
    counted = db.execute("SELECT state, count(*), count(ended) FROM runs GROUP BY state").fetchall()
    db.close()
    assert sorted(counted) == [("saved", 1, 1), ("unknown", 50_000, 50_000)]


@pytest.mark.skipif(os.name == "nt", reason="has no pipes among its files")
async def test_an_image_of_a_run_in_doubt_that_cannot_be_read_is_told_and_tried_again(
    open_studio: OpenStudio, server: FaultServer, tmp_path: Path
) -> None:
    run_id = await crash(open_studio, server)
    day = tmp_path / "data" / "images" / f"{datetime.now(UTC):%Y-%m-%d}"
    day.mkdir(exist_ok=True)
    os.mkfifo(day / f"{run_id}.png")
    for _ in range(2):
        async with open_studio() as studio:
            (notice,) = studio.notices
            assert f"{run_id}.png" in notice and "Nothing was deleted" in notice
    with ledger_of(tmp_path / "data") as ledger:
        row = ledger.run(run_id)
    assert row and row.state is RunState.UNKNOWN and type(row.error) is Interrupted
    assert server.posts == 1


async def test_a_disk_that_is_full_when_it_recovers_is_told_and_nothing_is_lost(
    open_studio: OpenStudio,
    server: FaultServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    run_id = await crash(open_studio, server)
    spooled = tmp_path / "data" / "spool" / run_id
    spooled.write_bytes(BODY)
    with monkeypatch.context() as patch:
        patch.setattr(LocalFiles, "put", full)
        async with open_studio() as studio:
            assert "No space left" in studio.notices[0] and spooled.read_bytes() == BODY
    async with open_studio() as studio:
        assert studio.notices == [] and (await studio.gallery.images()).total == 1
    assert server.posts == 1
