"""Answers that have yet to come: one POST, however often is asked, whatever comes between."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.errors import BadAnswer, Interrupted, NoAnswer, Refused, TakenBack
from backend.generation import following
from backend.generation.asked import WAIT_MAX_S
from backend.generation.ledger import Ledger
from backend.generation.ticket import read, text_of
from backend.images import metadata
from backend.providers.base import Provider
from backend.studio import Studio
from backend.types import Answered, Link, RunState, Ticket, WireCall
from backend.wire.connection import Connection
from tests.http import faults as f
from tests.storage.clock import until
from tests.storage.conftest import FLUX, OpenStudio, Pauses
from tests.storage.queued import (
    FAILED,
    WAITS,
    Ours,
    Queued,
    QueueServer,
    done,
    gone_on,
    link_to,
)


@pytest.fixture
async def server() -> AsyncIterator[QueueServer]:
    async with QueueServer() as server:
        yield server


@pytest.fixture(autouse=True)
def _prices_without_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    async def known(_: Connection) -> list[tuple[str, Decimal | None]]:
        return [(FLUX, Decimal("0.009"))]

    monkeypatch.setattr(Connection, "remote_models", known)


@pytest.fixture
def open_queued(open_studio: OpenStudio) -> OpenStudio:
    def opened(provider: Provider | None = None, **changes: Any) -> Any:
        provider = provider or Queued()
        return open_studio(provider=provider, **changes)

    return opened


async def click(studio: Studio, seed: int = 7) -> Any:
    job = await studio.submit(studio.prepare(FLUX, {"prompt": "a cat", "seed": seed}, 1))
    return job


async def watched_to_its_end(job: Any) -> tuple[Any, list[str]]:
    """Return a job's one run, and what its card said on its way that it waits for."""
    waits: list[str] = []
    async for run in job.events():
        if run.waits_for:
            waits.append(run.waits_for)
            assert run.state is RunState.SENT and run.waits_until is not None
    (run,) = job.runs
    return run, waits


def rows(data: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(data / "playground.db")) as db:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM runs ORDER BY created")]


async def test_a_ticket_is_asked_about_until_its_image_is_there(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses, tmp_path: Path
) -> None:
    image = f.png(32, 32, noise=True)
    server.about.extend([WAITS] * 12 + [done(image)])
    async with open_queued() as studio:
        (run,) = await (await click(studio)).wait()
        assert run.record is not None, run.error
        stored = studio.gallery.image_path(run.record).read_bytes()
    assert (server.makes, server.questions) == (1, 13)
    assert slept[0] == 1.0 and slept == sorted(slept) and slept[-1] == WAIT_MAX_S
    assert run.record.seconds == 2.5 and metadata.read(stored) is not None
    (row,) = rows(tmp_path / "data")
    assert (row["state"], row["ticket_json"], row["attempts"]) == ("saved", None, 1)
    assert list((tmp_path / "data" / "spool").iterdir()) == []


async def test_the_seed_that_an_answer_tells_wins_over_the_one_asked_for(
    open_queued: OpenStudio, server: QueueServer
) -> None:
    server.about.append(done(seed=12345))
    async with open_queued() as studio:
        (run,) = await (await click(studio, seed=7)).wait()
        assert run.record is not None and run.record.request.seed == 12345
        told = metadata.read(studio.gallery.image_path(run.record).read_bytes())
        assert told is not None and told.record.request.seed == 12345
        assert "Seed: 12345" in studio.gallery.image_path(run.record).read_bytes().decode("latin-1")
        (again,) = await (await click(studio, seed=12345)).wait()  # it is known by that now
        assert again.record is not None and again.record.cached
        server.about.append(done())
        (other,) = await (await click(studio, seed=7)).wait()
        assert other.record is not None and not other.record.cached
    assert server.makes == 2


