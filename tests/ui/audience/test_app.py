"""The room's door lets phones do what theirs is, and nobody anything else: over real sockets."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Mount

from backend.sessions.state import Door, WishState
from tests.storage.clock import until
from tests.ui.audience.conftest import OpenRoom
from tests.ui.audience.room import Phone, Room
from tests.ui.serving import served
from ui.audience import app as audience
from ui.site import build_app

OTHERS = {"/", "/{path:path}"}
"""What both doors have, and Gradio's own "everything"."""


def paths(routes: list[Any]) -> set[str]:
    """Return all paths of an app, its mounts' too, each with something in place of a parameter."""
    found = set()
    for route in routes:
        if isinstance(route, Mount):
            found |= paths(getattr(route.app, "app", route.app).routes)
        elif hasattr(route, "original_router"):  # Gradio's, as FastAPI includes it
            found |= paths(route.original_router.routes)
        elif route.path not in OTHERS:
            found.add(re.sub(r"\{[^}]*\}", "0" * 32, route.path))
    return found


async def test_no_path_of_the_presenters_door_leads_anywhere(open_room: OpenRoom) -> None:
    async with open_room() as room:
        known = paths(build_app(room.studio).routes)
        assert len(known) > 60 and {"/api/session", "/gradio_api/queue/join"} <= known
        async with room.phone() as member, room.phone(joins=False) as stranger:
            for path in sorted(known | {"/desk", "/stage"}):
                for phone in (member, stranger):
                    for answer in (await phone.opened(path), await phone.client.post(path)):
                        assert answer.status_code == 404, path
                assert "There is no such thing here." in answer.text or "code" in answer.text


