"""A recording takes the time that the session took, or says that it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from backend.sessions.demo import Demo, demo_of
from backend.sessions.player import Pace, Playback, Player
from backend.sessions.state import WishState
from tests.storage.clock import Clock

HEADER = {"demo": 1, "title": "Open day", "recorded": "2026-11-26", "model": "m"}
PLAN = {"title": "Open day", "model": "m", "images": 40, "each": 2}
LANDED = {"id": "w1", "sha256": "", "seconds": 1.5, "price": "0.018", "seed": 7, "model": "m"}
LINES = (
    [0, "plan", PLAN],
    [4_000, "joined", {"visitor": "v1"}],
    [1_000, "door", {"state": "open"}],
    [2_000, "wish", {"id": "w1", "visitor": "v1", "text": "a red fox"}],
    [3_000, "approved", {"id": "w1"}],
    [100, "sent", {"id": "w1"}],
    [9_500, "landed", LANDED],
    [60_000, "shown", {"id": "w1"}],
)


def demo(lines: Sequence[Any] = LINES) -> Demo:
    return demo_of("open-day", [HEADER, *lines])


async def played(pace: Pace, clock: Clock, *, pause_s: float = 0.0) -> dict[str, float]:
    """Play to the end; return at which second of the test's clock each kind of event happened."""
    of = demo()
    book = Playback("f" * 32, of, shortened=pace.shortens(of), clock=clock)
    player = Player(book, of, pace, clock=clock, sleep=clock.sleep)
    begun, found = clock(), {}
    player.begin()
    if pause_s:
        await book.note("paused", paused=True, why=None)
        await asyncio.sleep(0)
        clock.now += pause_s
        await book.note("paused", paused=False, why=None)
    before = book.session
    while not (wish := book.session.wishes.get(f"{1:032x}")) or not wish.shown:
        await book.changed()
        session = book.session
        assert session.recorded_on == "2026-11-26"
        if session.door is not before.door:
            found["door"] = clock() - begun
        for one in session.wishes.values():
            found.setdefault(one.state, clock() - begun)
        before = session
    found["shown"] = clock() - begun
    await player.close()
    return found


async def test_a_recording_takes_its_own_time() -> None:
    found = await played(Pace(), Clock())
    wanted = {"door": 5, "waiting": 7, "approved": 10, "sent": 10.1, "made": 19.6, "shown": 79.6}
    assert found == {kind: pytest.approx(at, rel=0.1) for kind, at in wanted.items()}


async def test_a_pause_puts_off_what_comes() -> None:
    found = await played(Pace(), Clock(), pause_s=100)
    assert found["door"] == pytest.approx(105, rel=0.02)
    assert found["made"] == pytest.approx(119.6, rel=0.02)


async def test_the_time_that_is_left_stands_still_in_a_pause_and_ends_at_nothing() -> None:
    scenes = ([100 + n, "scene", {"wall": True}] for n in range(9))  # their sum is not exact
    of, clock = demo([*LINES[:-1], *scenes, LINES[-1]]), Clock()
    book = Playback("f" * 32, of, shortened=False, clock=clock)
    player = Player(book, of, Pace(), clock=clock, sleep=clock.sleep)
    begun, whole = clock(), 80.536
    assert player.left_s == pytest.approx(whole)
    player.begin()
    while not book.session.wishes:
        await book.changed()
    passed = clock() - begun
    assert passed > 5 and player.left_s == pytest.approx(whole - passed, abs=1)
    await book.note("paused", paused=True, why=None)
    for _ in range(20):
        await asyncio.sleep(0)
    before = player.left_s
    clock.now += 100
    assert player.left_s == before
    await book.note("paused", paused=False, why=None)
    while not any(wish.shown for wish in book.session.wishes.values()):
        await book.changed()
    assert clock() - begun > 100 + whole - 1 and player.left_s == 0
    await player.close()


async def test_waits_are_shortened_where_that_is_asked_for() -> None:
    assert (await played(Pace(speed=2), Clock()))["made"] == pytest.approx(9.8, rel=0.1)
    found = await played(Pace(longest_s=3), Clock())
    assert found["shown"] == pytest.approx(3 + 1 + 2 + 3 + 0.1 + 3 + 3, rel=0.1)


def test_shortened_waits_are_said() -> None:
    assert not Pace().shortens(demo()) and not Pace(longest_s=60).shortens(demo())
    many = demo([*LINES, *([100, "scene", {"wall": True}] for _ in range(50))])
    assert not Pace().shortens(many)
    assert Pace(speed=1.5).shortens(demo()) and Pace(longest_s=59).shortens(demo())


async def test_whoever_looks_on_takes_nobodys_name_and_changes_nothing_else() -> None:
    of, clock = demo(), Clock()
    book = Playback("f" * 32, of, shortened=False, clock=clock)
    await book.note("joined", visitor="a" * 32)
    assert [one.number for one in book.session.visitors.values()] == [1, 0]
    player = Player(book, of, Pace(), clock=clock, sleep=clock.sleep)
    player.begin()
    while not book.session.wishes:
        await book.changed()
    assert book.session.of("v1") and not book.session.of("a" * 32)
    await book.note("ended")
    (wish,) = book.session.wishes.values()
    for _ in range(20):
        await asyncio.sleep(0)
    assert wish.state is WishState.WAITING and book.session.wishes[wish.id] == wish
    await player.close()