async def test_a_link_is_fetched_from_the_apis_own_host_without_the_key(
    open_queued: OpenStudio, server: QueueServer
) -> None:
    image = f.png(40, 40, noise=True)
    server.about.append(link_to(f"http://127.0.0.1:{server.port}/files/1.png", seed=9))
    server.files.extend([f.status(404), f.raw("<html>soon", 503), f.Fault(image)])
    async with open_queued() as studio:
        (run,) = await (await click(studio)).wait()
        assert run.record is not None, run.error
        assert (run.record.seconds, run.record.request.seed) == (2.5, 9)
    fetched = [request for request in server.requests if "/files/" in request.path]
    assert len(fetched) == 3 and all("authorization" not in r.headers for r in fetched)
    assert server.makes == 1


async def test_an_image_is_fetched_however_long_network_and_platform_are_away(
    open_queued: OpenStudio,
    server: QueueServer,
    slept: Pauses,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left, loop = [4], asyncio.get_running_loop()
    look_up = loop.getaddrinfo

    async def told(*asked: Any, **more: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return await look_up(*asked, **more)

    monkeypatch.setattr(loop, "getaddrinfo", told)
    server.about.append(link_to(f"http://127.0.0.1:{server.port}/files/1.png"))
    server.files.extend([f.Fault(drop="headers"), f.status(503), f.status(429, retry_after="60")])
    server.files.append(f.Fault(f.png(40, 40, noise=True)))
    async with open_queued() as studio:
        run, waits = await watched_to_its_end(await click(studio))
    assert run.record is not None, run.error
    assert slept[1:] == [1, 3, 9, 27, 30, 30, 60] and (server.makes, run.waits_for) == (1, "")
    assert waits[0] == (
        "The image was made, but could not be fetched. The name 127.0.0.1 could not be looked up."
    )
    assert len(waits) == 7 and "(503)" in waits[5] and "(429)" in waits[6]


async def test_an_image_that_arrives_cut_or_as_a_page_is_fetched_again(
    open_queued: OpenStudio, server: QueueServer, tmp_path: Path
) -> None:
    image = f.png(40, 40, noise=True)
    server.about.append(link_to(f"http://127.0.0.1:{server.port}/files/1.png"))
    server.files.extend([f.Fault(image[:-9]).framed("close"), f.html(200), f.Fault(b"")])
    server.files.append(f.Fault(image))
    async with open_queued() as studio:
        (run,) = await (await click(studio)).wait()
    assert run.record is not None, run.error
    assert list((tmp_path / "data" / "unfinished").iterdir()) == []


async def test_an_image_that_cannot_be_fetched_for_half_an_hour_is_in_doubt(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses
) -> None:
    server.about.append(link_to(f"http://127.0.0.1:{server.port}/files/1.png"))
    server.files.extend([f.status(503)] * 100)
    async with open_queued() as studio:
        (run,) = await (await click(studio)).wait()
    assert run.state is RunState.UNKNOWN and type(run.error) is NoAnswer
    assert run.error.message.startswith("The image was made, but could not be fetched.")
    assert 1800 < sum(slept) < 1900 and server.makes == 1


async def test_an_image_that_waits_to_be_fetched_is_left_to_the_next_start(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses
) -> None:
    server.about.append(link_to(f"http://127.0.0.1:{server.port}/files/1.png"))
    server.files.append(f.status(503))
    slept.during = lambda: asyncio.sleep(30 if len(slept) > 1 else 0)
    async with open_queued() as studio:
        job = await click(studio)
        await until(lambda: len(slept) == 2)
    server.files.append(f.Fault(f.png(40, 40, noise=True)))
    async with open_queued() as studio:
        run = await gone_on(studio, job)
    assert run.state is RunState.SAVED and server.makes == 1


async def test_what_is_no_image_in_the_end_is_set_aside(
    open_queued: OpenStudio, server: QueueServer, tmp_path: Path
) -> None:
    server.about.append(link_to(f"http://127.0.0.1:{server.port}/files/1.png"))
    server.files.extend([f.html(200)] * 9)
    async with open_queued() as studio:
        (run,) = await (await click(studio)).wait()
    assert type(run.error) is BadAnswer and len(server.files) == 5
    (kept,) = (tmp_path / "data" / "unfinished").iterdir()
    assert kept.read_bytes() == f.html(200).body


async def test_a_disk_that_takes_nothing_just_then_loses_no_image(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses, tmp_path: Path
) -> None:
    spool, away = tmp_path / "data" / "spool", tmp_path / "away"

    def turn() -> None:
        if len(slept) == 2:
            spool.rename(away)
        if len(slept) == 5:
            away.rename(spool)

    slept.during = turn
    server.about.append(link_to(f"http://127.0.0.1:{server.port}/files/1.png"))
    server.files.extend([f.status(503), f.Fault(f.png(40, 40, noise=True))])
    async with open_queued() as studio:
        (run,) = await (await click(studio)).wait()
    assert run.state is RunState.SAVED and len(slept) == 5 and server.makes == 1


@pytest.mark.parametrize("at", ["another port", "redirect", "gone"])
async def test_a_link_that_leads_nowhere_may_have_been_charged(
    open_queued: OpenStudio, server: QueueServer, tmp_path: Path, at: str
) -> None:
    async with f.FaultServer() as other:
        url = f"http://127.0.0.1:{other.port if at == 'another port' else server.port}/files/1"
        server.about.append(link_to(url))
        server.files.extend([f.redirect(f"http://127.0.0.1:{other.port}/x")] * (at == "redirect"))
        async with open_queued() as studio:
            (run,) = await (await click(studio)).wait()
        assert other.connections == 0
    fetched = sum("/files/" in request.path for request in server.requests)
    assert fetched == {"another port": 0, "redirect": 1, "gone": 4}[at]
    kind = BadAnswer if at == "another port" else NoAnswer
    assert type(run.error) is kind and "may have been charged" in str(run.error)
    assert (run.state, server.makes) == (RunState.UNKNOWN, 1)
    assert rows(tmp_path / "data")[0]["state"] == "unknown"


async def test_a_ticket_that_never_ends_is_in_doubt_in_the_end(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses
) -> None:
    async with open_queued() as studio:
        (run,) = await (await click(studio)).wait()
    assert run.state is RunState.UNKNOWN and type(run.error) is NoAnswer
    assert "has not finished this within 30 minutes" in run.error.message
    assert "may have been charged" in run.error.hint
    assert 1800 < sum(slept) < 1900 and server.makes == 1


async def test_who_waits_is_told_why_once_no_question_is_answered_any_more(
    open_queued: OpenStudio, server: QueueServer
) -> None:
    server.about.extend([f.html(200), WAITS, *[f.raw("nonsense")] * 4, f.status(503), done()])
    async with open_queued() as studio:
        run, waits = await watched_to_its_end(await click(studio))
    assert (run.state, run.waits_for, server.makes) == (RunState.SAVED, "", 1), run.error
    assert set(waits[:-1]) == {"The platform's answer could not be read."} and "503" in waits[-1]


async def test_another_image_that_failed_hurries_no_question_and_is_no_stop(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses
) -> None:
    whole = 0

    async def sleep() -> None:
        nonlocal whole
        await asyncio.sleep(0.01)
        whole += 1

    slept.during = sleep
    server.script(f.status(422), f.raw('{"id": "1"}'))
    server.about.extend([WAITS, f.status(429, retry_after="120"), WAITS, done()])
    async with open_queued() as studio:
        job = await studio.submit(studio.prepare(FLUX, {"prompt": "a cat", "seed": 7}, 2))
        states = {run.state for run in await job.wait()}
    assert states == {RunState.FAILED, RunState.SAVED}
    assert (server.questions, whole, server.cancelled) == (4, 4, 0) and 120 in slept


async def test_stop_is_heard_after_another_image_failed(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses
) -> None:
    slept.during = lambda: asyncio.sleep(0.01)
    server.script(f.status(422), f.raw('{"id": "1"}'))
    async with open_queued() as studio:
        job = await studio.submit(studio.prepare(FLUX, {"prompt": "a cat", "seed": 7}, 2))
        await until(lambda: server.questions >= 1 and job.stopping)
        job.stop()
        states = {run.state for run in await job.wait()}
    assert states == {RunState.FAILED, RunState.CANCELLED} and server.cancelled == 1


async def test_a_stop_that_did_not_arrive_is_told_once_more(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses
) -> None:
    slept.during = lambda: asyncio.sleep(0.01)
    server.ends.append(f.Fault(drop="headers"))
    async with open_queued() as studio:
        job = await click(studio)
        await until(lambda: server.questions >= 1)
        job.stop()
        (run,) = await job.wait()
    assert type(run.error) is TakenBack and server.cancelled == 2


async def test_stop_is_heard_during_a_question(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses
) -> None:
    slept.during = lambda: asyncio.sleep(0.01)
    server.about.append(replace(WAITS, held=True))
    async with open_queued() as studio:
        job = await click(studio)
        await until(lambda: server.questions == 1)
        job.stop()
        await until(lambda: server.cancelled == 1)
        assert server.questions == 1
        server.release()
        (run,) = await job.wait()
    assert type(run.error) is TakenBack and (server.questions, server.cancelled) == (2, 1)


async def test_a_question_to_which_nothing_comes_is_asked_anew(
    open_queued: OpenStudio, server: QueueServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "POLL_SILENCE_S", 0.1)
    server.about.extend([replace(WAITS, held=True), done()])
    async with open_queued() as studio:
        (run,) = await (await click(studio)).wait()
    assert run.state is RunState.SAVED and server.questions == 2


class Hasty(Queued):
    """Its tickets may be asked about at once."""

    def parse(self, body: bytes) -> Answered:
        ticket = super().parse(body)
        return replace(ticket, wait_s=0) if isinstance(ticket, Ticket) else ticket


async def test_the_same_question_is_not_asked_again_at_once(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses
) -> None:
    trouble = [f.status(503), f.Fault(drop="headers"), f.status(404), f.cut_mid_body()]
    server.about.extend([*trouble, WAITS, WAITS, done()])
    async with open_queued(Hasty()) as studio:
        (run,) = await (await click(studio)).wait()
    assert run.state is RunState.SAVED
    assert slept[0] == 0 and len(slept) == 7 and min(slept[1:]) >= 1


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the database take no ticket so many times."""
    left, note = [0], Ledger.note_ticket

    def noted(self: Ledger, run_id: str, ticket: str | None) -> None:
        if left[0]:
            left[0] -= 1
            raise sa.exc.OperationalError("UPDATE", {}, Exception("server closed the connection"))
        note(self, run_id, ticket)

    monkeypatch.setattr(Ledger, "note_ticket", noted)
    return left


async def test_a_ticket_that_could_not_be_noted_is_noted_after_a_later_question(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses, tmp_path: Path, away: list[int]
) -> None:
    kept: list[tuple[bool, bool]] = []

    def look() -> None:
        (row,) = rows(tmp_path / "data")
        spooled = (tmp_path / "data" / "spool" / row["id"]).exists()
        kept.append((row["ticket_json"] is not None, spooled))

    slept.during, away[0] = look, 2
    server.about.extend([WAITS, f.status(500), WAITS, done()])
    async with open_queued() as studio:
        (run,) = await (await click(studio)).wait()
    assert run.state is RunState.SAVED and server.makes == 1
    assert kept == [(False, True), (False, True), (True, False), (True, False)]
    assert list((tmp_path / "data" / "spool").iterdir()) == []


async def test_what_could_not_be_noted_at_all_is_found_by_the_next_start(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses, away: list[int]
) -> None:
    slept.during, away[0] = lambda: asyncio.sleep(0.01), 10**6
    async with open_queued() as studio:
        job = await click(studio)
        await until(lambda: server.questions >= 3)
    away[0] = 0
    server.about.append(done())
    async with open_queued() as studio:
        run = await gone_on(studio, job)
    assert run.state is RunState.SAVED and server.makes == 1


async def test_what_the_platform_says_failed_and_does_not_bill_is_no_doubt(
    open_queued: OpenStudio, server: QueueServer, tmp_path: Path
) -> None:
    server.about.extend([WAITS, FAILED])
    async with open_queued() as studio:
        (run,) = await (await click(studio)).wait()
    assert run.state is RunState.FAILED and type(run.error) is Refused
    (row,) = rows(tmp_path / "data")
    assert (row["cost_microusd"], row["ticket_json"]) == (0, None)
    assert list((tmp_path / "data" / "spool").iterdir()) == []


async def test_questions_that_fail_are_asked_again_and_nothing_is_sent_again(
    open_queued: OpenStudio, server: QueueServer
) -> None:
    trouble = [f.status(500), f.Fault(drop="headers"), f.html(502), f.html(200), f.status(404)]
    trouble += [
        f.raw(told) for told in ("", '{"status": "wai', "no healthy upstream", "[]", "null")
    ]
    server.about.extend([*trouble, WAITS, f.status(404), f.cut_mid_body(), done()])
    async with open_queued() as studio:
        (run,) = await (await click(studio)).wait()
    assert run.state is RunState.SAVED and server.makes == 1


async def test_a_ticket_that_the_platform_does_not_know_is_in_doubt(
    open_queued: OpenStudio, server: QueueServer
) -> None:
    server.about.extend([f.status(404, "no such job")] * 3)
    async with open_queued() as studio:
        (run,) = await (await click(studio)).wait()
    assert run.state is RunState.UNKNOWN and type(run.error) is BadAnswer
    assert "no such job" in run.error.message and (server.makes, server.questions) == (1, 3)


async def test_the_end_of_the_program_leaves_it_waiting_and_the_next_start_goes_on(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses, tmp_path: Path
) -> None:
    slept.during = lambda: asyncio.sleep(0.01)
    async with open_queued() as studio:
        job = await click(studio)
        await until(lambda: server.questions >= 2)
    (row,) = rows(tmp_path / "data")
    assert row["state"] == "sent" and read(row["ticket_json"]) == Ticket(
        WireCall("GET", "/jobs/1"), WireCall("POST", "/jobs/1/cancel"), 1.0
    )
    server.about.append(done())
    async with open_queued() as studio:
        run = await gone_on(studio, job)
        assert run.record is not None and run.id == job.runs[0].id
        assert await studio.gallery.image(run.id) is not None
    assert (server.makes, server.cancelled) == (1, 0)
    assert rows(tmp_path / "data")[0]["state"] == "saved"


@pytest.mark.parametrize("left", ["the answer", "the ticket", "half a question", "a link"])
async def test_a_crash_with_a_ticket_is_no_doubt(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses, tmp_path: Path, left: str
) -> None:
    """What a kill leaves: the answer in the spool, or the ticket in the row."""
    slept.during = lambda: asyncio.sleep(0.01)
    async with open_queued() as studio:
        job = await click(studio)
        await until(lambda: server.questions >= 1)
    data, run_id = tmp_path / "data", job.runs[0].id
    ticket = read(rows(data)[0]["ticket_json"])
    assert ticket is not None
    text: str | None = text_of(ticket)
    if left == "the answer":
        (data / "spool" / run_id).write_bytes(b'{"id": "1"}')
        text = None
    elif left == "half a question":
        (data / "spool" / f"{run_id}.part").write_bytes(b'{"image": "iVBO')
    elif left == "a link":
        text = text_of(Link(f"http://127.0.0.1:{server.port}/files/1", 3.0, 11))
        (data / "spool" / run_id).write_bytes(f.png(16, 16))
    with closing(sqlite3.connect(data / "playground.db")) as db:
        db.execute("UPDATE runs SET ticket_json = ?", [text])
        db.commit()
    server.about.append(done())
    async with open_queued() as studio:
        taken_up = studio.jobs.job(job.id)
        if taken_up is not None:
            await taken_up.wait()
        image = await studio.gallery.image(run_id)
    assert image is not None and server.makes == 1
    assert (image.request.seed == 11) is (left == "a link")
    assert list((data / "spool").iterdir()) == []


async def test_a_ticket_of_a_platform_that_was_replaced_is_in_doubt(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses
) -> None:
    slept.during = lambda: asyncio.sleep(0.01)
    async with open_queued() as studio:
        job = await click(studio)
        await until(lambda: server.questions >= 1)
    async with f.FaultServer() as other, open_queued(api_url=other.base_url) as studio:
        run = await gone_on(studio, job)
        assert other.posts == 0
    assert run.state is RunState.UNKNOWN and type(run.error) is Interrupted


async def test_stop_ends_it_where_the_platform_can(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses, tmp_path: Path
) -> None:
    slept.during = lambda: asyncio.sleep(0.01)
    async with open_queued() as studio:
        job = await click(studio)
        await until(lambda: server.questions >= 1)
        job.stop()
        (run,) = await job.wait()
    assert run.state is RunState.CANCELLED and type(run.error) is TakenBack
    assert (server.makes, server.cancelled) == (1, 1)
    assert rows(tmp_path / "data")[0]["cost_microusd"] == 0


async def test_stop_where_it_is_made_all_the_same_stores_it(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses
) -> None:
    slept.during = lambda: asyncio.sleep(0.01)
    async with open_queued() as studio:
        job = await click(studio)
        await until(lambda: server.questions >= 1)
        server.about.append(done())
        job.stop()
        (run,) = await job.wait()
    assert run.state is RunState.SAVED


async def test_by_an_id_of_ours_a_lost_answer_is_asked_for_and_no_doubt(
    open_queued: OpenStudio, server: QueueServer, tmp_path: Path
) -> None:
    server.script(f.Fault(drop="headers"))
    server.about.extend([WAITS, done()])
    async with open_queued(Ours()) as studio:
        (run,) = await (await click(studio)).wait()
    assert run.state is RunState.SAVED and server.makes == 1
    assert any(request.path.endswith(f"/jobs/{run.id}") for request in server.requests)


async def test_without_one_it_stays_in_doubt(open_queued: OpenStudio, server: QueueServer) -> None:
    server.script(f.Fault(drop="headers"))
    async with open_queued() as studio:
        (run,) = await (await click(studio)).wait()
    assert run.state is RunState.UNKNOWN and (server.makes, server.questions) == (1, 0)


async def test_a_kill_while_it_is_sent_is_no_doubt_by_an_id_of_ours(
    open_queued: OpenStudio, server: QueueServer, slept: Pauses, tmp_path: Path
) -> None:
    slept.during = lambda: asyncio.sleep(0.01)
    async with open_queued() as studio:
        job = await click(studio)
        await until(lambda: server.questions >= 1)
    with closing(sqlite3.connect(tmp_path / "data" / "playground.db")) as db:
        db.execute("UPDATE runs SET ticket_json = NULL")
        db.commit()
    server.about.append(done())
    async with open_queued(Ours()) as studio:
        run = await gone_on(studio, job)
    assert run.state is RunState.SAVED and server.makes == 1


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "null",
            "5",
            "[]",
            "{}",
            '{"poll": 5}',
            '{"poll": {"method": "GET"}}',
            "{",
            "[" * 9999,
        ),
        '{"poll": {"method": "PATCH", "path": "/x"}}',
        '{"poll": {"method": "GET", "path": "//evil"}, "wait_s": "x"',
        '{"link": 5}',
    ],
)
def test_a_ticket_that_makes_no_sense_is_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "step",
    [
        Link("https://x.example/1.png", 1.5, 2**63),
        Link("https://x.example/1.png"),
        Ticket(WireCall("GET", "/jobs/1")),
        Ticket(
            WireCall("GET", "/jobs/1", accept="image", headers={"A": "b"}),
            WireCall("PUT", "/jobs/1/cancel", {"a": [1]}),
            2.5,
        ),
    ],
)
def test_what_is_written_is_read_again(step: Any) -> None:
    assert read(text_of(step)) == step
