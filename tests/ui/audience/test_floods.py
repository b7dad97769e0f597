"""A program that floods the room: slowed, told apart by its address, taken away with one press."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from backend.sessions import room as rules
from backend.sessions.crowds import CROWD
from backend.sessions.state import WishState
from tests.ui.audience.conftest import OpenRoom
from tests.ui.audience.room import Phone, Room
from ui.audience.knocks import Deeds
from ui.routes.session import desk_of


@asynccontextmanager
async def phone_at(room: Room, address: str) -> AsyncIterator[Phone]:
    """Yield a phone that comes from this address of the loopback network."""
    transport = httpx.AsyncHTTPTransport(local_address=address)
    async with httpx.AsyncClient(base_url=room.url, timeout=20, transport=transport) as client:
        phone = Phone(client)
        assert (await phone.enter(room.code)).status_code == 303
        yield phone


async def flood(room: Room, many: int, address: str = "127.0.0.9") -> None:
    """Send so many ideas, each time as somebody new."""
    async with phone_at(room, address) as phone:
        for n in range(many):
            phone.client.cookies.clear()
            await phone.enter(room.code)
            await phone.send(f"spam {n}")


async def test_many_ideas_from_one_address_stand_together_and_go_at_once(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    async with (
        open_room() as room,
        phone_at(room, "127.0.0.2") as one,
        phone_at(room, "127.0.0.3") as other,
    ):
        own = [await one.send("a cat"), await other.send("a dog")]
        await flood(room, CROWD + 3)
        told = desk_of(room.studio, room.live)
        ((group, wishes),) = [(g["group"], g["wishes"]) for g in told["groups"]]
        assert wishes == CROWD + 3
        assert [wish["id"] for wish in told["wishes"][:2]] == own
        assert {wish["group"] for wish in told["wishes"][2:]} == {group}
        (crowd,) = room.live.room.crowds.of(room.live.session)
        await room.live.desk.refuse_all(crowd.wishes)
        left = desk_of(room.studio, room.live)
        assert [wish["id"] for wish in left["wishes"]] == own and left["groups"] == []
        assert (await one.state())["own"][0]["state"] == WishState.WAITING
        file = (tmp_path / "data" / "sessions").glob("*.jsonl")
        assert "127.0.0.9" not in "".join(path.read_text() for path in file) + str(told)


def test_some_deeds_at_once_then_one_a_second_and_each_for_oneself() -> None:
    now = 50.0
    deeds = Deeds(lambda: now)
    assert [deeds.may("fast") for _ in range(7)] == [True] * 5 + [False] * 2
    assert deeds.may("other")
    now += 1.0
    assert [deeds.may("fast") for _ in range(2)] == [True, False]
    now += 3600.0
    assert [deeds.may("fast") for _ in range(6)] == [True] * 5 + [False]


async def test_who_sends_without_a_pause_is_told_so_in_words(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as fast, room.phone() as other:
        async with asyncio.timeout(20):
            while True:
                body = {"token": secrets.token_hex(16), "text": "a cat"}
                answer = await fast.client.post("/wish", json=body)
                if answer.status_code != 200:
                    break
        assert answer.status_code == 429
        assert answer.json() == {"detail": "That was very fast. Try again in a moment."}
        assert body["token"] not in room.live.session.wishes
        await other.send("a dog")


async def test_a_session_holds_so_many_ideas_and_says_so(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "WISHES_MAX", 2)
    async with open_room() as room, room.phone() as phone, room.phone() as other:
        await phone.send("one")
        await phone.send("two")
        for who in (phone, other):
            state = await who.state()
            assert state["notice"] == "No more ideas fit into this session."
            assert not state["may_send"]
        answer = await other.client.post("/wish", json={"token": "a" * 32, "text": "a cat"})
        assert answer.status_code == 422 and len(room.live.session.wishes) == 2


async def test_one_visitor_cannot_fill_a_session_alone(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "WISHES_EACH_MAX", 2)
    async with open_room() as room, room.phone() as phone, room.phone() as other:
        await phone.send("one")
        await phone.send("two")
        assert (await phone.state())["notice"] == "You have sent your 2 ideas."
        await other.send("one")


async def test_a_vote_is_changed_so_often_and_then_stands(open_room: OpenRoom) -> None:
    async with open_room() as room:
        made = [(await room.live.desk.add(text)).id for text in ("one", "two")]
        for one in made:
            await room.made(one)
        await room.live.desk.start_round(made)
        now = room.live.session.round
        assert now is not None
        await room.live.room.join("a" * 32)
        for n in range(rules.VOTES_MAX):
            await room.live.room.vote("a" * 32, now.id, n % 2)
        with pytest.raises(Exception, match="Your last vote stands"):
            await room.live.room.vote("a" * 32, now.id, 0)
        await room.live.room.join("b" * 32)
        await room.live.room.vote("b" * 32, now.id, 0)
        assert room.live.session.round and room.live.session.round.totals == [1, 1]
