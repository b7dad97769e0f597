"""A flood of ideas gets no more than its share made, though words need no approval."""

from __future__ import annotations

from collections import Counter

from backend.sessions.crowds import CROWD
from backend.sessions.sender import AT_ONCE
from backend.sessions.state import WishState
from tests.http.faults import FaultServer, good, held
from tests.storage.clock import until
from tests.storage.conftest import OpenStudio
from tests.storage.sessions import started, wish


async def test_ideas_of_a_crowd_wait_for_the_presenter_and_others_do_not(
    open_studio: OpenStudio, server: FaultServer
) -> None:
    async with open_studio() as studio:
        live = await started(studio, approve=False)
        server.script(*(held(good()) for _ in range(AT_ONCE)))
        for n in range(CROWD + AT_ONCE + 4):
            visitor = f"{n:032x}"
            live.room.crowds.note(visitor, "10.0.0.66")
            live.room.crowds.note("a" * 32, "10.0.0.7")
            await wish(live, visitor)
            if n < AT_ONCE:
                await until(lambda sent=n + 1: server.posts == sent)  # type: ignore[misc]
        own = await wish(live, "a" * 32)
        assert live.session.wishes[own].state is WishState.APPROVED
        states = Counter(one.state for one in live.session.wishes.values())
        assert states == {
            WishState.SENT: AT_ONCE,
            WishState.APPROVED: CROWD + 1,
            WishState.WAITING: 4,
        }
        (crowd,) = live.room.crowds.of(live.session)
        await live.desk.refuse_all(crowd.wishes)
        server.release()
        await until(lambda: live.session.wishes[own].state is WishState.MADE)
        assert server.posts == AT_ONCE + 1
