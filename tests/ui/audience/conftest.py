"""Rooms with the sample engine, on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import ui  # noqa: F401  # before gradio
from backend.settings.load import Settings
from backend.studio import Studio
from tests.blank import blank
from tests.ui.audience.room import PLAN, Room
from ui.audience.serving import LEAVE_S, LOOK_S, RoomDoor

OpenRoom = Callable[..., AbstractAsyncContextManager[Room]]


@pytest.fixture
def open_room(tmp_path: Path) -> OpenRoom:
    """Return a function that starts a session with a plan's changes; `opened` lets people in."""

    @asynccontextmanager
    async def open_room(
        *, opened: bool = True, leave_s: float = LEAVE_S, **changes: Any
    ) -> AsyncIterator[Room]:
        settings = Settings(blank(tmp_path / "data"), tmp_path / ".env", mode="offline")
        studio = Studio(settings)
        door = studio.sessions.doorway = RoomDoor(
            studio.rehearsals.pictures.picture_bytes, look_s=min(leave_s, LOOK_S), leave_s=leave_s
        )
        async with studio:
            live = await studio.sessions.start(PLAN | changes)
            if opened:
                await live.desk.open()
            yield Room(studio, door, live)

    return open_room
