"""The room's door opens, closes and opens again while the program runs, and ends with it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import stat
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from backend.errors import InvalidInput
from tests.e2e.conftest import ROOT
from tests.ui.audience.conftest import OpenRoom
from tests.ui.audience.room import PLAN, Room
from ui.audience import serving
from ui.audience.serving import RoomDoor


async def test_it_opens_again_where_it_was_and_knows_everybody(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as phone, phone.stream() as stream:
        await stream.until(lambda state: True)
        port = int(room.url.rpartition(":")[2])
        started = time.monotonic()
        await room.door.close()
        assert time.monotonic() - started < 1.5 and room.door.addresses == ()
        await stream.until_ended()
        with pytest.raises(httpx.ConnectError):
            await phone.client.get("/state")
        await room.door.open(room.live, "127.0.0.1", port)
        assert (await phone.state())["name"] == "Otter"
        async with phone.stream() as stream:
            await phone.send("a cat")
            await stream.until(lambda state: state["own"])


async def test_who_was_in_a_session_that_is_forgotten_is_told_so_and_sees_nothing_of_it(
    open_room: OpenRoom,
) -> None:
    async with open_room() as room, room.phone() as phone, phone.stream() as stream:
        await phone.send("a secret thing")
        await stream.until(lambda state: state["own"])
        await room.studio.sessions.forget(room.live.session.id)
        await stream.until_ended()
        assert (await phone.client.get("/s")).status_code == 410
        assert (await phone.client.get("/state")).status_code == 410
        opened = await phone.opened()
        assert opened.status_code == 410 and "This session has ended." in opened.text
        assert "a secret thing" not in opened.text


async def closed(room: Room) -> None:
    async with asyncio.timeout(20):
        while room.door.addresses:
            await asyncio.sleep(0.05)


async def test_after_a_forgotten_session_the_door_closes_also_where_the_next_start_failed(
    open_room: OpenRoom,
) -> None:
    async with open_room(leave_s=0.5) as room:
        url = room.url
        await room.studio.sessions.forget(room.live.session.id)
        with pytest.raises(InvalidInput):
            await room.studio.sessions.start({**PLAN, "host": "203.0.113.9"})
        await closed(room)
        async with httpx.AsyncClient() as late:
            with pytest.raises(httpx.ConnectError):
                await late.get(f"{url}/state")


async def test_who_was_in_the_session_before_a_rehearsal_keeps_their_time_when_that_is_stopped(
    open_room: OpenRoom,
) -> None:
    async with open_room(leave_s=0.2) as room, room.phone() as phone:
        wish = await phone.send("a cat")
        await room.live.desk.approve(wish)
        await room.made(wish)
        await room.live.desk.show(wish)
        await room.studio.sessions.end()
        name = await room.studio.rehearsals.keep()
        await room.studio.rehearsals.play(name, {})
        await room.studio.rehearsals.stop()
        assert room.studio.sessions.live is None
        await asyncio.sleep(1)
        (own,) = (await phone.state())["own"]
        assert (await phone.client.get(f"/i/{own['image']}")).status_code == 200


async def test_a_session_that_begins_after_a_forgotten_one_has_the_door_for_itself(
    open_room: OpenRoom,
) -> None:
    async with open_room(leave_s=0.3) as room, room.phone() as phone:
        port = int(room.url.rpartition(":")[2])
        await room.studio.sessions.forget(room.live.session.id)
        live = await room.studio.sessions.start({**PLAN, "port": port})
        await live.desk.open()
        await asyncio.sleep(0.6)
        assert room.door.addresses
        asked = await phone.opened()
        assert asked.status_code == 200 and "four signs" in asked.text
        assert (await phone.enter(live.desk.codes.now)).status_code == 303
        assert (await phone.state())["own"] == []


async def test_another_place_is_taken_without_losing_anybody(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as phone:
        before = room.url
        await room.door.open(room.live, "", 0)
        assert room.url != before
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(before.rpartition(":")[2])))
        port = room.url.rpartition(":")[2]
        moved = httpx.URL(f"http://127.0.0.1:{port}/state")
        assert (await phone.client.get(moved)).json()["name"] == "Otter"


async def test_what_cannot_be_had_is_told_with_its_field(open_room: OpenRoom) -> None:
    async with open_room() as room:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with pytest.raises(InvalidInput, match="has port") as caught:
                await room.door.open(room.live, "127.0.0.1", port)
            assert caught.value.field == "port"
        with pytest.raises(InvalidInput, match="no address of this computer") as caught:
            await room.door.open(room.live, "203.0.113.77", 0)
        assert caught.value.field == "host"
        async with room.phone() as phone:  # the door stands where it stood
            assert (await phone.state())["may_send"]


async def test_no_answer_waits_for_a_packet_to_be_full(open_room: OpenRoom) -> None:
    async with open_room() as room, room.phone() as phone:
        await phone.state()  # keeps its connection
        port = int(room.url.rpartition(":")[2])
        with ExitStack() as copies:
            ours = [copies.enter_context(socket.socket(fileno=os.dup(fd))) for fd in sockets()]
            tcp = [one for one in ours if one.family == socket.AF_INET and is_at(one, port)]
            assert tcp, "the door's end of the connection is in this process"
            for one in tcp:
                assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def sockets() -> list[int]:
    """Return the numbers of this process's open sockets."""
    fds = [int(name) for name in os.listdir("/dev/fd") if os.path.exists(f"/dev/fd/{name}")]
    return [fd for fd in fds if stat.S_ISSOCK(os.fstat(fd).st_mode)]


