"""The room's door stays where phones found it: after a restart, and where another start fails."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from backend.errors import InvalidInput
from backend.sessions.kept import Kept
from backend.settings.load import Settings
from backend.studio import Studio
from tests.ui.audience.conftest import OpenRoom
from tests.ui.audience.room import PLAN
from ui.audience.serving import RoomDoor


@contextmanager
def taken_port() -> Iterator[int]:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def restarted(tmp_path: Path) -> Studio:
    studio = Studio(Settings(tmp_path / "data", tmp_path / ".env", mode="offline"))
    studio.sessions.doorway = RoomDoor(studio.rehearsals.pictures.picture_bytes)
    return studio


async def test_after_a_restart_phones_find_the_door_where_it_was(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    async with open_room() as room:
        url = room.url
    async with restarted(tmp_path) as studio:
        assert [one.url for one in studio.sessions.addresses] == [url]


async def test_after_a_restart_a_port_that_another_program_has_is_no_end(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    async with open_room() as room:
        port = int(room.url.rpartition(":")[2])
    with closing(socket.socket()) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        async with restarted(tmp_path) as studio:
            assert studio.sessions.addresses
            assert not any(one.url.endswith(f":{port}") for one in studio.sessions.addresses)


async def test_a_start_whose_port_cannot_be_had_leaves_the_session_as_it_was(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    async with open_room() as room, room.phone() as phone, phone.stream() as stream:
        await phone.send("a cat")
        before, url = room.live.book.session, room.url
        with taken_port() as port, pytest.raises(InvalidInput) as caught:
            await room.studio.sessions.start(PLAN | {"port": port})
        assert caught.value.field == "port"
        assert room.studio.sessions.live is room.live and room.live.book.session is before
        assert room.url == url
        await phone.send("a dog")
        await stream.until(lambda state: [one["text"] for one in state["own"]] == ["a dog"])
        assert [one.id for one in Kept(tmp_path / "data" / "sessions").all()] == [before.id]


async def test_another_host_on_the_same_port_that_cannot_be_had_leaves_the_door_open(
    open_room: OpenRoom,
) -> None:
    async with open_room() as room, room.phone() as phone:
        url = room.url
        port = int(url.rpartition(":")[2])
        with pytest.raises(InvalidInput):
            await room.studio.sessions.start(PLAN | {"host": "203.0.113.77", "port": port})
        assert room.url == url and (await phone.state())["may_send"]
        await phone.send("a cat")


async def test_the_one_before_ends_once_the_next_has_its_door(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    async with open_room() as room:
        live = await room.studio.sessions.start(PLAN)
        assert room.live.session.ended and not live.session.ended
        assert room.studio.sessions.live is live


async def test_of_two_that_were_under_way_the_newest_goes_on(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    async with open_room() as room:
        older = room.live.session.id
    file = tmp_path / "data" / "sessions" / f"{older}.jsonl"
    head, plan = file.read_text().splitlines()[:2]
    at, kind, data = json.loads(plan)
    newer = "f" * 32
    lines = [head.replace(older, newer), json.dumps([at + 5_000, kind, data])]
    file.with_name(f"{newer}.jsonl").write_text("\n".join(lines) + "\n")
    async with restarted(tmp_path) as studio:
        assert studio.sessions.live is not None
        assert studio.sessions.live.session.id == newer
        ended = await studio.sessions.find(older)
        assert ended is not None and ended.ended
