"""A helper's link leads to the desk's two gates and nowhere else: over real sockets."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.sessions.state import WishState
from tests.ui.audience.conftest import OpenRoom
from tests.ui.audience.room import Phone, Room
from tests.ui.audience.test_app import paths
from tests.ui.serving import served
from ui.site import build_app


@asynccontextmanager
async def helping(room: Room, token: str = "") -> AsyncIterator[Phone]:
    """Yield the device of a helper who has opened the link."""
    async with room.phone(joins=False) as helper:
        answer = await helper.opened(f"/h/{token or room.live.helper.token}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/h")
        yield helper


async def gates(helper: Phone) -> Any:
    answer = await helper.client.get("/h/state")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def press(helper: Phone, wish: str, do: str) -> httpx.Response:
    return await helper.client.post("/h/do", json={"id": wish, "do": do})


async def test_a_helper_lets_words_and_pictures_through_and_refuses_them(
    open_room: OpenRoom,
) -> None:
    async with open_room() as room, room.phone() as sender, room.phone() as other:
        cat, dog = await sender.send("a cat"), await other.send("a dog")
        async with helping(room) as helper:
            state = await gates(helper)
            assert [one["text"] for one in state["words"]] == ["a cat", "a dog"]
            assert state["words_told"] == "2 ideas wait." and state["pictures"] == []
            left = (await press(helper, dog, "refuse")).json()
            assert [one["id"] for one in left["words"]] == [cat]
            assert (await press(helper, cat, "approve")).json()["words"] == []
            await room.made(cat)
            (made,) = (await gates(helper))["pictures"]
            picture = await helper.client.get(f"/h/i/{made['image']}")
            assert picture.headers["content-type"] == "image/webp"
            assert picture.headers["cache-control"] == "no-store"
            assert (await sender.client.get(f"/i/{made['image']}")).status_code == 404
            assert (await sender.client.get(f"/h/i/{made['image']}")).status_code == 404
            assert (await press(helper, cat, "show")).json()["pictures"] == []
            assert room.live.session.scene.wish == cat
            assert room.live.session.wishes[dog].state is WishState.REFUSED
            assert (await helper.client.get(f"/h/i/{made['image']}")).status_code == 404
            (own,) = (await other.state())["own"]
            assert own["told"].startswith("Not chosen this time")


async def test_a_helper_is_told_of_the_gates_alone(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as sender:
        await sender.send("a cat")
        async with helping(room) as helper:
            state = await gates(helper)
            page = (await helper.opened("/h")).text
        assert set(state) == {
            *("title", "recorded", "notice", "words", "words_told", "pictures", "pictures_told")
        }
        assert set(state["words"][0]) == {"id", "name", "text"}
        for secret in (room.code, room.live.helper.token, "usd", "$", "images"):
            assert secret not in json.dumps(state)
        for secret in (room.code, room.live.helper.token):
            assert secret not in page


async def test_the_link_gives_a_cookie_for_its_own_paths_and_leaves_the_address(
    open_room: OpenRoom,
) -> None:
    async with open_room() as room, room.phone(joins=False) as phone:
        token = room.live.helper.token
        assert re.fullmatch(r"[0-9a-f]{32}", token)
        for path in (f"/h/{token}", f"/H/{token.upper()}"):  # in capitals, as it is scanned
            answer = await phone.opened(path)
            assert answer.headers["location"] == "/h"
            assert re.fullmatch(
                rf"helper_\w{{12}}={token}; HttpOnly; Max-Age=43200; Path=/h; SameSite=lax",
                answer.headers["set-cookie"],
            )
        link = {
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
        }
        for path, status in ((f"/h/{token}", 303), ("/h", 200), ("/h/state", 403)):
            assert (await phone.client.get(path, headers=link)).status_code == status, path
        foreign = {"Origin": "http://evil.example"}
        answer = await phone.client.post("/h/do", json={}, headers=foreign)
        assert answer.status_code == 403


async def test_a_helper_reaches_nothing_of_the_presenters_and_is_nobody_of_the_room(
    open_room: OpenRoom,
) -> None:
    async with open_room() as room, helping(room) as helper:
        known = paths(build_app(room.studio).routes)
        assert len(known) > 60 and "/api/session/helper.svg" in known
        below = {f"/h{path}" for path in known} | {"/h/desk", "/h/s", "/h/wish", "/h/vote", "/h/x"}
        for path in sorted(known | below | {"/desk", "/stage"}):
            for answer in (await helper.opened(path), await helper.client.post(path)):
                assert answer.status_code in (404, 405), path
                assert answer.status_code == 404 or path == "/h/do", path
        for path in ("/wish", "/take-back", "/vote"):
            body = {"token": "a" * 32, "text": "a cat", "id": "a" * 32, "round": "", "option": 0}
            assert (await helper.client.post(path, json=body)).status_code == 410
        for path in ("/s", "/state"):
            assert (await helper.client.get(path)).status_code == 410
        assert 'name="code"' in (await helper.opened("/")).text
        assert not room.live.session.wishes and room.live.room.here == 0


@pytest.mark.parametrize(
    "body",
    [{}, {"id": "x", "do": "approve"}, {"do": ["approve"]}, *({"do": d} for d in ("hold", "open"))],
    ids=str,
)
async def test_what_is_no_press_at_the_gates_is_refused(open_room: OpenRoom, body: Any) -> None:
    async with open_room() as room, room.phone() as sender, helping(room) as helper:
        wish = await sender.send("a cat")
        for id_ in (wish, "0" * 32) if "do" in body and "id" not in body else (None,):
            answer = await helper.client.post("/h/do", json=({"id": id_} if id_ else {}) | body)
            assert answer.status_code == 422 and answer.json()["detail"].endswith(".")
        assert room.live.session.wishes[wish].state is WishState.WAITING


@pytest.mark.parametrize("do", ["hide", "again", "rotate", "raise", "end", "trust", "scene"])
async def test_the_desks_other_deeds_are_not_a_helpers(open_room: OpenRoom, do: str) -> None:
    async with open_room() as room, room.phone() as sender, helping(room) as helper:
        wish = await sender.send("a cat")
        version = room.live.session.version
        assert (await press(helper, wish, do)).status_code == 422
        assert room.live.session.version == version


async def test_what_has_passed_a_gate_is_no_longer_a_helpers(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as sender, helping(room) as helper:
        wish = await sender.send("a cat")
        await room.live.desk.pause()
        await room.live.desk.approve(wish)
        answer = await press(helper, wish, "refuse")
        assert answer.json()["detail"] == "It was let through already."
        await room.live.desk.pause(paused=False)
        await room.made(wish)
        await room.live.desk.show(wish)
        second = await room.live.desk.add("a dog")
        await room.made(second.id)
        await room.live.desk.show(second.id)
        assert (await press(helper, wish, "refuse")).status_code == 422
        assert (await press(helper, wish, "show")).status_code == 200
        assert room.live.session.wishes[wish].shown
        assert room.live.session.scene.wish == second.id  # the stage stays the presenter's


async def test_presses_at_once_are_one(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as sender, room.phone() as other:
        async with helping(room) as one, helping(room) as two:
            cat, dog = await sender.send("a cat"), await other.send("a dog")

            async def at_once(wish: str, do: str) -> None:
                answers = await asyncio.gather(
                    press(one, wish, do), getattr(room.live.desk, do)(wish), press(two, wish, do)
                )
                assert [answers[0].status_code, answers[2].status_code] == [200, 200]
                await getattr(room.live.desk, do)(wish)  # the desk's, which comes last

            await at_once(cat, "approve")
            await room.made(cat)
            await at_once(cat, "show")
            await at_once(dog, "refuse")
        happened = await room.studio.sessions.events(room.live.session.id)
        kinds = [event.kind for event in happened]
        assert [kinds.count(kind) for kind in ("approved", "shown", "gone")] == [1, 1, 1]
        assert room.live.session.used == 1


async def test_nobody_helps_beyond_the_budget_or_after_the_end(open_room: OpenRoom) -> None:
    async with open_room(images=1) as room, room.phone() as sender, room.phone() as other:
        cat, dog = await sender.send("a cat"), await other.send("a dog")
        async with helping(room) as helper:
            await press(helper, cat, "approve")
            await room.made(cat)
            answer = await press(helper, dog, "approve")
            assert answer.status_code == 422
            assert answer.json()["detail"].startswith("All images of this session are used.")
            await room.live.desk.end()
            assert (await press(helper, cat, "show")).status_code == 422
            state = await gates(helper)
            assert state["notice"] == "This session has ended."
            assert state["words"] == state["pictures"] == []


async def test_a_new_link_and_a_new_session_end_the_former_at_once(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as sender, helping(room) as helper:
        wish = await sender.send("a cat")
        former = room.live.helper.token
        await room.live.helper.renew()
        for answer in (
            await helper.opened("/h"),
            await helper.client.get("/h/state"),
            await press(helper, wish, "approve"),
            await helper.opened(f"/h/{former}"),
        ):
            assert answer.status_code == 404 and "opens nothing any more" in answer.text
        assert room.live.session.wishes[wish].state is WishState.WAITING
        async with helping(room) as again:
            assert (await gates(again))["words"]
            former = room.live.helper.token
            room.live = await room.studio.sessions.next()
            assert (await again.client.get("/h/state")).status_code == 404
            assert (await again.opened(f"/h/{former}")).status_code == 404
        async with helping(room) as now:
            assert (await gates(now))["words"] == []


async def test_wrong_links_are_answered_late_and_the_right_one_is_not(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone(joins=False) as guesser:
        guesses = [
            asyncio.create_task(guesser.opened(f"/h/{secrets.token_hex(16)}")) for _ in range(25)
        ]
        async with asyncio.timeout(10):
            while sum(task.done() for task in guesses) < 5:  # the rest is held
                await asyncio.sleep(0.01)
        async with helping(room) as helper:
            assert (await gates(helper))["words_told"] == "No idea waits."
            assert sum(task.done() for task in guesses) == 5
        told = sorted([(await task).status_code for task in guesses])
        assert told == [404] * 20 + [429] * 5


@pytest.mark.parametrize("key", ["", "0" * 32, "é" * 16, "a" * 5000], ids=len)
async def test_an_invented_cookie_helps_nobody(open_room: OpenRoom, key: str) -> None:
    async with open_room() as room, room.phone() as phone:
        cookie = f"helper_{room.live.session.id[:12]}={key}".encode()
        for path in ("/h", "/h/state"):
            answer = await phone.client.get(path, headers={b"Cookie": cookie})
            assert answer.status_code == 404


async def test_the_link_is_on_the_desk_alone(
    open_room: OpenRoom, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "httpx")  # the devices' own, which know where they go
    caplog.set_level(logging.WARNING, "httpcore")
    async with open_room() as room:
        tokens = [room.live.helper.token]
        app = build_app(room.studio)
        async with (
            served(app, lifespan="off") as presenter,
            httpx.AsyncClient(base_url=presenter, timeout=20) as desk,
            desk.stream("GET", "/api/session/events?of=stage") as shown,
            room.phone() as sender,
            sender.stream() as heard,
        ):
            projected = bytearray()

            async def project() -> None:
                async for piece in shown.aiter_bytes():
                    projected.extend(piece)

            reading = asyncio.create_task(project())
            state = (await desk.post("/api/session/do", json={"do": "helper"})).json()
            tokens.append(room.live.helper.token)
            assert state["helper_url"] == f"{room.url}/h/{tokens[1]}" and tokens[0] != tokens[1]
            scan = await desk.get("/api/session/helper.svg")
            assert scan.headers["cache-control"] == "no-store"
            wish = await sender.send("a cat")
            async with helping(room) as helper:
                await helper.opened("/h")
                await press(helper, wish, "approve")
                await room.made(wish)
                await press(helper, wish, "show")
            await heard.until(lambda state: state["wall"])
            async with asyncio.timeout(10):
                while b"a cat" not in projected:
                    await asyncio.sleep(0.01)
            kept = await desk.post("/api/session/do", json={"do": "keep", "name": "Evening"})
            assert kept.status_code == 200
            elsewhere = [
                (await sender.opened()).content,
                (await sender.client.get("/state")).content,
                (await desk.get("/stage")).content,
                heard.text.encode(),
                bytes(projected),
            ]
            reading.cancel()
            await desk.post("/api/session/do", json={"do": "end"})
            assert (await desk.get("/api/session")).json()["helper_url"] == ""
            assert (await desk.get("/api/session/helper.svg")).status_code == 422
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.parent.name == "sessions" for path in files)
    said = "\n".join(record.getMessage() for record in caplog.records)
    for token in tokens:
        assert token not in said and token.upper() not in said
        for bytes_ in [*elsewhere, *(path.read_bytes() for path in files)]:
            assert token.encode() not in bytes_ and token.upper().encode() not in bytes_