def is_at(one: socket.socket, port: int) -> bool:
    """Return whether a socket is a connection's end at a port."""
    try:
        return bool(one.getpeername()) and one.getsockname()[1] == port
    except OSError:  # it listens
        return False


async def test_the_usual_port_gives_way_to_a_neighbour(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(serving, "PORT", port)
        async with open_room(port=port) as room:
            assert port < int(room.url.rpartition(":")[2]) < port + serving.NEIGHBOURS


async def test_no_log_holds_what_phones_ask_for(
    open_room: OpenRoom, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_room() as room, room.phone() as phone:
        await phone.opened()
    assert "httpx" in {record.name for record in caplog.records}, "nothing is caught any more"
    ours = [record.getMessage() for record in caplog.records if record.name != "httpx"]
    assert not [line for line in ours if room.code in line or "GET /" in line]


async def test_the_address_by_which_somebody_came_in_is_proven_and_comes_first(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = [("203.0.113.5", "wlan0"), ("127.0.0.1", "eth0")]
    monkeypatch.setattr(serving, "look", lambda: networks)
    async with open_room(host="") as room:
        assert [one.reached for one in room.door.addresses] == [False, False]
        port = room.url.rpartition(":")[2]
        changed = asyncio.ensure_future(room.live.book.changed())
        await asyncio.sleep(0)
        async with httpx.AsyncClient() as client:
            await client.get(f"http://127.0.0.1:{port}/")
        await asyncio.wait_for(changed, 10)
        first, second = room.door.addresses
        assert (first.url, first.reached) == (f"http://127.0.0.1:{port}", True)
        assert second.network == "wlan0" and not second.reached


async def test_a_network_that_changes_is_told(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = [("192.168.1.5", "wlan0")]
    monkeypatch.setattr(serving, "look", lambda: list(networks))
    async with open_room(host="") as room:
        door = RoomDoor(room.studio.rehearsals.pictures.picture_bytes, look_s=0.05)
        await door.open(room.live, "", 0)
        assert door.addresses[0].url.startswith("http://192.168.1.5:")
        assert door.news == ""
        networks[:] = [("10.0.0.7", "wlan1")]
        await asyncio.wait_for(room.live.book.changed(), 10)
        url = door.addresses[0].url
        assert url.startswith("http://10.0.0.7:") and url in door.news
        networks[:] = [(serving.HERE, "")]
        await asyncio.wait_for(room.live.book.changed(), 10)
        assert "lost its network" in door.news
        networks[:] = [("127.0.0.5", "wlan0")]
        await asyncio.wait_for(room.live.book.changed(), 10)
        assert "127.0.0.5" in door.news
        async with httpx.AsyncClient() as client:
            await client.get(f"{door.addresses[0].url}/")
        assert door.news == "", "somebody has found it there"
        await door.close()


async def test_who_comes_the_moment_the_door_opens_finds_the_session(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_room() as room:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        found: list[int] = []

        def look() -> list[tuple[str, str]]:
            found.append(httpx.get(f"http://127.0.0.1:{port}/").status_code)
            return [("127.0.0.1", "")]

        monkeypatch.setattr(serving, "look", look)
        door = RoomDoor(room.studio.rehearsals.pictures.picture_bytes)
        await door.open(room.live, "", port)
        await door.close()
        assert found[0] == 200


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for another process there")
async def test_one_ctrl_c_ends_both_doors(tmp_path: Path) -> None:
    arguments = ["--port", "0", "--provider", "offline", "--no-browser"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "app.py"), *arguments, "--data-dir", str(tmp_path / "data")),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    said = (await process.stdout.readline()).decode()
    url = said.split("is at ")[1].split()[0]
    async with httpx.AsyncClient(timeout=20) as presenter:
        desk = (await presenter.post(f"{url}api/session", json=PLAN)).json()
        await presenter.post(f"{url}api/session/do", json={"do": "open"})
    async with httpx.AsyncClient(timeout=20) as phone:
        await phone.get(desk["url"])
        room = desk["addresses"][0]["url"]
        async with phone.stream("GET", f"{room}/s") as stream:
            assert stream.status_code == 200
            started = time.monotonic()
            process.send_signal(signal.SIGINT)
            code = await asyncio.wait_for(process.wait(), 20)
            assert time.monotonic() - started < 5
    assert code == 130
