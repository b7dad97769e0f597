"""Files that people put into folders are those of all machines: wildcard files, workflows."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from backend.errors import PlaygroundError
from backend.experiments.wildcards import ChangedSince
from backend.settings.load import Settings
from backend.storage.image_files.store_url import read_store_url
from backend.studio import Studio
from backend.upkeep import following
from tests.cluster.servers import Postgres
from tests.storage.comfy_server import ComfyServer
from tests.unit.comfy_graphs import encode, graph, sampler
from ui.routes.wildcards import wildcard_routes

WORKFLOW = json.dumps(graph(n2=encode("{{prompt}}"), n5=sampler(seed="{{seed}}")))

CONNECTIONS = '{"connections": [{"name": "comfy", "kind": "comfyui", "api_url": "URL"}]}'

Opens = Callable[[str], AbstractAsyncContextManager[Studio]]


@pytest.fixture
def opens(tmp_path: Path, shared_database: str, store_url: str) -> Opens:
    """Return what starts the machine of that name; again: it starts again."""

    @asynccontextmanager
    async def opened(name: str) -> AsyncIterator[Studio]:
        own = tmp_path / name
        (own / "data").mkdir(parents=True, exist_ok=True)
        more = {"database_url": shared_database, "store_url": read_store_url(store_url)}
        made = Settings(own / "data", own / ".env", mode="offline", **more)  # type: ignore[arg-type]
        async with Studio(made) as studio:
            yield studio

    return opened


@pytest.fixture
async def two(opens: Opens) -> AsyncIterator[list[Studio]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opens(name)) for name in ("one", "two")]


def put(data: Path, name: str, text: str) -> Path:
    path = data / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(studio: Studio) -> list[str]:
    return [file.name for file in studio.wildcards.listed()]


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.02)


async def test_the_page_for_wildcard_files_works_whichever_machine_answers(
    two: list[Studio],
) -> None:
    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(
                httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")
            )
            for app in map(_app, two)
        ]
        body = {"text": "red\nblue", "digest": ""}
        kept = (await one.post("/api/wildcards/art/colour", json=body)).json()
        listed = (await other.get("/api/wildcards")).json()["files"]
        assert listed == [{"name": "art/colour", "lines": 2, "trouble": ""}]
        assert (await other.get("/api/wildcards/art/colour")).json() == kept
        assert (await other.post("/api/wildcards/art/colour", json=body)).status_code == 409
        change = {"text": "green", "digest": kept["digest"]}
        changed = (await other.post("/api/wildcards/art/colour", json=change)).json()
        assert (await one.post("/api/wildcards/art/colour", json=change)).status_code == 409
        assert (await one.get("/api/wildcards/art/colour")).json() == changed
        gone = {"text": None, "digest": changed["digest"]}
        assert (await one.post("/api/wildcards/art/colour", json=gone)).status_code == 200
        assert (await other.get("/api/wildcards/art/colour")).status_code == 404
        assert (await other.get("/api/wildcards")).json() == {"files": []}


def _app(studio: Studio) -> FastAPI:
    app = FastAPI()
    app.include_router(wildcard_routes(studio))
    return app


async def test_a_template_chooses_from_lines_that_were_written_on_another_machine(
    two: list[Studio],
) -> None:
    two[0].wildcards.write("colour", "red")
    (model,) = (m.id for m in list(two[1].account.models.values())[:1])
    raw = {"prompt": "a __colour__ fox"}
    await until(lambda: two[1].wildcards("colour"))
    assert "a red fox" in str(await two[1].resolve(model, raw, 1, 1))


async def test_nobody_writes_over_what_another_machine_wrote_at_that_moment(
    two: list[Studio],
) -> None:
    def write(studio: Studio, text: str) -> str:
        try:
            return studio.wildcards.write("colour", text).text
        except ChangedSince:
            return ""

    for number in range(5):
        made = await asyncio.gather(
            *(asyncio.to_thread(write, one, f"{number} {i}") for i, one in enumerate(two))
        )
        assert sorted(map(bool, made)) == [False, True]
        (kept,) = filter(None, made)
        found = [one.wildcards.read("colour") for one in two]
        assert [one and one.text for one in found] == [kept, kept]
        assert found[0] is not None
        two[0].wildcards.remove("colour", found[0].digest)


async def test_what_a_machine_has_at_its_first_start_is_shared_and_nothing_of_it_lost(
    opens: Opens, tmp_path: Path
) -> None:
    for machine, own in (("one", "red"), ("two", "green")):
        put(tmp_path / machine / "data", "wildcards/colour.txt", own)
        put(tmp_path / machine / "data", f"wildcards/art/{machine}.txt", machine)
    broken = put(tmp_path / "two" / "data", "wildcards/latin.txt", "")
    broken.write_bytes(b"\xe9t\xe9")
    async with opens("one") as one, opens("two") as two:
        for studio in (one, two):
            assert studio.wildcards("colour") == ["red"]
            assert studio.wildcards("art/*") == ["one", "two"]
        assert one.notices == [] and names(one) == ["art/one", "art/two", "colour"]
        (notice,) = two.notices
        assert notice.startswith("1 file in ") and names(two)[-1] == "latin"
        (aside,) = (tmp_path / "two" / "data" / "unfinished").iterdir()
        assert aside.read_text() == "green" and broken.exists()
        two.wildcards.remove("art/one", two.wildcards.read("art/one").digest)  # type: ignore[union-attr]
    async with opens("one") as one, opens("two") as two:  # what was taken away stays so
        assert names(one) == ["art/two", "colour"] and one.notices == two.notices == []


async def test_what_is_changed_by_hand_on_one_machine_comes_to_all(
    opens: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "EVERY_S", 0.02)
    data = tmp_path / "one" / "data"
    async with opens("one") as one, opens("two") as two:
        path = put(data, "wildcards/colour.txt", "red")
        await until(lambda: two.wildcards("colour") == ["red"])
        path.write_text("green")
        await until(lambda: two.wildcards("colour") == ["green"])
        two.wildcards.write("colour", "blue", two.wildcards.read("colour").digest)  # type: ignore[union-attr]
        assert one.wildcards("colour") is not None
        await until(lambda: path.read_text() == "blue")
        path.unlink()
        await until(lambda: two.wildcards("colour") is None)
        assert one.notices == two.notices == []


async def test_another_database_takes_in_what_is_there(
    opens: Opens, tmp_path: Path, postgres_server: Postgres, shared_database: str
) -> None:
    put(tmp_path / "one" / "data", "wildcards/colour.txt", "red")
    async with opens("one"):
        pass
    database = shared_database.rpartition("/")[2]
    postgres_server.execute("DELETE FROM shared_texts", database)
    async with opens("one"), opens("two") as two:
        assert two.wildcards("colour") == ["red"]


async def test_while_the_database_is_away_files_are_read_and_not_written(
    two: list[Studio], postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    two[0].wildcards.write("colour", "red")
    await until(lambda: two[1].wildcards("colour"))
    monkeypatch.setattr("backend.storage.shared_folder.AWAY_S", 0.1)
    await asyncio.to_thread(postgres_server.stop)
    try:
        for studio in two:
            assert await asyncio.to_thread(studio.wildcards, "colour") == ["red"]
            with pytest.raises(PlaygroundError, match="database does not answer"):
                await asyncio.to_thread(studio.wildcards.write, "size", "large")
    finally:
        await asyncio.to_thread(postgres_server.start)
    await until(lambda: two[0].wildcards.write("size", "large"))
    await until(lambda: two[1].wildcards("size") == ["large"])


async def test_a_workflow_of_one_machine_is_a_model_on_all(
    opens: Opens, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.branch.ASKED_AGAIN_S", 0.0)
    put(tmp_path / "one" / "data", "workflows/portrait.json", WORKFLOW)

    async def models(studio: Studio) -> set[str]:
        studio.account.look()
        await studio.account.asked()
        return {m.label for m in studio.account.models.values() if m.connection == "comfy"}

    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(ComfyServer())
        url = f"http://127.0.0.1:{server.port}"
        for name in ("one", "two"):
            put(tmp_path / name, "connections.json", CONNECTIONS.replace("URL", url))
        one, two = [await stack.enter_async_context(opens(name)) for name in ("one", "two")]
        assert await models(two) == {"portrait"} == await models(one)
        os.replace(
            tmp_path / "two" / "data" / "workflows" / "portrait.json",
            tmp_path / "two" / "data" / "workflows" / "landscape.json",
        )
        assert await models(two) == {"landscape"} == await models(one)
