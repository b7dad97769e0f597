"""Rounds, lineage and kept sessions over HTTP, with the sample engine behind them."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from backend.settings.load import Settings
from backend.studio import Studio
from tests.blank import blank
from tests.ui.described import Described
from tests.ui.fake_studio import FLUX
from tests.ui.serving import served
from ui.site import build_app

PLAN = {"title": "Open day", "model": FLUX, "port": 0, "values": {"width": 256, "height": 256}}
VISITOR = "a1b2" * 8

Json = dict[str, Any]


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(Settings(blank(tmp_path / "data"), tmp_path / ".env"))


@pytest.fixture
async def client(studio: Studio) -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(studio)
    transport, hooks = httpx.ASGITransport(app), Described(app).hooks
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", event_hooks=hooks
        ) as client,
    ):
        yield client


async def do(client: httpx.AsyncClient, what: str, **more: Any) -> Json:
    answer = await client.post("/api/session/do", json={"do": what, **more})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def desk(client: httpx.AsyncClient, ready: Callable[[Json], object]) -> Json:
    """Return the desk once it is as expected."""
    async with asyncio.timeout(30):
        while not ready(found := (await client.get("/api/session")).json()):
            await asyncio.sleep(0.02)
    return dict(found)


def all_made(found: Json) -> bool:
    return all(one["state"] == "made" for one in found["wishes"])


async def evening(client: httpx.AsyncClient, studio: Studio) -> tuple[str, str]:
    """Hold a session with one round; return its id, and the wish that won."""
    await client.post("/api/session", json=PLAN)
    await do(client, "open")
    await client.post("/api/session/wishes", json={"text": "a lighthouse at sea"})
    (first,) = (await desk(client, all_made))["wishes"]
    await do(client, "variants", wish=first["id"], kind="seeds", values=[7, 8], vote=True)
    now = (await desk(client, lambda found: found["round"]))["round"]
    live = studio.sessions.require()
    await live.room.join(VISITOR)
    await live.room.vote(VISITOR, now["id"], 1)
    closed = await do(client, "closed")
    assert closed["round"]["totals"] == [0, 1]
    return closed["id"], closed["round"]["winner"]


async def test_an_evening_is_kept_with_its_pictures_its_votes_and_the_way_of_what_won(
    client: httpx.AsyncClient, studio: Studio
) -> None:
    session, winner = await evening(client, studio)
    (kept,) = (await client.get("/api/sessions")).json()["sessions"]
    assert (kept["id"], kept["title"], kept["images"]) == (session, "Open day", 3)
    assert (kept["visitors"], kept["ended"], kept["spent_usd"]) == (1, None, 0.0)
    whole = (await client.get(f"/api/sessions/{session}")).json()
    assert whole["leads_to"] == winner and whole["rounds"][0]["totals"] == [0, 1]
    assert VISITOR not in str(whole) and "name" not in whole["pictures"][0]
    way = (await client.get(f"/api/sessions/{session}/lineage/{winner}")).json()
    assert [step["text"] for step in way["steps"]] == ["a lighthouse at sea"] * 2
    assert way["steps"][0]["vote"] is None and way["steps"][1]["seed"] == 8
    assert way["steps"][1]["vote"] == {"letter": "B", "votes": 1, "of": 1, "won": True}
    picture = await client.get(f"/api/sessions/{session}/lineage/{winner}/picture")
    assert "attachment" in picture.headers["content-disposition"]
    with Image.open(io.BytesIO(picture.content)) as png:
        assert png.format == "PNG" and png.width == 1_920


async def test_a_sessions_images_are_found_in_the_gallery_and_offered_by_its_title(
    client: httpx.AsyncClient, studio: Studio
) -> None:
    own = {"model": FLUX, "prompt": "mine", "width": 256, "height": 256, "seed": 1}
    await client.post("/api/generate", json=own)
    session, _ = await evening(client, studio)
    found = (await client.get("/api/images", params={"session": session})).json()
    assert {one["prompt"] for one in found["images"]} == {"a lighthouse at sea"}
    assert found["total"] == 3
    offered = (await client.get("/api/facets")).json()["sessions"]
    assert [(one["id"], one["title"]) for one in offered] == [(session, "Open day")]
    refused = await client.get("/api/images", params={"session": "no"})
    assert refused.json()["error"]["field"] == "session"


async def test_onward_makes_the_winners_neighbours_the_next_variants(
    client: httpx.AsyncClient, studio: Studio
) -> None:
    _, winner = await evening(client, studio)
    onward = await do(client, "onward", count=2)
    assert onward["variants"]["of"] == winner and onward["variants"]["note"] == ""
    made = await desk(client, all_made)
    by_id = {one["id"]: one for one in made["wishes"]}
    assert [by_id[one]["picture"]["seed"] for one in made["variants"]["wishes"]] == [7, 9]
    voting = await do(client, "round")
    assert [one["letter"] for one in voting["round"]["options"]] == ["A", "B"]


async def test_what_is_deleted_or_forgotten_is_off_the_list_and_off_the_gallery(
    client: httpx.AsyncClient, studio: Studio
) -> None:
    session, winner = await evening(client, studio)
    under_way = await client.post(f"/api/sessions/{session}", json={"do": "delete"})
    assert under_way.status_code == 422
    second = (await do(client, "next"))["id"]
    assert second != session
    left = await client.post(f"/api/sessions/{session}", json={"do": "forget"})
    assert [one["id"] for one in left.json()["sessions"]] == [second]
    assert (await client.get("/api/images")).json()["total"] == 0
    for path in (f"/api/sessions/{session}", f"/api/sessions/{session}/lineage/{winner}"):
        assert (await client.get(path)).status_code == 404
    assert (await client.post(f"/api/sessions/{session}", json={"do": "x"})).status_code == 404
    third = (await do(client, "next", keep=False))["id"]
    assert [one["id"] for one in (await client.get("/api/sessions")).json()["sessions"]] == [third]
    await client.post("/api/session/wishes", json={"text": "a rare word"})
    await desk(client, all_made)
    forgotten = await do(client, "forget")
    assert forgotten["state"] == "ended" and "rare" not in str(forgotten)
    assert (await client.get("/api/sessions")).json() == {"sessions": []}
    assert (await client.get("/api/session")).status_code == 422


@pytest.mark.parametrize("path", ["no", "f" * 32, "..%2f..%2fplayground"])
async def test_a_session_that_is_not_there_is_not_found(
    client: httpx.AsyncClient, path: str
) -> None:
    for end in ("", f"/lineage/{'a' * 32}", f"/lineage/{'a' * 32}/picture"):
        assert (await client.get(f"/api/sessions/{path}{end}")).status_code == 404


async def test_a_page_that_hangs_up_leaves_nothing_waiting(studio: Studio) -> None:
    async with served(build_app(studio)) as url, httpx.AsyncClient(base_url=url) as client:
        await client.post("/api/session", json=PLAN)

        async def look() -> None:
            async with client.stream("GET", "/api/session/events") as stream:
                async for line in stream.aiter_lines():
                    if line.startswith("data:"):
                        return

        await look()
        before = len(asyncio.all_tasks())
        for _ in range(10):
            await look()
        async with asyncio.timeout(10):
            while len(asyncio.all_tasks()) > before + 3:
                await asyncio.sleep(0.02)


async def test_what_is_meant_for_a_session_befalls_no_other(client: httpx.AsyncClient) -> None:
    started = (await client.post("/api/session", json=PLAN)).json()
    following = {"do": "next", "session": started["id"]}
    pressed = [client.post("/api/session/do", json=following) for _ in range(2)]
    assert sorted(one.status_code for one in await asyncio.gather(*pressed)) == [200, 422]
    assert len((await client.get("/api/sessions")).json()["sessions"]) == 2
    for deed in ("end", "forget", "next"):
        late = await client.post("/api/session/do", json={"do": deed, "session": started["id"]})
        assert late.status_code == 422 and "Another session" in late.text
    assert (await client.get("/api/session")).json()["state"] == "closed"


@pytest.mark.parametrize("field", ["title", "menu"])
async def test_half_a_letter_in_what_the_room_is_told_is_left_out(
    client: httpx.AsyncClient, field: str
) -> None:
    odd = PLAN | {field: "a {cat|robot}\u202e \ud800 here"}
    answer = await client.post("/api/session", content=json.dumps(odd))
    assert answer.status_code == 200, answer.text
    assert answer.json()[field] == "a {cat|robot} here"


async def test_a_crowd_is_refused_by_its_number_and_what_the_list_marks_stands_last(
    client: httpx.AsyncClient, studio: Studio, tmp_path: Path
) -> None:
    (tmp_path / "data" / "blocked.txt").write_text("bad\n")
    await client.post("/api/session", json=PLAN)
    await do(client, "open")
    room = studio.sessions.require().room
    texts = ["a bad idea", "a fox", *["spam"] * 6]
    for n, text in enumerate(texts):
        visitor = f"{n:032x}"
        room.crowds.note(visitor, "10.0.0.66" if text == "spam" else f"10.0.0.{n}")
        await room.join(visitor)
        await room.wish(visitor, f"{n + 1:032x}", text)
    found = (await client.get("/api/session")).json()
    assert [wish["text"] for wish in found["wishes"]] == ["a fox", *["spam"] * 6, "a bad idea"]
    assert [wish["marked"] for wish in found["wishes"]] == [False] * 7 + [True]
    (group,) = found["groups"]
    assert group["wishes"] == 6
    left = await do(client, "refuse_all", group=group["group"])
    assert [wish["text"] for wish in left["wishes"]] == ["a fox", "a bad idea"]
    assert (await do(client, "refuse_all", group=99))["wishes"] == left["wishes"]
    for wrong in ({}, {"group": "x"}, {"group": 0}):
        answer = await client.post("/api/session/do", json={"do": "refuse_all", **wrong})
        assert answer.status_code == 422 and "group" in answer.text
