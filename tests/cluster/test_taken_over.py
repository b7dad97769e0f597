"""What a dead machine had sent, and another one goes on with: asked for, stored, compared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.errors import Interrupted
from backend.generation.jobs import Job
from backend.storage.image_files.store_url import StoreUrl
from backend.storage.tables import proofs
from backend.studio import Studio
from backend.types import RunState
from tests.cluster.studios import ME, click, opener, seen_on, silence, states
from tests.http.faults import good, held, raw
from tests.storage.clock import until
from tests.storage.queued import Ours, Queued, QueueServer, done


@pytest.fixture
async def server() -> AsyncIterator[QueueServer]:
    async with QueueServer() as server:
        yield server


async def sent_and_silent(one: Studio, server: QueueServer) -> None:
    """Wait until a send is under way, whose answer does not come, then let its machine freeze."""
    await until(lambda: server.makes == 1)
    await silence(one)


async def test_a_send_that_left_no_ticket_is_asked_for_where_the_platform_knows_our_ids(
    server: QueueServer, tmp_path: Path, database_url: str, store: StoreUrl, soon_dead: None
) -> None:
    open_machine = opener(tmp_path, server, database_url, store_url=store, provider=Ours())
    server.script(held(raw('{"id": "1"}')))
    async with open_machine("one") as one, open_machine("two") as two:
        job = await click(one)
        other = await seen_on(two, job)
        await sent_and_silent(one, server)
        assert server.questions == 0
        server.about.append(done())
        async with asyncio.timeout(20):
            shown = await other.wait()
        assert states(other) == [RunState.SAVED] and shown[0].record is not None
        assert f"/jobs/{job.runs[0].id}" in server.requests[-1].path
        assert server.makes == 1, "it was paid twice"
        server.about.append(done())  # the frozen one goes on, and finds it stored
        server.release()
        await asyncio.wait_for(job.wait(), 10)
    assert server.makes == 1


async def test_where_the_platform_has_no_ids_of_ours_it_is_in_doubt(
    server: QueueServer, tmp_path: Path, database_url: str, store: StoreUrl, soon_dead: None
) -> None:
    open_machine = opener(tmp_path, server, database_url, store_url=store, provider=Queued())
    server.script(held(raw('{"id": "1"}')))
    async with open_machine("one") as one, open_machine("two") as two:
        job = await click(one)
        await in_doubt_on(two, one, job, server)
        assert server.questions == 0
        server.about.append(done())
        server.release()
        await asyncio.wait_for(job.wait(), 10)


async def test_no_other_platform_is_asked_for_it(
    server: QueueServer, tmp_path: Path, database_url: str, store: StoreUrl, soon_dead: None
) -> None:
    server.script(held(raw('{"id": "1"}')))
    async with QueueServer() as elsewhere:
        one_of, two_of = (
            opener(tmp_path, platform, database_url, store_url=store, provider=Ours())
            for platform in (server, elsewhere)
        )
        async with one_of("one") as one, two_of("two") as two:
            job = await click(one)
            await in_doubt_on(two, one, job, server)
            assert elsewhere.questions == 0
            server.about.append(done())
            server.release()
            await asyncio.wait_for(job.wait(), 10)


async def test_stop_on_another_machine_ends_what_was_sent_where_the_platform_can(
    server: QueueServer, tmp_path: Path, database_url: str, store: StoreUrl
) -> None:
    open_machine = opener(tmp_path, server, database_url, store_url=store, provider=Queued())
    async with open_machine("one") as one, open_machine("two") as two:
        job = await click(one)
        await until(lambda: server.questions)
        (other,) = await two.jobs.live(ME)
        other.stop()
        async with asyncio.timeout(10):
            await asyncio.gather(job.wait(), other.wait())
        assert states(job) == states(other) == [RunState.CANCELLED]
    assert server.cancelled == server.makes == 1


async def in_doubt_on(two: Studio, one: Studio, job: Job, server: QueueServer) -> None:
    """Let `one` freeze with a send under way, and see that `two` calls it doubtful."""
    other = await seen_on(two, job)
    await sent_and_silent(one, server)
    async with asyncio.timeout(20):
        (shown,) = await other.wait()
    assert shown.state is RunState.UNKNOWN and isinstance(shown.error, Interrupted)


async def test_a_repetition_that_was_taken_over_is_compared_though_nobody_looks_at_it(
    server: QueueServer, tmp_path: Path, database_url: str, store: StoreUrl, soon_dead: None
) -> None:
    open_machine = opener(tmp_path, server, database_url, store_url=store)
    server.script(good(), good())
    engine = sa.create_engine(database_url)
    async with open_machine("one", requests_per_minute=1) as one, open_machine("two"):
        (first,) = await (await click(one)).wait()
        assert first.record is not None
        job = await one.reproduce(first.record.id, owner=ME, token="c" * 32)
        await until(lambda: job.runs[0].waits_until)
        await silence(one)

        def compared() -> list[tuple[str, str, str]]:
            columns = proofs.c.image_id, proofs.c.again_id, proofs.c.verdict
            with engine.begin() as db:
                return [(row[0], row[1], row[2]) for row in db.execute(sa.select(*columns))]

        await until(compared)
        assert compared() == [(first.record.id, job.runs[0].id, "identical")]
        job.stop()
    engine.dispose()
    assert server.posts == 2