async def test_too_much_another_site_and_another_name_are_refused(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as phone:
        post = phone.client.post
        large = {"token": "a" * 32, "text": "a cat", "more": "x" * 4096}
        for path in ("/wish", "/api/metadata"):
            answer = await post(path, json=large)
            assert answer.status_code == 413 and "4.1 kB" in answer.text
        wish = {"token": "a" * 32, "text": "a cat"}
        for foreign in (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            assert (await post("/wish", json=wish, headers=foreign)).status_code == 403
        named = await phone.client.get("/", headers={"Host": "evil.example"})
        assert named.status_code == 421 and "Scan the code" in named.text
        assert not room.live.session.wishes
        own = {"Origin": room.url, "Sec-Fetch-Site": "same-origin"}
        assert (await post("/wish", json=wish, headers=own)).status_code == 200


async def test_a_link_that_somebody_sent_opens_the_page_and_the_code_alone(
    open_room: OpenRoom,
) -> None:
    link = {
        "Sec-Fetch-Site": "cross-site",
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
    }
    async with open_room() as room, room.phone(joins=False) as phone:
        for path, status in (("/", 200), (f"/{room.code}", 303), ("/state", 403)):
            assert (await phone.client.get(path, headers=link)).status_code == status


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"token": 1}', b"\xff", b"[" * 4000])
async def test_a_senseless_body_is_told_so(open_room: OpenRoom, body: bytes) -> None:
    async with open_room() as room, room.phone() as phone:
        for path in ("/wish", "/take-back", "/vote"):
            answer = await phone.client.post(path, content=body)
            assert answer.status_code == 422 and answer.json()["detail"].endswith(".")


async def test_a_picture_is_seen_by_the_room_once_shown_and_by_its_sender(
    open_room: OpenRoom,
) -> None:
    async with open_room() as room, room.phone() as sender, room.phone() as other:
        wish = await sender.send("a cat")
        await room.live.desk.approve(wish)
        await room.made(wish)
        (own,) = (await sender.state())["own"]
        assert own["image"] is None and (await other.state())["wall"] == []
        await room.live.desk.show(wish)
        (shown,) = (await other.state())["wall"]
        path = f"/i/{shown['image']}"
        for phone in (sender, other):
            answer = await phone.client.get(path)
            assert answer.headers["content-type"] == "image/webp"
            assert answer.headers["cache-control"] == "no-store"
        async with room.phone(joins=False) as stranger:
            assert (await stranger.client.get(path)).status_code == 404
        await room.live.desk.hide(wish)
        assert (await other.client.get(path)).status_code == 404
        image = room.live.session.wishes[wish].picture
        assert image is not None
        for foreign in (image.image, wish, "0" * 24, "..%2Fstate"):
            assert (await other.client.get(f"/i/{foreign}")).status_code == 404


async def test_without_the_second_gate_a_picture_is_the_rooms_until_it_is_refused(
    open_room: OpenRoom,
) -> None:
    async with open_room(gate=False) as room, room.phone() as sender, room.phone() as other:
        wish = await sender.send("a cat")
        await room.live.desk.approve(wish)
        await room.made(wish)
        await until(lambda: room.live.session.wishes[wish].shown)
        ticket = (await sender.state())["own"][0]["image"]
        assert (await other.client.get(f"/i/{ticket}")).status_code == 200
        await room.live.desk.refuse(wish)
        for phone in (sender, other):
            assert (await phone.client.get(f"/i/{ticket}")).status_code == 404


async def test_a_text_that_was_not_approved_reaches_no_other_screen(open_room: OpenRoom) -> None:
    async with open_room() as room:
        app: FastAPI = build_app(room.studio)
        async with (
            served(app, lifespan="off") as presenter,
            httpx.AsyncClient(base_url=presenter, timeout=20) as stage,
            stage.stream("GET", "/api/session/events?of=stage") as shown,
            room.phone() as sender,
            room.phone() as other,
            other.stream() as heard,
        ):
            projected = bytearray()

            async def project() -> None:
                async for piece in shown.aiter_bytes():
                    projected.extend(piece)

            reading = asyncio.create_task(project())
            for secret, deed in (
                ("unapproved-secret", None),
                ("refused-secret", room.live.desk.refuse),
                ("taken-back-secret", None),
            ):
                wish = await sender.send(secret)
                if deed:
                    await deed(wish)
                if secret == "taken-back-secret":
                    await sender.client.post("/take-back", json={"id": wish})
            public = await sender.send("a public cat")
            await room.live.desk.approve(public)
            await room.made(public)
            await room.live.desk.show(public)
            state = await heard.until(lambda state: state["wall"])
            assert state["wall"][0]["text"] == "a public cat"
            polled = await other.client.get("/state")
            opened = await other.opened()
            async with asyncio.timeout(10):
                while b"a public cat" not in projected:
                    await asyncio.sleep(0.01)
            reading.cancel()
            for bytes_ in (heard.text.encode(), polled.content, opened.content, bytes(projected)):
                assert b"a public cat" in bytes_ and b"secret" not in bytes_


async def test_a_wish_sent_twice_is_one_and_a_second_takes_its_place(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as phone:
        token = secrets.token_hex(16)
        await asyncio.gather(*(phone.send("a cat", token) for _ in range(3)))
        assert [one.text for one in room.live.session.wishes.values()] == ["a cat"]
        await phone.send("a dog")
        assert [one["text"] for one in (await phone.state())["own"]] == ["a dog"]


async def test_choices_take_the_place_of_words(open_room: OpenRoom) -> None:
    async with open_room(menu="a {cat|robot} as {comic|oil painting}") as room:
        async with room.phone() as phone:
            assert (await phone.state())["menu"][1] == ["cat", "robot"]
            body = {"token": "a" * 32, "choices": [1, 0]}
            assert (await phone.client.post("/wish", json=body)).status_code == 200
            words = {"token": "b" * 32, "text": "something else"}
            assert (await phone.client.post("/wish", json=words)).status_code == 422
        (wish,) = room.live.session.wishes.values()
        assert wish.text == "a robot as comic"


async def test_votes_are_counted_once_and_told_when_the_vote_is_closed(
    open_room: OpenRoom,
) -> None:
    async with open_room(approve=False) as room, room.phone() as one, room.phone() as other:
        wishes = [await phone.send(f"a cat {n}") for n, phone in enumerate((one, other))]
        for wish in wishes:
            await room.made(wish)
        await room.live.desk.start_round(wishes)
        now = (await one.state())["round"]
        for option in (0, 1):
            body = {"round": now["id"], "option": option}
            assert (await one.client.post("/vote", json=body)).json()["mine"] == option
        assert [o["votes"] for o in (await other.state())["round"]["options"]] == ["", ""]
        await room.live.desk.close_round()
        state = await other.state()
        assert [o["votes"] for o in state["round"]["options"]] == ["0 votes", "1 vote"]
        assert [o["won"] for o in state["round"]["options"]] == [False, True]
        assert state["mine"] is None
        late = await other.client.post("/vote", json={"round": now["id"], "option": 0})
        assert late.status_code == 422
        await room.live.desk.show(wishes[0])
        assert (await other.state())["round"] is None  # as on the projector


async def test_states_come_as_they_change_and_polling_hears_the_same(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as phone, phone.stream() as stream:
        await stream.until(lambda state: state["state"] == "open")
        assert re.search(r"^retry: [1-5]\d{3}$", stream.text, re.M)
        wish = await phone.send("a cat")
        told = await stream.until(lambda state: state["own"])
        assert told["own"][0]["told"] == "Number 1 in line"
        polled = await phone.client.get("/state")
        number = polled.headers["x-state"]
        assert polled.json() == told and f"\nid: {number}\n" in stream.text
        assert (await phone.client.get(f"/state?since={number}")).status_code == 204
        before = len(stream.states)
        await room.live.desk.rotate()  # nothing of a phone's
        await room.live.desk.refuse(wish)
        told = await stream.until(lambda state: state["own"][0]["state"] == "refused")
        assert told["own"][0]["told"].startswith("Not chosen this time")
        assert len(stream.states) == before + 1
        assert (await phone.client.get(f"/state?since={number}")).status_code == 200


async def test_who_can_send_nothing_more_is_not_told_to_send_another(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as phone:
        wish = await phone.send("a cat")
        await room.live.desk.refuse(wish)
        told = (await phone.state())["own"][0]["told"]
        assert told == "Not chosen this time. You may send another one."
        await room.live.desk.close()
        state = await phone.state()
        assert not state["may_send"] and state["own"][0]["told"] == "Not chosen this time."


async def test_after_the_end_no_idea_is_told_that_its_time_will_come(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as phone, room.phone() as other:
        made = await phone.send("a cat")
        await room.live.desk.approve(made)
        await room.made(made)
        await other.send("a robot")
        assert (await phone.state())["own"][0]["told"] == "It is made. You see it once it is shown."
        assert (await other.state())["own"][0]["told"].startswith("Number 1 in line")
        await room.live.desk.end()
        for one in (phone, other):
            assert (await one.state())["own"][0]["told"] == "Not chosen this time."


async def test_more_phones_than_streams_poll(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.audience.serving.STREAMS_MAX", 1)
    async with open_room() as room, room.phone() as first, room.phone() as second:
        async with first.stream() as stream:
            await stream.until(lambda state: True)
            assert (await second.client.get("/s")).status_code == 204
            assert (await second.state())["may_send"]
        async with asyncio.timeout(10):
            while True:
                async with second.stream() as stream:
                    if stream.status == 200:
                        break


async def test_each_hindrance_has_its_sentence(open_room: OpenRoom) -> None:
    async with open_room(images=1, per_visitor=1) as room, room.phone() as phone:
        desk = room.live.desk

        async def notice() -> str:
            state = await phone.state()
            assert not state["may_send"]
            refused = await phone.client.post("/wish", json={"token": "f" * 32, "text": "a cat"})
            assert refused.json()["detail"] == state["notice"]
            return str(state["notice"])

        await desk.pause()
        assert await notice() == "No images are made just now. Try again in a moment."
        await desk.pause(paused=False)
        await desk.close()
        assert await notice() == "No ideas are taken just now."
        await desk.open()
        await desk.approve(wish := await phone.send("a cat"))
        await room.made(wish)
        assert await notice() == "No more images in this session."
        await desk.raise_images(1)
        assert await notice() == "You have had your image."
        await desk.end()
        assert (await phone.state())["notice"].startswith("This session has ended.")


async def test_every_answer_is_a_page_with_words(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone(joins=False) as phone:
        for path, status in (("/", 200), ("/nothing", 404), ("/i/0", 404), ("/state", 410)):
            answer = await phone.opened(path)
            assert answer.status_code == status, path
            assert re.search(r'<p class="notice">[^<]+\.</p>', answer.text), path
            assert (
                "default-src 'none'; script-src 'self'"
                in (answer.headers["content-security-policy"])
            )
        german = await phone.client.get(
            "/", headers={"Accept": "text/html", "Accept-Language": "de"}
        )
        assert '<html lang="de"' in german.text
        assert room.live.session.door is Door.OPEN


async def test_a_failed_wish_may_be_sent_again(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as phone:
        wish = await phone.send("a cat")
        await room.live.book.note("failed", id=wish, why="The platform refused it.")
        state = await phone.state()
        (own,) = state["own"]
        assert own["told"] == "It did not work. Your turn is not used up."
        assert own["state"] == WishState.FAILED and "refused" not in str(own)
        assert state["may_send"]


async def test_the_line_tells_how_long_it_takes(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as phone, room.phone() as other:
        wish = await phone.send("a cat")
        await room.live.book.note(
            "landed", id=wish, image="a" * 32, seconds=12.0, price=None, seed=1, model="m"
        )
        await other.send("a dog")
        (own,) = (await other.state())["own"]
        assert own["told"] == "Number 1 in line, about 15 s"
        await room.live.book.note(
            "rehearsed", on=True, recorded="2026-01-31"
        )  # what it does not know waits for the network
        (own,) = (await other.state())["own"]
        assert own["told"] == "Number 1 in line"


async def right_codes(room: Room, phone: Phone) -> float:
    started = time.monotonic()
    assert (await phone.enter(room.code.lower())).status_code == 303
    return time.monotonic() - started


async def test_who_knows_the_code_comes_in_while_others_guess(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone(joins=False) as guesser:
        wrong = "BBBB" if room.code != "BBBB" else "CCCC"
        guesses = [asyncio.create_task(guesser.enter(wrong)) for _ in range(40)]
        async with asyncio.timeout(10):
            while sum(task.done() for task in guesses) < 20:  # the rest is held
                await asyncio.sleep(0.01)
        async with room.phone(joins=False) as phone:
            assert await right_codes(room, phone) < 0.8
            assert (await phone.opened()).status_code == 200
        answers = [await task for task in guesses]
        told = sorted(answer.status_code for answer in answers)
        assert told == [404] * 20 + [429] * 20
        assert all('name="code"' in answer.text for answer in answers)


def test_no_path_of_ours_could_be_a_code() -> None:
    for path in ("desk", "docs"):
        assert set(path.upper()) - set(audience.SIGNS)
