"""Who is in the room: by a cookie that belongs to one session and ends with it."""

from __future__ import annotations

import asyncio
import hashlib
import re

import pytest

from backend.sessions.state import WishState
from tests.ui.audience.conftest import OpenRoom
from ui.audience.guests import Guests


async def test_the_code_gives_a_cookie_of_this_session_that_no_script_can_read(
    open_room: OpenRoom,
) -> None:
    async with open_room() as room, room.phone(joins=False) as phone:
        answer = await phone.enter(f"{room.code}".lower())
        cookie = answer.headers["set-cookie"]
        found = re.fullmatch(
            r"(room_\w{12})=([0-9a-f]{32}); HttpOnly; Max-Age=43200; Path=/; SameSite=lax", cookie
        )
        assert found and room.live.session.id.startswith(found[1].removeprefix("room_"))
        (visitor,) = room.live.session.visitors
        assert visitor == hashlib.sha256(found[2].encode()).hexdigest()[:32]
        assert found[2] not in room.live.session.visitors
        again = await phone.enter("BBBB")
        assert again.status_code == 303 and "set-cookie" not in again.headers
        assert len(room.live.session.visitors) == 1


@pytest.mark.parametrize(
    "key",
    ["", "0" * 32, "x" * 32, "'; --", "a" * 5000],
    ids=["none", "noughts", "letters", "quote", "long"],
)
async def test_an_invented_cookie_is_nobodys(open_room: OpenRoom, key: str) -> None:
    async with open_room() as room, room.phone(joins=False) as phone:
        phone.client.cookies.set(f"room_{room.live.session.id[:12]}", key)
        assert 'name="code"' in (await phone.opened()).text
        answer = await phone.client.post("/wish", json={"token": "a" * 32, "text": "a cat"})
        assert answer.status_code == 410 and not room.live.session.wishes


async def test_who_types_the_code_into_the_page_comes_in(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone(joins=False) as phone:
        typed = await phone.opened(f"/?code=%20{room.code.lower()}")
        assert typed.headers["location"] == f"/{room.code.lower()}"
        assert (await phone.enter(typed.headers["location"][1:])).status_code == 303
        assert "Open day" in (await phone.opened()).text


async def test_who_comes_early_waits_and_is_in_once_the_door_opens(open_room: OpenRoom) -> None:
    async with open_room(opened=False) as room, room.phone() as phone, phone.stream() as stream:
        state = await stream.until(lambda state: True)
        assert state["notice"].startswith("Not open yet") and not room.live.session.visitors
        await room.live.desk.check()
        assert not (await phone.state())["may_send"]
        await room.live.desk.open()
        state = await stream.until(lambda state: state["may_send"])
        assert state["name"] == "Otter" and len(room.live.session.visitors) == 1


async def test_a_closed_door_keeps_out_who_is_new_and_nobody_else(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as phone:
        wish = await phone.send("a cat")
        await room.live.desk.close()
        async with room.phone() as late:
            assert (await late.state())["notice"].startswith("Nobody else can come in")
        assert len(room.live.session.visitors) == 1
        answer = await phone.client.post("/take-back", json={"id": wish})
        assert answer.json()["own"] == []
        assert room.live.session.wishes[wish].state is WishState.GONE


async def test_after_the_end_the_own_images_stay_a_while_then_words_alone(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room(approve=False, gate=False) as room:
        async with room.phone() as phone, room.phone() as other:
            await room.made(await phone.send("a cat"))
            await room.made(await other.send("a dog"))
            await room.live.desk.end()
            state = await phone.state()
            (own,) = state["own"]
            assert state["wall"] == [] and "Save" in state["notice"]
            path = f"/i/{own['image']}"
            assert (await phone.client.get(path)).status_code == 200
            monkeypatch.setattr("ui.audience.guests.STAYS_S", -1)
            state = await phone.state()
            assert state["own"] == [] and state["notice"] == "This session has ended."
            assert (await phone.client.get(path)).status_code == 404
        async with room.phone(joins=False) as late:
            for answer in (await late.opened(), await late.enter(room.code)):
                assert answer.status_code == 410 and "This session has ended." in answer.text


async def test_the_next_group_begins_anew_and_the_last_one_can_still_save(
    open_room: OpenRoom,
) -> None:
    async with open_room(approve=False) as room, room.phone() as phone, phone.stream() as stream:
        wish = await phone.send("a cat")
        await room.made(wish)
        await room.live.desk.show(wish)
        old, url = room.live, room.url
        room.live = await room.studio.sessions.next()
        assert room.url == url and room.live is not old
        state = await stream.until(lambda state: state["state"] == "ended")
        assert (await phone.client.get(f"/i/{state['own'][0]['image']}")).status_code == 200
        assert (await phone.enter(old.desk.codes.now)).status_code == 404
        await room.live.desk.open()
        assert (await phone.enter(room.code)).status_code == 303
        assert (await phone.state())["own"] == []


async def test_a_group_that_is_forgotten_sees_nothing_of_its_session_any_more(
    open_room: OpenRoom,
) -> None:
    async with open_room(approve=False) as room, room.phone() as phone, phone.stream() as stream:
        await room.made(await phone.send("a cat"))
        await room.studio.sessions.next(keep=False)
        await stream.until_ended()
        answer = await phone.client.get("/state")
        assert answer.status_code == 410 and "a cat" not in (await phone.opened()).text


async def test_streams_end_at_once_though_something_happens_at_that_moment(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.audience.guests.PACE_S", 0)
    async with open_room() as room:
        for turns in (0, 1, 2, 3) * 3:
            guests = Guests(room.live)
            guests.begin()
            await room.live.desk.trust(turns)
            for _ in range(turns):
                await asyncio.sleep(0)
            async with asyncio.timeout(10):
                await guests.close()
            assert guests.news().done()
