"""A demo session stays with its machine: the others know where it is, and their desks say so."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.errors import InvalidInput
from backend.sessions import elsewhere
from backend.sessions.elsewhere import Place
from backend.settings.load import Settings
from backend.storage.image_files.store_url import read_store_url
from backend.studio import Studio
from backend.upkeep import following
from tests.cluster.studios import FLUX
from tests.ui.serving import served
from ui.routes import session
from ui.routes.session import session_routes

PLAN = {"title": "Open day", "model": FLUX}


@pytest.fixture
async def two(
    tmp_path: Path, shared_database: str, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[Studio]]:
    monkeypatch.setattr(elsewhere, "LOOK_S", 0.02)
    monkeypatch.setattr(session, "LOOK_S", 0.05)
    monkeypatch.setattr(following, "EVERY_S", 0.02)
    more: dict[str, Any] = {"database_url": shared_database, "store_url": read_store_url(store_url)}
    async with AsyncExitStack() as stack:
        made = []
        for number, name in enumerate(("one", "two"), start=1):
            settings = Settings(tmp_path / name, tmp_path / f"{name}.env", mode="offline", **more)
            studio = await stack.enter_async_context(Studio(settings))
            studio.note_address("http://127.0.0.1:7860/", f"http://10.0.0.{number}:7860/pg/")
            made.append(studio)
        yield made


def place(studio: Studio) -> Place | None:
    assert studio.sessions.elsewhere is not None
    return studio.sessions.elsewhere.place


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.02)


async def test_other_machines_know_whose_session_is_under_way_until_it_ends(
    two: list[Studio],
) -> None:
    one, other = two
    await one.sessions.start(PLAN)
    await until(lambda: place(other))
    found = place(other)
    assert found is not None and found.machine
    assert (found.url, found.title) == ("http://10.0.0.1:7860/pg/", "Open day")
    with pytest.raises(InvalidInput, match=f"is on the machine {found.machine}") as refused:
        other.sessions.require()
    assert "http://10.0.0.1:7860/pg/desk" in refused.value.hint
    assert place(one) is None and one.sessions.require().session.plan.title == "Open day"
    await one.sessions.end()
    await until(lambda: place(other) is None)
    with pytest.raises(InvalidInput, match="There is no session just now"):
        other.sessions.require()


async def test_nobody_is_sent_to_a_machine_that_has_ended(two: list[Studio]) -> None:
    one, other = two
    await one.sessions.start(PLAN)
    await until(lambda: place(other))
    assert one.sessions.elsewhere is not None
    await one.sessions.elsewhere.close()  # as its end does, which leaves the session to a restart
    await until(lambda: place(other) is None)


async def test_the_desk_of_another_machine_is_told_where_the_session_is(two: list[Studio]) -> None:
    one, other = two
    app = FastAPI()
    app.include_router(session_routes(other))
    async with (
        served(app) as url,
        httpx.AsyncClient(base_url=url, timeout=10) as client,
        client.stream("GET", "/api/session/events") as stream,
    ):
        lines = stream.aiter_lines()
        assert await _told(lines, "data: null")
        first = json.loads(await _told(lines, "data: {"))
        assert first == {"here": "http://10.0.0.2:7860/pg/desk", "session": None}
        await one.sessions.start(PLAN)
        told = json.loads(await _told(lines, "data: {"))["session"]
        assert told == {
            "machine": told["machine"],
            "url": "http://10.0.0.1:7860/pg/desk",
            "title": "Open day",
        }


async def _told(lines: AsyncIterator[str], begins: str) -> str:
    async for line in lines:
        if line.startswith(begins):
            return line.removeprefix("data: ")
    raise AssertionError("the stream ended")
